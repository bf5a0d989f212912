/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-segment-file.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BLOCK   (256 * 1024)
#define LARGEST (G_GINT64_CONSTANT (1) << 30)
#define MODE    0640

typedef struct {
  GInputStream *stream;
  char *directory;
  char *path;
  char *part;
  gint64 expected;
  guint64 floor;
  int fd;
  guint8 *block;
  gsize filled;
  gint64 written;
  GError *failed; /* why it is discarded */
} Save;

static void
save_free (Save *save)
{
  g_object_unref (save->stream);
  g_free (save->directory);
  g_free (save->path);
  g_free (save->part);
  g_free (save->block);
  g_clear_error (&save->failed);
  if (save->fd >= 0)
    close (save->fd);
  g_free (save);
}

/* --- In a thread --- */

static gboolean
fail (const Save *save, const char *what, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "“%s” cannot be %s: %s", save->part, what,
                  g_strerror (errno));
  return FALSE;
}

static gboolean
has_room (const Save *save, GError **error)
{
  struct statvfs info;
  guint64 free_bytes;

  if (statvfs (save->directory, &info) != 0)
    return fail (save, "written", error);
  free_bytes = (guint64) info.f_bavail * info.f_frsize;
  if (free_bytes >= save->floor + save->filled)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, "Make room, or lower the floor.",
                  "The disk is full: %" G_GUINT64_FORMAT " MiB are free, and %" G_GUINT64_FORMAT
                  " MiB are to stay so",
                  free_bytes >> 20, save->floor >> 20);
  return FALSE;
}

static gboolean
write_block (Save *save, GError **error)
{
  gsize done = 0;

  if (!has_room (save, error))
    return FALSE;
  if (save->fd < 0)
    save->fd = open (save->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, MODE);
  if (save->fd < 0)
    return fail (save, "made", error);
  while (done < save->filled) {
    gssize n = write (save->fd, save->block + done, save->filled - done);

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail (save, "written", error);
    done += (gsize) n;
  }
  save->written += (gint64) done;
  return TRUE;
}

static gboolean
sync_directory (const Save *save, GError **error)
{
  int fd = open (save->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean synced = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);

  if (!synced)
    fail (save, "synced", error);
  if (fd >= 0)
    close (fd);
  return synced;
}

/* It is all there. */
static gboolean
complete (Save *save, GError **error)
{
  if (save->expected >= 0 && save->written != save->expected) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
                 "It was cut off after %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " bytes",
                 save->written, save->expected);
    return FALSE;
  }
  if (save->written == 0) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "It is empty");
    return FALSE;
  }
  if (fdatasync (save->fd) != 0 && errno != EINVAL)
    return fail (save, "synced", error);
  if (close (g_steal_fd (&save->fd)) != 0)
    return fail (save, "closed", error);
  if (g_rename (save->part, save->path) != 0)
    return fail (save, "renamed", error);
  return sync_directory (save, error);
}

static void
discard (Save *save)
{
  if (save->fd >= 0)
    close (g_steal_fd (&save->fd));
  g_unlink (save->part);
}

/* Puts away what was read; the last block is one that is not full. */
static void
run_step (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Save *save = data;
  GError *error = NULL;
  gboolean last = save->filled < BLOCK;

  if (save->failed != NULL) {
    discard (save);
    g_task_return_error (task, g_steal_pointer (&save->failed));
  } else if (!write_block (save, &error) || (last && !complete (save, &error))) {
    discard (save);
    g_task_return_error (task, error);
  } else {
    g_task_return_boolean (task, last);
  }
}

/* --- In the main loop --- */

static void read_block (GTask *task);

static void
on_step (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Save *save = g_task_get_task_data (task);
  GError *error = NULL;
  gboolean last = g_task_propagate_boolean (G_TASK (result), &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else if (last)
    g_task_return_int (task, save->written);
  else
    read_block (task);
}

/* @save outlives the thread: @task, which owns it, waits for it. */
static void
begin_step (GTask *task)
{
  g_autoptr (GTask) step = g_task_new (NULL, NULL, on_step, g_object_ref (task));

  g_task_set_task_data (step, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (step, run_step);
}

static GError *
explain (GError *error)
{
  g_autoptr (GError) owned = error;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_steal_pointer (&owned);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_error_new_literal (TYTO_ERROR, TYTO_ERROR_TIMED_OUT, "Nothing came any more");
  return g_error_new (G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "It was cut off: %s", error->message);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Save *save = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_input_stream_read_all_finish (save->stream, result, &save->filled, &error))
    save->failed = explain (error);
  else if (save->written + (gint64) save->filled > LARGEST)
    save->failed
        = g_error_new_literal (TYTO_ERROR, TYTO_ERROR_TOO_LARGE, "It is larger than 1 GiB");
  begin_step (task);
}

static void
read_block (GTask *task)
{
  Save *save = g_task_get_task_data (task);

  g_input_stream_read_all_async (save->stream, save->block, BLOCK, G_PRIORITY_DEFAULT,
                                 g_task_get_cancellable (task), on_read, g_object_ref (task));
}

void
tyto_segment_file_save_async (GInputStream *stream, const char *directory, const char *name,
                              gint64 expected, guint64 floor, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Save *save = g_new0 (Save, 1);

  g_task_set_check_cancellable (task, FALSE);
  save->stream = g_object_ref (stream);
  save->directory = g_strdup (directory);
  save->path = g_build_filename (directory, name, NULL);
  save->part = g_strconcat (save->path, ".part", NULL);
  save->expected = expected;
  save->floor = floor;
  save->fd = -1;
  save->block = g_malloc (BLOCK);
  g_task_set_task_data (task, save, (GDestroyNotify) save_free);
  read_block (task);
}

gint64
tyto_segment_file_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}
