/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-file-beneath.h"

#include "recorder/spool/tyto-spool.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DIRECTORY_MODE 0750

const char *
tyto_file_beneath_relative (const char *root, const char *path)
{
  gsize length = strlen (root);

  while (length > 0 && root[length - 1] == '/')
    length--;
  if (strncmp (path, root, length) != 0 || path[length] != '/')
    return NULL;
  path += length;
  while (*path == '/')
    path++;
  return *path != '\0' ? path : NULL;
}

const char *
tyto_file_beneath_find_root (const char *const *roots, const char *path)
{
  for (guint i = 0; roots[i] != NULL; i++) {
    if (tyto_file_beneath_relative (roots[i], path) != NULL)
      return roots[i];
  }
  return NULL;
}

gboolean
tyto_file_beneath_is_there (const char *root)
{
  g_autofree char *path = g_build_filename (root, TYTO_SPOOL_DIR, "id", NULL);
  struct stat about;

  return lstat (path, &about) == 0 && S_ISREG (about.st_mode);
}

const char *
tyto_file_beneath_name (const char *relative)
{
  const char *slash = strrchr (relative, '/');

  return slash != NULL ? slash + 1 : relative;
}

static int
open_at (int directory, const char *path)
{
  struct open_how how = {
    .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  };

  return (int) syscall (SYS_openat2, directory, path, &how, sizeof how);
}

static int
make_and_open (int top, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GString) so_far = g_string_new (NULL);
  int directory = open_at (top, ".");

  for (guint i = 0; parts[i] != NULL && directory >= 0; i++) {
    int next;

    if (*parts[i] == '\0')
      continue;
    if (mkdirat (directory, parts[i], DIRECTORY_MODE) == 0)
      fsync (directory);
    else if (errno != EEXIST) {
      int saved = errno;

      close (directory);
      errno = saved;
      return -1;
    }
    /* From the top, so that RESOLVE_BENEATH judges the whole way. */
    g_string_append_printf (so_far, "%s%s", so_far->len > 0 ? "/" : "", parts[i]);
    next = open_at (top, so_far->str);
    close (directory);
    directory = next;
  }
  return directory;
}

int
tyto_file_beneath_open_directory (const char *root, const char *relative, gboolean make)
{
  g_autofree char *path = g_path_get_dirname (relative);
  int top = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int directory, saved;

  if (top < 0)
    return -1;
  directory = make ? make_and_open (top, path) : open_at (top, path);
  saved = errno;
  close (top);
  errno = saved;
  return directory;
}

void
tyto_file_beneath_prune (const char *root, const char *relative, gint64 before_s)
{
  g_autofree char *path = g_path_get_dirname (relative);

  while (!g_str_equal (path, ".")) {
    g_autofree char *above = g_path_get_dirname (path);
    int directory = tyto_file_beneath_open_directory (root, path, FALSE);
    const char *name = tyto_file_beneath_name (path);
    struct stat about;
    gboolean pruned, unused;

    if (directory < 0)
      return;
    /* Of the one above, before what is below it goes. */
    unused = fstat (directory, &about) == 0 && about.st_mtim.tv_sec < before_s;
    pruned = unlinkat (directory, name, AT_REMOVEDIR) == 0;
    close (directory);
    if (!pruned || !unused)
      return;
    g_free (path);
    path = g_steal_pointer (&above);
  }
}
