/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How fast a connection sends: the kernel spreads its packets (socket(7), SO_MAX_PACING_RATE), and
 * takes no more than it can soon send (tcp(7), TCP_NOTSENT_LOWAT), so that what it took was sent.
 */
#include "store/s3/tyto-s3-client-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define NOT_SENT (128 * 1024)

void
tyto_s3_client_set_pace (TytoS3Client *self, guint64 pace)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->pace = pace;
}

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream,
                  gpointer user_data)
{
  const guint64 *pace = user_data;
  const int not_sent = NOT_SENT;
  int fd;

  if (event != G_SOCKET_CLIENT_CONNECTED || !G_IS_SOCKET_CONNECTION (stream))
    return;
  fd = g_socket_get_fd (g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream)));
  if (setsockopt (fd, SOL_SOCKET, SO_MAX_PACING_RATE, pace, sizeof *pace) != 0
      || setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent, sizeof not_sent) != 0)
    g_debug ("A connection to the object store is not paced: %s", g_strerror (errno));
}

static void
free_pace (gpointer data, GClosure *closure)
{
  g_free (data);
}

void
tyto_s3_client_pace_message (TytoS3Client *self, SoupMessage *message)
{
  guint64 pace;

  g_mutex_lock (&self->lock);
  pace = self->pace;
  g_mutex_unlock (&self->lock);
  if (pace > 0)
    g_signal_connect_data (message, "network-event", G_CALLBACK (on_network_event),
                           g_memdup2 (&pace, sizeof pace), free_pace, 0);
}
