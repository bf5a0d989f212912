/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-disk-reclaim.h: makes room in an emergency: deletes the oldest recordings of which the
 * archive has a copy, by their marks (tyto-spool-mark.h), without any database. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoDiskReclaimed: what was done.
 * @files, @bytes: deleted
 * @paths: (element-type utf8 utf8): of the files deleted, as a set
 * @enough: at least as many bytes as were asked for; else nothing more may be deleted
 */
typedef struct {
  guint64 files;
  guint64 bytes;
  GHashTable *paths;
  gboolean enough;
} TytoDiskReclaimed;

/* Deletes archived recordings below @directory, the one written longest ago first, until @bytes are
 * reclaimed or none is left; in a thread. TYTO_ERROR_STORAGE. */
void tyto_disk_reclaim_async (const char *directory, guint64 bytes, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
/* @reclaimed: filled in either case; its paths are transferred, and may be NULL. */
gboolean
tyto_disk_reclaim_finish (GAsyncResult *result, TytoDiskReclaimed *reclaimed, GError **error);

G_END_DECLS
