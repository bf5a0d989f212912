/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps "collecting" and "finishing", and the process that does them: tyto-collector. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

#define CALL_MS   12000
#define AGAIN_US  (5 * G_TIME_SPAN_SECOND)
#define LINGER_US (60 * G_TIME_SPAN_SECOND) /* nothing to do */
#define ALERT     "broadcast-stalled"
#define COLLECTOR "broadcast-collector"

static const TytoRole collector_role = {
  .role = TYTO_WORKER_ROLE_COLLECTOR,
  .name = "process that collects broadcasts",
  .object_path = "/org/tyto/Collector",
  .interface = "org.tyto.Collector1",
  .configures = TRUE,
  .watchdog = "Drop",
  .restarts = TRUE,
};

/* --- What it is told --- */

static GVariant *
describe_broadcast (TytoBroadcastJob *self, gint64 after_us)
{
  g_autofree char *directory = tyto_broadcast_get_directory (
      self->record, tyto_settings_get_string (self->owner->settings, "output-dir"));
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "stream-key", "s", self->record->stream_key);
  g_variant_dict_insert (&dict, "source", "s", self->record->source);
  g_variant_dict_insert (&dict, "directory", "s", directory);
  g_variant_dict_insert (&dict, "after", "x", after_us);
  return g_variant_dict_end (&dict);
}

static void
cannot_collect (TytoBroadcastJob *self, const GError *error)
{
  g_autofree char *why = tyto_broadcast_describe_error (error);

  self->collecting = self->ended = FALSE;
  /* It is told again when there is a new one. */
  if (!tyto_role_process_is_ready (self->owner->collector)) {
    self->busy = FALSE;
    return;
  }
  tyto_broadcast_rules_set (self->owner->rules, ALERT, self->record->id, self->record->stream_key,
                            why);
  tyto_broadcast_job_wait (self, why, AGAIN_US);
}

static void
on_told_end (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = tyto_role_process_call_finish (TYTO_ROLE_PROCESS (source), result, &error);

  if (self->owner == NULL)
    return;
  if (answer == NULL)
    cannot_collect (self, error);
  else
    tyto_broadcast_job_done (self);
}

static void
tell_end (TytoBroadcastJob *self)
{
  self->busy = self->ended = TRUE;
  tyto_role_process_call_async (
      self->owner->collector, "End", g_variant_new ("(s)", self->record->id), NULL, CALL_MS,
      self->owner->cancellable, on_told_end, tyto_broadcast_job_ref (self));
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = tyto_role_process_call_finish (TYTO_ROLE_PROCESS (source), result, &error);

  if (self->owner == NULL)
    return;
  if (answer == NULL) {
    cannot_collect (self, error);
    return;
  }
  tyto_broadcast_rules_set (self->owner->rules, ALERT, self->record->id, "", NULL);
  tyto_broadcast_job_settle (self);
  tyto_broadcast_job_done (self);
}

static void
tell_collect (TytoBroadcastJob *self, gint64 after_us)
{
  if (!tyto_role_process_is_ready (self->owner->collector)) {
    self->busy = FALSE;
    return;
  }
  self->collecting = TRUE;
  tyto_role_process_call_async (
      self->owner->collector, "Collect",
      g_variant_new ("(s@a{sv})", self->record->id, describe_broadcast (self, after_us)), NULL,
      CALL_MS, self->owner->cancellable, on_told, tyto_broadcast_job_ref (self));
}

/* Objects not newer than the newest of the broadcast before are that one's. */
static gint64
find_after (const TytoBroadcast *self, GPtrArray *before)
{
  gint64 after_us = -1;

  for (guint i = 0; i < before->len; i++) {
    const TytoBroadcast *other = before->pdata[i];

    if (!g_str_equal (other->id, self->id) && g_str_equal (other->source, self->source)
        && other->started_us <= self->started_us)
      after_us = MAX (after_us, other->newest_us);
  }
  return after_us;
}

static void
on_before (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *next = NULL;
  g_autoptr (GPtrArray) before
      = tyto_catalogue_list_broadcasts_finish (TYTO_CATALOGUE (source), result, &next, &error);

  if (self->owner == NULL)
    return;
  if (before == NULL)
    tyto_broadcast_job_wait (self, error->message, AGAIN_US);
  else
    tell_collect (self, find_after (self->record, before));
}

/* What is in the bucket is one broadcast's after the other's. */
static gboolean
is_after_another (TytoBroadcastJob *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->owner->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const TytoBroadcastJob *other = value;

    if (other != self && tyto_broadcast_job_is_collecting (other)
        && g_str_equal (other->record->stream_key, self->record->stream_key)
        && g_str_equal (other->record->source, self->record->source)
        && other->record->started_us <= self->record->started_us
        && (other->record->started_us < self->record->started_us
            || other->record->status == TYTO_BROADCAST_PROCESSING))
      return TRUE;
  }
  return FALSE;
}

void
tyto_broadcast_job_collect (TytoBroadcastJob *self)
{
  gboolean live = self->record->status == TYTO_BROADCAST_RECORDING;
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;

  tyto_broadcast_job_set_step (self, live ? "collecting" : "finishing");
  if (!tyto_role_process_is_ready (self->owner->collector)) {
    tyto_broadcasts_apply_collector (self->owner);
    return;
  }
  if (self->collecting) {
    if (!live && !self->ended)
      tell_end (self);
    return;
  }
  if (g_str_equal (self->record->source, "bucket") && is_after_another (self)) {
    tyto_broadcast_job_set_failing (self, "The broadcast before it is still being fetched");
    return;
  }
  self->busy = TRUE;
  query.stream_key = self->record->stream_key;
  query.limit = 10;
  query.to_us = self->record->started_us + 1;
  tyto_catalogue_list_broadcasts_async (self->owner->catalogue, &query, self->owner->cancellable,
                                        on_before, tyto_broadcast_job_ref (self));
}

void
tyto_broadcast_job_stop_collecting (TytoBroadcastJob *self)
{
  if (self->collecting)
    tyto_role_process_tell (self->owner->collector, "Drop",
                            g_variant_new ("(s)", self->record->id));
  self->collecting = self->ended = FALSE;
}

/* --- What it tells --- */

static void
take_counts (TytoBroadcastJob *self, GVariant *state)
{
  TytoBroadcast *record = tyto_broadcast_job_edit (self);
  guint64 segments = tyto_dict_uint (state, "segments", 0);
  guint64 missing = tyto_dict_uint (state, "missing", 0);

  self->owner->n_segments += segments > record->segments ? segments - record->segments : 0;
  self->owner->n_missing += missing > record->missing ? missing - record->missing : 0;
  record->segments = segments;
  record->missing = missing;
  record->collected_bytes = tyto_dict_uint (state, "bytes", 0);
  record->media_ms = tyto_dict_uint (state, "media-ms", 0);
  /* Without a playlist it is not known how long they are: about as long as it took. */
  record->duration_ms = record->media_ms;
  if (record->media_ms == 0 && segments > 0 && record->status == TYTO_BROADCAST_RECORDING)
    record->duration_ms = (guint64) MAX (tyto_time_now () - record->started_us, 0) / 1000;
  record->newest_us = tyto_dict_int (state, "newest", -1);
  self->segments_waiting = tyto_dict_uint (state, "waiting", 0);
  self->idle_ms = tyto_dict_uint (state, "idle-ms", 0);
  self->told_us = g_get_monotonic_time ();
  self->source_ended = tyto_dict_boolean (state, "ended", FALSE);
}

static void
take_state (TytoBroadcastJob *self, GVariant *state)
{
  TytoBroadcastRules *rules = self->owner->rules;
  const char *failing = tyto_dict_string (state, "failing", "");
  guint64 missing = self->record->missing;

  take_counts (self, state);
  failing = *failing != '\0' ? failing : NULL;
  tyto_broadcast_job_set_failing (self, failing);
  tyto_broadcast_rules_set (rules, ALERT, self->record->id, self->record->stream_key, failing);
  if (self->record->missing > missing) {
    g_autofree char *why = g_strdup_printf ("%" G_GUINT64_FORMAT " of its segments were given up",
                                            self->record->missing);

    tyto_broadcast_rules_set (rules, "broadcast-missing", self->record->id,
                              self->record->stream_key, why);
  }
}

gboolean
tyto_broadcast_job_is_collecting (const TytoBroadcastJob *self)
{
  return self->record->deleting_us < 0 && !self->collected && *self->record->path == '\0'
         && (self->record->status == TYTO_BROADCAST_RECORDING
             || self->record->status == TYTO_BROADCAST_PROCESSING);
}

/* It may be told of late: what is being joined has all its counts. */
static gboolean
is_collected_from (const TytoBroadcastJob *self)
{
  return self != NULL && self->collecting && tyto_broadcast_job_is_collecting (self);
}

static void
on_progress (TytoBroadcasts *self, GVariant *parameters)
{
  g_autoptr (GVariant) state = NULL;
  const char *id;
  TytoBroadcastJob *job;

  g_variant_get (parameters, "(&s@a{sv})", &id, &state);
  job = g_hash_table_lookup (self->jobs, id);
  if (!is_collected_from (job))
    return;
  take_state (job, state);
  tyto_broadcast_job_counted (job);
  tyto_broadcast_job_judge_end (job);
}

static void
on_collected (TytoBroadcasts *self, GVariant *parameters)
{
  g_autoptr (GVariant) state = NULL;
  const char *id;
  TytoBroadcastJob *job;

  g_variant_get (parameters, "(&s@a{sv})", &id, &state);
  job = g_hash_table_lookup (self->jobs, id);
  if (!is_collected_from (job) || job->record->status != TYTO_BROADCAST_PROCESSING)
    return;
  take_state (job, state);
  tyto_broadcast_rules_set (self->rules, ALERT, id, "", NULL);
  job->collected = TRUE;
  job->segments_waiting = 0;
  tyto_broadcast_job_set_failing (job, NULL);
  tyto_broadcast_job_stop_collecting (job);
  tyto_broadcast_job_changed (job);
  tyto_broadcasts_advance_all (self);
}

static void
on_signal (TytoBroadcasts *self, const char *name, GVariant *parameters)
{
  const char *key;
  gint64 newest_us;
  guint64 age_ms;
  gboolean ended;

  if (g_str_equal (name, "Found") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sxtb)"))) {
    g_variant_get (parameters, "(&sxtb)", &key, &newest_us, &age_ms, &ended);
    tyto_broadcasts_found (self, key, newest_us, age_ms, ended);
  } else if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv})"))) {
    return;
  } else if (g_str_equal (name, "Progress")) {
    on_progress (self, parameters);
  } else if (g_str_equal (name, "Collected")) {
    on_collected (self, parameters);
  }
}

/* --- The process --- */

static void
on_ready (TytoBroadcasts *self)
{
  tyto_broadcast_rules_set_service (self->rules, COLLECTOR, NULL);
  tyto_role_process_tell (self->collector, "Discover", g_variant_new ("(b)", self->discovering));
  tyto_broadcasts_advance_all (self);
}

static void
on_refused (TytoBroadcasts *self, const char *why)
{
  g_autofree char *text = g_strdup_printf (
      "The process that collects broadcasts does not take its settings: %s", why);

  tyto_broadcast_rules_set_service (self->rules, COLLECTOR, text);
}

static void
on_ended (TytoBroadcasts *self, const char *how)
{
  g_autofree char *text
      = g_strdup_printf ("The process that collects broadcasts ended: %s. It is started again; "
                         "what it had fetched is kept",
                         how);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    TytoBroadcastJob *job = value;

    job->collecting = job->ended = FALSE;
  }
  if (tyto_role_process_is_wanted (self->collector))
    tyto_broadcast_rules_set_service (self->rules, COLLECTOR, text);
  tyto_broadcasts_look_whether_stopped (self);
}

void
tyto_broadcasts_init_collector (TytoBroadcasts *self)
{
  self->collector = tyto_role_process_new (self->launcher, &collector_role);
  g_signal_connect_object (self->collector, "ready", G_CALLBACK (on_ready), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->collector, "refused", G_CALLBACK (on_refused), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->collector, "told", G_CALLBACK (on_signal), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->collector, "ended", G_CALLBACK (on_ended), self,
                           G_CONNECT_SWAPPED);
}

static void
on_floor (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  guint64 room = 0, floor = 0;

  if (!tyto_broadcast_measure_disk_finish (result, &room, &floor, NULL) || floor == self->floor)
    return;
  self->floor = floor;
  self->settings_changed = TRUE;
  tyto_broadcasts_apply_collector (self);
}

void
tyto_broadcasts_measure_floor (TytoBroadcasts *self)
{
  tyto_broadcast_measure_disk_async (self, self->cancellable, on_floor, g_object_ref (self));
}

/* @s3: (nullable): playlists alone can be collected. It has the keys in it. */
static GVariant *
write_settings (TytoBroadcasts *self, const TytoS3Config *s3)
{
  TytoSettings *settings = self->settings;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "endpoint", "s", s3 != NULL ? s3->endpoint : "");
  g_variant_dict_insert (&dict, "region", "s", s3 != NULL ? s3->region : "");
  g_variant_dict_insert (&dict, "bucket", "s", tyto_settings_get_string (settings, "live-bucket"));
  g_variant_dict_insert (&dict, "access-key", "s", s3 != NULL ? s3->access_key : "");
  g_variant_dict_insert (&dict, "secret-key", "s", s3 != NULL ? s3->secret_key : "");
  g_variant_dict_insert (&dict, "session-token", "s", s3 != NULL ? s3->session_token : "");
  g_variant_dict_insert (&dict, "addressing", "s",
                         tyto_settings_get_string (settings, "s3-addressing"));
  g_variant_dict_insert (&dict, "ca-file", "s", tyto_settings_get_string (settings, "s3-ca-file"));
  g_variant_dict_insert (&dict, "url-ca-file", "s",
                         tyto_settings_get_string (settings, "playlist-ca-file"));
  g_variant_dict_insert (&dict, "parallel", "u",
                         tyto_settings_get_uint (settings, "segment-parallel"));
  g_variant_dict_insert (&dict, "timeout", "u",
                         tyto_settings_get_uint (settings, "segment-timeout"));
  g_variant_dict_insert (&dict, "tries", "u", tyto_settings_get_uint (settings, "segment-tries"));
  g_variant_dict_insert (&dict, "retry-seconds", "u",
                         tyto_settings_get_uint (settings, "segment-retry-seconds"));
  g_variant_dict_insert (&dict, "poll-ms", "u",
                         tyto_settings_get_uint (settings, "broadcast-poll-ms"));
  g_variant_dict_insert (&dict, "disk-floor", "t", self->floor);
  return g_variant_dict_end (&dict);
}

static gboolean
is_needed (TytoBroadcasts *self)
{
  GHashTableIter iter;
  gpointer value;

  if (self->discovering)
    return TRUE;
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (tyto_broadcast_job_is_collecting (value))
      return TRUE;
  }
  return FALSE;
}

/* The next broadcast need not wait for it. */
static void
stop_if_needless_for_long (TytoBroadcasts *self)
{
  gint64 now_us = g_get_monotonic_time ();

  if (self->needless_us == 0)
    self->needless_us = now_us;
  if (now_us - self->needless_us >= LINGER_US && tyto_role_process_is_wanted (self->collector))
    tyto_role_process_stop (self->collector);
}

void
tyto_broadcasts_apply_collector (TytoBroadcasts *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoS3Config) s3 = NULL;

  if (!self->running)
    return;
  if (!is_needed (self)) {
    stop_if_needless_for_long (self);
    return;
  }
  self->needless_us = 0;
  if (tyto_role_process_is_wanted (self->collector) && !self->settings_changed)
    return;
  self->settings_changed = FALSE;
  s3 = tyto_settings_get_bucket_config (self->settings, "live-bucket", &error);
  if (error != NULL)
    g_warning ("Broadcasts cannot be collected from the bucket: %s", error->message);
  tyto_role_process_configure (self->collector, write_settings (self, s3));
}
