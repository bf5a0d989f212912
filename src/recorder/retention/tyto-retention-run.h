/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-retention-run.h: goes through the cameras, then the broadcasts, once and deletes what is no
 * longer kept, or only tells what that would be.
 *
 * Of each camera: the segments that ended before its days, and the oldest beyond its bytes, clips
 * left alone and not counted; thumbnails of the same time; and what the catalogue tells of a time
 * of which nothing is left. What earlier runs could not finish is gone through first.
 */
#pragma once

#include "recorder/retention/tyto-broadcast-expiry.h"
#include "recorder/retention/tyto-deletion.h"
#include "recorder/retention/tyto-retention-policy.h"

G_BEGIN_DECLS

#define TYTO_TYPE_RETENTION_RUN (tyto_retention_run_get_type ())
G_DECLARE_FINAL_TYPE (TytoRetentionRun, tyto_retention_run, TYTO, RETENTION_RUN, GObject)

/* Whether the segment @id must be left alone just now: it is found again next time. */
typedef gboolean (*TytoRetentionBusy) (const char *id, gpointer user_data);

/* @now_us: by which ages are judged. */
TytoRetentionRun *
tyto_retention_run_new (const TytoDeletionPlace *place, TytoRetentionMode mode, gint64 now_us);

/* @promise->plan is not kept. Before the run begins. */
void tyto_retention_run_add_camera (TytoRetentionRun *self, const char *camera,
                                    const TytoRetentionPromise *promise);
void
tyto_retention_run_set_busy (TytoRetentionRun *self, TytoRetentionBusy busy, gpointer user_data);

/* The broadcasts, gone through at last; without it they are not. */
void tyto_retention_run_set_expiry (TytoRetentionRun *self, TytoBroadcastExpiry *expiry);

/* Once. Ends with the first failure of the catalogue or the object store, and the error says why:
 * what was done until then is in the report. */
void tyto_retention_run_begin_async (TytoRetentionRun *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_retention_run_begin_finish (TytoRetentionRun *self, GAsyncResult *result, GError **error);

/* So far: of a preview what would go. failed: those that are still there. (transfer none) */
const TytoDeleted *tyto_retention_run_get_done (TytoRetentionRun *self);

/* Broadcasts that are gone. */
guint64 tyto_retention_run_get_broadcasts (TytoRetentionRun *self);

/* As the API shows it (a{sv}, floating): state s (running, done, failed), dry_run b, started_at s,
 * ended_at s (absent while it runs), segments t, bytes t, thumbnails t, failed t (segments that
 * could not be deleted yet), error s (""), cameras aa{sv}: those of which something goes: camera s,
 * segments t, bytes t, thumbnails t, oldest s, newest s (start of each; absent without segments),
 * items aa{sv} (TYTO_RETENTION_LIST: id, start, end, bytes, tier). Thumbnails are counted when they
 * are deleted. When broadcasts are gone through, what tyto_broadcast_expiry_describe() adds. */
GVariant *tyto_retention_run_to_variant (TytoRetentionRun *self);

G_END_DECLS
