/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"

#define APPLY_MS 100
#define TICK_MS  1000
#define SAVE_S   10

G_DEFINE_FINAL_TYPE (TytoBroadcasts, tyto_broadcasts, G_TYPE_OBJECT)

enum { SIGNAL_ADDED, SIGNAL_CHANGED, SIGNAL_COMPLETED, SIGNAL_FAILED, SIGNAL_REMOVED, N_SIGNALS };
enum { PROP_BUSY = 1, N_PROPERTIES };

static guint signals[N_SIGNALS];
static GParamSpec *properties[N_PROPERTIES];

void
tyto_broadcasts_emit (TytoBroadcasts *self, TytoBroadcastsSignal which, TytoBroadcastJob *job)
{
  g_autoptr (GVariant) shown = NULL;

  if (which == TYTO_BROADCASTS_REMOVED) {
    g_signal_emit (self, signals[SIGNAL_REMOVED], 0, job->record->id);
    return;
  }
  shown = g_variant_ref_sink (tyto_broadcast_job_to_variant (job));
  g_signal_emit (self, signals[which], 0, shown);
}

/* --- Those in hand --- */

GPtrArray *
tyto_broadcasts_list_jobs (TytoBroadcasts *self)
{
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_job_unref);
  GHashTableIter iter;
  gpointer job;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &job))
    g_ptr_array_add (jobs, tyto_broadcast_job_ref (job));
  return jobs;
}

void
tyto_broadcasts_advance_all (TytoBroadcasts *self)
{
  g_autoptr (GPtrArray) jobs = tyto_broadcasts_list_jobs (self);

  for (guint i = 0; i < jobs->len; i++)
    tyto_broadcast_job_advance (jobs->pdata[i]);
}

static gboolean
on_tick (gpointer data)
{
  TytoBroadcasts *self = data;
  g_autoptr (GPtrArray) jobs = tyto_broadcasts_list_jobs (self);

  for (guint i = 0; i < jobs->len; i++) {
    TytoBroadcastJob *job = jobs->pdata[i];

    if (job->owner != NULL)
      tyto_broadcast_job_judge_end (job);
  }
  return G_SOURCE_CONTINUE;
}

void
tyto_broadcasts_save_counts (TytoBroadcasts *self)
{
  g_autoptr (GPtrArray) jobs = tyto_broadcasts_list_jobs (self);

  for (guint i = 0; i < jobs->len; i++) {
    TytoBroadcastJob *job = jobs->pdata[i];

    if (job->stale && job->owner != NULL)
      tyto_broadcast_job_changed (job);
  }
}

static gboolean
on_save_time (gpointer data)
{
  tyto_broadcasts_save_counts (data);
  return G_SOURCE_CONTINUE;
}

/* Timers run only while there is something in hand. */
static void
update_timers (TytoBroadcasts *self)
{
  gboolean needed = self->running && g_hash_table_size (self->jobs) > 0;

  if (needed == (self->tick_source != 0))
    return;
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_handle_id (&self->save_source, g_source_remove);
  if (!needed)
    return;
  self->tick_source = g_timeout_add (TICK_MS, on_tick, self);
  self->save_source = g_timeout_add_seconds (SAVE_S, on_save_time, self);
}

static gboolean
is_busy (TytoBroadcasts *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->discovering
      || tyto_service_client_is_on (tyto_stream_service_get_client (self->streams)))
    return TRUE;
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const TytoBroadcastJob *job = value;

    if (job->record->status != TYTO_BROADCAST_FAILED || job->record->deleting_us >= 0)
      return TRUE;
  }
  return FALSE;
}

void
tyto_broadcasts_update_busy (TytoBroadcasts *self)
{
  gboolean busy = is_busy (self);

  update_timers (self);
  tyto_broadcasts_count (self);
  if (busy == self->busy)
    return;
  self->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

/* --- Settings --- */

static gboolean
on_monitor_time (gpointer data)
{
  tyto_broadcasts_monitor (data);
  return G_SOURCE_CONTINUE;
}

void
tyto_broadcasts_apply (TytoBroadcasts *self)
{
  self->settings_changed = TRUE;
  g_clear_handle_id (&self->monitor_source, g_source_remove);
  self->monitor_source = g_timeout_add_seconds (
      tyto_settings_get_uint (self->settings, "monitor-interval"), on_monitor_time, self);
  tyto_broadcasts_measure_floor (self);
  tyto_broadcasts_apply_store (self);
  tyto_broadcasts_apply_collector (self);
  tyto_broadcasts_monitor (self);
  tyto_broadcasts_advance_all (self);
  tyto_broadcasts_update_busy (self);
}

static gboolean
on_apply_time (gpointer data)
{
  TytoBroadcasts *self = data;

  self->apply_source = 0;
  tyto_broadcasts_apply (self);
  return G_SOURCE_REMOVE;
}

static void
apply_soon (TytoBroadcasts *self)
{
  if (self->running && self->apply_source == 0)
    self->apply_source = g_timeout_add (APPLY_MS, on_apply_time, self);
}

static const char *const followed[] = { "s3-endpoint",
                                        "s3-region",
                                        "s3-access-key",
                                        "s3-secret-key",
                                        "s3-addressing",
                                        "s3-session-token",
                                        "s3-ca-file",
                                        "upload-timeout",
                                        "upload-part-mib",
                                        "upload-threshold-mib",
                                        "upload-bandwidth-kbit",
                                        "disk-floor-mib",
                                        "disk-floor-percent",
                                        "live-bucket",
                                        "broadcast-bucket",
                                        "stream-service-url",
                                        "vod-service-url",
                                        "monitor-interval",
                                        "segment-timeout",
                                        "segment-tries",
                                        "segment-retry-seconds",
                                        "segment-parallel",
                                        "broadcast-poll-ms",
                                        "broadcast-discover-seconds",
                                        "playlist-ca-file" };

/* --- The object --- */

TytoBroadcasts *
tyto_broadcasts_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts,
                     TytoWorkerLauncher *launcher)
{
  TytoBroadcasts *self = g_object_new (TYTO_TYPE_BROADCASTS, NULL);

  self->settings = g_object_ref (settings);
  self->catalogue = g_object_ref (catalogue);
  self->rules = tyto_broadcast_rules_new (alerts);
  self->launcher = g_object_ref (launcher);
  self->streams = tyto_stream_service_new (settings);
  self->vod = tyto_vod_client_new (settings);
  tyto_broadcasts_init_collector (self);
  tyto_broadcasts_init_store (self);
  for (guint i = 0; i < G_N_ELEMENTS (followed); i++) {
    g_autofree char *name = g_strconcat ("notify::", followed[i], NULL);

    g_signal_connect_object (settings, name, G_CALLBACK (apply_soon), self, G_CONNECT_SWAPPED);
  }
  return self;
}

static void
tyto_broadcasts_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_BUSY)
    g_value_set_boolean (value, TYTO_BROADCASTS (object)->busy);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
let_go (TytoBroadcasts *self)
{
  g_autoptr (GPtrArray) jobs = tyto_broadcasts_list_jobs (self);
  g_autoptr (GError) error
      = g_error_new (TYTO_ERROR, TYTO_ERROR_UNAVAILABLE, "The recorder is shutting down");

  for (guint i = 0; i < jobs->len; i++) {
    TytoBroadcastJob *job = jobs->pdata[i];

    g_clear_handle_id (&job->save_source, g_source_remove);
    job->owner = NULL;
    tyto_broadcast_job_fail_waiters (job, error);
  }
  g_hash_table_remove_all (self->jobs);
}

static void
tyto_broadcasts_dispose (GObject *object)
{
  TytoBroadcasts *self = TYTO_BROADCASTS (object);

  tyto_broadcasts_halt (self);
  let_go (self);
  tyto_broadcasts_end_stop (self);
  if (self->collector != NULL)
    g_object_run_dispose (G_OBJECT (self->collector)); /* calls may be under way */
  g_clear_object (&self->collector);
  if (self->store != NULL)
    g_object_run_dispose (G_OBJECT (self->store));
  g_clear_object (&self->store);
  g_clear_object (&self->streams);
  g_clear_object (&self->vod);
  g_clear_object (&self->launcher);
  g_clear_object (&self->catalogue);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (tyto_broadcasts_parent_class)->dispose (object);
}

static void
tyto_broadcasts_finalize (GObject *object)
{
  TytoBroadcasts *self = TYTO_BROADCASTS (object);

  g_hash_table_unref (self->jobs);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->rules, tyto_broadcast_rules_free);
  G_OBJECT_CLASS (tyto_broadcasts_parent_class)->finalize (object);
}

static guint
make_signal (const char *name, GType type)
{
  return g_signal_new (name, TYTO_TYPE_BROADCASTS, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 1, type);
}

static void
tyto_broadcasts_class_init (TytoBroadcastsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = tyto_broadcasts_get_property;
  object_class->dispose = tyto_broadcasts_dispose;
  object_class->finalize = tyto_broadcasts_finalize;
  properties[PROP_BUSY]
      = g_param_spec_boolean ("busy", NULL, NULL, FALSE,
                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[SIGNAL_ADDED] = make_signal ("added", G_TYPE_VARIANT);
  signals[SIGNAL_CHANGED] = make_signal ("changed", G_TYPE_VARIANT);
  signals[SIGNAL_COMPLETED] = make_signal ("completed", G_TYPE_VARIANT);
  signals[SIGNAL_FAILED] = make_signal ("failed", G_TYPE_VARIANT);
  signals[SIGNAL_REMOVED] = make_signal ("removed", G_TYPE_STRING);
}

static void
tyto_broadcasts_init (TytoBroadcasts *self)
{
  self->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) tyto_broadcast_job_unref);
  g_queue_init (&self->events);
}
