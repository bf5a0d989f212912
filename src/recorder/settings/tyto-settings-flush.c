/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Brings what was written to the disk: GSettings answers before that. */
#include "recorder/settings/tyto-settings.h"
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static gboolean
sync_path (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  int result = fd >= 0 ? fsync (fd) : -1;
  int saved = errno;

  if (fd >= 0)
    close (fd);
  if (result == 0 || (fd < 0 && saved == ENOENT))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE,
                  "Look at the disk; the change holds until a power cut.",
                  "%s cannot be brought to the disk: %s", path, g_strerror (saved));
  return FALSE;
}

/* The files before the directories that name them. @paths: (array zero-terminated=1) */
static void
sync_in_thread (GTask *task, gpointer source, gpointer paths, GCancellable *cancellable)
{
  GError *error = NULL;

  for (char **path = paths; *path != NULL; path++) {
    if (!sync_path (*path, &error)) {
      g_task_return_error (task, error);
      return;
    }
  }
  g_task_return_boolean (task, TRUE);
}

void
tyto_settings_flush_async (TytoSettings *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  char **paths = g_new0 (char *, 5);

  paths[0] = g_strdup (self->file);
  paths[1] = g_path_get_dirname (self->file);
  /* The secrets' files are synced as they are written. */
  paths[2] = g_strdup (self->secrets_dir);
  paths[3] = g_strdup (self->state_dir);
  g_task_set_task_data (task, paths, (GDestroyNotify) g_strfreev);
  g_task_run_in_thread (task, sync_in_thread);
}

gboolean
tyto_settings_flush_finish (TytoSettings *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
