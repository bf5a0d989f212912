/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhooks-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "store/tyto-catalogue-deliveries.h"

#include <string.h>

#define ALERT "webhook"

G_DEFINE_FINAL_TYPE (TytoWebhooks, tyto_webhooks, G_TYPE_OBJECT)

TytoWebhook *
tyto_webhooks_look_up (TytoWebhooks *self, const char *id, GError **error)
{
  TytoWebhook *webhook = g_hash_table_lookup (self->webhooks, id);

  if (webhook == NULL)
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, "List the webhooks to see their ids.",
                    "There is no webhook \"%s\"", id);
  return webhook;
}

/* The webhooks in the order of their ids. (element-type TytoWebhook) (transfer container) */
static GList *
list_sorted (TytoWebhooks *self)
{
  GList *ids = g_list_sort (g_hash_table_get_keys (self->webhooks), (GCompareFunc) strcmp);

  for (GList *id = ids; id != NULL; id = id->next)
    id->data = g_hash_table_lookup (self->webhooks, id->data);
  return ids;
}

/* --- The alert --- */

/* What is wrong, in words; NULL for nothing. @severe: (out): messages are lost. (transfer full) */
static char *
describe_trouble (TytoWebhooks *self, gboolean *severe)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GList) webhooks = list_sorted (self);

  *severe = FALSE;
  for (GList *item = webhooks; item != NULL; item = item->next) {
    const char *id = tyto_webhook_get_config (item->data)->id;
    const char *trouble = tyto_webhook_get_trouble (item->data);

    if (trouble != NULL)
      g_ptr_array_add (parts, g_strdup_printf ("Webhook %s: %s", id, trouble));
    else if (g_hash_table_contains (self->gone, id))
      g_ptr_array_add (parts,
                       g_strdup_printf ("Webhook %s: the receiver answered 410 (Gone): it is "
                                        "no longer enabled",
                                        id));
    *severe = *severe || trouble != NULL;
  }
  if (parts->len == 0)
    return NULL;
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (". ", (char **) parts->pdata);
}

static void
update_alert (TytoWebhooks *self)
{
  gboolean severe;
  g_autofree char *trouble = describe_trouble (self, &severe);

  if (trouble != NULL)
    tyto_alerts_raise (self->alerts, ALERT, severe ? "critical" : "warning", "", trouble);
  else
    tyto_alerts_clear (self->alerts, ALERT, "", "Webhooks take what they are sent");
}

/* A 410 comes in the middle of the webhook's own work: its settings are changed in peace. */
static gboolean
disable_gone (gpointer data)
{
  TytoWebhooks *self = data;
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->gone);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    g_autoptr (TytoWebhookConfig) config = tyto_settings_get_webhook (self->settings, id);
    g_autoptr (TytoWebhookConfig) changed = NULL;
    g_autoptr (GError) error = NULL;

    if (config == NULL || !config->enabled)
      continue;
    changed = tyto_webhook_config_copy (config);
    changed->enabled = FALSE;
    if (!tyto_settings_set_webhook (self->settings, changed, &error))
      g_warning ("Webhook %s cannot be disabled: %s", changed->id, error->message);
  }
  update_alert (self);
  return G_SOURCE_REMOVE;
}

static void
on_gone (TytoWebhooks *self, TytoWebhook *webhook)
{
  g_autoptr (TytoWebhookConfig) disabled
      = tyto_webhook_config_copy (tyto_webhook_get_config (webhook));

  disabled->enabled = FALSE;
  tyto_webhook_set_config (webhook, disabled);
  g_hash_table_add (self->gone, g_strdup (disabled->id));
  g_idle_add_full (G_PRIORITY_DEFAULT, disable_gone, g_object_ref (self), g_object_unref);
}

/* --- What the settings say --- */

static void
add_webhook (TytoWebhooks *self, TytoWebhookConfig *config)
{
  TytoWebhook *webhook = tyto_webhook_new (self->settings, self->catalogue, config);

  tyto_webhook_set_sender (webhook, self->sender);
  g_signal_connect_object (webhook, "trouble-changed", G_CALLBACK (update_alert), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (webhook, "gone", G_CALLBACK (on_gone), self, G_CONNECT_SWAPPED);
  g_hash_table_insert (self->webhooks, g_strdup (config->id), webhook);
  if (self->running)
    tyto_webhook_start (webhook);
}

static void
on_webhook_changed (TytoWebhooks *self, const char *id)
{
  g_autoptr (TytoWebhookConfig) config = tyto_settings_get_webhook (self->settings, id);
  TytoWebhook *webhook = g_hash_table_lookup (self->webhooks, id);

  if (config == NULL || config->enabled)
    g_hash_table_remove (self->gone, id);
  if (webhook == NULL && config != NULL) {
    add_webhook (self, config);
  } else if (webhook != NULL && config != NULL) {
    tyto_webhook_set_config (webhook, config);
  } else if (webhook != NULL) {
    tyto_webhook_stop (webhook);
    tyto_webhook_clear (webhook);
    g_hash_table_remove (self->webhooks, id);
  }
  update_alert (self);
}

/* --- Start and stop --- */

static void
on_endpoints (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWebhooks) self = data;
  TytoCatalogue *catalogue = TYTO_CATALOGUE (source);
  g_autoptr (GPtrArray) endpoints = tyto_catalogue_list_rows_finish (catalogue, result, NULL);

  for (guint i = 0; endpoints != NULL && i < endpoints->len; i++) {
    if (!g_hash_table_contains (self->webhooks, endpoints->pdata[i]))
      tyto_catalogue_trim_deliveries_async (catalogue, endpoints->pdata[i], 0, NULL, NULL, NULL);
  }
}

void
tyto_webhooks_start (TytoWebhooks *self)
{
  GHashTableIter iter;
  gpointer webhook;

  self->running = TRUE;
  tyto_catalogue_list_delivery_endpoints_async (self->catalogue, NULL, on_endpoints,
                                                g_object_ref (self));
  g_hash_table_iter_init (&iter, self->webhooks);
  while (g_hash_table_iter_next (&iter, NULL, &webhook))
    tyto_webhook_start (webhook);
}

void
tyto_webhooks_stop (TytoWebhooks *self)
{
  GHashTableIter iter;
  gpointer webhook;

  self->running = FALSE;
  g_hash_table_iter_init (&iter, self->webhooks);
  while (g_hash_table_iter_next (&iter, NULL, &webhook))
    tyto_webhook_stop (webhook);
}

void
tyto_webhooks_set_sender (TytoWebhooks *self, TytoWebhookSender *sender)
{
  GHashTableIter iter;
  gpointer webhook;

  g_set_object (&self->sender, sender);
  g_hash_table_iter_init (&iter, self->webhooks);
  while (g_hash_table_iter_next (&iter, NULL, &webhook))
    tyto_webhook_set_sender (webhook, sender);
}

/* --- Telling --- */

char *
tyto_webhooks_write_message (const char *event, GVariant *data)
{
  g_autofree char *now = tyto_time_format (tyto_time_now ());
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) message = NULL;

  g_variant_builder_add (&dict, "{sv}", "type", g_variant_new_string (event));
  g_variant_builder_add (&dict, "{sv}", "timestamp", g_variant_new_string (now));
  g_variant_builder_add (&dict, "{sv}", "data", data);
  message = g_variant_ref_sink (g_variant_builder_end (&dict));
  return tyto_json_from_variant (message, FALSE);
}

gboolean
tyto_webhooks_wants (TytoWebhooks *self, const char *event)
{
  GHashTableIter iter;
  gpointer webhook;

  g_hash_table_iter_init (&iter, self->webhooks);
  while (g_hash_table_iter_next (&iter, NULL, &webhook)) {
    if (tyto_webhook_config_wants (tyto_webhook_get_config (webhook), event))
      return TRUE;
  }
  return FALSE;
}

void
tyto_webhooks_tell (TytoWebhooks *self, const char *event, GVariant *data)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (data);
  g_autofree char *body = NULL;
  GHashTableIter iter;
  gpointer webhook;

  if (!tyto_webhooks_wants (self, event))
    return;
  body = tyto_webhooks_write_message (event, held);
  g_hash_table_iter_init (&iter, self->webhooks);
  while (g_hash_table_iter_next (&iter, NULL, &webhook)) {
    if (tyto_webhook_config_wants (tyto_webhook_get_config (webhook), event))
      tyto_webhook_push (webhook, body);
  }
}

GVariant *
tyto_webhooks_list (TytoWebhooks *self)
{
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GList) webhooks = list_sorted (self);

  for (GList *item = webhooks; item != NULL; item = item->next)
    g_variant_builder_add_value (&list, tyto_webhook_to_variant (item->data));
  return g_variant_builder_end (&list);
}

/* --- The object --- */

TytoWebhooks *
tyto_webhooks_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts)
{
  TytoWebhooks *self = g_object_new (TYTO_TYPE_WEBHOOKS, NULL);
  g_autoptr (GPtrArray) configs = tyto_settings_list_webhooks (settings);

  self->settings = g_object_ref (settings);
  self->catalogue = g_object_ref (catalogue);
  self->alerts = g_object_ref (alerts);
  for (guint i = 0; i < configs->len; i++)
    add_webhook (self, configs->pdata[i]);
  g_signal_connect_object (settings, "webhook-changed", G_CALLBACK (on_webhook_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}

static void
tyto_webhooks_dispose (GObject *object)
{
  TytoWebhooks *self = TYTO_WEBHOOKS (object);

  tyto_webhooks_stop (self);
  g_hash_table_remove_all (self->webhooks);
  g_clear_object (&self->sender);
  g_clear_object (&self->alerts);
  g_clear_object (&self->catalogue);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (tyto_webhooks_parent_class)->dispose (object);
}

static void
tyto_webhooks_finalize (GObject *object)
{
  TytoWebhooks *self = TYTO_WEBHOOKS (object);

  g_hash_table_unref (self->webhooks);
  g_hash_table_unref (self->gone);
  G_OBJECT_CLASS (tyto_webhooks_parent_class)->finalize (object);
}

static void
tyto_webhooks_class_init (TytoWebhooksClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_webhooks_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_webhooks_finalize;
}

static void
tyto_webhooks_init (TytoWebhooks *self)
{
  self->webhooks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->gone = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
