/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-socket.h: the listening end of the private link, made by tytod for its worker. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoWorkerSocket: a plain value.
 * @fd: listening, close-on-exec
 * @directory_fd: keeps @address valid
 * @address: D-Bus address to connect to; goes by way of /proc/self/fd, since a path may be longer
 * than the 107 bytes of sun_path (unix(7))
 */
typedef struct {
  int fd;
  int directory_fd;
  char *address;
} TytoWorkerSocket;

#define TYTO_WORKER_SOCKET_INIT                                                                    \
  {                                                                                                \
    -1, -1, NULL                                                                                   \
  }

/* Makes @run_dir/workers (0700) and in it NUMBER.sock (0600), in place of an old one.
 * TYTO_ERROR_STORAGE. */
gboolean
tyto_worker_socket_open (TytoWorkerSocket *self, const char *run_dir, guint number, GError **error);
void tyto_worker_socket_clear (TytoWorkerSocket *self);

G_END_DECLS
