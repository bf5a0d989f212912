/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentCut:
 *
 * Where a segment starts. @reason says why the one before it ended: "boundary", "caps", "clock" or
 * "gap"; %NULL for the first of a run.
 */
typedef struct {
  GstClockTime running_time; /* ns */
  gint64 wall;               /* µs since the Unix epoch, UTC */
  GstClockTime monotonic;    /* CLOCK_MONOTONIC, ns */
  const gchar *reason;       /* (nullable) static */
  GstClockTimeDiff drift;    /* ns: how far the clocks moved against running time at this cut */
  GstClockTime previous_end; /* running time (ns) at which the one before it ended */
  gint64 clock_offset;       /* µs: @wall less the system clock; see GstSegmentClock */
} GstSegmentCut;

typedef enum {
  GST_SEGMENT_CUTTER_DROP, /* cannot be decoded: no key frame came yet */
  GST_SEGMENT_CUTTER_PASS,
  GST_SEGMENT_CUTTER_CUT, /* a new segment starts with this frame */
} GstSegmentCutterVerdict;

/**
 * GstSegmentCutter:
 *
 * Decides which frames start a segment: the first key frame at or after each wall-clock boundary,
 * after a step of the system clock, and when it was asked for. The decisions wait in a queue for
 * the muxer's side, which follows by up to a group of pictures. Safe to use from several threads.
 */
typedef struct _GstSegmentCutter GstSegmentCutter;

/* The system's clock and CLOCK_MONOTONIC, in µs. */
typedef void (*GstSegmentNow) (gpointer user_data, gint64 *wall, gint64 *monotonic);

/* @length: of a segment, in s (1–86400). @not_before: µs; see gst_segment_clock_start(). */
GstSegmentCutter *gst_segment_cutter_new (guint length, gint64 not_before);
void gst_segment_cutter_free (GstSegmentCutter *cutter);

/* Reads the clocks by @now instead of the system's: for tests. */
void gst_segment_cutter_set_now (GstSegmentCutter *cutter, GstSegmentNow now, gpointer user_data);

/* Asks for a cut at the next key frame, for @reason (static): "caps", when the frames are of other
 * caps than those before, "clock", when their timestamps are not those of the camera any more, or
 * "gap", when frames are left out before it. Nothing before the first frame. */
void gst_segment_cutter_ask (GstSegmentCutter *cutter, const gchar *reason);

/* Takes note of a frame at @running_time, @duration long (or %GST_CLOCK_TIME_NONE), which entered
 * the pipeline @lag (ns) before now.
 * @split_after: (out): for a cut, the last running time (ns) that belongs to the old segment. */
GstSegmentCutterVerdict
gst_segment_cutter_frame (GstSegmentCutter *cutter, GstClockTime running_time,
                          GstClockTime duration, gboolean key, GstClockTimeDiff lag,
                          GstClockTime *split_after);

/* Takes the decision for the segment that starts at @running_time out of the queue.
 * Returns: %FALSE when there is none; @cut is filled in from the clocks then. */
gboolean
gst_segment_cutter_take (GstSegmentCutter *cutter, GstClockTime running_time, GstSegmentCut *cut);

/* Where and why the segment taken last ends. Returns: (transfer none): the reason, "eos" when no
 * further segment was decided upon. @end: (out): running time (ns) at which the next one starts by
 * the clocks of this one. */
const gchar *gst_segment_cutter_end (GstSegmentCutter *cutter, GstClockTime *end);

/* Returns: the label of @running_time (ns) by the clocks of the newest segment, in µs; before the
 * first frame, the system clock's time. */
gint64 gst_segment_cutter_label (GstSegmentCutter *cutter, GstClockTime running_time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentCutter, gst_segment_cutter_free)

G_END_DECLS
