/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-retention-run-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/retention/tyto-file-beneath.h"

#define PAGE 500

G_DEFINE_FINAL_TYPE (TytoRetentionRun, tyto_retention_run, G_TYPE_OBJECT)

static void count_segments (TytoRetentionRun *self);
static void list_segments (TytoRetentionRun *self);
static void list_thumbnails (TytoRetentionRun *self);

gboolean
tyto_retention_run_is_preview (TytoRetentionRun *self)
{
  return self->mode == TYTO_RETENTION_PREVIEW || self->mode == TYTO_RETENTION_LIST;
}

static TytoRetentionTally *
get_tally (TytoRetentionRun *self)
{
  return self->tallies->pdata[self->camera];
}

static TytoDeletionPlace
get_place (TytoRetentionRun *self)
{
  return (TytoDeletionPlace){ self->catalogue, self->store, self->service,
                              (const char *const *) self->roots };
}

static void
end (TytoRetentionRun *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->task);

  self->ended_us = tyto_time_now ();
  if (self->error != NULL)
    g_task_return_error (task, g_error_copy (self->error));
  else
    g_task_return_boolean (task, TRUE);
}

/* Takes @error. */
static void
fail (TytoRetentionRun *self, GError *error)
{
  tyto_error_keep_first (&self->error, error);
  end (self);
}

/* Takes @error (nullable), of a deletion. TRUE when the rest need not be tried and the run has
 * ended. */
static gboolean
end_if_fatal (TytoRetentionRun *self, GError *error)
{
  gboolean fatal = error != NULL && tyto_deletion_is_fatal (error);

  if (error != NULL)
    tyto_error_keep_first (&self->error, error);
  if (fatal)
    end (self);
  return fatal;
}

static void
add_done (TytoRetentionRun *self, const TytoDeleted *deleted)
{
  self->done.segments += deleted->segments;
  self->done.bytes += deleted->bytes;
  self->done.failed += deleted->failed;
}

/* --- Broadcasts --- */

static void
on_broadcasts_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  GError *error = NULL;

  if (!tyto_broadcast_expiry_begin_finish (TYTO_BROADCAST_EXPIRY (source), result, &error))
    tyto_error_keep_first (&self->error, error);
  end (self);
}

static void
expire_broadcasts (TytoRetentionRun *self)
{
  if (self->expiry == NULL)
    end (self);
  else
    tyto_broadcast_expiry_begin_async (self->expiry, g_task_get_cancellable (self->task),
                                       on_broadcasts_gone, g_object_ref (self));
}

/* --- From camera to camera --- */

static void
begin_camera (TytoRetentionRun *self)
{
  while (self->camera < self->tallies->len && !tyto_retention_tally_is_limited (get_tally (self)))
    self->camera++;
  g_clear_pointer (&self->after, tyto_segment_unref);
  self->whole = FALSE;
  if (self->camera == self->tallies->len)
    expire_broadcasts (self);
  else if (get_tally (self)->limit_bytes > 0)
    count_segments (self);
  else
    list_segments (self);
}

static void
end_camera (TytoRetentionRun *self)
{
  self->camera++;
  begin_camera (self);
}

static void
on_past_forgotten (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  GError *error = NULL;

  if (!tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)) {
    fail (self, error);
    return;
  }
  end_camera (self);
}

static void
forget_past (TytoRetentionRun *self)
{
  const TytoRetentionTally *tally = get_tally (self);

  if (tyto_retention_run_is_preview (self) || tally->cutoff_us < 0)
    end_camera (self);
  else
    tyto_catalogue_forget_past_async (self->catalogue, tally->camera, tally->cutoff_us,
                                      g_task_get_cancellable (self->task), on_past_forgotten,
                                      g_object_ref (self));
}

/* --- Thumbnails --- */

static void
on_thumbnails_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  GError *error = NULL;
  TytoDeleted deleted;

  tyto_deletion_segments_finish (result, &deleted, &error);
  get_tally (self)->thumbnails += deleted.segments;
  if (end_if_fatal (self, error))
    return;
  if (deleted.failed > 0) /* would be listed again and again: next time */
    forget_past (self);
  else
    list_thumbnails (self);
}

static void
on_thumbnails (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  const TytoDeletionPlace place = get_place (self);
  GError *error = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (rows == NULL) {
    fail (self, error);
  } else if (rows->len == 0) {
    forget_past (self);
  } else {
    tyto_deletion_thumbnails_async (&place, rows, g_task_get_cancellable (self->task),
                                    on_thumbnails_deleted, g_object_ref (self));
  }
}

static void
list_thumbnails (TytoRetentionRun *self)
{
  const TytoRetentionTally *tally = get_tally (self);
  gint64 before_us = tyto_retention_tally_get_thumbnails_us (tally);

  if (tyto_retention_run_is_preview (self) || before_us < 0)
    forget_past (self);
  else
    tyto_catalogue_list_expired_thumbnails_async (self->catalogue, tally->camera, before_us, PAGE,
                                                  g_task_get_cancellable (self->task),
                                                  on_thumbnails, g_object_ref (self));
}

/* --- Segments --- */

static void
go_on_listing (TytoRetentionRun *self)
{
  if (self->whole)
    list_thumbnails (self);
  else
    list_segments (self);
}

static void
on_segments_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  GError *error = NULL;
  TytoDeleted deleted;

  tyto_deletion_segments_finish (result, &deleted, &error);
  add_done (self, &deleted);
  tyto_retention_tally_put_back (get_tally (self), self->chosen_segments - deleted.segments,
                                 self->chosen_bytes - deleted.bytes);
  if (!end_if_fatal (self, error))
    go_on_listing (self);
}

/* Else it stays as it is: what cannot be deleted is not hidden either. */
static gboolean
is_within_reach (TytoRetentionRun *self, const TytoSegment *segment)
{
  GError *error = NULL;

  if (g_strcmp0 (segment->tier, "archive") == 0
      || tyto_file_beneath_find_root ((const char *const *) self->roots, segment->path) != NULL)
    return TRUE;
  tyto_retention_tally_put_back (get_tally (self), 1, segment->bytes);
  self->done.failed++;
  tyto_set_error (&error, TYTO_ERROR_STORAGE,
                  "Move it below output-dir and run tytoctl catalogue rebuild, or delete it "
                  "yourself.",
                  "%s lies outside of the directories of recordings and is not deleted",
                  segment->path);
  tyto_error_keep_first (&self->error, error);
  return FALSE;
}

/* Those of @rows that go: (element-type TytoSegment) (transfer container) */
static GPtrArray *
choose (TytoRetentionRun *self, GPtrArray *rows)
{
  TytoRetentionTally *tally = get_tally (self);
  GPtrArray *chosen = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_segment_unref);

  self->whole = rows->len < PAGE;
  for (guint i = 0; i < rows->len; i++) {
    TytoSegment *segment = rows->pdata[i];

    if (self->busy != NULL && self->busy (segment->id, self->busy_data))
      continue;
    if (!tyto_retention_tally_take (tally, segment)) {
      self->whole = TRUE;
      break;
    }
    if (self->mode == TYTO_RETENTION_LIST && self->listed++ < TYTO_RETENTION_LIST_MAX)
      tyto_retention_tally_list (tally, segment);
    if (is_within_reach (self, segment))
      g_ptr_array_add (chosen, tyto_segment_ref (segment));
  }
  return chosen;
}

static void
on_segments (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  const TytoDeletionPlace place = get_place (self);
  GError *error = NULL;
  g_autoptr (GPtrArray) chosen = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (rows == NULL) {
    fail (self, error);
    return;
  }
  chosen = choose (self, rows);
  g_clear_pointer (&self->after, tyto_segment_unref);
  if (rows->len > 0)
    self->after = tyto_segment_ref (rows->pdata[rows->len - 1]);
  self->chosen_segments = chosen->len;
  self->chosen_bytes = 0;
  for (guint i = 0; i < chosen->len; i++)
    self->chosen_bytes += ((TytoSegment *) chosen->pdata[i])->bytes;
  if (tyto_retention_run_is_preview (self)) {
    self->done.segments += self->chosen_segments;
    self->done.bytes += self->chosen_bytes;
  }
  if (tyto_retention_run_is_preview (self) || chosen->len == 0) {
    go_on_listing (self);
    return;
  }
  tyto_deletion_segments_async (&place, chosen, FALSE, g_task_get_cancellable (self->task),
                                on_segments_deleted, g_object_ref (self));
}

static void
list_segments (TytoRetentionRun *self)
{
  const TytoRetentionTally *tally = get_tally (self);
  gint64 before_us = tally->limit_bytes > 0 ? self->now_us : tally->cutoff_us;

  tyto_catalogue_list_expired_async (self->catalogue, tally->camera, before_us, self->after, PAGE,
                                     g_task_get_cancellable (self->task), on_segments,
                                     g_object_ref (self));
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (rows == NULL) {
    fail (self, error);
    return;
  }
  for (guint i = 0; i < rows->len; i++)
    get_tally (self)->counted_bytes += ((TytoSegment *) rows->pdata[i])->bytes;
  g_clear_pointer (&self->after, tyto_segment_unref);
  if (rows->len < PAGE) {
    list_segments (self);
    return;
  }
  self->after = tyto_segment_ref (rows->pdata[rows->len - 1]);
  count_segments (self);
}

static void
count_segments (TytoRetentionRun *self)
{
  tyto_catalogue_list_expired_async (self->catalogue, get_tally (self)->camera, self->now_us,
                                     self->after, PAGE, g_task_get_cancellable (self->task),
                                     on_counted, g_object_ref (self));
}

/* --- What is marked since earlier --- */

static void
on_resumed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRetentionRun) self = data;
  GError *error = NULL;
  TytoDeleted deleted;

  tyto_deletion_resume_finish (result, &deleted, &error);
  add_done (self, &deleted);
  if (!end_if_fatal (self, error))
    begin_camera (self);
}

/* --- The run --- */

void
tyto_retention_run_add_camera (TytoRetentionRun *self, const char *camera,
                               const TytoRetentionPromise *promise)
{
  TytoRetentionTally *tally = tyto_retention_tally_new (camera, promise);

  tally->cutoff_us = tyto_retention_promise_get_cutoff (promise, self->now_us);
  if (promise->unknown_plan)
    tally->limit_bytes = 0;
  g_ptr_array_add (self->tallies, tally);
}

void
tyto_retention_run_set_busy (TytoRetentionRun *self, TytoRetentionBusy busy, gpointer user_data)
{
  self->busy = busy;
  self->busy_data = user_data;
}

void
tyto_retention_run_set_expiry (TytoRetentionRun *self, TytoBroadcastExpiry *expiry)
{
  g_set_object (&self->expiry, expiry);
}

void
tyto_retention_run_begin_async (TytoRetentionRun *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  const TytoDeletionPlace place = get_place (self);

  g_return_if_fail (self->task == NULL && self->ended_us < 0);
  self->task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, tyto_retention_run_begin_async);
  g_task_set_check_cancellable (self->task, FALSE);
  if (tyto_retention_run_is_preview (self))
    begin_camera (self);
  else
    tyto_deletion_resume_async (&place, cancellable, on_resumed, g_object_ref (self));
}

gboolean
tyto_retention_run_begin_finish (TytoRetentionRun *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

guint64
tyto_retention_run_get_broadcasts (TytoRetentionRun *self)
{
  return self->expiry != NULL ? tyto_broadcast_expiry_get_count (self->expiry) : 0;
}

const TytoDeleted *
tyto_retention_run_get_done (TytoRetentionRun *self)
{
  return &self->done;
}

static void
tyto_retention_run_finalize (GObject *object)
{
  TytoRetentionRun *self = TYTO_RETENTION_RUN (object);

  g_clear_pointer (&self->after, tyto_segment_unref);
  g_ptr_array_unref (self->tallies);
  g_clear_object (&self->catalogue);
  g_clear_object (&self->store);
  g_clear_object (&self->service);
  g_clear_object (&self->expiry);
  g_strfreev (self->roots);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (tyto_retention_run_parent_class)->finalize (object);
}

static void
tyto_retention_run_class_init (TytoRetentionRunClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_retention_run_finalize;
}

static void
tyto_retention_run_init (TytoRetentionRun *self)
{
  self->tallies = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_retention_tally_free);
  self->ended_us = -1;
}

TytoRetentionRun *
tyto_retention_run_new (const TytoDeletionPlace *place, TytoRetentionMode mode, gint64 now_us)
{
  TytoRetentionRun *self = g_object_new (TYTO_TYPE_RETENTION_RUN, NULL);

  self->catalogue = g_object_ref (place->catalogue);
  g_set_object (&self->store, place->store);
  g_set_object (&self->service, place->service);
  self->roots = g_strdupv ((char **) place->roots);
  self->mode = mode;
  self->now_us = now_us;
  return self;
}
