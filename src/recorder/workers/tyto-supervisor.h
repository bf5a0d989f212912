/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-supervisor.h: sees that what is configured is recorded: which camera is in which worker.
 *
 * It compares: tyto_supervisor_update() looks at the camera's configuration and the service's
 * settings and brings the workers to it, so it does not matter who changed what, or how often. A
 * camera whose password refers to something that is not there is tried again every 30 s.
 */
#pragma once

#include "recorder/cameras/tyto-camera.h"
#include "recorder/tyto-entry-queue.h"
#include "tyto-worker-link.h"

G_BEGIN_DECLS

#define TYTO_TYPE_SUPERVISOR (tyto_supervisor_get_type ())
G_DECLARE_FINAL_TYPE (TytoSupervisor, tyto_supervisor, TYTO, SUPERVISOR, GObject)

/* See tyto_recorder_new(). @entries: where the workers' news go. */
TytoSupervisor *tyto_supervisor_new (TytoSettings *settings, TytoEntryQueue *entries,
                                     const char *worker_path, const char *run_dir);

/**
 * Takes over the workers that an earlier tytod started, before anything else. Done when each has
 * told what it records, or nobody was there; TRUE always. Then the cameras that are had
 * (tyto_supervisor_has_adopted()) are to be given by tyto_supervisor_update(), and last of all
 * tyto_supervisor_settle_adoption() takes the news that were kept for us, and removes from the
 * workers what is no longer wanted.
 */
void tyto_supervisor_adopt_async (TytoSupervisor *self, GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean tyto_supervisor_adopt_finish (TytoSupervisor *self, GAsyncResult *result, GError **error);
gboolean tyto_supervisor_has_adopted (TytoSupervisor *self, const char *camera);
void tyto_supervisor_settle_adoption (TytoSupervisor *self);

/* Makes what is recorded follow @camera's configuration, now; a parked worker is not started for
 * it. */
void tyto_supervisor_update (TytoSupervisor *self, TytoCamera *camera);

/* The same in its turn: "connect-stagger-ms" apart from each other. */
void tyto_supervisor_update_later (TytoSupervisor *self, TytoCamera *camera);

/* Lets go of @camera for good, whatever its configuration says; tyto_supervisor_update() takes it
 * up again. */
void tyto_supervisor_release (TytoSupervisor *self, TytoCamera *camera);

/* Ends the worker that has @camera, its segments finished, and starts it anew; or the recording of
 * @camera alone. Nothing when no worker has it. @why: for the gap that this makes. */
void tyto_supervisor_restart_worker (TytoSupervisor *self, TytoCamera *camera, const char *why);
void tyto_supervisor_restart_camera (TytoSupervisor *self, TytoCamera *camera, const char *why);

/* Tries again now what waits for its worker to be started again. */
void tyto_supervisor_retry (TytoSupervisor *self, TytoCamera *camera);

/* Done when no step is under way for @camera and what was to be let go is gone: its last news are
 * in by then. TRUE always. */
void tyto_supervisor_settle_async (TytoSupervisor *self, TytoCamera *camera,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_supervisor_settle_finish (TytoSupervisor *self, GAsyncResult *result, GError **error);

/* The link to the worker that has @camera; NULL when none has. (transfer none) */
TytoLinkWorker1 *tyto_supervisor_get_link (TytoSupervisor *self, TytoCamera *camera);

/* Ends all workers, their segments finished; what has not ended after 9 s is killed. */
void tyto_supervisor_shutdown_async (TytoSupervisor *self, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean
tyto_supervisor_shutdown_finish (TytoSupervisor *self, GAsyncResult *result, GError **error);

/* Leaves all workers to themselves: they record on. Nothing is to be asked of the supervisor after
 * it. */
void tyto_supervisor_leave (TytoSupervisor *self);

G_END_DECLS
