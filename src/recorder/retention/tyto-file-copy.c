/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-file-copy.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK (1024 * 1024)

static gboolean
set_errno (GError **error, TytoError code, const char *what, const char *path)
{
  int number = errno;

  tyto_set_error (error, code, "See that its disk is there and has room.", "Could not %s %s: %s",
                  what, path, g_strerror (number));
  return FALSE;
}

static void
set_priority (int value)
{
  /* Best effort: a kernel or disk without priorities copies as well. */
  (void) syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, value);
}

static gboolean
write_all (int fd, const guint8 *data, gsize length)
{
  while (length > 0) {
    gssize n = write (fd, data, length);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    data += n;
    length -= (gsize) n;
  }
  return TRUE;
}

/* Reads @in to its end, and writes it to @out unless that is -1. @size: (out). (transfer full):
 * SHA-256; NULL with @error. */
static char *
pump (int in, int out, const char *path, guint64 *size, GCancellable *cancellable, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *block = g_malloc (BLOCK);
  gssize n;

  *size = 0;
  for (;;) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return NULL;
    n = read (in, block, BLOCK);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      break;
    g_checksum_update (sum, block, n);
    if (out >= 0 && !write_all (out, block, (gsize) n)) {
      set_errno (error, TYTO_ERROR_STORAGE, "write", path);
      return NULL;
    }
    *size += (guint64) n;
  }
  if (n < 0) {
    set_errno (error, out >= 0 ? TYTO_ERROR_WRONG_STATE : TYTO_ERROR_STORAGE,
               out >= 0 ? "read the source of" : "read back", path);
    return NULL;
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* The copy, as the disk has it, and not the cache. */
static gboolean
read_back (int fd, const char *path, guint64 wanted_size, const char *wanted,
           GCancellable *cancellable, GError **error)
{
  g_autofree char *sum = NULL;
  guint64 size;

  if (fdatasync (fd) != 0 || lseek (fd, 0, SEEK_SET) != 0)
    return set_errno (error, TYTO_ERROR_STORAGE, "sync", path);
  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  sum = pump (fd, -1, path, &size, cancellable, error);
  posix_fadvise (fd, 0, 0, POSIX_FADV_DONTNEED);
  if (sum == NULL)
    return FALSE;
  if (size == wanted_size && g_str_equal (sum, wanted))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, "Its disk may be failing: look at the kernel's log.",
                  "%s reads back other than it was written", path);
  return FALSE;
}

static gboolean
copy_content (const TytoFileCopy *self, int in, int out, const char *path,
              GCancellable *cancellable, GError **error)
{
  g_autofree char *sum = NULL;
  struct stat about;
  guint64 size;

  if (fstat (in, &about) != 0)
    return set_errno (error, TYTO_ERROR_WRONG_STATE, "look at the source of", path);
  sum = pump (in, out, path, &size, cancellable, error);
  posix_fadvise (in, 0, 0, POSIX_FADV_DONTNEED);
  if (sum == NULL)
    return FALSE;
  if (size != self->size || (self->sha256 != NULL && !g_str_equal (sum, self->sha256))) {
    tyto_set_error (
        error, TYTO_ERROR_WRONG_STATE, "Run tytoctl catalogue check; the file stays where it is.",
        "%s is not the file that was recorded: size or checksum differ", self->from_name);
    return FALSE;
  }
  if (!read_back (out, path, size, sum, cancellable, error))
    return FALSE;
  /* The disk reclaims by age. */
  if (fchmod (out, about.st_mode & 0777) != 0
      || futimens (out, (const struct timespec[2]){ about.st_atim, about.st_mtim }) != 0
      || fsync (out) != 0)
    return set_errno (error, TYTO_ERROR_STORAGE, "sync", path);
  return TRUE;
}

/* A file system that cannot keep from replacing (EINVAL): we are alone in the directory. */
static gboolean
give_name (const TytoFileCopy *self, const char *part)
{
  if (renameat2 (self->to_directory, part, self->to_directory, self->to_name, RENAME_NOREPLACE)
      == 0)
    return TRUE;
  return errno == EINVAL
         && faccessat (self->to_directory, self->to_name, F_OK, AT_SYMLINK_NOFOLLOW) != 0
         && renameat (self->to_directory, part, self->to_directory, self->to_name) == 0;
}

static gboolean
copy_open (const TytoFileCopy *self, int in, const char *path, GCancellable *cancellable,
           GError **error)
{
  g_autofree char *part = g_strconcat (self->to_name, TYTO_FILE_COPY_SUFFIX, NULL);
  int out
      = openat (self->to_directory, part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  gboolean copied;

  if (out < 0)
    return set_errno (error, TYTO_ERROR_STORAGE, "make", path);
  copied = copy_content (self, in, out, path, cancellable, error);
  close (out);
  if (copied && !(give_name (self, part) && fsync (self->to_directory) == 0))
    copied = set_errno (error, TYTO_ERROR_STORAGE, "name", path);
  if (!copied)
    unlinkat (self->to_directory, part, 0);
  return copied;
}

gboolean
tyto_file_copy (const TytoFileCopy *self, const char *path, GCancellable *cancellable,
                GError **error)
{
  int in = openat (self->from_directory, self->from_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  gboolean copied;

  if (in < 0)
    return set_errno (error, errno == ENOENT ? TYTO_ERROR_NOT_FOUND : TYTO_ERROR_WRONG_STATE,
                      "open the source of", path);
  set_priority (IOPRIO_PRIO_VALUE (IOPRIO_CLASS_BE, 7));
  copied = copy_open (self, in, path, cancellable, error);
  set_priority (IOPRIO_PRIO_VALUE (IOPRIO_CLASS_NONE, 0));
  close (in);
  return copied;
}
