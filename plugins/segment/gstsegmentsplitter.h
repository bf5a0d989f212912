/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentpad.h"
#include "segment/gstsegmentsettings.h"

G_BEGIN_DECLS

/**
 * GstSegmentSplitter:
 *
 * The engine of segmentsink: splitmuxsink, its muxer and the file sink behind it, from READY back
 * to NULL. It names the files, counts what the muxer is given, and posts the messages of the
 * segments in the name of the bin.
 */
typedef struct _GstSegmentSplitter GstSegmentSplitter;

/* Makes the elements inside @bin.
 * Returns: (transfer full) (nullable): %NULL after having posted an ERROR. */
GstSegmentSplitter *gst_segment_splitter_new (GstBin *bin, const GstSegmentSettings *settings);

/* Detaches its pads and takes the elements, in NULL by now, out of the bin. */
void gst_segment_splitter_free (GstSegmentSplitter *splitter);

/* Gives @pad an input. Returns: %FALSE when there is no further one. */
gboolean gst_segment_splitter_add_pad (GstSegmentSplitter *splitter, GstSegmentPad *pad);
void gst_segment_splitter_remove_pad (GstSegmentSplitter *splitter, GstSegmentPad *pad);

/* Starts a run, on the pads there are. */
void gst_segment_splitter_start (GstSegmentSplitter *splitter);

/* Ends it. Nothing may flow any more. */
void gst_segment_splitter_stop (GstSegmentSplitter *splitter);

/* Takes the engine to @state. It does not follow the bin's, and its EOS is not the bin's: a bin
 * whose child prerolls in a streaming thread may, on its way to PLAYING, take itself not to be
 * playing and then keeps EOS to itself (GStreamer 1.22). So the bin needs no preroll, and the
 * splitter posts EOS. Returns: %FALSE on failure. */
gboolean gst_segment_splitter_set_state (GstSegmentSplitter *splitter, GstState state);

/* Returns: whether @message was for the engine alone and goes no further. */
gboolean gst_segment_splitter_handle_message (GstSegmentSplitter *splitter, GstMessage *message);

G_END_DECLS
