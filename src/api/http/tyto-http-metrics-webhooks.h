/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-metrics-webhooks.h: the metrics that each webhook has. */
#pragma once

#include "recorder/webhooks/tyto-webhooks.h"

G_BEGIN_DECLS

/* Appends the families, label webhook: tyto_webhook_deliveries_total (label result: "delivered",
 * "failed": a try, "given_up", "dropped") and tyto_webhook_pending. */
void tyto_http_metrics_webhooks_write (GString *out, TytoWebhooks *webhooks);

G_END_DECLS
