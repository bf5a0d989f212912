/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-adts.c: AAC in ADTS (ISO/IEC 13818-7, 6.2; 14496-3, 1.A.2). */
#include "media/join/tyto-audio-frames.h"
#include "media/join/tyto-bit-reader.h"

#include <string.h>

#define HEADER       7
#define CRC          2
#define SAMPLES      1024
#define ID_PCE       5
#define LAYOUT_MAX   64 /* bytes; the longest has 385 bits */
#define CHANNELS_7_1 7  /* channel_configuration */
#define OBJECT_TYPES 1  /* audio object type is profile + 1: 14496-3, table 1.A.11 */

/* The elements of a layout in their order: front, side, back; effects, data, coupling */
enum { LFE = 3, ASSOC = 4, COUPLING = 5, ELEMENTS = 6 };

/**
 * Layout: a program_config_element (13818-7, 8.5): which channels there are, where the header does
 * not say it. @bits: without its alignment and comment
 */
typedef struct {
  guint8 bits[LAYOUT_MAX];
  guint n_bits;
  guint channels;
} Layout;

static guint
copy_bits (Layout *self, TytoBitReader *in, guint count)
{
  guint value = tyto_bit_reader_bits (in, count);

  for (guint i = 0; i < count; i++, self->n_bits++)
    if (value >> (count - 1 - i) & 1)
      self->bits[self->n_bits / 8] |= (guint8) (0x80 >> self->n_bits % 8);
  return value;
}

/* FALSE: the raw data block does not begin with one. */
static gboolean
read_layout (const guint8 *block, gsize size, Layout *self)
{
  guint elements[ELEMENTS];
  TytoBitReader in;

  memset (self, 0, sizeof *self);
  tyto_bit_reader_init (&in, block, size, FALSE);
  if (tyto_bit_reader_bits (&in, 3) != ID_PCE)
    return FALSE;
  copy_bits (self, &in, 4 + 2 + 4); /* tag, profile, sampling frequency */
  for (guint i = 0; i < ELEMENTS; i++)
    elements[i] = copy_bits (self, &in, i < LFE ? 4 : i == LFE ? 2 : i == ASSOC ? 3 : 4);
  for (guint i = 0; i < 2; i++)
    if (copy_bits (self, &in, 1)) /* mixdowns to mono, to stereo */
      copy_bits (self, &in, 4);
  if (copy_bits (self, &in, 1)) /* matrix mixdown */
    copy_bits (self, &in, 3);
  for (guint i = 0; i < ELEMENTS; i++)
    for (guint k = 0; k < elements[i]; k++) {
      gboolean pair = (i < LFE || i == COUPLING) && copy_bits (self, &in, 1) != 0;

      copy_bits (self, &in, 4);
      if (i <= LFE)
        self->channels += pair ? 2 : 1;
    }
  return !in.failed && self->channels > 0;
}

static TytoAudioRead
adts_read (const guint8 *data, gsize size, gboolean end, TytoAudioFrame *frame)
{
  static const guint rates[]
      = { 96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350 };
  guint rate;
  guint channels;

  if (size < HEADER)
    return TYTO_AUDIO_MORE;
  if (data[0] != 0xff || (data[1] & 0xf6) != 0xf0)
    return TYTO_AUDIO_NONE;
  rate = data[2] >> 2 & 15;
  channels = (guint) (data[2] & 1) << 2 | data[3] >> 6;
  frame->codec = TYTO_MEDIA_AAC;
  frame->header = HEADER + (data[1] & 1 ? 0 : CRC);
  frame->size = (guint) (data[3] & 3) << 11 | (guint) data[4] << 3 | data[5] >> 5;
  if (rate >= G_N_ELEMENTS (rates) || frame->size <= frame->header)
    return TYTO_AUDIO_NONE;
  frame->rate = rates[rate];
  frame->channels = channels == CHANNELS_7_1 ? 8 : channels;
  frame->samples = SAMPLES * (1 + (data[6] & 3));
  frame->format = (guint64) (data[2] & 0xfd) << 8 | (data[3] & 0xc0);
  frame->unusable = (data[6] & 3) != 0; /* several raw blocks, which have no lengths of their own */
  if (channels == 0 && size >= frame->size) {
    Layout layout;

    frame->silent = !read_layout (data + frame->header, frame->size - frame->header, &layout);
    frame->channels = layout.channels;
  }
  return TYTO_AUDIO_FRAME;
}

/* AudioSpecificConfig: 14496-3, 1.6.2.1 */
static GBytes *
adts_config (const guint8 *data, const TytoAudioFrame *frame)
{
  guint type = OBJECT_TYPES + (data[2] >> 6);
  guint rate = data[2] >> 2 & 15;
  guint channels = (guint) (data[2] & 1) << 2 | data[3] >> 6;
  guint8 config[2 + LAYOUT_MAX + 1]
      = { (guint8) (type << 3 | rate >> 1), (guint8) (rate << 7 | channels << 3) };
  gsize size = 2;
  Layout layout;

  if (channels == 0 && read_layout (data + frame->header, frame->size - frame->header, &layout)) {
    memcpy (config + size, layout.bits, LAYOUT_MAX);
    size += (layout.n_bits + 7) / 8 + 1; /* and no comment */
  }
  return g_bytes_new (config, size);
}

const TytoAudioFraming tyto_audio_framing_adts = { adts_read, adts_config };
