/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-file-removal.h: deletes recorded files for good, with their marks (tyto-spool-mark.h): what
 * it says is gone is gone after a power cut too.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Deletes the files at @paths (absolute), in a thread. One that is gone already is deleted; one
 * that is no regular file, or lies below none of @roots, is not touched, and neither is anything
 * below a root whose disk is away. Directories that this empties go too.
 * @roots, @paths: NULL-terminated, copied
 */
void tyto_file_removal_async (const char *const *roots, const char *const *paths,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
/* Those that are still there: path → why (element-type utf8 utf8); empty when all went. (transfer
 * full). G_IO_ERROR_CANCELLED. */
GHashTable *tyto_file_removal_finish (GAsyncResult *result, GError **error);

G_END_DECLS
