/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-listener.h"

#include "base/tyto-error.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_FD 3

/* By hand rather than with libsystemd, which is optional: the protocol is three variables. */
static int
find_fd (void)
{
  const char *pid = g_getenv ("LISTEN_PID");
  const char *count = g_getenv ("LISTEN_FDS");
  g_auto (GStrv) names = NULL;
  guint64 n;

  if (pid == NULL || count == NULL || strtol (pid, NULL, 10) != getpid ()
      || !g_ascii_string_to_unsigned (count, 10, 1, 1000, &n, NULL))
    return -1;
  names = g_strsplit (g_getenv ("LISTEN_FDNAMES") != NULL ? g_getenv ("LISTEN_FDNAMES") : "", ":",
                      -1);
  for (guint i = 0; i < n && i < g_strv_length (names); i++) {
    if (g_str_equal (names[i], "http"))
      return FIRST_FD + i;
  }
  return n == 1 ? FIRST_FD : -1;
}

GSocket *
tyto_http_listener_inherit (GError **error)
{
  g_autoptr (GError) local = NULL;
  GSocket *socket;
  int fd = find_fd ();

  if (fd < 0)
    return NULL;
  fcntl (fd, F_SETFD, FD_CLOEXEC);
  socket = g_socket_new_from_fd (fd, &local);
  if (socket == NULL)
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                    "Give the socket unit one ListenStream= with FileDescriptorName=http.",
                    "The descriptor handed over by systemd is no stream socket (%s)",
                    local->message);
  return socket;
}

GSocket *
tyto_http_listener_bind (GInetAddress *address, guint port, GError **error)
{
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new (address, port);
  g_autofree char *text = g_inet_address_to_string (address);
  g_autoptr (GError) local = NULL;
  g_autoptr (GSocket) socket = g_socket_new (g_inet_address_get_family (address),
                                             G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &local);

  if (socket != NULL) {
    g_socket_set_listen_backlog (socket, 128);
    if (g_socket_bind (socket, where, TRUE, &local) && g_socket_listen (socket, &local))
      return g_steal_pointer (&socket);
  }
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                  "End what listens there, or set http-port (or PORT) to another.",
                  "The API cannot listen on %s port %u (%s)", text, port, local->message);
  return NULL;
}

GInetAddress *
tyto_http_listener_get_address (GSocket *socket, guint *port)
{
  g_autoptr (GSocketAddress) local = g_socket_get_local_address (socket, NULL);

  *port = 0;
  if (!G_IS_INET_SOCKET_ADDRESS (local))
    return NULL;
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (local));
  return g_object_ref (g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (local)));
}
