/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentformat.h"

G_BEGIN_DECLS

#define GST_TYPE_SEGMENT_PAD (gst_segment_pad_get_type ())

/**
 * GstSegmentPad:
 *
 * An input of segmentsink. A converter comes before the engine where the container does not take
 * the stream as it is. Before splitmuxsink, the reference pad (video, or the first audio without
 * video) asks the cutter about each of its frames and tells where to cut.
 */
G_DECLARE_FINAL_TYPE (GstSegmentPad, gst_segment_pad, GST, SEGMENT_PAD, GstGhostPad)

GstPad *gst_segment_pad_new (GstPadTemplate *templ, const gchar *name);

gboolean gst_segment_pad_is_audio (GstSegmentPad *pad);

/* Puts a request pad of @splitmux behind @pad. Returns: %FALSE when @splitmux has none to give. */
gboolean gst_segment_pad_attach (GstSegmentPad *pad, GstElement *splitmux, GstElement *muxer,
                                 GstSegmentFormat format);

/* Puts @inner, a pad of the engine's own, behind @pad. */
gboolean gst_segment_pad_attach_to (GstSegmentPad *pad, GstPad *inner, GstSegmentFormat format);

/* Gives the inner pad back. Nothing may flow any more. */
void gst_segment_pad_detach (GstSegmentPad *pad);

/* For a new run, makes @pad the reference, or with %NULL an ordinary one. @cutter: must outlive the
 * data flow. */
void gst_segment_pad_set_cutter (GstSegmentPad *pad, GstSegmentCutter *cutter);

/* Returns: (transfer full) (nullable): the muxer's pad behind @pad, while there is one. */
GstPad *gst_segment_pad_dup_muxer_pad (GstSegmentPad *pad);

/* Notes whether anything arrived at @pad since the last call of this; a buffer that still waits to
 * be taken counts. Returns: whether the pad is alive in this sense. Safe from any thread. */
gboolean gst_segment_pad_check_alive (GstSegmentPad *pad);

/* Ends the stream of @pad for the rest of the run: what comes later is dropped. Safe from any
 * thread while nothing flows on @pad. */
void gst_segment_pad_end (GstSegmentPad *pad);

/* Returns: whether EOS came at @pad. Safe from any thread. */
gboolean gst_segment_pad_is_eos (GstSegmentPad *pad);

gboolean gst_segment_pad_has_ended (GstSegmentPad *pad);

gboolean gst_segment_pad_is_reference (GstSegmentPad *pad);

G_END_DECLS
