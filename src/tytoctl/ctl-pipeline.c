/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl pipeline: what is really running. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

gboolean
ctl_pipeline_run (CtlInvocation *invocation, GError **error)
{
  gboolean dot = FALSE;
  const GOptionEntry entries[] = {
    { "dot", 0, 0, G_OPTION_ARG_NONE, &dot, N_ ("Print it as Graphviz text instead"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autofree char *path
      = args != NULL ? ctl_camera_path (args[0], dot ? "/pipeline?format=dot" : "/pipeline", error)
                     : NULL;
  g_autoptr (CtlClient) client = path != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GBytes) body = client != NULL ? ctl_client_get (client, path, NULL, error) : NULL;
  g_autofree char *text = NULL;
  GVariantBuilder builder;

  if (body == NULL)
    return FALSE;
  text = g_utf8_make_valid (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body));
  g_strchomp (text);
  if (!invocation->json) {
    g_print ("%s\n", text);
    return TRUE;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "camera", g_variant_new_string (args[0]));
  g_variant_builder_add (&builder, "{sv}", dot ? "dot" : "pipeline", g_variant_new_string (text));
  ctl_print_json (g_variant_builder_end (&builder));
  return TRUE;
}
