/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-limits.h: accepts the clients' connections and limits them: so many in all, so many
 * for each address (UNIX sockets count as one address), beyond which 503 is answered (RFC 9110,
 * section 15.6.4) and the connection closed. Each lives by the deadlines of tyto-http-connection.h.
 */
#pragma once

#include "api/http/tyto-http-connection.h"

G_BEGIN_DECLS

#define TYTO_HTTP_CONNECTIONS_MAX          512
#define TYTO_HTTP_CONNECTIONS_PER_PEER_MAX 64
#define TYTO_HTTP_BODY_MAX                 (64 * 1024) /* bytes of a request's body */

#define TYTO_TYPE_HTTP_LIMITS (tyto_http_limits_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpLimits, tyto_http_limits, TYTO, HTTP_LIMITS, GObject)

TytoHttpLimits *tyto_http_limits_new (SoupServer *soup, const TytoHttpDeadlines *deadlines);

/* Accepts from @listener, a socket that listens, until tyto_http_limits_stop(). */
void tyto_http_limits_listen (TytoHttpLimits *self, GSocket *listener);

/* The connection on which @message came; NULL when it is closed already. (transfer none) */
TytoHttpConnection *tyto_http_limits_find (TytoHttpLimits *self, SoupServerMessage *message);

/* Open connections, now. */
guint tyto_http_limits_get_open (TytoHttpLimits *self);
/* Connections that were turned away since the start. */
guint64 tyto_http_limits_get_refused (TytoHttpLimits *self);

/* Closes the listeners and all connections. */
void tyto_http_limits_stop (TytoHttpLimits *self);

G_END_DECLS
