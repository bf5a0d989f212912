/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl ledger: what became of each second of a camera. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "tytoctl/ctl-strip.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

#define STRIP_MAX 96
#define STRIP_MIN 24

static gboolean
add_time (GString *path, const char *name, const char *typed, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autofree char *text = NULL;
  gint64 wall_us;

  if (typed == NULL)
    return TRUE;
  if (!ctl_when_parse (typed, tyto_time_now (), zone, &wall_us, error))
    return FALSE;
  text = tyto_time_format (wall_us);
  ctl_query_add (path, name, text);
  return TRUE;
}

static GVariant *
fetch (CtlInvocation *invocation, const char *camera, const char *from, const char *to,
       GError **error)
{
  g_autofree char *resource = ctl_camera_path (camera, "/ledger", error);
  g_autoptr (GString) path = g_string_new (resource);
  g_autoptr (CtlClient) client = NULL;

  if (resource == NULL || !add_time (path, "from", from, error)
      || !add_time (path, "to", to, error))
    return NULL;
  client = ctl_invocation_connect (invocation, error);
  return client != NULL ? ctl_client_call (client, "GET", path->str, NULL, error) : NULL;
}

/* The strip, below it when it begins and ends. */
static void
print_strip (GVariant *ledger, GVariant *items)
{
  guint terminal = ctl_terminal_width ();
  guint width = terminal > 0 ? CLAMP (terminal, STRIP_MIN, STRIP_MAX) : STRIP_MAX / 2;
  g_autofree char *from = ctl_when_to_local (tyto_dict_string (ledger, "from", NULL));
  g_autofree char *to = ctl_when_to_local (tyto_dict_string (ledger, "to", NULL));
  g_autofree char *strip = NULL;
  gint64 from_us, to_us;
  int room = (int) width - (int) g_utf8_strlen (from, -1);

  if (!tyto_time_parse (tyto_dict_string (ledger, "from", ""), &from_us, NULL)
      || !tyto_time_parse (tyto_dict_string (ledger, "to", ""), &to_us, NULL))
    return;
  strip = ctl_strip_render (items, from_us, to_us, width, ctl_terminal_has_colour ());
  g_print ("%s\n%s%*s\n\n", strip, from, MAX (room, (int) g_utf8_strlen (to, -1) + 2), to);
}

static CtlTable *
make_table (void)
{
  CtlTable *table = ctl_table_new ();

  ctl_table_add_column (table, _ ("START"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("END"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("DURATION"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("WHAT"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("FRAMES"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("MISSED"), CTL_COLUMN_RIGHT);
  return table;
}

static const char *
get_word (GVariant *item, CtlColour *colour)
{
  const char *state = tyto_dict_string (item, "state", "");

  if (g_str_equal (state, "recorded")) {
    *colour = CTL_COLOUR_GREEN;
    return _ ("recorded");
  }
  if (g_str_equal (state, "off")) {
    *colour = CTL_COLOUR_DIM;
    return _ ("off");
  }
  if (g_str_equal (state, "expired")) {
    *colour = CTL_COLOUR_DIM;
    return _ ("expired");
  }
  *colour = CTL_COLOUR_RED;
  if (g_str_equal (state, "gap"))
    return ctl_gap_reason_word (tyto_dict_string (item, "reason", ""));
  return _ ("unaccounted for");
}

static void
add_item (CtlTable *table, GVariant *item)
{
  g_autofree char *start = ctl_when_to_local (tyto_dict_string (item, "start", NULL));
  g_autofree char *end = ctl_when_to_local (tyto_dict_string (item, "end", NULL));
  g_autofree char *duration = ctl_seconds_text (tyto_dict_double (item, "duration", 0));
  g_autofree char *frames = ctl_count_text (tyto_dict_uint (item, "frames", 0));
  guint64 missed
      = tyto_dict_uint (item, "frames_missing", 0) + tyto_dict_uint (item, "frames_lost", 0);
  g_autofree char *missed_text = ctl_count_text (missed);
  CtlColour colour;
  const char *word = get_word (item, &colour);

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, start);
  ctl_table_add_cell (table, CTL_COLOUR_NONE,
                      tyto_dict_boolean (item, "open", FALSE) ? _ ("goes on") : end);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, duration);
  ctl_table_add_cell (table, colour, word);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_uint (item, "frames", 0) > 0 ? frames : "");
  ctl_table_add_cell (table, missed > 0 ? CTL_COLOUR_RED : CTL_COLOUR_NONE,
                      missed > 0 ? missed_text : "");
}

static void
print_sums (GVariant *summary)
{
  g_autofree char *recorded = ctl_seconds_text (tyto_dict_double (summary, "recorded", 0));
  g_autofree char *wanted = ctl_seconds_text (tyto_dict_double (summary, "wanted", 0));
  g_autofree char *frames = ctl_count_text (tyto_dict_uint (summary, "frames_recorded", 0));
  g_autofree char *missing = ctl_count_text (tyto_dict_uint (summary, "frames_missing", 0));
  g_autofree char *lost = ctl_count_text (tyto_dict_uint (summary, "frames_lost", 0));
  g_autoptr (GVariant) gaps = g_variant_lookup_value (summary, "gaps", G_VARIANT_TYPE_VARDICT);
  gsize n_gaps = gaps != NULL ? g_variant_n_children (gaps) : 0;

  if (tyto_dict_double (summary, "wanted", 0) <= 0) {
    g_print (_ ("Nothing was to be recorded.\n"));
    return;
  }
  g_print (_ ("Recorded: %s of %s (%.2f %%)\n"), recorded, wanted,
           100 * tyto_dict_double (summary, "coverage", 0));
  for (gsize i = 0; i < n_gaps; i++) {
    g_autoptr (GVariant) entry = g_variant_get_child_value (gaps, i);
    g_autofree char *reason = NULL;
    g_autofree char *length = NULL;

    g_variant_get_child (entry, 0, "s", &reason);
    length = ctl_seconds_text (tyto_dict_double (gaps, reason, 0));
    g_print (_ ("Not recorded, %s: %s\n"), ctl_gap_reason_word (reason), length);
  }
  g_print (_ ("Frames: %s recorded, %s missing, %s lost (%.3f %%)\n"), frames, missing, lost,
           tyto_dict_double (summary, "frame_loss_percent", 0));
}

static void
print_ledger (GVariant *ledger)
{
  g_autoptr (GVariant) items = g_variant_lookup_value (ledger, "items", NULL);
  g_autoptr (GVariant) summary = g_variant_lookup_value (ledger, "summary", G_VARIANT_TYPE_VARDICT);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr (CtlTable) table = make_table ();

  for (gsize i = 0; items != NULL && i < g_variant_n_children (items); i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (items, i);

    if (g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT))
      g_ptr_array_add (rows, g_variant_get_variant (child));
    else
      g_ptr_array_add (rows, g_variant_ref (child));
    add_item (table, rows->pdata[rows->len - 1]);
  }
  if (rows->len > 0) {
    g_autoptr (GVariant) list = g_variant_ref_sink (ctl_items_to_variant (rows));

    print_strip (ledger, list);
    ctl_table_print (table);
    g_print ("\n");
  }
  if (summary != NULL)
    print_sums (summary);
}

gboolean
ctl_ledger_run (CtlInvocation *invocation, GError **error)
{
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from, N_ ("From this time on (default: a day before)"),
      N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &to, N_ ("Up to this time (default: now)"), N_ ("TIME") },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autoptr (GVariant) ledger = NULL;

  if (args == NULL)
    return FALSE;
  ledger = fetch (invocation, args[0], from, to, error);
  if (ledger == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (ledger);
  else
    print_ledger (ledger);
  return TRUE;
}
