/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl alerts: a table of what a person should know of now. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

static CtlColour
severity_colour (const char *severity)
{
  if (g_str_equal (severity, "critical"))
    return CTL_COLOUR_RED;
  return g_str_equal (severity, "warning") ? CTL_COLOUR_YELLOW : CTL_COLOUR_NONE;
}

static const char *
severity_word (const char *severity)
{
  if (g_str_equal (severity, "critical"))
    return _ ("critical");
  if (g_str_equal (severity, "warning"))
    return _ ("warning");
  return g_str_equal (severity, "info") ? _ ("info") : severity;
}

static CtlTable *
make_table (void)
{
  CtlTable *table = ctl_table_new ();

  ctl_table_add_column (table, _ ("SEVERITY"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("ALERT"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("RAISED"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("CLEARED"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("TIMES"), CTL_COLUMN_RIGHT | CTL_COLUMN_OPTIONAL);
  return table;
}

static void
add_alert (CtlTable *table, GVariant *alert)
{
  gboolean stands = tyto_dict_boolean (alert, "standing", FALSE);
  const char *severity = tyto_dict_string (alert, "severity", "");
  const char *camera = tyto_dict_string (alert, "camera", "");
  g_autofree char *raised = ctl_when_to_local (tyto_dict_string (alert, "raised_at", NULL));
  g_autofree char *cleared = stands
                                 ? g_strdup (_ ("stands"))
                                 : ctl_when_to_local (tyto_dict_string (alert, "cleared_at", NULL));
  g_autofree char *count = ctl_count_text (tyto_dict_uint (alert, "count", 0));

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, stands ? severity_colour (severity) : CTL_COLOUR_DIM,
                      severity_word (severity));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (alert, "kind", ""));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, *camera != '\0' ? camera : "–");
  ctl_table_add_cell (table, CTL_COLOUR_NONE, raised);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, cleared);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, count);
  ctl_table_add_note (table, CTL_COLOUR_DIM, tyto_dict_string (alert, "message", ""));
}

static GPtrArray *
fetch (CtlInvocation *invocation, GError **error)
{
  g_autofree char *camera = NULL;
  gboolean all = FALSE;
  const GOptionEntry entries[] = {
    { "camera", 'c', 0, G_OPTION_ARG_STRING, &camera, N_ ("Of this camera alone"), N_ ("ID") },
    { "all", 'a', 0, G_OPTION_ARG_NONE, &all, N_ ("Those that were cleared, too"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (GString) path = g_string_new ("/api/v1/alerts");
  g_autoptr (CtlClient) client = NULL;

  if (args == NULL || (camera != NULL && !tyto_id_check (camera, error)))
    return NULL;
  ctl_query_add (path, "camera", camera);
  ctl_query_add (path, "standing", all ? NULL : "true");
  client = ctl_invocation_connect (invocation, error);
  return client != NULL ? ctl_client_list_whole (client, path->str, error) : NULL;
}

gboolean
ctl_alerts_run (CtlInvocation *invocation, GError **error)
{
  g_autoptr (GPtrArray) alerts = fetch (invocation, error);
  g_autoptr (CtlTable) table = NULL;

  if (alerts == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json_array (alerts);
    return TRUE;
  }
  if (alerts->len == 0) {
    g_print (_ ("No alerts.\n"));
    return TRUE;
  }
  table = make_table ();
  for (guint i = 0; i < alerts->len; i++)
    add_alert (table, alerts->pdata[i]);
  ctl_table_print (table);
  return TRUE;
}
