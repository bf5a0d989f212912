/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-movie-file.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define MOVE_BYTES      (1024 * 1024)
#define WRITEBACK_BYTES (16 * 1024 * 1024)

struct _TytoMovieFile {
  char *path;
  char *part;
  int fd;
  guint64 written_back; /* the kernel was told to write what is before it */
  gboolean finished;
};

static void
set_storage_error (GError **error, const TytoMovieFile *self)
{
  gboolean full = errno == ENOSPC || errno == EDQUOT;

  tyto_set_error (error, TYTO_ERROR_STORAGE, full ? "Make room on the disk." : NULL,
                  "“%s” cannot be written: %s.", self->part, g_strerror (errno));
}

TytoMovieFile *
tyto_movie_file_new (const char *path, guint64 reserve, GError **error)
{
  g_autoptr (TytoMovieFile) self = g_new0 (TytoMovieFile, 1);

  self->path = g_strdup (path);
  self->part = g_strconcat (path, ".part", NULL);
  self->fd = open (self->part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (self->fd < 0) {
    set_storage_error (error, self);
    return NULL;
  }
  while (reserve > 0 && fallocate (self->fd, 0, 0, (off_t) reserve) < 0) {
    if (errno == EINTR)
      continue;
    if (errno == EOPNOTSUPP || errno == ENOSYS)
      break;
    set_storage_error (error, self);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
tyto_movie_file_free (TytoMovieFile *self)
{
  if (self->fd >= 0) {
    close (self->fd);
    if (!self->finished)
      g_unlink (self->part);
  }
  g_free (self->path);
  g_free (self->part);
  g_free (self);
}

/* Dirty pages go to the disk while the rest is joined, instead of all at the end. */
static void
begin_writeback (TytoMovieFile *self, guint64 end)
{
  if (end < self->written_back + WRITEBACK_BYTES)
    return;
  sync_file_range (self->fd, (off_t) self->written_back, (off_t) (end - self->written_back),
                   SYNC_FILE_RANGE_WRITE);
  self->written_back = end;
}

gboolean
tyto_movie_file_write (TytoMovieFile *self, guint64 offset, const guint8 *data, gsize size,
                       GError **error)
{
  while (size > 0) {
    ssize_t n = pwrite (self->fd, data, size, (off_t) offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      set_storage_error (error, self);
      return FALSE;
    }
    data += n;
    size -= (gsize) n;
    offset += (guint64) n;
  }
  begin_writeback (self, offset);
  return TRUE;
}

static gboolean
read_back (TytoMovieFile *self, guint64 offset, guint8 *data, gsize size, GError **error)
{
  while (size > 0) {
    ssize_t n = pread (self->fd, data, size, (off_t) offset);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0) {
      errno = n == 0 ? EIO : errno;
      set_storage_error (error, self);
      return FALSE;
    }
    data += n;
    size -= (gsize) n;
    offset += (guint64) n;
  }
  return TRUE;
}

gboolean
tyto_movie_file_move (TytoMovieFile *self, guint64 begin, guint64 end, guint64 by, GError **error)
{
  g_autofree guint8 *block = g_malloc (MOVE_BYTES);

  while (end > begin) {
    gsize size = (gsize) MIN (end - begin, MOVE_BYTES);

    end -= size;
    if (!read_back (self, end, block, size, error)
        || !tyto_movie_file_write (self, end + by, block, size, error))
      return FALSE;
  }
  return TRUE;
}

/* A name is on the disk when its directory is. */
static gboolean
sync_directory (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean synced;
  int problem;

  if (fd < 0)
    return FALSE;
  synced = fsync (fd) == 0;
  problem = errno;
  close (fd);
  errno = problem;
  return synced;
}

gboolean
tyto_movie_file_finish (TytoMovieFile *self, guint64 size, GError **error)
{
  if (ftruncate (self->fd, (off_t) size) < 0 || fsync (self->fd) < 0
      || g_rename (self->part, self->path) < 0) {
    set_storage_error (error, self);
    return FALSE;
  }
  self->finished = TRUE;
  if (!sync_directory (self->path)) {
    set_storage_error (error, self);
    g_unlink (self->path);
    return FALSE;
  }
  return TRUE;
}
