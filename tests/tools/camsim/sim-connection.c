/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-connection.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sim-auth.h"

#define REQUEST_LIMIT 65536

struct _SimConnection {
  int fd;
  SimWatch *watch;
  const SimConnectionEvents *events;
  gpointer data;
  struct sockaddr_storage peer;
  struct sockaddr_storage local;
  GByteArray *input;
  GByteArray *output; /* waits for the socket */
  gsize output_sent;  /* of it */
  gsize queue_limit;
  gboolean broken;
  char *nonce;
  char *old_nonce; /* nullable */
  gint64 nonce_made;
};

static void
destroy (SimConnection *self)
{
  sim_watch_remove (self->watch);
  close (self->fd);
  self->events->closed (self, self->data);
  g_byte_array_unref (self->input);
  g_byte_array_unref (self->output);
  g_free (self->nonce);
  g_free (self->old_nonce);
  g_free (self);
}

void
sim_connection_close (SimConnection *self, gboolean reset)
{
  if (reset) {
    struct linger linger = { .l_onoff = 1, .l_linger = 0 };

    setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  }
  destroy (self);
}

/* The loop sees the hang-up and destroys the connection: senders may be deep in lists. */
void
sim_connection_break (SimConnection *self)
{
  self->broken = TRUE;
  shutdown (self->fd, SHUT_RDWR);
}

gsize
sim_connection_get_queued (SimConnection *self)
{
  return self->output->len - self->output_sent;
}

static void
enqueue (SimConnection *self, const void *data, gsize size)
{
  if (self->output->len == 0)
    sim_watch_set_events (self->watch, EPOLLIN | EPOLLOUT);
  g_byte_array_append (self->output, data, size);
}

static void
flush (SimConnection *self)
{
  gsize left = sim_connection_get_queued (self);
  gssize n = send (self->fd, self->output->data + self->output_sent, left, MSG_NOSIGNAL);

  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR)
      sim_connection_break (self);
    return;
  }
  self->output_sent += n;
  if (self->output_sent == self->output->len) {
    g_byte_array_set_size (self->output, 0);
    self->output_sent = 0;
    sim_watch_set_events (self->watch, EPOLLIN);
  } else if (self->output_sent > self->queue_limit / 2) {
    g_byte_array_remove_range (self->output, 0, self->output_sent);
    self->output_sent = 0;
  }
}

gboolean
sim_connection_send_frame (SimConnection *self, struct iovec *iov, guint n_iov, gsize size)
{
  if (self->broken)
    return FALSE;
  if (sim_connection_get_queued (self) > 0) {
    if (sim_connection_get_queued (self) + size > self->queue_limit)
      return FALSE;
    for (guint i = 0; i < n_iov; i++)
      enqueue (self, iov[i].iov_base, iov[i].iov_len);
    return TRUE;
  }
  while (n_iov > 0) {
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = MIN (n_iov, IOV_MAX) };
    gssize n = sendmsg (self->fd, &message, MSG_NOSIGNAL);

    if (n < 0 && errno == EAGAIN)
      break;
    if (n < 0 && errno != EINTR) {
      sim_connection_break (self);
      return FALSE;
    }
    while (n_iov > 0 && n >= (gssize) iov->iov_len) {
      n -= iov->iov_len;
      iov++;
      n_iov--;
    }
    if (n > 0) {
      iov->iov_base = (guint8 *) iov->iov_base + n;
      iov->iov_len -= n;
    }
  }
  for (guint i = 0; i < n_iov; i++)
    enqueue (self, iov[i].iov_base, iov[i].iov_len);
  return TRUE;
}

void
sim_connection_send (SimConnection *self, const char *data, gsize size)
{
  enqueue (self, data, size);
  if (!self->broken)
    flush (self);
}

/* Takes one interleaved packet or request from @data. Returns its size, 0 when it is not whole
 * yet, -1 when it is neither. */
static gssize
take_one (SimConnection *self, const guint8 *data, gsize size)
{
  g_autoptr (SimRequest) request = NULL;
  gsize head;

  if (data[0] == '$') {
    gsize length = size < 4 ? 0 : 4 + (data[2] << 8 | data[3]);

    if (size < 4 || size < length)
      return 0;
    self->events->interleaved (self, data[1], data + 4, length - 4, self->data);
    return length;
  }
  if (data[0] == '\r' || data[0] == '\n')
    return 1;
  head = sim_request_head_size (data, size);
  if (head == 0)
    return size > REQUEST_LIMIT ? -1 : 0;
  if (g_str_has_prefix ((const char *) data, "RTSP/1.")) /* to a request of ours */
    return head;
  request = sim_request_parse (data, head);
  if (request == NULL)
    return -1;
  if (size < head + request->body_size)
    return 0;
  self->events->request (self, request, self->data);
  return head + request->body_size;
}

static void
take_all (SimConnection *self)
{
  gsize taken = 0;

  while (taken < self->input->len && !self->broken) {
    gssize n = take_one (self, self->input->data + taken, self->input->len - taken);

    if (n < 0)
      sim_connection_break (self);
    if (n <= 0)
      break;
    taken += n;
  }
  if (taken > 0)
    g_byte_array_remove_range (self->input, 0, taken);
}

static void
on_ready (guint32 events, gpointer data)
{
  SimConnection *self = data;
  guint8 buffer[16384];
  gssize n;

  if (events & EPOLLOUT && !self->broken)
    flush (self);
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    n = recv (self->fd, buffer, sizeof buffer, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
      destroy (self);
      return;
    }
    if (n > 0) {
      g_byte_array_append (self->input, buffer, n);
      take_all (self);
    }
  }
}

SimConnection *
sim_connection_new (SimLoop *loop, int fd, gsize queue_limit, const SimConnectionEvents *events,
                    gpointer data)
{
  SimConnection *self = g_new0 (SimConnection, 1);
  socklen_t size = sizeof self->peer;
  int on = 1;

  self->fd = fd;
  self->events = events;
  self->data = data;
  self->queue_limit = queue_limit;
  self->input = g_byte_array_new ();
  self->output = g_byte_array_new ();
  getpeername (fd, (struct sockaddr *) &self->peer, &size);
  size = sizeof self->local;
  getsockname (fd, (struct sockaddr *) &self->local, &size);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  self->watch = sim_loop_watch (loop, fd, EPOLLIN, on_ready, self);
  return self;
}

static socklen_t
address_size (const struct sockaddr_storage *address)
{
  return address->ss_family == AF_INET6 ? sizeof (struct sockaddr_in6)
                                        : sizeof (struct sockaddr_in);
}

const struct sockaddr *
sim_connection_get_peer (SimConnection *self, socklen_t *size)
{
  *size = address_size (&self->peer);
  return (const struct sockaddr *) &self->peer;
}

const struct sockaddr *
sim_connection_get_local (SimConnection *self, socklen_t *size)
{
  *size = address_size (&self->local);
  return (const struct sockaddr *) &self->local;
}

const char *
sim_connection_get_nonce (SimConnection *self, guint lifetime)
{
  gint64 now = g_get_monotonic_time ();

  if (self->nonce == NULL
      || (lifetime > 0 && now - self->nonce_made > (gint64) lifetime * G_USEC_PER_SEC)) {
    g_free (self->old_nonce);
    self->old_nonce = self->nonce;
    self->nonce = sim_auth_make_nonce ();
    self->nonce_made = now;
  }
  return self->nonce;
}

const char *
sim_connection_get_old_nonce (SimConnection *self)
{
  return self->old_nonce;
}
