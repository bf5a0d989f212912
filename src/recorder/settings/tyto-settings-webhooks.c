/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The webhooks of the settings: groups [webhooks/ID] of the keyfile, and their secrets in files of
 * their own. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-secrets.h"

#include <string.h>

/* The members of a webhook's group as tyto_webhook_config_apply() takes them. */
static GVariant *
read_members (TytoSettings *self, GKeyFile *file, const char *group)
{
  static const char *const names[] = { "url", "events", "enabled" };
  GVariantBuilder members = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (GVariant) value = tyto_settings_read_key (
        self, self->schemas[TYTO_SETTINGS_WEBHOOKS], file, group, names[i]);

    g_variant_builder_add (&members, "{sv}", names[i], value);
  }
  return g_variant_ref_sink (g_variant_builder_end (&members));
}

/* What stands in the keyfile, else what was kept. (transfer full) */
static char *
read_secret (TytoSettings *self, GKeyFile *file, const char *group, const char *id)
{
  g_autoptr (GVariant) value
      = tyto_settings_read_key (self, self->schemas[TYTO_SETTINGS_WEBHOOKS], file, group, "secret");
  char *kept;

  if (*g_variant_get_string (value, NULL) != '\0')
    return g_variant_dup_string (value, NULL);
  kept = tyto_settings_read_secret (self, "webhook", id);
  return kept != NULL ? kept : g_strdup ("");
}

static gpointer
read_webhook (TytoSettings *self, GKeyFile *file, const char *group, const char *id)
{
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

static gboolean
equal_webhooks (gconstpointer a, gconstpointer b)
{
  return tyto_webhook_config_equal (a, b);
}

const TytoSettingsKindInfo tyto_settings_webhook_kind = {
  .noun = "webhook",
  .prefix = "webhooks/",
  .schema = "org.tyto.recorder.webhook",
  .signal = "webhook-changed",
  .ref = (GBoxedCopyFunc) tyto_webhook_config_ref,
  .unref = (GDestroyNotify) tyto_webhook_config_unref,
  .equal = equal_webhooks,
  .read = read_webhook,
};

GPtrArray *
tyto_settings_list_webhooks (TytoSettings *self)
{
  return tyto_settings_list_kind (self, TYTO_SETTINGS_WEBHOOKS);
}

TytoWebhookConfig *
tyto_settings_get_webhook (TytoSettings *self, const char *id)
{
  return tyto_settings_get_of_kind (self, TYTO_SETTINGS_WEBHOOKS, id);
}

gboolean
tyto_settings_set_webhook (TytoSettings *self, const TytoWebhookConfig *config, GError **error)
{
  const char *reference = tyto_settings_is_reference (config->secret) ? config->secret : "";
  g_autoptr (GSettings) webhook
      = tyto_settings_edit (self, TYTO_SETTINGS_WEBHOOKS, config->id, config->secret, error);

  if (webhook == NULL)
    return FALSE;
  g_settings_set_string (webhook, "url", config->url);
  g_settings_set_string (webhook, "secret", reference);
  g_settings_set_strv (webhook, "events", (const char *const *) config->events);
  g_settings_set_boolean (webhook, "enabled", config->enabled);
  return tyto_settings_commit (self, TYTO_SETTINGS_WEBHOOKS, config->id, webhook, error);
}

gboolean
tyto_settings_remove_webhook (TytoSettings *self, const char *id, GError **error)
{
  return tyto_settings_remove_of_kind (self, TYTO_SETTINGS_WEBHOOKS, id, error);
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
