/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-look.h"

#include <sys/stat.h>

struct _TytoWorkerLook {
  GHashTable *processes; /* (element-type uint TytoProcessSample): NULL before it is read */
  GHashTable *files;     /* (element-type utf8 utf8): camera → the open segment's file */
  GHashTable *sizes;     /* (element-type utf8 gint64): by camera */
};

TytoWorkerLook *
tyto_worker_look_new (void)
{
  TytoWorkerLook *self = g_new0 (TytoWorkerLook, 1);

  self->processes = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
tyto_worker_look_free (TytoWorkerLook *self)
{
  g_hash_table_unref (self->processes);
  g_hash_table_unref (self->files);
  g_hash_table_unref (self->sizes);
  g_free (self);
}

void
tyto_worker_look_add (TytoWorkerLook *self, const char *camera, guint pid, const char *path)
{
  if (pid != 0)
    g_hash_table_insert (self->processes, GUINT_TO_POINTER (pid), NULL);
  if (*path != '\0')
    g_hash_table_insert (self->files, g_strdup (camera), g_strconcat (path, ".part", NULL));
}

static void
read_processes (TytoWorkerLook *self)
{
  GHashTableIter iter;
  gpointer pid;

  g_hash_table_iter_init (&iter, self->processes);
  while (g_hash_table_iter_next (&iter, &pid, NULL)) {
    TytoProcessSample sample;

    if (tyto_process_sample_read (GPOINTER_TO_UINT (pid), &sample))
      g_hash_table_iter_replace (&iter, g_memdup2 (&sample, sizeof sample));
  }
}

static void
read_sizes (TytoWorkerLook *self)
{
  GHashTableIter iter;
  gpointer camera, file;

  g_hash_table_iter_init (&iter, self->files);
  while (g_hash_table_iter_next (&iter, &camera, &file)) {
    struct stat info;
    gint64 size;

    if (stat (file, &info) < 0)
      continue;
    size = info.st_size;
    g_hash_table_insert (self->sizes, g_strdup (camera), g_memdup2 (&size, sizeof size));
  }
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  read_processes (data);
  read_sizes (data);
  g_task_return_boolean (task, TRUE);
}

void
tyto_worker_look_async (TytoWorkerLook *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, read_in_thread);
}

TytoWorkerLook *
tyto_worker_look_finish (GAsyncResult *result)
{
  return g_task_get_task_data (G_TASK (result));
}

const TytoProcessSample *
tyto_worker_look_get_process (TytoWorkerLook *self, guint pid)
{
  return g_hash_table_lookup (self->processes, GUINT_TO_POINTER (pid));
}

gint64
tyto_worker_look_get_size (TytoWorkerLook *self, const char *camera)
{
  const gint64 *size = g_hash_table_lookup (self->sizes, camera);

  return size != NULL ? *size : -1;
}
