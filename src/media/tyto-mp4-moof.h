/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-moof.h: what moof (ISO/IEC 14496-12, 8.8.4) says of the samples behind it. */
#pragma once

#include "media/tyto-media-cursor.h"

G_BEGIN_DECLS

/**
 * TytoMp4Traf: the samples of one track in a fragment.
 * @track: index among the tracks
 * @dts, @duration: in the track's timescale
 * @first_offset: composition offset of the first sample
 * @bytes: of all samples; @data_offset: of the first one, from the start of moof (-1: not told so)
 * @key: the first sample is a sync sample
 */
typedef struct {
  guint track;
  guint64 dts;
  guint64 duration;
  gint64 first_offset;
  guint64 bytes;
  gint64 data_offset;
  guint frames;
  guint key_frames;
  gboolean key;
} TytoMp4Traf;

/* Adds to @trafs (element-type TytoMp4Traf) what @body (of moof) holds of @tracks
 * (TytoMp4TrackInfo);
 * @sizes (element-type guint32; may be NULL) gets the size of each sample, in order. @limit: bytes
 * that the samples can have in all. Returns: whether it can be used: at least one sample, of known
 * tracks, within @limit. */
gboolean tyto_mp4_read_moof (TytoMediaCursor body, const GArray *tracks, guint64 limit,
                             GArray *trafs, GArray *sizes);

G_END_DECLS
