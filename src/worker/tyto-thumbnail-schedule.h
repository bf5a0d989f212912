/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-thumbnail-schedule.h: when a camera's next thumbnail is due. A plain value; times are passed
 * in, µs by the monotonic clock.
 *
 * The first one is due at once, the others one each interval, at a moment within it that the
 * camera's id decides: those of many cameras, in whatever worker, are spread evenly over it. What a
 * thumbnail costs follows the interval and not the length of a segment.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_THUMBNAIL_RETRIES 3

/* tyto_thumbnail_schedule_init() before use. */
typedef struct {
  gint64 interval_us; /* 0: none is ever due */
  gint64 phase_us;    /* within the interval */
  gint64 due_us;      /* 0: at once */
  guint failures;     /* in a row */
} TytoThumbnailSchedule;

/* @interval_s: 0 = only those asked for */
void
tyto_thumbnail_schedule_init (TytoThumbnailSchedule *self, const char *camera, guint interval_s);

gboolean tyto_thumbnail_schedule_is_due (const TytoThumbnailSchedule *self, gint64 now_us);

/* The one that was due is being made. */
void tyto_thumbnail_schedule_begun (TytoThumbnailSchedule *self, gint64 now_us);

/* One was made. */
void tyto_thumbnail_schedule_made (TytoThumbnailSchedule *self);

/* One could not be made: another is due at once, for TYTO_THUMBNAIL_RETRIES times. TRUE when it is
 * given up until its next time. */
gboolean tyto_thumbnail_schedule_failed (TytoThumbnailSchedule *self);

G_END_DECLS
