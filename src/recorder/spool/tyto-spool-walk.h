/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-spool-walk.h: goes through the files of the output directory. Blocking: from a thread. */
#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/**
 * TytoSpoolKind: what a file is, by its name.
 * TYTO_SPOOL_PART: a segment that is being written, or was when its writer died
 * TYTO_SPOOL_MEDIA: has the extension of a segment
 * TYTO_SPOOL_MARK: belongs to another file (tyto-spool-mark.h)
 * TYTO_SPOOL_EMPTY: a segment's beginning in which there was nothing to recover
 * TYTO_SPOOL_OTHER: none of ours
 */
typedef enum {
  TYTO_SPOOL_PART,
  TYTO_SPOOL_MEDIA,
  TYTO_SPOOL_MARK,
  TYTO_SPOOL_EMPTY,
  TYTO_SPOOL_OTHER,
} TytoSpoolKind;

#define TYTO_SPOOL_PART_SUFFIX  ".part"
#define TYTO_SPOOL_EMPTY_SUFFIX ".empty"

TytoSpoolKind tyto_spool_classify (const char *name);

/* @about: from lstat(2); a regular file or, as TYTO_SPOOL_OTHER, anything but a directory. FALSE
 * ends the walk. */
typedef gboolean (*TytoSpoolVisit) (const char *path, TytoSpoolKind kind, const struct stat *about,
                                    gpointer user_data);

/* Visits all files below @directory, directory by directory in the order of their names (so the
 * days of a camera come in order); symbolic links are not followed, our own .tyto and the
 * thumbnails are passed over, and what vanishes meanwhile is no error. FALSE with
 * TYTO_ERROR_STORAGE when a directory cannot be read, G_IO_ERROR_CANCELLED, or without error when
 * @visit said so. */
gboolean tyto_spool_walk (const char *directory, TytoSpoolVisit visit, gpointer user_data,
                          GCancellable *cancellable, GError **error);

G_END_DECLS
