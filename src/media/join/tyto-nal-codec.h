/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-nal-codec.h: what tyto-access-units.c asks of H.264 and of H.265. NAL units are given
 * without start code, with their header; they are never empty. */
#pragma once

#include "media/join/tyto-media-unit.h"

G_BEGIN_DECLS

#define TYTO_PARAMETER_SET_MAX 4096 /* bytes; larger ones are damage */

typedef enum {
  TYTO_NAL_KEEP,
  TYTO_NAL_LEAVE_OUT, /* of no use in an MP4, or in the sample entry */
  TYTO_NAL_BROKEN,
} TytoNalFate;

/**
 * TytoNalPicture: what an access unit shows itself to be.
 * @slices: it has a slice
 * @key: an IDR or IRAP picture
 * @recovery: decoding may begin here all the same: a recovery point; @intra: its first slice is I
 * @first_field: the first of two fields may be; @second_field: belongs to the unit before
 */
typedef struct {
  gboolean slices;
  gboolean key;
  gboolean recovery;
  gboolean intra;
  gboolean first_field;
  gboolean second_field;
} TytoNalPicture;

/**
 * TytoNalCodec:
 * @starts: whether @nal begins another access unit than the one that has a slice already
 * @take: takes @nal into the state and into @picture
 * @describe: the sample entry for the picture last taken; NULL when its parameter sets are not
 * known. (transfer none), valid until the next take
 * @frame_ticks: of 90 kHz a frame takes; 0 when nothing is said
 */
typedef struct {
  gpointer (*create) (void);
  void (*destroy) (gpointer state);
  gboolean (*starts) (gpointer state, const guint8 *nal, gsize size);
  TytoNalFate (*take) (gpointer state, const guint8 *nal, gsize size, TytoNalPicture *picture);
  TytoMediaEntry *(*describe) (gpointer state);
  guint (*frame_ticks) (gpointer state);
} TytoNalCodec;

extern const TytoNalCodec tyto_nal_codec_h264;
extern const TytoNalCodec tyto_nal_codec_h265;

/**
 * TytoParameterSets: those of one kind, by id.
 */
typedef struct {
  GBytes *nal[256];
} TytoParameterSets;

/* Whether it is another one than was there. */
gboolean tyto_parameter_sets_put (TytoParameterSets *self, guint id, const guint8 *nal, gsize size);
void tyto_parameter_sets_clear (TytoParameterSets *self);

/* Writes up to @max of them, each behind 16 bits of size (as avcC and hvcC have them). Returns how
 * many. */
guint tyto_parameter_sets_write (const TytoParameterSets *self, guint max, GByteArray *to);

G_END_DECLS
