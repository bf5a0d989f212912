/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-spool-keeper.h: keeps the output directory and the catalogue together: claims the directory
 * for the catalogue and runs the recoveries, one of a kind at a time.
 *
 * A directory that cannot be used now (its disk is away, not writable) is tried again every 5 s,
 * with an alert "recordings"; once it is there, it is recovered.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/tyto-entry-queue.h"
#include "recorder/spool/tyto-recovery.h"

G_BEGIN_DECLS

#define TYTO_TYPE_SPOOL_KEEPER (tyto_spool_keeper_get_type ())
G_DECLARE_FINAL_TYPE (TytoSpoolKeeper, tyto_spool_keeper, TYTO, SPOOL_KEEPER, GObject)

/* Signals: "begins" (TytoRecovery *recovery): it may be told what is live; "segment" (TytoSegment
 * *segment): see tyto-recovery.h; "ended" (TytoRecovery *recovery). */

/* @entries: what is queued there is waited for before anything is compared. */
TytoSpoolKeeper *
tyto_spool_keeper_new (TytoCatalogue *catalogue, TytoEntryQueue *entries, TytoAlerts *alerts);

/* Claims @directory, in the place of the one before. The catalogue is open.
 * TYTO_ERROR_ALREADY_EXISTS when it is another's: the one before is kept. That it cannot be used
 * now is no error. */
void tyto_spool_keeper_claim_async (TytoSpoolKeeper *self, const char *directory,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_spool_keeper_claim_finish (TytoSpoolKeeper *self, GAsyncResult *result, GError **error);

/* Recovers by itself: @mode OPEN after a worker's death, START at a start. */
void tyto_spool_keeper_recover (TytoSpoolKeeper *self, TytoRecoveryMode mode);

/* The same as OPEN, in some seconds: a worker that lives may have given up a file. */
void tyto_spool_keeper_recover_later (TytoSpoolKeeper *self);

/* Begins a recovery for a person: CHECK or REBUILD. TYTO_ERROR_WRONG_STATE while another one runs,
 * TYTO_ERROR_STORAGE while the directory cannot be used. */
gboolean tyto_spool_keeper_begin (TytoSpoolKeeper *self, TytoRecoveryMode mode, GError **error);

/* Whether a recovery of the whole runs. */
gboolean tyto_spool_keeper_is_running (TytoSpoolKeeper *self);

/* The report of the last recovery of the whole, which may be running (transfer none), or NULL. */
TytoRecoveryReport *tyto_spool_keeper_get_report (TytoSpoolKeeper *self);

/* Ends what is under way; nothing begins any more. */
void tyto_spool_keeper_cancel (TytoSpoolKeeper *self);
/* The same; done when no thread of ours is left. */
void tyto_spool_keeper_stop_async (TytoSpoolKeeper *self, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean
tyto_spool_keeper_stop_finish (TytoSpoolKeeper *self, GAsyncResult *result, GError **error);

G_END_DECLS
