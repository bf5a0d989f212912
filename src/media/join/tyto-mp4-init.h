/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-init.h: what the moov of an initialization section (RFC 8216, 3.3; ISO/IEC 14496-12,
 * 8.2) says of the tracks whose samples are in segments. Inside src/media/join only. */
#pragma once

#include "media/join/tyto-media-unit.h"
#include "media/tyto-media-cursor.h"

G_BEGIN_DECLS

/**
 * TytoMp4InitEntry: a sample description.
 * @entry: NULL: it cannot be used
 * @nal_length_size: bytes in front of each NAL unit (14496-15, 5.3.3.1); 0: it has none
 */
typedef struct {
  TytoMediaEntry *entry;
  guint nal_length_size;
} TytoMp4InitEntry;

/**
 * TytoMp4InitTrack:
 * @timescale: never 0
 * @shift: what its edit list adds to times, in its timescale
 * @encrypted: a sample description is (encv, enca)
 * @entries: (element-type TytoMp4InitEntry): one at least
 * @description (from 1), @duration, @size, @flags: of a sample, when its fragment does not say
 */
typedef struct {
  guint32 id;
  guint32 timescale;
  gboolean video;
  gboolean audio;
  gboolean encrypted;
  gint64 shift;
  GArray *entries;
  guint32 description;
  guint32 duration;
  guint32 size;
  guint32 flags;
} TytoMp4InitTrack;

/* The tracks (element-type TytoMp4InitTrack) of @moov, its body; such as cannot be used are not
 * among them. @before: (nullable): tracks whose sample descriptions are taken again where they are
 * the same. @others: (out): tracks left out. (transfer full) */
GArray *tyto_mp4_init_read (TytoMediaCursor moov, const GArray *before, guint *others);

G_END_DECLS
