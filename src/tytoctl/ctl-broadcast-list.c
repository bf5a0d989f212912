/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl broadcast list, show, gaps. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "base/tyto-json.h"
#include "tytoctl/ctl-broadcast.h"
#include "tytoctl/ctl-list.h"
#include "tytoctl/ctl-selection.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

/* --- list --- */

static void
add_broadcast (CtlTable *table, GVariant *broadcast)
{
  guint64 bytes = tyto_dict_uint (broadcast, "bytes", 0);
  guint64 missing = tyto_dict_uint (broadcast, "segments_missing", 0);
  const char *trouble = ctl_broadcast_trouble (broadcast);
  g_autofree char *state = ctl_broadcast_state_text (broadcast);
  g_autofree char *started = ctl_when_to_local (tyto_dict_string (broadcast, "started_at", NULL));
  g_autofree char *duration = ctl_seconds_text (tyto_dict_double (broadcast, "duration", 0));
  g_autofree char *size
      = ctl_size_text (bytes > 0 ? bytes : tyto_dict_uint (broadcast, "collected_bytes", 0));
  g_autofree char *missing_text = ctl_count_text (missing);

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (broadcast, "stream_key", ""));
  ctl_table_add_cell (table, ctl_broadcast_state_colour (broadcast), state);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, started);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, duration);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, size);
  ctl_table_add_cell (table, missing > 0 ? CTL_COLOUR_YELLOW : CTL_COLOUR_NONE, missing_text);
  ctl_table_add_cell (table, CTL_COLOUR_DIM, tyto_dict_string (broadcast, "id", ""));
  if (*trouble != '\0')
    ctl_table_add_note (table, CTL_COLOUR_RED, trouble);
}

static void
print_list (GPtrArray *broadcasts)
{
  g_autoptr (CtlTable) table = ctl_table_new ();

  ctl_table_add_column (table, _ ("KEY"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("STATUS"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("START"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("DURATION"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("SIZE"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("MISSING"), CTL_COLUMN_RIGHT | CTL_COLUMN_OPTIONAL);
  ctl_table_add_column (table, _ ("ID"), CTL_COLUMN_PLAIN);
  for (guint i = 0; i < broadcasts->len; i++)
    add_broadcast (table, broadcasts->pdata[i]);
  ctl_table_print (table);
}

typedef struct {
  char *status;
  char *key;
  char *stream;
  char *user;
  gboolean ids;
  CtlSelection rows; /* from, to, limit and all */
} Selection;

static void
selection_clear (Selection *self)
{
  g_free (self->status);
  g_free (self->key);
  g_free (self->stream);
  g_free (self->user);
  ctl_selection_clear (&self->rows);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Selection, selection_clear)

/* (transfer container) */
static GPtrArray *
fetch (CtlInvocation *invocation, Selection *self, GError **error)
{
  const GOptionEntry entries[] = {
    { "status", 's', 0, G_OPTION_ARG_STRING, &self->status,
      N_ ("recording, processing, completed or failed"), N_ ("STATUS") },
    { "key", 'k', 0, G_OPTION_ARG_STRING, &self->key, N_ ("Of this stream key alone"), N_ ("KEY") },
    { "stream", 0, 0, G_OPTION_ARG_STRING, &self->stream, N_ ("Of this stream alone"),
      N_ ("UUID") },
    { "user", 0, 0, G_OPTION_ARG_STRING, &self->user, N_ ("Of this user alone"), N_ ("UUID") },
    { "from", 0, 0, G_OPTION_ARG_STRING, &self->rows.from, N_ ("What began at this time or later"),
      N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &self->rows.to, N_ ("What began before this time"),
      N_ ("TIME") },
    { "limit", 'n', 0, G_OPTION_ARG_INT, &self->rows.limit, N_ ("At most so many (default: 50)"),
      N_ ("N") },
    { "all", 'a', 0, G_OPTION_ARG_NONE, &self->rows.all, N_ ("All of them"), NULL },
    { "ids", 0, 0, G_OPTION_ARG_NONE, &self->ids, N_ ("Print the ids alone, one a line"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (GString) path = g_string_new (CTL_BROADCASTS);

  if (args == NULL)
    return NULL;
  ctl_query_add (path, "status", self->status);
  ctl_query_add (path, "stream_key", self->key);
  ctl_query_add (path, "stream_id", self->stream);
  ctl_query_add (path, "user_id", self->user);
  return ctl_selection_ask (&self->rows, invocation, path, error);
}

gboolean
ctl_broadcast_list_run (CtlInvocation *invocation, GError **error)
{
  g_auto (Selection) selection = { .rows.limit = 50 };
  g_autoptr (GPtrArray) broadcasts = fetch (invocation, &selection, error);

  if (broadcasts == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json_array (broadcasts);
  } else if (selection.ids) {
    for (guint i = 0; i < broadcasts->len; i++)
      g_print ("%s\n", tyto_dict_string (broadcasts->pdata[i], "id", ""));
  } else if (broadcasts->len == 0) {
    g_print (_ ("No broadcasts.\n"));
  } else {
    print_list (broadcasts);
    ctl_selection_print_more (&selection.rows, broadcasts->len);
  }
  return TRUE;
}

/* --- show --- */

/* A member as people read it. (transfer full) */
static char *
member_text (const char *key, GVariant *value)
{
  static const char *const sizes[] = { "bytes", "collected_bytes", NULL };

  if (g_str_has_suffix (key, "_at") && g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return ctl_when_to_local (g_variant_get_string (value, NULL));
  if (g_strv_contains (sizes, key) && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return ctl_size_text ((guint64) g_variant_get_int64 (value));
  if (g_str_equal (key, "duration") && g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return ctl_seconds_text (g_variant_get_double (value));
  if (g_str_equal (key, "duration") && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return ctl_seconds_text ((double) g_variant_get_int64 (value));
  return ctl_value_text (value);
}

/* What a person looks for first; other members follow as the service sends them. */
static const char *const first_members[] = { "id",
                                             "stream_key",
                                             "failing",
                                             "last_error",
                                             "stream_id",
                                             "user_id",
                                             "video_id",
                                             "source",
                                             "found_by",
                                             "ended_by",
                                             "started_at",
                                             "ended_at",
                                             "completed_at",
                                             "duration",
                                             "bytes",
                                             "segments",
                                             "segments_missing",
                                             "segments_waiting",
                                             "collected_bytes",
                                             "frames",
                                             "audio_frames",
                                             "video_codec",
                                             "audio_codec",
                                             "width",
                                             "height",
                                             "file_path",
                                             NULL };

static void
add_member (CtlTable *table, const char *key, GVariant *value)
{
  g_autofree char *text = member_text (key, value);

  if (*text == '\0')
    return;
  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_DIM, key);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, text);
}

static void
print_broadcast (GVariant *broadcast)
{
  static const char *const told[] = { "status", "step", "progress", NULL };
  g_autoptr (CtlTable) table = ctl_table_new ();
  g_autofree char *state = ctl_broadcast_state_text (broadcast);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  ctl_table_add_column (table, "", CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, "", CTL_COLUMN_PLAIN);
  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_DIM, "status");
  ctl_table_add_cell (table, ctl_broadcast_state_colour (broadcast), state);
  for (guint i = 0; first_members[i] != NULL; i++) {
    g_autoptr (GVariant) member = g_variant_lookup_value (broadcast, first_members[i], NULL);

    if (member != NULL)
      add_member (table, first_members[i], member);
  }
  g_variant_iter_init (&iter, broadcast);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    if (!g_strv_contains (told, key) && !g_strv_contains (first_members, key))
      add_member (table, key, value);
  }
  ctl_table_print (table);
}

static void
show_anew (GVariant *broadcast, gpointer user_data)
{
  CtlInvocation *invocation = user_data;

  if (invocation->json) {
    g_autofree char *line = tyto_json_from_variant (broadcast, FALSE);

    g_print ("%s\n", line);
  } else {
    if (ctl_terminal_width () > 0)
      g_print ("\033[H\033[J"); /* home, and clear (ECMA-48 CUP, ED) */
    print_broadcast (broadcast);
  }
  fflush (stdout);
}

gboolean
ctl_broadcast_show_run (CtlInvocation *invocation, GError **error)
{
  gboolean watching = FALSE;
  const GOptionEntry entries[] = {
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &watching,
      N_ ("Show it anew as it changes, until it is completed or failed"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autofree char *path = client != NULL ? ctl_broadcast_path (client, args[0], NULL, error) : NULL;
  g_autoptr (GVariant) broadcast = NULL;

  if (path == NULL)
    return FALSE;
  broadcast = watching ? ctl_broadcast_follow (client, path, show_anew, invocation, error)
                       : ctl_client_call (client, "GET", path, NULL, error);
  if (broadcast == NULL)
    return FALSE;
  if (watching)
    return TRUE;
  if (invocation->json)
    ctl_print_json (broadcast);
  else
    print_broadcast (broadcast);
  return TRUE;
}

/* --- gaps --- */

static const char *
reason_word (const char *reason)
{
  static const char *const reasons[][2] = { { "missing", N_ ("never came") },
                                            { "corrupt", N_ ("corrupt") },
                                            { "damaged", N_ ("damaged in part") },
                                            { "unlisted", N_ ("not seen in time") } };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++) {
    if (g_str_equal (reason, reasons[i][0]))
      return _ (reasons[i][1]);
  }
  return reason;
}

static void
print_gaps (GPtrArray *gaps)
{
  g_autoptr (CtlTable) table = ctl_table_new ();

  ctl_table_add_column (table, _ ("AT"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("DURATION"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("WHY"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("SEGMENT"), CTL_COLUMN_CUT_START);
  for (guint i = 0; i < gaps->len; i++) {
    GVariant *gap = gaps->pdata[i];
    double seconds = tyto_dict_double (gap, "duration", 0);
    const char *detail = tyto_dict_string (gap, "detail", "");
    g_autofree char *at = ctl_seconds_text (tyto_dict_double (gap, "offset", 0));
    g_autofree char *duration = seconds > 0 ? ctl_seconds_text (seconds) : g_strdup ("–");

    ctl_table_begin_row (table);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, at);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, duration);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, reason_word (tyto_dict_string (gap, "reason", "")));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (gap, "segment", ""));
    if (*detail != '\0')
      ctl_table_add_note (table, CTL_COLOUR_DIM, detail);
  }
  ctl_table_print (table);
}

gboolean
ctl_broadcast_gaps_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 1, 1, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autofree char *path
      = client != NULL ? ctl_broadcast_path (client, args[0], "/gaps", error) : NULL;
  g_autoptr (GPtrArray) gaps = path != NULL ? ctl_client_list_whole (client, path, error) : NULL;

  if (gaps == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json_array (gaps);
  else if (gaps->len == 0)
    g_print (_ ("No gaps.\n"));
  else
    print_gaps (gaps);
  return TRUE;
}
