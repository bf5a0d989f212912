/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sample-entry.h: makes sample entries from what elementary streams say of themselves. */
#pragma once

#include "media/join/tyto-media-unit.h"

G_BEGIN_DECLS

/**
 * TytoSampleEntry:
 * @codec: not TYTO_MEDIA_OTHER
 * @config: body of avcC, hvcC, dac3, dec3, dOps; AudioSpecificConfig; empty for MP3
 * @pixel_aspect_n, @pixel_aspect_d: 0 when nothing is said
 */
typedef struct {
  TytoMediaCodec codec;
  GBytes *config;
  guint width;
  guint height;
  guint pixel_aspect_n;
  guint pixel_aspect_d;
  guint rate;
  guint channels;
} TytoSampleEntry;

/* (transfer full) */
TytoMediaEntry *tyto_sample_entry_make (const TytoSampleEntry *from);

G_END_DECLS
