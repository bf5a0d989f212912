/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-sole-client.h: the one client that a process of ours works for, over a peer-to-peer D-Bus
 * connection: the first of the same user (tyto-worker-listener.h); others are turned away.
 *
 * Signal "gone": it went, or nobody came for 60 s: there is nobody to work for.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_SOLE_CLIENT (tyto_sole_client_get_type ())
G_DECLARE_FINAL_TYPE (TytoSoleClient, tyto_sole_client, TYTO, SOLE_CLIENT, GObject)

/* @skeleton: what it may call, at @object_path; referenced until the end of this object. */
TytoSoleClient *tyto_sole_client_new (GDBusInterfaceSkeleton *skeleton, const char *object_path);

/* Waits for it at @socket, a listening UNIX socket. */
gboolean tyto_sole_client_listen (TytoSoleClient *self, GSocket *socket, GError **error);

G_END_DECLS
