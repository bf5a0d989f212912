/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

#define GST_TYPE_SEGMENT_FILE_SINK (gst_segment_file_sink_get_type ())

/**
 * GstSegmentFileSink:
 *
 * The sink behind segmentsink's muxer. It differs from filesink where a recorder needs it to: the
 * file is opened with the first byte, so that an empty segment leaves none; a fragment is one
 * write; at EOS, before the EOS message, the file is complete, synced and under its final name.
 *
 * Properties: "location" (the wanted path, taken up by the next file), "sync-ms" (between two syncs
 * of an open file).
 * Signals, from the streaming thread: "opened" (path), "closed" (path, bytes as #guint64) and
 * "ended" (at each EOS, when the file, if there was one, is closed).
 */
G_DECLARE_FINAL_TYPE (GstSegmentFileSink, gst_segment_file_sink, GST, SEGMENT_FILE_SINK,
                      GstBaseSink)

GstElement *gst_segment_file_sink_new (void);

G_END_DECLS
