/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-local-copies.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "recorder/archive/tyto-archive-file.h"
#include "recorder/spool/tyto-spool-mark.h"
#include "store/tyto-catalogue-upkeep.h"

#include <errno.h>
#include <sys/stat.h>

#define BATCH 32

struct _TytoLocalCopies {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoArchiveTarget *target; /* nullable: no run is under way */
  gint64 before_us;
  GPtrArray *rows; /* nullable (element-type TytoSegment) */
  guint next;
  GHashTable *kept; /* (element-type utf8): ids that could not go in this run */
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (TytoLocalCopies, tyto_local_copies, G_TYPE_OBJECT)

enum { SIGNAL_EVICTED, SIGNAL_LOST, N_SIGNALS };

static guint signals[N_SIGNALS];

static void go_on (TytoLocalCopies *self);

TytoLocalCopies *
tyto_local_copies_new (TytoCatalogue *catalogue)
{
  TytoLocalCopies *self = g_object_new (TYTO_TYPE_LOCAL_COPIES, NULL);

  self->catalogue = g_object_ref (catalogue);
  return self;
}

static void
end_run (TytoLocalCopies *self)
{
  g_clear_object (&self->target);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_hash_table_remove_all (self->kept);
}

static const TytoSegment *
current (TytoLocalCopies *self)
{
  return self->rows->pdata[self->next];
}

static void
keep (TytoLocalCopies *self, const char *why)
{
  const TytoSegment *segment = current (self);

  tyto_log_camera (segment->camera, G_LOG_LEVEL_WARNING, "%s stays: %s", segment->path, why);
  g_hash_table_add (self->kept, g_strdup (segment->id));
  self->next++;
  go_on (self);
}

/* --- Deleting --- */

static void
on_placed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoLocalCopies) self = data;
  g_autoptr (GError) error = NULL;

  /* Not found: it was deleted for good meanwhile. */
  if (!tyto_catalogue_enter_finish (self->catalogue, result, &error)
      && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_warning ("The catalogue does not take that %s is only in the archive: %s",
               current (self)->path, error->message);
    end_run (self);
    return;
  }
  if (error == NULL)
    g_signal_emit (self, signals[SIGNAL_EVICTED], 0, current (self));
  self->next++;
  go_on (self);
}

/* One of an earlier disk may have no mark: then its content decides. */
static gboolean
check_mark (const TytoSegment *segment, GCancellable *cancellable, GError **error)
{
  g_autofree char *sha256 = NULL;
  guint64 size;

  if (!tyto_spool_is_archived (segment->path, &size, &sha256)) {
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL, "it has no mark that counts");
    return FALSE;
  }
  if (size == segment->bytes && g_str_equal (sha256, segment->sha256))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL, "its mark is not what the catalogue says");
  return FALSE;
}

static void
delete_file (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const TytoSegment *segment = data;
  GError *error = NULL;
  struct stat about;

  if (lstat (segment->path, &about) != 0 && errno == ENOENT)
    g_task_return_boolean (task, TRUE); /* it made room already */
  else if (check_mark (segment, cancellable, &error)
           && tyto_spool_delete_archived (segment->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoLocalCopies *self = TYTO_LOCAL_COPIES (source);
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    tyto_catalogue_set_place_async (self->catalogue, current (self)->id, "archive", NULL, NULL,
                                    on_placed, g_object_ref (self));
  else
    keep (self, error->message);
}

static void
begin_thread (TytoLocalCopies *self, GTaskThreadFunc function, GAsyncReadyCallback callback)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, NULL);

  g_task_set_task_data (task, tyto_segment_ref (self->rows->pdata[self->next]),
                        (GDestroyNotify) tyto_segment_unref);
  g_task_run_in_thread (task, function);
}

/* --- What the archive has lost --- */

static void
on_unarchived (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoLocalCopies) self = data;
  g_autoptr (GError) error = NULL;

  if (tyto_catalogue_enter_finish (self->catalogue, result, &error))
    g_signal_emit (self, signals[SIGNAL_LOST], 0, current (self));
  keep (self, error != NULL ? error->message : "the archive has no such object");
}

static void
unmark (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const TytoSegment *segment = data;
  GError *error = NULL;

  if (tyto_spool_unmark_archived (segment->path, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_unmarked (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoLocalCopies *self = TYTO_LOCAL_COPIES (source);
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    tyto_catalogue_set_archived_async (self->catalogue, current (self)->id, FALSE, NULL,
                                       on_unarchived, g_object_ref (self));
  else
    keep (self, error->message);
}

/* --- One after the other --- */

static gboolean
is_same (const TytoSegment *segment, const TytoArchiveObject *object)
{
  return object != NULL && object->size == segment->bytes
         && g_strcmp0 (object->sha256, segment->sha256) == 0;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoLocalCopies) self = data;
  g_autoptr (TytoArchiveObject) object = NULL;
  g_autoptr (GError) error = NULL;

  if (!tyto_archive_target_look_finish (TYTO_ARCHIVE_TARGET (source), result, &object, &error)
      || self->stopped)
    end_run (self);
  else if (is_same (current (self), object))
    begin_thread (self, delete_file, on_deleted);
  else
    begin_thread (self, unmark, on_unmarked);
}

static void
on_rows (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoLocalCopies) self = data;

  self->rows = tyto_catalogue_list_rows_finish (self->catalogue, result, NULL);
  self->next = 0;
  for (guint i = 0; self->rows != NULL && i < self->rows->len;) {
    const TytoSegment *segment = self->rows->pdata[i];

    if (g_hash_table_contains (self->kept, segment->id))
      g_ptr_array_remove_index (self->rows, i);
    else
      i++;
  }
  if (self->rows == NULL || self->rows->len == 0)
    end_run (self);
  else
    go_on (self);
}

static void
read_rows (TytoLocalCopies *self)
{
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  tyto_catalogue_list_evictable_async (self->catalogue, self->before_us,
                                       MIN (BATCH + g_hash_table_size (self->kept), 1000), NULL,
                                       on_rows, g_object_ref (self));
}

static void
go_on (TytoLocalCopies *self)
{
  const TytoSegment *segment;

  if (self->stopped) {
    end_run (self);
  } else if (self->next >= self->rows->len) {
    read_rows (self);
  } else if ((segment = current (self))->object == NULL || segment->sha256 == NULL) {
    keep (self, "the catalogue does not know its object"); /* archived by somebody else */
  } else {
    tyto_archive_target_look_async (self->target, segment->object, NULL, on_looked,
                                    g_object_ref (self));
  }
}

void
tyto_local_copies_run (TytoLocalCopies *self, TytoArchiveTarget *target, gint64 before_us)
{
  if (self->target != NULL || self->stopped)
    return;
  self->target = g_object_ref (target);
  self->before_us = before_us;
  read_rows (self);
}

void
tyto_local_copies_stop (TytoLocalCopies *self)
{
  self->stopped = TRUE;
}

static void
tyto_local_copies_dispose (GObject *object)
{
  TytoLocalCopies *self = TYTO_LOCAL_COPIES (object);

  g_clear_object (&self->target);
  g_clear_object (&self->catalogue);
  G_OBJECT_CLASS (tyto_local_copies_parent_class)->dispose (object);
}

static void
tyto_local_copies_finalize (GObject *object)
{
  TytoLocalCopies *self = TYTO_LOCAL_COPIES (object);

  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_hash_table_unref (self->kept);
  G_OBJECT_CLASS (tyto_local_copies_parent_class)->finalize (object);
}

static void
tyto_local_copies_class_init (TytoLocalCopiesClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_local_copies_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_local_copies_finalize;
  signals[SIGNAL_EVICTED] = g_signal_new ("evicted", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, TYTO_TYPE_SEGMENT);
  signals[SIGNAL_LOST] = g_signal_new ("lost", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 1, TYTO_TYPE_SEGMENT);
}

static void
tyto_local_copies_init (TytoLocalCopies *self)
{
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
