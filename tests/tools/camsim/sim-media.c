/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-media.h"

#include <string.h>

#include "sim-encoder.h"
#include "sim-picture.h"

#define MAX_PARAMETER_SETS 3
#define FILLER_OVERHEAD    24 /* bytes: NAL header, trailing bits, payload headers */

struct _SimMedia {
  gatomicrefcount refs;
  SimVideoConfig config;
  GBytes *sets[MAX_PARAMETER_SETS]; /* [VPS] SPS PPS */
  guint n_sets;
  GBytes *bytes;   /* all payloads */
  GArray *packets; /* (element-type SimPacket) */
  GArray *units;   /* (element-type SimAccessUnit) */
};

typedef enum {
  NAL_SLICE,
  NAL_PARAMETER_SET,
  NAL_DROPPED, /* delimiters, filler, the encoder's SEI */
} NalKind;

static NalKind
nal_kind (SimCodec codec, const SimNal *nal)
{
  guint type = sim_nal_type (codec, nal->data);

  if (codec == SIM_CODEC_H264) {
    if (type == 7 || type == 8)
      return NAL_PARAMETER_SET;
    return type >= 1 && type <= 5 ? NAL_SLICE : NAL_DROPPED;
  }
  if (type >= 32 && type <= 34)
    return NAL_PARAMETER_SET;
  return type < 32 ? NAL_SLICE : NAL_DROPPED;
}

/* Adds a filler data NAL unit (H.264 7.3.2.7, H.265 7.3.2.8) of @size bytes. */
static void
add_filler (SimPacketizer *packetizer, SimCodec codec, gsize size)
{
  g_autofree guint8 *nal = NULL;

  if (size <= FILLER_OVERHEAD)
    return;
  size -= FILLER_OVERHEAD;
  nal = g_malloc (size + 3);
  memset (nal, 0xff, size + 3);
  if (codec == SIM_CODEC_H264) {
    nal[0] = 12;
    nal[size] = 0x80;
    sim_packetizer_add (packetizer, nal, size + 1);
    return;
  }
  nal[0] = 38 << 1;
  nal[1] = 1;
  nal[size + 1] = 0x80;
  sim_packetizer_add (packetizer, nal, size + 2);
}

static gsize
slice_bytes (SimCodec codec, const SimEncodedPicture *picture)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (picture->bytes, &size);
  g_autoptr (GArray) nals = sim_nal_split (data, size);
  gsize total = 0;

  for (guint i = 0; i < nals->len; i++)
    if (nal_kind (codec, &g_array_index (nals, SimNal, i)) == NAL_SLICE)
      total += g_array_index (nals, SimNal, i).size;
  return total;
}

/* Bytes of a GOP of @frames frames whose predicted pictures are filled up to @level. */
static gdouble
gop_bytes (const gsize *sizes, guint n_sizes, guint frames, gsize level)
{
  gdouble total = sizes[0];

  for (guint i = 1; i < frames; i++)
    total += MAX (sizes[1 + (i - 1) % (n_sizes - 1)], level);
  return total;
}

/* The size to which each predicted picture is filled up so that a GOP keeps the bit rate. */
static gsize
predicted_size (SimMedia *self, GArray *pictures)
{
  g_autofree gsize *sizes = g_new (gsize, pictures->len);
  guint frames = sim_media_gop_frames (self, self->config.gop);
  gsize low = 0, high;
  gdouble budget;

  for (guint i = 0; i < pictures->len; i++)
    sizes[i] = slice_bytes (self->config.codec, &g_array_index (pictures, SimEncodedPicture, i));
  if (frames == 0)
    frames = pictures->len;
  budget = self->config.bitrate * 125.0 * frames * 1000.0 / self->config.fps_milli;
  high = budget;
  while (high - low > 1) {
    gsize level = low + (high - low) / 2;

    if (gop_bytes (sizes, pictures->len, frames, level) <= budget)
      low = level;
    else
      high = level;
  }
  return low;
}

static void
lay_out_picture (SimMedia *self, SimPacketizer *packetizer, const SimEncodedPicture *picture,
                 gsize fill_to)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (picture->bytes, &size);
  g_autoptr (GArray) nals = sim_nal_split (data, size);
  SimAccessUnit unit = { .display = picture->display };
  guint before = sim_packetizer_get_n_packets (packetizer);
  gsize slices = 0;

  for (guint i = 0; i < nals->len; i++) {
    const SimNal *nal = &g_array_index (nals, SimNal, i);
    NalKind kind = nal_kind (self->config.codec, nal);

    if (kind == NAL_SLICE) {
      sim_packetizer_add (packetizer, nal->data, nal->size);
      slices += nal->size;
    } else if (kind == NAL_PARAMETER_SET && self->units->len == 0
               && self->n_sets < MAX_PARAMETER_SETS) {
      self->sets[self->n_sets++] = g_bytes_new (nal->data, nal->size);
    }
  }
  if (fill_to > slices)
    add_filler (packetizer, self->config.codec, fill_to - slices);
  unit.n_packets = sim_packetizer_get_n_packets (packetizer) - before;
  g_array_append_val (self->units, unit);
}

static void
lay_out (SimMedia *self, GArray *pictures)
{
  g_autoptr (SimPacketizer) packetizer = sim_packetizer_new (self->config.codec);
  gsize fill_to = predicted_size (self, pictures);
  const SimPacket *packet;

  self->units = g_array_new (FALSE, FALSE, sizeof (SimAccessUnit));
  for (guint i = 0; i < pictures->len; i++)
    lay_out_picture (self, packetizer, &g_array_index (pictures, SimEncodedPicture, i),
                     i == 0 ? 0 : fill_to);
  self->packets = sim_packetizer_finish (packetizer, &self->bytes);
  packet = (const SimPacket *) self->packets->data;
  for (guint i = 0; i < self->units->len; i++) {
    SimAccessUnit *unit = &g_array_index (self->units, SimAccessUnit, i);

    unit->packets = packet;
    packet += unit->n_packets;
    for (guint k = 0; k < unit->n_packets; k++)
      unit->size += unit->packets[k].size;
  }
}

SimMedia *
sim_media_new (const SimVideoConfig *config, guint number, const char *cache_dir, GError **error)
{
  g_autoptr (GArray) pictures = sim_encoder_encode (config, number, cache_dir, error);
  SimMedia *self;

  if (pictures == NULL)
    return NULL;
  self = g_new0 (SimMedia, 1);
  g_atomic_ref_count_init (&self->refs);
  self->config = *config;
  lay_out (self, pictures);
  return self;
}

SimMedia *
sim_media_ref (SimMedia *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
sim_media_unref (SimMedia *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  for (guint i = 0; i < self->n_sets; i++)
    g_bytes_unref (self->sets[i]);
  g_bytes_unref (self->bytes);
  g_array_unref (self->packets);
  g_array_unref (self->units);
  g_free (self);
}

const SimVideoConfig *
sim_media_get_config (SimMedia *self)
{
  return &self->config;
}

const SimAccessUnit *
sim_media_get_unit (SimMedia *self, guint64 position, guint64 *display)
{
  guint64 index = position;
  const SimAccessUnit *unit;

  if (self->config.bframes > 0)
    index = position % self->units->len;
  else if (position > 0)
    index = 1 + (position - 1) % SIM_PICTURE_PERIOD;
  unit = &g_array_index (self->units, SimAccessUnit, index);
  *display = position - index + unit->display;
  return unit;
}

guint
sim_media_gop_frames (SimMedia *self, gdouble seconds)
{
  if (self->config.bframes > 0)
    return sim_video_config_gop_frames (&self->config, self->config.gop);
  return sim_video_config_gop_frames (&self->config, seconds);
}

void
sim_media_write_first_packet (SimMedia *self, gboolean key, const guint8 *sei, gsize sei_size,
                              GByteArray *out)
{
  SimNal nals[MAX_PARAMETER_SETS + 1];
  guint n = 0;

  if (!key) {
    g_byte_array_append (out, sei, sei_size);
    return;
  }
  for (; n < self->n_sets; n++)
    nals[n].data = g_bytes_get_data (self->sets[n], &nals[n].size);
  nals[n++] = (SimNal){ sei, sei_size };
  sim_packetizer_aggregate (self->config.codec, nals, n, out);
}

static char *
base64 (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return g_base64_encode (data, size);
}

char *
sim_media_get_fmtp (SimMedia *self)
{
  g_autofree char *first = base64 (self->sets[0]);
  g_autofree char *second = base64 (self->sets[1]);
  g_autofree char *third = self->n_sets > 2 ? base64 (self->sets[2]) : NULL;

  if (self->config.codec == SIM_CODEC_H264) {
    const guint8 *sps = g_bytes_get_data (self->sets[0], NULL);

    return g_strdup_printf ("packetization-mode=1;profile-level-id=%02X%02X%02X;"
                            "sprop-parameter-sets=%s,%s",
                            sps[1], sps[2], sps[3], first, second);
  }
  return g_strdup_printf ("sprop-vps=%s;sprop-sps=%s;sprop-pps=%s", first, second, third);
}
