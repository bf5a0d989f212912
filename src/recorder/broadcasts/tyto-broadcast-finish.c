/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done with a broadcast that is whole: its temporary files go, and the VOD service is told
 * of it. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"

#define TIDY_US       (60 * G_TIME_SPAN_SECOND)
#define IMPORT_US     (60 * G_TIME_SPAN_SECOND)
#define IMPORT_MAX_US (3600 * G_TIME_SPAN_SECOND)

void
tyto_broadcast_job_complete (TytoBroadcastJob *self)
{
  TytoBroadcasts *owner = self->owner;
  TytoBroadcast *record = tyto_broadcast_job_edit (self);

  record->status = TYTO_BROADCAST_COMPLETED;
  record->completed_us = tyto_time_now ();
  record->due_us = -1;
  record->tries = 0;
  tyto_broadcast_set (&record->last_error, "");
  if (record->uploaded_us < 0) {
    g_message ("Broadcast %s (%s) is completed: %s", record->stream_key, record->id, record->path);
    tyto_broadcast_set (&record->file_path, record->path);
    g_clear_pointer (&record->object, g_free);
  }
  if (tyto_service_client_is_on (tyto_vod_client_get_client (owner->vod))
      && *record->video_id == '\0')
    tyto_broadcast_set (&record->import_state, "waiting");
  tyto_broadcast_rules_forget (owner->rules, record->id);
  self->busy = FALSE;
  tyto_broadcast_job_set_step (self, "");
  tyto_broadcast_job_changed (self);
}

/* --- Temporary files --- */

static void
on_tidied (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  gboolean done = tyto_broadcast_delete_files_finish (result, &error);

  if (self->owner == NULL)
    return;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    self->busy = FALSE;
    return;
  }
  if (!done) {
    tyto_broadcast_job_wait (self, error->message, TIDY_US);
    return;
  }
  self->tidied = TRUE;
  tyto_broadcast_job_settle (self);
  tyto_broadcast_job_done (self);
}

static void
delete_segments (TytoBroadcastJob *self)
{
  g_autofree char *directory = tyto_broadcast_get_directory (
      self->record, tyto_settings_get_string (self->owner->settings, "output-dir"));
  g_autofree char *name
      = *self->record->path != '\0' ? g_path_get_basename (self->record->path) : NULL;

  tyto_broadcast_delete_files_async (directory, name, self->owner->cancellable, on_tidied,
                                     tyto_broadcast_job_ref (self));
}

/* What a crash left begun at its key is called off, if it can be. */
static void
on_cleaned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;

  if (!tyto_archive_target_clean_finish (TYTO_ARCHIVE_TARGET (source), result, &error))
    g_debug ("Uploads of %s are not called off: %s", self->record->id, error->message);
  if (self->owner != NULL)
    delete_segments (self);
}

void
tyto_broadcast_job_tidy (TytoBroadcastJob *self)
{
  self->busy = TRUE;
  tyto_broadcast_job_stop_collecting (self);
  if (self->record->object != NULL && self->owner->store_on)
    tyto_archive_target_clean_async (TYTO_ARCHIVE_TARGET (self->owner->store), self->record->object,
                                     "", self->owner->cancellable, on_cleaned,
                                     tyto_broadcast_job_ref (self));
  else
    delete_segments (self);
}

/* --- The VOD service --- */

static gboolean
on_import_time (gpointer data)
{
  TytoBroadcastJob *self = data;

  self->retry_source = 0;
  tyto_broadcast_job_advance (self);
  return G_SOURCE_REMOVE;
}

static void
import_later (TytoBroadcastJob *self, TytoBroadcast *record)
{
  gint64 delay_us = MIN (IMPORT_US << MIN (record->import_tries, 10), IMPORT_MAX_US);

  record->import_tries++;
  record->import_due_us = tyto_time_now () + delay_us;
  g_clear_handle_id (&self->retry_source, g_source_remove);
  self->retry_source = g_timeout_add ((guint) (delay_us / 1000), on_import_time, self);
}

static void
on_imported (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *video = tyto_vod_client_import_finish (TYTO_VOD_CLIENT (source), result, &error);
  TytoBroadcast *record;

  if (self->owner == NULL)
    return;
  self->busy = FALSE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  record = tyto_broadcast_job_edit (self);
  record->import_due_us = -1;
  if (video != NULL) {
    tyto_broadcast_set (&record->video_id, video);
    tyto_broadcast_set (&record->import_state, "done");
    tyto_broadcast_set (&record->import_error, "");
    g_message ("Broadcast %s (%s) is imported as video %s", record->stream_key, record->id, video);
  } else {
    g_autofree char *why = tyto_broadcast_describe_error (error);

    tyto_broadcast_set (&record->import_error, why);
    g_warning ("Broadcast %s (%s) is not imported: %s", record->stream_key, record->id, why);
    if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT))
      tyto_broadcast_set (&record->import_state, "refused");
    else
      import_later (self, record);
    tyto_broadcast_job_set_failing (self, why);
  }
  tyto_broadcast_job_changed (self);
}

void
tyto_broadcast_job_import (TytoBroadcastJob *self)
{
  /* It is asked again after the next start that has one. */
  if (!tyto_service_client_is_on (tyto_vod_client_get_client (self->owner->vod))) {
    tyto_broadcast_job_drop (self, FALSE);
    return;
  }
  tyto_broadcast_job_set_step (self, "importing");
  self->busy = TRUE;
  tyto_vod_client_import_async (self->owner->vod, self->record, self->owner->cancellable,
                                on_imported, tyto_broadcast_job_ref (self));
}
