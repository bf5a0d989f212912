/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics.h"

#include "api/http/tyto-http-exposition.h"
#include "api/http/tyto-http-metrics-alerts.h"
#include "api/http/tyto-http-metrics-archive.h"
#include "api/http/tyto-http-metrics-broadcasts.h"
#include "api/http/tyto-http-metrics-cameras.h"
#include "api/http/tyto-http-metrics-retention.h"
#include "api/http/tyto-http-metrics-webhooks.h"
#include "api/http/tyto-http-request.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

#include <string.h>

struct _TytoHttpMetrics {
  GObject parent_instance;

  TytoRecorder *recorder;
  TytoHttpLimits *limits;
  GHashTable *answers; /* (element-type utf8 guint64): "METHOD CODE" */
  GHashTable *errors;  /* (element-type utf8 guint64): a gap's reason */
};

G_DEFINE_FINAL_TYPE (TytoHttpMetrics, tyto_http_metrics, G_TYPE_OBJECT)

static const char *const methods[]
    = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", NULL };

/* A gap's reasons (tyto-gap.h): the only values of recording_errors_total's label. */
static const char *const reasons[] = { "camera-offline", "camera-refused", "camera-silent",
                                       "camera-ended",   "camera-stalled", "packet-loss",
                                       "disk",           "disk-full",      "disk-slow",
                                       "worker-died",    "recorder-down",  "parked",
                                       "settings",       "clock",          "file-missing",
                                       "file-damaged",   "internal",       NULL };

static void
count (GHashTable *table, const char *key)
{
  guint64 *value = g_hash_table_lookup (table, key);

  if (value == NULL) {
    value = g_new0 (guint64, 1);
    g_hash_table_insert (table, g_strdup (key), value);
  }
  (*value)++;
}

static void
on_wrote_headers (TytoHttpMetrics *self, SoupServerMessage *message)
{
  const char *method = soup_server_message_get_method (message);
  g_autofree char *key = NULL;

  if (method == NULL || !g_strv_contains (methods, method))
    method = "other"; /* anything may be sent: labels must stay few */
  key = g_strdup_printf ("%s %u", method, soup_server_message_get_status (message));
  count (self->answers, key);
}

void
tyto_http_metrics_follow (TytoHttpMetrics *self, SoupServerMessage *message)
{
  g_signal_connect_object (message, "wrote-headers", G_CALLBACK (on_wrote_headers), self,
                           G_CONNECT_SWAPPED);
}

/* A gap is counted once: when it opens, or, when it is told only in hindsight, as it closes. */
static void
on_gap (TytoHttpMetrics *self, GVariant *gap, gboolean closed)
{
  const char *reason = tyto_dict_string (gap, "reason", "internal");

  if (!g_strv_contains (reasons, reason))
    reason = "internal";
  if (closed == g_str_equal (reason, "packet-loss"))
    count (self->errors, reason);
}

static void
on_gap_opened (TytoHttpMetrics *self, GVariant *gap)
{
  on_gap (self, gap, FALSE);
}

static void
on_gap_closed (TytoHttpMetrics *self, GVariant *gap)
{
  on_gap (self, gap, TRUE);
}

static void
write_single (GString *out, const char *name, const char *type, const char *help, double value)
{
  tyto_http_exposition_family (out, name, type, help);
  tyto_http_exposition_sample (out, name, NULL, NULL, value);
}

static void
write_totals (GString *out, GVariant *status)
{
  write_single (out, "recording_active_count", "gauge", "Cameras being recorded now.",
                tyto_dict_uint (status, "recording", 0));
  write_single (out, "recording_total_segments", "gauge",
                "Segments recorded since the service started.",
                tyto_dict_uint (status, "segments", 0));
  write_single (out, "recording_total_bytes", "gauge",
                "Bytes in segments recorded since the service started.",
                tyto_dict_uint (status, "bytes", 0));
  write_single (out, "tyto_cameras", "gauge", "Cameras configured.",
                tyto_dict_uint (status, "cameras", 0));
  write_single (out, "tyto_ready", "gauge", "1 when the service is ready.",
                tyto_dict_boolean (status, "ready", FALSE));
  write_single (out, "tyto_disk_free_bytes", "gauge", "Free space where is recorded.",
                tyto_dict_uint (status, "disk_free", 0));
  write_single (out, "tyto_disk_total_bytes", "gauge", "Size of the file system where is recorded.",
                tyto_dict_uint (status, "disk_total", 0));
  write_single (out, "tyto_disk_floor_bytes", "gauge",
                "Space that stays free: below it nothing is recorded.",
                tyto_dict_uint (status, "disk_floor", 0));
  write_single (out, "tyto_disk_full", "gauge", "1 while recording pauses for want of space.",
                g_str_equal (tyto_dict_string (status, "disk_state", ""), "full"));
  write_single (out, "tyto_disk_reclaimed_bytes_total", "counter",
                "Archived recordings deleted to make room.",
                tyto_dict_uint (status, "disk_reclaimed", 0));
  write_single (out, "tyto_mirror_waiting_rows", "gauge",
                "Changes that the shared catalogue was not told yet.",
                tyto_dict_uint (status, "mirror_waiting", 0));
  write_single (out, "tyto_mirror_oldest_seconds", "gauge",
                "Age of the oldest change that the shared catalogue was not told.",
                tyto_dict_double (status, "mirror_oldest_seconds", 0));
}

static void
write_errors (TytoHttpMetrics *self, GString *out)
{
  tyto_http_exposition_family (out, "recording_errors_total", "counter",
                               "Interruptions of recordings, by reason.");
  for (guint i = 0; reasons[i] != NULL; i++) {
    const guint64 *value = g_hash_table_lookup (self->errors, reasons[i]);

    tyto_http_exposition_sample (out, "recording_errors_total", "type", reasons[i],
                                 value != NULL ? *value : 0);
  }
}

static void
write_http (TytoHttpMetrics *self, GString *out)
{
  g_autoptr (GList) keys
      = g_list_sort (g_hash_table_get_keys (self->answers), (GCompareFunc) strcmp);

  tyto_http_exposition_family (out, "tyto_http_requests_total", "counter",
                               "HTTP requests answered, by method and status code.");
  for (GList *key = keys; key != NULL; key = key->next) {
    g_auto (GStrv) parts = g_strsplit (key->data, " ", 2);
    const guint64 *value = g_hash_table_lookup (self->answers, key->data);

    tyto_http_exposition_sample2 (out, "tyto_http_requests_total", "method", parts[0], "code",
                                  parts[1], *value);
  }
  write_single (out, "tyto_http_connections", "gauge", "HTTP connections open now.",
                tyto_http_limits_get_open (self->limits));
  write_single (out, "tyto_http_connections_refused_total", "counter",
                "HTTP connections turned away because too many were open.",
                tyto_http_limits_get_refused (self->limits));
}

static void
write_process (GString *out, GVariant *status)
{
  const char *started = tyto_dict_string (status, "started_at", "");
  gint64 start_us = 0;

  tyto_http_exposition_family (out, "tyto_build_info", "gauge", "Always 1; the version as label.");
  tyto_http_exposition_sample (out, "tyto_build_info", "version", TYTO_VERSION, 1);
  if (tyto_time_parse (started, &start_us, NULL))
    write_single (out, "tyto_start_time_seconds", "gauge",
                  "When the service started, in seconds since the Unix epoch.", start_us / 1e6);
}

char *
tyto_http_metrics_write (TytoHttpMetrics *self, GVariant *status)
{
  g_autoptr (GPtrArray) cameras = tyto_recorder_get_cameras (self->recorder);
  g_autoptr (GVariant) alerts
      = g_variant_ref_sink (tyto_recorder_list_alerts (self->recorder, TYTO_ALERTS_STANDING, NULL));
  g_autoptr (GArray) watch = tyto_recorder_list_watch (self->recorder);
  GString *out = g_string_new (NULL);

  write_totals (out, status);
  tyto_http_metrics_archive_write (out, tyto_recorder_get_archive (self->recorder), cameras);
  write_errors (self, out);
  tyto_http_metrics_cameras_write (out, cameras);
  tyto_http_metrics_alerts_write (out, alerts);
  tyto_http_metrics_watch_write (out, watch);
  tyto_http_metrics_retention_write (out, tyto_recorder_get_retention (self->recorder));
  tyto_http_metrics_broadcasts_write (out, tyto_recorder_get_broadcasts (self->recorder));
  tyto_http_metrics_webhooks_write (out, tyto_recorder_get_webhooks (self->recorder));
  write_http (self, out);
  write_process (out, status);
  return g_string_free (out, FALSE);
}

static void
get_metrics (TytoHttpRequest *request, gpointer user_data)
{
  TytoHttpMetrics *self = user_data;
  g_autoptr (GVariant) status = g_variant_ref_sink (tyto_recorder_status (self->recorder));

  tyto_http_request_respond_text (request, SOUP_STATUS_OK, TYTO_HTTP_EXPOSITION_TYPE,
                                  tyto_http_metrics_write (self, status));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/metrics", get_metrics },
};

static void
tyto_http_metrics_finalize (GObject *object)
{
  TytoHttpMetrics *self = TYTO_HTTP_METRICS (object);

  g_hash_table_unref (self->answers);
  g_hash_table_unref (self->errors);
  g_clear_object (&self->limits);
  g_clear_object (&self->recorder);
  G_OBJECT_CLASS (tyto_http_metrics_parent_class)->finalize (object);
}

static void
tyto_http_metrics_class_init (TytoHttpMetricsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_metrics_finalize;
}

static void
tyto_http_metrics_init (TytoHttpMetrics *self)
{
  self->answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->errors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

TytoHttpMetrics *
tyto_http_metrics_new (TytoRecorder *recorder, TytoHttpLimits *limits, TytoHttpRouter *router)
{
  TytoHttpMetrics *self = g_object_new (TYTO_TYPE_HTTP_METRICS, NULL);

  self->recorder = g_object_ref (recorder);
  self->limits = g_object_ref (limits);
  g_signal_connect_object (recorder, "gap-opened", G_CALLBACK (on_gap_opened), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (recorder, "gap-closed", G_CALLBACK (on_gap_closed), self,
                           G_CONNECT_SWAPPED);
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), self);
  return self;
}
