/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-movie-writer.h: writes an MP4 (ISO/IEC 14496-12) whose moov stands in front of its media
 * ("faststart"), in one pass: room for moov is left in front and what remains of it becomes a free
 * box; should it not suffice, the media are moved once. Video and audio are interleaved by chunks.
 * Blocking. TYTO_ERROR_STORAGE: of the disk; nothing is left of the file then.
 */
#pragma once

#include "media/join/tyto-media-unit.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _TytoMovieWriter TytoMovieWriter;

/* Bytes of disk that the file takes at most, of what tyto_movie_writer_new() is told. */
guint64 tyto_movie_writer_measure (guint64 expect_bytes, guint64 expect_ms);

/* Makes @path + ".part". @expect_bytes: of media, at most; disk is taken for them at once, so that
 * a full disk is known now. @expect_ms: of media, to leave room for moov. NULL on error. */
TytoMovieWriter *
tyto_movie_writer_new (const char *path, guint64 expect_bytes, guint64 expect_ms, GError **error);
/* Without finish: the file goes. */
void tyto_movie_writer_free (TytoMovieWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoMovieWriter, tyto_movie_writer_free)

/**
 * TytoMovieSample:
 * @dts, @composition_offset: in the track's timescale; @dts grows
 * @entry: (transfer none): a new sample description when it is not one of the track's
 */
typedef struct {
  gint64 dts;
  gint32 composition_offset;
  gboolean key;
  TytoMediaEntry *entry;
  const guint8 *data;
  gsize size;
} TytoMovieSample;

/* Its number. The file has at most one of video and one of audio. @timescale: units a second */
guint tyto_movie_writer_add_track (TytoMovieWriter *self, gboolean video, guint timescale);
gboolean tyto_movie_writer_add (TytoMovieWriter *self, guint track, const TytoMovieSample *sample,
                                GError **error);

/* What the last sample of @track lasts; 0: as the one before. */
void tyto_movie_writer_set_last_duration (TytoMovieWriter *self, guint track, guint32 duration);

/* Where @track begins in the presentation, ns (an edit list; ISO/IEC 14496-12, 8.6.6): the
 * difference between the first frames of sound and picture. */
void tyto_movie_writer_set_start (TytoMovieWriter *self, guint track, guint64 start_ns);

/* Sample descriptions of all tracks. */
guint tyto_movie_writer_get_descriptions (TytoMovieWriter *self);

/* Writes moov, syncs, renames to the path. @bytes, @duration_ns: (out). */
gboolean tyto_movie_writer_finish (TytoMovieWriter *self, guint64 *bytes, guint64 *duration_ns,
                                   GError **error);

G_END_DECLS
