/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef enum {
  GST_CAMERA_PICTURE_OTHER,         /* needs pictures before it */
  GST_CAMERA_PICTURE_RANDOM_ACCESS, /* decodes alone, and all that follows it does too */
  GST_CAMERA_PICTURE_OPEN, /* decodes alone; leading pictures after it may not (H.265 CRA) */
  GST_CAMERA_PICTURE_SKIPPED_LEADING /* not decodable when its random access picture came first
                                        (RASL) */
} GstCameraPicture;

/* How NAL units are framed in a video pad's buffers, from its caps. */
typedef struct {
  gboolean h265;
  guint length_size; /* 1, 2 or 4 bytes before each NAL unit; 0 for a byte stream (Annex B) */
} GstCameraNalFormat;

/* Reads @caps (video/x-h264 or video/x-h265 as a parser sets them) into @format. */
void gst_camera_nal_format_from_caps (GstCameraNalFormat *format, const GstCaps *caps);

/* What the access unit in @buffer is, by its first coded slice: ITU-T H.264, table 7-1 (IDR is type
 * 5); ITU-T H.265, table 7-1 (IRAP is 16 to 23, CRA 21, RASL 8 and 9). */
GstCameraPicture gst_camera_picture_of (const GstCameraNalFormat *format, GstBuffer *buffer);

G_END_DECLS
