/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentoutput.h"
#include "segment/gstsegmenttrack.h"

G_BEGIN_DECLS

/**
 * GstSegmentSpan:
 *
 * A segment as the streaming threads see it: where it starts, which tracks are in it, and what is
 * to be written into its file next. Guarded by its owner.
 */
typedef struct {
  guint64 sequence;
  GstSegmentCut start;
  gint64 camera_time;          /* of its first frame, µs; -1: not known */
  GstClockTimeDiff pts_origin; /* running times (ns) of its first frame */
  GstClockTimeDiff dts_origin;
  GstClockTimeDiff end;  /* running time (ns) of the first frame after it, once it has ended */
  GstClockTime end_time; /* the same by the clocks of the segment */
  const gchar *reason;   /* (nullable) static: why it ended */
  gint64 deadline;       /* monotonic, µs: when the sound that belongs to it is given up */
  gboolean closed;       /* the writer was told to finish it */
  GPtrArray *tracks;     /* (nullable) (element-type GstSegmentTrack): by their index in the file,
                            once that is fixed; no refs */
  GArray *streams;       /* (nullable) (element-type GstSegmentStream): what each was then */
  GstSegmentOutput *output; /* (nullable): its file, once it was asked for */
  GPtrArray *fragments;     /* (nullable) (element-type GstSegmentFragment) */
} GstSegmentSpan;

/* @first: its first frame. */
GstSegmentSpan *
gst_segment_span_new (guint64 sequence, const GstSegmentCut *start, const GstSegmentUnit *first);
void gst_segment_span_free (GstSegmentSpan *span);

/* Makes a fragment of the first @count units of @track; see gst_segment_track_take(). The first
 * fixes which of @tracks (element-type GstSegmentTrack) are in the file: those whose caps are
 * known. Returns: %FALSE, with its units left, when @track is sound that is not one of them or was
 * something else then. */
gboolean gst_segment_span_add (GstSegmentSpan *span, GList *tracks, GstSegmentTrack *track,
                               guint count, GstClockTimeDiff next);

/* Returns: (transfer full) (nullable): the fragments added since the last time, by time. */
GPtrArray *gst_segment_span_steal_fragments (GstSegmentSpan *span);

/* Returns: (transfer none): its file. At least one fragment was added. */
GstSegmentOutput *
gst_segment_span_get_output (GstSegmentSpan *span, const GstSegmentSettings *settings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentSpan, gst_segment_span_free)

G_END_DECLS
