/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-launcher.h: starts tyto-worker: with its socket as file descriptor 3, the log's level
 * and format as they are set, and of our environment only what is known to hold no secret. */
#pragma once

#include "recorder/settings/tyto-settings.h"
#include "recorder/workers/tyto-worker-socket.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_LAUNCHER (tyto_worker_launcher_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerLauncher, tyto_worker_launcher, TYTO, WORKER_LAUNCHER, GObject)

/* @program: tyto-worker. @run_dir: where the sockets are made, in a directory "workers" (0700). */
TytoWorkerLauncher *
tyto_worker_launcher_new (TytoSettings *settings, const char *program, const char *run_dir);

/* Starts a worker; its socket, called by @number (one process at a time has it), is opened in
 * @socket, whose listening end goes to the worker. (transfer full) */
GSubprocess *tyto_worker_launcher_spawn (TytoWorkerLauncher *self, guint number,
                                         TytoWorkerSocket *socket, GError **error);

/* Starts the worker that uploads, of which there is one: `tyto-worker --archive`. It ends when its
 * connection does and is never adopted. (transfer full) */
GSubprocess *tyto_worker_launcher_spawn_archiver (TytoWorkerLauncher *self,
                                                  TytoWorkerSocket *socket, GError **error);

/* The directory given. (transfer none) */
const char *tyto_worker_launcher_get_run_dir (TytoWorkerLauncher *self);

G_END_DECLS
