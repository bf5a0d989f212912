/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-slot.h: the place of one worker: the cameras it shall record, and the process that
 * does, started again when it dies.
 *
 * It is told what each camera shall be recorded with and brings its worker to that, one step at a
 * time for each camera (absent → adding → present → removing → absent), whatever the order in which
 * wishes and news come. A camera whose settings change is removed, its segment finished, and added
 * again.
 */
#pragma once

#include "recorder/tyto-camera.h"
#include "recorder/tyto-worker-process.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_SLOT (tyto_worker_slot_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerSlot, tyto_worker_slot, TYTO, WORKER_SLOT, GObject)

/**
 * Signals: "settled" (TytoCamera *camera): nothing is under way for it; "released" (TytoCamera
 * *camera): it was to be let go, the worker has none of it and the slot has forgotten it; "ended":
 * its process is gone after tyto_worker_slot_shutdown(), or the slot is empty.
 */

/* @launcher: referenced. @number: which slot, from 1. */
TytoWorkerSlot *tyto_worker_slot_new (TytoWorkerLauncher *launcher, guint number);

/* Records @camera with @settings (tyto_capture_settings_new()); NULL lets it go. */
void tyto_worker_slot_set (TytoWorkerSlot *self, TytoCamera *camera, GVariant *settings);

/* Whether a step is under way for @camera, or one that stands before it can be let go. */
gboolean tyto_worker_slot_is_settled (TytoWorkerSlot *self, TytoCamera *camera);

/* Starts a parked or waiting worker now. */
void tyto_worker_slot_retry (TytoWorkerSlot *self);

/* Finishes all segments and ends the process; then "ended". The cameras stay known. */
void tyto_worker_slot_shutdown (TytoWorkerSlot *self);
/* Ends the process by SIGKILL. */
void tyto_worker_slot_kill (TytoWorkerSlot *self);

guint tyto_worker_slot_get_number (TytoWorkerSlot *self);
guint tyto_worker_slot_get_n_cameras (TytoWorkerSlot *self);
gboolean tyto_worker_slot_is_running (TytoWorkerSlot *self); /* it has a process */

/* The link when the worker records @camera, else NULL. (transfer none) */
TytoLinkWorker1 *tyto_worker_slot_get_link (TytoWorkerSlot *self, TytoCamera *camera);

G_END_DECLS
