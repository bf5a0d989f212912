/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archive-file.h"

#include "base/tyto-error.h"
#include "base/tyto-sha256.h"
#include "recorder/spool/tyto-spool-mark.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define CHUNK (256 * 1024)

typedef struct {
  char *path;
  guint64 size;
  char *sha256; /* of a mark */
} Work;

static void
work_free (Work *work)
{
  g_free (work->path);
  g_free (work->sha256);
  g_free (work);
}

static char *
fail (const char *path, GError **error)
{
  int code = errno;

  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "Cannot read %s: %s", path, g_strerror (code));
  return NULL;
}

static char *
read_all (const char *path, int fd, guint64 *size, GCancellable *cancellable, GError **error)
{
  g_autoptr (TytoSha256) sum = tyto_sha256_new ();
  g_autofree guchar *chunk = g_malloc (CHUNK);
  gssize n;

  *size = 0;
  while ((n = read (fd, chunk, CHUNK)) != 0) {
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail (path, error);
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return NULL;
    tyto_sha256_update (sum, chunk, (gsize) n);
    *size += (guint64) n;
  }
  return tyto_sha256_finish (sum);
}

static void
digest (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;
  char *text = NULL;
  int fd;

  if (tyto_spool_is_archived (work->path, &work->size, &text)) {
    g_task_return_pointer (task, text, g_free);
    return;
  }
  fd = open (work->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  text = fd < 0 ? fail (work->path, &error)
                : read_all (work->path, fd, &work->size, cancellable, &error);
  if (fd >= 0)
    close (fd);
  if (text != NULL)
    g_task_return_pointer (task, text, g_free);
  else
    g_task_return_error (task, error);
}

void
tyto_archive_file_digest_async (const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Work *work = g_new0 (Work, 1);

  work->path = g_strdup (path);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_run_in_thread (task, digest);
}

char *
tyto_archive_file_digest_finish (GAsyncResult *result, guint64 *size, GError **error)
{
  const Work *work = g_task_get_task_data (G_TASK (result));

  *size = work->size;
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
mark (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Work *work = data;
  GError *error = NULL;

  if (tyto_spool_mark_archived (work->path, work->size, work->sha256, &error)) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  /* To whoever archives, not found is what the archive has not. */
  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    error->code = TYTO_ERROR_STORAGE;
  g_task_return_error (task, error);
}

void
tyto_archive_file_mark_async (const char *path, guint64 size, const char *sha256,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Work *work = g_new0 (Work, 1);

  work->path = g_strdup (path);
  work->size = size;
  work->sha256 = g_strdup (sha256);
  g_task_set_task_data (task, work, (GDestroyNotify) work_free);
  g_task_run_in_thread (task, mark);
}

gboolean
tyto_archive_file_mark_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
