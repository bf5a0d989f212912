/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A system clock that moved by this much against the monotonic one was stepped, not slewed.
 * Microseconds. */
#define GST_SEGMENT_CLOCK_STEP (100 * G_TIME_SPAN_MILLISECOND)

/* Labels never overlap: of a clock that was set back the old time goes on, ahead of the clock. By
 * more than this the old time was plainly wrong, and is left at once. Microseconds. */
#define GST_SEGMENT_CLOCK_MAX_AHEAD (24 * G_TIME_SPAN_HOUR)

/**
 * GstSegmentClock:
 *
 * Maps a pipeline's running time (ns) to UTC (µs since the Unix epoch, leap seconds not counted:
 * POSIX.1-2017 4.16) and to CLOCK_MONOTONIC (ns). A plain value: no lock, nothing to free.
 *
 * The map is a line of slope 1, taken when the run starts and moved only between segments: within
 * one, times can neither overlap nor leave holes, whatever the system clock does.
 * gst_segment_clock_check() says when that clock was stepped away from the line.
 */
typedef struct {
  gint64 wall_offset;      /* µs to add to a running time in µs */
  gint64 monotonic_offset; /* ns to add to a running time in ns */
  gint64 reference;        /* µs: CLOCK_REALTIME less CLOCK_MONOTONIC when last looked at */
  gint64 ahead;            /* µs: what labels are ahead of the system clock, 0 or more */
} GstSegmentClock;

/* Takes the map: running time @running_time (ns) was at wall @wall and monotonic @monotonic (µs).
 * It is labelled @not_before (µs) when that is later than @wall by up to
 * %GST_SEGMENT_CLOCK_MAX_AHEAD. */
void gst_segment_clock_start (GstSegmentClock *clock, GstClockTime running_time, gint64 wall,
                              gint64 monotonic, gint64 not_before);

gint64 gst_segment_clock_wall (const GstSegmentClock *clock, GstClockTime running_time);
GstClockTime gst_segment_clock_monotonic (const GstSegmentClock *clock, GstClockTime running_time);

/* Compares the map with the clocks now, @wall and @monotonic (µs). Returns: %TRUE when the wall
 * clock was stepped; the map then follows it forward, but not back (see
 * %GST_SEGMENT_CLOCK_MAX_AHEAD). */
gboolean gst_segment_clock_check (GstSegmentClock *clock, gint64 wall, gint64 monotonic);

/* Frames now come @drift (ns) later, or earlier when negative, against their running times than
 * when the map was taken: the camera's clock is not ours. Moves the map by it. */
void gst_segment_clock_follow (GstSegmentClock *clock, GstClockTimeDiff drift);

/* Returns: the first multiple of @length (s, at least 1) since the epoch after @wall (µs), in µs.
 */
gint64 gst_segment_clock_boundary (gint64 wall, guint length);

G_END_DECLS
