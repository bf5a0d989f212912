/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archiver-process.h: the process that uploads, `tyto-worker --archive`, and the private link
 * to it (data/org.tyto.Archiver1.xml). It is started, told where to, and started again when it
 * dies, after 1, 2, … 30 s; 1 s again after one that uploaded something. One that does not answer
 * for 20 s is killed.
 */
#pragma once

#include "recorder/workers/tyto-worker-launcher.h"

G_BEGIN_DECLS

#define TYTO_TYPE_ARCHIVER_PROCESS (tyto_archiver_process_get_type ())
G_DECLARE_FINAL_TYPE (TytoArchiverProcess, tyto_archiver_process, TYTO, ARCHIVER_PROCESS, GObject)

/* Signals: "ready": it takes uploads; "failed" (const char *why): it refuses its settings, until
 * they change; "begun" and "progress": as of TytoArchiveTarget. */

/* @launcher: referenced. @role: TYTO_WORKER_ROLE_ARCHIVER, or that of broadcasts. */
TytoArchiverProcess *tyto_archiver_process_new (TytoWorkerLauncher *launcher, TytoWorkerRole role);

/* Starts it, or tells the one there is. @settings: of Configure (a{sv}), with secrets: it is kept
 * in memory alone. */
void tyto_archiver_process_configure (TytoArchiverProcess *self, GVariant *settings);
/* Ends it: uploads under way can be resumed. Those that wait fail. */
void tyto_archiver_process_stop (TytoArchiverProcess *self);

gboolean tyto_archiver_process_is_ready (TytoArchiverProcess *self);
guint tyto_archiver_process_get_pid (TytoArchiverProcess *self); /* 0 when it does not run */

/* Upload: @file, the object (a{sv}, transfer full). Errors as there; WRONG_STATE: it is not ready,
 * or it died meanwhile. */
void tyto_archiver_process_upload_async (TytoArchiverProcess *self, const char *id, GVariant *file,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
GVariant *tyto_archiver_process_upload_finish (TytoArchiverProcess *self, GAsyncResult *result,
                                               GError **error);
/* Continue. */
void tyto_archiver_process_go_on (TytoArchiverProcess *self, const char *id);

G_END_DECLS
