/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs over webhooks. Each that changes one writes the settings, which tell of the change. */
#include "recorder/webhooks/tyto-webhooks-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-secrets.h"
#include "recorder/webhooks/tyto-webhook-signature.h"

GVariant *
tyto_webhooks_get (TytoWebhooks *self, const char *id, GError **error)
{
  TytoWebhook *webhook = tyto_webhooks_look_up (self, id, error);

  return webhook != NULL ? tyto_webhook_to_variant (webhook) : NULL;
}

/* The webhook as it is, with @secret where that is to be shown. (transfer full) */
static GVariant *
answer (TytoWebhooks *self, const char *id, const char *secret)
{
  g_autoptr (GVariant) webhook = g_variant_ref_sink (tyto_webhooks_get (self, id, NULL));
  GVariantDict dict;

  if (secret == NULL)
    return g_steal_pointer (&webhook);
  g_variant_dict_init (&dict, webhook);
  g_variant_dict_insert (&dict, "secret", "s", secret);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

/* A new configuration by @dict, or NULL. */
static TytoWebhookConfig *
make_config (TytoWebhooks *self, GVariant *dict, GError **error)
{
  g_auto (GVariantDict) members = G_VARIANT_DICT_INIT (dict);
  g_autoptr (TytoWebhookConfig) config = NULL;
  g_autoptr (GVariant) rest = NULL;
  g_autofree char *id = NULL;

  if (!tyto_dict_get_string (dict, "id", &id, error))
    return NULL;
  if (id == NULL)
    id = g_uuid_string_random ();
  if (!tyto_id_check (id, error))
    return NULL;
  if (g_hash_table_contains (self->webhooks, id)) {
    tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS, "Change that one, or choose another id.",
                    "There is a webhook \"%s\" already", id);
    return NULL;
  }
  g_variant_dict_remove (&members, "id");
  rest = g_variant_ref_sink (g_variant_dict_end (&members));
  config = tyto_webhook_config_new (id);
  return tyto_webhook_config_apply (config, rest, error) ? g_steal_pointer (&config) : NULL;
}

GVariant *
tyto_webhooks_add (TytoWebhooks *self, GVariant *dict, GError **error)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (dict);
  g_autoptr (TytoWebhookConfig) config = make_config (self, held, error);
  g_autofree char *made = NULL;

  if (config == NULL)
    return NULL;
  if (*config->secret == '\0') {
    made = tyto_webhook_secret_new ();
    g_free (config->secret);
    config->secret = g_strdup (made);
  }
  if (!tyto_settings_set_webhook (self->settings, config, error))
    return NULL;
  return answer (self, config->id, made);
}

/* A copy of the configuration of webhook @id to change, or NULL. */
static TytoWebhookConfig *
copy_config (TytoWebhooks *self, const char *id, GError **error)
{
  TytoWebhook *webhook = tyto_webhooks_look_up (self, id, error);

  return webhook != NULL ? tyto_webhook_config_copy (tyto_webhook_get_config (webhook)) : NULL;
}

static gboolean
is_reference (const char *secret)
{
  return g_str_has_prefix (secret, "${");
}

/* Makes @secret the newest of @config's. */
static void
take_secret (TytoWebhookConfig *config, const char *before, const char *secret)
{
  char *text = tyto_webhook_secrets_rotate (before, secret, tyto_time_now ());

  g_free (config->secret);
  config->secret = text;
}

GVariant *
tyto_webhooks_change (TytoWebhooks *self, const char *id, GVariant *dict, GError **error)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (dict);
  g_autoptr (TytoWebhookConfig) config = copy_config (self, id, error);
  g_autofree char *before = config != NULL ? g_strdup (config->secret) : NULL;

  if (config == NULL || !tyto_webhook_config_apply (config, held, error))
    return NULL;
  if (!g_str_equal (before, config->secret) && !is_reference (config->secret)) {
    g_autofree char *secret = g_strdup (config->secret);

    take_secret (config, is_reference (before) ? "" : before, secret);
  }
  if (!tyto_settings_set_webhook (self->settings, config, error))
    return NULL;
  return answer (self, config->id, NULL);
}

GVariant *
tyto_webhooks_rotate (TytoWebhooks *self, const char *id, GError **error)
{
  g_autoptr (TytoWebhookConfig) config = copy_config (self, id, error);
  g_autofree char *secret = NULL;
  g_autofree char *before = NULL;

  if (config == NULL)
    return NULL;
  if (is_reference (config->secret)) {
    tyto_set_error (
        error, TYTO_ERROR_WRONG_STATE,
        "Put the new secret into the credential as its first line, and keep the old one "
        "as the second for a while.",
        "The secret of webhook %s is kept elsewhere, as %s", id, config->secret);
    return NULL;
  }
  secret = tyto_webhook_secret_new ();
  before = g_strdup (config->secret);
  take_secret (config, before, secret);
  if (!tyto_settings_set_webhook (self->settings, config, error))
    return NULL;
  return answer (self, config->id, secret);
}

gboolean
tyto_webhooks_remove (TytoWebhooks *self, const char *id, GError **error)
{
  return tyto_settings_remove_webhook (self->settings, id, error);
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  GVariant *outcome = tyto_webhook_test_finish (TYTO_WEBHOOK (source), result, &error);

  if (outcome == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, outcome, (GDestroyNotify) g_variant_unref);
}

void
tyto_webhooks_test_async (TytoWebhooks *self, const char *id, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;
  TytoWebhook *webhook = tyto_webhooks_look_up (self, id, &error);
  GVariantDict data;
  g_autofree char *body = NULL;

  if (webhook == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_variant_dict_init (&data, NULL);
  g_variant_dict_insert (&data, "webhook", "s", id);
  g_variant_dict_insert (&data, "message", "s", "This is a test of the webhook");
  body = tyto_webhooks_write_message ("webhook.test", g_variant_dict_end (&data));
  tyto_webhook_test_async (webhook, body, cancellable, on_tested, g_steal_pointer (&task));
}

GVariant *
tyto_webhooks_test_finish (TytoWebhooks *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
