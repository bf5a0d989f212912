/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cameras of the settings: groups [cameras/ID] of the keyfile, and their passwords in files of
 * their own. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-id.h"
#include "base/tyto-log.h"

/* The members of a camera's group as tyto_camera_config_apply() takes them. */
static GVariant *
read_members (TytoSettings *self, GKeyFile *file, const char *group)
{
  static const char *const names[][2] = {
    { "name", "name" },
    { "url", "url" },
    { "sub-url", "sub_url" },
    { "user", "user" },
    { "password", "password" },
    { "transport", "transport" },
    { "enabled", "enabled" },
    { "audio", "audio" },
    { "format", "format" },
    { "path-template", "path_template" },
    { "segment-seconds", "segment_seconds" },
    { "owner", "owner" },
    { "plan", "plan" },
    { "retention-days", "retention_days" },
    { "retention-mib", "retention_mib" },
  };
  GVariantBuilder members = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GVariant) value = tyto_settings_read_key (self, self->schemas[TYTO_SETTINGS_CAMERAS],
                                                         file, group, names[i][0]);

    g_variant_builder_add (&members, "{sv}", names[i][1], value);
  }
  return g_variant_ref_sink (g_variant_builder_end (&members));
}

static gpointer
read_camera (TytoSettings *self, GKeyFile *file, const char *group, const char *id)
{
  g_autoptr (TytoCameraConfig) config = NULL;
  g_autoptr (GVariant) members = NULL;
  g_autoptr (GError) error = NULL;

  if (!tyto_id_check (id, &error)) {
    g_warning ("Group [%s] of %s is not used: %s", group, self->file, error->message);
    return NULL;
  }
  members = read_members (self, file, group);
  config = tyto_camera_config_new (id);
  if (!tyto_camera_config_apply (config, members, &error) || *config->url == '\0') {
    tyto_log_camera (id, G_LOG_LEVEL_WARNING, "Group [%s] of %s is not used: %s", group, self->file,
                     error != NULL ? error->message : "it has no url");
    return NULL;
  }
  if (*config->password == '\0') {
    char *secret = tyto_settings_read_secret (self, "camera", id);

    if (secret != NULL) {
      g_free (config->password);
      config->password = secret;
    }
  }
  return g_steal_pointer (&config);
}

static gboolean
equal_cameras (gconstpointer a, gconstpointer b)
{
  return tyto_camera_config_equal (a, b);
}

const TytoSettingsKindInfo tyto_settings_camera_kind = {
  .noun = "camera",
  .prefix = "cameras/",
  .schema = "org.tyto.recorder.camera",
  .signal = "camera-changed",
  .ref = (GBoxedCopyFunc) tyto_camera_config_ref,
  .unref = (GDestroyNotify) tyto_camera_config_unref,
  .equal = equal_cameras,
  .read = read_camera,
};

GPtrArray *
tyto_settings_list_cameras (TytoSettings *self)
{
  return tyto_settings_list_kind (self, TYTO_SETTINGS_CAMERAS);
}

TytoCameraConfig *
tyto_settings_get_camera (TytoSettings *self, const char *id)
{
  return tyto_settings_get_of_kind (self, TYTO_SETTINGS_CAMERAS, id);
}

gboolean
tyto_settings_set_camera (TytoSettings *self, const TytoCameraConfig *config, GError **error)
{
  const char *password = tyto_settings_is_reference (config->password) ? config->password : "";
  g_autoptr (GSettings) camera
      = tyto_settings_edit (self, TYTO_SETTINGS_CAMERAS, config->id, config->password, error);

  if (camera == NULL)
    return FALSE;
  g_settings_set_string (camera, "name", config->name);
  g_settings_set_string (camera, "url", config->url);
  g_settings_set_string (camera, "sub-url", config->sub_url);
  g_settings_set_string (camera, "user", config->user);
  g_settings_set_string (camera, "password", password);
  g_settings_set_string (camera, "transport", config->transport);
  g_settings_set_boolean (camera, "enabled", config->enabled);
  g_settings_set_boolean (camera, "audio", config->audio);
  g_settings_set_uint (camera, "segment-seconds", config->segment_seconds);
  g_settings_set_string (camera, "format", config->format);
  g_settings_set_string (camera, "path-template", config->path_template);
  g_settings_set_string (camera, "owner", config->owner);
  g_settings_set_string (camera, "plan", config->plan);
  g_settings_set_int (camera, "retention-days", config->retention_days);
  g_settings_set_uint (camera, "retention-mib", config->retention_mib);
  return tyto_settings_commit (self, TYTO_SETTINGS_CAMERAS, config->id, camera, error);
}

gboolean
tyto_settings_remove_camera (TytoSettings *self, const char *id, GError **error)
{
  return tyto_settings_remove_of_kind (self, TYTO_SETTINGS_CAMERAS, id, error);
}

char *
tyto_settings_get_camera_password (TytoSettings *self, const TytoCameraConfig *config,
                                   GError **error)
{
  if (tyto_settings_is_reference (config->password))
    return tyto_settings_read_reference (config->password, error);
  return g_strdup (config->password);
}
