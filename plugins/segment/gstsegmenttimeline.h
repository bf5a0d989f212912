/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentTimeline:
 *
 * The times of one stream's frames in decoding order, mended: decoding times always grow, a frame
 * without a time follows the one before it, and timestamps that jump (a camera that starts anew, a
 * garbled clock) go on where they were, while a single frame out of all order moves nothing. So no
 * sample's duration is negative or hours long. A plain value: no lock, nothing to free; all 0 at
 * first.
 */
typedef struct {
  gboolean started;
  GstClockTimeDiff shift;   /* ns added to the stream's own times */
  gboolean doubted;         /* the last frame was out of all order */
  GstClockTimeDiff other;   /* ns to be added instead if the next one agrees with it */
  GstClockTimeDiff dts;     /* of the last frame, ns */
  GstClockTimeDiff spacing; /* between the last two, ns */
  gint64 arrival;           /* monotonic, µs: of the last frame */
  guint64 repaired;         /* frames whose times were wrong or missing */
} GstSegmentTimeline;

/* Takes the next frame, of running times @pts and @dts (ns or %GST_CLOCK_STIME_NONE), which lasts
 * @duration (ns; 0: not known) and came at @arrival (monotonic, µs), and mends its times.
 * Returns: whether the timestamps jumped, which the second frame shows. */
gboolean
gst_segment_timeline_next (GstSegmentTimeline *timeline, GstClockTimeDiff *pts,
                           GstClockTimeDiff *dts, GstClockTimeDiff duration, gint64 arrival);

G_END_DECLS
