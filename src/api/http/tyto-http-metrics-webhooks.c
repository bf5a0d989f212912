/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics-webhooks.h"

#include "api/http/tyto-http-exposition.h"
#include "base/tyto-json.h"

void
tyto_http_metrics_webhooks_write (GString *out, TytoWebhooks *webhooks)
{
  static const char *const results[] = { "delivered", "failed", "given_up", "dropped" };
  g_autoptr (GVariant) list = g_variant_ref_sink (tyto_webhooks_list (webhooks));
  gsize n = g_variant_n_children (list);

  tyto_http_exposition_family (out, "tyto_webhook_deliveries_total", "counter",
                               "Messages to webhooks, by result; failed ones are tries.");
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) webhook = g_variant_get_child_value (list, i);

    for (guint r = 0; r < G_N_ELEMENTS (results); r++)
      tyto_http_exposition_sample2 (out, "tyto_webhook_deliveries_total", "webhook",
                                    tyto_dict_string (webhook, "id", ""), "result", results[r],
                                    tyto_dict_uint (webhook, results[r], 0));
  }
  tyto_http_exposition_family (out, "tyto_webhook_pending", "gauge",
                               "Messages that wait for a webhook.");
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) webhook = g_variant_get_child_value (list, i);

    tyto_http_exposition_sample (out, "tyto_webhook_pending", "webhook",
                                 tyto_dict_string (webhook, "id", ""),
                                 tyto_dict_uint (webhook, "pending", 0));
  }
}
