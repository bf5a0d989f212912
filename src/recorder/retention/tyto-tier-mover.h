/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-tier-mover.h: moves recordings from output-dir to slow-dir, slow-after-minutes after their
 * end: one at a time, the oldest first, safely (tyto-tier-move.h).
 *
 * While slow-dir is away, full or another recorder's, recordings stay where they are, the alert
 * "tier" stands, and it is tried again.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/settings/tyto-settings.h"
#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_TYPE_TIER_MOVER (tyto_tier_mover_get_type ())
G_DECLARE_FINAL_TYPE (TytoTierMover, tyto_tier_mover, TYTO, TIER_MOVER, GObject)

/* What is under way is kept in the state directory of @settings. */
TytoTierMover *
tyto_tier_mover_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts);

/* Ends a move that a crash cut short. Before files and catalogue are compared; the catalogue is
 * open. Never fails: what cannot be ended now is when its directory is back. */
void tyto_tier_mover_settle_async (TytoTierMover *self, GAsyncReadyCallback callback,
                                   gpointer user_data);
void tyto_tier_mover_settle_finish (TytoTierMover *self, GAsyncResult *result);

/* Moves from now on, as slow-dir and slow-after-minutes say. */
void tyto_tier_mover_start (TytoTierMover *self);
/* What is being copied is given up, and settled at the next start. */
void tyto_tier_mover_stop (TytoTierMover *self);

/* Files and rows are being compared: no file goes from where its row was seen until as many calls
 * have said that they no longer are. What is being copied waits. */
void tyto_tier_mover_pause (TytoTierMover *self);
void tyto_tier_mover_unpause (TytoTierMover *self);

/* Whether the segment @id is on its way. */
gboolean tyto_tier_mover_has (TytoTierMover *self, const char *id);

/* The directories that have been slow-dir, the present one first, NULL-terminated: recordings may
 * be below any of them. (transfer none): until the next change of the settings */
const char *const *tyto_tier_mover_get_directories (TytoTierMover *self);

/* Since the start. */
guint64 tyto_tier_mover_get_moved (TytoTierMover *self);
/* Why nothing is moved now, or NULL. (transfer none) */
const char *tyto_tier_mover_get_failure (TytoTierMover *self);

G_END_DECLS
