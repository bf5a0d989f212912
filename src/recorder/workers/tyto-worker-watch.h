/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-watch.h: looks at each worker and each recording every 5 s, by the rules of
 * tyto-watch-policy.h: what the process uses, by proc(5), and whether the open segment's file
 * grows.
 *
 * It raises and clears high-memory, high-cpu, low-recording-rate and camera-unstable, and asks for
 * what is to be started anew. What it reads it reads in a thread: a disk may be slow to answer.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_WATCH (tyto_worker_watch_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerWatch, tyto_worker_watch, TYTO, WORKER_WATCH, GObject)

/* Signals: "restart-worker" (TytoCamera *camera, const char *why): the worker that has @camera is
 * to finish its segments and to be started anew; "restart-camera" (TytoCamera *camera, const char
 * *why): the recording of @camera alone. */

/* @cameras: (element-type utf8 TytoCamera): referenced, looked through each time. */
TytoWorkerWatch *
tyto_worker_watch_new (TytoSettings *settings, GHashTable *cameras, TytoAlerts *alerts);

/* A run of @camera ended, for @reason (tyto-gap.h). */
void tyto_worker_watch_run_ended (TytoWorkerWatch *self, TytoCamera *camera, const char *reason);

/* A segment of @camera was finished; or it is gone for good. */
void tyto_worker_watch_segment_closed (TytoWorkerWatch *self, TytoCamera *camera);
void tyto_worker_watch_forget (TytoWorkerWatch *self, TytoCamera *camera);

/* Whether something has been written within @limit_us by any of the recordings that are old enough
 * to have written; TRUE when there are none. */
gboolean tyto_worker_watch_is_writing (TytoWorkerWatch *self, gint64 limit_us);

/**
 * TytoWatchFigures: what was last seen of a camera.
 * @camera: its id
 * @has_worker: whether there is a process that records it
 * @worker_memory: bytes of that process, which others may share
 * @worker_cpu: of a core, over the last minute; -1 while the process is younger or there is none
 * @memory_restarts, @stuck_restarts, @stalled_reconnects, @silent_reconnects: since the service was
 * started
 */
typedef struct {
  const char *camera;
  gboolean has_worker;
  guint64 worker_memory;
  double worker_cpu;
  guint64 memory_restarts;
  guint64 stuck_restarts;
  guint64 stalled_reconnects;
  guint64 silent_reconnects;
} TytoWatchFigures;

/* Of each camera, valid until the main loop goes on. (transfer full) (element-type
 * TytoWatchFigures) */
GArray *tyto_worker_watch_list (TytoWorkerWatch *self);

G_END_DECLS
