/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-readiness.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
tyto_readiness_tell (const char *state)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  socklen_t length;
  int fd;

  if (path == NULL || strlen (path) >= sizeof address.sun_path)
    return;
  memcpy (address.sun_path, path, strlen (path));
  length = offsetof (struct sockaddr_un, sun_path) + strlen (path);
  if (*path == '@')
    address.sun_path[0] = '\0'; /* an abstract socket (unix(7)) */

  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0
      || sendto (fd, state, strlen (state), MSG_NOSIGNAL, (struct sockaddr *) &address, length) < 0)
    g_warning ("Cannot tell the service manager \"%s\": %s", state, g_strerror (errno));
  if (fd >= 0)
    close (fd);
}
