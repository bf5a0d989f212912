/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameragate.h"

#include <string.h>

void
gst_camera_nal_format_from_caps (GstCameraNalFormat *format, const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const gchar *stream_format = gst_structure_get_string (s, "stream-format");
  const GValue *value = gst_structure_get_value (s, "codec_data");
  gsize at;
  guint8 byte;

  format->h265 = gst_structure_has_name (s, "video/x-h265");
  format->length_size = 0;
  if (stream_format == NULL || g_str_equal (stream_format, "byte-stream"))
    return;

  /* lengthSizeMinusOne in ISO/IEC 14496-15, 5.3.3.1 (avcC) and 8.3.3.1 (hvcC) */
  format->length_size = 4;
  at = format->h265 ? 21 : 4;
  if (value != NULL && gst_buffer_extract (gst_value_get_buffer (value), at, &byte, 1) == 1)
    format->length_size = (byte & 3) + 1;
}

static GstCameraPicture
classify (gboolean h265, guint8 header, gboolean *is_slice)
{
  guint type = h265 ? (header >> 1) & 0x3f : header & 0x1f;

  *is_slice = h265 ? type < 32 : type >= 1 && type <= 5;
  if (!h265)
    return type == 5 ? GST_CAMERA_PICTURE_RANDOM_ACCESS : GST_CAMERA_PICTURE_OTHER;
  if (type == 8 || type == 9)
    return GST_CAMERA_PICTURE_SKIPPED_LEADING;
  if (type == 19 || type == 20)
    return GST_CAMERA_PICTURE_RANDOM_ACCESS;
  return type >= 16 && type <= 23 ? GST_CAMERA_PICTURE_OPEN : GST_CAMERA_PICTURE_OTHER;
}

/* The byte after the next start code at or after @at, or @size. */
static gsize
next_start_code (const guint8 *data, gsize at, gsize size)
{
  for (; at + 3 < size; at++)
    if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1)
      return at + 3;
  return size;
}

static GstCameraPicture
scan (const GstCameraNalFormat *format, const guint8 *data, gsize size)
{
  gsize at = 0;

  while (at < size) {
    gsize length = 0;
    gboolean is_slice;
    GstCameraPicture picture;

    if (format->length_size == 0) {
      at = next_start_code (data, at, size);
    } else {
      if (size - at <= format->length_size)
        break;
      for (guint i = 0; i < format->length_size; i++)
        length = length << 8 | data[at++];
    }
    if (at >= size)
      break;
    picture = classify (format->h265, data[at], &is_slice);
    if (is_slice)
      return picture;
    if (length > size - at)
      break;
    at += format->length_size == 0 ? 1 : length;
  }
  return GST_CAMERA_PICTURE_OTHER;
}

GstCameraPicture
gst_camera_picture_of (const GstCameraNalFormat *format, GstBuffer *buffer)
{
  GstMapInfo map;
  GstCameraPicture picture;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_CAMERA_PICTURE_OTHER;
  picture = scan (format, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return picture;
}
