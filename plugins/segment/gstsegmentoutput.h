/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentfragment.h"
#include "segment/gstsegmentrecord.h"
#include "segment/gstsegmentsettings.h"

G_BEGIN_DECLS

/**
 * GstSegmentOutput:
 *
 * A segment's fragmented MP4 file, from its first fragment to its final name. Used by threads that
 * may wait for the disk: one that writes, and meanwhile another that syncs what was written
 * (gst_segment_output_begin_sync() and gst_segment_output_sync()); all else by one at a time, but
 * for its making, the references, and what is known of its extents.
 *
 * After an error it takes nothing more: it is to be rescued or abandoned.
 */
typedef struct _GstSegmentOutput GstSegmentOutput;

/* @streams: (element-type GstSegmentStream): what goes into it; not changed any more.
 * @camera_time: the camera's clock at the first frame, µs since the epoch, -1: not known. */
GstSegmentOutput *
gst_segment_output_new (const GstSegmentSettings *settings, guint64 sequence,
                        const GstSegmentCut *start, gint64 camera_time, GArray *streams);
GstSegmentOutput *gst_segment_output_ref (GstSegmentOutput *output);
void gst_segment_output_unref (GstSegmentOutput *output);

gboolean gst_segment_output_is_open (const GstSegmentOutput *output);

/* Returns: (transfer full): the path it is going to have, short of a collision. */
gchar *gst_segment_output_dup_location (const GstSegmentOutput *output);

/* Makes the file, with its header held for the first write. @step: bytes to allocate at a time. */
gboolean gst_segment_output_open (GstSegmentOutput *output, gsize step, GError **error);

/* Writes @fragments (element-type GstSegmentFragment), whose buffers it takes, all at once. */
gboolean gst_segment_output_write (GstSegmentOutput *output, GPtrArray *fragments, GError **error);

/* Writes what ends the file: it takes nothing more. */
gboolean gst_segment_output_end (GstSegmentOutput *output, GError **error);

/* See gst_segment_file_begin_sync() and gst_segment_file_sync(): of all that was written by now. */
void gst_segment_output_begin_sync (GstSegmentOutput *output);
gboolean gst_segment_output_sync (GstSegmentOutput *output, GError **error);

/* Whether something was written since the last sync. */
gboolean gst_segment_output_is_dirty (GstSegmentOutput *output);

/* Syncs the ended file and gives it its name; then has that on the disk, too. */
gboolean gst_segment_output_close (GstSegmentOutput *output, GError **error);
gboolean gst_segment_output_sync_name (GstSegmentOutput *output, GError **error);

/* Ends the file after the last fragment that was written whole, and gives it its name: for a disk
 * that has no room left. Returns: %FALSE when even that failed; the ".part" stays then. */
gboolean gst_segment_output_rescue (GstSegmentOutput *output, GError **error);

/* Leaves the ".part" as it is: of a disk that failed nothing that was not synced is sure. One
 * without a fragment is removed. */
void gst_segment_output_abandon (GstSegmentOutput *output);

/* Bytes of the file. */
guint64 gst_segment_output_get_size (const GstSegmentOutput *output);

/* Returns: (transfer none) (nullable): the name of the ".part", %NULL before it was opened. */
const gchar *gst_segment_output_get_part (const GstSegmentOutput *output);

/* Returns: (transfer full): the structures of "tyto-segment-opened" and "tyto-segment-closed"; the
 * latter of a segment that ends at @end (running time, ns; %GST_CLOCK_TIME_NONE: with what was
 * written). */
GstStructure *gst_segment_output_describe_opened (const GstSegmentOutput *output);
GstStructure *gst_segment_output_describe_closed (const GstSegmentOutput *output, GstClockTime end,
                                                  const gchar *reason);

/**
 * GstSegmentExtent: how far a file has got.
 * @wall: label (µs) of the end of its last frame
 * @frames, @bytes: so far
 */
typedef struct {
  gint64 wall;
  guint64 frames;
  guint64 bytes;
} GstSegmentExtent;

/* What was written, and what of it is known to be on the disk. */
void gst_segment_output_get_extents (GstSegmentOutput *output, GstSegmentExtent *written,
                                     GstSegmentExtent *synced);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentOutput, gst_segment_output_unref)

G_END_DECLS
