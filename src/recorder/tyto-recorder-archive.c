/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recordings leave the machine: the archive's part in the recorder's life, and its verbs. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"

static void
on_archived (TytoArchive *archive, TytoSegment *segment, TytoRecorder *self)
{
  tyto_recorder_emit (self, RECORDER_SIGNAL_SEGMENT_ARCHIVED, tyto_segment_to_variant (segment));
}

static void
on_busy (TytoArchive *archive, TytoRecorder *self)
{
  tyto_recorder_update_busy (self);
}

static void
on_entered (TytoRecorder *self)
{
  tyto_archive_wake (self->archive);
}

void
tyto_recorder_init_archive (TytoRecorder *self, const char *worker_path, const char *run_dir)
{
  g_autoptr (TytoWorkerLauncher) launcher
      = tyto_worker_launcher_new (self->settings, worker_path, run_dir);

  self->archive = tyto_archive_new (self->settings, self->catalogue, self->alerts, launcher);
  g_signal_connect (self->archive, "archived", G_CALLBACK (on_archived), self);
  g_signal_connect (self->archive, "busy", G_CALLBACK (on_busy), self);
  g_signal_connect (self, "segment-closed", G_CALLBACK (on_entered), NULL);
  g_signal_connect (self, "thumbnail-taken", G_CALLBACK (on_entered), NULL);
}

void
tyto_recorder_dispose_archive (TytoRecorder *self)
{
  if (self->archive == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->archive, self);
  g_object_run_dispose (G_OBJECT (self->archive)); /* calls may be under way */
  g_clear_object (&self->archive);
}

TytoArchive *
tyto_recorder_get_archive (TytoRecorder *self)
{
  return self->archive;
}

/* --- The verbs --- */

GVariant *
tyto_recorder_describe_archive (TytoRecorder *self)
{
  return tyto_archive_describe (self->archive);
}

static gboolean
check_started (TytoRecorder *self, GTask *task)
{
  if (self->phase == RECORDER_STARTED)
    return TRUE;
  tyto_recorder_verb_failed (
      task, g_error_new (TYTO_ERROR, TYTO_ERROR_UNAVAILABLE,
                         "The recorder is %s\nTry again in some seconds.",
                         self->phase == RECORDER_ENDING ? "shutting down" : "starting"));
  return FALSE;
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GVariant) uploads = tyto_archive_list_finish (TYTO_ARCHIVE (source), result, &error);

  if (uploads != NULL)
    tyto_recorder_verb_done (data, uploads);
  else
    tyto_recorder_verb_failed (data, error);
}

void
tyto_recorder_list_uploads_async (TytoRecorder *self, guint limit, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_list_uploads_async);

  if (check_started (self, task))
    tyto_archive_list_async (self->archive, limit, on_listed, task);
}

static void
on_retried (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  if (tyto_archive_retry_finish (TYTO_ARCHIVE (source), result, &error))
    tyto_recorder_verb_done (data, tyto_archive_describe (TYTO_ARCHIVE (source)));
  else
    tyto_recorder_verb_failed (data, error);
}

void
tyto_recorder_retry_uploads_async (TytoRecorder *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_retry_uploads_async);

  if (check_started (self, task))
    tyto_archive_retry_async (self->archive, on_retried, task);
}
