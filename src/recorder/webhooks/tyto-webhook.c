/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-schedule.h"
#include "recorder/webhooks/tyto-webhook-signature.h"

#define GONE 410
/* Times of the queue are of the wall clock, which may be set: none is slept through for longer. */
#define LONGEST_SLEEP_MS 60000

G_DEFINE_FINAL_TYPE (TytoWebhook, tyto_webhook, G_TYPE_OBJECT)

enum { SIGNAL_TROUBLE_CHANGED, SIGNAL_GONE, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoWebhookConfig *
tyto_webhook_get_config (TytoWebhook *self)
{
  return self->config;
}

const char *
tyto_webhook_get_trouble (TytoWebhook *self)
{
  return self->trouble;
}

/* Takes @trouble. */
static void
set_trouble (TytoWebhook *self, char *trouble)
{
  g_autofree char *before = g_steal_pointer (&self->trouble);

  self->trouble = trouble;
  if (g_strcmp0 (before, trouble) != 0)
    g_signal_emit (self, signals[SIGNAL_TROUBLE_CHANGED], 0);
}

/* --- Sending --- */

gboolean
tyto_webhook_send_message (TytoWebhook *self, const char *id, const char *body,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data, GError **error)
{
  g_auto (GStrv) secrets = tyto_settings_get_webhook_secrets (self->settings, self->config, error);
  gint64 timestamp = tyto_time_now () / G_USEC_PER_SEC;
  g_autofree char *signature = NULL;

  if (secrets == NULL)
    return FALSE;
  signature = tyto_webhook_sign ((const char *const *) secrets, id, timestamp, body);
  tyto_webhook_sender_send_async (self->sender,
                                  &(TytoWebhookMessage){ .url = self->config->url,
                                                         .id = id,
                                                         .timestamp = timestamp,
                                                         .signature = signature,
                                                         .body = body },
                                  cancellable, callback, user_data);
  return TRUE;
}

char *
tyto_webhook_answer_error (const TytoWebhookAnswer *answer)
{
  if (answer->status >= 200 && answer->status < 300)
    return NULL;
  if (answer->status >= 300 && answer->status < 400)
    return g_strdup_printf ("The receiver answered %u, and redirects are not followed",
                            answer->status);
  return g_strdup_printf ("The receiver answered %u", answer->status);
}

void
tyto_webhook_note_success (TytoWebhook *self)
{
  self->failures = 0;
  self->hold_until_us = 0;
  self->last_delivery_us = tyto_time_now ();
  set_trouble (self, NULL);
}

void
tyto_webhook_note_error (TytoWebhook *self, const char *why)
{
  g_free (self->last_error);
  self->last_error = g_strdup (why);
  self->last_error_us = tyto_time_now ();
}

static void
fail (TytoWebhook *self, TytoDelivery *delivery, const char *why, gint64 retry_after_s)
{
  gint64 now_us = tyto_time_now ();
  gint64 delay_us = tyto_webhook_schedule_delay (delivery->tries + 1, now_us - delivery->created_us,
                                                 retry_after_s, g_random_double ());

  self->failed++;
  self->failures++;
  self->hold_until_us = g_get_monotonic_time ()
                        + tyto_webhook_schedule_hold (self->failures, delay_us, retry_after_s);
  tyto_webhook_note_error (self, why);
  if (delay_us < 0) {
    self->given_up++;
    set_trouble (self, g_strdup_printf ("messages were given up after %u tries: %s",
                                        delivery->tries + 1, why));
    tyto_webhook_queue_end (self->queue, delivery);
    return;
  }
  g_message ("Webhook %s: try %u of %s failed: %s", self->config->id, delivery->tries + 1,
             delivery->id, why);
  tyto_webhook_queue_postpone (self->queue, delivery, now_us + delay_us, why);
}

static void
judge (TytoWebhook *self, TytoDelivery *delivery, const TytoWebhookAnswer *answer)
{
  g_autofree char *why = tyto_webhook_answer_error (answer);

  self->last_status = answer->status;
  if (why == NULL) {
    self->delivered++;
    tyto_webhook_note_success (self);
    g_debug ("Webhook %s: %s is delivered", self->config->id, delivery->id);
    tyto_webhook_queue_end (self->queue, delivery);
  } else if (answer->status == GONE) {
    self->failed++;
    tyto_webhook_note_error (self, why);
    tyto_webhook_queue_clear (self->queue);
    g_signal_emit (self, signals[SIGNAL_GONE], 0);
  } else {
    fail (self, delivery, why, answer->retry_after_s);
  }
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWebhook) self = data;
  g_autoptr (TytoDelivery) delivery = g_steal_pointer (&self->sending);
  TytoWebhookAnswer answer = { 0, -1 };
  g_autoptr (GError) error = NULL;

  if (tyto_webhook_sender_send_finish (TYTO_WEBHOOK_SENDER (source), result, &answer, &error)) {
    if (self->running)
      judge (self, delivery, &answer);
  } else if (self->running) {
    g_autofree char *why = tyto_error_why (error);

    fail (self, delivery, why, -1);
  }
  tyto_webhook_kick (self);
}

/* --- When --- */

static gboolean
on_time (gpointer data)
{
  TytoWebhook *self = data;

  self->timer_id = 0;
  tyto_webhook_kick (self);
  return G_SOURCE_REMOVE;
}

static void
wake_in (TytoWebhook *self, gint64 wait_us)
{
  gint64 ms = CLAMP (wait_us / G_TIME_SPAN_MILLISECOND + 1, 1, LONGEST_SLEEP_MS);

  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_id = g_timeout_add ((guint) ms, on_time, self);
}

static void
on_next (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWebhook) self = data;
  gint64 due_us;
  g_autoptr (TytoDelivery) delivery
      = tyto_webhook_queue_next_finish (TYTO_WEBHOOK_QUEUE (source), result, &due_us);
  g_autoptr (GError) error = NULL;

  self->asking = FALSE;
  if (!self->running || !self->config->enabled)
    return;
  if (delivery == NULL) {
    if (due_us != G_MAXINT64)
      wake_in (self, due_us - tyto_time_now ());
    if (self->again)
      tyto_webhook_kick (self);
    return;
  }
  self->sending = tyto_delivery_ref (delivery);
  if (!tyto_webhook_send_message (self, delivery->id, delivery->body, self->cancellable, on_sent,
                                  g_object_ref (self), &error)) {
    g_autofree char *why = tyto_error_why (error);

    g_object_unref (self); /* nobody calls on_sent() */
    g_clear_pointer (&self->sending, tyto_delivery_unref);
    fail (self, delivery, why, -1);
    tyto_webhook_kick (self);
  }
}

void
tyto_webhook_kick (TytoWebhook *self)
{
  gint64 hold_us = self->hold_until_us - g_get_monotonic_time ();

  self->again = self->asking;
  if (!self->running || !self->config->enabled || self->sender == NULL || self->asking
      || self->sending != NULL)
    return;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  if (hold_us > 0) {
    wake_in (self, hold_us);
    return;
  }
  self->asking = TRUE;
  tyto_webhook_queue_next_async (self->queue, on_next, g_object_ref (self));
}

static void
on_dropped (TytoWebhook *self, guint64 n)
{
  self->dropped += n;
  set_trouble (self, g_strdup ("more messages waited than are kept, and the oldest were dropped"));
}

/* --- From outside --- */

void
tyto_webhook_set_sender (TytoWebhook *self, TytoWebhookSender *sender)
{
  g_set_object (&self->sender, sender);
  tyto_webhook_kick (self);
}

void
tyto_webhook_set_config (TytoWebhook *self, TytoWebhookConfig *config)
{
  tyto_webhook_config_ref (config);
  tyto_webhook_config_unref (self->config);
  self->config = config;
  self->failures = 0;
  self->hold_until_us = 0;
  set_trouble (self, NULL);
  tyto_webhook_kick (self);
}

void
tyto_webhook_start (TytoWebhook *self)
{
  self->running = TRUE;
  tyto_webhook_queue_start (self->queue);
}

void
tyto_webhook_stop (TytoWebhook *self)
{
  self->running = FALSE;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  tyto_webhook_queue_stop (self->queue);
}

void
tyto_webhook_clear (TytoWebhook *self)
{
  tyto_webhook_queue_clear (self->queue);
}

void
tyto_webhook_push (TytoWebhook *self, const char *body)
{
  tyto_webhook_queue_push (self->queue, body);
}

/* --- How it is --- */

static void
insert_time (GVariantDict *dict, const char *key, gint64 time_us)
{
  g_autofree char *text = time_us > 0 ? tyto_time_format (time_us) : NULL;

  if (text != NULL)
    g_variant_dict_insert (dict, key, "s", text);
}

GVariant *
tyto_webhook_to_variant (TytoWebhook *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  tyto_webhook_config_describe (self->config, &dict);
  g_variant_dict_insert (&dict, "has_secret", "b", *self->config->secret != '\0');
  g_variant_dict_insert (&dict, "pending", "t", tyto_webhook_queue_get_pending (self->queue));
  g_variant_dict_insert (&dict, "delivered", "t", self->delivered);
  g_variant_dict_insert (&dict, "failed", "t", self->failed);
  g_variant_dict_insert (&dict, "given_up", "t", self->given_up);
  g_variant_dict_insert (&dict, "dropped", "t", self->dropped);
  insert_time (&dict, "last_delivery_at", self->last_delivery_us);
  g_variant_dict_insert (&dict, "last_error", "s", self->last_error);
  insert_time (&dict, "last_error_at", self->last_error_us);
  if (self->last_status != 0)
    g_variant_dict_insert (&dict, "last_status", "t", (guint64) self->last_status);
  return g_variant_dict_end (&dict);
}

TytoWebhook *
tyto_webhook_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoWebhookConfig *config)
{
  TytoWebhook *self = g_object_new (TYTO_TYPE_WEBHOOK, NULL);

  self->settings = g_object_ref (settings);
  self->config = tyto_webhook_config_ref (config);
  self->queue = tyto_webhook_queue_new (catalogue, config->id);
  g_signal_connect_object (self->queue, "changed", G_CALLBACK (tyto_webhook_kick), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "dropped", G_CALLBACK (on_dropped), self,
                           G_CONNECT_SWAPPED);
  return self;
}

static void
tyto_webhook_dispose (GObject *object)
{
  TytoWebhook *self = TYTO_WEBHOOK (object);

  if (self->queue != NULL)
    tyto_webhook_stop (self);
  g_clear_pointer (&self->sending, tyto_delivery_unref);
  g_clear_object (&self->queue);
  g_clear_object (&self->sender);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (tyto_webhook_parent_class)->dispose (object);
}

static void
tyto_webhook_finalize (GObject *object)
{
  TytoWebhook *self = TYTO_WEBHOOK (object);

  g_clear_pointer (&self->config, tyto_webhook_config_unref);
  g_object_unref (self->cancellable);
  g_free (self->trouble);
  g_free (self->last_error);
  G_OBJECT_CLASS (tyto_webhook_parent_class)->finalize (object);
}

static void
tyto_webhook_class_init (TytoWebhookClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_webhook_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_webhook_finalize;
  signals[SIGNAL_TROUBLE_CHANGED] = g_signal_new ("trouble-changed", type, G_SIGNAL_RUN_FIRST, 0,
                                                  NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_GONE]
      = g_signal_new ("gone", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_webhook_init (TytoWebhook *self)
{
  self->cancellable = g_cancellable_new ();
  self->last_error = g_strdup ("");
}
