/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-udp.h"

#include <errno.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <unistd.h>

#define PAIR_TRIES 64

struct _SimUdp {
  int rtp;
  int rtcp;
  guint port;
  SimWatch *watch;
  SimUdpFunc func;
  gpointer data;
};

static socklen_t
with_port (const struct sockaddr *address, guint port, struct sockaddr_storage *out)
{
  if (address->sa_family == AF_INET6) {
    *(struct sockaddr_in6 *) out = *(const struct sockaddr_in6 *) address;
    ((struct sockaddr_in6 *) out)->sin6_port = htons (port);
    return sizeof (struct sockaddr_in6);
  }
  *(struct sockaddr_in *) out = *(const struct sockaddr_in *) address;
  ((struct sockaddr_in *) out)->sin_port = htons (port);
  return sizeof (struct sockaddr_in);
}

/* Returns a socket on @port (0: any) and the port in @bound, or -1. */
static int
bind_port (const struct sockaddr *local, guint port, guint *bound)
{
  struct sockaddr_storage address;
  socklen_t size = with_port (local, port, &address);
  int fd = socket (local->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    return -1;
  if (bind (fd, (struct sockaddr *) &address, size) < 0
      || getsockname (fd, (struct sockaddr *) &address, &size) < 0) {
    close (fd);
    return -1;
  }
  *bound = ntohs (((struct sockaddr_in *) &address)->sin_port); /* same place in sockaddr_in6 */
  return fd;
}

static gboolean
bind_pair (SimUdp *self, const struct sockaddr *local)
{
  for (guint i = 0; i < PAIR_TRIES; i++) {
    guint next;

    self->rtp = bind_port (local, 0, &self->port);
    if (self->rtp >= 0 && self->port % 2 == 0) {
      self->rtcp = bind_port (local, self->port + 1, &next);
      if (self->rtcp >= 0)
        return TRUE;
    }
    if (self->rtp >= 0)
      close (self->rtp);
    self->rtp = -1;
  }
  return FALSE;
}

static void
on_rtcp (guint32 events, gpointer data)
{
  SimUdp *self = data;
  guint8 packet[2048];
  gssize n = recv (self->rtcp, packet, sizeof packet, 0);

  if (n > 0)
    self->func (packet, n, self->data);
}

SimUdp *
sim_udp_new (SimLoop *loop, const struct sockaddr *local, const struct sockaddr *peer,
             const guint ports[2], SimUdpFunc func, gpointer data, GError **error)
{
  g_autoptr (SimUdp) self = g_new0 (SimUdp, 1);
  struct sockaddr_storage address;
  socklen_t size;

  self->rtp = self->rtcp = -1;
  self->func = func;
  self->data = data;
  if (!bind_pair (self, local)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE, "no pair of UDP ports is free");
    return NULL;
  }
  size = with_port (peer, ports[0], &address);
  if (connect (self->rtp, (struct sockaddr *) &address, size) == 0) {
    size = with_port (peer, ports[1], &address);
    if (connect (self->rtcp, (struct sockaddr *) &address, size) == 0) {
      self->watch = sim_loop_watch (loop, self->rtcp, EPOLLIN, on_rtcp, self);
      return g_steal_pointer (&self);
    }
  }
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "UDP: %s", g_strerror (errno));
  return NULL;
}

void
sim_udp_free (SimUdp *self)
{
  if (self->watch != NULL)
    sim_watch_remove (self->watch);
  if (self->rtp >= 0)
    close (self->rtp);
  if (self->rtcp >= 0)
    close (self->rtcp);
  g_free (self);
}

guint
sim_udp_get_port (SimUdp *self)
{
  return self->port;
}

guint
sim_udp_send_rtp (SimUdp *self, struct mmsghdr *messages, guint n_messages)
{
  guint sent = 0;
  gboolean retried = FALSE;

  while (sent < n_messages) {
    int n = sendmmsg (self->rtp, messages + sent, n_messages - sent, 0);

    if (n > 0) {
      sent += n;
    } else if (errno == ECONNREFUSED && !retried) {
      retried = TRUE; /* the error of an earlier packet: a closed port answered by ICMP */
    } else if (errno != EINTR) {
      break;
    }
  }
  return sent;
}

void
sim_udp_send_rtcp (SimUdp *self, const guint8 *packet, gsize size)
{
  if (send (self->rtcp, packet, size, 0) < 0 && errno == ECONNREFUSED)
    send (self->rtcp, packet, size, 0);
}
