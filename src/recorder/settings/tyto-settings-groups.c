/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in groups of its own in the keyfile, cameras and webhooks: reading, comparing,
 * telling, writing. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"

#include <string.h>

const TytoSettingsKindInfo *
tyto_settings_kind_info (TytoSettingsKind kind)
{
  static const TytoSettingsKindInfo *const infos[]
      = { &tyto_settings_camera_kind, &tyto_settings_webhook_kind };

  return infos[kind];
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

/* Of all that the config of @group is made of: its lines, and the secret kept elsewhere. (transfer
 * full) */
static char *
make_digest (TytoSettings *self, const TytoSettingsKindInfo *info, GKeyFile *file,
             const char *group, const char *id, char **keys)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *secret = tyto_settings_read_secret (self, info->noun, id);

  for (guint i = 0; keys[i] != NULL; i++) {
    g_autofree char *value = g_key_file_get_value (file, group, keys[i], NULL);

    g_checksum_update (sum, (const guchar *) keys[i], (gssize) strlen (keys[i]) + 1);
    if (value != NULL)
      g_checksum_update (sum, (const guchar *) value, (gssize) strlen (value) + 1);
  }
  if (secret != NULL)
    g_checksum_update (sum, (const guchar *) secret, (gssize) strlen (secret) + 1);
  return g_strdup (g_checksum_get_string (sum));
}

/* The config of @group: what was made of it before, while nothing of that has changed. With many
 * cameras each of which is added by itself it is this that counts. (transfer full) (nullable) */
static gpointer
get_config (TytoSettings *self, TytoSettingsKind kind, GKeyFile *file, const char *group,
            const char *id, char **keys)
{
  const TytoSettingsKindInfo *info = tyto_settings_kind_info (kind);
  g_autofree char *digest = make_digest (self, info, file, group, id, keys);
  const char *before = g_hash_table_lookup (self->digests[kind], id);
  gpointer config = g_hash_table_lookup (self->configs[kind], id);

  if (config != NULL && g_strcmp0 (digest, before) == 0)
    return info->ref (config);
  g_hash_table_insert (self->digests[kind], g_strdup (id), g_steal_pointer (&digest));
  return info->read (self, file, group, id);
}

/* (element-type utf8 boxed) */
static GHashTable *
read_kind (TytoSettings *self, TytoSettingsKind kind, GKeyFile *file)
{
  const TytoSettingsKindInfo *info = tyto_settings_kind_info (kind);
  GHashTable *configs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, info->unref);
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    g_auto (GStrv) members = g_key_file_get_keys (file, groups[i], NULL, NULL);
    const char *id;
    gpointer config;

    /* What was removed leaves an empty group behind. */
    if (!g_str_has_prefix (groups[i], info->prefix) || members == NULL || members[0] == NULL)
      continue;
    id = groups[i] + strlen (info->prefix);
    config = get_config (self, kind, file, groups[i], id, members);
    if (config != NULL)
      g_hash_table_insert (configs, g_strdup (id), config);
  }
  return configs;
}

/* The ids of what is new, changed or gone. (element-type utf8) (transfer full) */
static GPtrArray *
compare (const TytoSettingsKindInfo *info, GHashTable *before, GHashTable *now)
{
  GPtrArray *changed = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id, config;

  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &id, &config)) {
    gconstpointer old = g_hash_table_lookup (before, id);

    if (old != config && (old == NULL || !info->equal (old, config)))
      g_ptr_array_add (changed, g_strdup (id));
  }
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (now, id))
      g_ptr_array_add (changed, g_strdup (id));
  }
  return changed;
}

void
tyto_settings_sync (TytoSettings *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  GPtrArray *changed[TYTO_SETTINGS_N_KINDS];
  g_autoptr (GError) error = NULL;

  /* It may be being written just now. */
  if (!g_key_file_load_from_file (file, self->file, G_KEY_FILE_NONE, &error)) {
    g_warning ("The settings %s cannot be read, the last ones stay: %s", self->file,
               error->message);
    return;
  }
  for (guint i = 0; i < TYTO_SETTINGS_N_KINDS; i++) {
    g_autoptr (GHashTable) before = self->configs[i];

    self->configs[i] = read_kind (self, i, file);
    changed[i] = compare (tyto_settings_kind_info (i), before, self->configs[i]);
  }
  for (guint i = 0; i < TYTO_SETTINGS_N_KINDS; i++) {
    for (guint j = 0; j < changed[i]->len; j++)
      g_signal_emit_by_name (self, tyto_settings_kind_info (i)->signal, changed[i]->pdata[j]);
    g_ptr_array_unref (changed[i]);
  }
}

GPtrArray *
tyto_settings_list_kind (TytoSettings *self, TytoSettingsKind kind)
{
  const TytoSettingsKindInfo *info = tyto_settings_kind_info (kind);
  GPtrArray *list = g_ptr_array_new_with_free_func (info->unref);
  g_autoptr (GList) ids
      = g_list_sort (g_hash_table_get_keys (self->configs[kind]), (GCompareFunc) strcmp);

  for (GList *l = ids; l != NULL; l = l->next)
    g_ptr_array_add (list, info->ref (g_hash_table_lookup (self->configs[kind], l->data)));
  return list;
}

gpointer
tyto_settings_get_of_kind (TytoSettings *self, TytoSettingsKind kind, const char *id)
{
  gpointer config = g_hash_table_lookup (self->configs[kind], id);

  return config != NULL ? tyto_settings_kind_info (kind)->ref (config) : NULL;
}

static GSettings *
open_group (TytoSettings *self, TytoSettingsKind kind, const char *id)
{
  g_autofree char *path
      = g_strconcat (TYTO_SETTINGS_PATH, tyto_settings_kind_info (kind)->prefix, id, "/", NULL);
  GSettings *group = g_settings_new_full (self->schemas[kind], self->backend, path);

  /* What is set is not for the backend to write: see tyto-settings-keyfile.c. */
  g_settings_delay (group);
  return group;
}

GSettings *
tyto_settings_edit (TytoSettings *self, TytoSettingsKind kind, const char *id, const char *secret,
                    GError **error)
{
  g_autoptr (GSettings) group = open_group (self, kind, id);

  if (!g_settings_is_writable (group, "url")) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Look at the file's and directory's owner.",
                    "The settings %s cannot be written", self->file);
    return NULL;
  }
  if (!tyto_settings_write_secret (self, tyto_settings_kind_info (kind)->noun, id, secret, error))
    return NULL;
  return g_steal_pointer (&group);
}

gboolean
tyto_settings_commit (TytoSettings *self, TytoSettingsKind kind, const char *id, GSettings *group,
                      GError **error)
{
  g_autofree char *name = g_strconcat (tyto_settings_kind_info (kind)->prefix, id, NULL);
  gboolean written = tyto_settings_write_group (self, name, group, self->schemas[kind], error);

  g_settings_revert (group);
  if (written)
    tyto_settings_sync (self);
  return written;
}

gboolean
tyto_settings_remove_of_kind (TytoSettings *self, TytoSettingsKind kind, const char *id,
                              GError **error)
{
  const TytoSettingsKindInfo *info = tyto_settings_kind_info (kind);
  g_autofree char *name = g_strconcat (info->prefix, id, NULL);

  if (!g_hash_table_contains (self->configs[kind], id)) {
    g_autofree char *hint = g_strdup_printf ("List the %ss to see their ids.", info->noun);

    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, hint, "There is no %s \"%s\"", info->noun, id);
    return FALSE;
  }
  if (!tyto_settings_remove_group (self, name, error))
    return FALSE;
  tyto_settings_write_secret (self, info->noun, id, "", NULL);
  tyto_settings_sync (self);
  return TRUE;
}
