/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Start and stop: what was under way goes on. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#define AGAIN_MS 1000
#define STOP_MS  3200

/* --- Start --- */

static void
on_completed_broadcast (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  g_autoptr (TytoBroadcast) record
      = tyto_catalogue_get_broadcast_finish (TYTO_CATALOGUE (source), result, NULL);

  /* It is looked at once more: its files may have been left. */
  if (record != NULL && record->status == TYTO_BROADCAST_COMPLETED && self->running)
    tyto_broadcast_job_advance (tyto_broadcasts_take (self, record, FALSE));
}

static void
on_directories (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  g_autoptr (GPtrArray) names = tyto_broadcast_list_files_finish (result, NULL);

  for (guint i = 0; names != NULL && self->running && i < names->len; i++) {
    if (!g_hash_table_contains (self->jobs, names->pdata[i])
        && g_uuid_string_is_valid (names->pdata[i]))
      tyto_catalogue_get_broadcast_async (self->catalogue, names->pdata[i], NULL,
                                          on_completed_broadcast, g_object_ref (self));
  }
}

static void
on_failed_ones (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  g_autofree char *next = NULL;
  g_autoptr (GPtrArray) list
      = tyto_catalogue_list_broadcasts_finish (TYTO_CATALOGUE (source), result, &next, NULL);

  for (guint i = 0; list != NULL && self->running && i < list->len; i++) {
    const TytoBroadcast *record = list->pdata[i];

    if (!g_hash_table_contains (self->jobs, record->id))
      tyto_broadcast_rules_set (self->rules, "broadcast-failed", record->id, record->stream_key,
                                record->last_error);
  }
}

/* Files that a crash left, and failures that stand. */
static void
look_back (TytoBroadcasts *self)
{
  g_autofree char *directory = g_build_filename (
      tyto_settings_get_string (self->settings, "output-dir"), TYTO_BROADCASTS_DIR, NULL);
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;

  query.status = tyto_broadcast_status_to_string (TYTO_BROADCAST_FAILED);
  tyto_catalogue_list_broadcasts_async (self->catalogue, &query, NULL, on_failed_ones,
                                        g_object_ref (self));
  tyto_broadcast_list_files_async (directory, on_directories, g_object_ref (self));
}

static void load (TytoBroadcasts *self);

static gboolean
on_load_again (gpointer data)
{
  TytoBroadcasts *self = data;

  self->stop_source = 0;
  load (self);
  return G_SOURCE_REMOVE;
}

static void
on_open_ones (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (!self->running)
    return;
  if (list == NULL) {
    g_warning ("Broadcasts cannot be gone on with yet: %s", error->message);
    self->stop_source = g_timeout_add (AGAIN_MS, on_load_again, self);
    return;
  }
  for (guint i = 0; i < list->len; i++) {
    TytoBroadcast *record = list->pdata[i];

    if (g_hash_table_contains (self->jobs, record->id))
      continue;
    g_message ("Broadcast %s (%s) is gone on with: %s", record->stream_key, record->id,
               tyto_broadcast_status_to_string (record->status));
    tyto_broadcasts_take (self, record, FALSE);
  }
  self->loaded = TRUE;
  tyto_broadcasts_apply (self);
  tyto_broadcasts_take_events (self);
  look_back (self);
}

static void
load (TytoBroadcasts *self)
{
  tyto_catalogue_list_open_broadcasts_async (self->catalogue, NULL, on_open_ones,
                                             g_object_ref (self));
}

void
tyto_broadcasts_start (TytoBroadcasts *self)
{
  self->running = TRUE;
  self->cancellable = g_cancellable_new ();
  load (self);
}

void
tyto_broadcasts_look_again (TytoBroadcasts *self)
{
  if (self->running && self->loaded)
    load (self);
}

/* --- Stop --- */

static gboolean
has_stopped (TytoBroadcasts *self)
{
  GHashTableIter iter;
  gpointer job;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &job)) {
    if (((TytoBroadcastJob *) job)->saving)
      return FALSE;
  }
  return tyto_role_process_get_pid (self->collector) == 0;
}

void
tyto_broadcasts_end_stop (TytoBroadcasts *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->stopping);

  g_clear_handle_id (&self->stop_source, g_source_remove);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

void
tyto_broadcasts_look_whether_stopped (TytoBroadcasts *self)
{
  if (self->stopping != NULL && has_stopped (self))
    tyto_broadcasts_end_stop (self);
}

static gboolean
on_stop_time (gpointer data)
{
  TytoBroadcasts *self = data;

  self->stop_source = 0;
  tyto_broadcasts_end_stop (self);
  return G_SOURCE_REMOVE;
}

void
tyto_broadcasts_halt (TytoBroadcasts *self)
{
  g_autoptr (GPtrArray) jobs = tyto_broadcasts_list_jobs (self);

  self->running = FALSE;
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_handle_id (&self->monitor_source, g_source_remove);
  g_clear_handle_id (&self->save_source, g_source_remove);
  g_clear_handle_id (&self->apply_source, g_source_remove);
  g_clear_handle_id (&self->stop_source, g_source_remove);
  tyto_broadcasts_clear_events (self);
  for (guint i = 0; i < jobs->len; i++) {
    TytoBroadcastJob *job = jobs->pdata[i];

    g_clear_handle_id (&job->retry_source, g_source_remove);
    tyto_broadcast_job_stop_joining (job);
  }
}

void
tyto_broadcasts_stop_async (TytoBroadcasts *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  if (self->running)
    tyto_broadcasts_save_counts (self);
  tyto_broadcasts_halt (self);
  tyto_role_process_stop (self->collector);
  tyto_archive_s3_stop (self->store);
  self->stopping = task;
  self->stop_source = g_timeout_add (STOP_MS, on_stop_time, self);
  tyto_broadcasts_look_whether_stopped (self);
}

gboolean
tyto_broadcasts_stop_finish (TytoBroadcasts *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
