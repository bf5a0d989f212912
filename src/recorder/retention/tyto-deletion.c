/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-deletion.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/retention/tyto-file-removal.h"

#include <string.h>

/* One recording or thumbnail on its way. */
typedef struct {
  char *id;
  char *camera;
  gint64 start_us;
  const char *path;   /* NULL: no local file */
  const char *object; /* NULL: none */
  guint64 bytes;
  gpointer record; /* owns path and object */
  gboolean out;    /* nothing more is done with it */
} Item;

typedef struct {
  TytoCatalogue *catalogue;
  TytoS3Client *store;
  TytoArchiveTarget *service;
  GStrv roots;
  GArray *items; /* (element-type Item) */
  gboolean thumbnails;
  guint waiting; /* for calls to the catalogue */
  TytoDeleted done;
  GError *error; /* the first */
} Deletion;

static void
deletion_free (gpointer data)
{
  Deletion *self = data;

  g_object_unref (self->catalogue);
  g_clear_object (&self->store);
  g_clear_object (&self->service);
  g_strfreev (self->roots);
  g_array_unref (self->items);
  g_clear_error (&self->error);
  g_free (self);
}

static void
clear_segment (gpointer data)
{
  Item *item = data;

  g_free (item->id);
  g_free (item->camera);
  tyto_segment_unref (item->record);
}

static void
clear_thumbnail (gpointer data)
{
  Item *item = data;

  g_free (item->id);
  g_free (item->camera);
  tyto_upload_unref (item->record);
}

static void
fail_item (Deletion *self, Item *item, const char *what, const char *why)
{
  item->out = TRUE;
  self->done.failed++;
  if (self->error == NULL)
    tyto_set_error (&self->error, TYTO_ERROR_STORAGE, "It is tried again by itself.",
                    "%s could not be deleted: %s", what, why);
}

static void
end (GTask *task)
{
  Deletion *self = g_task_get_task_data (task);

  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
end_with_error (GTask *task, GError *error)
{
  Deletion *self = g_task_get_task_data (task);

  for (guint i = 0; i < self->items->len; i++)
    self->done.failed += !g_array_index (self->items, Item, i).out;
  tyto_error_keep_first (&self->error, error);
  end (task);
}

/* --- The rows go --- */

typedef struct {
  GTask *task;
  guint item;
} Call;

static Call *
call_new (GTask *task, guint item)
{
  Call *call = g_new (Call, 1);
  Deletion *self = g_task_get_task_data (task);

  call->task = task;
  call->item = item;
  self->waiting++;
  return call;
}

static void
on_row_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Call *call = data;
  Deletion *self = g_task_get_task_data (call->task);
  Item *item = &g_array_index (self->items, Item, call->item);
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)) {
    self->done.segments++;
    self->done.bytes += item->bytes;
  } else {
    self->done.failed++;
    tyto_error_keep_first (&self->error, error);
  }
  if (--self->waiting == 0)
    end (call->task);
}

static void
delete_rows (GTask *task)
{
  Deletion *self = g_task_get_task_data (task);

  for (guint i = 0; i < self->items->len; i++) {
    const Item *item = &g_array_index (self->items, Item, i);

    if (item->out)
      continue;
    /* What is gone is gone: no cancelling here. */
    if (self->thumbnails)
      tyto_catalogue_delete_thumbnail_async (self->catalogue, item->camera, item->start_us, NULL,
                                             on_row_gone, call_new (task, i));
    else
      tyto_catalogue_finish_deletion_async (self->catalogue, item->id, NULL, on_row_gone,
                                            call_new (task, i));
  }
  if (self->waiting == 0)
    end (task);
}

/* --- Their files --- */

static void
on_files_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Deletion *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GHashTable) left = tyto_file_removal_finish (result, &error);

  if (left == NULL) {
    end_with_error (task, error);
    return;
  }
  for (guint i = 0; i < self->items->len; i++) {
    Item *item = &g_array_index (self->items, Item, i);
    const char *why = item->path != NULL ? g_hash_table_lookup (left, item->path) : NULL;

    if (!item->out && why != NULL)
      fail_item (self, item, item->path, why);
  }
  delete_rows (task);
}

/* Objects before files: a file that is there can be entered again, an object that nobody knows
 * costs for ever. */
static void
remove_files (GTask *task)
{
  Deletion *self = g_task_get_task_data (task);
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint i = 0; i < self->items->len; i++) {
    const Item *item = &g_array_index (self->items, Item, i);

    if (!item->out && item->path != NULL)
      g_ptr_array_add (paths, (gpointer) item->path);
  }
  g_ptr_array_add (paths, NULL);
  tyto_file_removal_async ((const char *const *) self->roots, (const char *const *) paths->pdata,
                           g_task_get_cancellable (task), on_files_gone, task);
}

/* --- Their objects --- */

static void
on_objects_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Deletion *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GHashTable) left
      = tyto_s3_client_delete_objects_finish (TYTO_S3_CLIENT (source), result, &error);
  g_autofree char *why_all = left == NULL ? tyto_error_why (error) : NULL;

  if (left == NULL)
    tyto_error_keep_first (&self->error, error);
  for (guint i = 0; i < self->items->len; i++) {
    Item *item = &g_array_index (self->items, Item, i);
    const char *why = why_all;

    if (item->out || item->object == NULL)
      continue;
    if (left != NULL)
      why = g_hash_table_lookup (left, item->object);
    if (why != NULL)
      fail_item (self, item, item->object, why);
  }
  remove_files (task);
}

/* A service takes one at a time. */
static void
on_object_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Call *call = data;
  Deletion *self = g_task_get_task_data (call->task);
  Item *item = &g_array_index (self->items, Item, call->item);
  GError *error = NULL;

  if (!tyto_archive_target_remove_finish (TYTO_ARCHIVE_TARGET (source), result, &error)) {
    item->out = TRUE;
    self->done.failed++;
    tyto_error_keep_first (&self->error, error);
  }
  if (--self->waiting == 0)
    remove_files (call->task);
}

static void
remove_objects (GTask *task)
{
  Deletion *self = g_task_get_task_data (task);
  g_autoptr (GPtrArray) keys = g_ptr_array_new ();

  for (guint i = 0; i < self->items->len; i++) {
    Item *item = &g_array_index (self->items, Item, i);

    if (item->out || item->object == NULL)
      continue;
    if (self->store != NULL)
      g_ptr_array_add (keys, (gpointer) item->object);
    else if (self->service != NULL)
      tyto_archive_target_remove_async (self->service, item->object, "",
                                        g_task_get_cancellable (task), on_object_gone,
                                        call_new (task, i));
    else
      fail_item (self, item, item->object, "no object store is set (s3-endpoint)");
  }
  if (keys->len == 0) {
    if (self->waiting == 0)
      remove_files (task);
    return;
  }
  g_ptr_array_add (keys, NULL);
  tyto_s3_client_delete_objects_async (self->store, (const char *const *) keys->pdata,
                                       g_task_get_cancellable (task), on_objects_gone, task);
}

/* --- Marks --- */

static void
on_marked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Call *call = data;
  Deletion *self = g_task_get_task_data (call->task);
  Item *item = &g_array_index (self->items, Item, call->item);
  GError *error = NULL;

  if (!tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)) {
    item->out = TRUE;
    if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)
        || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE)) {
      self->done.kept++;
      g_error_free (error);
    } else {
      self->done.failed++;
      tyto_error_keep_first (&self->error, error);
    }
  }
  if (--self->waiting == 0)
    remove_objects (call->task);
}

static void
mark_rows (GTask *task)
{
  Deletion *self = g_task_get_task_data (task);
  gint64 now_us = tyto_time_now ();

  for (guint i = 0; i < self->items->len; i++)
    tyto_catalogue_mark_deleting_async (self->catalogue, g_array_index (self->items, Item, i).id,
                                        now_us, g_task_get_cancellable (task), on_marked,
                                        call_new (task, i));
}

/* --- The calls --- */

static GTask *
make_task (const TytoDeletionPlace *place, guint n, GDestroyNotify clear, GCancellable *cancellable,
           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Deletion *self = g_new0 (Deletion, 1);

  self->catalogue = g_object_ref (place->catalogue);
  self->store = place->store != NULL ? g_object_ref (place->store) : NULL;
  self->service = place->service != NULL ? g_object_ref (place->service) : NULL;
  self->roots = g_strdupv ((char **) place->roots);
  self->items = g_array_sized_new (FALSE, TRUE, sizeof (Item), n);
  g_array_set_clear_func (self->items, clear);
  g_task_set_task_data (task, self, deletion_free);
  /* What is filled in stands in the task's data, also when it was cancelled. */
  g_task_set_check_cancellable (task, FALSE);
  return task;
}

void
tyto_deletion_segments_async (const TytoDeletionPlace *place, GPtrArray *segments, gboolean marked,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = make_task (place, segments->len, clear_segment, cancellable, callback, user_data);
  Deletion *self = g_task_get_task_data (task);

  g_task_set_source_tag (task, tyto_deletion_segments_async);
  for (guint i = 0; i < segments->len; i++) {
    TytoSegment *segment = segments->pdata[i];
    const Item item = {
      .id = g_strdup (segment->id),
      .camera = g_strdup (segment->camera),
      .start_us = segment->start_us,
      .path = g_strcmp0 (segment->tier, "archive") != 0 ? segment->path : NULL,
      .object = segment->object != NULL && *segment->object != '\0' ? segment->object : NULL,
      .bytes = segment->bytes,
      .record = tyto_segment_ref (segment),
    };

    g_array_append_val (self->items, item);
  }
  if (marked || segments->len == 0)
    remove_objects (task);
  else
    mark_rows (task);
}

void
tyto_deletion_thumbnails_async (const TytoDeletionPlace *place, GPtrArray *thumbnails,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task
      = make_task (place, thumbnails->len, clear_thumbnail, cancellable, callback, user_data);
  Deletion *self = g_task_get_task_data (task);

  g_task_set_source_tag (task, tyto_deletion_thumbnails_async);
  self->thumbnails = TRUE;
  for (guint i = 0; i < thumbnails->len; i++) {
    TytoUpload *thumbnail = thumbnails->pdata[i];
    const Item item = {
      .id = g_strdup (thumbnail->id),
      .camera = g_strdup (thumbnail->camera),
      .start_us = thumbnail->start_us,
      .path = *thumbnail->path != '\0' ? thumbnail->path : NULL,
      .object = *thumbnail->key != '\0' ? thumbnail->key : NULL,
      .bytes = thumbnail->bytes,
      .record = tyto_upload_ref (thumbnail),
    };

    g_array_append_val (self->items, item);
  }
  remove_objects (task);
}

gboolean
tyto_deletion_segments_finish (GAsyncResult *result, TytoDeleted *deleted, GError **error)
{
  Deletion *self = g_task_get_task_data (G_TASK (result));

  *deleted = self->done;
  return g_task_propagate_boolean (G_TASK (result), error);
}
