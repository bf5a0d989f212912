/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-look.h: one look at the workers' processes and the files they write, in a thread. */
#pragma once

#include "recorder/workers/tyto-process-sample.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* TytoWorkerLook: what is to be read, and what was. */
typedef struct _TytoWorkerLook TytoWorkerLook;

TytoWorkerLook *tyto_worker_look_new (void);
void tyto_worker_look_free (TytoWorkerLook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoWorkerLook, tyto_worker_look_free)

/* A camera, the process that records it, and the segment it has open ("" for none). */
void tyto_worker_look_add (TytoWorkerLook *self, const char *camera, guint pid, const char *path);

/* Reads. @self: (transfer full) */
void
tyto_worker_look_async (TytoWorkerLook *self, GAsyncReadyCallback callback, gpointer user_data);
TytoWorkerLook *tyto_worker_look_finish (GAsyncResult *result); /* (transfer full) */

/* What was seen. NULL: there is no such process. -1: no such file. */
const TytoProcessSample *tyto_worker_look_get_process (TytoWorkerLook *self, guint pid);
gint64 tyto_worker_look_get_size (TytoWorkerLook *self, const char *camera);

G_END_DECLS
