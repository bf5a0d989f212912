/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/socket.h>

#include "sim-loop.h"

G_BEGIN_DECLS

/* An RTP socket on an even port and an RTCP socket on the next one (RFC 3550 11), connected to a
 * client's pair. */
typedef struct _SimUdp SimUdp;

typedef void (*SimUdpFunc) (const guint8 *packet, gsize size, gpointer data);

/* @local: the address to send from; @peer: the client's, whose port is replaced by @ports. @func is
 * called for each RTCP packet. */
SimUdp *sim_udp_new (SimLoop *loop, const struct sockaddr *local, const struct sockaddr *peer,
                     const guint ports[2], SimUdpFunc func, gpointer data, GError **error);
void sim_udp_free (SimUdp *self);

guint sim_udp_get_port (SimUdp *self);

/* Sends each message as one packet; returns how many the socket took. */
guint sim_udp_send_rtp (SimUdp *self, struct mmsghdr *messages, guint n_messages);
void sim_udp_send_rtcp (SimUdp *self, const guint8 *packet, gsize size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimUdp, sim_udp_free)

G_END_DECLS
