/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-broadcast-expiry.h: goes through the broadcasts once and has those deleted that are no
 * longer kept, or only tells which they are.
 *
 * A broadcast is kept for the service's days from its completion on, that of a user with a plan for
 * that plan's. A plan that is not known is a mistake of somebody: nothing is deleted by it. What a
 * clip keeps, what has failed and what is not over stays.
 */
#pragma once

#include "recorder/retention/tyto-retention-mode.h"
#include "recorder/retention/tyto-retention-policy.h"
#include "store/tyto-catalogue-broadcasts.h"

G_BEGIN_DECLS

#define TYTO_TYPE_BROADCAST_EXPIRY (tyto_broadcast_expiry_get_type ())
G_DECLARE_FINAL_TYPE (TytoBroadcastExpiry, tyto_broadcast_expiry, TYTO, BROADCAST_EXPIRY, GObject)

/**
 * TytoBroadcastRemover: who deletes a broadcast: object, files and rows.
 * @source: (not owned): what is given to both
 * @remove: TYTO_ERROR_NOT_FOUND: there is none any more; WRONG_STATE: it must stay now
 */
typedef struct {
  gpointer source;
  void (*remove) (gpointer source, const char *id, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data);
  gboolean (*remove_finish) (gpointer source, GAsyncResult *result, GError **error);
} TytoBroadcastRemover;

/* @plans: its days are those of broadcasts (0: for ever). @remover: copied; needed to delete.
 * @now_us: by which ages are judged. */
TytoBroadcastExpiry *
tyto_broadcast_expiry_new (TytoCatalogue *catalogue, const TytoRetentionPlans *plans,
                           const TytoBroadcastRemover *remover, TytoRetentionMode mode,
                           gint64 now_us);

/* Once. The error is the first failure: others were gone on with. */
void tyto_broadcast_expiry_begin_async (TytoBroadcastExpiry *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_broadcast_expiry_begin_finish (TytoBroadcastExpiry *self, GAsyncResult *result,
                                             GError **error);

/* How many went so far; of a preview: would go. */
guint64 tyto_broadcast_expiry_get_count (TytoBroadcastExpiry *self);

/* Adds broadcasts t, broadcast_bytes t, broadcasts_failed t (those that are still there), and
 * broadcast_items aa{sv} (TYTO_RETENTION_LIST: id, stream_key, user_id, started_at, completed_at,
 * bytes) to @dict. */
void tyto_broadcast_expiry_describe (TytoBroadcastExpiry *self, GVariantDict *dict);

G_END_DECLS
