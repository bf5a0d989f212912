/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-slot.h: the place of one worker: the cameras it shall record, and the process that
 * does, started again when it dies.
 *
 * It is told what each camera shall be recorded with and brings its worker to that, one step at a
 * time for each camera (absent → adding → present → removing → absent), whatever the order in which
 * wishes and news come. A camera whose settings change is removed, its segment finished, and added
 * again.
 *
 * A worker that an earlier tytod started is adopted: tyto_worker_slot_adopt(); at "adopted" it has
 * told what it records; its cameras are set, and go on without interruption where their settings
 * are the same; tyto_worker_slot_settle() takes the news it has kept and removes what nobody wants.
 */
#pragma once

#include "recorder/cameras/tyto-camera.h"
#include "recorder/tyto-entry-queue.h"
#include "recorder/workers/tyto-worker-process.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_SLOT (tyto_worker_slot_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerSlot, tyto_worker_slot, TYTO, WORKER_SLOT, GObject)

/**
 * Signals: "settled" (TytoCamera *camera): nothing is under way for it; "released" (TytoCamera
 * *camera): it was to be let go, the worker has none of it and the slot has forgotten it;
 * "adopted"; "died": its worker has died or was ended to be started anew, and its cameras know;
 * "ended": its process is gone after tyto_worker_slot_shutdown(), or the slot is empty,
 * or there was no worker to adopt.
 */

/* @launcher, @entries (where its news go): referenced. @number: which slot, from 1. */
TytoWorkerSlot *
tyto_worker_slot_new (TytoWorkerLauncher *launcher, TytoEntryQueue *entries, guint number);

/* Takes over the worker that may be listening at the slot's socket: "adopted" or "ended". */
void tyto_worker_slot_adopt (TytoWorkerSlot *self);
gboolean tyto_worker_slot_is_adopting (TytoWorkerSlot *self); /* neither has come yet */
/* Whether the worker adopted told of @camera; until tyto_worker_slot_settle(). */
gboolean tyto_worker_slot_has_adopted (TytoWorkerSlot *self, const char *camera);
void tyto_worker_slot_settle (TytoWorkerSlot *self);

/* Records @camera with @settings (tyto_capture_settings_new()); NULL lets it go. */
void tyto_worker_slot_set (TytoWorkerSlot *self, TytoCamera *camera, GVariant *settings);

/* Takes @camera out of a slot whose worker has died, for another slot: its settings (transfer
 * full), or NULL when it is being let go here. */
GVariant *tyto_worker_slot_give (TytoWorkerSlot *self, TytoCamera *camera);

/* Whether a step is under way for @camera, or one that stands before it can be let go. */
gboolean tyto_worker_slot_is_settled (TytoWorkerSlot *self, TytoCamera *camera);

/* At "died": how often it has lately, see #TytoRestartPolicy. */
guint tyto_worker_slot_get_n_deaths (TytoWorkerSlot *self);

/* One of its cameras may be what killed the worker of a slot that was split: its worker is started
 * soon, as after a first death, and for a while the slot is for no other cameras. */
void tyto_worker_slot_suspect (TytoWorkerSlot *self);
gboolean tyto_worker_slot_is_suspect (TytoWorkerSlot *self); /* or it is parked */

/* Starts a parked or waiting worker now. */
void tyto_worker_slot_retry (TytoWorkerSlot *self);

/* Ends the process, its segments finished, and starts it anew as if it had died: @why. */
void tyto_worker_slot_restart (TytoWorkerSlot *self, const char *why);

/* Lets go of @camera, its segment finished, and takes it up again. */
void tyto_worker_slot_restart_camera (TytoWorkerSlot *self, TytoCamera *camera, const char *why);

/* Finishes all segments and ends the process; then "ended". The cameras stay known. */
void tyto_worker_slot_shutdown (TytoWorkerSlot *self);
/* Hangs up; the process records on. The slot is of no use any more. */
void tyto_worker_slot_leave (TytoWorkerSlot *self);
/* Ends the process by SIGKILL. */
void tyto_worker_slot_kill (TytoWorkerSlot *self);

guint tyto_worker_slot_get_number (TytoWorkerSlot *self);
guint tyto_worker_slot_get_n_cameras (TytoWorkerSlot *self);
GPtrArray *tyto_worker_slot_list_cameras (TytoWorkerSlot *self); /* (transfer full) */
gboolean tyto_worker_slot_is_running (TytoWorkerSlot *self);     /* it has a process */

/* The link when the worker records @camera, else NULL. (transfer none) */
TytoLinkWorker1 *tyto_worker_slot_get_link (TytoWorkerSlot *self, TytoCamera *camera);

G_END_DECLS
