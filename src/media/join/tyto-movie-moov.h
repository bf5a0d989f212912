/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-movie-moov.h: the boxes of an MP4 (ISO/IEC 14496-12) that say what is in it: ftyp and moov,
 * its samples in tables. */
#pragma once

#include "media/join/tyto-movie-tables.h"

G_BEGIN_DECLS

/**
 * TytoMovieTrack:
 * @timescale: units a second
 * @start_ns: where it begins in the presentation
 */
typedef struct {
  gboolean video;
  guint32 timescale;
  guint64 start_ns;
  TytoMovieTables *tables;
} TytoMovieTrack;

void tyto_movie_put_ftyp (GByteArray *to);

/* Tracks without a sample are left out. @created_us: since the epoch. @shift, @large: as in
 * tyto_movie_tables_put(). */
void tyto_movie_put_moov (GByteArray *to, const TytoMovieTrack *tracks, guint n_tracks,
                          gint64 created_us, guint64 shift, gboolean large);

/* How long the presentation is: to the end of the track that ends last. */
guint64 tyto_movie_get_duration_ns (const TytoMovieTrack *tracks, guint n_tracks);

G_END_DECLS
