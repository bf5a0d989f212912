/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-sample-entry.h"

#include "media/tyto-mp4-track.h"

TytoMediaEntry *
tyto_sample_entry_make (const TytoSampleEntry *from)
{
  static const TytoMp4Codec codecs[] = {
    [TYTO_MEDIA_H264] = TYTO_MP4_H264, [TYTO_MEDIA_H265] = TYTO_MP4_H265,
    [TYTO_MEDIA_AAC] = TYTO_MP4_AAC,   [TYTO_MEDIA_MP3] = TYTO_MP4_MPEG,
    [TYTO_MEDIA_AC3] = TYTO_MP4_AC3,   [TYTO_MEDIA_EAC3] = TYTO_MP4_EAC3,
    [TYTO_MEDIA_OPUS] = TYTO_MP4_OPUS,
  };
  TytoMp4Track track = {
    .codec = codecs[from->codec],
    .codec_data = from->config,
    .width = from->width,
    .height = from->height,
    .channels = from->channels,
    .rate = from->rate,
  };
  GByteArray *box = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  TytoMediaEntry *self;

  if (from->pixel_aspect_n != from->pixel_aspect_d) {
    track.pixel_aspect_n = from->pixel_aspect_n;
    track.pixel_aspect_d = from->pixel_aspect_d;
  }
  tyto_mp4_put_sample_entry (box, &track);
  bytes = g_byte_array_free_to_bytes (box);
  self = tyto_media_entry_new (from->codec, tyto_mp4_track_is_video (&track), bytes);
  self->width = from->width;
  self->height = from->height;
  self->rate = from->rate;
  self->channels = from->channels;
  return self;
}
