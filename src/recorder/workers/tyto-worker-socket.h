/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-socket.h: the socket of the private link: RUN_DIR/workers/NUMBER.sock, made by tytod
 * for its worker, which listens there until it ends, for a later tytod too. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoWorkerSocket: a plain value.
 * @fd: listening, close-on-exec; -1 when it was only found
 * @number: its name
 * @directory_fd: keeps @address valid
 * @address: D-Bus address to connect to; goes by way of /proc/self/fd, since a path may be longer
 * than the 107 bytes of sun_path (unix(7))
 */
typedef struct {
  int fd;
  int directory_fd;
  guint number;
  char *address;
} TytoWorkerSocket;

/* Numbers from here on are of processes that end with their client, which nobody adopts. */
#define TYTO_WORKER_SOCKET_ROLES 0x80000000U

#define TYTO_WORKER_SOCKET_INIT                                                                    \
  {                                                                                                \
    -1, -1, 0, NULL                                                                                \
  }

/* Makes @run_dir/workers (0700) and in it NUMBER.sock (0600), in place of an old one.
 * TYTO_ERROR_STORAGE. */
gboolean
tyto_worker_socket_open (TytoWorkerSocket *self, const char *run_dir, guint number, GError **error);

/* The address of the socket NUMBER.sock that a worker may listen at. TYTO_ERROR_STORAGE. */
gboolean
tyto_worker_socket_find (TytoWorkerSocket *self, const char *run_dir, guint number, GError **error);

/* Takes its name away: nobody listens there any more. */
void tyto_worker_socket_remove (TytoWorkerSocket *self);

/* The numbers of the sockets there are, in no order, but those of roles. (transfer full)
 * (element-type guint) */
GArray *tyto_worker_socket_list (const char *run_dir);

void tyto_worker_socket_clear (TytoWorkerSocket *self);

G_END_DECLS
