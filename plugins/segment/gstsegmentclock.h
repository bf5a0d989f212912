/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Beyond this a system clock that moved forward was stepped, not slewed. Microseconds. */
#define GST_SEGMENT_CLOCK_STEP_FORWARD (100 * G_TIME_SPAN_MILLISECOND)

/* A clock set back by less than this is waited for: segment times go on from the old clock, so that
 * no two segments of a run overlap. Set back by more, the old clock was plainly wrong, and holding
 * on to it would misdate everything recorded until the run ends. Microseconds. */
#define GST_SEGMENT_CLOCK_STEP_BACK (10 * G_TIME_SPAN_SECOND)

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
  gint64 reference;        /* µs: CLOCK_REALTIME less CLOCK_MONOTONIC when the map was taken */
} GstSegmentClock;

/* Takes the map: running time @running_time (ns) was at wall @wall and monotonic @monotonic (µs).
 */
void gst_segment_clock_start (GstSegmentClock *clock, GstClockTime running_time, gint64 wall,
                              gint64 monotonic);

gint64 gst_segment_clock_wall (const GstSegmentClock *clock, GstClockTime running_time);
GstClockTime gst_segment_clock_monotonic (const GstSegmentClock *clock, GstClockTime running_time);

/* Compares the map with the clocks now, @wall and @monotonic (µs). Returns: %TRUE when the wall
 * clock was stepped; the map then follows the new time. */
gboolean gst_segment_clock_check (GstSegmentClock *clock, gint64 wall, gint64 monotonic);

/* Frames now come @drift (ns) later, or earlier when negative, against their running times than
 * when the map was taken: the camera's clock is not ours. Moves the map by it. */
void gst_segment_clock_follow (GstSegmentClock *clock, GstClockTimeDiff drift);

/* Returns: the first multiple of @length (s, at least 1) since the epoch after @wall (µs), in µs.
 */
gint64 gst_segment_clock_boundary (gint64 wall, guint length);

G_END_DECLS
