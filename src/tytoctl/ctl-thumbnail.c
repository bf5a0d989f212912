/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl thumbnail: a camera's latest picture, or a new one. */
#include "tytoctl/ctl-commands.h"

#include <gio/gunixoutputstream.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "base/tyto-error.h"
#include "tytoctl/ctl-terminal.h"
#include "tytoctl/ctl-words.h"

static gboolean
write_picture (GBytes *picture, const char *file, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (picture, &size);
  g_autoptr (GError) cause = NULL;
  gboolean written;

  if (g_str_equal (file, "-")) {
    g_autoptr (GOutputStream) out = g_unix_output_stream_new (STDOUT_FILENO, FALSE);

    written = g_output_stream_write_all (out, data, size, NULL, NULL, &cause);
  } else {
    written = g_file_set_contents (file, data, (gssize) size, &cause);
  }
  if (!written)
    tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, _ ("The picture cannot be written: %s."),
                    cause->message);
  return written;
}

static void
print_result (CtlInvocation *invocation, const char *camera, const char *file, gsize size,
              GDateTime *taken)
{
  g_autoptr (GDateTime) local = taken != NULL ? g_date_time_to_local (taken) : NULL;
  g_autofree char *when
      = local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("–");
  g_autofree char *clean = ctl_terminal_clean (file);
  g_autofree char *size_text = ctl_size_text (size);
  g_autofree char *rfc3339 = taken != NULL ? g_date_time_format_iso8601 (taken) : NULL;
  GVariantBuilder builder;

  if (!invocation->json) {
    g_print ("%s  %s  %s\n", clean, when, size_text);
    return;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "camera", g_variant_new_string (camera));
  g_variant_builder_add (&builder, "{sv}", "file", g_variant_new_string (file));
  g_variant_builder_add (&builder, "{sv}", "bytes", g_variant_new_uint64 (size));
  if (rfc3339 != NULL)
    g_variant_builder_add (&builder, "{sv}", "taken_at", g_variant_new_string (rfc3339));
  ctl_print_json (g_variant_builder_end (&builder));
}

static gboolean
take_now (CtlClient *client, const char *camera, GError **error)
{
  g_autofree char *path = ctl_camera_path (camera, "/snapshot", error);
  g_autoptr (GVariant) taken
      = path != NULL ? ctl_client_call (client, "POST", path, NULL, error) : NULL;

  return taken != NULL;
}

gboolean
ctl_thumbnail_run (CtlInvocation *invocation, GError **error)
{
  g_autofree char *output = NULL;
  gboolean now = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("Where to write it (default: CAMERA.jpg, here); - for standard output"), N_ ("FILE") },
    { "now", 0, 0, G_OPTION_ARG_NONE, &now, N_ ("Take a new picture first"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, 1, error);
  g_autofree char *path = args != NULL ? ctl_camera_path (args[0], "/thumbnail", error) : NULL;
  g_autoptr (CtlClient) client = path != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GDateTime) taken = NULL;
  g_autoptr (GBytes) picture = NULL;

  if (client == NULL || (now && !take_now (client, args[0], error)))
    return FALSE;
  picture = ctl_client_get (client, path, &taken, error);
  if (picture == NULL)
    return FALSE;
  if (output == NULL)
    output = g_strconcat (args[0], ".jpg", NULL);
  if (!write_picture (picture, output, error))
    return FALSE;
  if (!g_str_equal (output, "-"))
    print_result (invocation, args[0], output, g_bytes_get_size (picture), taken);
  return TRUE;
}
