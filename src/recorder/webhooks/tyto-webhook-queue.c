/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-queue.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "store/tyto-catalogue-deliveries.h"

#define RETRY_MS 10000
/* The schedule has no wait as long as this (tyto-webhook-schedule.h). */
#define BEYOND_SCHEDULE_US (27 * G_TIME_SPAN_HOUR)
/* What a full queue makes room for at once, so that it is not trimmed for each message. */
#define ROOM 100

struct _TytoWebhookQueue {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  char *webhook;
  gint64 pending;
  GQueue memory; /* (element-type TytoDelivery): not in the catalogue; the first due first */
  TytoDelivery *outcome; /* (nullable): whose end or try the catalogue has not taken */
  gboolean outcome_is_end;
  guint retry_ms;
  guint retry_id;
  gboolean trimming;
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (TytoWebhookQueue, tyto_webhook_queue, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, SIGNAL_DROPPED, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoWebhookQueue *
tyto_webhook_queue_new (TytoCatalogue *catalogue, const char *webhook)
{
  TytoWebhookQueue *self = g_object_new (TYTO_TYPE_WEBHOOK_QUEUE, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->webhook = g_strdup (webhook);
  return self;
}

void
tyto_webhook_queue_set_retry (TytoWebhookQueue *self, guint retry_ms)
{
  self->retry_ms = retry_ms;
}

guint64
tyto_webhook_queue_get_pending (TytoWebhookQueue *self)
{
  return (guint64) MAX (self->pending, 0);
}

static void
tell_changed (TytoWebhookQueue *self)
{
  if (!self->stopped)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
tell_dropped (TytoWebhookQueue *self, guint64 n)
{
  self->pending -= (gint64) n;
  if (n > 0)
    g_signal_emit (self, signals[SIGNAL_DROPPED], 0, n);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWebhookQueue) self = data;
  guint64 n;

  if (tyto_catalogue_count_deliveries_finish (TYTO_CATALOGUE (source), result, &n, NULL))
    self->pending += (gint64) n;
  tell_changed (self);
}

void
tyto_webhook_queue_start (TytoWebhookQueue *self)
{
  tyto_catalogue_count_deliveries_async (self->catalogue, self->webhook, NULL, on_counted,
                                         g_object_ref (self));
}

/* --- In --- */

static int
compare_due (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const TytoDelivery *one = a;
  const TytoDelivery *other = b;

  return one->due_us < other->due_us ? -1 : one->due_us > other->due_us;
}

static void
remember (TytoWebhookQueue *self, TytoDelivery *delivery)
{
  if (self->memory.length >= TYTO_WEBHOOK_QUEUE_MEMORY) {
    tyto_delivery_unref (g_queue_pop_head (&self->memory));
    tell_dropped (self, 1);
  }
  g_queue_insert_sorted (&self->memory, tyto_delivery_ref (delivery), compare_due, NULL);
}

static void
on_trimmed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWebhookQueue) self = data;
  guint64 n;

  self->trimming = FALSE;
  if (tyto_catalogue_count_deliveries_finish (TYTO_CATALOGUE (source), result, &n, NULL))
    tell_dropped (self, n);
}

static void
make_room (TytoWebhookQueue *self)
{
  if (self->pending - self->memory.length <= TYTO_WEBHOOK_QUEUE_ROWS || self->trimming)
    return;
  self->trimming = TRUE;
  tyto_catalogue_trim_deliveries_async (self->catalogue, self->webhook,
                                        TYTO_WEBHOOK_QUEUE_ROWS - ROOM, NULL, on_trimmed,
                                        g_object_ref (self));
}

typedef struct {
  TytoWebhookQueue *queue;
  TytoDelivery *delivery;
} Push;

static void
push_free (Push *push)
{
  g_object_unref (push->queue);
  tyto_delivery_unref (push->delivery);
  g_free (push);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Push, push_free)

static void
on_pushed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Push) push = data;

  if (!tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, NULL))
    remember (push->queue, push->delivery);
  make_room (push->queue);
  tell_changed (push->queue);
}

void
tyto_webhook_queue_push (TytoWebhookQueue *self, const char *body)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *id = g_strconcat ("msg_", uuid, NULL);
  Push *push = g_new0 (Push, 1);

  push->queue = g_object_ref (self);
  push->delivery = tyto_delivery_new (id, self->webhook, body, tyto_time_now ());
  self->pending++;
  tyto_catalogue_push_delivery_async (self->catalogue, push->delivery, NULL, on_pushed, push);
}

/* --- Out --- */

/* Whether @delivery is one of those in memory; it is taken out of them. */
static gboolean
forget (TytoWebhookQueue *self, TytoDelivery *delivery)
{
  if (!g_queue_remove (&self->memory, delivery))
    return FALSE;
  tyto_delivery_unref (delivery);
  return TRUE;
}

/* What to give when the catalogue has nothing: when memory has something, or the time @due_us. */
static void
return_later (TytoWebhookQueue *self, GTask *task, gint64 due_us)
{
  const TytoDelivery *head = g_queue_peek_head (&self->memory);
  gint64 *due = g_new (gint64, 1);

  *due = head != NULL ? MIN (due_us, head->due_us) : due_us;
  g_task_set_task_data (task, due, g_free);
  g_task_return_pointer (task, NULL, NULL);
}

/* Also when its times come from a clock that has been set back since. */
static gboolean
is_due (const TytoDelivery *delivery, gint64 now_us)
{
  return delivery->tries == 0 || delivery->due_us <= now_us
         || delivery->due_us > now_us + BEYOND_SCHEDULE_US;
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoWebhookQueue *self = g_task_get_source_object (task);
  gint64 now_us = tyto_time_now ();
  g_autoptr (TytoDelivery) next = NULL;

  if (!tyto_catalogue_next_delivery_finish (TYTO_CATALOGUE (source), result, &next, NULL))
    return_later (self, task, now_us + self->retry_ms * G_TIME_SPAN_MILLISECOND);
  else if (next == NULL)
    return_later (self, task, G_MAXINT64);
  else if (!is_due (next, now_us))
    return_later (self, task, next->due_us);
  else
    g_task_return_pointer (task, g_steal_pointer (&next), (GDestroyNotify) tyto_delivery_unref);
}

void
tyto_webhook_queue_next_async (TytoWebhookQueue *self, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  TytoDelivery *head = g_queue_peek_head (&self->memory);

  if (head != NULL && is_due (head, tyto_time_now ()))
    g_task_return_pointer (task, tyto_delivery_ref (head), (GDestroyNotify) tyto_delivery_unref);
  else if (self->outcome != NULL)
    return_later (self, task, G_MAXINT64);
  else
    tyto_catalogue_next_delivery_async (self->catalogue, self->webhook, tyto_time_now (), NULL,
                                        on_found, g_steal_pointer (&task));
}

TytoDelivery *
tyto_webhook_queue_next_finish (TytoWebhookQueue *self, GAsyncResult *result, gint64 *due_us)
{
  TytoDelivery *delivery = g_task_propagate_pointer (G_TASK (result), NULL);
  const gint64 *due = g_task_get_task_data (G_TASK (result));

  *due_us = due != NULL ? *due : G_MAXINT64;
  return delivery;
}

/* --- What became of it --- */

static void tell_outcome (TytoWebhookQueue *self);

static gboolean
on_retry (gpointer data)
{
  TytoWebhookQueue *self = data;

  self->retry_id = 0;
  tell_outcome (self);
  return G_SOURCE_REMOVE;
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWebhookQueue) self = data;
  g_autoptr (GError) error = NULL;

  if (self->stopped || self->outcome == NULL)
    return;
  /* Not found: it was one of too many meanwhile. */
  if (!tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)
      && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    self->retry_id = g_timeout_add (self->retry_ms, on_retry, self);
    return;
  }
  g_clear_pointer (&self->outcome, tyto_delivery_unref);
  tell_changed (self);
}

static void
tell_outcome (TytoWebhookQueue *self)
{
  const TytoDelivery *delivery = self->outcome;

  if (self->outcome_is_end)
    tyto_catalogue_delete_delivery_async (self->catalogue, delivery->id, NULL, on_told,
                                          g_object_ref (self));
  else
    tyto_catalogue_update_delivery_async (self->catalogue, delivery->id, delivery->due_us,
                                          delivery->tries, delivery->last_error, NULL, on_told,
                                          g_object_ref (self));
}

static void
keep_outcome (TytoWebhookQueue *self, TytoDelivery *delivery, gboolean is_end)
{
  self->outcome = tyto_delivery_ref (delivery);
  self->outcome_is_end = is_end;
  tell_outcome (self);
}

void
tyto_webhook_queue_end (TytoWebhookQueue *self, TytoDelivery *delivery)
{
  self->pending--;
  if (forget (self, delivery))
    tell_changed (self);
  else
    keep_outcome (self, delivery, TRUE);
}

void
tyto_webhook_queue_postpone (TytoWebhookQueue *self, TytoDelivery *delivery, gint64 due_us,
                             const char *error)
{
  /* Ours alone: a row as it was read, or one that the catalogue did not take. */
  gboolean in_memory = forget (self, delivery);

  delivery->due_us = due_us;
  delivery->tries++;
  g_free (delivery->last_error);
  delivery->last_error = g_strdup (error);
  if (!in_memory) {
    keep_outcome (self, delivery, FALSE);
    return;
  }
  remember (self, delivery);
  tell_changed (self);
}

void
tyto_webhook_queue_clear (TytoWebhookQueue *self)
{
  g_queue_clear_full (&self->memory, (GDestroyNotify) tyto_delivery_unref);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_pointer (&self->outcome, tyto_delivery_unref);
  self->pending = 0;
  tyto_catalogue_trim_deliveries_async (self->catalogue, self->webhook, 0, NULL, NULL, NULL);
}

void
tyto_webhook_queue_stop (TytoWebhookQueue *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->retry_id, g_source_remove);
}

static void
tyto_webhook_queue_dispose (GObject *object)
{
  TytoWebhookQueue *self = TYTO_WEBHOOK_QUEUE (object);

  tyto_webhook_queue_stop (self);
  g_queue_clear_full (&self->memory, (GDestroyNotify) tyto_delivery_unref);
  g_clear_pointer (&self->outcome, tyto_delivery_unref);
  g_clear_object (&self->catalogue);
  G_OBJECT_CLASS (tyto_webhook_queue_parent_class)->dispose (object);
}

static void
tyto_webhook_queue_finalize (GObject *object)
{
  g_free (TYTO_WEBHOOK_QUEUE (object)->webhook);
  G_OBJECT_CLASS (tyto_webhook_queue_parent_class)->finalize (object);
}

static void
tyto_webhook_queue_class_init (TytoWebhookQueueClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_webhook_queue_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_webhook_queue_finalize;
  signals[SIGNAL_CHANGED]
      = g_signal_new ("changed", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_DROPPED] = g_signal_new ("dropped", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_UINT64);
}

static void
tyto_webhook_queue_init (TytoWebhookQueue *self)
{
  self->retry_ms = RETRY_MS;
  g_queue_init (&self->memory);
}
