/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-file.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <unistd.h>

#define DIRECTORY_MODE 0750
#define NAMES_TRIED    100

static gboolean
write_part (const char *part, GBytes *jpeg, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (jpeg, &size);
  int fd = g_open (part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  int saved = errno;

  if (fd >= 0) {
    saved = 0;
    while (size > 0 && saved == 0) {
      gssize n = write (fd, data, size);
      if (n < 0 && errno != EINTR)
        saved = errno;
      else if (n > 0) {
        data += n;
        size -= (gsize) n;
      }
    }
    if (close (fd) != 0 && saved == 0)
      saved = errno;
  }
  if (saved == 0)
    return TRUE;
  g_unlink (part);
  tyto_set_error (error, TYTO_ERROR_STORAGE, "See that the disk has room and may be written to.",
                  "Writing %s failed: %s.", part, g_strerror (saved));
  return FALSE;
}

/* RENAME_NOREPLACE where the file system knows it; link(2) refuses an existing name everywhere
 * else. */
static gboolean
rename_no_replace (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;
  if (link (from, to) != 0)
    return FALSE;
  g_unlink (from);
  return TRUE;
}

char *
tyto_thumbnail_file_write (const char *root, const char *camera, gint64 wall_us, GBytes *jpeg,
                           GError **error)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (wall_us / G_USEC_PER_SEC);
  g_autofree char *day = g_date_time_format (when, "%Y-%m-%d");
  g_autofree char *time = g_date_time_format (when, "%H-%M-%S");
  g_autofree char *absolute = g_canonicalize_filename (root, NULL);
  g_autofree char *directory = g_build_filename (absolute, camera, day, NULL);
  g_autofree char *part = g_strdup_printf ("%s/%s.jpg.part", directory, time);

  if (g_mkdir_with_parents (directory, DIRECTORY_MODE) != 0) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "See that the directory may be written to.",
                    "The directory %s cannot be made: %s.", directory, g_strerror (errno));
    return NULL;
  }
  if (!write_part (part, jpeg, error))
    return NULL;
  for (guint i = 0; i < NAMES_TRIED; i++) {
    g_autofree char *name = i == 0 ? g_strdup_printf ("%s/%s.jpg", directory, time)
                                   : g_strdup_printf ("%s/%s-%u.jpg", directory, time, i);
    if (rename_no_replace (part, name))
      return g_steal_pointer (&name);
    if (errno != EEXIST)
      break;
  }
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "%s cannot be renamed: %s.", part,
                  g_strerror (errno));
  g_unlink (part);
  return NULL;
}
