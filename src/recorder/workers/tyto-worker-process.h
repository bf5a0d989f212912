/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-process.h: one tyto-worker process and the private link to it.
 *
 * It has the process started with a listening UNIX socket and connects to that, or connects to one
 * that an earlier tytod started and that records on. A worker that does not answer for 20 s is
 * killed.
 */
#pragma once

#include "recorder/workers/tyto-worker-launcher.h"
#include "tyto-worker-link.h"

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_PROCESS (tyto_worker_process_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerProcess, tyto_worker_process, TYTO, WORKER_PROCESS, GObject)

/* Signals: "linked": its signals can be subscribed to, it is told to send them; "connected": it has
 * told its state; "ended" (const char *how), once and last, also when it could not be
 * started. All that the worker told before its end has been delivered by then. */

/* @launcher: referenced. @number: the socket's name; one process at a time has it. */
TytoWorkerProcess *tyto_worker_process_new (TytoWorkerLauncher *launcher, guint number);

/* Never fails at once: the outcome comes as a signal. */
void tyto_worker_process_start (TytoWorkerProcess *self);

/* The same for a worker that may be listening at the socket: "ended" when nobody does. */
void tyto_worker_process_adopt (TytoWorkerProcess *self);

/* Asks it to finish its segments and exit; kills it when it has not within 9 s, and at once when it
 * was only just started. */
void tyto_worker_process_stop (TytoWorkerProcess *self);

void tyto_worker_process_kill (TytoWorkerProcess *self); /* SIGKILL */

/* Hangs up and leaves it to itself: it records on. Nothing is told of it any more. */
void tyto_worker_process_leave (TytoWorkerProcess *self);

/* Whether it is ending by our wish. */
gboolean tyto_worker_process_is_stopping (TytoWorkerProcess *self);

/* The link, NULL while it is not connected. (transfer none) */
TytoLinkWorker1 *tyto_worker_process_get_link (TytoWorkerProcess *self);

/* What it told when it was connected (Attach's state); NULL before. (transfer none) */
GVariant *tyto_worker_process_get_state (TytoWorkerProcess *self);

guint tyto_worker_process_get_pid (TytoWorkerProcess *self); /* 0 when it does not run */

/* When it was started: monotonic, µs. */
gint64 tyto_worker_process_get_start (TytoWorkerProcess *self);

G_END_DECLS
