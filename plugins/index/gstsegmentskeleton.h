/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/tyto-media-file.h"

G_BEGIN_DECLS

/**
 * GstSegmentSkeleton:
 *
 * What an MP4 file says of itself, kept while its bytes go by: all top-level boxes (ISO/IEC
 * 14496-12, 4.2) but the media, at their places in a sparse file in memory. So a recording is read
 * by the same code as on a disk. It takes some 50 bytes a fragment (4 KiB in files of others, which
 * have no index).
 */
typedef struct _GstSegmentSkeleton GstSegmentSkeleton;

GstSegmentSkeleton *gst_segment_skeleton_new (void);
void gst_segment_skeleton_free (GstSegmentSkeleton *self);

/* The next bytes of the file. */
void gst_segment_skeleton_push (GstSegmentSkeleton *self, const guint8 *data, gsize size);

/* Whether the file begins as one in MP4. */
gboolean gst_segment_skeleton_is_mp4 (GstSegmentSkeleton *self);

/* Reads what the whole file is, once its last byte was pushed. @name: for messages.
 * TYTO_ERROR_INVALID_ARGUMENT, NOT_FOUND (it has no frame), STORAGE. (transfer full) */
TytoMediaFile *
gst_segment_skeleton_read (GstSegmentSkeleton *self, const gchar *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentSkeleton, gst_segment_skeleton_free)

G_END_DECLS
