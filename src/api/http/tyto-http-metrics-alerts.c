/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics-alerts.h"

#include "api/http/tyto-http-exposition.h"
#include "base/tyto-json.h"

void
tyto_http_metrics_alerts_write (GString *out, GVariant *alerts)
{
  tyto_http_exposition_family (out, "tyto_alerts", "gauge",
                               "1 for each alert that stands; camera is empty for the service.");
  for (gsize i = 0; i < g_variant_n_children (alerts); i++) {
    g_autoptr (GVariant) alert = g_variant_get_child_value (alerts, i);
    const TytoHttpLabel labels[] = {
      { "kind", tyto_dict_string (alert, "kind", "") },
      { "severity", tyto_dict_string (alert, "severity", "") },
      { "camera", tyto_dict_string (alert, "camera", "") },
    };

    tyto_http_exposition_sample_labels (out, "tyto_alerts", labels, G_N_ELEMENTS (labels), 1);
  }
}
