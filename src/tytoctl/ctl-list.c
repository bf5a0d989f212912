/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-list.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"

gboolean
ctl_list_run (CtlInvocation *invocation, const char *path, const char *none, CtlListPrint print,
              GError **error)
{
  gboolean ids = FALSE;
  const GOptionEntry entries[] = {
    { "ids", 0, 0, G_OPTION_ARG_NONE, &ids, N_ ("Print the ids alone, one a line"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GPtrArray) items = client != NULL ? ctl_client_list_whole (client, path, error) : NULL;

  if (items == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json_array (items);
  } else if (ids) {
    for (guint i = 0; i < items->len; i++)
      g_print ("%s\n", tyto_dict_string (items->pdata[i], "id", ""));
  } else if (items->len == 0) {
    g_print ("%s", none);
  } else {
    print (items);
  }
  return TRUE;
}

char *
ctl_value_text (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? _ ("yes") : _ ("no"));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return g_strdup_printf ("%g", g_variant_get_double (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("mv")))
    return g_strdup ("");
  return g_variant_print (value, FALSE);
}
