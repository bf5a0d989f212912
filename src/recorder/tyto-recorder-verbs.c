/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that change a camera. Each writes the settings and has the camera brought to them; that
 * the same change may come from an editor, and that verbs may overlap, then needs no further
 * care. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

/* What a verb that waits for its camera to come to rest remembers. */
typedef struct {
  GTask *task;
  TytoCamera *camera;
  GVariant *answer; /* nullable: the camera as it was; else as it is then */
  gboolean flush;   /* wait for the catalogue, too */
} Wait;

static void
wait_free (Wait *wait)
{
  g_object_unref (wait->camera);
  g_clear_pointer (&wait->answer, g_variant_unref);
  g_free (wait);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wait, wait_free)

static void
wait_done (Wait *wait)
{
  if (wait->answer != NULL)
    tyto_recorder_verb_done (wait->task, wait->answer);
  else
    tyto_recorder_verb_done (wait->task, tyto_camera_to_variant (wait->camera));
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Wait) wait = data;
  g_autoptr (GError) error = NULL;

  if (tyto_entry_queue_flush_finish (TYTO_ENTRY_QUEUE (source), result, &error)) {
    wait_done (wait);
    return;
  }
  g_prefix_error (&error, "The camera has stopped, but its last segment is not entered yet: ");
  tyto_recorder_verb_failed (wait->task, g_steal_pointer (&error));
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Wait) wait = data;
  TytoRecorder *self = g_task_get_source_object (wait->task);

  tyto_supervisor_settle_finish (TYTO_SUPERVISOR (source), result, NULL);
  if (wait->flush)
    tyto_entry_queue_flush_async (self->entries, NULL, on_flushed, g_steal_pointer (&wait));
  else
    wait_done (wait);
}

/* Ends @task when nothing is under way for @camera. @answer: (nullable): see Wait. */
static void
finish_when_settled (TytoRecorder *self, GTask *task, TytoCamera *camera, GVariant *answer,
                     gboolean flush)
{
  Wait *wait = g_new0 (Wait, 1);

  wait->task = task;
  wait->camera = g_object_ref (camera);
  wait->answer = answer != NULL ? g_variant_ref_sink (answer) : NULL;
  wait->flush = flush;
  tyto_supervisor_settle_async (self->supervisor, camera, on_settled, wait);
}

static gboolean
check_started (TytoRecorder *self, GError **error)
{
  if (self->phase == RECORDER_STARTED)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Try again in some seconds.", "The recorder %s",
                  self->phase == RECORDER_ENDING ? "is shutting down" : "is starting");
  return FALSE;
}

/* @dict without its id, checked by being applied to @config. */
static gboolean
apply_new (TytoCameraConfig *config, GVariant *dict, GError **error)
{
  g_auto (GVariantDict) members = G_VARIANT_DICT_INIT (dict);
  g_autoptr (GVariant) rest = NULL;

  g_variant_dict_remove (&members, "id");
  rest = g_variant_ref_sink (g_variant_dict_end (&members));
  if (!tyto_camera_config_apply (config, rest, error))
    return FALSE;
  if (*config->url != '\0')
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Give \"url\", e.g. rtsp://192.168.1.10:554/stream1.",
                  "The new camera has no \"url\"");
  return FALSE;
}

static TytoCameraConfig *
make_config (TytoRecorder *self, GVariant *dict, GError **error)
{
  g_autofree char *id = NULL;
  g_autoptr (TytoCameraConfig) config = NULL;

  if (!check_started (self, error) || !tyto_dict_get_string (dict, "id", &id, error))
    return NULL;
  if (id == NULL)
    id = g_uuid_string_random ();
  if (!tyto_id_check (id, error))
    return NULL;
  if (tyto_recorder_look_up (self, id, NULL) != NULL) {
    tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS, "Change that one, or choose another id.",
                    "There is a camera \"%s\" already", id);
    return NULL;
  }
  config = tyto_camera_config_new (id);
  return apply_new (config, dict, error) ? g_steal_pointer (&config) : NULL;
}

/* Writes @config and has it followed; the camera, or NULL. (transfer none) */
static TytoCamera *
write_config (TytoRecorder *self, TytoCameraConfig *config, GError **error)
{
  if (!tyto_settings_set_camera (self->settings, config, error))
    return NULL;
  tyto_recorder_sync_camera (self, config->id);
  return tyto_recorder_look_up (self, config->id, error);
}

void
tyto_recorder_add_camera_async (TytoRecorder *self, GVariant *dict, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (dict);
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_add_camera_async);
  GError *error = NULL;
  g_autoptr (TytoCameraConfig) config = make_config (self, held, &error);
  TytoCamera *camera = config != NULL ? write_config (self, config, &error) : NULL;

  if (camera == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    tyto_recorder_verb_done (task, tyto_camera_to_variant (camera));
}

/* A copy of the configuration of camera @id to change, or NULL. */
static TytoCameraConfig *
copy_config (TytoRecorder *self, const char *id, GError **error)
{
  TytoCamera *camera;

  if (!check_started (self, error))
    return NULL;
  camera = tyto_recorder_look_up (self, id, error);
  return camera != NULL ? tyto_camera_config_copy (tyto_camera_get_config (camera)) : NULL;
}

static TytoCamera *
change_camera (TytoRecorder *self, const char *id, GVariant *dict, GError **error)
{
  g_autoptr (TytoCameraConfig) config = copy_config (self, id, error);

  if (config == NULL || !tyto_camera_config_apply (config, dict, error))
    return NULL;
  if (*config->url == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Remove the camera instead.",
                    "\"url\" must not be empty");
    return NULL;
  }
  return write_config (self, config, error);
}

void
tyto_recorder_change_camera_async (TytoRecorder *self, const char *id, GVariant *dict,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (dict);
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_change_camera_async);
  GError *error = NULL;
  TytoCamera *camera = change_camera (self, id, held, &error);

  if (camera == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    finish_when_settled (self, task, camera, NULL, FALSE);
}

static TytoCamera *
enable_camera (TytoRecorder *self, const char *id, gboolean enabled, GError **error)
{
  g_autoptr (TytoCameraConfig) config = copy_config (self, id, error);

  if (config == NULL)
    return NULL;
  if (config->enabled == enabled)
    return tyto_recorder_look_up (self, id, error);
  config->enabled = enabled;
  return write_config (self, config, error);
}

void
tyto_recorder_start_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_start_camera_async);
  GError *error = NULL;
  TytoCamera *camera = enable_camera (self, id, TRUE, &error);

  if (camera == NULL) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  tyto_supervisor_retry (self->supervisor, camera);
  tyto_recorder_verb_done (task, tyto_camera_to_variant (camera));
}

void
tyto_recorder_stop_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_stop_camera_async);
  GError *error = NULL;
  TytoCamera *camera = enable_camera (self, id, FALSE, &error);

  if (camera == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    finish_when_settled (self, task, camera, NULL, TRUE);
}

void
tyto_recorder_remove_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_remove_camera_async);
  GError *error = NULL;
  g_autoptr (TytoCamera) camera = NULL;
  g_autoptr (GVariant) answer = NULL;

  if (check_started (self, &error))
    camera = tyto_recorder_look_up (self, id, &error);
  if (camera == NULL) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  g_object_ref (camera);
  answer = g_variant_ref_sink (tyto_camera_to_variant (camera));
  if (!tyto_settings_remove_camera (self->settings, tyto_camera_get_id (camera), &error)) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  tyto_recorder_sync_camera (self, tyto_camera_get_id (camera));
  finish_when_settled (self, task, camera, answer, TRUE);
}

GVariant *
tyto_recorder_camera_finish (TytoRecorder *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
