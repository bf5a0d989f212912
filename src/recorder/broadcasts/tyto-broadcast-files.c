/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of broadcasts, in a thread: a disk may be slow to answer. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "recorder/disk/tyto-disk-space.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *directory;
  char *but; /* nullable: with it stays what says which broadcast it is */
  TytoDiskLimits limits;
} Files;

static void
files_free (gpointer data)
{
  Files *files = data;

  g_free (files->directory);
  g_free (files->but);
  g_free (files);
}

static GTask *
make_task (const char *directory, const char *but, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Files *files = g_new0 (Files, 1);

  files->directory = g_strdup (directory);
  files->but = g_strdup (but);
  g_task_set_task_data (task, files, files_free);
  return task;
}

static gboolean
fail (const char *what, const char *where, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_STORAGE, "See that the recorder may write there.",
                  "Cannot %s %s: %s", what, where, g_strerror (errno));
  return FALSE;
}

/* --- Deleting --- */

/* There are only files in it: all of them are made by us. */
static gboolean
is_kept (const Files *files, const char *name)
{
  if (g_str_equal (name, ".") || g_str_equal (name, ".."))
    return TRUE;
  return files->but != NULL
         && (g_str_equal (name, files->but) || g_str_equal (name, TYTO_BROADCAST_MEMO_FILE));
}

static gboolean
delete_entries (DIR *directory, const Files *files, GError **error)
{
  struct dirent *entry;

  while ((entry = readdir (directory)) != NULL) {
    if (is_kept (files, entry->d_name))
      continue;
    if (unlinkat (dirfd (directory), entry->d_name, 0) != 0 && errno != ENOENT)
      return fail ("delete a file in", files->directory, error);
  }
  return TRUE;
}

static gboolean
delete_files (const Files *files, GError **error)
{
  int fd = open (files->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *directory = fd >= 0 ? fdopendir (fd) : NULL;
  gboolean done;

  if (directory == NULL)
    return errno == ENOENT || fail ("open", files->directory, error);
  done = delete_entries (directory, files, error);
  closedir (directory);
  if (done && files->but == NULL && rmdir (files->directory) != 0 && errno != ENOENT)
    return fail ("delete", files->directory, error);
  return done;
}

static void
delete_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (delete_files (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
tyto_broadcast_delete_files_async (const char *directory, const char *but,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = make_task (directory, but, cancellable, callback, user_data);

  g_task_run_in_thread (task, delete_in_thread);
}

gboolean
tyto_broadcast_delete_files_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Room --- */

typedef struct {
  guint64 room;
  guint64 floor;
} Room;

static void
measure_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Files *files = data;
  TytoDiskUsage usage;
  GError *error = NULL;

  if (!tyto_disk_space_read (files->directory, &usage)) {
    fail ("ask how much room there is in", files->directory, &error);
    g_task_return_error (task, error);
  } else {
    Room *room = g_new0 (Room, 1);

    room->floor = tyto_disk_limits_get_floor (&files->limits, usage.total);
    room->room = usage.free > room->floor ? usage.free - room->floor : 0;
    g_task_return_pointer (task, room, g_free);
  }
}

void
tyto_broadcast_measure_disk_async (TytoBroadcasts *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  TytoSettings *settings = self->settings;
  g_autoptr (GTask) task = make_task (tyto_settings_get_string (settings, "output-dir"), NULL,
                                      cancellable, callback, user_data);
  Files *files = g_task_get_task_data (task);

  files->limits.floor_bytes
      = tyto_settings_get_uint (settings, "disk-floor-mib") * G_GUINT64_CONSTANT (1048576);
  files->limits.floor_percent = tyto_settings_get_uint (settings, "disk-floor-percent");
  g_task_run_in_thread (task, measure_in_thread);
}

gboolean
tyto_broadcast_measure_disk_finish (GAsyncResult *result, guint64 *room, guint64 *floor,
                                    GError **error)
{
  g_autofree Room *measured = g_task_propagate_pointer (G_TASK (result), error);

  if (measured != NULL) {
    *room = measured->room;
    *floor = measured->floor;
  }
  return measured != NULL;
}

/* --- What is there --- */

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Files *files = data;
  GError *error = NULL;
  g_autoptr (GDir) directory = g_dir_open (files->directory, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (directory == NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_task_return_error (task, error);
    return;
  }
  g_clear_error (&error);
  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_task_return_pointer (task, g_steal_pointer (&names), (GDestroyNotify) g_ptr_array_unref);
}

void
tyto_broadcast_list_files_async (const char *directory, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = make_task (directory, NULL, NULL, callback, user_data);

  g_task_run_in_thread (task, list_in_thread);
}

GPtrArray *
tyto_broadcast_list_files_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
