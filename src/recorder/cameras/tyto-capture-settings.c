/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-capture-settings.h"

GVariant *
tyto_capture_settings_new (TytoSettings *settings, const TytoCameraConfig *config, GError **error)
{
  g_autofree char *password = tyto_settings_get_camera_password (settings, config, error);
  g_autoptr (TytoCameraConfig) effective = NULL;
  g_autofree char *thumbnails = NULL;
  const char *root = tyto_settings_get_string (settings, "output-dir");
  static const struct {
    const char *key;
    const char *property;
  } numbers[] = {
    { "latency", "latency-ms" },
    { "timeout", "camera-timeout" },
    { "fragment-ms", "fragment-ms" },
    { "sync-ms", "sync-ms" },
    { "floor-percent", "disk-floor-percent" },
    { "thumbnail-seconds", "thumbnail-seconds" },
    { "thumbnail-width", "thumbnail-width" },
    { "thumbnail-height", "thumbnail-height" },
  };
  GVariantDict dict;

  if (password == NULL)
    return NULL;
  effective = tyto_settings_resolve (settings, config);
  thumbnails = g_build_filename (root, TYTO_THUMBNAILS_DIR, NULL);

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "url", "s", effective->url);
  g_variant_dict_insert (&dict, "user", "s", effective->user);
  g_variant_dict_insert (&dict, "password", "s", password);
  g_variant_dict_insert (&dict, "transport", "s", effective->transport);
  g_variant_dict_insert (&dict, "audio", "b", effective->audio);
  g_variant_dict_insert (&dict, "root", "s", root);
  g_variant_dict_insert (&dict, "path-template", "s", effective->path_template);
  g_variant_dict_insert (&dict, "segment-seconds", "u", effective->segment_seconds);
  g_variant_dict_insert (&dict, "format", "s", effective->format);
  g_variant_dict_insert (&dict, "thumbnail-root", "s", thumbnails);
  g_variant_dict_insert (&dict, "engine", "s", tyto_settings_get_string (settings, "engine"));
  g_variant_dict_insert (&dict, "ingest", "s", tyto_settings_get_string (settings, "ingest"));
  g_variant_dict_insert (&dict, "queue-bytes", "t",
                         (guint64) tyto_settings_get_uint (settings, "queue-mib") << 20);
  g_variant_dict_insert (&dict, "floor-bytes", "t",
                         (guint64) tyto_settings_get_uint (settings, "disk-floor-mib") << 20);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_variant_dict_insert (&dict, numbers[i].key, "u",
                           tyto_settings_get_uint (settings, numbers[i].property));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
