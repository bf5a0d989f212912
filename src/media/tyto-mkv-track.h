/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mkv-track.h: what Info, Tracks and Tags of a Matroska file (RFC 9559, 5.1) say. */
#pragma once

#include "media/tyto-media-cursor.h"
#include "media/tyto-media-identity.h"

G_BEGIN_DECLS

/**
 * TytoMkvTrack:
 * @codec: as in TytoMediaFile, or "" (static)
 * @default_duration_ns: of a frame; 0: unknown
 */
typedef struct {
  guint64 number;
  gboolean video;
  const char *codec;
  guint64 default_duration_ns;
} TytoMkvTrack;

/* Adds to @tracks (element-type TytoMkvTrack). */
void tyto_mkv_read_tracks (TytoMediaCursor body, GArray *tracks);

/* @scale: ns a unit of time; @duration_at: where in @body the 8 bytes of the duration stand, 0 when
 * they do not; the date and the writing application tell of the identity. */
void tyto_mkv_read_info (TytoMediaCursor body, guint64 *scale, gsize *duration_at,
                         TytoMediaIdentity *identity);

/* Takes the identity from the comment. */
void tyto_mkv_read_tags (TytoMediaCursor body, TytoMediaIdentity *identity);

G_END_DECLS
