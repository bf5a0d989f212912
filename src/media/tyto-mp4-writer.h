/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-mp4-writer.h: makes the boxes of a fragmented MP4 (ISO/IEC 14496-12, with 14496-15 for
 * H.264/H.265 and 14496-14 for AAC) as bytes; it opens no file and holds no media.
 *
 * A file is: ftyp, uuid (identity), moov with mvex; then fragments, each moof + mdat of one track
 * (one traf, default-base-is-moof, tfdt, trun), playable by Media Source Extensions as they are;
 * at the end uuid (index of fragments) and mfra (8.8.9–8.8.11), whose mfro ends the file.
 *
 * The caller adds samples, whose bytes it keeps, takes the box headers of the fragment and writes
 * them in front of those bytes. Times are in the track's timescale; ns where it says so. The file's
 * own time starts at 0 with @wall_start of the identity.
 */
#pragma once

#include "media/tyto-media-identity.h"

G_BEGIN_DECLS

typedef enum {
  TYTO_MP4_H264, /* avc1 or avc3: codec_data is AVCDecoderConfigurationRecord */
  TYTO_MP4_H265, /* hvc1 or hev1: HEVCDecoderConfigurationRecord */
  TYTO_MP4_AAC,  /* mp4a: AudioSpecificConfig */
  TYTO_MP4_OPUS, /* Opus: the body of dOps (Opus in ISOBMFF, 4.3.2) */
  TYTO_MP4_MPEG, /* mp4a: layer II or III; codec_data is empty */
  TYTO_MP4_AC3,  /* ac-3: the body of dac3 (ETSI TS 102 366, F.4) */
  TYTO_MP4_EAC3, /* ec-3: the body of dec3 (F.6) */
} TytoMp4Codec;

/**
 * TytoMp4Track:
 * @codec_data: (transfer none) must be there
 * @parameter_sets_in_band: avc3/hev1 instead of avc1/hvc1
 * @timescale: units a second, 1–2^31
 * @width, @height: of video; @channels, @rate: of audio
 */
typedef struct {
  TytoMp4Codec codec;
  GBytes *codec_data;
  gboolean parameter_sets_in_band;
  guint32 timescale;
  guint width;
  guint height;
  guint pixel_aspect_n; /* 0: square */
  guint pixel_aspect_d;
  guint channels;
  guint rate;
} TytoMp4Track;

/**
 * TytoMp4Sample:
 * @dts: decoding time, growing
 * @duration: until the next one; not 0
 * @composition_offset: presentation minus decoding time; may be negative (trun version 1)
 * @size: bytes
 * @key: a sync sample
 */
typedef struct {
  guint64 dts;
  guint32 duration;
  gint32 composition_offset;
  guint32 size;
  gboolean key;
} TytoMp4Sample;

typedef struct _TytoMp4Writer TytoMp4Writer;

/* @tracks: copied; the first video track, or the first track, is the reference of the index.
 * Returns: (transfer full) */
TytoMp4Writer *
tyto_mp4_writer_new (const TytoMediaIdentity *identity, const TytoMp4Track *tracks, guint n_tracks);
void tyto_mp4_writer_free (TytoMp4Writer *self);

/* The bytes that start the file. (transfer full) */
GBytes *tyto_mp4_writer_header (TytoMp4Writer *self);

/* Adds a sample to the open fragment of @track (its index). The sample before it in the fragment
 * gets the distance to it as its duration; one whose @dts is not behind that sample's, or is before
 * the end of the fragment before, is decoded later, and shown when it wants to be. */
void tyto_mp4_writer_add (TytoMp4Writer *self, guint track, const TytoMp4Sample *sample);

/* Samples in the open fragment of @track, and their bytes. */
guint tyto_mp4_writer_get_pending (TytoMp4Writer *self, guint track, gsize *bytes);

/* Ends the open fragment of @track: the moof and the header of its mdat, after which its samples'
 * bytes must follow in the file at once. NULL when it has none. (transfer full) */
GBytes *tyto_mp4_writer_end_fragment (TytoMp4Writer *self, guint track);

/* The bytes that end the file: index and mfra. No fragment may be open. (transfer full) */
GBytes *tyto_mp4_writer_trailer (TytoMp4Writer *self);

/* Bytes of the file so far, the payload of ended fragments included. */
guint64 tyto_mp4_writer_get_size (TytoMp4Writer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoMp4Writer, tyto_mp4_writer_free)

G_END_DECLS
