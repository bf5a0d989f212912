/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-listener.h: the listening socket: made here or handed over by systemd. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The socket that sd_listen_fds(3) offers: the one named "http", or the only one. NULL without
 * @error: none is offered. (transfer full) */
GSocket *tyto_http_listener_inherit (GError **error);

/* Listens on @address (IPv4 or IPv6) and @port, 0 for any free. TYTO_ERROR_UNAVAILABLE. (transfer
 * full) */
GSocket *tyto_http_listener_bind (GInetAddress *address, guint port, GError **error);

/* The address a socket listens on; NULL for a UNIX socket. (transfer full); @port: (out) */
GInetAddress *tyto_http_listener_get_address (GSocket *socket, guint *port);

G_END_DECLS
