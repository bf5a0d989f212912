/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include "sim-loop.h"
#include "sim-rtsp.h"

G_BEGIN_DECLS

/* A client's TCP connection: requests and interleaved packets (RFC 2326 10.12) in, responses and
 * whole frames out. Never blocks: what the socket does not take waits in a bounded queue. */
typedef struct _SimConnection SimConnection;

typedef struct {
  void (*request) (SimConnection *connection, const SimRequest *request, gpointer data);
  void (*interleaved) (SimConnection *connection, guint channel, const guint8 *packet, gsize size,
                       gpointer data);
  /* Last call; the connection is freed after it. */
  void (*closed) (SimConnection *connection, gpointer data);
} SimConnectionEvents;

/* Takes @fd. @queue_limit: bytes of frames that may wait. */
SimConnection *sim_connection_new (SimLoop *loop, int fd, gsize queue_limit,
                                   const SimConnectionEvents *events, gpointer data);

/* Closes now, with a TCP reset if @reset; calls events.closed. Not from within events. */
void sim_connection_close (SimConnection *self, gboolean reset);

/* Shuts the connection down; the loop closes it soon. From within events too. */
void sim_connection_break (SimConnection *self);

void sim_connection_send (SimConnection *self, const char *data, gsize size);

/* Writes one frame of @size bytes in all. FALSE when it was dropped as a whole because the reader
 * is too slow. @iov may be changed. */
gboolean
sim_connection_send_frame (SimConnection *self, struct iovec *iov, guint n_iov, gsize size);

gsize sim_connection_get_queued (SimConnection *self);
const struct sockaddr *sim_connection_get_peer (SimConnection *self, socklen_t *size);
const struct sockaddr *sim_connection_get_local (SimConnection *self, socklen_t *size);

/* The nonces of this connection (see SimAuth); the strings belong to it. */
const char *sim_connection_get_nonce (SimConnection *self, guint lifetime);
const char *sim_connection_get_old_nonce (SimConnection *self);

G_END_DECLS
