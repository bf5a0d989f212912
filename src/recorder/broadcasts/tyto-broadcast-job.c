/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A broadcast in hand: its record, and what is done with it next. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"

#define SAVE_AGAIN_MS 2000

typedef struct {
  GTask *task;
  guint64 generation; /* G_MAXUINT64: until it is removed */
  gboolean empty;
} Waiter;

/* A state of the record on its way into the catalogue. */
typedef struct {
  TytoBroadcastJob *job;
  GPtrArray *gaps; /* nullable */
  guint64 generation;
} Save;

static void
waiter_free (gpointer data)
{
  Waiter *waiter = data;

  g_clear_object (&waiter->task);
  g_free (waiter);
}

/* --- Its life --- */

static void
job_clear (gpointer data)
{
  TytoBroadcastJob *self = data;

  tyto_broadcast_unref (self->record);
  g_clear_pointer (&self->gaps, g_ptr_array_unref);
  g_ptr_array_unref (self->waiters);
  g_clear_object (&self->assembler);
  g_free (self->failing);
  g_free (self->memo);
}

TytoBroadcastJob *
tyto_broadcast_job_ref (TytoBroadcastJob *self)
{
  return g_rc_box_acquire (self);
}

void
tyto_broadcast_job_unref (TytoBroadcastJob *self)
{
  g_rc_box_release_full (self, job_clear);
}

TytoBroadcastJob *
tyto_broadcasts_take (TytoBroadcasts *self, TytoBroadcast *record, gboolean is_new)
{
  TytoBroadcastJob *job = g_hash_table_lookup (self->jobs, record->id);

  if (job != NULL)
    return job;
  job = g_rc_box_new0 (TytoBroadcastJob);
  job->owner = self;
  job->record = tyto_broadcast_ref (record);
  job->waiters = g_ptr_array_new_with_free_func (waiter_free);
  job->generation = is_new ? 1 : 0;
  job->told = is_new ? -1 : (int) record->status;
  job->step = "";
  job->after_us = -1;
  job->taken_us = g_get_monotonic_time ();
  g_hash_table_insert (self->jobs, g_strdup (record->id), job);
  return job;
}

void
tyto_broadcast_job_fail_waiters (TytoBroadcastJob *self, const GError *error)
{
  g_autoptr (GPtrArray) waiters = g_steal_pointer (&self->waiters);

  self->waiters = g_ptr_array_new_with_free_func (waiter_free);
  for (guint i = 0; i < waiters->len; i++)
    g_task_return_error (((Waiter *) waiters->pdata[i])->task, g_error_copy (error));
}

static GVariant *
make_empty (void)
{
  return g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
}

/* --- Into the catalogue --- */

/* Their callbacks may be called at once. (transfer full) */
static GPtrArray *
take_waiters (TytoBroadcastJob *self, guint64 up_to)
{
  GPtrArray *taken = g_ptr_array_new_with_free_func (waiter_free);

  for (guint i = 0; i < self->waiters->len;) {
    if (((Waiter *) self->waiters->pdata[i])->generation <= up_to)
      g_ptr_array_add (taken, g_ptr_array_steal_index (self->waiters, i));
    else
      i++;
  }
  return taken;
}

static void
finish_waiters (TytoBroadcastJob *self)
{
  g_autoptr (GPtrArray) waiters = take_waiters (self, self->saved);
  g_autoptr (GVariant) shown = g_variant_ref_sink (tyto_broadcast_job_to_variant (self));

  for (guint i = 0; i < waiters->len; i++) {
    Waiter *waiter = waiters->pdata[i];

    g_task_return_pointer (waiter->task, waiter->empty ? make_empty () : g_variant_ref (shown),
                           (GDestroyNotify) g_variant_unref);
  }
}

static void
tell (TytoBroadcastJob *self)
{
  int before = self->told;

  if (self->record->deleting_us >= 0)
    return;
  self->told = self->record->status;
  tyto_broadcasts_emit (self->owner, before < 0 ? TYTO_BROADCASTS_ADDED : TYTO_BROADCASTS_CHANGED,
                        self);
  if (before == self->told)
    return;
  if (self->told == TYTO_BROADCAST_COMPLETED)
    tyto_broadcasts_emit (self->owner, TYTO_BROADCASTS_COMPLETED, self);
  else if (self->told == TYTO_BROADCAST_FAILED)
    tyto_broadcasts_emit (self->owner, TYTO_BROADCASTS_FAILED, self);
  tyto_broadcasts_update_busy (self->owner);
}

static gboolean
on_save_time (gpointer data)
{
  TytoBroadcastJob *self = data;

  self->save_source = 0;
  tyto_broadcast_job_advance (self);
  return G_SOURCE_REMOVE;
}

/* Another broadcast has its object: another one is chosen. */
static gboolean
take_other_object (TytoBroadcastJob *self, const GError *error)
{
  g_autofree char *taken = NULL;
  TytoBroadcast *record;

  if (!g_error_matches (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS)
      || self->record->object == NULL || self->record->uploaded_us >= 0)
    return FALSE;
  record = tyto_broadcast_job_edit (self);
  taken = g_steal_pointer (&record->object);
  record->object = tyto_broadcast_next_object (record, taken);
  tyto_broadcast_job_changed (self);
  return TRUE;
}

/* It is not deleted, since a clip keeps it. */
static gboolean
take_back_deletion (TytoBroadcastJob *self, const GError *error)
{
  if (!g_error_matches (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE) || self->record->deleting_us < 0)
    return FALSE;
  tyto_broadcast_job_edit (self)->deleting_us = -1;
  tyto_broadcast_job_fail_waiters (self, error);
  tyto_broadcast_job_changed (self);
  return TRUE;
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Save *save = data;
  g_autoptr (TytoBroadcastJob) self = save->job;
  g_autoptr (GPtrArray) gaps = save->gaps;
  g_autoptr (GError) error = NULL;
  gboolean done = tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error);
  g_autoptr (TytoBroadcasts) owner = NULL;

  self->saving = FALSE;
  if (self->owner == NULL)
    return;
  owner = g_object_ref (self->owner);
  if (done) {
    self->saved = save->generation;
    if (self->gaps == gaps)
      g_clear_pointer (&self->gaps, g_ptr_array_unref);
    tell (self);
    finish_waiters (self);
  } else if (!take_other_object (self, error) && !take_back_deletion (self, error)) {
    g_warning ("Broadcast %s cannot be entered into the catalogue: %s", self->record->id,
               error->message);
    tyto_broadcast_job_fail_waiters (self, error);
    if (self->save_source == 0)
      self->save_source = g_timeout_add (SAVE_AGAIN_MS, on_save_time, self);
  }
  tyto_broadcast_job_advance (self);
  tyto_broadcasts_look_whether_stopped (owner);
}

static void
save (TytoBroadcastJob *self)
{
  Save *data = g_new0 (Save, 1);
  TytoCatalogue *catalogue = self->owner->catalogue;

  data->job = tyto_broadcast_job_ref (self);
  data->gaps = self->gaps != NULL ? g_ptr_array_ref (self->gaps) : NULL;
  data->generation = self->generation;
  self->saving = TRUE;
  self->stale = FALSE;
  if (self->gaps != NULL)
    tyto_catalogue_put_broadcast_gaps_async (catalogue, self->record, self->gaps, NULL, on_saved,
                                             data);
  else
    tyto_catalogue_put_broadcast_async (catalogue, self->record, NULL, on_saved, data);
}

TytoBroadcast *
tyto_broadcast_job_edit (TytoBroadcastJob *self)
{
  TytoBroadcast *copy = tyto_broadcast_copy (self->record);

  tyto_broadcast_unref (self->record);
  self->record = copy;
  return copy;
}

void
tyto_broadcast_job_changed (TytoBroadcastJob *self)
{
  self->generation++;
  tyto_broadcast_job_advance (self);
}

void
tyto_broadcast_job_changed_for (TytoBroadcastJob *self, GTask *task, gboolean empty)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  waiter->task = task;
  waiter->generation = self->generation + 1;
  waiter->empty = empty;
  g_ptr_array_add (self->waiters, waiter);
  tyto_broadcast_job_changed (self);
}

void
tyto_broadcast_job_await_removal (TytoBroadcastJob *self, GTask *task)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  waiter->task = task;
  waiter->generation = G_MAXUINT64;
  g_ptr_array_add (self->waiters, waiter);
}

void
tyto_broadcast_job_counted (TytoBroadcastJob *self)
{
  self->stale = TRUE;
  if (self->told >= 0)
    tyto_broadcasts_emit (self->owner, TYTO_BROADCASTS_CHANGED, self);
}

void
tyto_broadcast_job_drop (TytoBroadcastJob *self, gboolean removed)
{
  TytoBroadcasts *owner = self->owner;
  g_autoptr (TytoBroadcastJob) held = tyto_broadcast_job_ref (self);
  g_autoptr (GPtrArray) waiters = take_waiters (self, removed ? G_MAXUINT64 : 0);

  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_handle_id (&self->save_source, g_source_remove);
  self->owner = NULL;
  g_hash_table_remove (owner->jobs, self->record->id);
  for (guint i = 0; i < waiters->len; i++) {
    Waiter *waiter = waiters->pdata[i];

    if (waiter->generation == G_MAXUINT64)
      g_task_return_pointer (waiter->task, make_empty (), (GDestroyNotify) g_variant_unref);
    else
      g_task_return_new_error (waiter->task, TYTO_ERROR, TYTO_ERROR_NOT_FOUND,
                               "The broadcast %s was deleted", self->record->id);
  }
  tyto_broadcasts_update_busy (owner);
}

/* --- Its steps --- */

static void
do_processing (TytoBroadcastJob *self)
{
  if (*self->record->path == '\0' && !self->collected)
    tyto_broadcast_job_collect (self);
  else if (*self->record->path == '\0')
    tyto_broadcast_job_join (self);
  else if (self->owner->store_on)
    tyto_broadcast_job_upload (self);
  else
    tyto_broadcast_job_complete (self);
}

static void
do_completed (TytoBroadcastJob *self)
{
  if (!self->tidied)
    tyto_broadcast_job_tidy (self);
  else if (g_str_equal (self->record->import_state, "waiting"))
    tyto_broadcast_job_import (self);
  else
    tyto_broadcast_job_drop (self, FALSE);
}

void
tyto_broadcast_job_advance (TytoBroadcastJob *self)
{
  g_autoptr (TytoBroadcastJob) held = tyto_broadcast_job_ref (self);

  if (self->owner == NULL || self->saving)
    return;
  if (self->generation != self->saved) {
    if (self->save_source == 0)
      save (self);
    return;
  }
  if (!self->owner->running || !self->owner->loaded || self->busy || self->retry_source != 0
      || !tyto_broadcast_job_note (self))
    return;
  if (self->record->deleting_us >= 0)
    tyto_broadcast_job_remove (self);
  else if (self->record->status == TYTO_BROADCAST_RECORDING)
    tyto_broadcast_job_collect (self);
  else if (self->record->status == TYTO_BROADCAST_PROCESSING)
    do_processing (self);
  else if (self->record->status == TYTO_BROADCAST_COMPLETED)
    do_completed (self);
  else
    tyto_broadcast_job_drop (self, FALSE);
}

void
tyto_broadcast_job_done (TytoBroadcastJob *self)
{
  self->busy = FALSE;
  tyto_broadcast_job_advance (self);
}

static gboolean
on_retry_time (gpointer data)
{
  TytoBroadcastJob *self = data;

  self->retry_source = 0;
  tyto_broadcast_job_advance (self);
  return G_SOURCE_REMOVE;
}

void
tyto_broadcast_job_wait (TytoBroadcastJob *self, const char *why, gint64 delay_us)
{
  TytoBroadcast *record = tyto_broadcast_job_edit (self);

  record->due_us = tyto_time_now () + delay_us;
  tyto_broadcast_set (&record->last_error, why);
  tyto_broadcast_job_set_failing (self, why);
  self->busy = FALSE;
  g_clear_handle_id (&self->retry_source, g_source_remove);
  self->retry_source = g_timeout_add ((guint) (delay_us / 1000), on_retry_time, self);
  tyto_broadcast_job_changed (self);
}

void
tyto_broadcast_job_settle (TytoBroadcastJob *self)
{
  tyto_broadcast_job_set_failing (self, NULL);
  if (self->record->due_us >= 0 || *self->record->last_error != '\0') {
    TytoBroadcast *record = tyto_broadcast_job_edit (self);

    record->due_us = -1;
    tyto_broadcast_set (&record->last_error, "");
    self->generation++;
  }
}

gboolean
tyto_broadcast_job_hurry (TytoBroadcastJob *self)
{
  if (self->retry_source == 0)
    return FALSE;
  g_clear_handle_id (&self->retry_source, g_source_remove);
  tyto_broadcast_job_advance (self);
  return TRUE;
}

void
tyto_broadcast_job_end (TytoBroadcastJob *self, gint64 at_us, const char *by)
{
  TytoBroadcast *record;

  g_return_if_fail (self->record->status == TYTO_BROADCAST_RECORDING);
  g_message ("Broadcast %s (%s) has ended, told by %s; it is processed", self->record->stream_key,
             self->record->id, by);
  record = tyto_broadcast_job_edit (self);
  record->status = TYTO_BROADCAST_PROCESSING;
  record->ended_us = MAX (at_us, record->started_us);
  tyto_broadcast_set (&record->ended_by, by);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  tyto_broadcast_job_changed (self);
}

void
tyto_broadcast_job_fail (TytoBroadcastJob *self, const char *why)
{
  TytoBroadcast *record = tyto_broadcast_job_edit (self);

  g_warning ("Broadcast %s (%s) has failed: %s", record->stream_key, record->id, why);
  record->status = TYTO_BROADCAST_FAILED;
  record->completed_us = tyto_time_now ();
  record->due_us = -1;
  tyto_broadcast_set (&record->last_error, why);
  tyto_broadcast_rules_forget (self->owner->rules, record->id);
  tyto_broadcast_rules_set (self->owner->rules, "broadcast-failed", record->id, record->stream_key,
                            why);
  self->busy = FALSE;
  tyto_broadcast_job_set_step (self, "");
  tyto_broadcast_job_changed (self);
}
