/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-upload-stats.h"

#include "base/tyto-time.h"

const double tyto_upload_stats_bounds[TYTO_UPLOAD_STATS_BUCKETS]
    = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600 };

TytoUploadStats *
tyto_upload_stats_new (void)
{
  TytoUploadStats *self = g_new0 (TytoUploadStats, 1);

  self->cameras = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->last_us = -1;
  return self;
}

void
tyto_upload_stats_free (TytoUploadStats *self)
{
  g_hash_table_unref (self->cameras);
  g_free (self);
}

static TytoUploadCounts *
get_counts (TytoUploadStats *self, const char *camera)
{
  TytoUploadCounts *counts = g_hash_table_lookup (self->cameras, camera);

  if (counts == NULL) {
    counts = g_new0 (TytoUploadCounts, 1);
    g_hash_table_insert (self->cameras, g_strdup (camera), counts);
  }
  return counts;
}

static void
add (TytoUploadCounts *counts, guint64 bytes, double seconds)
{
  counts->succeeded++;
  counts->bytes += bytes;
  counts->seconds += seconds;
}

void
tyto_upload_stats_succeeded (TytoUploadStats *self, const char *camera, guint64 bytes,
                             double seconds)
{
  add (&self->all, bytes, seconds);
  add (get_counts (self, camera), bytes, seconds);
  self->last_us = tyto_time_now ();
  for (guint i = 0; i < TYTO_UPLOAD_STATS_BUCKETS; i++) {
    if (seconds <= tyto_upload_stats_bounds[i]) {
      self->buckets[i]++;
      return;
    }
  }
}

void
tyto_upload_stats_failed (TytoUploadStats *self, const char *camera)
{
  self->all.failed++;
  get_counts (self, camera)->failed++;
}
