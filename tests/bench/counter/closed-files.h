/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* closed-files.h: tells the files below a directory that a writer has closed, or given their name
 * when it was done (inotify(7)). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _ClosedFiles ClosedFiles;

typedef void (*ClosedFileFunc) (const char *path, gpointer user_data);

/* Follows @directory and all below it, those that are made later too, but not what begins with a
 * dot. */
ClosedFiles *closed_files_new (const char *directory, GError **error);
void closed_files_free (ClosedFiles *self);

/* To wait for; closed_files_read() is due when it can be read. */
int closed_files_get_fd (ClosedFiles *self);

/* Calls @func for each file of which the end of writing has been told, and for those of a new
 * directory, which may still be written. FALSE: some were not told,
 * because nobody read for too long. Does not block. */
gboolean closed_files_read (ClosedFiles *self, ClosedFileFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClosedFiles, closed_files_free)

G_END_DECLS
