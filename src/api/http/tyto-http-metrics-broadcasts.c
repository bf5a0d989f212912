/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics-broadcasts.h"

#include "api/http/tyto-http-exposition.h"
#include "base/tyto-json.h"

static void
write_single (GString *out, const char *name, const char *type, const char *help, double value)
{
  tyto_http_exposition_family (out, name, type, help);
  tyto_http_exposition_sample (out, name, NULL, NULL, value);
}

void
tyto_http_metrics_broadcasts_write (GString *out, TytoBroadcasts *broadcasts)
{
  static const char *const statuses[] = { "recording", "processing", "completed", "failed", NULL };
  g_autoptr (GVariant) state = g_variant_ref_sink (tyto_broadcasts_describe (broadcasts));

  tyto_http_exposition_family (out, "tyto_broadcasts", "gauge", "Broadcasts, by status.");
  for (guint i = 0; statuses[i] != NULL; i++)
    tyto_http_exposition_sample (out, "tyto_broadcasts", "status", statuses[i],
                                 tyto_dict_uint (state, statuses[i], 0));
  write_single (out, "tyto_broadcast_bytes", "gauge", "Bytes of the MP4s of completed broadcasts.",
                tyto_dict_uint (state, "bytes", 0));
  write_single (out, "tyto_broadcast_segments_total", "counter",
                "Segments of broadcasts fetched since the service started.",
                tyto_dict_uint (state, "segments", 0));
  write_single (out, "tyto_broadcast_segments_missing_total", "counter",
                "Segments of broadcasts given up since the service started.",
                tyto_dict_uint (state, "missing", 0));
  write_single (out, "tyto_broadcasts_joining", "gauge", "Broadcasts being joined into an MP4 now.",
                tyto_dict_uint (state, "joining", 0));
  write_single (out, "tyto_broadcasts_uploading", "gauge", "Broadcasts being uploaded now.",
                tyto_dict_uint (state, "uploading", 0));
  write_single (out, "tyto_collector_up", "gauge",
                "1 while the process that collects broadcasts runs.",
                g_str_equal (tyto_dict_string (state, "collector", ""), "running"));
  write_single (out, "tyto_collector_restarts_total", "counter",
                "Restarts of the process that collects broadcasts.",
                tyto_dict_uint (state, "collector_restarts", 0));
}
