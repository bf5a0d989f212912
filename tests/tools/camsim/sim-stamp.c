/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SEI_USER_DATA_UNREGISTERED 5

const guint8 sim_stamp_uuid[SIM_STAMP_UUID_SIZE]
    = { 0x7a, 0x1d, 0x3c, 0x5e, 0x9b, 0x42, 0x4f, 0x86,
        0xa8, 0xe3, 0xc1, 0xd2, 0x5f, 0x6b, 0x91, 0x74 };

/* NAL unit header: nal_unit_type 6 in H.264; PREFIX_SEI_NUT 39, temporal id plus 1 in H.265. */
static gsize
write_header (SimCodec codec, guint8 *out)
{
  if (codec == SIM_CODEC_H264) {
    out[0] = 6;
    return 1;
  }
  out[0] = 39 << 1;
  out[1] = 1;
  return 2;
}

gsize
sim_stamp_write (const SimStamp *self, SimCodec codec, guint8 *out)
{
  gsize n = write_header (codec, out);
  gsize size_at;
  int text;

  out[n++] = SEI_USER_DATA_UNREGISTERED;
  size_at = n++;
  memcpy (out + n, sim_stamp_uuid, SIM_STAMP_UUID_SIZE);
  n += SIM_STAMP_UUID_SIZE;
  text = snprintf ((char *) out + n, SIM_STAMP_MAX_NAL - n - 1,
                   "TYTO camera=%05u stream=%-4s frame=%020" G_GUINT64_FORMAT
                   " wall=%020" G_GINT64_FORMAT,
                   self->camera, sim_stream_kind_name (self->stream), self->frame, self->wall);
  n += text;
  out[size_at] = SIM_STAMP_UUID_SIZE + text;
  out[n++] = 0x80; /* rbsp_trailing_bits */
  return n;
}

gboolean
sim_stamp_parse (SimStamp *self, SimCodec codec, const guint8 *nal, gsize size)
{
  guint8 header[2];
  gsize n = write_header (codec, header);
  char text[SIM_STAMP_MAX_NAL] = { 0 };
  char stream[5] = { 0 };

  if (size < n + 2 + SIM_STAMP_UUID_SIZE || size > SIM_STAMP_MAX_NAL)
    return FALSE;
  if (memcmp (nal, header, n) != 0 || nal[n] != SEI_USER_DATA_UNREGISTERED
      || memcmp (nal + n + 2, sim_stamp_uuid, SIM_STAMP_UUID_SIZE) != 0)
    return FALSE;
  n += 2 + SIM_STAMP_UUID_SIZE;
  memcpy (text, nal + n, size - n);
  /* SCNd64: "%li" of G_GINT64_FORMAT would read leading zeros as octal */
  if (sscanf (text, "TYTO camera=%u stream=%4s frame=%" SCNu64 " wall=%" SCNd64, &self->camera,
              stream, &self->frame, &self->wall)
      != 4)
    return FALSE;
  self->stream = g_str_equal (stream, "main") ? SIM_STREAM_MAIN : SIM_STREAM_SUB;
  return TRUE;
}
