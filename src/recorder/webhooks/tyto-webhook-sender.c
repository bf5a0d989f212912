/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-sender.h"

G_DEFINE_INTERFACE (TytoWebhookSender, tyto_webhook_sender, G_TYPE_OBJECT)

static void
tyto_webhook_sender_default_init (TytoWebhookSenderInterface *iface)
{
}

void
tyto_webhook_sender_send_async (TytoWebhookSender *self, const TytoWebhookMessage *message,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  TYTO_WEBHOOK_SENDER_GET_IFACE (self)->send_async (self, message, cancellable, callback,
                                                    user_data);
}

gboolean
tyto_webhook_sender_send_finish (TytoWebhookSender *self, GAsyncResult *result,
                                 TytoWebhookAnswer *answer, GError **error)
{
  return TYTO_WEBHOOK_SENDER_GET_IFACE (self)->send_finish (self, result, answer, error);
}
