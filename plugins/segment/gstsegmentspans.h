/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentspan.h"
#include "segment/gstsegmentwriter.h"

G_BEGIN_DECLS

/**
 * GstSegmentSpans:
 *
 * The tracks of a run and its segments: the one that takes pictures, and those before it that still
 * wait for sound or for the disk. Gives each frame to the segment it belongs to by its time, and
 * what is complete to the writer. Guarded by its owner.
 */
typedef struct _GstSegmentSpans GstSegmentSpans;

/* @writer: no ref. */
GstSegmentSpans *
gst_segment_spans_new (const GstSegmentSettings *settings, GstSegmentWriter *writer);
void gst_segment_spans_free (GstSegmentSpans *spans);

/* Forgets the segments, and what waits in the tracks. */
void gst_segment_spans_reset (GstSegmentSpans *spans);

/* @track: no ref. */
void gst_segment_spans_add_track (GstSegmentSpans *spans, GstSegmentTrack *track);
void gst_segment_spans_remove_track (GstSegmentSpans *spans, GstSegmentTrack *track);

/* The track that says where segments end. (nullable): no ref. */
void gst_segment_spans_set_reference (GstSegmentSpans *spans, GstSegmentTrack *reference);
GstSegmentTrack *gst_segment_spans_get_reference (const GstSegmentSpans *spans);

/* Bytes that were received and are not written. */
gsize gst_segment_spans_get_held (const GstSegmentSpans *spans);

/* Returns: (nullable): the one that takes pictures, and the one of @output. */
GstSegmentSpan *gst_segment_spans_get_current (const GstSegmentSpans *spans);
GstSegmentSpan *
gst_segment_spans_find (const GstSegmentSpans *spans, const GstSegmentOutput *output);

/* A new span starts with @first, of the reference. There is no current one. */
void gst_segment_spans_begin (GstSegmentSpans *spans, guint64 sequence, const GstSegmentCut *start,
                              const GstSegmentUnit *first);

/* The current span ends before a frame of the reference at @pts and @dts (ns), which is at
 * @end_time by its clocks, for @reason (static). */
void gst_segment_spans_end (GstSegmentSpans *spans, GstClockTimeDiff pts, GstClockTimeDiff dts,
                            GstClockTime end_time, const gchar *reason);

/* @span failed: it and its pictures that wait are forgotten.
 * @frames, @bytes: added to: what they were. */
void gst_segment_spans_lose (GstSegmentSpans *spans, GstSegmentSpan *span, guint64 *frames,
                             guint64 *bytes);
void gst_segment_spans_forget (GstSegmentSpans *spans, GstSegmentSpan *span);

/* Gives the writer what waits before a frame of the reference at @pts and @dts (ns). */
void gst_segment_spans_flush (GstSegmentSpans *spans, GstClockTimeDiff pts, GstClockTimeDiff dts);

/* Gives the writer all of @track that waits, or of all tracks. */
void gst_segment_spans_flush_track (GstSegmentSpans *spans, GstSegmentTrack *track);
void gst_segment_spans_flush_all (GstSegmentSpans *spans);

/* Takes a frame of sound. */
void
gst_segment_spans_take_sound (GstSegmentSpans *spans, GstSegmentTrack *track, GstSegmentUnit *unit);

/* Closes the spans that have ended and have all their sound, or were waited for long enough; all
 * that have ended with @force. */
void gst_segment_spans_settle (GstSegmentSpans *spans, gboolean force);

/* Audio frames that came after their file was closed. */
guint gst_segment_spans_get_late (const GstSegmentSpans *spans);

/* Returns: whether sound came that the current file has no track for, since the last call. */
gboolean gst_segment_spans_misses_sound (GstSegmentSpans *spans);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentSpans, gst_segment_spans_free)

G_END_DECLS
