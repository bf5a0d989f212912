/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-sender.h: what brings a message to its receiver. An interface, so that the core
 * needs no HTTP: the front in src/api/webhooks implements it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoWebhookMessage: one try of one delivery.
 * @url: of the receiver
 * @id: webhook-id: the same at each try
 * @timestamp: webhook-timestamp: of this try, s since the Unix epoch
 * @signature: webhook-signature
 * @body: JSON
 */
typedef struct {
  const char *url;
  const char *id;
  gint64 timestamp;
  const char *signature;
  const char *body;
} TytoWebhookMessage;

/**
 * TytoWebhookAnswer: what the receiver said.
 * @status: of HTTP
 * @retry_after_s: Retry-After, -1 for none
 */
typedef struct {
  guint status;
  gint64 retry_after_s;
} TytoWebhookAnswer;

#define TYTO_TYPE_WEBHOOK_SENDER (tyto_webhook_sender_get_type ())
G_DECLARE_INTERFACE (TytoWebhookSender, tyto_webhook_sender, TYTO, WEBHOOK_SENDER, GObject)

struct _TytoWebhookSenderInterface {
  GTypeInterface parent_interface;

  void (*send_async) (TytoWebhookSender *self, const TytoWebhookMessage *message,
                      GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*send_finish) (TytoWebhookSender *self, GAsyncResult *result, TytoWebhookAnswer *answer,
                           GError **error);
};

/* Posts @message (copied as far as needed) once, without following redirects; ends within 15 s. */
void tyto_webhook_sender_send_async (TytoWebhookSender *self, const TytoWebhookMessage *message,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
/* TRUE when there was an answer, whatever its status. Errors name host and cause, never the rest of
 * the URL. */
gboolean tyto_webhook_sender_send_finish (TytoWebhookSender *self, GAsyncResult *result,
                                          TytoWebhookAnswer *answer, GError **error);

G_END_DECLS
