/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ts-opus.c: Opus in MPEG-TS: packets behind control headers ("Opus in MPEG-TS", 3.3), and
 * their lengths (RFC 6716, 3.1). */
#include "media/join/tyto-audio-frames.h"
#include "media/tyto-mp4-box.h"

#define RATE         48000
#define PREFIX       0x7fe0 /* eleven bits of 16 */
#define PREFIX_LOW   0xe0
#define START_TRIM   0x10 /* of the second byte */
#define END_TRIM     0x08
#define EXTENSION    0x04
#define PACKET_MAX   (128 * 1024)
#define SAMPLES_MAX  5760 /* 120 ms */
#define FAMILY_0_MAX 2    /* channels */
#define CHANNELS_MAX 8

/* Samples of a packet: table 2 and the code of frames. 0: none. */
static guint
count_samples (const guint8 *data, gsize size)
{
  static const guint silk[] = { 480, 960, 1920, 2880 };
  guint config = data[0] >> 3;
  guint frames = (data[0] & 3) == 0 ? 1 : 2;
  guint samples = 120u << (config & 3);

  if (config < 12)
    samples = silk[config & 3];
  else if (config < 16)
    samples = config & 1 ? 960 : 480;
  if ((data[0] & 3) == 3)
    frames = size > 1 ? data[1] & 0x3f : 0;
  return frames * samples;
}

static TytoAudioRead
opus_read (const guint8 *data, gsize size, gboolean end, TytoAudioFrame *frame)
{
  gsize at = 2;
  gsize packet = 0;

  if (size < 3)
    return TYTO_AUDIO_MORE;
  if (data[0] != PREFIX >> 8 || (data[1] & PREFIX_LOW) != PREFIX_LOW)
    return TYTO_AUDIO_NONE;
  do {
    if (at >= size)
      return TYTO_AUDIO_MORE;
    packet += data[at];
  } while (data[at++] == 0xff && packet < PACKET_MAX);
  at += (data[1] & START_TRIM ? 2 : 0) + (data[1] & END_TRIM ? 2 : 0);
  if (data[1] & EXTENSION) {
    if (at >= size)
      return TYTO_AUDIO_MORE;
    at += 1 + (gsize) data[at];
  }
  if (at + 2 > size)
    return TYTO_AUDIO_MORE;
  frame->codec = TYTO_MEDIA_OPUS;
  frame->header = (guint) at;
  frame->size = (guint) (at + packet);
  frame->rate = RATE;
  frame->samples = count_samples (data + at, MIN (packet, size - at));
  if (packet == 0 || frame->samples == 0 || frame->samples > SAMPLES_MAX)
    return TYTO_AUDIO_NONE;
  frame->format = 1;
  return TYTO_AUDIO_FRAME;
}

/* OpusSpecificBox: Opus in ISOBMFF, 4.3.2; channels as in RFC 7845, 5.1.1.2 */
static GBytes *
opus_config (const guint8 *data, const TytoAudioFrame *frame)
{
  static const struct {
    guint8 streams;
    guint8 coupled;
    guint8 mapping[CHANNELS_MAX];
  } layouts[] = {
    { 2, 1, { 0, 2, 1 } },
    { 2, 2, { 0, 1, 2, 3 } },
    { 3, 2, { 0, 4, 1, 2, 3 } },
    { 4, 2, { 0, 4, 1, 2, 3, 5 } },
    { 4, 3, { 0, 4, 1, 2, 3, 5, 6 } },
    { 5, 3, { 0, 6, 1, 2, 3, 4, 5, 7 } },
  };
  GByteArray *to = g_byte_array_new ();

  tyto_mp4_put_u8 (to, 0); /* version */
  tyto_mp4_put_u8 (to, (guint8) frame->channels);
  tyto_mp4_put_u16 (to, 0); /* PreSkip: the control header of the first packet trims it */
  tyto_mp4_put_u32 (to, RATE);
  tyto_mp4_put_u16 (to, 0); /* gain */
  tyto_mp4_put_u8 (to, frame->channels > FAMILY_0_MAX ? 1 : 0);
  if (frame->channels > FAMILY_0_MAX) {
    guint layout = frame->channels - FAMILY_0_MAX - 1;

    tyto_mp4_put_u8 (to, layouts[layout].streams);
    tyto_mp4_put_u8 (to, layouts[layout].coupled);
    g_byte_array_append (to, layouts[layout].mapping, frame->channels);
  }
  return g_byte_array_free_to_bytes (to);
}

const TytoAudioFraming tyto_audio_framing_opus = { opus_read, opus_config };
