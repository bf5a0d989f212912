/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-webhook.h: one webhook at work: takes messages out of its queue one by one, signs them, has
 * them sent, and tries again by the schedule what was not taken. None waits for another webhook.
 *
 * 2xx is taken; 410 (Gone) is for good; everything else, redirects too, is a failure. Messages go
 * in the order in which they are due, so that one that fails is overtaken by later ones when it
 * fails again.
 */
#pragma once

#include "recorder/settings/tyto-settings.h"
#include "recorder/webhooks/tyto-webhook-sender.h"
#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WEBHOOK (tyto_webhook_get_type ())
G_DECLARE_FINAL_TYPE (TytoWebhook, tyto_webhook, TYTO, WEBHOOK, GObject)

/* Signals: "trouble-changed": see tyto_webhook_get_trouble(); "gone": the receiver answered 410:
 * what waited is forgotten, and nothing is to be sent any more. */

/* Referenced all. */
TytoWebhook *
tyto_webhook_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoWebhookConfig *config);

/* @sender: without one messages only wait. */
void tyto_webhook_set_sender (TytoWebhook *self, TytoWebhookSender *sender);
/* What is new is heeded at once, and what failed is due again no later than its schedule says. */
void tyto_webhook_set_config (TytoWebhook *self, TytoWebhookConfig *config);
TytoWebhookConfig *tyto_webhook_get_config (TytoWebhook *self); /* (transfer none) */

/* Begins to send; the catalogue is open. */
void tyto_webhook_start (TytoWebhook *self);
/* Ends at once; what is on its way counts as not sent. */
void tyto_webhook_stop (TytoWebhook *self);
/* Forgets what waits. */
void tyto_webhook_clear (TytoWebhook *self);

/* Queues a message (JSON). */
void tyto_webhook_push (TytoWebhook *self, const char *body);

/* Sends @body at once, past the queue, also when it is not enabled. Gives delivered b, status t (0:
 * no answer), error s ("" when delivered), duration d (s): (transfer full), not floating; fails
 * only when cancelled or when there is no sender. */
void tyto_webhook_test_async (TytoWebhook *self, const char *body, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
GVariant *tyto_webhook_test_finish (TytoWebhook *self, GAsyncResult *result, GError **error);

/* Why messages were lost of late, or NULL: until one is taken again, or its settings change. */
const char *tyto_webhook_get_trouble (TytoWebhook *self);

/* a{sv}, floating: what tyto_webhook_config_describe() says, has_secret b, pending t, delivered t,
 * failed t (tries), given_up t, dropped t (each since the service was started), last_error s, and
 * where there has been such: last_delivery_at s, last_error_at s, last_status t (of the last
 * answer). */
GVariant *tyto_webhook_to_variant (TytoWebhook *self);

G_END_DECLS
