/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-file-removal.h"

#include "recorder/retention/tyto-file-beneath.h"
#include "recorder/spool/tyto-spool-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory that somebody used within this time may be used again now. */
#define UNUSED_S 3600

typedef struct {
  GStrv roots;
  GStrv paths;
  GHashTable *left; /* path → why */
  gint64 unused_since_s;
} Removal;

/* A directory in which something was deleted. */
typedef struct {
  const char *root;
  char *relative; /* of a file in it */
  int fd;
  GPtrArray *paths; /* (element-type utf8): deleted in it */
  const char *why;  /* why nothing can be deleted in it (nullable) */
  gboolean unused;
} Directory;

static void
removal_free (gpointer data)
{
  Removal *self = data;

  g_strfreev (self->roots);
  g_strfreev (self->paths);
  g_clear_pointer (&self->left, g_hash_table_unref);
  g_free (self);
}

static void
directory_free (gpointer data)
{
  Directory *self = data;

  if (self->fd >= 0)
    close (self->fd);
  g_free (self->relative);
  g_ptr_array_unref (self->paths);
  g_free (self);
}

static void
leave (Removal *self, const char *path, const char *why)
{
  g_hash_table_insert (self->left, g_strdup (path), g_strdup (why));
}

static gboolean
unlink_mark (int directory, const char *name)
{
  g_autofree char *mark = g_strconcat (name, TYTO_SPOOL_MARK_SUFFIX, NULL);

  return unlinkat (directory, mark, 0) == 0 || errno == ENOENT;
}

/* NULL, or why it is still there. */
static const char *
unlink_file (int directory, const char *name)
{
  struct stat about;

  if (fstatat (directory, name, &about, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT)
      return g_strerror (errno);
  } else if (!S_ISREG (about.st_mode)) {
    return "it is no regular file";
  } else if (unlinkat (directory, name, 0) != 0 && errno != ENOENT) {
    return g_strerror (errno);
  }
  return unlink_mark (directory, name) ? NULL : g_strerror (errno);
}

/* The directory of @path among @directories (by name), opened at its first use; NULL when it is
 * gone, or with @why. */
static Directory *
enter_directory (Removal *self, GHashTable *directories, const char *path, const char **why)
{
  g_autofree char *name = g_path_get_dirname (path);
  Directory *directory = g_hash_table_lookup (directories, name);
  const char *root, *relative;
  struct stat about;

  if (directory != NULL) {
    *why = directory->why;
    return directory;
  }
  root = tyto_file_beneath_find_root ((const char *const *) self->roots, path);
  if (root == NULL) {
    *why = "it lies outside of the directories of recordings";
    return NULL;
  }
  if (!tyto_file_beneath_is_there (root)) {
    *why = "the directory of its recordings is not there";
    return NULL;
  }
  directory = g_new0 (Directory, 1);
  relative = tyto_file_beneath_relative (root, path);
  directory->root = root;
  directory->relative = g_strdup (relative);
  directory->paths = g_ptr_array_new ();
  directory->fd = tyto_file_beneath_open_directory (directory->root, relative, FALSE);
  if (directory->fd < 0 && errno != ENOENT)
    *why = directory->why = g_strerror (errno);
  directory->unused = directory->fd >= 0 && fstat (directory->fd, &about) == 0
                      && about.st_mtim.tv_sec < self->unused_since_s;
  g_hash_table_insert (directories, g_steal_pointer (&name), directory);
  return directory;
}

static void
remove_one (Removal *self, GHashTable *directories, char *path)
{
  const char *why = NULL;
  Directory *directory = enter_directory (self, directories, path, &why);

  if (why == NULL && directory->fd >= 0)
    why = unlink_file (directory->fd, tyto_file_beneath_name (path));
  if (why != NULL)
    leave (self, path, why);
  else
    g_ptr_array_add (directory->paths, path);
}

/* What was deleted in @directory stays so. */
static void
settle (Removal *self, Directory *directory)
{
  if (directory->fd < 0)
    return;
  if (fsync (directory->fd) != 0) {
    const char *why = g_strerror (errno);

    for (guint i = 0; i < directory->paths->len; i++)
      leave (self, directory->paths->pdata[i], why);
  } else if (directory->unused) {
    tyto_file_beneath_prune (directory->root, directory->relative, self->unused_since_s);
  }
}

static void
remove_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Removal *self = data;
  g_autoptr (GHashTable) directories
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, directory_free);
  GHashTableIter iter;
  gpointer directory;

  for (guint i = 0; self->paths[i] != NULL; i++) {
    if (g_task_return_error_if_cancelled (task))
      return;
    remove_one (self, directories, self->paths[i]);
  }
  g_hash_table_iter_init (&iter, directories);
  while (g_hash_table_iter_next (&iter, NULL, &directory))
    settle (self, directory);
  g_task_return_pointer (task, g_steal_pointer (&self->left), (GDestroyNotify) g_hash_table_unref);
}

void
tyto_file_removal_async (const char *const *roots, const char *const *paths,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Removal *self = g_new0 (Removal, 1);

  self->roots = g_strdupv ((char **) roots);
  self->paths = g_strdupv ((char **) paths);
  self->left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->unused_since_s = g_get_real_time () / G_USEC_PER_SEC - UNUSED_S;
  g_task_set_source_tag (task, tyto_file_removal_async);
  g_task_set_task_data (task, self, removal_free);
  g_task_run_in_thread (task, remove_in_thread);
}

GHashTable *
tyto_file_removal_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
