/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-collector-service.h: org.tyto.Collector1 over a peer-to-peer connection (data/
 * org.tyto.Collector1.xml): collects broadcasts for one client, for as long as that is there.
 *
 * Signal "finished": time to exit. It follows the end of the client,
 * tyto_collector_service_stop(), or 60 s without a client.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_COLLECTOR_SERVICE (tyto_collector_service_get_type ())
G_DECLARE_FINAL_TYPE (TytoCollectorService, tyto_collector_service, TYTO, COLLECTOR_SERVICE,
                      GObject)

TytoCollectorService *tyto_collector_service_new (void);

/* Waits for the client at @socket, a listening UNIX socket. Only a process of the same user is let
 * in, and only the first. */
gboolean
tyto_collector_service_listen (TytoCollectorService *self, GSocket *socket, GError **error);

/* Breaks off all that is under way; "finished" follows. */
void tyto_collector_service_stop (TytoCollectorService *self);

G_END_DECLS
