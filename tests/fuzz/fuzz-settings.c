/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-settings.c: any text as the file of settings: it is checked, and read as the service does.
 */
#include "fuzz-target.h"
#include "recorder/settings/tyto-settings.h"

#include <glib/gstdio.h>

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

static void
read_cameras (TytoSettings *settings)
{
  g_autoptr (GPtrArray) cameras = tyto_settings_list_cameras (settings);

  for (guint i = 0; i < cameras->len; i++) {
    g_autoptr (TytoCameraConfig) resolved = tyto_settings_resolve (settings, cameras->pdata[i]);
    g_autoptr (GVariant) shown = g_variant_ref_sink (tyto_camera_config_to_variant (resolved));

    g_assert_true (g_variant_is_of_type (shown, G_VARIANT_TYPE_VARDICT));
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = fuzz_target_write (data, size, "tyto.conf");
  g_autoptr (GPtrArray) problems = tyto_settings_check (path);
  g_autoptr (TytoSettings) settings = tyto_settings_new (path, fuzz_target_directory (), NULL);

  for (guint i = 0; i < problems->len; i++)
    g_assert_true (g_utf8_validate (problems->pdata[i], -1, NULL));
  if (settings != NULL)
    read_cameras (settings);
  g_remove (path);
  return 0;
}
