/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long recordings are kept: retention's part in the recorder's life, and its verbs. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

static void
on_busy (TytoRetention *retention, GParamSpec *pspec, TytoRecorder *self)
{
  gboolean busy;

  g_object_get (retention, "busy", &busy, NULL);
  self->n_verbs += busy ? 1 : -1; /* no idle exit meanwhile */
  tyto_recorder_update_busy (self);
}

static void
remove_broadcast (gpointer source, const char *id, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_broadcasts_remove_async (source, id, cancellable, callback, user_data);
}

static gboolean
remove_broadcast_finish (gpointer source, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) nothing = tyto_broadcasts_call_finish (source, result, error);

  return nothing != NULL;
}

void
tyto_recorder_init_retention (TytoRecorder *self)
{
  const TytoBroadcastRemover remover
      = { self->broadcasts, remove_broadcast, remove_broadcast_finish };

  self->mover = tyto_tier_mover_new (self->settings, self->catalogue, self->alerts);
  self->retention = tyto_retention_new (self->settings, self->catalogue, self->alerts, self->mover);
  tyto_retention_set_broadcasts (self->retention, &remover);
  g_signal_connect (self->retention, "notify::busy", G_CALLBACK (on_busy), self);
}

void
tyto_recorder_start_retention (TytoRecorder *self)
{
  tyto_tier_mover_start (self->mover);
  tyto_retention_start (self->retention);
}

void
tyto_recorder_stop_retention (TytoRecorder *self)
{
  tyto_tier_mover_stop (self->mover);
  tyto_retention_stop (self->retention);
}

void
tyto_recorder_dispose_retention (TytoRecorder *self)
{
  if (self->retention != NULL) {
    tyto_recorder_stop_retention (self);
    g_signal_handlers_disconnect_by_data (self->retention, self);
  }
  g_clear_object (&self->retention);
  g_clear_object (&self->mover);
}

TytoRetention *
tyto_recorder_get_retention (TytoRecorder *self)
{
  return self->retention;
}

/* --- The verbs --- */

GTask *
tyto_recorder_begin_verb (TytoRecorder *self, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data, gpointer tag)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data, tag);

  if (self->phase == RECORDER_STARTED)
    return task;
  tyto_recorder_verb_failed (
      task, g_error_new (TYTO_ERROR, TYTO_ERROR_UNAVAILABLE,
                         "The recorder is %s\nTry again in some seconds.",
                         self->phase == RECORDER_ENDING ? "shutting down" : "starting"));
  return NULL;
}

static void
on_described (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GVariant) about
      = tyto_retention_describe_finish (TYTO_RETENTION (source), result, &error);

  if (about != NULL)
    tyto_recorder_verb_done (data, about);
  else
    tyto_recorder_verb_failed (data, error);
}

void
tyto_recorder_describe_retention_async (TytoRecorder *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_begin_verb (self, cancellable, callback, user_data,
                                          tyto_recorder_describe_retention_async);

  if (task != NULL)
    tyto_retention_describe_async (self->retention, cancellable, on_described, task);
}

static void
on_previewed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GVariant) report
      = tyto_retention_preview_finish (TYTO_RETENTION (source), result, &error);

  if (report != NULL)
    tyto_recorder_verb_done (data, report);
  else
    tyto_recorder_verb_failed (data, error);
}

static void
begin_run (TytoRecorder *self, GTask *task, const char *camera)
{
  GError *error = NULL;
  g_autoptr (GVariant) report = NULL;

  if (!tyto_retention_begin (self->retention, camera, &error)) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  report = tyto_retention_get_last_run (self->retention);
  tyto_recorder_verb_done (task, report);
}

void
tyto_recorder_run_retention_async (TytoRecorder *self, GVariant *dict, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  static const char *const known[] = { "dry_run", "verbose", "camera", NULL };
  GTask *task = tyto_recorder_begin_verb (self, cancellable, callback, user_data,
                                          tyto_recorder_run_retention_async);
  g_autofree char *camera = NULL;
  gboolean dry_run = FALSE, verbose = FALSE;
  GError *error = NULL;

  if (task == NULL)
    return;
  if (!tyto_dict_check_keys (dict, known, &error)
      || !tyto_dict_get_boolean (dict, "dry_run", &dry_run, &error)
      || !tyto_dict_get_boolean (dict, "verbose", &verbose, &error)
      || !tyto_dict_get_string (dict, "camera", &camera, &error)
      || (camera != NULL && !tyto_id_check (camera, &error)))
    tyto_recorder_verb_failed (task, error);
  else if (dry_run)
    tyto_retention_preview_async (self->retention, camera, verbose, cancellable, on_previewed,
                                  task);
  else
    begin_run (self, task, camera);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  if (tyto_retention_delete_finish (TYTO_RETENTION (source), result, &error))
    tyto_recorder_verb_done (data, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  else
    tyto_recorder_verb_failed (data, error);
}

void
tyto_recorder_delete_segment_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_begin_verb (self, cancellable, callback, user_data,
                                          tyto_recorder_delete_segment_async);

  if (task != NULL)
    tyto_retention_delete_async (self->retention, id, cancellable, on_deleted, task);
}
