/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-moov.h: what moov (ISO/IEC 14496-12, 8.2) says of the tracks and of the file. */
#pragma once

#include "media/tyto-media-cursor.h"
#include "media/tyto-media-identity.h"

G_BEGIN_DECLS

/**
 * TytoMp4TrackInfo:
 * @id: in the file; @timescale: units a second, never 0
 * @codec: "h264", "h265", "aac", "opus", "pcma", "pcmu" or "" (static)
 * @nal_length_size: bytes in front of each NAL unit (14496-15, 5.3.3.1); 0: not video of ours
 * @duration, @size, @flags: of a sample, when its fragment does not say (trex)
 */
typedef struct {
  guint32 id;
  guint32 timescale;
  gboolean video;
  const char *codec;
  guint nal_length_size;
  guint32 duration;
  guint32 size;
  guint32 flags;
} TytoMp4TrackInfo;

/* Adds the tracks of @body (of moov) to @tracks (element-type TytoMp4TrackInfo); @identity gets
 * what its metadata say. Returns: whether there is a track, and each can be used. */
gboolean tyto_mp4_read_moov (TytoMediaCursor body, GArray *tracks, TytoMediaIdentity *identity);

/* Fills @identity from a uuid box of identity; @body begins behind its usertype. */
gboolean tyto_mp4_read_identity (TytoMediaCursor body, TytoMediaIdentity *identity);

/* Index of the track durations and key frames are told of: the first video, or else 0. */
guint tyto_mp4_reference_track (const GArray *tracks);

G_END_DECLS
