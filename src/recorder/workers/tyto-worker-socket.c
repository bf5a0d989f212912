/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-socket.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4

static gboolean
fail (const char *what, const char *where, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_STORAGE, "See that the directory can be written.",
                  "Cannot %s %s: %s", what, where, g_strerror (errno));
  return FALSE;
}

static gboolean
open_directory (TytoWorkerSocket *self, const char *run_dir, GError **error)
{
  g_autofree char *directory = g_build_filename (run_dir, "workers", NULL);

  if (g_mkdir_with_parents (directory, 0700) != 0)
    return fail ("make the directory", directory, error);
  self->directory_fd = open (directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (self->directory_fd < 0)
    return fail ("open the directory", directory, error);
  return TRUE;
}

/* Where the socket called @number is, by way of the open directory. (transfer full) */
static char *
make_path (TytoWorkerSocket *self, guint number)
{
  return g_strdup_printf ("/proc/self/fd/%d/%u.sock", self->directory_fd, number);
}

gboolean
tyto_worker_socket_find (TytoWorkerSocket *self, const char *run_dir, guint number, GError **error)
{
  g_autofree char *path = NULL;

  if (!open_directory (self, run_dir, error))
    return FALSE;
  path = make_path (self, number);
  self->number = number;
  self->address = g_strdup_printf ("unix:path=%s", path);
  return TRUE;
}

gboolean
tyto_worker_socket_open (TytoWorkerSocket *self, const char *run_dir, guint number, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = NULL;

  if (!tyto_worker_socket_find (self, run_dir, number, error))
    return FALSE;
  path = make_path (self, number);
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);

  self->fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (self->fd < 0)
    return fail ("make a socket in", run_dir, error);
  unlink (path);
  if (bind (self->fd, (struct sockaddr *) &address, sizeof address) != 0 || chmod (path, 0600) != 0
      || listen (self->fd, BACKLOG) != 0)
    return fail ("make a socket in", run_dir, error);
  return TRUE;
}

void
tyto_worker_socket_remove (TytoWorkerSocket *self)
{
  g_autofree char *path = self->directory_fd >= 0 ? make_path (self, self->number) : NULL;

  if (path != NULL)
    unlink (path);
}

static void
add_number (GArray *numbers, guint number)
{
  g_array_append_val (numbers, number);
}

GArray *
tyto_worker_socket_list (const char *run_dir)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree char *path = g_build_filename (run_dir, "workers", NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL) {
    char *end;
    guint64 number = g_ascii_strtoull (name, &end, 10);

    if (g_ascii_isdigit (*name) && g_str_equal (end, ".sock") && number > 0
        && number < TYTO_WORKER_SOCKET_ROLES)
      add_number (numbers, (guint) number);
  }
  return numbers;
}

void
tyto_worker_socket_clear (TytoWorkerSocket *self)
{
  if (self->fd >= 0)
    close (self->fd);
  if (self->directory_fd >= 0)
    close (self->directory_fd);
  g_free (self->address);
  *self = (TytoWorkerSocket) TYTO_WORKER_SOCKET_INIT;
}
