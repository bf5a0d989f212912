/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Step "uploading": the MP4 goes to the bucket, under a key that is its own, and is compared. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/archive/tyto-upload-schedule.h"
#include "recorder/broadcasts/tyto-broadcast-metadata.h"

#define ALERT      "broadcast-upload"
#define LOUD_TRIES 3
#define READY_US   (5 * G_TIME_SPAN_SECOND)
#define MIB        G_GUINT64_CONSTANT (1048576)
#define PARTS      2 /* of one upload at a time */

/* --- How it fails --- */

static gboolean
is_refusal (const GError *error)
{
  return g_error_matches (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN)
         || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
upload_failed (TytoBroadcastJob *self, const GError *error)
{
  g_autofree char *why = tyto_broadcast_describe_error (error);
  TytoBroadcasts *owner = self->owner;
  guint tries;

  self->uploading = FALSE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    self->busy = FALSE;
    return;
  }
  self->looked = FALSE;
  /* The worker is being started, or is gone: it says when it is there. */
  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE)) {
    tyto_broadcast_job_wait (self, why, READY_US);
    tyto_broadcasts_advance_all (owner);
    return;
  }
  tries = ++tyto_broadcast_job_edit (self)->tries;
  if (tries >= LOUD_TRIES || is_refusal (error))
    tyto_broadcast_rules_set (owner->rules, ALERT, self->record->id, self->record->stream_key, why);
  tyto_broadcast_job_wait (self, why, tyto_upload_schedule_delay (tries, g_random_double ()));
  tyto_broadcasts_advance_all (owner);
}

static void
choose_other (TytoBroadcastJob *self)
{
  TytoBroadcast *record = tyto_broadcast_job_edit (self);
  g_autofree char *taken = g_steal_pointer (&record->object);
  g_autoptr (GError) error = NULL;

  record->object = tyto_broadcast_next_object (record, taken);
  self->busy = FALSE;
  if (record->object != NULL) {
    g_message ("Broadcast %s (%s): the bucket has another object at %s; it goes to %s",
               record->stream_key, record->id, taken, record->object);
    tyto_broadcast_job_changed (self);
    return;
  }
  tyto_set_error (&error, TYTO_ERROR_ALREADY_EXISTS, "Look who writes into the bucket.",
                  "The bucket has other objects at all keys it could have, such as %s", taken);
  upload_failed (self, error);
}

/* --- Done --- */

static void
finish (TytoBroadcastJob *self, const TytoArchiveObject *object)
{
  TytoBroadcasts *owner = self->owner;
  TytoBroadcast *record = tyto_broadcast_job_edit (self);

  g_message ("Broadcast %s (%s) is completed: %s/%s", record->stream_key, record->id,
             tyto_settings_get_string (owner->settings, "broadcast-bucket"), record->object);
  g_free (record->file_path);
  record->file_path = g_strconcat (tyto_settings_get_string (owner->settings, "broadcast-bucket"),
                                   "/", record->object, NULL);
  tyto_broadcast_set (&record->path, "");
  tyto_broadcast_set (&record->upload, "");
  record->uploaded_us = tyto_time_now ();
  self->uploading = FALSE;
  tyto_broadcast_job_complete (self);
  tyto_broadcasts_advance_all (owner);
}

static gboolean
is_whole (const TytoBroadcast *record, const TytoArchiveObject *object)
{
  return object->size == record->bytes && record->sha256 != NULL
         && g_ascii_strcasecmp (object->sha256, record->sha256) == 0;
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoArchiveObject) object
      = tyto_archive_target_send_finish (TYTO_ARCHIVE_TARGET (source), result, &error);

  if (self->owner == NULL)
    return;
  if (object != NULL && is_whole (self->record, object)) {
    finish (self, object);
    return;
  }
  if (object != NULL)
    tyto_set_error (&error, TYTO_ERROR_INTERNAL, "It is uploaded again.",
                    "The object %s is not what was joined (%" G_GUINT64_FORMAT " bytes)",
                    object->key, object->size);
  /* A multipart upload that cannot be gone on with is begun anew; a file that is gone is made
   * anew. */
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    TytoBroadcast *record = tyto_broadcast_job_edit (self);

    if (is_refusal (error) || object != NULL)
      tyto_broadcast_set (&record->upload, "");
    if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_STORAGE)
        && !g_file_test (record->path, G_FILE_TEST_IS_REGULAR))
      tyto_broadcast_set (&record->path, "");
  }
  upload_failed (self, error);
}

/* --- Sending --- */

static void
send (TytoBroadcastJob *self)
{
  g_autoptr (TytoUpload) upload = tyto_upload_new ();
  g_autoptr (GHashTable) metadata = tyto_broadcast_metadata_make (self->record);

  upload->id = g_strdup (self->record->id);
  upload->path = g_strdup (self->record->path);
  upload->format = g_strdup ("mp4");
  upload->upload = g_strdup (self->record->upload);
  tyto_archive_target_send_async (TYTO_ARCHIVE_TARGET (self->owner->store), upload,
                                  self->record->object, metadata, self->owner->cancellable, on_sent,
                                  tyto_broadcast_job_ref (self));
}

gboolean
tyto_broadcast_owns (const TytoBroadcast *record, const TytoArchiveObject *object)
{
  return object != NULL && g_ascii_strcasecmp (object->id, record->id) == 0;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (TytoArchiveObject) object = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done
      = tyto_archive_target_look_finish (TYTO_ARCHIVE_TARGET (source), result, &object, &error);

  if (self->owner == NULL)
    return;
  if (!done) {
    upload_failed (self, error);
    return;
  }
  if (object != NULL && !tyto_broadcast_owns (self->record, object)) {
    self->uploading = FALSE;
    choose_other (self);
    return;
  }
  /* It was sent before a crash. */
  if (object != NULL && is_whole (self->record, object)) {
    finish (self, object);
    return;
  }
  self->looked = TRUE;
  send (self);
}

static guint
count_uploads (TytoBroadcasts *self)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((TytoBroadcastJob *) value)->uploading;
  return n;
}

void
tyto_broadcast_job_upload (TytoBroadcastJob *self)
{
  if (self->record->object == NULL) {
    TytoBroadcast *record = tyto_broadcast_job_edit (self);

    record->object = tyto_broadcast_next_object (record, NULL);
    tyto_broadcast_job_changed (self);
    return;
  }
  if (count_uploads (self->owner) >= TYTO_BROADCAST_UPLOADS) {
    tyto_broadcast_job_set_step (self, "waiting");
    return;
  }
  tyto_broadcast_job_set_step (self, "uploading");
  self->busy = self->uploading = TRUE;
  if (self->looked)
    send (self);
  else
    tyto_archive_target_look_async (TYTO_ARCHIVE_TARGET (self->owner->store), self->record->object,
                                    self->owner->cancellable, on_looked,
                                    tyto_broadcast_job_ref (self));
}

/* --- The object store --- */

static void
on_begun_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) done = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->owner == NULL)
    return;
  if (done != NULL)
    tyto_archive_target_go_on (TYTO_ARCHIVE_TARGET (self->owner->store), self->record->id);
  else if (self->owner->running)
    tyto_broadcast_job_changed_for (
        self, g_task_new (self->owner, NULL, on_begun_kept, tyto_broadcast_job_ref (self)), TRUE);
}

static void
on_begun (TytoBroadcasts *self, const char *id, const char *upload)
{
  TytoBroadcastJob *job = g_hash_table_lookup (self->jobs, id);

  if (job == NULL || !job->uploading)
    return;
  tyto_broadcast_set (&tyto_broadcast_job_edit (job)->upload, upload);
  tyto_broadcast_job_changed_for (
      job, g_task_new (self, NULL, on_begun_kept, tyto_broadcast_job_ref (job)), TRUE);
}

static void
on_progress (TytoBroadcasts *self, const char *id, guint64 sent, guint64 total, guint64 rate)
{
  TytoBroadcastJob *job = g_hash_table_lookup (self->jobs, id);

  if (job != NULL && job->uploading)
    tyto_broadcast_job_set_progress (job, sent, total);
}

static void
on_ready (TytoBroadcasts *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    TytoBroadcastJob *job = value;

    if (g_str_equal (job->step, "uploading") && job->record->tries == 0)
      g_clear_handle_id (&job->retry_source, g_source_remove);
  }
  tyto_broadcasts_advance_all (self);
}

static void
on_refused (TytoBroadcasts *self, const char *why)
{
  g_autofree char *text = g_strdup_printf ("Broadcasts cannot be uploaded: %s", why);

  tyto_broadcast_rules_set_service (self->rules, ALERT, text);
}

void
tyto_broadcasts_init_store (TytoBroadcasts *self)
{
  self->store = tyto_archive_s3_new (self->launcher, TYTO_WORKER_ROLE_BROADCAST_ARCHIVER);
  g_signal_connect_object (self->store, "begun", G_CALLBACK (on_begun), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->store, "progress", G_CALLBACK (on_progress), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->store, "ready", G_CALLBACK (on_ready), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->store, "refused", G_CALLBACK (on_refused), self,
                           G_CONNECT_SWAPPED);
}

void
tyto_broadcasts_apply_store (TytoBroadcasts *self)
{
  TytoSettings *settings = self->settings;
  const TytoArchiveLimits limits = {
    .part_size = tyto_settings_get_uint (settings, "upload-part-mib") * MIB,
    .threshold = tyto_settings_get_uint (settings, "upload-threshold-mib") * MIB,
    .bandwidth = tyto_settings_get_uint (settings, "upload-bandwidth-kbit") * 125ULL,
    .parts = PARTS,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoS3Config) config
      = tyto_settings_get_bucket_config (settings, "broadcast-bucket", &error);

  self->store_on = config != NULL || error != NULL;
  tyto_broadcast_rules_set_service (self->rules, ALERT, NULL);
  if (!self->store_on)
    tyto_archive_s3_stop (self->store);
  else if (config == NULL || !tyto_archive_s3_configure (self->store, config, &limits, &error)) {
    g_autofree char *why = tyto_broadcast_describe_error (error);

    on_refused (self, why);
  }
}
