/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How fast a connection sends: the kernel spreads its packets (socket(7), SO_MAX_PACING_RATE), and
 * takes no more than it can soon send (tcp(7), TCP_NOTSENT_LOWAT), so that what it took was sent.
 */
#include "store/s3/tyto-s3-client-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define NOT_SENT (128 * 1024)

/* No limit is all ones for the one option, and 0, the system's setting, for the other. */
static void
set_pace (GSocket *socket, guint64 pace)
{
  const guint64 rate = pace > 0 ? pace : G_MAXUINT64;
  const int not_sent = pace > 0 ? NOT_SENT : 0;
  int fd = g_socket_get_fd (socket);

  if (setsockopt (fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof rate) != 0
      || setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent, sizeof not_sent) != 0)
    g_debug ("A connection to the object store is not paced: %s", g_strerror (errno));
}

static void
free_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

GPtrArray *
tyto_s3_client_make_sockets (void)
{
  return g_ptr_array_new_with_free_func (free_ref);
}

/* Has the open sockets keep @pace, and forgets the others. Called with the lock. */
static void
pace_sockets (TytoS3Client *self, guint64 pace)
{
  for (guint i = self->sockets->len; i-- > 0;) {
    g_autoptr (GSocket) socket = g_weak_ref_get (self->sockets->pdata[i]);

    if (socket == NULL || g_socket_is_closed (socket))
      g_ptr_array_remove_index_fast (self->sockets, i);
    else if (pace != self->pace)
      set_pace (socket, pace);
  }
  self->pace = pace;
}

void
tyto_s3_client_set_pace (TytoS3Client *self, guint64 pace)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  pace_sockets (self, pace);
}

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream,
                  gpointer user_data)
{
  TytoS3Client *self = user_data;
  GWeakRef *ref;
  GSocket *socket;

  if (event != G_SOCKET_CLIENT_CONNECTED || !G_IS_SOCKET_CONNECTION (stream))
    return;
  socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
  ref = g_new (GWeakRef, 1);
  g_weak_ref_init (ref, socket);
  g_mutex_lock (&self->lock);
  pace_sockets (self, self->pace);
  g_ptr_array_add (self->sockets, ref);
  if (self->pace > 0)
    set_pace (socket, self->pace);
  g_mutex_unlock (&self->lock);
}

static void
release (gpointer data, GClosure *closure)
{
  g_object_unref (data);
}

void
tyto_s3_client_pace_message (TytoS3Client *self, SoupMessage *message)
{
  g_signal_connect_data (message, "network-event", G_CALLBACK (on_network_event),
                         g_object_ref (self), release, 0);
}
