/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-media-input.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK     4096 /* of file systems; what was not written is zero block by block */
#define MIN_ZEROS 1024 /* in a part of a block */
#define LOST_END  16   /* bytes */

static gboolean
fail (TytoMediaInput *self, const char *what, GError **error)
{
  int why = errno;

  tyto_set_error (error, TYTO_ERROR_STORAGE, "Check the disk.", "The file %s cannot be %s: %s",
                  self->path, what, g_strerror (why));
  return FALSE;
}

gboolean
tyto_media_input_init (TytoMediaInput *self, int fd, const char *path, gsize window_size,
                       GError **error)
{
  struct stat status;

  *self = (TytoMediaInput){ .fd = fd, .path = path, .window_size = window_size };
  if (fstat (fd, &status) != 0)
    return fail (self, "examined", error);
  self->size = (guint64) status.st_size;
  self->window = g_malloc (window_size);
  return TRUE;
}

void
tyto_media_input_clear (TytoMediaInput *self)
{
  g_clear_pointer (&self->window, g_free);
}

/* Returns: the bytes there were, at most @size; -1 with @error. */
static gssize
read_at (TytoMediaInput *self, guint64 offset, guint8 *to, gsize size, GError **error)
{
  gsize done = 0;

  while (done < size) {
    gssize n = pread (self->fd, to + done, size - done, (off_t) (offset + done));

    if (n == 0)
      break;
    if (n > 0) {
      done += (gsize) n;
    } else if (errno != EINTR) {
      fail (self, "read", error);
      return -1;
    }
  }
  return (gssize) done;
}

const guint8 *
tyto_media_input_peek (TytoMediaInput *self, guint64 offset, gsize size, GError **error)
{
  gssize n;

  if (offset > self->size || size > self->size - offset || size > self->window_size)
    return NULL;
  if (offset >= self->window_at && offset + size <= self->window_at + self->window_bytes)
    return self->window + (offset - self->window_at);

  self->window_at = offset;
  self->window_bytes = 0;
  n = read_at (self, offset, self->window, MIN (self->window_size, self->size - offset), error);
  if (n < 0)
    return NULL;
  self->window_bytes = (gsize) n;
  return (gsize) n >= size ? self->window : NULL;
}

GBytes *
tyto_media_input_read (TytoMediaInput *self, guint64 offset, gsize size, GError **error)
{
  g_autofree guint8 *bytes = NULL;

  if (offset > self->size || size > self->size - offset)
    return NULL;
  bytes = g_malloc (MAX (size, 1));
  if (read_at (self, offset, bytes, size, error) != (gssize) size)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&bytes), size);
}

gboolean
tyto_media_is_zero (const guint8 *data, gsize size)
{
  return data[0] == 0 && memcmp (data, data + 1, size - 1) == 0;
}

gboolean
tyto_media_has_lost_end (const guint8 *data, gsize size)
{
  gsize end = MIN (size, LOST_END);

  return end > 0 && tyto_media_is_zero (data + size - end, end);
}

gsize
tyto_media_find_lost_block (const guint8 *data, gsize size, guint64 at)
{
  gsize position = 0;

  while (position < size) {
    gsize part = MIN (BLOCK - (gsize) ((at + position) % BLOCK), size - position);

    if (part >= MIN_ZEROS && tyto_media_is_zero (data + position, part))
      return position;
    position += part;
  }
  return size;
}

gboolean
tyto_media_input_is_torn (TytoMediaInput *self, guint64 end)
{
  const guint8 *bytes = NULL;

  if (end > 0)
    bytes = tyto_media_input_peek (self, end - 1, 1 + LOST_END, NULL);
  return bytes != NULL && tyto_media_is_zero (bytes, 1 + LOST_END);
}

gboolean
tyto_media_input_write (TytoMediaInput *self, guint64 offset, const guint8 *data, gsize size,
                        GError **error)
{
  gsize done = 0;

  self->window_bytes = 0;
  while (done < size) {
    gssize n = pwrite (self->fd, data + done, size - done, (off_t) (offset + done));

    if (n >= 0)
      done += (gsize) n;
    else if (errno != EINTR)
      return fail (self, "written", error);
  }
  return TRUE;
}

gboolean
tyto_media_input_cut (TytoMediaInput *self, guint64 size, GError **error)
{
  self->window_bytes = 0;
  while (ftruncate (self->fd, (off_t) size) != 0)
    if (errno != EINTR)
      return fail (self, "cut", error);
  self->size = size;
  /* A failed sync is not tried again: the kernel may have dropped what it could not write. */
  return fsync (self->fd) == 0 || fail (self, "synced", error);
}
