/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-server.h: the REST front: HTTP/1.1 (RFC 9110, 9112) over the core API, described in
 * data/openapi.yaml. It converts and answers; what a verb does, TytoRecorder knows.
 *
 * Limits: bodies of 64 KiB, 64 connections an address and 512 in all, the deadlines of
 * tyto-http-connection.h; access as tyto-http-auth.h says.
 */
#pragma once

#include "api/http/tyto-http-router.h"
#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_SERVER (tyto_http_server_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpServer, tyto_http_server, TYTO, HTTP_SERVER, GObject)

/* Signal "request": one came, or an event stream is still being listened to (for an idle timer). */

/* @recorder: referenced. */
TytoHttpServer *tyto_http_server_new (TytoRecorder *recorder);

/* Listens on the socket that systemd handed over (sd_listen_fds(3): the one named "http", or the
 * only one), else on the settings' http-address and http-port. TYTO_ERROR_FORBIDDEN: not loopback
 * and no token; TYTO_ERROR_UNAVAILABLE: the address cannot be had. */
gboolean tyto_http_server_listen (TytoHttpServer *self, GError **error);

/* The port listened on; 0 for a UNIX socket or before listening. */
guint tyto_http_server_get_port (TytoHttpServer *self);

/* Closes everything, requests under way too. */
void tyto_http_server_stop (TytoHttpServer *self);

/* The table of what is answered. (transfer none) */
TytoHttpRouter *tyto_http_server_get_router (TytoHttpServer *self);

G_END_DECLS
