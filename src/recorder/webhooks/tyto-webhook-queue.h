/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-webhook-queue.h: what waits for one webhook, kept in the catalogue (table deliveries), so
 * that it outlives the process.
 *
 * What the catalogue does not take waits in memory: that it takes nothing is an alert, and must get
 * out. The outcome of a delivery that it does not take is told to it again until it does, before
 * anything else of it is sent: nothing is sent twice but by a crash in between.
 */
#pragma once

#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

/* Rows in the catalogue, and deliveries in memory: beyond that the oldest go. */
#define TYTO_WEBHOOK_QUEUE_ROWS   20000
#define TYTO_WEBHOOK_QUEUE_MEMORY 1000

#define TYTO_TYPE_WEBHOOK_QUEUE (tyto_webhook_queue_get_type ())
G_DECLARE_FINAL_TYPE (TytoWebhookQueue, tyto_webhook_queue, TYTO, WEBHOOK_QUEUE, GObject)

/* Signals: "changed": there may be something to take; "dropped" (guint64: how many were the oldest
 * of too many). */

TytoWebhookQueue *tyto_webhook_queue_new (TytoCatalogue *catalogue, const char *webhook);

/* How long a catalogue that fails is left alone, ms (10 s). */
void tyto_webhook_queue_set_retry (TytoWebhookQueue *self, guint retry_ms);

/* Counts what waits from an earlier life. To be called once the catalogue is open. */
void tyto_webhook_queue_start (TytoWebhookQueue *self);
/* Tells the catalogue nothing any more. */
void tyto_webhook_queue_stop (TytoWebhookQueue *self);

/* Appends a message (JSON), due now. */
void tyto_webhook_queue_push (TytoWebhookQueue *self, const char *body);

/* The next one that is due (transfer full), or NULL, then @due_us: (out): when to look again (µs
 * since the Unix epoch), G_MAXINT64: not before "changed". One at a time: end what was taken before
 * asking again. */
void tyto_webhook_queue_next_async (TytoWebhookQueue *self, GAsyncReadyCallback callback,
                                    gpointer user_data);
TytoDelivery *
tyto_webhook_queue_next_finish (TytoWebhookQueue *self, GAsyncResult *result, gint64 *due_us);

/* What was taken has arrived or is given up. */
void tyto_webhook_queue_end (TytoWebhookQueue *self, TytoDelivery *delivery);
/* What was taken has been tried once more, in vain. */
void tyto_webhook_queue_postpone (TytoWebhookQueue *self, TytoDelivery *delivery, gint64 due_us,
                                  const char *error);
/* Forgets all that waits. */
void tyto_webhook_queue_clear (TytoWebhookQueue *self);

guint64 tyto_webhook_queue_get_pending (TytoWebhookQueue *self);

G_END_DECLS
