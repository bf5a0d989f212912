/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl gaps: a table of what should have been recorded and was not. */
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
  ctl_table_add_column (table, _ ("END"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("DURATION"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("WHY"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("PACKETS"), CTL_COLUMN_RIGHT | CTL_COLUMN_OPTIONAL);
  ctl_table_add_column (table, _ ("FRAMES"), CTL_COLUMN_RIGHT | CTL_COLUMN_OPTIONAL);
  return table;
}

static void
add_gap (CtlTable *table, GVariant *gap)
{
  gboolean open = tyto_dict_boolean (gap, "open", FALSE);
  const char *detail = tyto_dict_string (gap, "detail", "");
  const char *reason = tyto_dict_string (gap, "reason", "");
  g_autofree char *start = ctl_when_to_local (tyto_dict_string (gap, "start", NULL));
  g_autofree char *end = open ? g_strdup (_ ("still open"))
                              : ctl_when_to_local (tyto_dict_string (gap, "end", NULL));
  g_autofree char *duration = open ? ctl_when_age (tyto_dict_string (gap, "start", NULL))
                                   : ctl_seconds_text (tyto_dict_double (gap, "duration", 0));
  g_autofree char *packets = ctl_count_text (tyto_dict_uint (gap, "packets_lost", 0));
  g_autofree char *frames = ctl_count_text (tyto_dict_uint (gap, "frames_lost", 0));

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (gap, "camera", ""));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, start);
  ctl_table_add_cell (table, open ? CTL_COLOUR_RED : CTL_COLOUR_NONE, end);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, duration);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, ctl_gap_reason_word (reason));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, packets);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, frames);
  if (*detail != '\0')
    ctl_table_add_note (table, CTL_COLOUR_DIM, detail);
}

gboolean
ctl_gaps_run (CtlInvocation *invocation, GError **error)
{
  g_auto (CtlSelection) selection = { .limit = 50 };
  g_autoptr (GPtrArray) gaps = ctl_selection_fetch (&selection, invocation, "/api/v1/gaps", error);
  g_autoptr (CtlTable) table = NULL;

  if (gaps == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json_array (gaps);
    return TRUE;
  }
  if (gaps->len == 0) {
    g_print (_ ("No gaps.\n"));
    return TRUE;
  }
  table = make_table ();
  for (guint i = 0; i < gaps->len; i++)
    add_gap (table, gaps->pdata[i]);
  ctl_table_print (table);
  ctl_selection_print_more (&selection, gaps->len);
  return TRUE;
}
