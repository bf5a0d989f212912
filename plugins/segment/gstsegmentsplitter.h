/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentformat.h"
#include "segment/gstsegmentpad.h"

G_BEGIN_DECLS

/* What a run records as: fixed from READY on. Strings are owned. */
typedef struct {
  gchar *location;
  gchar *root;
  gchar *camera;
  gchar *run;
  GstSegmentFormat format;
  guint fragment_ms;     /* ms */
  guint segment_seconds; /* s */
  guint64 start_sequence;
} GstSegmentSettings;

void gst_segment_settings_copy (GstSegmentSettings *to, const GstSegmentSettings *from);
void gst_segment_settings_clear (GstSegmentSettings *settings);

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

/* Returns: whether @message was for the engine alone and goes no further. */
gboolean gst_segment_splitter_handle_message (GstSegmentSplitter *splitter, GstMessage *message);

G_END_DECLS
