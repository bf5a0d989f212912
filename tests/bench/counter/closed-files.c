/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "closed-files.h"

#include <errno.h>
#include <sys/inotify.h>
#include <unistd.h>

struct _ClosedFiles {
  int fd;
  GHashTable *directories; /* watch descriptor to path */
};

/* What a directory holds already is followed too; @func: gets the files that may have been closed
 * before it was (nullable). */
static void
follow (ClosedFiles *self, const char *path, ClosedFileFunc func, gpointer user_data)
{
  int watch = inotify_add_watch (
      self->fd, path, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR | IN_EXCL_UNLINK);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (watch < 0) { /* a file, or gone */
    if (errno == ENOSPC)
      g_printerr ("%s: no more inotify watches: raise fs.inotify.max_user_watches\n", path);
    return;
  }
  g_hash_table_insert (self->directories, GINT_TO_POINTER (watch), g_strdup (path));
  dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);

    if (name[0] == '.')
      continue;
    if (func != NULL && g_file_test (child, G_FILE_TEST_IS_REGULAR))
      func (child, user_data);
    else
      follow (self, child, func, user_data);
  }
}

ClosedFiles *
closed_files_new (const char *directory, GError **error)
{
  g_autoptr (ClosedFiles) self = g_new0 (ClosedFiles, 1);

  self->directories = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  if (self->fd >= 0)
    follow (self, directory, NULL, NULL);
  if (g_hash_table_size (self->directories) == 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", directory,
                 g_strerror (errno));
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
closed_files_free (ClosedFiles *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_hash_table_unref (self->directories);
  g_free (self);
}

int
closed_files_get_fd (ClosedFiles *self)
{
  return self->fd;
}

static void
take_event (ClosedFiles *self, const struct inotify_event *event, ClosedFileFunc func,
            gpointer user_data)
{
  const char *directory = g_hash_table_lookup (self->directories, GINT_TO_POINTER (event->wd));
  g_autofree char *path = NULL;

  if (directory == NULL || event->len == 0 || event->name[0] == '.')
    return;
  path = g_build_filename (directory, event->name, NULL);
  if (event->mask & IN_ISDIR)
    follow (self, path, func, user_data);
  else if (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
    func (path, user_data);
}

gboolean
closed_files_read (ClosedFiles *self, ClosedFileFunc func, gpointer user_data)
{
  _Alignas(struct inotify_event) char buffer[16384];
  gboolean whole = TRUE;
  gssize n;

  while ((n = read (self->fd, buffer, sizeof buffer)) > 0) {
    for (char *at = buffer; at < buffer + n;) {
      const struct inotify_event *event = (const struct inotify_event *) at;

      whole &= !(event->mask & IN_Q_OVERFLOW);
      take_event (self, event, func, user_data);
      at += sizeof *event + event->len;
    }
  }
  return whole;
}
