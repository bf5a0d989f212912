/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of broadcasts, and done to one. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

#define URL_SECONDS (15 * 60)

/* Does it to the broadcast in hand; takes @task. */
typedef void (*Deed) (TytoBroadcastJob *job, GTask *task);

/* What a verb needs until its broadcast is in hand. */
typedef struct {
  Deed deed;
  char *text;
} Verb;

static void
verb_free (gpointer data)
{
  Verb *verb = data;

  g_free (verb->text);
  g_free (verb);
}

static void
give (GTask *task, GVariant *value)
{
  g_task_return_pointer (task, g_variant_ref_sink (value), (GDestroyNotify) g_variant_unref);
  g_object_unref (task);
}

static void
refuse (GTask *task, GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

GVariant *
tyto_broadcasts_call_finish (TytoBroadcasts *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Whether it can be asked for anything; ends @task when not. */
static gboolean
check_running (TytoBroadcasts *self, GTask *task)
{
  if (self->running)
    return TRUE;
  refuse (task, g_error_new (TYTO_ERROR, TYTO_ERROR_UNAVAILABLE,
                             "The recorder is starting or shutting down\nTry again in some "
                             "seconds."));
  return FALSE;
}

static gboolean
is_there (const TytoBroadcastJob *job, GTask *task)
{
  if (job->record->deleting_us < 0)
    return TRUE;
  refuse (task, g_error_new (TYTO_ERROR, TYTO_ERROR_NOT_FOUND, "There is no broadcast %s",
                             job->record->id));
  return FALSE;
}

/* --- With one in hand --- */

static void
on_record (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoBroadcasts *self = g_task_get_source_object (task);
  const Verb *verb = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoBroadcast) record
      = tyto_catalogue_get_broadcast_finish (TYTO_CATALOGUE (source), result, &error);
  g_autoptr (TytoBroadcastJob) job = NULL;

  if (record == NULL) {
    refuse (task, error);
    return;
  }
  if (!check_running (self, task))
    return;
  job = tyto_broadcast_job_ref (tyto_broadcasts_take (self, record, FALSE));
  if (is_there (job, task))
    verb->deed (job, task);
  tyto_broadcast_job_advance (job); /* with nothing to do it is let go */
}

static void
with_job (TytoBroadcasts *self, const char *id, const char *text, Deed deed,
          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  TytoBroadcastJob *job = g_hash_table_lookup (self->jobs, id);
  Verb *verb = g_new0 (Verb, 1);

  verb->deed = deed;
  verb->text = g_strdup (text);
  g_task_set_task_data (task, verb, verb_free);
  if (!check_running (self, task))
    return;
  if (job == NULL)
    tyto_catalogue_get_broadcast_async (self->catalogue, id, NULL, on_record, task);
  else if (is_there (job, task))
    deed (job, task);
}

static void
do_end (TytoBroadcastJob *job, GTask *task)
{
  if (job->record->status != TYTO_BROADCAST_RECORDING) {
    refuse (task, g_error_new (TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                               "The broadcast %s is not being recorded", job->record->id));
    return;
  }
  tyto_broadcast_job_end (job, tyto_time_now (), "user");
  tyto_broadcast_job_changed_for (job, task, FALSE);
}

void
tyto_broadcasts_end_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  with_job (self, id, NULL, do_end, callback, user_data);
}

static void
do_retry (TytoBroadcastJob *job, GTask *task)
{
  const TytoBroadcast *now = job->record;
  gboolean import
      = g_str_equal (now->import_state, "refused") || g_str_equal (now->import_state, "waiting");
  TytoBroadcast *record;

  if (now->status != TYTO_BROADCAST_FAILED && job->retry_source == 0 && !import) {
    refuse (task, g_error_new (TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                               "Nothing of the broadcast %s failed or waits", now->id));
    return;
  }
  record = tyto_broadcast_job_edit (job);
  record->tries = 0;
  record->due_us = -1;
  if (record->status == TYTO_BROADCAST_FAILED) {
    record->status = TYTO_BROADCAST_PROCESSING;
    record->completed_us = -1;
    tyto_broadcast_set (&record->last_error, "");
    tyto_broadcast_rules_forget (job->owner->rules, record->id);
    job->collected = FALSE;
  } else if (import) {
    tyto_broadcast_set (&record->import_state, "waiting");
    record->import_tries = 0;
    record->import_due_us = -1;
  }
  g_clear_handle_id (&job->retry_source, g_source_remove);
  tyto_broadcast_job_changed_for (job, task, FALSE);
}

void
tyto_broadcasts_retry_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  with_job (self, id, NULL, do_retry, callback, user_data);
}

static void
do_set_video (TytoBroadcastJob *job, GTask *task)
{
  const Verb *verb = g_task_get_task_data (task);
  TytoBroadcast *record = tyto_broadcast_job_edit (job);

  tyto_broadcast_set (&record->video_id, verb->text);
  tyto_broadcast_job_changed_for (job, task, FALSE);
}

void
tyto_broadcasts_set_video_async (TytoBroadcasts *self, const char *id, const char *video_id,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autofree char *lower = g_ascii_strdown (video_id, -1);
  GError *error = NULL;

  if (tyto_broadcast_check_uuid ("video_id", video_id, &error))
    with_job (self, id, lower, do_set_video, callback, user_data);
  else
    refuse (g_task_new (self, NULL, callback, user_data), error);
}

static void
do_remove (TytoBroadcastJob *job, GTask *task)
{
  if (job->record->status == TYTO_BROADCAST_RECORDING
      || job->record->status == TYTO_BROADCAST_PROCESSING) {
    refuse (task, g_error_new (TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                               "The broadcast %s is being recorded or processed\nEnd it, and wait "
                               "until it is completed.",
                               job->record->id));
    return;
  }
  tyto_broadcast_job_edit (job)->deleting_us = tyto_time_now ();
  g_clear_handle_id (&job->retry_source, g_source_remove);
  tyto_broadcast_job_await_removal (job, task);
  tyto_broadcast_job_changed (job);
}

void
tyto_broadcasts_remove_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  with_job (self, id, NULL, do_remove, callback, user_data);
}

/* --- Beginning one --- */

void
tyto_broadcasts_begin_async (TytoBroadcasts *self, GVariant *dict, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  static const char *const known[] = { "stream_key", "playlist_url", "user_id", "stream_id", NULL };
  GTask *task = g_task_new (self, NULL, callback, user_data);
  g_autofree char *key = g_strdup ("");
  g_autofree char *url = g_strdup ("");
  g_autofree char *user = g_strdup ("");
  g_autofree char *stream = g_strdup ("");
  GError *error = NULL;

  if (!check_running (self, task))
    return;
  if (!tyto_dict_check_keys (dict, known, &error)
      || !tyto_dict_get_string (dict, "stream_key", &key, &error)
      || !tyto_dict_get_string (dict, "playlist_url", &url, &error)
      || !tyto_dict_get_string (dict, "user_id", &user, &error)
      || !tyto_dict_get_string (dict, "stream_id", &stream, &error)
      || !tyto_broadcast_check_key (key, &error) || !tyto_broadcast_check_url (url, &error)
      || !tyto_broadcast_check_uuid ("user_id", user, &error)
      || !tyto_broadcast_check_uuid ("stream_id", stream, &error)) {
    refuse (task, error);
    return;
  }
  tyto_broadcasts_queue_event (self,
                               &(TytoStreamEvent){ .started = TRUE,
                                                   .stream_id = stream,
                                                   .stream_key = key,
                                                   .user_id = user,
                                                   .at_us = tyto_time_now (),
                                                   .playlist_url = url },
                               "user", task);
}

/* --- Asking --- */

static GVariant *
show (TytoBroadcasts *self, const TytoBroadcast *record, gboolean recording)
{
  TytoBroadcastJob *job = g_hash_table_lookup (self->jobs, record->id);

  /* A status is shown when it is in the catalogue: no crash takes it back. */
  if (job != NULL && job->record->status != record->status)
    job = NULL;
  if (recording)
    return tyto_broadcast_to_recording (job != NULL ? job->record : record);
  return job != NULL ? tyto_broadcast_job_to_variant (job) : tyto_broadcast_to_variant (record);
}

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (TytoBroadcast) record
      = tyto_catalogue_get_broadcast_finish (TYTO_CATALOGUE (source), result, &error);

  if (record != NULL)
    give (task, show (g_task_get_source_object (task), record,
                      GPOINTER_TO_INT (g_task_get_task_data (task))));
  else
    refuse (task, error);
}

void
tyto_broadcasts_get_async (TytoBroadcasts *self, const char *id, gboolean recording,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_task_data (task, GINT_TO_POINTER (recording), NULL);
  tyto_catalogue_get_broadcast_async (self->catalogue, id, cancellable, on_got, task);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoBroadcasts *self = g_task_get_source_object (task);
  gboolean recordings = GPOINTER_TO_INT (g_task_get_task_data (task));
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autofree char *next = NULL;
  GError *error = NULL;
  g_autoptr (GPtrArray) list
      = tyto_catalogue_list_broadcasts_finish (TYTO_CATALOGUE (source), result, &next, &error);
  GVariantDict dict;

  for (guint i = 0; list != NULL && i < list->len; i++)
    g_variant_builder_add_value (&items, show (self, list->pdata[i], recordings));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "items", g_variant_builder_end (&items));
  if (next != NULL)
    g_variant_dict_insert (&dict, "next_cursor", "s", next);
  if (list != NULL) {
    give (task, g_variant_dict_end (&dict));
    return;
  }
  g_variant_dict_clear (&dict);
  refuse (task, error);
}

void
tyto_broadcasts_list_async (TytoBroadcasts *self, const TytoBroadcastQuery *query,
                            gboolean recordings, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_task_data (task, GINT_TO_POINTER (recordings), NULL);
  tyto_catalogue_list_broadcasts_async (self->catalogue, query, cancellable, on_listed, task);
}

static void
on_gaps (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GError *error = NULL;
  g_autoptr (GPtrArray) gaps
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (gaps == NULL) {
    g_variant_builder_clear (&items);
    refuse (task, error);
    return;
  }
  for (guint i = 0; i < gaps->len; i++)
    g_variant_builder_add_value (&items, tyto_broadcast_gap_to_variant (gaps->pdata[i]));
  give (task, g_variant_new_parsed ("{'items': <%@aa{sv}>}", g_variant_builder_end (&items)));
}

static void
on_known (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (TytoBroadcast) record
      = tyto_catalogue_get_broadcast_finish (TYTO_CATALOGUE (source), result, &error);

  if (record != NULL)
    tyto_catalogue_list_broadcast_gaps_async (TYTO_CATALOGUE (source), record->id,
                                              g_task_get_cancellable (task), on_gaps, task);
  else
    refuse (task, error);
}

void
tyto_broadcasts_list_gaps_async (TytoBroadcasts *self, const char *id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  tyto_catalogue_get_broadcast_async (self->catalogue, id, cancellable, on_known, task);
}

/* --- Where its MP4 is --- */

static char *
presign (TytoBroadcasts *self, const TytoBroadcast *record, const char *method, const char *name,
         GError **error)
{
  TytoS3Client *client = self->store_on ? tyto_archive_s3_get_client (self->store) : NULL;
  g_autoptr (GHashTable) parameters = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  if (client == NULL || record->object == NULL) {
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE,
                    "Set the object store it was uploaded to (s3-endpoint and the keys to it).",
                    "The MP4 of broadcast %s is in the object store alone, and none is set",
                    record->id);
    return NULL;
  }
  g_hash_table_insert (parameters, (char *) "response-content-type", g_strdup ("video/mp4"));
  g_hash_table_insert (parameters, (char *) "response-content-disposition",
                       g_strdup_printf ("inline; filename=\"%s\"", name));
  g_hash_table_insert (parameters, (char *) "response-cache-control",
                       g_strdup ("private, max-age=0"));
  return tyto_s3_client_presign (client, method, record->object, URL_SECONDS, parameters, error);
}

static void
on_located (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoBroadcasts *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (TytoBroadcast) record
      = tyto_catalogue_get_broadcast_finish (TYTO_CATALOGUE (source), result, &error);
  g_autofree char *name = NULL;
  g_autofree char *url = NULL;
  GVariantDict dict;

  if (record != NULL && record->status != TYTO_BROADCAST_COMPLETED)
    error = g_error_new (TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                         "The broadcast %s is not completed\nWait until it is.", record->id);
  if (error != NULL) {
    refuse (task, error);
    return;
  }
  name = record->object != NULL ? g_strdup (record->object)
                                : g_strconcat (record->stream_key, ".mp4", NULL);
  if (*record->path == '\0') {
    url = presign (self, record, g_task_get_task_data (task), name, &error);
    if (url == NULL) {
      refuse (task, error);
      return;
    }
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", name);
  if (url != NULL)
    g_variant_dict_insert (&dict, "url", "s", url);
  else
    g_variant_dict_insert (&dict, "path", "s", record->path);
  give (task, g_variant_dict_end (&dict));
}

void
tyto_broadcasts_locate_async (TytoBroadcasts *self, const char *id, const char *method,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_task_data (task, g_strdup (method), g_free);
  tyto_catalogue_get_broadcast_async (self->catalogue, id, cancellable, on_located, task);
}

/* --- For metrics and status --- */

static const char *
describe_collector (TytoBroadcasts *self)
{
  if (!tyto_role_process_is_wanted (self->collector))
    return "off";
  if (tyto_role_process_is_ready (self->collector))
    return "running";
  return tyto_role_process_get_pid (self->collector) != 0 ? "starting" : "failing";
}

GVariant *
tyto_broadcasts_describe (TytoBroadcasts *self)
{
  guint64 by_status[TYTO_BROADCAST_FAILED + 1] = { 0 };
  guint64 joining = 0, uploading = 0;
  GHashTableIter iter;
  gpointer value;
  GVariantDict dict;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const TytoBroadcastJob *job = value;

    by_status[job->record->status] += job->record->deleting_us < 0;
    joining += job->assembler != NULL;
    uploading += job->uploading;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "recording", "t", by_status[TYTO_BROADCAST_RECORDING]);
  g_variant_dict_insert (&dict, "processing", "t", by_status[TYTO_BROADCAST_PROCESSING]);
  g_variant_dict_insert (&dict, "completed", "t", self->totals.completed);
  g_variant_dict_insert (&dict, "failed", "t", self->totals.failed);
  g_variant_dict_insert (&dict, "bytes", "t", self->totals.bytes);
  g_variant_dict_insert (&dict, "segments", "t", self->n_segments);
  g_variant_dict_insert (&dict, "missing", "t", self->n_missing);
  g_variant_dict_insert (&dict, "joining", "t", joining);
  g_variant_dict_insert (&dict, "uploading", "t", uploading);
  g_variant_dict_insert (&dict, "collector", "s", describe_collector (self));
  g_variant_dict_insert (&dict, "collector_pid", "t",
                         (guint64) tyto_role_process_get_pid (self->collector));
  g_variant_dict_insert (&dict, "collector_restarts", "t",
                         (guint64) tyto_role_process_get_restarts (self->collector));
  return g_variant_dict_end (&dict);
}
