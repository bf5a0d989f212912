/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-retention.h: keeps recordings as long as was promised and no longer: the daily run at
 * retention-time, runs on demand, what is to be deleted when, and alerts: "retention" (something
 * could not be deleted), "retention-plan" (of a camera: its plan is not known) and
 * "retention-promise" (a disk is too small for what was promised).
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/archive/tyto-archive-target.h"
#include "recorder/retention/tyto-broadcast-expiry.h"
#include "recorder/retention/tyto-retention-outlook.h"
#include "recorder/retention/tyto-tier-mover.h"

G_BEGIN_DECLS

#define TYTO_TYPE_RETENTION (tyto_retention_get_type ())
G_DECLARE_FINAL_TYPE (TytoRetention, tyto_retention, TYTO, RETENTION, GObject)

/* Property "busy" (boolean, read-only, notifies): something is being deleted. */

/* When the last daily run was is kept in the state directory of @settings. @mover: what it has in
 * hand is left alone. */
TytoRetention *tyto_retention_new (TytoSettings *settings, TytoCatalogue *catalogue,
                                   TytoAlerts *alerts, TytoTierMover *mover);

/* What has the objects while storage-service-url is set and no object store is. */
void tyto_retention_set_service (TytoRetention *self, TytoArchiveTarget *service);

/* Who deletes broadcasts (copied); before that none is deleted. */
void tyto_retention_set_broadcasts (TytoRetention *self, const TytoBroadcastRemover *remover);

/* From now on: what was marked earlier is deleted, and daily runs. The catalogue is open, and files
 * and rows agree. */
void tyto_retention_start (TytoRetention *self);
void tyto_retention_stop (TytoRetention *self);

/* Files and rows are being compared: no run begins until as many calls have said that they no
 * longer are. One that is under way goes on. */
void tyto_retention_pause (TytoRetention *self);
void tyto_retention_unpause (TytoRetention *self);

/* Begins a run over all cameras and broadcasts, or @camera alone. TYTO_ERROR_WRONG_STATE while one
 * runs, TYTO_ERROR_UNAVAILABLE when not started, NOT_FOUND: nothing is known of @camera. */
gboolean tyto_retention_begin (TytoRetention *self, const char *camera, GError **error);

/* What a run would delete: see tyto_retention_run_to_variant(). @list: each segment. (transfer
 * full) */
void tyto_retention_preview_async (TytoRetention *self, const char *camera, gboolean list,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
GVariant *tyto_retention_preview_finish (TytoRetention *self, GAsyncResult *result, GError **error);

/* a{sv}: time s, next_run_at s, last_run a{sv} (absent: there was none), deleted_segments t,
 * deleted_bytes t, deleted_broadcasts t (since the start), broadcast_days t (0: for ever), archive
 * b, moved_segments t (to slow-dir, since the start), disks and cameras: see
 * tyto-retention-outlook.h. (transfer full) */
void tyto_retention_describe_async (TytoRetention *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
GVariant *
tyto_retention_describe_finish (TytoRetention *self, GAsyncResult *result, GError **error);

/* Deletes one segment, however old. TYTO_ERROR_NOT_FOUND; TYTO_ERROR_WRONG_STATE: a clip keeps it,
 * or it is being moved; else why its object or file could not be removed: it is no longer shown,
 * and tried again. */
void tyto_retention_delete_async (TytoRetention *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_retention_delete_finish (TytoRetention *self, GAsyncResult *result, GError **error);

/* The last run, which may be under way (transfer full), or NULL. */
GVariant *tyto_retention_get_last_run (TytoRetention *self);

/* What was last seen, at most some minutes ago; NULL before the first look. (transfer none) */
const TytoRetentionOutlook *tyto_retention_get_outlook (TytoRetention *self);
guint64 tyto_retention_get_deleted_segments (TytoRetention *self);
guint64 tyto_retention_get_deleted_bytes (TytoRetention *self);
guint64 tyto_retention_get_deleted_broadcasts (TytoRetention *self);

/* That of the directories of recordings below which @path lies, or output-dir. (transfer full) */
char *tyto_retention_get_root (TytoRetention *self, const char *path);

G_END_DECLS
