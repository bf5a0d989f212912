/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-teller.h: tells a worker's client what happens, over org.tyto.Worker1, and keeps in
 * mind what a later client has to be told: the news that nobody has acknowledged, and of each
 * camera what it is doing.
 *
 * SegmentOpened, SegmentClosed and ThumbnailTaken are told at once when none was in the last
 * %TYTO_WORKER_TOGETHER_MS; else they wait for that time to pass and go together, which spares both
 * processes most of their wake-ups. All else is told at once, after what waits: the order of news
 * never changes.
 *
 * Nothing is sent before the client has attached. The dictionaries (a{sv}) are those of
 * data/org.tyto.Worker1.xml.
 */
#pragma once

#include "worker/tyto-worker-news-log.h"

#include "tyto-worker-link.h"

G_BEGIN_DECLS

#define TYTO_WORKER_TOGETHER_MS 500

#define TYTO_TYPE_WORKER_TELLER (tyto_worker_teller_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerTeller, tyto_worker_teller, TYTO, WORKER_TELLER, GObject)

/* @skeleton: referenced; its signals are emitted. */
TytoWorkerTeller *tyto_worker_teller_new (TytoLinkWorker1 *skeleton);

/* A camera came with AddCamera's @settings, is being let go, or is gone. */
void tyto_worker_teller_add_camera (TytoWorkerTeller *self, const char *camera, GVariant *settings);
void tyto_worker_teller_let_go_camera (TytoWorkerTeller *self, const char *camera);
void tyto_worker_teller_remove_camera (TytoWorkerTeller *self, const char *camera);

void tyto_worker_teller_take_news (TytoWorkerTeller *self, TytoWorkerNewsKind kind,
                                   const char *camera, GVariant *dict);
void tyto_worker_teller_take_state (TytoWorkerTeller *self, const char *camera, const char *state,
                                    GVariant *details);
void tyto_worker_teller_take_statistics (TytoWorkerTeller *self, GVariant *cameras);

/* Tells now what waits. To be called before a method is answered whose caller expects the news. */
void tyto_worker_teller_flush (TytoWorkerTeller *self);

/* Attach's answer: version, pid, stopping, next-serial, acknowledged and cameras (a{sv}, floating).
 */
GVariant *tyto_worker_teller_get_attachment (TytoWorkerTeller *self, gboolean stopping);

/* The client listens from now on: it is told again what was not acknowledged and then each camera's
 * state; or it is gone. */
void tyto_worker_teller_attach (TytoWorkerTeller *self);
void tyto_worker_teller_detach (TytoWorkerTeller *self);

void tyto_worker_teller_acknowledge (TytoWorkerTeller *self, guint64 serial);
gboolean tyto_worker_teller_has_news (TytoWorkerTeller *self); /* not acknowledged */

G_END_DECLS
