/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-thumbnail-branch.h: the branch of a capture pipeline that turns single key frames into JPEG
 * pictures: `tee ! valve ! parser ! decoder ! videoconvertscale ! caps ! jpegenc`.
 *
 * The valve is always shut: the thread that brings the camera's frames must never wait for a
 * decoder, nor for a lock that one holds. What follows the valve is made for one picture, fed a
 * chosen frame from another thread, and put away; no decoder is open and nothing is held meanwhile.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define TYTO_TYPE_THUMBNAIL_BRANCH (tyto_thumbnail_branch_get_type ())
G_DECLARE_FINAL_TYPE (TytoThumbnailBranch, tyto_thumbnail_branch, TYTO, THUMBNAIL_BRANCH, GObject)

/* Puts a shut valve behind @tee in @pipeline. @width, @height: the box a picture is to fit in,
 * pixels. NULL when an element is missing. */
TytoThumbnailBranch *tyto_thumbnail_branch_new (GstBin *pipeline, GstElement *tee, guint width,
                                                guint height, GError **error);

/* The valve, whose sink pad sees all frames. (transfer none) */
GstElement *tyto_thumbnail_branch_get_valve (TytoThumbnailBranch *self);

/**
 * Decodes @frame, a key frame with @caps, with the best decoder that can. Blocks; one thread at a
 * time. @width, @height: (out): of the picture
 *
 * Returns: (transfer full): the JPEG; NULL with TYTO_ERROR_UNSUPPORTED or the decoder's own error.
 */
GBytes *tyto_thumbnail_branch_decode (TytoThumbnailBranch *self, GstBuffer *frame, GstCaps *caps,
                                      guint *width, guint *height, GError **error);

/* Refuses further frames. Any thread. */
void tyto_thumbnail_branch_cancel (TytoThumbnailBranch *self);

/* Puts what the next picture is made with behind the valve, in NULL state, so that the pipeline can
 * be described whole, and takes it away again. Before the first frame nothing is shown. */
void tyto_thumbnail_branch_show (TytoThumbnailBranch *self);
void tyto_thumbnail_branch_hide (TytoThumbnailBranch *self);

G_END_DECLS
