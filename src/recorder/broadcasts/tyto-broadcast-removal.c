/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A broadcast is deleted: its object, its files, its rows, in this order; begun again where it was
 * after a crash, since its record says that it is being deleted. */
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"

#define AGAIN_US (30 * G_TIME_SPAN_SECOND)

static void
removal_failed (TytoBroadcastJob *self, const GError *error)
{
  g_autofree char *why = tyto_broadcast_describe_error (error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    self->busy = FALSE;
    return;
  }
  g_warning ("Broadcast %s (%s) cannot be deleted yet: %s", self->record->stream_key,
             self->record->id, why);
  tyto_broadcast_job_fail_waiters (self, error);
  tyto_broadcast_job_wait (self, why, AGAIN_US);
}

static void
on_rows_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  gboolean done = tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error);

  if (self->owner == NULL)
    return;
  if (!done) {
    removal_failed (self, error);
    return;
  }
  tyto_broadcast_rules_forget (self->owner->rules, self->record->id);
  tyto_broadcasts_emit (self->owner, TYTO_BROADCASTS_REMOVED, self);
  tyto_broadcast_job_drop (self, TRUE);
}

static void
on_files_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  gboolean done = tyto_broadcast_delete_files_finish (result, &error);

  if (self->owner == NULL)
    return;
  if (done)
    tyto_catalogue_delete_broadcast_async (self->owner->catalogue, self->record->id,
                                           self->owner->cancellable, on_rows_deleted,
                                           tyto_broadcast_job_ref (self));
  else
    removal_failed (self, error);
}

static void
delete_files (TytoBroadcastJob *self)
{
  g_autofree char *directory = tyto_broadcast_get_directory (
      self->record, tyto_settings_get_string (self->owner->settings, "output-dir"));

  tyto_broadcast_delete_files_async (directory, NULL, self->owner->cancellable, on_files_deleted,
                                     tyto_broadcast_job_ref (self));
}

static void
on_called_off (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  gboolean done = tyto_archive_target_remove_finish (TYTO_ARCHIVE_TARGET (source), result, &error);

  if (self->owner == NULL)
    return;
  if (done)
    delete_files (self);
  else
    removal_failed (self, error);
}

static void
call_off (TytoBroadcastJob *self)
{
  if (*self->record->upload == '\0')
    delete_files (self);
  else
    tyto_archive_target_remove_async (
        TYTO_ARCHIVE_TARGET (self->owner->store), self->record->object, self->record->upload,
        self->owner->cancellable, on_called_off, tyto_broadcast_job_ref (self));
}

static void
on_object_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcastJob) self = data;
  g_autoptr (GError) error = NULL;
  gboolean done = tyto_archive_target_remove_finish (TYTO_ARCHIVE_TARGET (source), result, &error);

  if (self->owner == NULL)
    return;
  if (done)
    call_off (self);
  else
    removal_failed (self, error);
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
  if (!done)
    removal_failed (self, error);
  else if (tyto_broadcast_owns (self->record, object))
    tyto_archive_target_remove_async (TYTO_ARCHIVE_TARGET (source), self->record->object, "",
                                      self->owner->cancellable, on_object_deleted,
                                      tyto_broadcast_job_ref (self));
  else
    call_off (self);
}

void
tyto_broadcast_job_remove (TytoBroadcastJob *self)
{
  g_autoptr (GError) error = NULL;

  tyto_broadcast_job_stop_collecting (self);
  tyto_broadcast_job_set_step (self, "");
  self->busy = TRUE;
  if (self->record->object == NULL) {
    delete_files (self);
  } else if (self->owner->store_on) {
    tyto_archive_target_look_async (TYTO_ARCHIVE_TARGET (self->owner->store), self->record->object,
                                    self->owner->cancellable, on_looked,
                                    tyto_broadcast_job_ref (self));
  } else {
    tyto_set_error (&error, TYTO_ERROR_WRONG_STATE,
                    "Set the object store it is in (s3-endpoint and the keys to it).",
                    "The object %s cannot be deleted: no object store is set",
                    self->record->object);
    removal_failed (self, error);
  }
}
