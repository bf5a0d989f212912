/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-launcher.h: starts tyto-worker and tyto-collector: with its socket as file descriptor
 * 3, the log's level and format as they are set, and of our environment only what is known to hold
 * no secret. */
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

/* What does one kind of work for all cameras or broadcasts. */
typedef enum {
  TYTO_WORKER_ROLE_ARCHIVER,           /* tyto-worker --archive: of recordings */
  TYTO_WORKER_ROLE_BROADCAST_ARCHIVER, /* the same, of broadcasts */
  TYTO_WORKER_ROLE_COLLECTOR,          /* tyto-collector */
  TYTO_WORKER_ROLE_ASSEMBLER,          /* tyto-worker --assemble */
} TytoWorkerRole;

/* Starts one; it ends when its connection does and is never adopted. @instance: which one of its
 * role, 0–255: one process at a time has it. tyto-collector lies beside tyto-worker. (transfer
 * full) */
GSubprocess *
tyto_worker_launcher_spawn_role (TytoWorkerLauncher *self, TytoWorkerRole role, guint instance,
                                 TytoWorkerSocket *socket, GError **error);

/* The setting "connect-stagger-ms". */
guint tyto_worker_launcher_get_stagger_ms (TytoWorkerLauncher *self);

/* The directory given. (transfer none) */
const char *tyto_worker_launcher_get_run_dir (TytoWorkerLauncher *self);

G_END_DECLS
