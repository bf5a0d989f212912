/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-thumbnail-decoders.h: the elements that can turn a key frame into a small JPEG. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The software decoders for @caps, best rank first: those with a hardware context to set up cost
 * more than one picture is worth. (transfer full) (element-type GstElementFactory) */
GList *tyto_thumbnail_decoders_list (GstCaps *caps);

/**
 * Makes the bin `parser ! decoder ! videoconvertscale ! caps ! jpegenc` with a "sink" ghost
 * pad; jpegenc's src pad is left unlinked.
 * @caps: of the key frames; their size and pixel shape decide the picture's size
 * @width, @height: the box it fits in
 * @decoder, @jpeg_pad: (out) (optional) (transfer full): the decoder; where the JPEG comes
 *
 * Returns: (transfer floating); NULL with TYTO_ERROR_UNSUPPORTED.
 */
GstElement *tyto_thumbnail_decoders_make_bin (GstElementFactory *factory, GstCaps *caps,
                                              guint width, guint height, GstElement **decoder,
                                              GstPad **jpeg_pad, GError **error);

/* The size in which a picture of @caps fits the box, even numbers, never larger than the picture;
 * the box itself when the caps do not tell. */
void tyto_thumbnail_decoders_fit (GstCaps *caps, guint box_width, guint box_height, guint *width,
                                  guint *height);

G_END_DECLS
