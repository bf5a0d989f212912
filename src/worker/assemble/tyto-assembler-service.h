/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-assembler-service.h: org.tyto.Assembler1 over a peer-to-peer connection (data/
 * org.tyto.Assembler1.xml): joins for one client, for as long as that is there.
 *
 * Signal "finished": time to exit. Nothing is under way any more, and nothing is left of a file
 * that was not whole. It follows the end of the client, tyto_assembler_service_stop(), or 60 s
 * without a client.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_ASSEMBLER_SERVICE (tyto_assembler_service_get_type ())
G_DECLARE_FINAL_TYPE (TytoAssemblerService, tyto_assembler_service, TYTO, ASSEMBLER_SERVICE,
                      GObject)

TytoAssemblerService *tyto_assembler_service_new (void);

/* Waits for the client at @socket, a listening UNIX socket. Only a process of the same user is let
 * in, and only the first. */
gboolean
tyto_assembler_service_listen (TytoAssemblerService *self, GSocket *socket, GError **error);

/* Stops what is under way; "finished" follows. */
void tyto_assembler_service_stop (TytoAssemblerService *self);

G_END_DECLS
