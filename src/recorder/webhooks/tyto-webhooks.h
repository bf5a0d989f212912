/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-webhooks.h: all webhooks: those that the settings name, each at work by itself
 * (tyto-webhook.h), and the verbs over them.
 *
 * A message is {"type": EVENT, "timestamp": RFC 3339, "data": {…}} as JSON. An alert "webhook" of
 * the service stands while messages are lost or a receiver has answered 410.
 *
 * A webhook (a{sv}): see tyto_webhook_to_variant(). Errors are TYTO_ERROR.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/settings/tyto-settings.h"
#include "recorder/webhooks/tyto-webhook-sender.h"
#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WEBHOOKS (tyto_webhooks_get_type ())
G_DECLARE_FINAL_TYPE (TytoWebhooks, tyto_webhooks, TYTO, WEBHOOKS, GObject)

/* Referenced all. */
TytoWebhooks *
tyto_webhooks_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts);

/* What brings messages out; they wait for it. */
void tyto_webhooks_set_sender (TytoWebhooks *self, TytoWebhookSender *sender);

/* Begins to send; the catalogue is open. Forgets what waits for webhooks that are no more. */
void tyto_webhooks_start (TytoWebhooks *self);
/* Ends at once; before the catalogue is closed. */
void tyto_webhooks_stop (TytoWebhooks *self);

/* Queues @event with @data (a{sv}, sunk when floating) for each webhook that wants it. */
void tyto_webhooks_tell (TytoWebhooks *self, const char *event, GVariant *data);
/* Whether any webhook wants @event. */
gboolean tyto_webhooks_wants (TytoWebhooks *self, const char *event);

/* Webhooks, sorted by id: aa{sv}, floating. */
GVariant *tyto_webhooks_list (TytoWebhooks *self);
/* One webhook (a{sv}, floating); NOT_FOUND. */
GVariant *tyto_webhooks_get (TytoWebhooks *self, const char *id, GError **error);

/* Adds a webhook from @dict (a{sv}): id (made from a UUID when absent), url (must) and any member
 * of tyto_webhook_config_apply(). Without a secret one is made; the answer then has it (secret s),
 * and no other ever has. (transfer full), not floating. ALREADY_EXISTS, INVALID_ARGUMENT, STORAGE.
 */
GVariant *tyto_webhooks_add (TytoWebhooks *self, GVariant *dict, GError **error);
/* Changes the members in @dict; when it has a secret, the one before signs too for a day more.
 * (transfer full), not floating. NOT_FOUND. */
GVariant *tyto_webhooks_change (TytoWebhooks *self, const char *id, GVariant *dict, GError **error);
/* Makes a new secret, which the answer has (secret s); the one before signs too for a day more.
 * (transfer full), not floating. NOT_FOUND, WRONG_STATE: it is a reference. */
GVariant *tyto_webhooks_rotate (TytoWebhooks *self, const char *id, GError **error);
/* Forgets it, its secret and what waits for it. */
gboolean tyto_webhooks_remove (TytoWebhooks *self, const char *id, GError **error);

/* Sends an event "webhook.test" and gives what came of it: tyto_webhook_test_async(). */
void tyto_webhooks_test_async (TytoWebhooks *self, const char *id, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
GVariant *tyto_webhooks_test_finish (TytoWebhooks *self, GAsyncResult *result, GError **error);

G_END_DECLS
