/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "archive-target.h"

#include "recorder/archive/tyto-archive-metadata.h"

static void test_target_init_interface (TytoArchiveTargetInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (TestTarget, test_target, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TYTO_TYPE_ARCHIVE_TARGET,
                                                      test_target_init_interface))

static gboolean
is_ready (TytoArchiveTarget *target)
{
  return TRUE;
}

void
test_target_complete (TestTarget *self, GTask *task)
{
  TytoArchiveObject *object = g_task_get_task_data (task);

  g_hash_table_replace (
      self->objects, g_strdup (object->key),
      tyto_archive_object_new (object->key, object->size, object->sha256, object->id));
  g_task_return_pointer (
      task, tyto_archive_object_new (object->key, object->size, object->sha256, object->id),
      (GDestroyNotify) tyto_archive_object_free);
  g_object_unref (task);
}

static void
send_async (TytoArchiveTarget *target, const TytoUpload *upload, const char *key,
            GHashTable *metadata, GCancellable *cancellable, GAsyncReadyCallback callback,
            gpointer user_data)
{
  TestTarget *self = TEST_TARGET (target);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *text = NULL;
  gsize length;

  g_ptr_array_add (self->sent, g_strdup (upload->id));
  if (self->on_send != NULL)
    self->on_send (self, self->on_send_data);
  if (self->failing) {
    g_task_return_new_error (task, TYTO_ERROR, (int) self->failure, "As told");
    g_object_unref (task);
    return;
  }
  g_assert_true (g_file_get_contents (upload->path, &text, &length, NULL));
  g_task_set_task_data (
      task,
      tyto_archive_object_new (key, self->spoils ? length + 1 : length,
                               g_hash_table_lookup (metadata, TYTO_ARCHIVE_METADATA_SHA256),
                               upload->id),
      (GDestroyNotify) tyto_archive_object_free);
  if (self->begins || self->holds)
    g_hash_table_replace (self->waiting, g_strdup (upload->id), task);
  if (self->begins)
    tyto_archive_target_tell_begun (target, upload->id, "multipart-1");
  else if (!self->holds)
    test_target_complete (self, task);
}

static TytoArchiveObject *
send_finish (TytoArchiveTarget *target, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
go_on (TytoArchiveTarget *target, const char *id)
{
  TestTarget *self = TEST_TARGET (target);
  GTask *task = g_hash_table_lookup (self->waiting, id);

  g_assert_nonnull (task);
  g_hash_table_remove (self->waiting, id);
  test_target_complete (self, task);
}

static void
look_async (TytoArchiveTarget *target, const char *key, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  TestTarget *self = TEST_TARGET (target);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  const TytoArchiveObject *object = g_hash_table_lookup (self->objects, key);

  self->n_looks++;
  g_task_return_pointer (task,
                         object != NULL ? tyto_archive_object_new (object->key, object->size,
                                                                   object->sha256, object->id)
                                        : NULL,
                         (GDestroyNotify) tyto_archive_object_free);
}

static gboolean
look_finish (TytoArchiveTarget *target, GAsyncResult *result, TytoArchiveObject **object,
             GError **error)
{
  *object = g_task_propagate_pointer (G_TASK (result), error);
  return TRUE;
}

static void
remove_async (TytoArchiveTarget *target, const char *key, const char *upload,
              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  TestTarget *self = TEST_TARGET (target);
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  if (*upload == '\0')
    g_hash_table_remove (self->objects, key);
  g_ptr_array_add (self->removed, g_strstrip (g_strdup_printf ("%s %s", key, upload)));
  g_task_return_boolean (task, TRUE);
}

static gboolean
remove_finish (TytoArchiveTarget *target, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
test_target_init_interface (TytoArchiveTargetInterface *iface)
{
  iface->is_ready = is_ready;
  iface->send_async = send_async;
  iface->send_finish = send_finish;
  iface->go_on = go_on;
  iface->look_async = look_async;
  iface->look_finish = look_finish;
  iface->remove_async = remove_async;
  iface->remove_finish = remove_finish;
}

static void
test_target_finalize (GObject *object)
{
  TestTarget *self = TEST_TARGET (object);

  g_hash_table_unref (self->objects);
  g_hash_table_unref (self->waiting);
  g_ptr_array_unref (self->sent);
  g_ptr_array_unref (self->removed);
  G_OBJECT_CLASS (test_target_parent_class)->finalize (object);
}

static void
test_target_class_init (TestTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_target_finalize;
}

static void
test_target_init (TestTarget *self)
{
  self->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) tyto_archive_object_free);
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->sent = g_ptr_array_new_with_free_func (g_free);
  self->removed = g_ptr_array_new_with_free_func (g_free);
}
