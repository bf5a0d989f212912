/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-thumbnail-decode.h: turns one key frame into one small JPEG. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * Makes the elements of tyto-thumbnail-decoders.h, sends @frame and EOS through them, and puts them
 * away. All of it happens in the calling thread, which it may keep busy for a tenth of a second; no
 * element has a thread of its own, and nothing is left open.
 * @decoder: one of tyto_thumbnail_decoders_list()
 * @caps: of @frame
 * @width, @height: the box the picture is to fit in, pixels
 *
 * Returns: (transfer full): the JPEG with its caps; NULL with TYTO_ERROR_UNSUPPORTED or the
 * decoder's own error.
 */
GstSample *tyto_thumbnail_decode (GstElementFactory *decoder, GstBuffer *frame, GstCaps *caps,
                                  guint width, guint height, GError **error);

G_END_DECLS
