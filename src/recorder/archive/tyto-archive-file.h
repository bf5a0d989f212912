/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-archive-file.h: a recorded file before and after it is archived: its digest and its mark, in
 * a thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Reads @path in a thread; one that the archive has already (tyto-spool-mark.h) is not read again.
 * Finish: 64 hexadecimal digits (transfer full); @size: (out): of the file. TYTO_ERROR_STORAGE:
 * it cannot be read. */
void tyto_archive_file_digest_async (const char *path, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
char *tyto_archive_file_digest_finish (GAsyncResult *result, guint64 *size, GError **error);

/* tyto_spool_mark_archived(). TYTO_ERROR_STORAGE, INVALID_ARGUMENT: it is not that file any more.
 */
void tyto_archive_file_mark_async (const char *path, guint64 size, const char *sha256,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_archive_file_mark_finish (GAsyncResult *result, GError **error);

G_END_DECLS
