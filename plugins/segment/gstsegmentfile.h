/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentFile:
 *
 * One file being recorded. It is written as "PATH.part" and gets its own name only when it is
 * complete and on the disk. Nothing is ever overwritten: a name that is taken, by a file or by
 * another's ".part", is passed over for PATH-1, PATH-2, … (the number before the extension).
 *
 * Buffers are held, not copied, and written by one writev() per gst_segment_file_flush().
 *
 * One thread may write while another syncs: gst_segment_file_begin_sync() and
 * gst_segment_file_sync() are for that other one, all else excludes them.
 */
typedef struct _GstSegmentFile GstSegmentFile;

/* Makes the missing directories (0750) and the ".part" (0640).
 * Returns: (transfer full): the open file, or %NULL with @error (GST_RESOURCE_ERROR) set. */
GstSegmentFile *gst_segment_file_create (const gchar *path, GError **error);

/* The name the finished file is going to have, short of a collision in gst_segment_file_finish().
 */
const gchar *gst_segment_file_get_path (const GstSegmentFile *file);

/* The name it has until then. */
const gchar *gst_segment_file_get_part (const GstSegmentFile *file);

/* The size in bytes, what is held included. */
guint64 gst_segment_file_get_size (const GstSegmentFile *file);

/* Where the next buffer appended goes: bytes from the start. */
guint64 gst_segment_file_get_offset (const GstSegmentFile *file);

/* Bytes from the start that were written. */
guint64 gst_segment_file_get_written (const GstSegmentFile *file);

/* Bytes held and not yet written. */
gsize gst_segment_file_get_pending (const GstSegmentFile *file);

/* Holds a reference to @buffer, to be written at the current position. */
void gst_segment_file_append (GstSegmentFile *file, GstBuffer *buffer);

/* The same for all of @buffers (element-type GstBuffer, transfer full), of @bytes together. */
void gst_segment_file_append_all (GstSegmentFile *file, GPtrArray *buffers, gsize bytes);

/* Writes what is held. */
gboolean gst_segment_file_flush (GstSegmentFile *file, GError **error);

/* Sees to it that the disk has room for @bytes more and for what ends a file, by allocating at
 * least
 * @step bytes ahead (fallocate (2), which leaves the size as it is). File systems that cannot are
 * taken to have room. Returns: %FALSE with GST_RESOURCE_ERROR_NO_SPACE_LEFT when there is none. */
gboolean gst_segment_file_reserve (GstSegmentFile *file, gsize bytes, gsize step, GError **error);

/* Has the disk begin with what was written, up to @end bytes from the start, and does not wait for
 * it. */
void gst_segment_file_begin_sync (GstSegmentFile *file, guint64 end);

/* Waits until all that was written by now, @end bytes from the start, is on the disk, and has it
 * leave memory, where recording would crowd out everything else. Not to be tried again when it
 * failed: the kernel forgets what it could not write. */
gboolean gst_segment_file_sync (GstSegmentFile *file, guint64 end, GError **error);

/* Writes what is held and moves to @offset bytes from the start. */
gboolean gst_segment_file_seek (GstSegmentFile *file, guint64 offset, GError **error);

/* Writes what is held, and gives the disk back what was allocated and not used: nothing more is
 * going to be written. */
gboolean gst_segment_file_end (GstSegmentFile *file, GError **error);

/* Syncs and closes the ended file, whatever comes, and gives it its name; on failure the ".part"
 * stays. */
gboolean gst_segment_file_close (GstSegmentFile *file, GError **error);

/* Has the name of the closed file put on the disk, so that it outlives a power cut, too. */
gboolean gst_segment_file_sync_name (GstSegmentFile *file, GError **error);

/* The three above in one. */
gboolean gst_segment_file_finish (GstSegmentFile *file, GError **error);

/* Forgets what is held and closes the file, leaving the ".part". */
void gst_segment_file_abandon (GstSegmentFile *file);

/* Removes the abandoned ".part". */
void gst_segment_file_remove (GstSegmentFile *file);

/* Gives the abandoned ".part", which somebody else completed and synced, its name; its size is what
 * it is now. */
gboolean gst_segment_file_adopt (GstSegmentFile *file, GError **error);

/* Closes the file if it still is open, leaving the ".part" with what was written, and frees it. */
void gst_segment_file_free (GstSegmentFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentFile, gst_segment_file_free)

G_END_DECLS
