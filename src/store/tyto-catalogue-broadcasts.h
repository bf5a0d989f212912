/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-broadcasts.h: broadcasts in the catalogue: tables recordings, broadcasts and
 * broadcast_gaps. The rules of tyto-catalogue.h hold; the finish function of all that change
 * something is tyto_catalogue_enter_finish().
 */
#pragma once

#include "store/tyto-broadcast.h"
#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

/* Enters @broadcast, or makes the one of its id what it says, all of it. The record is referenced,
 * not copied. ALREADY_EXISTS: another one has its object. WRONG_STATE: it is to be deleted
 * (deleting_us), but a clip keeps it. INVALID_ARGUMENT: an id that is no UUID. */
void tyto_catalogue_put_broadcast_async (TytoCatalogue *self, TytoBroadcast *broadcast,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
/* The same, and its gaps are @gaps (element-type TytoBroadcastGap), all of them, in one
 * transaction. */
void tyto_catalogue_put_broadcast_gaps_async (TytoCatalogue *self, TytoBroadcast *broadcast,
                                              GPtrArray *gaps, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
/* Its rows go; no error when there are none. WRONG_STATE: a clip keeps it. */
void tyto_catalogue_delete_broadcast_async (TytoCatalogue *self, const char *id,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);

/* TYTO_ERROR_NOT_FOUND (of one that is being deleted too). (transfer full) */
void
tyto_catalogue_get_broadcast_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
TytoBroadcast *
tyto_catalogue_get_broadcast_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);

/**
 * TytoBroadcastQuery: which to list, the newest start first.
 * @status, @stream_id, @stream_key, @user_id: NULL for all; INVALID_ARGUMENT for a status or a UUID
 * that is none
 * @from_us, @to_us: those that started in [from, to); -1 for no bound
 * @cursor: where the page before ended (opaque), NULL for the first; @limit: 1–1000
 */
typedef struct {
  const char *status;
  const char *stream_id;
  const char *stream_key;
  const char *user_id;
  gint64 from_us;
  gint64 to_us;
  const char *cursor;
  guint limit;
} TytoBroadcastQuery;

#define TYTO_BROADCAST_QUERY_INIT                                                                  \
  {                                                                                                \
    NULL, NULL, NULL, NULL, -1, -1, NULL, 100                                                      \
  }

/* (element-type TytoBroadcast), without those that are being deleted. @next: (out) (transfer full):
 * the next page's cursor, NULL after the last. INVALID_ARGUMENT: the cursor. */
void tyto_catalogue_list_broadcasts_async (TytoCatalogue *self, const TytoBroadcastQuery *query,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
GPtrArray *tyto_catalogue_list_broadcasts_finish (TytoCatalogue *self, GAsyncResult *result,
                                                  char **next, GError **error);
/* All that something has still to be done for: recording or processing, import waiting, or being
 * deleted. The oldest first. */
void tyto_catalogue_list_open_broadcasts_async (TytoCatalogue *self, GCancellable *cancellable,
                                                GAsyncReadyCallback callback, gpointer user_data);
/* With status completed, since before @before_us, kept by no clip, not being deleted; of the users
 * in
 * @only (NULL-terminated; NULL: of all) and of none in @but (NULL: none). The first completed
 * first, those behind @after (NULL: from the first); @limit: 1–1000. */
void
tyto_catalogue_list_expired_broadcasts_async (TytoCatalogue *self, gint64 before_us,
                                              const char *const *only, const char *const *but,
                                              const TytoBroadcast *after, guint limit,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
/* The newest start of @stream_id, or else of @stream_key (each NULL: not asked for), as a list of
 * one or none; one that is being deleted too. */
void tyto_catalogue_find_broadcast_async (TytoCatalogue *self, const char *stream_id,
                                          const char *stream_key, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);

/* (element-type TytoBroadcastGap), in order. */
void tyto_catalogue_list_broadcast_gaps_async (TytoCatalogue *self, const char *id,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);

/* By status: how many there are, and the bytes of the completed. */
typedef struct {
  guint64 recording;
  guint64 processing;
  guint64 completed;
  guint64 failed;
  guint64 bytes;
} TytoBroadcastTotals;
void tyto_catalogue_count_broadcasts_async (TytoCatalogue *self, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_catalogue_count_broadcasts_finish (TytoCatalogue *self, GAsyncResult *result,
                                                 TytoBroadcastTotals *totals, GError **error);

G_END_DECLS
