/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-archive.h: what of the catalogue is in the archive, and what still has to go.
 *
 * The upload queue is the catalogue itself: each finished segment and each thumbnail without an
 * object waits, from the transaction that entered it on; only tries that failed or began leave a
 * row of their own. The rules of tyto-catalogue.h hold; the finish function of all that change
 * something is tyto_catalogue_enter_finish().
 */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-upload.h"

G_BEGIN_DECLS

/* Those due at @now_us: not in the archive, with a local file, not being deleted. The oldest first,
 * or the @newest; at most @limit (1–1000). (element-type TytoUpload) (transfer full) */
void tyto_catalogue_list_due_uploads_async (TytoCatalogue *self, gint64 now_us, gboolean newest,
                                            guint limit, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
/* Those that were begun or failed, whenever they are due, the longest waiting first. */
void tyto_catalogue_list_tried_uploads_async (TytoCatalogue *self, guint limit,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);

/* TytoUploadTotals: what waits for the archive. @oldest_us: start of the oldest, -1 for none. */
typedef struct {
  guint64 segments;
  guint64 bytes; /* of the segments */
  guint64 thumbnails;
  guint64 tried; /* of both: begun or failed at least once */
  gint64 oldest_us;
} TytoUploadTotals;

void tyto_catalogue_count_uploads_async (TytoCatalogue *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_catalogue_count_uploads_finish (TytoCatalogue *self, GAsyncResult *result,
                                              TytoUploadTotals *totals, GError **error);

/* @id goes to @key; @upload: the multipart upload's id at the server, "" for none (any more). Kept
 * before the first part is sent, so that a restart resumes or aborts it. TYTO_ERROR_NOT_FOUND;
 * ALREADY_EXISTS: another recording has or goes to that key. */
void tyto_catalogue_begin_upload_async (TytoCatalogue *self, const char *id, const char *key,
                                        const char *upload, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
/* A try failed: tries + 1, not again before @due_us. TYTO_ERROR_NOT_FOUND. */
void tyto_catalogue_fail_upload_async (TytoCatalogue *self, const char *id, gint64 due_us,
                                       const char *last_error, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
/* All that wait for a later try are due now. */
void
tyto_catalogue_hurry_uploads_async (TytoCatalogue *self, gint64 now_us, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* It is in the archive as @key, compared; the segment is archived from now on (uploaded_us =
 * @now_us). @sha256: of the file. TYTO_ERROR_NOT_FOUND: the row is gone or
 * going: the object is a stray; ALREADY_EXISTS: it is there with another key. Telling it again is
 * no error. */
void
tyto_catalogue_finish_upload_async (TytoCatalogue *self, const char *id, const char *key,
                                    const char *sha256, gint64 now_us, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);

/* Segments (element-type TytoSegment) with a local file that are in the archive since before
 * @before_us, the oldest first. */
void tyto_catalogue_list_evictable_async (TytoCatalogue *self, gint64 before_us, guint limit,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
/* Segments of tier fast that ended before @before_us, the oldest first. */
void tyto_catalogue_list_movable_async (TytoCatalogue *self, gint64 before_us, guint limit,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);

/* The segment's file is at @path now, in @tier ("fast", "slow"), or nowhere local ("archive"; @path
 * stays as it was when NULL). TYTO_ERROR_NOT_FOUND; WRONG_STATE: "archive" without an object. */
void tyto_catalogue_set_place_async (TytoCatalogue *self, const char *id, const char *tier,
                                     const char *path, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
