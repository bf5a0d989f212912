/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that change a camera. Each writes the settings and has the camera brought to them; that
 * the same change may come from an editor, and that verbs may overlap, then needs no further
 * care. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-log.h"

/* What a verb does when its camera is what was asked. */
typedef enum {
  END_AT_ONCE,
  END_SETTLED, /* no step is under way for the camera */
  END_ENTERED, /* and all its rows are in the catalogue */
} End;

/* A verb on its way. */
typedef struct Verb Verb;
struct Verb {
  GTask *task;
  char *id;
  GVariant *dict; /* nullable: the members given */
  /* Looks at what the settings are now, and makes what they shall be; NULL: it cannot be. */
  TytoCameraConfig *(*make) (TytoRecorder *recorder, const Verb *verb, GError **error);
  End end;
  gboolean retry;     /* what rests is tried now */
  TytoCamera *camera; /* nullable: not known yet */
  GVariant *answer;   /* nullable: the camera as it was; else as it is then */
};

static void
verb_free (Verb *verb)
{
  g_free (verb->id);
  g_clear_pointer (&verb->dict, g_variant_unref);
  g_clear_object (&verb->camera);
  g_clear_pointer (&verb->answer, g_variant_unref);
  g_free (verb);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Verb, verb_free)

/* Both take @verb. */
static void
verb_done (Verb *verb)
{
  g_autoptr (Verb) held = verb;

  if (held->answer != NULL)
    tyto_recorder_verb_done (held->task, held->answer);
  else
    tyto_recorder_verb_done (held->task, tyto_camera_to_variant (held->camera));
}

static void
verb_failed (Verb *verb, GError *error)
{
  g_autoptr (Verb) held = verb;

  tyto_recorder_verb_failed (held->task, error);
}

/* --- The end: all is done, and will be there after a power cut --- */

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  Verb *verb = data;
  GError *error = NULL;

  if (tyto_entry_queue_flush_finish (TYTO_ENTRY_QUEUE (source), result, &error)) {
    verb_done (verb);
    return;
  }
  g_prefix_error (&error, "The camera has stopped, but its last segment is not entered yet: ");
  verb_failed (verb, error);
}

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  Verb *verb = data;
  TytoRecorder *self = g_task_get_source_object (verb->task);

  tyto_supervisor_settle_finish (TYTO_SUPERVISOR (source), result, NULL);
  if (verb->end == END_ENTERED)
    tyto_entry_queue_flush_async (self->entries, NULL, on_entered, verb);
  else
    verb_done (verb);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  Verb *verb = data;
  TytoRecorder *self = g_task_get_source_object (verb->task);
  GError *error = NULL;

  if (!tyto_settings_flush_finish (TYTO_SETTINGS (source), result, &error))
    verb_failed (verb, error);
  else if (verb->end == END_AT_ONCE)
    verb_done (verb);
  else
    tyto_supervisor_settle_async (self->supervisor, verb->camera, on_settled, verb);
}

/* The settings are written. */
static void
end (Verb *verb, TytoCamera *camera)
{
  TytoRecorder *self = g_task_get_source_object (verb->task);

  g_set_object (&verb->camera, camera);
  if (verb->retry)
    tyto_supervisor_retry (self->supervisor, camera);
  tyto_settings_flush_async (self->settings, NULL, on_kept, verb);
}

/* --- The change --- */

static gboolean
check_started (TytoRecorder *self, GError **error)
{
  if (self->phase == RECORDER_STARTED)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Try again in some seconds.", "The recorder %s",
                  self->phase == RECORDER_ENDING ? "is shutting down" : "is starting");
  return FALSE;
}

/* Writes what the verb wants and has it followed; takes @verb. */
static void
change (Verb *verb)
{
  TytoRecorder *self = g_task_get_source_object (verb->task);
  GError *error = NULL;
  g_autoptr (TytoCameraConfig) config = verb->make (self, verb, &error);
  g_autoptr (TytoCameraConfig) before = tyto_settings_get_camera (self->settings, verb->id);
  TytoCamera *camera = NULL;

  if (config != NULL
      && ((before != NULL && tyto_camera_config_equal (before, config))
          || tyto_settings_set_camera (self->settings, config, &error))) {
    tyto_recorder_sync_camera (self, config->id);
    camera = tyto_recorder_look_up (self, config->id, &error);
  }
  if (camera != NULL) {
    end (verb, camera);
    return;
  }
  tyto_services_withdraw (self->services, verb->id);
  verb_failed (verb, error);
}

static void
on_admitted (GObject *source, GAsyncResult *result, gpointer data)
{
  Verb *verb = data;
  GError *error = NULL;

  if (tyto_services_admit_finish (TYTO_SERVICES (source), result, &error))
    change (verb);
  else
    verb_failed (verb, error);
}

/* Whether the verb enables a camera that is not. */
static gboolean
enables (TytoRecorder *self, const TytoCameraConfig *config)
{
  g_autoptr (TytoCameraConfig) before = tyto_settings_get_camera (self->settings, config->id);

  return config->enabled && (before == NULL || !before->enabled);
}

/* Begins the change, when there is a place for what it enables. Takes @verb. */
static void
begin (Verb *verb)
{
  TytoRecorder *self = g_task_get_source_object (verb->task);
  GError *error = NULL;
  g_autoptr (TytoCameraConfig) config = verb->make (self, verb, &error);
  gboolean admitted = TRUE;

  if (config == NULL)
    verb_failed (verb, error);
  else if (enables (self, config)
           && !tyto_services_admits_at_once (self->services, config->id, &admitted, &error))
    tyto_services_admit_async (self->services, config->id, config->owner, on_admitted, verb);
  else if (admitted)
    change (verb);
  else
    verb_failed (verb, error);
}

static Verb *
verb_new (TytoRecorder *self, const char *id, GVariant *dict, GCancellable *cancellable,
          GAsyncReadyCallback callback, gpointer user_data, gpointer tag)
{
  Verb *verb = g_new0 (Verb, 1);

  verb->task = tyto_recorder_verb_new (self, cancellable, callback, user_data, tag);
  verb->id = g_strdup (id);
  verb->dict = dict != NULL ? g_variant_ref_sink (dict) : NULL;
  return verb;
}

/* --- Add --- */

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
make_new (TytoRecorder *self, const Verb *verb, GError **error)
{
  g_autoptr (TytoCameraConfig) config = NULL;

  if (!check_started (self, error) || !tyto_id_check (verb->id, error))
    return NULL;
  if (tyto_recorder_look_up (self, verb->id, NULL) != NULL) {
    tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS, "Change that one, or choose another id.",
                    "There is a camera \"%s\" already", verb->id);
    return NULL;
  }
  config = tyto_camera_config_new (verb->id);
  return apply_new (config, verb->dict, error) ? g_steal_pointer (&config) : NULL;
}

void
tyto_recorder_add_camera_async (TytoRecorder *self, GVariant *dict, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  Verb *verb = verb_new (self, NULL, dict, cancellable, callback, user_data,
                         tyto_recorder_add_camera_async);
  GError *error = NULL;

  verb->make = make_new;
  if (!check_started (self, &error)
      || !tyto_dict_get_string (verb->dict, "id", &verb->id, &error)) {
    verb_failed (verb, error);
    return;
  }
  if (verb->id == NULL)
    verb->id = g_uuid_string_random ();
  begin (verb);
}

/* --- Change, start, stop --- */

/* A copy of the configuration of the camera, to be changed, or NULL. */
static TytoCameraConfig *
copy_config (TytoRecorder *self, const char *id, GError **error)
{
  TytoCamera *camera;

  if (!check_started (self, error))
    return NULL;
  camera = tyto_recorder_look_up (self, id, error);
  return camera != NULL ? tyto_camera_config_copy (tyto_camera_get_config (camera)) : NULL;
}

static TytoCameraConfig *
make_changed (TytoRecorder *self, const Verb *verb, GError **error)
{
  g_autoptr (TytoCameraConfig) config = copy_config (self, verb->id, error);

  if (config == NULL || !tyto_camera_config_apply (config, verb->dict, error))
    return NULL;
  if (*config->url == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Remove the camera instead.",
                    "\"url\" must not be empty");
    return NULL;
  }
  return g_steal_pointer (&config);
}

void
tyto_recorder_change_camera_async (TytoRecorder *self, const char *id, GVariant *dict,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  Verb *verb = verb_new (self, id, dict, cancellable, callback, user_data,
                         tyto_recorder_change_camera_async);

  verb->make = make_changed;
  verb->end = END_SETTLED;
  begin (verb);
}

static TytoCameraConfig *
make_enabled (TytoRecorder *self, const Verb *verb, GError **error)
{
  TytoCameraConfig *config = copy_config (self, verb->id, error);

  if (config != NULL)
    config->enabled = TRUE;
  return config;
}

static TytoCameraConfig *
make_disabled (TytoRecorder *self, const Verb *verb, GError **error)
{
  TytoCameraConfig *config = copy_config (self, verb->id, error);

  if (config != NULL)
    config->enabled = FALSE;
  return config;
}

/* A camera that is known is started as it is, when the service cannot be asked. */
static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  Verb *verb = data;
  TytoRecorder *self = g_task_get_source_object (verb->task);
  g_autoptr (GError) error = NULL;

  if (tyto_services_fetch_camera_finish (TYTO_SERVICES (source), result, &error)) {
    tyto_recorder_sync_camera (self, verb->id);
  } else if (tyto_recorder_look_up (self, verb->id, NULL) == NULL) {
    verb_failed (verb, g_steal_pointer (&error));
    return;
  } else {
    g_autofree char *why = tyto_error_why (error);

    tyto_log_camera (verb->id, G_LOG_LEVEL_MESSAGE, "Started as it was told before: %s", why);
  }
  begin (verb);
}

void
tyto_recorder_start_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  Verb *verb = verb_new (self, id, NULL, cancellable, callback, user_data,
                         tyto_recorder_start_camera_async);

  verb->make = make_enabled;
  verb->retry = TRUE;
  if (self->phase == RECORDER_STARTED && tyto_id_is_valid (id)
      && tyto_services_asks_vms (self->services, id))
    tyto_services_fetch_camera_async (self->services, id, cancellable, on_fetched, verb);
  else
    begin (verb);
}

void
tyto_recorder_stop_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  Verb *verb = verb_new (self, id, NULL, cancellable, callback, user_data,
                         tyto_recorder_stop_camera_async);

  verb->make = make_disabled;
  verb->end = END_ENTERED;
  begin (verb);
}

/* --- Remove --- */

void
tyto_recorder_remove_camera_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  Verb *verb = verb_new (self, id, NULL, cancellable, callback, user_data,
                         tyto_recorder_remove_camera_async);
  GError *error = NULL;
  g_autoptr (TytoCamera) camera = NULL;

  if (check_started (self, &error))
    camera = tyto_recorder_look_up (self, id, &error);
  if (camera == NULL) {
    verb_failed (verb, error);
    return;
  }
  g_object_ref (camera);
  verb->answer = g_variant_ref_sink (tyto_camera_to_variant (camera));
  verb->end = END_ENTERED;
  if (!tyto_settings_remove_camera (self->settings, id, &error)) {
    verb_failed (verb, error);
    return;
  }
  tyto_recorder_sync_camera (self, id);
  end (verb, camera);
}

GVariant *
tyto_recorder_camera_finish (TytoRecorder *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
