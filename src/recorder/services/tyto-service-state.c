/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-service-state.h"

struct _TytoServiceState {
  GObject parent_instance;

  char *path;
  GKeyFile *file;
  gboolean changed; /* since it was written last */
  gboolean writing;
  GQueue waiting; /* (element-type GTask): until all is written */
};

G_DEFINE_FINAL_TYPE (TytoServiceState, tyto_service_state, G_TYPE_OBJECT)

typedef struct {
  char *path;
  char *text;
  gsize size;
} Copy;

static void
copy_free (gpointer data)
{
  Copy *copy = data;

  g_free (copy->path);
  g_free (copy->text);
  g_free (copy);
}

static void
write_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Copy *copy = data;
  GError *error = NULL;

  if (g_file_set_contents_full (copy->path, copy->text, copy->size,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void begin_write (TytoServiceState *self);

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoServiceState *self = TYTO_SERVICE_STATE (source);
  g_autoptr (GError) error = NULL;

  self->writing = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_warning ("The state of the services cannot be kept: %s", error->message);
  if (self->changed)
    begin_write (self);
  while (!self->writing && !g_queue_is_empty (&self->waiting)) {
    g_autoptr (GTask) task = g_queue_pop_head (&self->waiting);

    g_task_return_boolean (task, TRUE);
  }
}

static void
begin_write (TytoServiceState *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_written, NULL);
  Copy *copy = g_new0 (Copy, 1);

  copy->path = g_strdup (self->path);
  copy->text = g_key_file_to_data (self->file, &copy->size, NULL);
  self->changed = FALSE;
  self->writing = TRUE;
  g_task_set_task_data (task, copy, copy_free);
  g_task_run_in_thread (task, write_in_thread);
}

static void
changed (TytoServiceState *self)
{
  self->changed = TRUE;
  if (!self->writing)
    begin_write (self);
}

TytoServiceState *
tyto_service_state_new (const char *directory)
{
  TytoServiceState *self = g_object_new (TYTO_TYPE_SERVICE_STATE, NULL);

  self->path = g_build_filename (directory, "services.state", NULL);
  g_key_file_load_from_file (self->file, self->path, G_KEY_FILE_NONE, NULL);
  return self;
}

char *
tyto_service_state_get (TytoServiceState *self, const char *group, const char *key)
{
  return g_key_file_get_string (self->file, group, key, NULL);
}

void
tyto_service_state_set (TytoServiceState *self, const char *group, const char *key,
                        const char *value)
{
  g_autofree char *before = tyto_service_state_get (self, group, key);

  if (g_strcmp0 (before, value) == 0)
    return;
  if (value != NULL)
    g_key_file_set_string (self->file, group, key, value);
  else
    g_key_file_remove_key (self->file, group, key, NULL);
  changed (self);
}

char **
tyto_service_state_list (TytoServiceState *self, const char *group)
{
  char **keys = g_key_file_get_keys (self->file, group, NULL, NULL);

  return keys != NULL ? keys : g_new0 (char *, 1);
}

void
tyto_service_state_forget_group (TytoServiceState *self, const char *group)
{
  if (g_key_file_remove_group (self->file, group, NULL))
    changed (self);
}

void
tyto_service_state_flush_async (TytoServiceState *self, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (self->writing)
    g_queue_push_tail (&self->waiting, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

gboolean
tyto_service_state_flush_finish (TytoServiceState *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
tyto_service_state_finalize (GObject *object)
{
  TytoServiceState *self = TYTO_SERVICE_STATE (object);

  g_key_file_unref (self->file);
  g_free (self->path);
  G_OBJECT_CLASS (tyto_service_state_parent_class)->finalize (object);
}

static void
tyto_service_state_class_init (TytoServiceStateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_service_state_finalize;
}

static void
tyto_service_state_init (TytoServiceState *self)
{
  self->file = g_key_file_new ();
}
