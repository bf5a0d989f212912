/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-spool.h: the output directory: one recorder at a time, and which catalogue it belongs to.
 *
 * DIRECTORY/.tyto/lock is held (flock(2)) while the spool is claimed; DIRECTORY/.tyto/id has the id
 * of the catalogue that knows its files, and since when. So neither a second recorder nor the wrong
 * database ever records into it, and a disk that is not mounted is not taken for one whose files
 * were deleted.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_SPOOL (tyto_spool_get_type ())
G_DECLARE_FINAL_TYPE (TytoSpool, tyto_spool, TYTO, SPOOL, GObject)

/* The directory below the output directory that holds no recordings. */
#define TYTO_SPOOL_DIR ".tyto"

/**
 * TytoSpoolClaim: what the directory was when it was claimed.
 * TYTO_SPOOL_OURS: it has this catalogue's id
 * TYTO_SPOOL_NEW: it had no id, and has this one now
 * TYTO_SPOOL_INHERITED: it had another catalogue's id and this catalogue was empty: the one before
 * was lost; it has this one's id now
 */
typedef enum {
  TYTO_SPOOL_OURS,
  TYTO_SPOOL_NEW,
  TYTO_SPOOL_INHERITED,
} TytoSpoolClaim;

/* @directory: absolute; made by the claim when it is missing. */
TytoSpool *tyto_spool_new (const char *directory);

const char *tyto_spool_get_directory (TytoSpool *self);

/* Locks the directory and compares its id with @catalogue_id, in a thread. @empty: the catalogue
 * has no segments: it may inherit the directory. Let go of by the object's end.
 * TYTO_ERROR_ALREADY_EXISTS: another recorder has it, or it belongs to another catalogue: nothing
 * must be recorded into it. TYTO_ERROR_STORAGE: it cannot be read or written now. */
void tyto_spool_claim_async (TytoSpool *self, const char *catalogue_id, gboolean empty,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean tyto_spool_claim_finish (TytoSpool *self, GAsyncResult *result, TytoSpoolClaim *claim,
                                  GError **error);

/* Whether a claim succeeded, and what it found. */
gboolean tyto_spool_is_claimed (TytoSpool *self);
TytoSpoolClaim tyto_spool_get_claim (TytoSpool *self);

/* Since when the directory has had this catalogue's id, wall clock, µs since the Unix epoch: files
 * of older rows were never in it if they are not there now. */
gint64 tyto_spool_get_since_us (TytoSpool *self);

/* Whether the directory that was claimed is still there: its disk was not taken away meanwhile. For
 * any thread once it is claimed; blocking. */
gboolean tyto_spool_is_there (TytoSpool *self);

/* Whether @path lies below the directory. */
gboolean tyto_spool_contains (TytoSpool *self, const char *path);

G_END_DECLS
