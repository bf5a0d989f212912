/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-private.h: what the files of #TytoWebhook share. */
#pragma once

#include "recorder/webhooks/tyto-webhook-queue.h"
#include "recorder/webhooks/tyto-webhook.h"

G_BEGIN_DECLS

struct _TytoWebhook {
  GObject parent_instance;

  TytoSettings *settings;
  TytoWebhookConfig *config;
  TytoWebhookSender *sender; /* nullable */
  TytoWebhookQueue *queue;
  GCancellable *cancellable;
  TytoDelivery *sending; /* nullable */
  gboolean running;
  gboolean asking; /* the queue */
  gboolean again;  /* it changed meanwhile */
  guint timer_id;
  guint failures;       /* in a row */
  gint64 hold_until_us; /* of g_get_monotonic_time(): nothing is sent before */
  char *trouble;        /* nullable */

  guint64 delivered, failed, given_up, dropped;
  guint last_status; /* 0: none yet */
  char *last_error;
  gint64 last_error_us, last_delivery_us; /* 0: none yet */
};

/* Has @body sent; FALSE with @error when it cannot even be signed. */
gboolean tyto_webhook_send_message (TytoWebhook *self, const char *id, const char *body,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data, GError **error);

/* Why @answer does not take the message; NULL when it does. (transfer full) */
char *tyto_webhook_answer_error (const TytoWebhookAnswer *answer);

void tyto_webhook_note_success (TytoWebhook *self);
void tyto_webhook_note_error (TytoWebhook *self, const char *why);

/* Sends the next message when it can be. */
void tyto_webhook_kick (TytoWebhook *self);

G_END_DECLS
