/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-file-copy.h: a copy of a file that is known to be on the disk and equal. Blocking, gently:
 * others read and write first (ioprio_set(2)), and the cache is left to them. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* While it is being written. */
#define TYTO_FILE_COPY_SUFFIX ".part"

/**
 * TytoFileCopy: directories are file descriptors, names have no slash.
 * @size: of the source; @sha256: of it, 64 hexadecimal digits, or NULL where it is not known
 */
typedef struct {
  int from_directory;
  const char *from_name;
  int to_directory;
  const char *to_name;
  guint64 size;
  const char *sha256;
} TytoFileCopy;

/* Writes to_name.part, syncs it, reads it back, compares size and SHA-256, and gives it its name,
 * which must be free. Mode and times are the source's. On failure there is nothing of it. @path: of
 * the copy, for messages. TYTO_ERROR_NOT_FOUND: there is no source; TYTO_ERROR_WRONG_STATE: it is
 * not as @self says; TYTO_ERROR_STORAGE; G_IO_ERROR_CANCELLED. */
gboolean tyto_file_copy (const TytoFileCopy *self, const char *path, GCancellable *cancellable,
                         GError **error);

G_END_DECLS
