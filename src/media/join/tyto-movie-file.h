/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-movie-file.h: a file that comes into being at once: written as PATH.part, synced, then
 * renamed. Blocking. All errors: TYTO_ERROR_STORAGE. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _TytoMovieFile TytoMovieFile;

/* @reserve: bytes of disk that are taken now, where the file system can. */
TytoMovieFile *tyto_movie_file_new (const char *path, guint64 reserve, GError **error);
/* Without finish: the file goes. */
void tyto_movie_file_free (TytoMovieFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoMovieFile, tyto_movie_file_free)

gboolean tyto_movie_file_write (TytoMovieFile *self, guint64 offset, const guint8 *data, gsize size,
                                GError **error);

/* Moves what is from @begin to @end @by bytes further back. */
gboolean
tyto_movie_file_move (TytoMovieFile *self, guint64 begin, guint64 end, guint64 by, GError **error);

/* Gives it its @size, and its name when it is on the disk. */
gboolean tyto_movie_file_finish (TytoMovieFile *self, guint64 size, GError **error);

G_END_DECLS
