/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-ts-program.h"

#define TYPE_PRIVATE 0x06 /* what it is stands in its descriptors */

#define DESCRIPTOR_FORMAT    0x05 /* registration_descriptor: 2.6.8 */
#define DESCRIPTOR_AC3       0x6a /* ETSI EN 300 468, annex D */
#define DESCRIPTOR_EAC3      0x7a
#define DESCRIPTOR_EXTENSION 0x7f
#define EXTENSION_OPUS       0x80
#define OPUS_DUAL_MONO       0
#define OPUS_CHANNELS_MAX    8

/* Table 2-34; ATSC A/53-3; of the encrypted ones: "MPEG-2 Stream Encryption Format for HTTP Live
 * Streaming", 2.3 */
static const struct {
  guint8 type;
  const TytoNalCodec *video;
  const TytoAudioFraming *audio;
  gboolean encrypted;
} types[] = {
  { 0x1b, &tyto_nal_codec_h264, NULL, FALSE },
  { 0x24, &tyto_nal_codec_h265, NULL, FALSE },
  { 0x0f, NULL, &tyto_audio_framing_adts, FALSE },
  { 0x03, NULL, &tyto_audio_framing_mpeg, FALSE },
  { 0x04, NULL, &tyto_audio_framing_mpeg, FALSE },
  { 0x81, NULL, &tyto_audio_framing_ac3, FALSE },
  { 0x87, NULL, &tyto_audio_framing_ac3, FALSE },
  { 0xdb, NULL, NULL, TRUE },
  { 0xcf, NULL, NULL, TRUE },
  { 0xc1, NULL, NULL, TRUE },
  { 0xc2, NULL, NULL, TRUE },
};

static const struct {
  guint32 format;
  const TytoAudioFraming *audio;
} formats[] = {
  { 0x41432d33, &tyto_audio_framing_ac3 },  /* AC-3 */
  { 0x45414333, &tyto_audio_framing_ac3 },  /* EAC3 */
  { 0x4f707573, &tyto_audio_framing_opus }, /* Opus */
};

static const TytoAudioFraming *
read_private (TytoMediaCursor descriptors, guint *channels)
{
  const TytoAudioFraming *audio = NULL;

  while (tyto_media_cursor_left (&descriptors) >= 2) {
    guint8 tag = tyto_media_cursor_u8 (&descriptors);
    TytoMediaCursor in = tyto_media_cursor_part (&descriptors, tyto_media_cursor_u8 (&descriptors));

    if (tag == DESCRIPTOR_AC3 || tag == DESCRIPTOR_EAC3) {
      audio = &tyto_audio_framing_ac3;
    } else if (tag == DESCRIPTOR_FORMAT) {
      guint32 format = tyto_media_cursor_u32 (&in);

      for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
        if (formats[i].format == format)
          audio = formats[i].audio;
    } else if (tag == DESCRIPTOR_EXTENSION && tyto_media_cursor_u8 (&in) == EXTENSION_OPUS) {
      guint code = tyto_media_cursor_u8 (&in);

      *channels = code == OPUS_DUAL_MONO ? 2 : code <= OPUS_CHANNELS_MAX ? code : 0;
    }
  }
  return audio;
}

void
tyto_ts_program_read (TytoTsProgram *self, TytoMediaCursor body)
{
  *self = (TytoTsProgram){ .video_pid = TYTO_TS_NO_PID, .audio_pid = TYTO_TS_NO_PID };
  tyto_media_cursor_skip (&body, 2); /* PCR_PID */
  tyto_media_cursor_skip (&body, tyto_media_cursor_u16 (&body) & 0x0fff);
  while (tyto_media_cursor_left (&body) >= 5) {
    guint8 type = tyto_media_cursor_u8 (&body);
    guint pid = tyto_media_cursor_u16 (&body) & 0x1fff;
    TytoMediaCursor descriptors
        = tyto_media_cursor_part (&body, tyto_media_cursor_u16 (&body) & 0x0fff);
    const TytoNalCodec *video = NULL;
    const TytoAudioFraming *audio = NULL;
    guint channels = 0;

    for (guint i = 0; i < G_N_ELEMENTS (types); i++)
      if (types[i].type == type) {
        video = types[i].video;
        audio = types[i].audio;
        self->encrypted += types[i].encrypted ? 1 : 0;
      }
    if (type == TYPE_PRIVATE)
      audio = read_private (descriptors, &channels);
    if (video != NULL && self->video == NULL) {
      self->video = video;
      self->video_pid = pid;
    } else if (audio != NULL && self->audio == NULL) {
      self->audio = audio;
      self->audio_pid = pid;
      self->channels = channels;
    } else {
      self->others++;
    }
  }
}

gboolean
tyto_ts_program_equal (const TytoTsProgram *a, const TytoTsProgram *b)
{
  return a->video_pid == b->video_pid && a->video == b->video && a->audio_pid == b->audio_pid
         && a->audio == b->audio && a->channels == b->channels;
}
