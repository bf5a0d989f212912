/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-spool-mark.h: which recorded files are safe elsewhere and may be deleted when the disk runs
 * full. The mark is kept with the file itself, so that it can be read without any database: the
 * extended attribute `user.tyto.archived` (xattr(7)), or a file NAME.archived beside it where the
 * file system has none. Its text is SIZE:SHA256 (decimal bytes, 64 hexadecimal digits); a mark
 * whose size is not the file's does not count. Blocking.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_SPOOL_MARK_SUFFIX ".archived"

/* Marks the file at @path, of which the archive holds @size bytes with this SHA-256 (lower-case
 * hexadecimal), and syncs the mark. TYTO_ERROR_INVALID_ARGUMENT when @size is not the file's or
 * @sha256 is none; TYTO_ERROR_NOT_FOUND; TYTO_ERROR_STORAGE. */
gboolean
tyto_spool_mark_archived (const char *path, guint64 size, const char *sha256, GError **error);

/* Whether the file at @path has a mark that counts. @size, @sha256: (out) (optional) (transfer
 * full). */
gboolean tyto_spool_is_archived (const char *path, guint64 *size, char **sha256);

/* Takes the mark away: the archive has lost its copy. That there is none is no error.
 * TYTO_ERROR_STORAGE. */
gboolean tyto_spool_unmark_archived (const char *path, GError **error);

/* Deletes the file at @path and then its mark; one that is gone already is no error.
 * TYTO_ERROR_WRONG_STATE when it is not archived; TYTO_ERROR_STORAGE. */
gboolean tyto_spool_delete_archived (const char *path, GError **error);

G_END_DECLS
