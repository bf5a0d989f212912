/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-copy.h: a recorder's catalogue brought into a shared database, once. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @done of @total rows are there, those of @table next. */
typedef void (*TytoCatalogueCopyProgress) (const char *table, guint64 done, guint64 total,
                                           gpointer data);

/**
 * Copies all rows of cameras, runs, segments, gaps, thumbnails, wishes and clips from the SQLite
 * file @path, which is only read, as it is at one moment; tytod may use it meanwhile. The schema at
 * @uri is made when there is none. Blocking.
 *
 * May be repeated, and when it was broken off must be: what is the same is left alone, and rows of
 * @recorder that are not in the file are deleted.
 *
 * @recorder: whose rows they are in the shared database
 * @password: (nullable)
 * @progress: (nullable)
 * @total: (out): how many rows there are
 * TYTO_ERROR_WRONG_STATE: the rows of @recorder there are of another catalogue; or this one tells
 * its rows there already, by itself. TYTO_ERROR_STORAGE, INVALID_ARGUMENT, G_IO_ERROR_CANCELLED.
 */
gboolean
tyto_catalogue_copy (const char *path, const char *uri, const char *password, const char *recorder,
                     TytoCatalogueCopyProgress progress, gpointer data, guint64 *total,
                     GCancellable *cancellable, GError **error);

G_END_DECLS
