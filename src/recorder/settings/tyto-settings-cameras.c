/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cameras of the settings: groups [cameras/ID] of the keyfile, and their passwords in files of
 * their own. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-log.h"

#include <string.h>

static GSettings *
open_camera (TytoSettings *self, const char *id)
{
  g_autofree char *path = g_strconcat (TYTO_SETTINGS_PATH TYTO_CAMERA_GROUP, id, "/", NULL);

  return g_settings_new_full (self->camera_schema, self->backend, path);
}

GVariant *
tyto_settings_read_key (TytoSettings *self, GSettingsSchema *schema, GKeyFile *file,
                        const char *group, const char *name)
{
  g_autoptr (GSettingsSchemaKey) key = g_settings_schema_get_key (schema, name);
  g_autofree char *text = g_key_file_get_value (file, group, name, NULL);
  g_autoptr (GVariant) value = NULL;

  if (text != NULL) {
    if (g_utf8_validate (text, -1, NULL))
      value = g_variant_parse (g_settings_schema_key_get_value_type (key), text, NULL, NULL, NULL);
    if (value != NULL && g_settings_schema_key_range_check (key, value))
      return g_steal_pointer (&value);
    g_warning ("[%s] %s of %s is wrong and not used (tytod --check-config says why)", group, name,
               self->file);
  }
  return g_settings_schema_key_get_default_value (key);
}

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
  };
  GVariantBuilder members = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GVariant) value
        = tyto_settings_read_key (self, self->camera_schema, file, group, names[i][0]);

    g_variant_builder_add (&members, "{sv}", names[i][1], value);
  }
  return g_variant_ref_sink (g_variant_builder_end (&members));
}

/* The camera of @group as the file has it; NULL when it cannot be used (said in the log). */
static TytoCameraConfig *
read_camera (TytoSettings *self, GKeyFile *file, const char *group)
{
  const char *id = group + strlen (TYTO_CAMERA_GROUP);
  g_autoptr (TytoCameraConfig) config = NULL;
  g_autoptr (GVariant) members = NULL;
  g_autoptr (GError) error = NULL;

  if (!tyto_id_check (id, &error)) {
    g_warning ("Group [" TYTO_CAMERA_GROUP "%s] of %s is not used: %s", id, self->file,
               error->message);
    return NULL;
  }
  members = read_members (self, file, group);
  config = tyto_camera_config_new (id);
  if (!tyto_camera_config_apply (config, members, &error) || *config->url == '\0') {
    tyto_log_camera (id, G_LOG_LEVEL_WARNING,
                     "Group [" TYTO_CAMERA_GROUP "%s] of %s is not used: %s", id, self->file,
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

/* (element-type utf8 TytoCameraConfig); NULL when the file cannot be read just now, e.g. while it
 * is being written. */
static GHashTable *
read_cameras (TytoSettings *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GHashTable) cameras = NULL;
  g_auto (GStrv) groups = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_key_file_load_from_file (file, self->file, G_KEY_FILE_NONE, &error)) {
    g_warning ("The settings %s cannot be read, the last ones stay: %s", self->file,
               error->message);
    return NULL;
  }
  cameras = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                   (GDestroyNotify) tyto_camera_config_unref);
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++) {
    g_auto (GStrv) members = g_key_file_get_keys (file, groups[i], NULL, NULL);
    TytoCameraConfig *config;

    /* A removed camera leaves an empty group behind. */
    if (!g_str_has_prefix (groups[i], TYTO_CAMERA_GROUP) || members == NULL || members[0] == NULL)
      continue;
    config = read_camera (self, file, groups[i]);
    if (config != NULL)
      g_hash_table_insert (cameras, config->id, config);
  }
  return g_steal_pointer (&cameras);
}

void
tyto_settings_sync_cameras (TytoSettings *self)
{
  g_autoptr (GPtrArray) changed = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) before = NULL;
  GHashTable *now = read_cameras (self);
  GHashTableIter iter;
  gpointer id, config;

  if (now == NULL)
    return;
  before = g_steal_pointer (&self->cameras);
  self->cameras = now;

  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &id, &config)) {
    TytoCameraConfig *old = g_hash_table_lookup (before, id);

    if (old == NULL || !tyto_camera_config_equal (old, config))
      g_ptr_array_add (changed, g_strdup (id));
  }
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (now, id))
      g_ptr_array_add (changed, g_strdup (id));
  }
  for (guint i = 0; i < changed->len; i++)
    g_signal_emit_by_name (self, "camera-changed", changed->pdata[i]);
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const TytoCameraConfig *const *one = a;
  const TytoCameraConfig *const *other = b;

  return strcmp ((*one)->id, (*other)->id);
}

GPtrArray *
tyto_settings_list_cameras (TytoSettings *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_camera_config_unref);
  GHashTableIter iter;
  gpointer config;

  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, NULL, &config))
    g_ptr_array_add (list, tyto_camera_config_ref (config));
  g_ptr_array_sort (list, compare_ids);
  return list;
}

TytoCameraConfig *
tyto_settings_get_camera (TytoSettings *self, const char *id)
{
  TytoCameraConfig *config = g_hash_table_lookup (self->cameras, id);

  return config != NULL ? tyto_camera_config_ref (config) : NULL;
}

gboolean
tyto_settings_set_camera (TytoSettings *self, const TytoCameraConfig *config, GError **error)
{
  g_autoptr (GSettings) camera = open_camera (self, config->id);
  const char *password = tyto_settings_is_reference (config->password) ? config->password : "";

  if (!g_settings_is_writable (camera, "url")) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Look at the file's and directory's owner.",
                    "The settings %s cannot be written", self->file);
    return FALSE;
  }
  if (!tyto_settings_write_secret (self, "camera", config->id, config->password, error))
    return FALSE;

  /* One write of the file, not one a key. */
  g_settings_delay (camera);
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
  g_settings_apply (camera);
  tyto_settings_sync_cameras (self);
  return TRUE;
}

gboolean
tyto_settings_remove_camera (TytoSettings *self, const char *id, GError **error)
{
  g_autoptr (GSettings) camera = NULL;
  g_auto (GStrv) names = NULL;

  if (!g_hash_table_contains (self->cameras, id)) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, "List the cameras to see their ids.",
                    "There is no camera \"%s\"", id);
    return FALSE;
  }
  camera = open_camera (self, id);
  names = g_settings_schema_list_keys (self->camera_schema);
  g_settings_delay (camera);
  for (guint i = 0; names[i] != NULL; i++)
    g_settings_reset (camera, names[i]);
  g_settings_apply (camera);
  tyto_settings_write_secret (self, "camera", id, "", NULL);
  tyto_settings_sync_cameras (self);
  return TRUE;
}

char *
tyto_settings_get_camera_password (TytoSettings *self, const TytoCameraConfig *config,
                                   GError **error)
{
  if (tyto_settings_is_reference (config->password))
    return tyto_settings_read_reference (config->password, error);
  return g_strdup (config->password);
}
