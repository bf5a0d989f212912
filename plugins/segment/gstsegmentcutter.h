/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentCut:
 *
 * Where a segment starts. @reason says why the one before it ended: "boundary", "caps" or "clock";
 * %NULL for the first of a run.
 */
typedef struct {
  GstClockTime running_time; /* ns */
  gint64 wall;               /* µs since the Unix epoch, UTC */
  GstClockTime monotonic;    /* CLOCK_MONOTONIC, ns */
  const gchar *reason;       /* (nullable) static */
  GstClockTimeDiff drift;    /* ns: how far the clocks moved against running time at this cut */
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
 * after a change of caps, and after a step of the system clock. The decisions wait in a queue for
 * the muxer's side, which follows by up to a group of pictures. Safe to use from several threads.
 */
typedef struct _GstSegmentCutter GstSegmentCutter;

/* @length: of a segment, in s (1–86400). */
GstSegmentCutter *gst_segment_cutter_new (guint length);
void gst_segment_cutter_free (GstSegmentCutter *cutter);

/* The frames from now on are of other caps than those before. */
void gst_segment_cutter_caps_changed (GstSegmentCutter *cutter);

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentCutter, gst_segment_cutter_free)

G_END_DECLS
