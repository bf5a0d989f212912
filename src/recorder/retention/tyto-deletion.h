/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-deletion.h: deletes recordings in the one order that may be cut anywhere: rows marked (from
 * then on nothing shows them) → objects and files removed → rows gone. What fails keeps its mark
 * and can be gone through again.
 */
#pragma once

#include "recorder/archive/tyto-archive-target.h"
#include "store/s3/tyto-s3-client.h"
#include "store/tyto-catalogue-retention.h"

G_BEGIN_DECLS

/* The most at a time: as many as one request of the S3 API deletes. */
#define TYTO_DELETION_MAX 1000

/**
 * TytoDeleted: what became of a batch.
 * @segments, @bytes: gone; bytes of each once, wherever it was
 * @kept: a clip keeps them, or they went meanwhile: nothing was done
 * @failed: still marked
 */
typedef struct {
  guint64 segments;
  guint64 bytes;
  guint64 kept;
  guint64 failed;
} TytoDeleted;

/**
 * TytoDeletionPlace: what is deleted from.
 * @roots: directories of recordings, NULL-terminated: nothing outside of them is touched
 * @store: the object store; NULL when there is none
 * @service: what else has the objects; NULL too: what has an object then stays marked
 */
typedef struct {
  TytoCatalogue *catalogue;
  TytoS3Client *store;
  TytoArchiveTarget *service;
  const char *const *roots;
} TytoDeletionPlace;

/* Deletes @segments (element-type TytoSegment), at most TYTO_DELETION_MAX. @marked: their rows are.
 * The array is referenced and must not change, what @place names is referenced or copied. */
void tyto_deletion_segments_async (const TytoDeletionPlace *place, GPtrArray *segments,
                                   gboolean marked, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* @deleted: (out): filled in either case. FALSE when the rows could not be marked or deleted, or
 * some objects or files could not be removed: TYTO_ERROR_STORAGE with the first reason, or what the
 * object store said. */
gboolean tyto_deletion_segments_finish (GAsyncResult *result, TytoDeleted *deleted, GError **error);

/* The same with thumbnails (element-type TytoUpload), whose rows need no mark: nothing else follows
 * from them. */
void tyto_deletion_thumbnails_async (const TytoDeletionPlace *place, GPtrArray *thumbnails,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);

/* Whether after @error the rest need not be tried: the catalogue or the whole object store fails,
 * or it was cancelled. */
gboolean tyto_deletion_is_fatal (const GError *error);

/* Goes through all segments that are marked. The out parameter and the error are as above. */
void tyto_deletion_resume_async (const TytoDeletionPlace *place, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_deletion_resume_finish (GAsyncResult *result, TytoDeleted *deleted, GError **error);

G_END_DECLS
