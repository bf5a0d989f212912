/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-worker-listener.h: the door of a worker: makes a D-Bus connection of each client that is of
 * the same user.
 *
 * Signal "connected" (GDBusConnection *connection: its message processing is still held back, so
 * that objects can be exported first).
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_WORKER_LISTENER (tyto_worker_listener_get_type ())
G_DECLARE_FINAL_TYPE (TytoWorkerListener, tyto_worker_listener, TYTO, WORKER_LISTENER, GObject)

TytoWorkerListener *tyto_worker_listener_new (void);

/* Waits at @socket, a listening UNIX socket. */
gboolean tyto_worker_listener_start (TytoWorkerListener *self, GSocket *socket, GError **error);

G_END_DECLS
