/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of retention: what it would delete, what it keeps, and to delete one. */
#include "recorder/retention/tyto-retention-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "store/tyto-catalogue-upkeep.h"

static gboolean
is_moving (const char *id, gpointer data)
{
  return tyto_tier_mover_has (TYTO_RETENTION (data)->mover, id);
}

/* (transfer full) (nullable): while nobody can delete them, they are kept */
static TytoBroadcastExpiry *
make_expiry (TytoRetention *self, TytoRetentionMode mode)
{
  g_autoptr (GVariant) plans = tyto_settings_get_dict (self->settings, "retention-plans");
  g_autoptr (GVariant) owners = tyto_settings_get_dict (self->settings, "retention-owners");
  const TytoRetentionPlans service = {
    .plans = plans,
    .owners = owners,
    .days = tyto_settings_get_uint (self->settings, "broadcast-retention-days"),
  };

  if (self->remover.source == NULL)
    return NULL;
  return tyto_broadcast_expiry_new (self->catalogue, &service, &self->remover, mode,
                                    tyto_time_now ());
}

TytoRetentionRun *
tyto_retention_make_run (TytoRetention *self, TytoRetentionMode mode,
                         const TytoRetentionOutlook *outlook, const char *camera)
{
  g_autoptr (TytoS3Client) store = NULL;
  g_auto (GStrv) roots = NULL;
  const TytoDeletionPlace place = tyto_retention_get_place (self, &store, &roots);
  TytoRetentionRun *run = tyto_retention_run_new (&place, mode, tyto_time_now ());

  tyto_retention_run_set_busy (run, is_moving, self);
  if (camera == NULL) {
    g_autoptr (TytoBroadcastExpiry) expiry = make_expiry (self, mode);

    tyto_retention_run_set_expiry (run, expiry);
  }
  for (guint i = 0; i < outlook->cameras->len; i++) {
    const TytoOutlookCamera *about = outlook->cameras->pdata[i];

    if (camera == NULL || g_str_equal (camera, about->id))
      tyto_retention_run_add_camera (run, about->id, &about->promise);
  }
  return run;
}

/* --- Preview --- */

typedef struct {
  char *camera;
  TytoRetentionMode mode;
} Preview;

static void
preview_free (gpointer data)
{
  Preview *self = data;

  g_free (self->camera);
  g_free (self);
}

static void
on_previewed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoRetentionRun *run = TYTO_RETENTION_RUN (source);
  GError *error = NULL;

  /* What cannot be deleted is told in what is given. */
  if (!tyto_retention_run_begin_finish (run, result, &error) && tyto_deletion_is_fatal (error)) {
    g_task_return_error (task, error);
    return;
  }
  g_clear_error (&error);
  g_task_return_pointer (task, g_variant_ref_sink (tyto_retention_run_to_variant (run)),
                         (GDestroyNotify) g_variant_unref);
}

static void
on_outlook_for_preview (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRetention *self = g_task_get_source_object (task);
  const Preview *preview = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoRetentionOutlook) outlook = tyto_retention_outlook_finish (result, &error);
  g_autoptr (TytoRetentionRun) run = NULL;

  if (outlook == NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  run = tyto_retention_make_run (self, preview->mode, outlook, preview->camera);
  tyto_retention_run_begin_async (run, g_task_get_cancellable (task), on_previewed, task);
}

void
tyto_retention_preview_async (TytoRetention *self, const char *camera, gboolean list,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Preview *preview = g_new0 (Preview, 1);

  preview->camera = g_strdup (camera);
  preview->mode = list ? TYTO_RETENTION_LIST : TYTO_RETENTION_PREVIEW;
  g_task_set_source_tag (task, tyto_retention_preview_async);
  g_task_set_task_data (task, preview, preview_free);
  tyto_retention_outlook_async (self->settings, self->catalogue, cancellable,
                                on_outlook_for_preview, task);
}

GVariant *
tyto_retention_preview_finish (TytoRetention *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Description --- */

static GVariant *
describe (TytoRetention *self, const TytoRetentionOutlook *outlook)
{
  g_autofree char *next = tyto_time_format (MAX (self->due_us, 0));
  g_autoptr (GVariant) last_run = tyto_retention_get_last_run (self);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "time", "s",
                         tyto_settings_get_string (self->settings, "retention-time"));
  g_variant_dict_insert (&dict, "next_run_at", "s", next);
  if (last_run != NULL)
    g_variant_dict_insert_value (&dict, "last_run", last_run);
  g_variant_dict_insert (&dict, "deleted_segments", "t", self->deleted_segments);
  g_variant_dict_insert (&dict, "deleted_bytes", "t", self->deleted_bytes);
  g_variant_dict_insert (&dict, "deleted_broadcasts", "t", self->deleted_broadcasts);
  g_variant_dict_insert (
      &dict, "broadcast_days", "t",
      (guint64) tyto_settings_get_uint (self->settings, "broadcast-retention-days"));
  g_variant_dict_insert (&dict, "moved_segments", "t", tyto_tier_mover_get_moved (self->mover));
  g_variant_dict_insert (&dict, "archive", "b", outlook->archive);
  g_variant_dict_insert_value (&dict, "disks", tyto_retention_outlook_disks_to_variant (outlook));
  g_variant_dict_insert_value (&dict, "cameras",
                               tyto_retention_outlook_cameras_to_variant (outlook));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
on_outlook_for_description (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoRetentionOutlook) outlook = tyto_retention_outlook_finish (result, &error);

  if (outlook == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, describe (g_task_get_source_object (task), outlook),
                           (GDestroyNotify) g_variant_unref);
}

void
tyto_retention_describe_async (TytoRetention *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tyto_retention_describe_async);
  tyto_retention_outlook_async (self->settings, self->catalogue, cancellable,
                                on_outlook_for_description, task);
}

GVariant *
tyto_retention_describe_finish (TytoRetention *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- One segment --- */

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoRetention *self = g_task_get_source_object (task);
  GError *error = NULL;
  TytoDeleted deleted;

  tyto_deletion_segments_finish (result, &deleted, &error);
  tyto_retention_count (self, &deleted);
  if (error != NULL) {
    if (deleted.failed > 0)
      tyto_retention_retry (self);
    g_task_return_error (task, error);
  } else if (deleted.kept > 0) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                             "A clip keeps this segment\nRemove the clip first: see tytoctl clip "
                             "list.");
  } else {
    g_task_return_boolean (task, TRUE);
  }
}

static void
on_segment (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRetention *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (TytoSegment) segment
      = tyto_catalogue_get_segment_finish (TYTO_CATALOGUE (source), result, &error);
  g_autoptr (GPtrArray) segments = NULL;
  g_autoptr (TytoS3Client) store = NULL;
  g_auto (GStrv) roots = NULL;
  TytoDeletionPlace place;

  if (segment != NULL && is_moving (segment->id, self))
    tyto_set_error (&error, TYTO_ERROR_WRONG_STATE, "Try again in some seconds.",
                    "The segment is being moved to slow-dir");
  if (error != NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  segments = g_ptr_array_new ();
  g_ptr_array_add (segments, segment);
  place = tyto_retention_get_place (self, &store, &roots);
  tyto_deletion_segments_async (&place, segments, FALSE, NULL, on_deleted, task);
}

void
tyto_retention_delete_async (TytoRetention *self, const char *id, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, tyto_retention_delete_async);
  /* Begun, it goes to its end, whoever asked. */
  g_task_set_check_cancellable (task, FALSE);
  tyto_catalogue_get_segment_async (self->catalogue, id, cancellable, on_segment, task);
}

gboolean
tyto_retention_delete_finish (TytoRetention *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
