/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-spool-mark.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ATTRIBUTE     "user.tyto.archived"
#define SHA256_DIGITS 64
#define MAX_MARK      (20 + 1 + SHA256_DIGITS) /* digits of 2^64, colon, digest */

static gboolean
is_sha256 (const char *text)
{
  return strlen (text) == SHA256_DIGITS && strspn (text, "0123456789abcdef") == SHA256_DIGITS;
}

static gboolean
set_storage_error (GError **error, const char *what, const char *path)
{
  int code = errno;

  tyto_set_error (error, code == ENOENT ? TYTO_ERROR_NOT_FOUND : TYTO_ERROR_STORAGE, NULL,
                  "Could not %s %s: %s", what, path, g_strerror (code));
  return FALSE;
}

static char *
mark_path (const char *path)
{
  return g_strconcat (path, TYTO_SPOOL_MARK_SUFFIX, NULL);
}

/* For file systems without extended attributes. */
static gboolean
write_mark_file (const char *path, const char *mark, GError **error)
{
  g_autofree char *name = mark_path (path);
  g_autoptr (GError) cause = NULL;

  if (g_file_set_contents_full (name, mark, (gssize) strlen (mark),
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0640,
                                &cause))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "Could not write %s: %s", name, cause->message);
  return FALSE;
}

static gboolean
write_mark (int fd, const char *path, const char *mark, GError **error)
{
  if (fsetxattr (fd, ATTRIBUTE, mark, strlen (mark), 0) != 0) {
    if (errno == ENOTSUP || errno == ENOSPC || errno == EDQUOT)
      return write_mark_file (path, mark, error);
    return set_storage_error (error, "mark as archived", path);
  }
  return fsync (fd) == 0 || errno == EINVAL || set_storage_error (error, "sync", path);
}

gboolean
tyto_spool_mark_archived (const char *path, guint64 size, const char *sha256, GError **error)
{
  g_autofree char *mark = g_strdup_printf ("%" G_GUINT64_FORMAT ":%s", size, sha256);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat about;
  gboolean marked = FALSE;

  if (fd < 0)
    return set_storage_error (error, "open", path);
  if (fstat (fd, &about) != 0)
    set_storage_error (error, "ask for the size of", path);
  else if (!S_ISREG (about.st_mode) || (guint64) about.st_size != size)
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Archive it again.",
                    "%s is not the file of %" G_GUINT64_FORMAT " bytes that was archived", path,
                    size);
  else if (!is_sha256 (sha256))
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "\"%s\" is no SHA-256", sha256);
  else
    marked = write_mark (fd, path, mark, error);
  close (fd);
  return marked;
}

static gboolean
parse_mark (const char *mark, guint64 *size, char **sha256)
{
  const char *colon = strchr (mark, ':');
  g_autofree char *digits = colon != NULL ? g_strndup (mark, (gsize) (colon - mark)) : NULL;

  if (digits == NULL || !g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT64, size, NULL)
      || !is_sha256 (colon + 1))
    return FALSE;
  if (sha256 != NULL)
    *sha256 = g_strdup (colon + 1);
  return TRUE;
}

/* (transfer full) (nullable) */
static char *
read_mark (const char *path)
{
  char mark[MAX_MARK + 1] = "";
  g_autofree char *name = NULL;
  gssize n = lgetxattr (path, ATTRIBUTE, mark, MAX_MARK);
  int fd;

  if (n < 0) {
    name = mark_path (path);
    fd = open (name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
      return NULL;
    n = read (fd, mark, MAX_MARK);
    close (fd);
  }
  return n > 0 ? g_strndup (mark, (gsize) n) : NULL;
}

gboolean
tyto_spool_is_archived (const char *path, guint64 *size, char **sha256)
{
  g_autofree char *mark = read_mark (path);
  g_autofree char *digest = NULL;
  guint64 marked_size;
  struct stat about;

  if (mark == NULL || !parse_mark (mark, &marked_size, &digest) || lstat (path, &about) != 0
      || (guint64) about.st_size != marked_size)
    return FALSE;
  if (size != NULL)
    *size = marked_size;
  if (sha256 != NULL)
    *sha256 = g_steal_pointer (&digest);
  return TRUE;
}

gboolean
tyto_spool_unmark_archived (const char *path, GError **error)
{
  g_autofree char *name = mark_path (path);

  if (lremovexattr (path, ATTRIBUTE) != 0 && errno != ENODATA && errno != ENOTSUP
      && errno != ENOENT)
    return set_storage_error (error, "take the mark from", path);
  if (unlink (name) != 0 && errno != ENOENT)
    return set_storage_error (error, "delete", name);
  return TRUE;
}

gboolean
tyto_spool_delete_archived (const char *path, GError **error)
{
  g_autofree char *name = mark_path (path);

  if (!tyto_spool_is_archived (path, NULL, NULL)) {
    if (!g_file_test (path, G_FILE_TEST_EXISTS))
      return TRUE;
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL, "%s is not archived", path);
    return FALSE;
  }
  if (unlink (path) != 0 && errno != ENOENT)
    return set_storage_error (error, "delete", path);
  /* The file first: a mark without its file frees nothing and harms nothing. */
  if (unlink (name) != 0 && errno != ENOENT)
    return set_storage_error (error, "delete", name);
  return TRUE;
}
