/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The webhooks of the settings: groups [webhooks/ID] of the keyfile, and their secrets in files of
 * their own. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-secrets.h"

#include <string.h>

#define KIND "webhook"

static GSettings *
open_webhook (TytoSettings *self, const char *id)
{
  g_autofree char *path = g_strconcat (TYTO_SETTINGS_PATH TYTO_WEBHOOK_GROUP, id, "/", NULL);

  return g_settings_new_full (self->webhook_schema, self->backend, path);
}

/* The members of a webhook's group as tyto_webhook_config_apply() takes them. */
static GVariant *
read_members (TytoSettings *self, GKeyFile *file, const char *group)
{
  static const char *const names[] = { "url", "events", "enabled" };
  GVariantBuilder members = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GVariant) value
        = tyto_settings_read_key (self, self->webhook_schema, file, group, names[i]);

    g_variant_builder_add (&members, "{sv}", names[i], value);
  }
  return g_variant_ref_sink (g_variant_builder_end (&members));
}

/* What stands in the keyfile, else what was kept. (transfer full) */
static char *
read_secret (TytoSettings *self, GKeyFile *file, const char *group, const char *id)
{
  g_autoptr (GVariant) value
      = tyto_settings_read_key (self, self->webhook_schema, file, group, "secret");
  char *kept;

  if (*g_variant_get_string (value, NULL) != '\0')
    return g_variant_dup_string (value, NULL);
  kept = tyto_settings_read_secret (self, KIND, id);
  return kept != NULL ? kept : g_strdup ("");
}

/* The webhook of @group as the file has it; NULL when it cannot be used (said in the log). */
static TytoWebhookConfig *
read_webhook (TytoSettings *self, GKeyFile *file, const char *group)
{
  const char *id = group + strlen (TYTO_WEBHOOK_GROUP);
  g_autoptr (TytoWebhookConfig) config = NULL;
  g_autoptr (GVariant) members = NULL;
  g_autofree char *why = NULL;
  g_autoptr (GError) error = NULL;

  if (tyto_id_check (id, &error)) {
    members = read_members (self, file, group);
    config = tyto_webhook_config_new (id);
    if (tyto_webhook_config_apply (config, members, &error)) {
      g_free (config->secret);
      config->secret = read_secret (self, file, group, id);
      return g_steal_pointer (&config);
    }
  }
  why = tyto_error_why (error);
  g_warning ("Group [%s] of %s is not used: %s", group, self->file, why);
  return NULL;
}

/* (element-type utf8 TytoWebhookConfig); NULL when the file cannot be read just now. */
static GHashTable *
read_webhooks (TytoSettings *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GHashTable) webhooks = NULL;
  g_auto (GStrv) groups = NULL;

  /* That it cannot be read is said by who reads the cameras. */
  if (!g_key_file_load_from_file (file, self->file, G_KEY_FILE_NONE, NULL))
    return NULL;
  webhooks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                    (GDestroyNotify) tyto_webhook_config_unref);
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++) {
    g_auto (GStrv) members = g_key_file_get_keys (file, groups[i], NULL, NULL);
    TytoWebhookConfig *config;

    /* A removed webhook leaves an empty group behind. */
    if (!g_str_has_prefix (groups[i], TYTO_WEBHOOK_GROUP) || members == NULL || members[0] == NULL)
      continue;
    config = read_webhook (self, file, groups[i]);
    if (config != NULL)
      g_hash_table_insert (webhooks, config->id, config);
  }
  return g_steal_pointer (&webhooks);
}

void
tyto_settings_sync_webhooks (TytoSettings *self)
{
  g_autoptr (GPtrArray) changed = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) before = NULL;
  GHashTable *now = read_webhooks (self);
  GHashTableIter iter;
  gpointer id, config;

  if (now == NULL)
    return;
  before = g_steal_pointer (&self->webhooks);
  self->webhooks = now;
  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &id, &config)) {
    TytoWebhookConfig *old = g_hash_table_lookup (before, id);

    if (old == NULL || !tyto_webhook_config_equal (old, config))
      g_ptr_array_add (changed, g_strdup (id));
  }
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_hash_table_contains (now, id))
      g_ptr_array_add (changed, g_strdup (id));
  }
  for (guint i = 0; i < changed->len; i++)
    g_signal_emit_by_name (self, "webhook-changed", changed->pdata[i]);
}

GPtrArray *
tyto_settings_list_webhooks (TytoSettings *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_webhook_config_unref);
  GHashTableIter iter;
  gpointer config;

  g_hash_table_iter_init (&iter, self->webhooks);
  while (g_hash_table_iter_next (&iter, NULL, &config))
    g_ptr_array_add (list, tyto_webhook_config_ref (config));
  return list;
}

TytoWebhookConfig *
tyto_settings_get_webhook (TytoSettings *self, const char *id)
{
  TytoWebhookConfig *config = g_hash_table_lookup (self->webhooks, id);

  return config != NULL ? tyto_webhook_config_ref (config) : NULL;
}

gboolean
tyto_settings_set_webhook (TytoSettings *self, const TytoWebhookConfig *config, GError **error)
{
  g_autoptr (GSettings) webhook = open_webhook (self, config->id);
  const char *reference = tyto_settings_is_reference (config->secret) ? config->secret : "";

  if (!g_settings_is_writable (webhook, "url")) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Look at the file's and directory's owner.",
                    "The settings %s cannot be written", self->file);
    return FALSE;
  }
  if (!tyto_settings_write_secret (self, KIND, config->id, config->secret, error))
    return FALSE;

  g_settings_delay (webhook);
  g_settings_set_string (webhook, "url", config->url);
  g_settings_set_string (webhook, "secret", reference);
  g_settings_set_strv (webhook, "events", (const char *const *) config->events);
  g_settings_set_boolean (webhook, "enabled", config->enabled);
  g_settings_apply (webhook);
  tyto_settings_sync_webhooks (self);
  return TRUE;
}

gboolean
tyto_settings_remove_webhook (TytoSettings *self, const char *id, GError **error)
{
  g_autoptr (GSettings) webhook = NULL;
  g_auto (GStrv) names = NULL;

  if (!g_hash_table_contains (self->webhooks, id)) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, "List the webhooks to see their ids.",
                    "There is no webhook \"%s\"", id);
    return FALSE;
  }
  webhook = open_webhook (self, id);
  names = g_settings_schema_list_keys (self->webhook_schema);
  g_settings_delay (webhook);
  for (guint i = 0; names[i] != NULL; i++)
    g_settings_reset (webhook, names[i]);
  g_settings_apply (webhook);
  tyto_settings_write_secret (self, KIND, id, "", NULL);
  tyto_settings_sync_webhooks (self);
  return TRUE;
}

char **
tyto_settings_get_webhook_secrets (TytoSettings *self, const TytoWebhookConfig *config,
                                   GError **error)
{
  g_autofree char *text = tyto_settings_is_reference (config->secret)
                              ? tyto_settings_read_reference (config->secret, error)
                              : g_strdup (config->secret);
  g_auto (GStrv) secrets = NULL;

  if (text == NULL)
    return NULL;
  secrets = tyto_webhook_secrets_parse (text, tyto_time_now (), error);
  explicit_bzero (text, strlen (text));
  if (secrets == NULL)
    return NULL;
  if (secrets[0] != NULL)
    return g_steal_pointer (&secrets);
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Have one made: tytoctl webhook rotate.",
                  "The webhook has no secret to sign with");
  return NULL;
}
