/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-packetizer.h"

#include <string.h>

#define H264_STAP_A 24
#define H264_FU_A   28
#define H265_AP     48
#define H265_FU     49

typedef struct {
  gsize offset;
  gsize size;
} Span;

struct _SimPacketizer {
  SimCodec codec;
  GByteArray *blob;
  GArray *spans; /* (element-type Span): the blob still moves */
};

guint
sim_nal_type (SimCodec codec, const guint8 *nal)
{
  return codec == SIM_CODEC_H264 ? nal[0] & 0x1f : (nal[0] >> 1) & 0x3f;
}

/* Returns the offset of the next 00 00 01 at or after @from, or @size. */
static gsize
find_start_code (const guint8 *data, gsize size, gsize from)
{
  for (gsize i = from; i + 3 <= size; i++) {
    const guint8 *one = memchr (data + i + 2, 1, size - i - 2);

    if (one == NULL)
      return size;
    i = one - data - 2;
    if (data[i] == 0 && data[i + 1] == 0)
      return i;
  }
  return size;
}

GArray *
sim_nal_split (const guint8 *data, gsize size)
{
  GArray *nals = g_array_new (FALSE, FALSE, sizeof (SimNal));
  gsize start = find_start_code (data, size, 0);

  while (start < size) {
    gsize begin = start + 3;
    gsize end = find_start_code (data, size, begin);
    SimNal nal;

    start = end;
    while (end > begin && data[end - 1] == 0) /* trailing_zero_8bits or a 4-byte start code */
      end--;
    nal = (SimNal){ data + begin, end - begin };
    if (nal.size > 0)
      g_array_append_val (nals, nal);
  }
  return nals;
}

SimPacketizer *
sim_packetizer_new (SimCodec codec)
{
  SimPacketizer *self = g_new0 (SimPacketizer, 1);

  self->codec = codec;
  self->blob = g_byte_array_new ();
  self->spans = g_array_new (FALSE, FALSE, sizeof (Span));
  return self;
}

void
sim_packetizer_free (SimPacketizer *self)
{
  g_clear_pointer (&self->blob, g_byte_array_unref);
  g_array_unref (self->spans);
  g_free (self);
}

static void
add_packet (SimPacketizer *self, const guint8 *header, gsize header_size, const guint8 *data,
            gsize size)
{
  Span span = { self->blob->len, header_size + size };

  g_byte_array_append (self->blob, header, header_size);
  g_byte_array_append (self->blob, data, size);
  g_array_append_val (self->spans, span);
}

/* Writes payload header and FU header; returns their size. */
static gsize
write_fu_header (SimPacketizer *self, const guint8 *nal, gboolean first, gboolean last, guint8 *out)
{
  guint8 flags = (first ? 0x80 : 0) | (last ? 0x40 : 0);

  if (self->codec == SIM_CODEC_H264) {
    out[0] = (nal[0] & 0xe0) | H264_FU_A;
    out[1] = flags | (nal[0] & 0x1f);
    return 2;
  }
  out[0] = (nal[0] & 0x81) | H265_FU << 1;
  out[1] = nal[1];
  out[2] = flags | ((nal[0] >> 1) & 0x3f);
  return 3;
}

void
sim_packetizer_add (SimPacketizer *self, const guint8 *nal, gsize size)
{
  gsize nal_header = self->codec == SIM_CODEC_H264 ? 1 : 2;
  gsize room = SIM_PAYLOAD_MAX - nal_header - 1;
  gsize at = nal_header;

  if (size <= SIM_PAYLOAD_MAX) {
    add_packet (self, NULL, 0, nal, size);
    return;
  }
  while (at < size) {
    gsize n = MIN (room, size - at);
    guint8 header[3];
    gsize header_size = write_fu_header (self, nal, at == nal_header, at + n == size, header);

    add_packet (self, header, header_size, nal + at, n);
    at += n;
  }
}

guint
sim_packetizer_get_n_packets (SimPacketizer *self)
{
  return self->spans->len;
}

GArray *
sim_packetizer_finish (SimPacketizer *self, GBytes **bytes)
{
  GArray *packets = g_array_new (FALSE, FALSE, sizeof (SimPacket));
  const guint8 *base;

  *bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->blob));
  base = g_bytes_get_data (*bytes, NULL);
  for (guint i = 0; i < self->spans->len; i++) {
    const Span *span = &g_array_index (self->spans, Span, i);
    SimPacket packet = { base + span->offset, span->size };

    g_array_append_val (packets, packet);
  }
  return packets;
}

void
sim_packetizer_aggregate (SimCodec codec, const SimNal *nals, guint n_nals, GByteArray *out)
{
  guint8 header[2] = { H265_AP << 1, 1 };

  if (codec == SIM_CODEC_H264) {
    guint8 nri = 0; /* the highest of the aggregated units */

    for (guint i = 0; i < n_nals; i++)
      nri = MAX (nri, nals[i].data[0] & 0x60);
    header[0] = nri | H264_STAP_A;
  }
  g_byte_array_append (out, header, codec == SIM_CODEC_H264 ? 1 : 2);
  for (guint i = 0; i < n_nals; i++) {
    guint8 size[2] = { nals[i].size >> 8, nals[i].size & 0xff };

    g_byte_array_append (out, size, 2);
    g_byte_array_append (out, nals[i].data, nals[i].size);
  }
}
