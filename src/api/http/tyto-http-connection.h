/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-connection.h: one client's connection: what libsoup's server lacks around its requests.
 *
 * libsoup 3.2 has no time-outs, and never closes a connection that a client ends between two
 * requests. So libsoup gets the stream only while there is a request to read: it is handed over
 * when the first byte is there, and taken back when the answer is written (RFC 9112, section 9.3:
 * persistent connections). Between requests, and in each phase of one, a deadline is set here.
 */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * TytoHttpDeadlines: all in ms.
 * @header: from the first byte (of the first request: from the connect) to the end of the header
 * @body: from there to the end of the request's body
 * @stall: without progress while an answer is being written
 * @idle: between two requests
 * @linger: reading on after an early refusal, so that the client sees the answer
 */
typedef struct {
  guint header;
  guint body;
  guint stall;
  guint idle;
  guint linger;
} TytoHttpDeadlines;

#define TYTO_HTTP_DEADLINES_INIT                                                                   \
  {                                                                                                \
    10000, 10000, 60000, 60000, 5000                                                               \
  }

#define TYTO_TYPE_HTTP_CONNECTION (tyto_http_connection_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpConnection, tyto_http_connection, TYTO, HTTP_CONNECTION, GObject)

/* Signal "closed": the socket is closed; the last one emitted. */

/* Begins to wait for a request on @stream. (transfer full); the caller keeps it until "closed". */
TytoHttpConnection *tyto_http_connection_new (SoupServer *soup, GSocketConnection *stream,
                                              const TytoHttpDeadlines *deadlines);

/* The client's address: the very object that libsoup's messages of this connection have. */
GSocketAddress *tyto_http_connection_get_remote (TytoHttpConnection *self);

/* The address as text, e.g. "192.168.1.5"; "local" for a UNIX socket. */
const char *tyto_http_connection_get_peer (TytoHttpConnection *self);

/* To be called for each message when libsoup starts to read it. */
void tyto_http_connection_follow (TytoHttpConnection *self, SoupServerMessage *message);

/* Takes @message's connection from libsoup and answers @status with @body at once, though the
 * request has not been read; then reads on for a while and closes. @message is then finished. */
void tyto_http_connection_refuse (TytoHttpConnection *self, SoupServerMessage *message,
                                  guint status, const char *content_type, const char *body);

/* Ends it now, whatever it does. */
void tyto_http_connection_close (TytoHttpConnection *self);

G_END_DECLS
