/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-thumbnail-branch.h: the branch of a capture pipeline that turns single key frames into JPEG
 * pictures: `tee ! valve ! queue ! parser ! decoder ! videoconvert ! videoscale ! caps ! jpegenc`.
 *
 * At rest the valve drops everything and what follows it is in NULL state: no decoder is open and
 * no buffer held. It is brought up for one key frame, which is pushed through the opened valve,
 * followed by EOS so that a decoder with delay gives its picture, and is then shut again. The queue
 * takes the frame at once, so the recording never waits for the decoder. The branch has no sink
 * (the JPEG is taken at jpegenc's pad): it plays no part in the pipeline's EOS and preroll.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define TYTO_TYPE_THUMBNAIL_BRANCH (tyto_thumbnail_branch_get_type ())
G_DECLARE_FINAL_TYPE (TytoThumbnailBranch, tyto_thumbnail_branch, TYTO, THUMBNAIL_BRANCH, GObject)

/* Puts a closed valve behind @tee in @pipeline. @width, @height: the box a picture is to fit in,
 * pixels. NULL when an element is missing. */
TytoThumbnailBranch *tyto_thumbnail_branch_new (GstBin *pipeline, GstElement *tee, guint width,
                                                guint height, GError **error);

/* The valve, whose sink pad sees all frames. (transfer none) */
GstElement *tyto_thumbnail_branch_get_valve (TytoThumbnailBranch *self);

/* What follows the valve: a bin, or NULL before the first picture. (transfer full) */
GstElement *tyto_thumbnail_branch_get_bin (TytoThumbnailBranch *self);

/* Whether @frame, seen at the valve's sink pad, is the one this branch is pushing itself. */
gboolean tyto_thumbnail_branch_owns (TytoThumbnailBranch *self, GstBuffer *frame);

/**
 * Decodes @frame (a key frame with @caps) and gives it as JPEG. Tries the decoders there are from
 * the highest rank down, software only, and stays with the first that works. Blocks up to 5 s per
 * decoder: for a thread of its own, one call at a time.
 * @width, @height: (out): of the picture, pixels
 *
 * Returns: (transfer full): the JPEG; NULL with TYTO_ERROR_UNSUPPORTED or TYTO_ERROR_TIMED_OUT.
 */
GBytes *tyto_thumbnail_branch_decode (TytoThumbnailBranch *self, GstBuffer *frame, GstCaps *caps,
                                      guint *width, guint *height, GError **error);

/* Takes a bus message: TRUE when it came from this branch and is therefore no matter of the
 * recording's. */
gboolean tyto_thumbnail_branch_take_message (TytoThumbnailBranch *self, GstMessage *message);

/* Ends a decode that is under way and refuses further ones. Any thread. */
void tyto_thumbnail_branch_cancel (TytoThumbnailBranch *self);

G_END_DECLS
