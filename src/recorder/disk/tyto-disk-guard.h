/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-disk-guard.h: what is done about a disk that fills up: alerts "disk-space" and "disk-full",
 * the emergency clean-up of what is archived, and the reserve of the catalogue.
 *
 * Workers keep to the floor by themselves: they open no segment below it and go on when there is
 * room again.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/disk/tyto-disk-space.h"
#include "recorder/tyto-entry-queue.h"
#include "recorder/settings/tyto-settings.h"

G_BEGIN_DECLS

#define TYTO_TYPE_DISK_GUARD (tyto_disk_guard_get_type ())
G_DECLARE_FINAL_TYPE (TytoDiskGuard, tyto_disk_guard, TYTO, DISK_GUARD, GObject)

/* Signal "reclaimed" (guint64 files, guint64 bytes, GHashTable *paths: a set of those that were
 * deleted). */

/* Follows "disk-floor-mib", "disk-floor-percent", "disk-warn-percent" and "disk-critical-percent"
 * of @settings, and "output-dir". @state_dir: of the catalogue. */
TytoDiskGuard *
tyto_disk_guard_new (TytoSettings *settings, TytoDiskSpace *space, TytoEntryQueue *entries,
                     TytoAlerts *alerts, const char *state_dir);

/* @camera pauses for want of room, or goes on: the alert does not wait for the next look at the
 * disk, and stands while one pauses. @detail: why; NULL for nothing to say. */
void tyto_disk_guard_set_paused (TytoDiskGuard *self, const char *camera, gboolean paused,
                                 const char *detail);

/* What was reclaimed since the start. */
guint64 tyto_disk_guard_get_reclaimed_files (TytoDiskGuard *self);
guint64 tyto_disk_guard_get_reclaimed_bytes (TytoDiskGuard *self);

G_END_DECLS
