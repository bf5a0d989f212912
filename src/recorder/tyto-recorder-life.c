/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Start and shutdown. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-adopt.h"
#include "recorder/cameras/tyto-camera-events.h"

/* The workers have 9 s of the 10 to end; what is left is for the catalogue. */
#define FLUSH_MS 800

/* Of the 10 s: what waits for the archive is uploaded until then. */
#define SHUTDOWN_US (9500 * G_TIME_SPAN_MILLISECOND)

/* What the catalogue tells of an earlier life, while it is being asked. */
typedef struct {
  GHashTable *open_gaps; /* (element-type utf8 TytoGap): by camera */
  gint64 now_us;
} Past;

static void
past_free (Past *past)
{
  g_hash_table_unref (past->open_gaps);
  g_free (past);
}

/* Ends a gap that nothing continues: its camera is gone or is not to be recorded. */
static void
end_stale_gaps (TytoRecorder *self, Past *past)
{
  GHashTableIter iter;
  gpointer camera, gap;

  g_hash_table_iter_init (&iter, past->open_gaps);
  while (g_hash_table_iter_next (&iter, &camera, &gap)) {
    TytoGap *stale = gap;

    stale->end_us = MAX (tyto_heartbeat_get_last (self->heartbeat), stale->start_us);
    tyto_entry_queue_end_gap (self->entries, stale);
  }
}

/* (transfer full) (nullable) */
static TytoGap *
take_open_gap (Past *past, const char *camera)
{
  g_autofree char *key = NULL;
  TytoGap *gap = NULL;

  g_hash_table_steal_extended (past->open_gaps, camera, (gpointer *) &key, (gpointer *) &gap);
  return gap;
}

static void
resume_camera (TytoRecorder *self, TytoCameraConfig *config, Past *past, GHashTable *last_ends)
{
  TytoCamera *camera = tyto_recorder_make_camera (self, config);
  g_autoptr (TytoGap) open = NULL;
  g_autoptr (TytoWish) wish = NULL;
  gint64 *last_end = g_hash_table_lookup (last_ends, config->id);
  gint64 last_end_us = last_end != NULL ? *last_end : -1;
  gboolean adopted = config->enabled && tyto_supervisor_has_adopted (self->supervisor, config->id);

  tyto_camera_set_last_segment (camera, last_end_us);
  if (config->enabled) {
    tyto_camera_ask (camera, tyto_time_now ());
    wish = tyto_heartbeat_take_wish (self->heartbeat, config->id);
  }
  /* Was it not wanted before, it misses nothing. */
  if (wish != NULL) {
    open = take_open_gap (past, config->id);
    /* Nor does one whose worker, which went on, was still at its first connect. */
    tyto_ledger_resume (
        tyto_camera_get_ledger (camera), open,
        adopted && last_end_us < wish->start_us ? -1 : MAX (last_end_us, wish->start_us));
  }
  if (adopted)
    tyto_supervisor_update (self->supervisor, camera);
  else
    tyto_supervisor_update_later (self->supervisor, camera);
}

static void
start_cameras (TytoRecorder *self, Past *past, GPtrArray *totals)
{
  g_autoptr (GPtrArray) configs = tyto_settings_list_cameras (self->settings);
  g_autoptr (GHashTable) last_ends = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < totals->len; i++) {
    TytoCatalogueTotals *row = g_ptr_array_index (totals, i);

    g_hash_table_insert (last_ends, row->camera, &row->last_end_us);
  }
  self->phase = RECORDER_STARTED;
  for (guint i = 0; i < configs->len; i++)
    resume_camera (self, g_ptr_array_index (configs, i), past, last_ends);
  tyto_supervisor_settle_adoption (self->supervisor);
  end_stale_gaps (self, past);
  tyto_heartbeat_start (self->heartbeat, self->entries);
  tyto_recorder_start_coverage (self);
  tyto_archive_start (self->archive);
  tyto_broadcasts_start (self->broadcasts);
  tyto_recorder_start_retention (self);
  tyto_services_start (self->services);
  tyto_spool_keeper_recover (self->keeper, TYTO_RECOVERY_START);
  tyto_recorder_update_busy (self);
}

static void
start_failed (GTask *task, GError *error)
{
  TytoRecorder *self = g_task_get_source_object (task);

  self->phase = RECORDER_NEW;
  tyto_recorder_verb_failed (task, error);
}

static void
on_totals (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) totals = tyto_catalogue_list_rows_finish (self->catalogue, result, &error);

  if (totals == NULL) {
    start_failed (task, error);
    return;
  }
  if (self->phase == RECORDER_STARTING)
    start_cameras (self, g_task_get_task_data (task), totals);
  tyto_recorder_verb_done (task, g_variant_new_boolean (TRUE));
}

static void
on_left_runs (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!tyto_left_runs_load_finish (self->left_runs, result, &error))
    start_failed (task, error);
  else
    tyto_catalogue_list_totals_async (self->catalogue, NULL, on_totals, task);
}

static gboolean
is_adopted (gpointer supervisor, const char *camera)
{
  return tyto_supervisor_has_adopted (supervisor, camera);
}

static void
on_wishes (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!tyto_heartbeat_load_finish (self->heartbeat, result, &error))
    start_failed (task, error);
  else
    tyto_left_runs_load_async (self->left_runs, is_adopted, self->supervisor, on_left_runs, task);
}

static void on_gaps (GObject *source, GAsyncResult *result, gpointer data);

/* Asks for gaps that reach beyond now: the open ones. */
static void
list_open_gaps (TytoRecorder *self, GTask *task, const char *cursor)
{
  Past *past = g_task_get_task_data (task);
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;

  query.from_us = past->now_us;
  query.limit = 1000;
  query.cursor = cursor;
  tyto_catalogue_list_gaps_async (self->catalogue, &query, NULL, on_gaps, task);
}

static void
on_gaps (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  Past *past = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *cursor = NULL;
  g_autoptr (GPtrArray) gaps
      = tyto_catalogue_list_gaps_finish (self->catalogue, result, &cursor, &error);

  if (gaps == NULL) {
    start_failed (task, error);
    return;
  }
  for (guint i = 0; i < gaps->len; i++) {
    TytoGap *gap = g_ptr_array_index (gaps, i);

    if (gap->end_us < 0)
      g_hash_table_insert (past->open_gaps, g_strdup (gap->camera), tyto_gap_ref (gap));
  }
  if (cursor != NULL)
    list_open_gaps (self, task, cursor);
  else
    tyto_heartbeat_load_async (self->heartbeat, NULL, on_wishes, task);
}

static void
on_adopted (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);

  tyto_supervisor_adopt_finish (self->supervisor, result, NULL);
  list_open_gaps (self, task, NULL);
}

static void
on_tiers_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);

  tyto_tier_mover_settle_finish (self->mover, result);
  tyto_supervisor_adopt_async (self->supervisor, on_adopted, task);
}

/* Nothing is recorded into a directory that belongs to another catalogue. */
static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (tyto_spool_keeper_claim_finish (self->keeper, result, &error))
    tyto_tier_mover_settle_async (self->mover, on_tiers_settled, task);
  else
    start_failed (task, error);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!tyto_catalogue_open_finish (self->catalogue, result, &error)) {
    start_failed (task, error);
    return;
  }
  tyto_webhooks_start (self->webhooks);
  tyto_recorder_start_mirror (self);
  tyto_spool_keeper_claim_async (
      self->keeper, tyto_settings_get_string (self->settings, "output-dir"), on_claimed, task);
}

void
tyto_recorder_start_async (TytoRecorder *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task
      = tyto_recorder_verb_new (self, cancellable, callback, user_data, tyto_recorder_start_async);
  Past *past = g_new0 (Past, 1);

  past->now_us = tyto_time_now ();
  past->open_gaps
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) tyto_gap_unref);
  g_task_set_task_data (task, past, (GDestroyNotify) past_free);
  if (self->phase != RECORDER_NEW) {
    tyto_recorder_verb_failed (task, g_error_new_literal (TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                                                          "The recorder was started before"));
    return;
  }
  self->phase = RECORDER_STARTING;
  tyto_catalogue_open_async (self->catalogue, cancellable, on_opened, task);
}

gboolean
tyto_recorder_start_finish (TytoRecorder *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) done = g_task_propagate_pointer (G_TASK (result), error);

  return done != NULL;
}

/* The end of a shutdown: the rows are in, or cannot be. */
typedef struct {
  GTask *task;
  GCancellable *cancellable;
  guint source;
  GError *error; /* nullable: rows are lost */
} Flush;

static gboolean
on_flush_time (gpointer data)
{
  Flush *flush = data;
  TytoRecorder *self = g_task_get_source_object (flush->task);

  flush->source = 0;
  tyto_entry_queue_give_up_waiting (self->entries, "it is too slow for the shutdown");
  return G_SOURCE_REMOVE;
}

static void
on_archive_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Flush *flush = data;
  TytoRecorder *self = g_task_get_source_object (flush->task);

  tyto_archive_end_finish (self->archive, result);
  tyto_webhooks_stop (self->webhooks);
  tyto_heartbeat_stop (self->heartbeat);
  tyto_recorder_stop_mirror (self);
  tyto_catalogue_close (self->catalogue);
  if (flush->error == NULL)
    tyto_recorder_verb_done (flush->task, g_variant_new_boolean (TRUE));
  else
    tyto_recorder_verb_failed (flush->task, flush->error);
}

/* What is left of the time is for what waits for the archive. */
static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  Flush *flush = data;
  TytoRecorder *self = g_task_get_source_object (flush->task);

  g_clear_handle_id (&flush->source, g_source_remove);
  if (!tyto_entry_queue_flush_finish (self->entries, result, &flush->error))
    g_prefix_error (&flush->error, "%u rows are lost to the catalogue: ",
                    tyto_entry_queue_get_length (self->entries));
  tyto_archive_end_async (self->archive, self->upload_until_us, on_archive_ended, flush);
}

static void
on_recoveries_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  Flush *flush = g_new0 (Flush, 1);

  tyto_spool_keeper_stop_finish (self->keeper, result, NULL);
  flush->task = task;
  flush->source = g_timeout_add (FLUSH_MS, on_flush_time, flush);
  tyto_entry_queue_flush_async (self->entries, NULL, on_flushed, flush);
}

/* Whoever has the catalogue in hand must let go of it first. */
static void
enter_last_rows (GTask *task)
{
  TytoRecorder *self = g_task_get_source_object (task);

  tyto_spool_keeper_stop_async (self->keeper, on_recoveries_ended, task);
}

static void
on_broadcasts_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  enter_last_rows (data);
}

static void
on_services_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  tyto_recorder_wait_for_broadcasts (TYTO_RECORDER (source), on_broadcasts_stopped, data);
}

static void
on_workers_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);

  tyto_supervisor_shutdown_finish (self->supervisor, result, NULL);
  tyto_recorder_wait_for_services (self, on_services_stopped, task);
}

static void
tell_stopping (TytoRecorder *self)
{
  GHashTableIter iter;
  gpointer camera;

  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, NULL, &camera)) {
    if (tyto_camera_get_state (camera) != TYTO_CAMERA_STATE_OFF)
      tyto_camera_set_state (camera, TYTO_CAMERA_STATE_STOPPING, NULL);
  }
}

void
tyto_recorder_shutdown_async (TytoRecorder *self, gboolean keep_workers,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task
      = tyto_recorder_verb_new (self, NULL, callback, user_data, tyto_recorder_shutdown_async);

  if (self->phase == RECORDER_ENDING) {
    tyto_recorder_verb_failed (task, g_error_new_literal (TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                                                          "The recorder is shutting down"));
    return;
  }
  self->phase = RECORDER_ENDING;
  self->upload_until_us = keep_workers ? 0 : g_get_monotonic_time () + SHUTDOWN_US;
  tyto_spool_keeper_cancel (self->keeper);
  tyto_recorder_cancel_bucket (self);
  tyto_recorder_stop_retention (self);
  tyto_recorder_stop_broadcasts (self);
  tyto_recorder_stop_services (self, !keep_workers);
  if (keep_workers) {
    tyto_supervisor_leave (self->supervisor);
    tyto_recorder_wait_for_services (self, on_services_stopped, task);
    return;
  }
  tell_stopping (self);
  tyto_supervisor_shutdown_async (self->supervisor, on_workers_ended, task);
}

gboolean
tyto_recorder_shutdown_finish (TytoRecorder *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) done = g_task_propagate_pointer (G_TASK (result), error);

  return done != NULL;
}
