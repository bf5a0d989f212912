/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-media-unit.h: one access unit on its way from a segment into an MP4, and what its decoder
 * must know.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  TYTO_MEDIA_H264,
  TYTO_MEDIA_H265,
  TYTO_MEDIA_AAC,
  TYTO_MEDIA_MP3, /* MPEG-1/2 layer II or III */
  TYTO_MEDIA_AC3,
  TYTO_MEDIA_EAC3,
  TYTO_MEDIA_OPUS,
  TYTO_MEDIA_OTHER, /* its sample entry is known from an MP4, nothing else of it */
} TytoMediaCodec;

/* "h264", "h265", "aac", "mp3", "ac3", "eac3", "opus", "other" (static) */
const char *tyto_media_codec_to_string (TytoMediaCodec codec);

/**
 * TytoMediaEntry: a sample description (ISO/IEC 14496-12, 8.5.2), reference-counted, not changed
 * once it is made. Two are the same when @box is.
 * @box: the whole sample entry as it stands in stsd: avc1, hvc1, mp4a, ac-3, ec-3, Opus …; its
 * data_reference_index is 1
 * @width, @height: of video; @rate (Hz), @channels: of audio
 */
typedef struct {
  TytoMediaCodec codec;
  gboolean video;
  GBytes *box;
  guint width;
  guint height;
  guint rate;
  guint channels;
} TytoMediaEntry;

TytoMediaEntry *tyto_media_entry_new (TytoMediaCodec codec, gboolean video, GBytes *box);
TytoMediaEntry *tyto_media_entry_ref (TytoMediaEntry *self);
void tyto_media_entry_unref (TytoMediaEntry *self);
gboolean tyto_media_entry_equal (const TytoMediaEntry *a, const TytoMediaEntry *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoMediaEntry, tyto_media_entry_unref)

/**
 * TytoMediaUnit: valid until the next call to its reader.
 * @video: of the first video track; else of the first audio track. Others are not given
 * @entry: how to decode it; (transfer none)
 * @timescale: of its times: 90,000 from MPEG-TS, the track's from MP4
 * @dts, @pts: in that; from MPEG-TS unwrapped: growing past 2^33 as long as the reader is
 * continuous
 * @duration: in that, 0 when the container does not say
 * @key: sync sample: an IDR (H.264), IRAP (H.265) or any of audio. A recovery point of H.264 is one
 * too while no IDR came for 30 s: there are streams that have one at their start, or none
 * @data: as a sample of an MP4 holds it: NAL units with four bytes of length (parameter sets that
 * @entry has, and access unit delimiters, left out), AAC without ADTS header
 */
typedef struct {
  gboolean video;
  TytoMediaEntry *entry;
  guint timescale;
  gint64 dts;
  gint64 pts;
  guint duration;
  gboolean key;
  const guint8 *data;
  gsize size;
} TytoMediaUnit;

G_END_DECLS
