/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentoutput.h"

G_BEGIN_DECLS

/**
 * GstSegmentLoss:
 * @reason: static: "disk-full", or "disk" for every other fault
 * @error: what went wrong; with @fatal, that further segments are not going to fare better
 * @part: (nullable): the file that was given up, with what had been synced
 * @wall: label (µs) from which on nothing of the segment is sure to be kept
 * @frames, @bytes: received after that, as far as they had come to the writer
 */
typedef struct {
  const gchar *reason;
  const GError *error;
  gboolean fatal;
  const gchar *part;
  gint64 wall;
  guint64 frames;
  guint64 bytes;
} GstSegmentLoss;

/* @output was finished, or with @loss (nullable) failed and takes nothing more: see
 * gst_segment_writer_purge(). From a thread of the writers. */
typedef void (*GstSegmentWrittenFunc) (gpointer user_data, GstSegmentOutput *output,
                                       const GstSegmentLoss *loss);

/**
 * GstSegmentWriter:
 *
 * Writes the files of one segmentsink, from a queue and in threads that all writers of the process
 * share (see #GstSegmentPool), so that streaming threads never wait for a disk, nor one writer for
 * the disk of another. What it does is in order, never in two threads at once. Posts the messages
 * of the segments, and EOS, in the name of the element. Safe to use from any thread.
 */
typedef struct _GstSegmentWriter GstSegmentWriter;

/* @element: no ref. */
GstSegmentWriter *gst_segment_writer_new (GstElement *element, const GstSegmentSettings *settings,
                                          GstSegmentWrittenFunc on_written, gpointer user_data);
void gst_segment_writer_free (GstSegmentWriter *writer);

void gst_segment_writer_start (GstSegmentWriter *writer);

/* Writes what is queued, leaves what is open as ".part", and waits for all that. */
void gst_segment_writer_stop (GstSegmentWriter *writer);

/* Queues @fragments (element-type GstSegmentFragment, transfer full) of @output, which the first of
 * them opens. */
void gst_segment_writer_push_fragments (GstSegmentWriter *writer, GstSegmentOutput *output,
                                        GPtrArray *fragments);

/* Queues the end of @output: see gst_segment_output_describe_closed(). @reason: static. */
void gst_segment_writer_push_close (GstSegmentWriter *writer, GstSegmentOutput *output,
                                    GstClockTime end, const gchar *reason);

/* Queues the element's EOS. */
void gst_segment_writer_push_eos (GstSegmentWriter *writer);

/* Takes all of @output out of the queue.
 * @frames, @bytes: added to: the pictures and bytes that were there. */
void gst_segment_writer_purge (GstSegmentWriter *writer, GstSegmentOutput *output, guint64 *frames,
                               guint64 *bytes);

/* Bytes queued, what is being written included. */
gsize gst_segment_writer_get_queued (GstSegmentWriter *writer);

/* Returns: whether the disk was full when it was last looked at. */
gboolean gst_segment_writer_is_full (GstSegmentWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentWriter, gst_segment_writer_free)

G_END_DECLS
