/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-upload-stats.h: how uploads went since the service was started, in all and by camera. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_UPLOAD_STATS_BUCKETS 12

/* Upper bounds in s of the buckets of durations: 0.05 to 600. */
extern const double tyto_upload_stats_bounds[TYTO_UPLOAD_STATS_BUCKETS];

/* TytoUploadCounts: of one camera, or of all. @seconds: sum over those that succeeded. */
typedef struct {
  guint64 succeeded; /* segments */
  guint64 failed;    /* tries of segments */
  guint64 bytes;
  double seconds;
} TytoUploadCounts;

/**
 * TytoUploadStats: plain, made by tyto_upload_stats_new().
 * @all: of all cameras; @cameras: (element-type utf8 TytoUploadCounts)
 * @buckets: how many took at most the bound of the same index, and no lesser one; longer ones are
 * in none
 * @thumbnails, @adopted: uploaded thumbnails; segments that were there already
 * @last_us: when the last one succeeded, wall clock; -1: none has
 */
typedef struct {
  TytoUploadCounts all;
  GHashTable *cameras;
  guint64 buckets[TYTO_UPLOAD_STATS_BUCKETS];
  guint64 thumbnails;
  guint64 adopted;
  gint64 last_us;
} TytoUploadStats;

TytoUploadStats *tyto_upload_stats_new (void);
void tyto_upload_stats_free (TytoUploadStats *self);

void tyto_upload_stats_succeeded (TytoUploadStats *self, const char *camera, guint64 bytes,
                                  double seconds);
void tyto_upload_stats_failed (TytoUploadStats *self, const char *camera);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoUploadStats, tyto_upload_stats_free)

G_END_DECLS
