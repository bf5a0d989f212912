/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl archive, uploads and uploads retry: what leaves the machine, and what waits to. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <stdio.h>

#include "base/tyto-json.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

#define WATCH_SECONDS 1

static const char *
state_word (const char *state)
{
  static const char *const words[][2] = { { "off", N_ ("off") },
                                          { "starting", N_ ("starting") },
                                          { "ok", N_ ("ok") },
                                          { "failing", N_ ("failing") },
                                          { "refused", N_ ("refused") } };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (state, words[i][0]))
      return _ (words[i][1]);
  }
  return state;
}

static CtlColour
state_colour (const char *state)
{
  if (g_str_equal (state, "ok"))
    return CTL_COLOUR_GREEN;
  if (g_str_equal (state, "failing") || g_str_equal (state, "refused"))
    return CTL_COLOUR_RED;
  return CTL_COLOUR_DIM;
}

/* --- archive --- */

static void
add_row (CtlTable *table, const char *name, CtlColour colour, const char *text)
{
  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_BOLD, name);
  ctl_table_add_cell (table, colour, text);
}

/* "12 segments (1.2 GB), 3 thumbnails; the oldest began 2 min ago". (transfer full) */
static char *
waiting_text (GVariant *waiting)
{
  guint64 segments = tyto_dict_uint (waiting, "segments", 0);
  guint64 thumbnails = tyto_dict_uint (waiting, "thumbnails", 0);
  g_autofree char *n = ctl_count_text (segments);
  g_autofree char *size = ctl_size_text (tyto_dict_uint (waiting, "bytes", 0));
  g_autofree char *n_thumbnails = ctl_count_text (thumbnails);
  g_autofree char *age = ctl_when_age (tyto_dict_string (waiting, "oldest", NULL));

  if (segments == 0 && thumbnails == 0)
    return g_strdup (_ ("nothing"));
  return g_strdup_printf (_ ("%s segments (%s), %s thumbnails; the oldest began %s ago"), n, size,
                          n_thumbnails, age);
}

static void
add_totals (CtlTable *table, GVariant *archive)
{
  g_autofree char *uploaded = ctl_count_text (tyto_dict_uint (archive, "uploaded", 0));
  g_autofree char *size = ctl_size_text (tyto_dict_uint (archive, "bytes", 0));
  g_autofree char *failures = ctl_count_text (tyto_dict_uint (archive, "failures", 0));
  g_autofree char *evicted = ctl_count_text (tyto_dict_uint (archive, "evicted", 0));
  g_autofree char *last = ctl_when_to_local (tyto_dict_string (archive, "last_upload", NULL));
  g_autofree char *all = g_strdup_printf (_ ("%s segments (%s) since the start"), uploaded, size);

  add_row (table, _ ("Uploaded"), CTL_COLOUR_NONE, all);
  add_row (table, _ ("Last upload"), CTL_COLOUR_NONE, last);
  add_row (table, _ ("Failed tries"),
           tyto_dict_uint (archive, "failures", 0) > 0 ? CTL_COLOUR_YELLOW : CTL_COLOUR_NONE,
           failures);
  add_row (table, _ ("Local copies deleted"), CTL_COLOUR_NONE, evicted);
}

static void
print_archive (GVariant *archive)
{
  g_autoptr (CtlTable) table = ctl_table_new ();
  g_autoptr (GVariant) waiting
      = g_variant_lookup_value (archive, "waiting", G_VARIANT_TYPE_VARDICT);
  const char *state = tyto_dict_string (archive, "state", "");
  const char *reason = tyto_dict_string (archive, "reason", "");
  const char *endpoint = tyto_dict_string (archive, "endpoint", "");
  g_autofree char *text = waiting != NULL ? waiting_text (waiting) : NULL;

  ctl_table_add_column (table, "", CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, "", CTL_COLUMN_CUT_END);
  add_row (table, _ ("Archive"), state_colour (state), state_word (state));
  if (*reason != '\0')
    ctl_table_add_note (table, CTL_COLOUR_DIM, reason);
  add_row (table, _ ("Where"), CTL_COLOUR_NONE, *endpoint != '\0' ? endpoint : "–");
  add_row (table, _ ("Waiting"), CTL_COLOUR_NONE, text);
  add_totals (table, archive);
  ctl_table_print (table);
}

gboolean
ctl_archive_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) archive
      = client != NULL ? ctl_client_call (client, "GET", "/api/v1/archive", NULL, error) : NULL;

  if (archive == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (archive);
  else
    print_archive (archive);
  return TRUE;
}

/* --- uploads --- */

static CtlTable *
make_table (void)
{
  CtlTable *table = ctl_table_new ();

  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("BEGAN"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("SIZE"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("SENT"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("RATE"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("TRIES"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("KEY"), CTL_COLUMN_CUT_START | CTL_COLUMN_OPTIONAL);
  return table;
}

static void
add_upload (CtlTable *table, GVariant *upload, gboolean failing)
{
  guint64 total = tyto_dict_uint (upload, "total", tyto_dict_uint (upload, "bytes", 0));
  guint64 rate = tyto_dict_uint (upload, "rate", 0);
  g_autofree char *start = ctl_when_to_local (tyto_dict_string (upload, "start", NULL));
  g_autofree char *size = ctl_size_text (total);
  g_autofree char *rate_text = ctl_size_text (rate);
  g_autofree char *tries = ctl_count_text (tyto_dict_uint (upload, "tries", 0));

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (upload, "camera", ""));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, start);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, size);
  if (failing)
    ctl_table_add_cell (table, CTL_COLOUR_RED, _ ("failed"));
  else
    ctl_table_add_cell_printf (table, CTL_COLOUR_NONE, "%.0f %%",
                               total > 0 ? 100.0 * tyto_dict_uint (upload, "sent", 0) / total : 0);
  ctl_table_add_cell_printf (table, CTL_COLOUR_NONE, rate > 0 ? "%s/s" : "–", rate_text);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tries);
  ctl_table_add_cell (table, CTL_COLOUR_DIM, tyto_dict_string (upload, "key", ""));
  if (failing)
    ctl_table_add_note (table, CTL_COLOUR_DIM, tyto_dict_string (upload, "last_error", ""));
}

/* JSON's array is av; another's aa{sv}. */
static gsize
add_list (CtlTable *table, GVariant *uploads, const char *member, gboolean failing)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (uploads, member, NULL);
  gsize n = list != NULL ? g_variant_n_children (list) : 0;

  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) item = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) inner = g_variant_is_of_type (item, G_VARIANT_TYPE_VARIANT)
                                     ? g_variant_get_variant (item)
                                     : g_variant_ref (item);

    add_upload (table, inner, failing);
  }
  return n;
}

static void
print_uploads (GVariant *uploads)
{
  g_autoptr (CtlTable) table = make_table ();
  g_autoptr (GVariant) waiting
      = g_variant_lookup_value (uploads, "waiting", G_VARIANT_TYPE_VARDICT);
  g_autofree char *text = waiting != NULL ? waiting_text (waiting) : g_strdup ("");
  gsize n = add_list (table, uploads, "items", FALSE);

  n += add_list (table, uploads, "failing", TRUE);
  if (n > 0)
    ctl_table_print (table);
  g_print (_ ("Waiting: %s.\n"), text);
}

/* Until it is interrupted, or the service cannot be asked any more. */
static gboolean
watch (CtlInvocation *invocation, CtlClient *client, const char *path, GError **error)
{
  GMainContext *context = g_main_context_default ();

  while (TRUE) {
    g_autoptr (GVariant) uploads = ctl_client_call (client, "GET", path, NULL, error);
    g_autoptr (GSource) timer = g_timeout_source_new_seconds (WATCH_SECONDS);

    if (uploads == NULL)
      return FALSE;
    if (invocation->json) {
      g_autofree char *line = tyto_json_from_variant (uploads, FALSE);

      g_print ("%s\n", line);
    } else {
      if (ctl_terminal_width () > 0)
        g_print ("\033[H\033[J"); /* home, and clear (ECMA-48 CUP, ED) */
      print_uploads (uploads);
    }
    fflush (stdout);
    g_source_set_callback (timer, G_SOURCE_FUNC (g_source_destroy), timer, NULL);
    g_source_attach (timer, context);
    while (!g_source_is_destroyed (timer))
      g_main_context_iteration (context, TRUE);
  }
}

gboolean
ctl_uploads_run (CtlInvocation *invocation, GError **error)
{
  int limit = 50;
  gboolean watching = FALSE;
  const GOptionEntry entries[] = {
    { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, N_ ("At most this many that failed (50)"),
      N_ ("N") },
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &watching, N_ ("Show them anew each second"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autofree char *path = g_strdup_printf ("/api/v1/uploads?limit=%d", limit);
  g_autoptr (GVariant) uploads = NULL;

  if (client == NULL)
    return FALSE;
  if (watching)
    return watch (invocation, client, path, error);
  uploads = ctl_client_call (client, "GET", path, NULL, error);
  if (uploads == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (uploads);
  else
    print_uploads (uploads);
  return TRUE;
}

gboolean
ctl_uploads_retry_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) archive
      = client != NULL ? ctl_client_call (client, "POST", "/api/v1/uploads/retry", NULL, error)
                       : NULL;

  if (archive == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (archive);
  else
    g_print (_ ("All uploads that failed are tried again now.\n"));
  return TRUE;
}
