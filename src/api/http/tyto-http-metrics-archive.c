/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics-archive.h"

#include "api/http/tyto-http-exposition.h"
#include "base/tyto-json.h"

#include <string.h>

static void
write_single (GString *out, const char *name, const char *type, const char *help, double value)
{
  tyto_http_exposition_family (out, name, type, help);
  tyto_http_exposition_sample (out, name, NULL, NULL, value);
}

static void
write_uploads (GString *out, const TytoUploadStats *stats)
{
  static const char *const uploads = "recording_uploads_total";
  static const char *const duration = "recording_upload_duration_seconds";
  guint64 n = 0;

  tyto_http_exposition_family (out, uploads, "counter",
                               "Segments uploaded to the archive, by result; failures are tries.");
  tyto_http_exposition_sample (out, uploads, "status", "success", stats->all.succeeded);
  tyto_http_exposition_sample (out, uploads, "status", "failure", stats->all.failed);

  tyto_http_exposition_family (out, duration, "histogram",
                               "Time to bring a segment into the archive, its last try.");
  for (guint i = 0; i < TYTO_UPLOAD_STATS_BUCKETS; i++) {
    char bound[G_ASCII_DTOSTR_BUF_SIZE];

    n += stats->buckets[i];
    g_ascii_formatd (bound, sizeof bound, "%g", tyto_upload_stats_bounds[i]);
    tyto_http_exposition_sample (out, "recording_upload_duration_seconds_bucket", "le", bound, n);
  }
  tyto_http_exposition_sample (out, "recording_upload_duration_seconds_bucket", "le", "+Inf",
                               stats->all.succeeded);
  tyto_http_exposition_sample (out, "recording_upload_duration_seconds_sum", NULL, NULL,
                               stats->all.seconds);
  tyto_http_exposition_sample (out, "recording_upload_duration_seconds_count", NULL, NULL,
                               stats->all.succeeded);
}

/* Those that are configured, and those that were. (transfer container) */
static GList *
list_cameras (const TytoUploadStats *stats, GPtrArray *cameras, GHashTable *ids)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, stats->cameras);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_hash_table_add (ids, g_strdup (id));
  for (guint i = 0; i < cameras->len; i++)
    g_hash_table_add (ids, g_strdup (tyto_camera_get_id (g_ptr_array_index (cameras, i))));
  return g_list_sort (g_hash_table_get_keys (ids), (GCompareFunc) strcmp);
}

static const TytoUploadCounts *
get_counts (const TytoUploadStats *stats, const char *id)
{
  static const TytoUploadCounts nothing = { 0 };
  const TytoUploadCounts *counts = g_hash_table_lookup (stats->cameras, id);

  return counts != NULL ? counts : &nothing;
}

static void
write_cameras (GString *out, const TytoUploadStats *stats, GPtrArray *configured)
{
  static const char *const uploaded = "camera_segments_uploaded_total";
  static const char *const failures = "camera_upload_failures_total";
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GList) cameras = list_cameras (stats, configured, ids);

  tyto_http_exposition_family (out, uploaded, "counter", "Segments uploaded to the archive.");
  for (GList *id = cameras; id != NULL; id = id->next) {
    const TytoUploadCounts *counts = get_counts (stats, id->data);

    tyto_http_exposition_sample (out, uploaded, "camera_id", id->data, counts->succeeded);
  }
  tyto_http_exposition_family (out, failures, "counter", "Tries to upload a segment that failed.");
  for (GList *id = cameras; id != NULL; id = id->next) {
    const TytoUploadCounts *counts = get_counts (stats, id->data);

    tyto_http_exposition_sample (out, failures, "camera_id", id->data, counts->failed);
  }
  tyto_http_exposition_family (out, "camera_segment_upload_duration_seconds", "summary",
                               "Time to bring a segment into the archive, its last try.");
  for (GList *id = cameras; id != NULL; id = id->next) {
    const TytoUploadCounts *counts = get_counts (stats, id->data);

    tyto_http_exposition_sample (out, "camera_segment_upload_duration_seconds_sum", "camera_id",
                                 id->data, counts->seconds);
    tyto_http_exposition_sample (out, "camera_segment_upload_duration_seconds_count", "camera_id",
                                 id->data, counts->succeeded);
  }
}

static void
write_queue (GString *out, TytoArchive *archive)
{
  g_autoptr (GVariant) state = g_variant_ref_sink (tyto_archive_describe (archive));
  gint64 late_us;
  const TytoUploadTotals *totals = tyto_archive_get_totals (archive, &late_us);

  write_single (out, "tyto_upload_queue_segments", "gauge", "Segments that wait for the archive.",
                totals->segments);
  write_single (out, "tyto_upload_queue_bytes", "gauge",
                "Bytes of the segments that wait for the archive.", totals->bytes);
  write_single (out, "tyto_upload_queue_thumbnails", "gauge",
                "Thumbnails that wait for the archive.", totals->thumbnails);
  write_single (out, "tyto_upload_queue_oldest_seconds", "gauge",
                "Since the end of the recording that has waited longest; 0 when none waits.",
                late_us > 0 ? late_us / 1e6 : 0);
  write_single (out, "tyto_uploads_under_way", "gauge", "Uploads under way.",
                tyto_dict_uint (state, "under_way", 0));
  write_single (out, "tyto_uploaded_bytes_total", "counter",
                "Bytes of segments uploaded to the archive.", tyto_dict_uint (state, "bytes", 0));
  write_single (out, "tyto_local_copies_deleted_total", "counter",
                "Local files deleted because the archive has them.",
                tyto_dict_uint (state, "evicted", 0));
  write_single (out, "tyto_archive_up", "gauge",
                "1 when the archive takes recordings, 0 when it fails, refuses or there is none.",
                g_str_equal (tyto_dict_string (state, "state", ""), "ok"));
}

void
tyto_http_metrics_archive_write (GString *out, TytoArchive *archive, GPtrArray *cameras)
{
  const TytoUploadStats *stats = tyto_archive_get_stats (archive);

  write_uploads (out, stats);
  write_cameras (out, stats, cameras);
  write_queue (out, archive);
}
