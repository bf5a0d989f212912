/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-service.h: org.tyto.Worker1 over a peer-to-peer connection (data/
 * org.tyto.Worker1.xml): converts between it and the captures. Clients come and go, one at a time;
 * what is recorded goes on without one.
 *
 * Signal "finished" (gboolean complete): time to exit. All segments are finished and told, unless
 * @complete is FALSE: then it took more than 9 s and something hangs. It follows the method Stop,
 * tyto_worker_service_stop(), or 60 s with neither cameras nor a client. It waits up to 3 s
 * for the news to be acknowledged.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_SERVICE (tyto_worker_service_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerService, tyto_worker_service, TYTO, WORKER_SERVICE, GObject)

TytoWorkerService *tyto_worker_service_new (void);

/* Waits for clients at @socket, a listening UNIX socket; the latest takes the place of the one
 * before. Only a process of the same user is let in (SO_PEERCRED), by SASL EXTERNAL. */
gboolean tyto_worker_service_listen (TytoWorkerService *self, GSocket *socket, GError **error);

/* Finishes all segments; "finished" follows within 9 s. */
void tyto_worker_service_stop (TytoWorkerService *self);

G_END_DECLS
