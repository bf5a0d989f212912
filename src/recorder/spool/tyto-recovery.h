/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-recovery.h: compares the files of the output directory with the catalogue and brings them
 * together, in a thread of its own and of low priority, so that it may take its time beside the
 * recording.
 *
 * What workers left unfinished comes first. Then each row's file is looked for, then the whole
 * directory is walked. Nothing that holds a byte is ever deleted. A row whose file is gone and that
 * has an object is of tier "archive" from then on; one that has neither becomes a gap.
 */
#pragma once

#include "recorder/spool/tyto-recovery-report.h"
#include "recorder/spool/tyto-spool.h"
#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_RECOVERY (tyto_recovery_get_type ())
G_DECLARE_FINAL_TYPE (TytoRecovery, tyto_recovery, TYTO, RECOVERY, GObject)

/* Signal "segment" (TytoSegment *segment), in the context in which it was started: what a worker
 * left unfinished, or finished and did not tell, is in the catalogue now. */

/* @spool: claimed. To be run once. */
TytoRecovery *tyto_recovery_new (TytoCatalogue *catalogue, TytoSpool *spool, TytoRecoveryMode mode);

/* A worker that lives records @run: what is open of it is left alone. Before the start. */
void tyto_recovery_add_live (TytoRecovery *self, const char *run);

/* A second directory of recordings (tier "slow"), claimed for the catalogue as the spool is. Before
 * the start. */
void tyto_recovery_add_slow_directory (TytoRecovery *self, const char *directory);

/* A camera's segment is or was at @path: what a worker left beside it without having told of it is
 * mended too (TYTO_RECOVERY_OPEN; the other modes look everywhere). Before the start. */
void tyto_recovery_add_path (TytoRecovery *self, const char *path);

/* The report may be read while it runs. (transfer none) */
TytoRecoveryReport *tyto_recovery_get_report (TytoRecovery *self);

/* Whether a file was passed over that is so young that its worker may be about to tell of it: it
 * should be looked at again in some seconds. */
gboolean tyto_recovery_has_young (TytoRecovery *self);

/* Whether it got to the end of what workers left unfinished: all of it is mended and entered, or
 * will never be. Once it has ended. */
gboolean tyto_recovery_has_mended (TytoRecovery *self);

/* Errors: what made it end early; single files that fail are in the report. */
void tyto_recovery_run_async (TytoRecovery *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_recovery_run_finish (TytoRecovery *self, GAsyncResult *result, GError **error);

G_END_DECLS
