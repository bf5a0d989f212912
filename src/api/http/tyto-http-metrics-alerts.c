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

static void
write_gauge (GString *out, GVariant *watch, const char *name, const char *help, const char *member)
{
  tyto_http_exposition_family (out, name, "gauge", help);
  for (gsize i = 0; i < g_variant_n_children (watch); i++) {
    g_autoptr (GVariant) row = g_variant_get_child_value (watch, i);
    double value = tyto_dict_double (row, member, -1);

    if (value >= 0)
      tyto_http_exposition_sample (out, name, "camera", tyto_dict_string (row, "camera", ""),
                                   value);
  }
}

void
tyto_http_metrics_watch_write (GString *out, GVariant *watch)
{
  static const char *const restarts = "tyto_camera_watch_restarts_total";

  write_gauge (out, watch, "tyto_camera_worker_memory_bytes",
               "Memory of its own of the camera's worker, which other cameras may share.",
               "worker_memory");
  write_gauge (out, watch, "tyto_camera_worker_cpu_ratio",
               "Of a core, used by the camera's worker over the last minute.", "worker_cpu");
  tyto_http_exposition_family (out, restarts, "counter",
                               "Recordings started anew because they were not well, by reason.");
  for (gsize i = 0; i < g_variant_n_children (watch); i++) {
    g_autoptr (GVariant) row = g_variant_get_child_value (watch, i);
    const char *camera = tyto_dict_string (row, "camera", "");

    tyto_http_exposition_sample2 (out, restarts, "camera", camera, "reason", "memory",
                                  tyto_dict_uint (row, "memory_restarts", 0));
    tyto_http_exposition_sample2 (out, restarts, "camera", camera, "reason", "no-segment",
                                  tyto_dict_uint (row, "stuck_restarts", 0));
    tyto_http_exposition_sample2 (out, restarts, "camera", camera, "reason", "stalled",
                                  tyto_dict_uint (row, "stalled_reconnects", 0));
    tyto_http_exposition_sample2 (out, restarts, "camera", camera, "reason", "silent",
                                  tyto_dict_uint (row, "silent_reconnects", 0));
  }
}
