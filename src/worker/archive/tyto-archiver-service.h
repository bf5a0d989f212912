/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archiver-service.h: org.tyto.Archiver1 over a peer-to-peer connection (data/
 * org.tyto.Archiver1.xml): uploads for one client, for as long as that is there.
 *
 * Signal "finished": time to exit. Nothing is under way any more; multipart uploads are left at the
 * server as they are. It follows the end of the client, tyto_archiver_service_stop(), or 60 s
 * without a client.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_ARCHIVER_SERVICE (tyto_archiver_service_get_type ())
G_DECLARE_FINAL_TYPE (TytoArchiverService, tyto_archiver_service, TYTO, ARCHIVER_SERVICE, GObject)

TytoArchiverService *tyto_archiver_service_new (void);

/* Waits for the client at @socket, a listening UNIX socket. Only a process of the same user is let
 * in, and only the first. */
gboolean tyto_archiver_service_listen (TytoArchiverService *self, GSocket *socket, GError **error);

/* Stops all uploads; "finished" follows. */
void tyto_archiver_service_stop (TytoArchiverService *self);

G_END_DECLS
