/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-movie-tables.h: the sample tables of one track (stbl; ISO/IEC 14496-12, 8.5–8.7), gathered
 * while its samples are written. They grow with the number of samples: 4 bytes of size for each,
 * and 8 for each change of duration or composition offset.
 */
#pragma once

#include "media/join/tyto-media-unit.h"

G_BEGIN_DECLS

#define TYTO_MOVIE_MAX_DESCRIPTIONS 1000

typedef struct _TytoMovieTables TytoMovieTables;

TytoMovieTables *tyto_movie_tables_new (void);
void tyto_movie_tables_free (TytoMovieTables *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoMovieTables, tyto_movie_tables_free)

/* The number of the sample description @entry, from 1; it is added when there is none like it. 0:
 * there are TYTO_MOVIE_MAX_DESCRIPTIONS others. */
guint tyto_movie_tables_describe (TytoMovieTables *self, TytoMediaEntry *entry);

/* Adds a sample of @size bytes. One whose @dts is not behind that of the sample before is decoded
 * one unit behind it, and shown when it wants to be. */
void tyto_movie_tables_add (TytoMovieTables *self, gint64 dts, gint32 composition_offset,
                            gboolean key, guint32 size);

/* The last @samples samples are in a chunk at @offset of the file. */
void tyto_movie_tables_add_chunk (TytoMovieTables *self, guint64 offset, guint32 samples,
                                  guint description);

/* 0: as long as the sample before it */
void tyto_movie_tables_set_last_duration (TytoMovieTables *self, guint32 duration);

guint64 tyto_movie_tables_get_samples (const TytoMovieTables *self);
/* (element-type TytoMediaEntry) (transfer none) */
const GPtrArray *tyto_movie_tables_get_entries (const TytoMovieTables *self);

/* Of all samples, in the track's timescale: sum of durations; first time that is shown, counted
 * from the first decoding time; and from there to the end of what is shown. */
guint64 tyto_movie_tables_get_duration (const TytoMovieTables *self);
gint64 tyto_movie_tables_get_first_shown (const TytoMovieTables *self);
guint64 tyto_movie_tables_get_shown (const TytoMovieTables *self);

/* Writes stbl. @shift: added to the offset of each chunk; @large: they take 64 bits (co64). */
void
tyto_movie_tables_put (const TytoMovieTables *self, GByteArray *to, guint64 shift, gboolean large);

G_END_DECLS
