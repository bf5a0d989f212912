/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl segments get: a segment's file. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-download.h"
#include "tytoctl/ctl-terminal.h"
#include "tytoctl/ctl-words.h"

/* "/api/v1/segments/ID" + @suffix. (transfer full) */
static char *
segment_path (const char *id, const char *suffix, GError **error)
{
  if (*id != '\0' && *id != '.' && strlen (id) <= 128
      && strspn (id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-") == strlen (id))
    return g_strconcat ("/api/v1/segments/", id, suffix, NULL);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("They are listed by: tytoctl segments"),
                  _ ("\"%s\" is not the id of a segment."), id);
  return NULL;
}

static void
print_result (CtlInvocation *invocation, GVariant *segment, const char *file)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (!invocation->json) {
    g_autofree char *size = ctl_size_text (tyto_dict_uint (segment, "bytes", 0));
    g_autofree char *clean = ctl_terminal_clean (file);

    g_print ("%s  %s\n", clean, size);
    return;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_iter_init (&iter, segment);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_builder_add (&builder, "{sv}", key, value);
  g_variant_builder_add (&builder, "{sv}", "file", g_variant_new_string (file));
  ctl_print_json (g_variant_builder_end (&builder));
}

gboolean
ctl_segments_get_run (CtlInvocation *invocation, GError **error)
{
  g_autofree char *output = NULL;
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("Where to write it (default: its own name, here); - for standard output"), N_ ("FILE") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, N_ ("Overwrite the file"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autofree char *path = args != NULL ? segment_path (args[0], "", error) : NULL;
  g_autofree char *file_path = path != NULL ? segment_path (args[0], "/file", error) : NULL;
  g_autoptr (CtlClient) client = path != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) segment
      = client != NULL ? ctl_client_call (client, "GET", path, NULL, error) : NULL;
  guint64 bytes;

  if (segment == NULL)
    return FALSE;
  bytes = tyto_dict_uint (segment, "bytes", 0);
  if (g_strcmp0 (output, "-") == 0)
    return ctl_download_to_stdout (client, file_path, bytes, error);
  if (output == NULL)
    output = g_path_get_basename (tyto_dict_string (segment, "path", "segment"));
  if (!ctl_download_check_target (output, force, error)
      || !ctl_download_to_file (client, file_path, output, bytes, error))
    return FALSE;
  print_result (invocation, segment, output);
  return TRUE;
}
