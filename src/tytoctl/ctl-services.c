/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl services: the user's other services, and whether they answer. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

static const char *
state_word (const char *state)
{
  if (g_str_equal (state, "off"))
    return _ ("not used");
  if (g_str_equal (state, "ok"))
    return _ ("ok");
  return g_str_equal (state, "failing") ? _ ("failing") : _ ("not asked yet");
}

static CtlColour
state_colour (const char *state)
{
  if (g_str_equal (state, "failing"))
    return CTL_COLOUR_RED;
  return g_str_equal (state, "ok") ? CTL_COLOUR_GREEN : CTL_COLOUR_DIM;
}

/* What there is to say of one beside its state. (transfer full) */
static char *
describe (const char *key, GVariant *service)
{
  guint64 missing = tyto_dict_uint (service, "missing", 0);
  guint64 quota = tyto_dict_uint (service, "quota", 0);

  if (g_str_equal (key, "vms"))
    return g_strdup_printf (_ ("%u cameras"), (guint) tyto_dict_uint (service, "cameras", 0));
  if (!g_str_equal (key, "stream_counter"))
    return g_strdup ("");
  if (!g_str_equal (tyto_dict_string (service, "state", "off"), "off"))
    return g_strdup_printf (_ ("%u reserved, %u without a place"),
                            (guint) tyto_dict_uint (service, "reserved", 0), (guint) missing);
  return quota > 0 ? g_strdup_printf (_ ("at most %u cameras, by stream-quota"), (guint) quota)
                   : g_strdup (_ ("any number of cameras"));
}

static void
add_service (CtlTable *table, const char *key, const char *name, GVariant *service)
{
  const char *state = tyto_dict_string (service, "state", "off");
  const char *url = tyto_dict_string (service, "url", "");
  const char *error = tyto_dict_string (service, "error", NULL);
  g_autofree char *answered = ctl_when_age (tyto_dict_string (service, "last_answer", NULL));
  g_autofree char *description = describe (key, service);

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, name);
  ctl_table_add_cell (table, state_colour (state), state_word (state));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, answered);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, description);
  ctl_table_add_cell (table, CTL_COLOUR_DIM, *url != '\0' ? url : "–");
  if (error != NULL)
    ctl_table_add_note (table, CTL_COLOUR_RED, error);
}

gboolean
ctl_services_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) services = NULL;
  g_autoptr (CtlTable) table = NULL;
  const char *const names[][2] = {
    { "vms", _ ("VMS") },         { "stream_counter", _ ("stream counter") },
    { "storage", _ ("storage") }, { "stream", _ ("streams") },
    { "vod", _ ("VOD") },
  };

  if (client != NULL)
    services = ctl_client_call (client, "GET", "/api/v1/services", NULL, error);
  if (services == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json (services);
    return TRUE;
  }
  table = ctl_table_new ();
  ctl_table_add_column (table, _ ("SERVICE"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("STATE"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("ANSWERED"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, "", CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("URL"), CTL_COLUMN_CUT_END | CTL_COLUMN_OPTIONAL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GVariant) service
        = g_variant_lookup_value (services, names[i][0], G_VARIANT_TYPE_VARDICT);

    if (service != NULL)
      add_service (table, names[i][0], names[i][1], service);
  }
  ctl_table_print (table);
  return TRUE;
}
