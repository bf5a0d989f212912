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

void
tyto_http_metrics_watch_write (GString *out, GArray *watch)
{
  static const char *const memory = "tyto_camera_worker_memory_bytes";
  static const char *const cpu = "tyto_camera_worker_cpu_ratio";
  static const char *const restarts = "tyto_camera_watch_restarts_total";
  const TytoWatchFigures *rows = (const TytoWatchFigures *) (gpointer) watch->data;

  tyto_http_exposition_family (
      out, memory, "gauge",
      "Memory of its own of the camera's worker, which other cameras may share.");
  for (guint i = 0; i < watch->len; i++) {
    if (rows[i].has_worker)
      tyto_http_exposition_sample (out, memory, "camera", rows[i].camera, rows[i].worker_memory);
  }
  tyto_http_exposition_family (out, cpu, "gauge",
                               "Of a core, used by the camera's worker over the last minute.");
  for (guint i = 0; i < watch->len; i++) {
    if (rows[i].worker_cpu >= 0)
      tyto_http_exposition_sample (out, cpu, "camera", rows[i].camera, rows[i].worker_cpu);
  }
  tyto_http_exposition_family (out, restarts, "counter",
                               "Recordings started anew because they were not well, by reason.");
  for (guint i = 0; i < watch->len; i++) {
    const struct {
      const char *reason;
      guint64 count;
    } table[] = {
      { "memory", rows[i].memory_restarts },
      { "no-segment", rows[i].stuck_restarts },
      { "stalled", rows[i].stalled_reconnects },
      { "silent", rows[i].silent_reconnects },
    };

    for (guint j = 0; j < G_N_ELEMENTS (table); j++)
      tyto_http_exposition_sample2 (out, restarts, "camera", rows[i].camera, "reason",
                                    table[j].reason, table[j].count);
  }
}
