/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-removal.h"

#include <glib/gi18n.h>

static gboolean
check_all (const CtlRemoval *removal, char **ids, GError **error)
{
  while (*ids != NULL && removal->check (*ids, error))
    ids++;
  return *ids == NULL;
}

static gboolean
remove_one (CtlInvocation *invocation, CtlClient *client, const CtlRemoval *removal, const char *id,
            GError **error)
{
  g_autofree char *path = g_strconcat (removal->path, "/", id, NULL);
  g_auto (GStrv) parts = g_strsplit (removal->said, "%s", 2);
  g_autoptr (GVariant) answer = ctl_client_call (client, "DELETE", path, NULL, error);

  if (answer != NULL && !invocation->json)
    g_print ("%s%s%s\n", parts[0], id, parts[1]);
  return answer != NULL;
}

gboolean
ctl_removal_run (CtlInvocation *invocation, const CtlRemoval *removal, GError **error)
{
  gboolean yes = FALSE;
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_ ("Do not ask"), NULL },
    { NULL },
  };
  g_auto (GStrv) ids = ctl_invocation_parse (invocation, removal->confirm != NULL ? entries : NULL,
                                             1, G_MAXUINT, error);
  g_autoptr (CtlClient) client = NULL;

  if (ids == NULL || !check_all (removal, ids, error)
      || (removal->confirm != NULL && !yes && !removal->confirm (ids, error)))
    return FALSE;
  client = ctl_invocation_connect (invocation, error);
  for (guint i = 0; client != NULL && ids[i] != NULL; i++)
    if (!remove_one (invocation, client, removal, ids[i], error))
      return FALSE;
  if (client != NULL && invocation->json)
    ctl_print_json (g_variant_new_strv ((const char *const *) ids, -1));
  return client != NULL;
}
