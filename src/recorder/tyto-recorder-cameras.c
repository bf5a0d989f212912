/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"

/* Changes of the service's settings often come several at a time. */
#define APPLY_MS 200

TytoCamera *
tyto_recorder_look_up (TytoRecorder *self, const char *id, GError **error)
{
  TytoCamera *camera = id != NULL ? g_hash_table_lookup (self->cameras, id) : NULL;

  if (camera == NULL || g_hash_table_contains (self->removing, id)) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, "List the cameras to see those there are.",
                    "There is no camera \"%s\"", id != NULL ? id : "");
    return NULL;
  }
  return camera;
}

TytoCamera *
tyto_recorder_make_camera (TytoRecorder *self, TytoCameraConfig *config)
{
  TytoCamera *camera = tyto_camera_new (self->settings, config);

  g_hash_table_insert (self->cameras, g_strdup (config->id), camera);
  tyto_recorder_follow_camera (self, camera);
  tyto_entry_queue_enter_camera (self->entries, config->id, config->name);
  tyto_recorder_update_busy (self);
  return camera;
}

typedef struct {
  TytoRecorder *recorder;
  TytoCamera *camera;
} Removal;

static void
on_let_go (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Removal *removal = data;
  g_autoptr (TytoRecorder) self = removal->recorder;
  g_autoptr (TytoCamera) camera = removal->camera;
  const char *id = tyto_camera_get_id (camera);

  tyto_supervisor_settle_finish (TYTO_SUPERVISOR (source), result, NULL);
  /* Meanwhile it may have been configured again, or be kept for the shutdown. */
  if (!g_hash_table_contains (self->removing, id)
      || tyto_camera_get_state (camera) != TYTO_CAMERA_STATE_OFF)
    return;
  tyto_recorder_unfollow_camera (self, camera);
  tyto_recorder_unwatch_camera (self, camera);
  g_hash_table_remove (self->removing, id);
  g_hash_table_remove (self->cameras, id);
  tyto_log_camera (id, G_LOG_LEVEL_MESSAGE, "Camera removed");
  tyto_recorder_emit_for (self, RECORDER_SIGNAL_CAMERA_REMOVED, id, NULL);
  tyto_recorder_update_busy (self);
}

static void
remove_camera (TytoRecorder *self, TytoCamera *camera)
{
  Removal *removal;

  if (!g_hash_table_add (self->removing, g_strdup (tyto_camera_get_id (camera))))
    return;
  removal = g_new (Removal, 1);
  removal->recorder = g_object_ref (self);
  removal->camera = g_object_ref (camera);
  tyto_recorder_update_busy (self);
  tyto_supervisor_release (self->supervisor, camera);
  tyto_supervisor_settle_async (self->supervisor, camera, on_let_go, removal);
}

static void
change_camera (TytoRecorder *self, TytoCamera *camera, TytoCameraConfig *config)
{
  g_autofree char *old_name = g_strdup (tyto_camera_get_config (camera)->name);

  g_hash_table_remove (self->removing, config->id);
  tyto_camera_set_config (camera, config);
  if (!g_str_equal (old_name, config->name))
    tyto_entry_queue_enter_camera (self->entries, config->id, config->name);
  tyto_supervisor_update (self->supervisor, camera);
  tyto_recorder_update_busy (self);
}

void
tyto_recorder_sync_camera (TytoRecorder *self, const char *id)
{
  g_autoptr (TytoCameraConfig) config = tyto_settings_get_camera (self->settings, id);
  TytoCamera *camera = g_hash_table_lookup (self->cameras, id);

  if (self->phase != RECORDER_STARTED)
    return;
  if (config != NULL && camera != NULL) {
    change_camera (self, camera, config);
  } else if (config != NULL) {
    camera = tyto_recorder_make_camera (self, config);
    tyto_log_camera (id, G_LOG_LEVEL_MESSAGE, "Camera added");
    tyto_recorder_emit (self, RECORDER_SIGNAL_CAMERA_ADDED, tyto_camera_to_variant (camera));
    tyto_supervisor_update (self->supervisor, camera);
  } else if (camera != NULL) {
    remove_camera (self, camera);
  }
}

static void
on_camera_changed (TytoSettings *settings, const char *id, TytoRecorder *self)
{
  tyto_recorder_sync_camera (self, id);
}

/* Cameras go on recording to where they do when the new directory is another catalogue's. */
static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRecorder) self = data;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer camera;

  if (!tyto_spool_keeper_claim_finish (TYTO_SPOOL_KEEPER (source), result, &error)) {
    tyto_alerts_raise (self->alerts, "recordings", "critical", "", error->message);
    return;
  }
  if (self->phase != RECORDER_STARTED)
    return;
  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, NULL, &camera)) {
    if (!g_hash_table_contains (self->removing, tyto_camera_get_id (camera)))
      tyto_supervisor_update_later (self->supervisor, camera);
  }
}

static gboolean
apply_settings (gpointer data)
{
  TytoRecorder *self = data;
  const char *directory = tyto_settings_get_string (self->settings, "output-dir");

  self->apply_source = 0;
  tyto_disk_space_set_directory (self->disk, directory);
  if (self->phase == RECORDER_STARTED)
    tyto_spool_keeper_claim_async (self->keeper, directory, on_claimed, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

static void
on_notify (TytoSettings *settings, GParamSpec *pspec, TytoRecorder *self)
{
  g_clear_handle_id (&self->apply_source, g_source_remove);
  self->apply_source = g_timeout_add (APPLY_MS, apply_settings, self);
}

void
tyto_recorder_on_settings (TytoRecorder *self)
{
  g_signal_connect (self->settings, "camera-changed", G_CALLBACK (on_camera_changed), self);
  g_signal_connect (self->settings, "notify", G_CALLBACK (on_notify), self);
}
