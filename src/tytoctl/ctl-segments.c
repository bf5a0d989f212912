/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl segments: a table of what was recorded. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"
#include "tytoctl/ctl-selection.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

static CtlTable *
make_table (void)
{
  CtlTable *table = ctl_table_new ();

  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("START"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("DURATION"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("FRAMES"), CTL_COLUMN_RIGHT | CTL_COLUMN_OPTIONAL);
  ctl_table_add_column (table, _ ("SIZE"), CTL_COLUMN_RIGHT | CTL_COLUMN_OPTIONAL);
  ctl_table_add_column (table, _ ("PLACE"), CTL_COLUMN_OPTIONAL);
  ctl_table_add_column (table, _ ("ID"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("PATH"), CTL_COLUMN_CUT_START | CTL_COLUMN_OPTIONAL);
  return table;
}

/* Where it can be read. */
static const char *
get_place (GVariant *segment)
{
  const char *tier = tyto_dict_string (segment, "tier", "fast");
  gboolean has_object = tyto_dict_string (segment, "object", NULL) != NULL;

  if (g_str_equal (tier, "archive"))
    return _ ("archive");
  if (g_str_equal (tier, "slow"))
    return has_object ? _ ("slow disk, archive") : _ ("slow disk");
  return has_object ? _ ("disk, archive") : _ ("disk");
}

static void
add_segment (CtlTable *table, GVariant *segment)
{
  guint64 lost = tyto_dict_uint (segment, "packets_lost", 0);
  g_autofree char *start = ctl_when_to_local (tyto_dict_string (segment, "start", NULL));
  g_autofree char *duration = ctl_seconds_text (tyto_dict_double (segment, "duration", 0));
  g_autofree char *frames = ctl_count_text (tyto_dict_uint (segment, "frames", 0));
  g_autofree char *size = ctl_size_text (tyto_dict_uint (segment, "bytes", 0));

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (segment, "camera", ""));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, start);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, duration);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, frames);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, size);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, get_place (segment));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (segment, "id", ""));
  ctl_table_add_cell (table, CTL_COLOUR_DIM, tyto_dict_string (segment, "path", ""));
  if (lost > 0) {
    g_autofree char *count = ctl_count_text (lost);
    g_autofree char *note = g_strdup_printf (_ ("packets lost: %s"), count);

    ctl_table_add_note (table, CTL_COLOUR_RED, note);
  }
}

static void
print_sums (GPtrArray *segments)
{
  guint64 bytes = 0;
  double seconds = 0;

  for (guint i = 0; i < segments->len; i++) {
    bytes += tyto_dict_uint (segments->pdata[i], "bytes", 0);
    seconds += tyto_dict_double (segments->pdata[i], "duration", 0);
  }

  g_autofree char *size = ctl_size_text (bytes);
  g_autofree char *duration = ctl_seconds_text (seconds);

  g_print (ngettext ("%u segment, %s, %s\n", "%u segments, %s, %s\n", segments->len), segments->len,
           duration, size);
}

gboolean
ctl_segments_run (CtlInvocation *invocation, GError **error)
{
  g_auto (CtlSelection) selection = { .limit = 50 };
  g_autoptr (GPtrArray) segments
      = ctl_selection_fetch (&selection, invocation, "/api/v1/segments", error);
  g_autoptr (CtlTable) table = NULL;

  if (segments == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json_array (segments);
    return TRUE;
  }
  if (segments->len == 0) {
    g_print (_ ("No segments.\n"));
    return TRUE;
  }
  table = make_table ();
  for (guint i = 0; i < segments->len; i++)
    add_segment (table, segments->pdata[i]);
  ctl_table_print (table);
  g_print ("\n");
  print_sums (segments);
  ctl_selection_print_more (&selection, segments->len);
  return TRUE;
}
