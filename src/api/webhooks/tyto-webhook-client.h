/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-webhook-client.h: posts webhooks by HTTP/1.1 or HTTP/2 (libsoup): the #TytoWebhookSender of
 * the service.
 *
 * The host is resolved once, and connected to at an address that was checked. Redirects are not
 * followed, proxies, cookies and credentials not used, certificates verified (setting
 * webhook-ca-file). A try ends within 15 s; of the answer only status and Retry-After are read.
 */
#pragma once

#include "recorder/settings/tyto-settings.h"
#include "recorder/webhooks/tyto-webhook-sender.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WEBHOOK_CLIENT (tyto_webhook_client_get_type ())
G_DECLARE_FINAL_TYPE (TytoWebhookClient, tyto_webhook_client, TYTO, WEBHOOK_CLIENT, GObject)

TytoWebhookClient *tyto_webhook_client_new (TytoSettings *settings);

G_END_DECLS
