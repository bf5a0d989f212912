/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mpeg-audio.c: layers II and III (ISO/IEC 11172-3, 2.4.1; 13818-3, 2.4; MPEG-2.5 as it is
 * commonly written). */
#include "media/join/tyto-audio-frames.h"

#define HEADER        4
#define VERSION_2_5   0
#define VERSION_NONE  1
#define VERSION_1     3
#define LAYER_III     1
#define LAYER_II      2
#define RATE_NONE     3
#define MODE_MONO     3
#define FORMAT_FIELDS 0x1e0c /* version, layer, sampling frequency */

/* kbit/s; 0: free format, and none */
static const guint16 bit_rates[3][16] = {
  { 0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0 }, /* 1, layer II */
  { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0 },  /* 1, layer III */
  { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0 },      /* 2 and 2.5 */
};

static TytoAudioRead
mpeg_read (const guint8 *data, gsize size, gboolean end, TytoAudioFrame *frame)
{
  static const guint rates[] = { 44100, 48000, 32000 };
  guint version;
  guint layer;
  guint rate;
  guint bit_rate;

  if (size < HEADER)
    return TYTO_AUDIO_MORE;
  version = data[1] >> 3 & 3;
  layer = data[1] >> 1 & 3;
  rate = data[2] >> 2 & 3;
  if (data[0] != 0xff || (data[1] & 0xe0) != 0xe0 || version == VERSION_NONE || rate == RATE_NONE
      || (layer != LAYER_II && layer != LAYER_III))
    return TYTO_AUDIO_NONE;
  bit_rate = bit_rates[version != VERSION_1 ? 2 : layer == LAYER_III ? 1 : 0][data[2] >> 4];
  if (bit_rate == 0)
    return TYTO_AUDIO_NONE;
  frame->codec = TYTO_MEDIA_MP3;
  frame->rate = rates[rate] >> (version == VERSION_1 ? 0 : version == VERSION_2_5 ? 2 : 1);
  frame->samples = version != VERSION_1 && layer == LAYER_III ? 576 : 1152;
  frame->size = frame->samples / 8 * bit_rate * 1000 / frame->rate + (data[2] >> 1 & 1);
  frame->channels = data[3] >> 6 == MODE_MONO ? 1 : 2;
  frame->format = ((guint64) data[1] << 8 | data[2]) & FORMAT_FIELDS;
  frame->format |= (guint64) frame->channels << 16;
  return TYTO_AUDIO_FRAME;
}

static GBytes *
mpeg_config (const guint8 *data, const TytoAudioFrame *frame)
{
  return g_bytes_new_static (NULL, 0);
}

const TytoAudioFraming tyto_audio_framing_mpeg = { mpeg_read, mpeg_config };
