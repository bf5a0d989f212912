/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Broadcasts that begin or end unannounced: the stream service is asked, the live bucket is looked
 * at, and one that brings nothing new has ended. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"

#define ENDED_MS   5000  /* after its playlist's end */
#define UNKNOWN_MS 15000 /* without anything new, of what the stream service does not know */

/* --- The stream service --- */

static gboolean
asks_service (TytoBroadcasts *self)
{
  return tyto_service_client_is_on (tyto_stream_service_get_client (self->streams));
}

static void
tell_service (TytoBroadcasts *self, gboolean answered, const GError *error)
{
  g_autofree char *why = NULL;

  if (!answered && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    why = tyto_broadcast_describe_error (error);
  if (answered || why != NULL)
    tyto_broadcast_rules_set_service (self->rules, "stream-service", why);
}

static void
on_stream (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) job = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoLiveStream) stream
      = tyto_stream_service_get_stream_finish (TYTO_STREAM_SERVICE (source), result, &error);
  gboolean unknown = g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  TytoStreamEvent event = { 0 };

  job->asking = FALSE;
  if (job->owner == NULL)
    return;
  tell_service (job->owner, stream != NULL || unknown, error);
  /* A service that forgot it is not believed while it goes on. */
  job->unknown = unknown;
  if (unknown)
    tyto_broadcast_job_judge_end (job);
  if (stream == NULL || stream->live || job->record->status != TYTO_BROADCAST_RECORDING)
    return;
  event.stream_id = job->record->stream_id;
  event.stream_key = job->record->stream_key;
  event.user_id = job->record->user_id;
  event.playlist_url = "";
  event.at_us = stream->ended_us >= job->record->started_us ? stream->ended_us : tyto_time_now ();
  tyto_broadcasts_queue_event (job->owner, &event, "service", NULL);
}

static gboolean
is_listed (GPtrArray *live, const char *stream_id)
{
  for (guint i = 0; i < live->len; i++) {
    if (g_ascii_strcasecmp (((TytoLiveStream *) live->pdata[i])->id, stream_id) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Those that it does not list are asked for, one by one. */
static void
ask_for_others (TytoBroadcasts *self, GPtrArray *live)
{
  gint64 old_us
      = g_get_monotonic_time ()
        - tyto_settings_get_uint (self->settings, "monitor-interval") * G_TIME_SPAN_SECOND;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    TytoBroadcastJob *job = value;

    if (job->record->status != TYTO_BROADCAST_RECORDING || *job->record->stream_id == '\0'
        || job->asking || job->taken_us > old_us || is_listed (live, job->record->stream_id))
      continue;
    job->asking = TRUE;
    tyto_stream_service_get_stream_async (self->streams, job->record->stream_id, self->cancellable,
                                          on_stream, tyto_broadcast_job_ref (job));
  }
}

static gboolean
is_recorded (TytoBroadcasts *self, const char *stream_id)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const TytoBroadcast *record = ((TytoBroadcastJob *) value)->record;

    if (record->status == TYTO_BROADCAST_RECORDING
        && g_ascii_strcasecmp (record->stream_id, stream_id) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
take_live (TytoBroadcasts *self, const TytoLiveStream *stream)
{
  const TytoStreamEvent event = {
    .started = TRUE,
    .stream_id = stream->id,
    .stream_key = stream->stream_key,
    .user_id = stream->user_id,
    .at_us = stream->started_us >= 0 ? stream->started_us : tyto_time_now (),
    .playlist_url = stream->playlist_url,
  };

  if (!is_recorded (self, stream->id))
    tyto_broadcasts_queue_event (self, &event, "service", NULL);
}

static void
on_live (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) live
      = tyto_stream_service_list_live_finish (TYTO_STREAM_SERVICE (source), result, &error);

  self->asking = FALSE;
  if (!self->running)
    return;
  tell_service (self, live != NULL, error);
  if (live == NULL)
    return;
  ask_for_others (self, live);
  for (guint i = 0; i < live->len; i++)
    take_live (self, live->pdata[i]);
}

/* --- The live bucket --- */

static void
set_discovering (TytoBroadcasts *self, gboolean on)
{
  if (self->discovering == on)
    return;
  self->discovering = on;
  if (on)
    g_message ("Broadcasts are looked for in the bucket %s",
               tyto_settings_get_string (self->settings, "live-bucket"));
  tyto_role_process_tell (self->collector, "Discover", g_variant_new ("(b)", on));
  tyto_broadcasts_apply_collector (self);
  tyto_broadcasts_update_busy (self);
}

static void
on_bucket (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  g_autoptr (GError) error = NULL;
  gboolean there = tyto_s3_client_head_bucket_finish (TYTO_S3_CLIENT (source), result, &error);

  self->looking = FALSE;
  if (!self->running)
    return;
  if (!there)
    g_debug ("No broadcasts are looked for: %s", error->message);
  if (there)
    set_discovering (self, TRUE);
  else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)
           || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN))
    set_discovering (self, FALSE);
}

/* Who has no such bucket has no process for it either. */
static void
look_for_bucket (TytoBroadcasts *self)
{
  gboolean wanted = tyto_settings_get_uint (self->settings, "broadcast-discover-seconds") > 0;
  g_autoptr (TytoS3Config) config = NULL;
  g_autoptr (TytoS3Client) client = NULL;

  if (wanted)
    config = tyto_settings_get_bucket_config (self->settings, "live-bucket", NULL);
  if (config == NULL) {
    set_discovering (self, FALSE);
    return;
  }
  if (self->discovering || self->looking)
    return;
  config->retries = 0;
  client = tyto_s3_client_new (config, NULL);
  if (client == NULL)
    return;
  self->looking = TRUE;
  tyto_s3_client_head_bucket_async (client, self->cancellable, on_bucket, g_object_ref (self));
}

static gboolean
is_being_collected (TytoBroadcasts *self, const char *stream_key)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const TytoBroadcastJob *job = value;

    if (tyto_broadcast_job_is_collecting (job) && g_str_equal (job->record->stream_key, stream_key))
      return TRUE;
  }
  return FALSE;
}

void
tyto_broadcasts_found (TytoBroadcasts *self, const char *stream_key, gint64 newest_us,
                       guint64 age_ms, gboolean ended)
{
  guint64 seconds = tyto_settings_get_uint (self->settings, "broadcast-discover-seconds");
  const TytoStreamEvent event = {
    .started = TRUE,
    .stream_id = "",
    .stream_key = stream_key,
    .user_id = "",
    .at_us = newest_us,
    .playlist_url = "",
  };

  if (self->running && age_ms <= seconds * 1000 && tyto_broadcast_check_key (stream_key, NULL)
      && !is_being_collected (self, stream_key))
    tyto_broadcasts_queue_event (self, &event, "bucket", NULL);
}

/* --- Its end --- */

void
tyto_broadcast_job_judge_end (TytoBroadcastJob *self)
{
  TytoBroadcasts *owner = self->owner;
  guint64 limit_ms = tyto_settings_get_uint (owner->settings, "broadcast-idle-seconds")
                     * G_GUINT64_CONSTANT (1000);
  gboolean bucket = g_str_equal (self->record->source, "bucket");
  gint64 since_us = g_get_monotonic_time () - self->told_us;
  guint64 idle_ms = self->idle_ms + (guint64) since_us / 1000;
  gint64 at_us = tyto_time_now () - (gint64) idle_ms * 1000;

  if (self->record->status != TYTO_BROADCAST_RECORDING || self->record->deleting_us >= 0
      || !self->collecting || self->told_us == 0 || self->failing != NULL)
    return;
  /* The service knows better: who lost the connection comes back. */
  if (*self->record->stream_id != '\0' && asks_service (owner)) {
    if (self->unknown && idle_ms >= UNKNOWN_MS)
      tyto_broadcast_job_end (self, at_us, "service");
    return;
  }
  if (self->source_ended && idle_ms >= (limit_ms > 0 ? MIN (limit_ms, ENDED_MS) : ENDED_MS))
    tyto_broadcast_job_end (self, at_us, "source");
  else if (limit_ms > 0 && idle_ms >= limit_ms)
    tyto_broadcast_job_end (self, at_us, bucket ? "bucket" : "source");
}

/* --- At times --- */

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;

  self->counting = FALSE;
  tyto_catalogue_count_broadcasts_finish (TYTO_CATALOGUE (source), result, &self->totals, NULL);
}

void
tyto_broadcasts_count (TytoBroadcasts *self)
{
  if (self->counting || !self->running)
    return;
  self->counting = TRUE;
  tyto_catalogue_count_broadcasts_async (self->catalogue, NULL, on_counted, g_object_ref (self));
}

static void
tell_vod_service (TytoBroadcasts *self)
{
  TytoServiceClient *client = tyto_vod_client_get_client (self->vod);
  const char *why
      = tyto_service_client_is_on (client) ? tyto_service_client_get_failure (client) : NULL;

  tyto_broadcast_rules_set_service (self->rules, "vod-service", why);
}

GVariant *
tyto_broadcasts_describe_services (TytoBroadcasts *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (
      &dict, "stream",
      tyto_service_client_describe (tyto_stream_service_get_client (self->streams)));
  g_variant_dict_insert_value (
      &dict, "vod", tyto_service_client_describe (tyto_vod_client_get_client (self->vod)));
  return g_variant_dict_end (&dict);
}

void
tyto_broadcasts_monitor (TytoBroadcasts *self)
{
  if (!self->running || !self->loaded)
    return;
  tyto_broadcasts_count (self);
  tell_vod_service (self);
  look_for_bucket (self);
  tyto_broadcasts_apply_collector (self);
  if (!asks_service (self)) {
    tyto_broadcast_rules_set_service (self->rules, "stream-service", NULL);
  } else if (!self->asking) {
    self->asking = TRUE;
    tyto_stream_service_list_live_async (self->streams, self->cancellable, on_live,
                                         g_object_ref (self));
  }
}
