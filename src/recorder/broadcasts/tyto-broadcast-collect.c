/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps "collecting" and "finishing", which the process that collects does. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

#define CALL_MS  12000
#define AGAIN_US (5 * G_TIME_SPAN_SECOND)
#define ALERT    "broadcast-stalled"

/* --- What it is told --- */

static GVariant *
describe_broadcast (TytoBroadcastJob *self)
{
  g_autofree char *directory = tyto_broadcast_get_directory (
      self->record, tyto_settings_get_string (self->owner->settings, "output-dir"));
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "stream-key", "s", self->record->stream_key);
  g_variant_dict_insert (&dict, "source", "s", self->record->source);
  g_variant_dict_insert (&dict, "directory", "s", directory);
  g_variant_dict_insert (&dict, "after", "x", self->after_us);
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
tell_collect (TytoBroadcastJob *self)
{
  if (!tyto_role_process_is_ready (self->owner->collector)) {
    self->busy = FALSE;
    return;
  }
  self->collecting = TRUE;
  tyto_role_process_call_async (
      self->owner->collector, "Collect",
      g_variant_new ("(s@a{sv})", self->record->id, describe_broadcast (self)), NULL, CALL_MS,
      self->owner->cancellable, on_told, tyto_broadcast_job_ref (self));
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
  if (before == NULL) {
    tyto_broadcast_job_wait (self, error->message, AGAIN_US);
    return;
  }
  /* The one before may be known to its memo alone. */
  self->after_us = MAX (self->after_us, find_after (self->record, before));
  tell_collect (self);
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

void
tyto_broadcasts_on_progress (TytoBroadcasts *self, GVariant *parameters)
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

void
tyto_broadcasts_on_collected (TytoBroadcasts *self, GVariant *parameters)
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
