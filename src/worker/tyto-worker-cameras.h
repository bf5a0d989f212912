/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-cameras.h: the cameras that a worker records; what they tell goes to its teller. */
#pragma once

#include "worker/tyto-capture.h"
#include "worker/tyto-worker-teller.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_CAMERAS (tyto_worker_cameras_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerCameras, tyto_worker_cameras, TYTO, WORKER_CAMERAS, GObject)

TytoWorkerCameras *tyto_worker_cameras_new (TytoWorkerTeller *teller);

/* Records @camera, which is not recorded yet, by @settings (transfer full), as @dict told them. */
void tyto_worker_cameras_add (TytoWorkerCameras *self, const char *camera, GVariant *dict,
                              TytoCaptureSettings *settings);

/* Forgets a capture that has stopped. FALSE when it was forgotten before. */
gboolean tyto_worker_cameras_remove (TytoWorkerCameras *self, TytoCapture *capture);

/* All of them, as they are; nothing is told of them any more. */
void tyto_worker_cameras_drop (TytoWorkerCameras *self);

/* (transfer none) (nullable) */
TytoCapture *tyto_worker_cameras_look_up (TytoWorkerCameras *self, const char *camera);
guint tyto_worker_cameras_get_n (TytoWorkerCameras *self);

/* (element-type TytoCapture) (transfer container) */
GList *tyto_worker_cameras_list (TytoWorkerCameras *self);

/* What GetStatistics answers (a{sa{sv}}, floating): of those that are being recorded. */
GVariant *tyto_worker_cameras_get_statistics (TytoWorkerCameras *self);

/* What Statistics tells of the same (a{s(sxbxttttt)}, floating). */
GVariant *tyto_worker_cameras_get_figures (TytoWorkerCameras *self);

G_END_DECLS
