/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-adts.c: AAC in ADTS (ISO/IEC 13818-7, 6.2; 14496-3, 1.A.2). */
#include "media/join/tyto-audio-frames.h"

#define HEADER       7
#define CRC          2
#define SAMPLES      1024
#define CHANNELS_7_1 7 /* channel_configuration */
#define OBJECT_TYPES 1 /* audio object type is profile + 1: 14496-3, table 1.A.11 */

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
  /* Several raw blocks have no lengths of their own, and channels that stand in the block none an
   * AudioSpecificConfig could name. */
  frame->unusable = (data[6] & 3) != 0 || channels == 0;
  return TYTO_AUDIO_FRAME;
}

/* AudioSpecificConfig: 14496-3, 1.6.2.1 */
static GBytes *
adts_config (const guint8 *data, const TytoAudioFrame *frame)
{
  guint type = OBJECT_TYPES + (data[2] >> 6);
  guint rate = data[2] >> 2 & 15;
  guint channels = (guint) (data[2] & 1) << 2 | data[3] >> 6;
  guint8 config[] = { (guint8) (type << 3 | rate >> 1), (guint8) (rate << 7 | channels << 3) };

  return g_bytes_new (config, sizeof config);
}

const TytoAudioFraming tyto_audio_framing_adts = { adts_read, adts_config };
