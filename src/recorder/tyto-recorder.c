/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-recorder.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/tyto-recorder-private.h"

G_DEFINE_FINAL_TYPE (TytoRecorder, tyto_recorder, G_TYPE_OBJECT)

enum { PROP_BUSY = 1, N_PROPERTIES };

static guint signals[RECORDER_N_SIGNALS];
static GParamSpec *properties[N_PROPERTIES];

TytoRecorder *
tyto_recorder_new (TytoSettings *settings, TytoCatalogue *catalogue, const char *worker_path,
                   const char *run_dir)
{
  TytoRecorder *self = g_object_new (TYTO_TYPE_RECORDER, NULL);

  self->settings = g_object_ref (settings);
  self->catalogue = g_object_ref (catalogue);
  self->entries = tyto_entry_queue_new (catalogue);
  self->heartbeat = tyto_heartbeat_new (catalogue);
  self->left_runs = tyto_left_runs_new (catalogue, self->entries);
  self->supervisor = tyto_supervisor_new (settings, self->entries, worker_path, run_dir);
  self->disk = tyto_disk_space_new (tyto_settings_get_string (settings, "output-dir"));
  tyto_recorder_init_spool (self);
  tyto_recorder_follow_entries (self);
  tyto_recorder_follow_for_webhooks (self);
  tyto_recorder_on_settings (self);
  tyto_recorder_init_watch (self);
  tyto_recorder_init_archive (self, worker_path, run_dir);
  tyto_recorder_init_broadcasts (self, worker_path, run_dir);
  tyto_recorder_follow_broadcasts (self);
  tyto_recorder_init_retention (self);
  tyto_recorder_init_mirror (self);
  tyto_recorder_init_services (self);
  return self;
}

void
tyto_recorder_emit (TytoRecorder *self, RecorderSignal signal, GVariant *argument)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (argument);

  g_signal_emit (self, signals[signal], 0, held);
}

void
tyto_recorder_emit_for (TytoRecorder *self, RecorderSignal signal, const char *camera,
                        GVariant *argument)
{
  g_autoptr (GVariant) held = argument != NULL ? g_variant_ref_sink (argument) : NULL;

  if (signal == RECORDER_SIGNAL_CAMERA_REMOVED)
    g_signal_emit (self, signals[signal], 0, camera);
  else
    g_signal_emit (self, signals[signal], 0, camera, held);
}

void
tyto_recorder_update_busy (TytoRecorder *self)
{
  gboolean busy = self->n_verbs > 0 || g_hash_table_size (self->removing) > 0
                  || tyto_recorder_has_busy_broadcasts (self)
                  || (self->archive != NULL && tyto_archive_is_busy (self->archive));
  GHashTableIter iter;
  gpointer camera;

  g_hash_table_iter_init (&iter, self->cameras);
  while (!busy && g_hash_table_iter_next (&iter, NULL, &camera))
    busy = tyto_camera_get_config (camera)->enabled
           || tyto_camera_get_state (camera) != TYTO_CAMERA_STATE_OFF;
  if (busy == self->busy)
    return;
  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

GTask *
tyto_recorder_verb_new (TytoRecorder *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data, gpointer tag)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  self->n_verbs++;
  tyto_recorder_update_busy (self);
  return task;
}

static void
verb_end (GTask *task)
{
  g_autoptr (TytoRecorder) self = g_object_ref (g_task_get_source_object (task));

  self->n_verbs--;
  tyto_recorder_update_busy (self);
  g_object_unref (task);
}

void
tyto_recorder_verb_return (GTask *task, gpointer result, GDestroyNotify free_func)
{
  g_task_return_pointer (task, result, free_func);
  verb_end (task);
}

void
tyto_recorder_verb_done (GTask *task, GVariant *result)
{
  tyto_recorder_verb_return (task, g_variant_ref_sink (result), (GDestroyNotify) g_variant_unref);
}

void
tyto_recorder_verb_failed (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  verb_end (task);
}

TytoSettings *
tyto_recorder_get_settings (TytoRecorder *self)
{
  return self->settings;
}

static void
tyto_recorder_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_BUSY)
    g_value_set_boolean (value, TYTO_RECORDER (object)->busy);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
tyto_recorder_dispose (GObject *object)
{
  TytoRecorder *self = TYTO_RECORDER (object);
  GHashTableIter iter;
  gpointer camera;

  g_clear_handle_id (&self->apply_source, g_source_remove);
  tyto_recorder_dispose_alerts (self);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  if (self->entries != NULL)
    g_signal_handlers_disconnect_by_data (self->entries, self);
  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, NULL, &camera))
    tyto_recorder_unfollow_camera (self, camera);
  g_hash_table_remove_all (self->cameras);
  tyto_recorder_stop_mirror (self);
  tyto_recorder_dispose_retention (self);
  tyto_recorder_dispose_broadcasts (self);
  tyto_recorder_dispose_archive (self);
  g_clear_object (&self->webhooks);
  g_clear_object (&self->services);
  g_clear_object (&self->supervisor);
  g_clear_object (&self->entries);
  g_clear_object (&self->heartbeat);
  g_clear_object (&self->left_runs);
  g_clear_handle_id (&self->coverage_source, g_source_remove);
  tyto_recorder_dispose_spool (self);
  g_clear_object (&self->disk);
  g_clear_object (&self->settings);
  g_clear_object (&self->catalogue);
  G_OBJECT_CLASS (tyto_recorder_parent_class)->dispose (object);
}

static void
tyto_recorder_finalize (GObject *object)
{
  TytoRecorder *self = TYTO_RECORDER (object);

  g_object_unref (self->alerts);
  g_hash_table_unref (self->cameras);
  g_hash_table_unref (self->removing);
  g_hash_table_unref (self->told_states);
  g_clear_pointer (&self->told_broadcasts, g_hash_table_unref);
  G_OBJECT_CLASS (tyto_recorder_parent_class)->finalize (object);
}

static guint
make_signal (const char *name, guint n, GType first, GType second)
{
  return g_signal_new (name, TYTO_TYPE_RECORDER, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, n, first, second);
}

static void
tyto_recorder_class_init (TytoRecorderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const struct {
    const char *name;
    guint n;
    GType first;
  } table[RECORDER_N_SIGNALS] = {
    [RECORDER_SIGNAL_CAMERA_ADDED] = { "camera-added", 1, G_TYPE_VARIANT },
    [RECORDER_SIGNAL_CAMERA_CHANGED] = { "camera-changed", 1, G_TYPE_VARIANT },
    [RECORDER_SIGNAL_CAMERA_REMOVED] = { "camera-removed", 1, G_TYPE_STRING },
    [RECORDER_SIGNAL_SEGMENT_OPENED] = { "segment-opened", 2, G_TYPE_STRING },
    [RECORDER_SIGNAL_SEGMENT_CLOSED] = { "segment-closed", 1, G_TYPE_VARIANT },
    [RECORDER_SIGNAL_SEGMENT_ARCHIVED] = { "segment-archived", 1, G_TYPE_VARIANT },
    [RECORDER_SIGNAL_GAP_OPENED] = { "gap-opened", 1, G_TYPE_VARIANT },
    [RECORDER_SIGNAL_GAP_CLOSED] = { "gap-closed", 1, G_TYPE_VARIANT },
    [RECORDER_SIGNAL_THUMBNAIL_TAKEN] = { "thumbnail-taken", 2, G_TYPE_STRING },
    [RECORDER_SIGNAL_ALERT] = { "alert", 1, G_TYPE_VARIANT },
  };

  object_class->get_property = tyto_recorder_get_property;
  object_class->dispose = tyto_recorder_dispose;
  object_class->finalize = tyto_recorder_finalize;
  properties[PROP_BUSY]
      = g_param_spec_boolean ("busy", NULL, NULL, FALSE,
                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  for (guint i = 0; i < RECORDER_N_SIGNALS; i++)
    signals[i] = make_signal (table[i].name, table[i].n, table[i].first, G_TYPE_VARIANT);
}

static void
tyto_recorder_init (TytoRecorder *self)
{
  /* The worker's errors come over D-Bus: their names must be known before the first does. */
  (void) TYTO_ERROR;
  self->cameras = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->removing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->started_us = tyto_time_now ();
  tyto_recorder_init_alerts (self);
}
