/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerapacket.h"

#include <gst/rtp/gstrtpbuffer.h>

#define START_BIT   0x80 /* S in the header of a fragmentation unit, FU */
#define FIRST_SLICE 0x80

/* RFC 6184, section 5.8. A slice that begins a picture says first_mb_in_slice 0, one bit set (ITU-T
 * H.264, 7.3.3). */
static void
read_h264 (GstCameraPacket *self, const guint8 *data, guint size)
{
  guint slice = 1;

  self->kind = data[0] & 0x1f;
  self->opening = TRUE;
  if ((self->kind == 28 || self->kind == 29) && size > 1) {
    self->opening = (data[1] & START_BIT) != 0;
    slice = self->kind == 28 ? 2 : 4; /* FU-B has a decoding order number */
    self->kind = data[1] & 0x1f;
  }
  if ((self->kind == 1 || self->kind == 2 || self->kind == 5) && size > slice)
    self->opening &= (data[slice] & FIRST_SLICE) != 0;
}

/* RFC 7798, section 4.4.3. first_slice_segment_in_pic_flag: ITU-T H.265, 7.3.6.1. */
static void
read_h265 (GstCameraPacket *self, const guint8 *data, guint size)
{
  guint slice = 2;

  self->kind = (data[0] >> 1) & 0x3f;
  self->opening = TRUE;
  if (self->kind == 49 && size > 2) {
    self->opening = (data[2] & START_BIT) != 0;
    self->kind = data[2] & 0x3f;
    slice = 3;
  }
  if (self->kind < 32 && size > slice)
    self->opening &= (data[slice] & FIRST_SLICE) != 0;
}

void
gst_camera_packet_read_payload (GstCameraPacket *self, const guint8 *data, guint size,
                                gboolean h265)
{
  if (h265)
    read_h265 (self, data, size);
  else
    read_h264 (self, data, size);
}

gboolean
gst_camera_packet_read (GstCameraPacket *self, GstBuffer *buffer, gboolean h265)
{
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  const guint8 *data;
  guint size;

  if (!gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp))
    return FALSE;
  self->sequence = gst_rtp_buffer_get_seq (&rtp);
  self->timestamp = gst_rtp_buffer_get_timestamp (&rtp);
  self->last = gst_rtp_buffer_get_marker (&rtp);
  data = gst_rtp_buffer_get_payload (&rtp);
  size = gst_rtp_buffer_get_payload_len (&rtp);
  if (size > 0)
    gst_camera_packet_read_payload (self, data, size, h265);
  gst_rtp_buffer_unmap (&rtp);
  return size > 0;
}
