/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-services.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "recorder/services/tyto-storage-target.h"
#include "recorder/services/tyto-stream-counter.h"
#include "recorder/services/tyto-vms-client.h"

/* Group of the state: the cameras that came from the VMS service. */
#define CAMERAS         "vms-cameras"
#define REFRESH_SECONDS 600
#define STOP_MS         3000

typedef enum { VMS, COUNTER, STORAGE, N_CLIENTS } Which;

struct _TytoServices {
  GObject parent_instance;

  TytoSettings *settings;
  TytoAlerts *alerts;
  TytoServiceState *state;
  TytoServiceClient *clients[N_CLIENTS];
  TytoVmsClient *vms;
  TytoStreamCounter *counter;
  TytoStorageTarget *storage;
  GCancellable *cancellable;
  GQueue refreshing; /* (element-type utf8): cameras still to be asked for */
  guint refresh_timer;
  gboolean started;
};

G_DEFINE_FINAL_TYPE (TytoServices, tyto_services, G_TYPE_OBJECT)

/* --- The VMS service --- */

gboolean
tyto_services_asks_vms (TytoServices *self, const char *id)
{
  g_autoptr (TytoCameraConfig) known = tyto_settings_get_camera (self->settings, id);
  g_autofree char *mark = tyto_service_state_get (self->state, CAMERAS, id);

  return tyto_service_client_is_on (self->clients[VMS]) && (known == NULL || mark != NULL);
}

/* Writes what the service says of a camera, unless it is what we have. @known: (nullable) */
static gboolean
take_camera (TytoServices *self, TytoCameraConfig *known, TytoCameraConfig *config, GError **error)
{
  g_autoptr (TytoCameraConfig) copy = tyto_camera_config_copy (config);

  tyto_service_state_set (self->state, CAMERAS, config->id, "1");
  if (known == NULL)
    copy->enabled = FALSE; /* who asked for it enables it */
  else if (tyto_camera_config_equal (known, copy))
    return TRUE;
  tyto_log_camera (config->id, G_LOG_LEVEL_MESSAGE, "Camera %s from the VMS service",
                   known == NULL ? "taken" : "changed by what is told");
  return tyto_settings_set_camera (self->settings, copy, error);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoServices *self = g_task_get_source_object (task);
  const char *id = g_task_get_task_data (task);
  g_autoptr (TytoCameraConfig) known = tyto_settings_get_camera (self->settings, id);
  GError *error = NULL;
  g_autoptr (TytoCameraConfig) config
      = tyto_vms_client_get_camera_finish (TYTO_VMS_CLIENT (source), result, &error);

  /* It was changed here meanwhile: that is what is kept. */
  if (config != NULL && known != NULL)
    config->enabled = known->enabled;
  if (config != NULL && take_camera (self, known, config, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
tyto_services_fetch_camera_async (TytoServices *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (TytoCameraConfig) known = tyto_settings_get_camera (self->settings, id);

  g_task_set_task_data (task, g_strdup (id), g_free);
  tyto_vms_client_get_camera_async (self->vms, id, known, cancellable, on_fetched, task);
}

gboolean
tyto_services_fetch_camera_finish (TytoServices *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void refresh_next (TytoServices *self);

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoServices *self = TYTO_SERVICES (source);
  g_autofree char *id = data;
  g_autoptr (GError) error = NULL;

  if (!tyto_services_fetch_camera_finish (self, result, &error)) {
    g_autofree char *why = tyto_error_why (error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      return;
    tyto_log_camera (id, G_LOG_LEVEL_MESSAGE, "It stays as it was told before: %s", why);
    /* What cannot be asked for one cannot be asked for the others. */
    if (!g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)
        && tyto_service_client_get_failure (self->clients[VMS]) != NULL) {
      g_queue_clear_full (&self->refreshing, g_free);
      return;
    }
  }
  refresh_next (self);
}

static void
refresh_next (TytoServices *self)
{
  char *id = g_queue_pop_head (&self->refreshing);

  if (id != NULL)
    tyto_services_fetch_camera_async (self, id, self->cancellable, on_refreshed, id);
}

static gboolean
refresh (gpointer data)
{
  TytoServices *self = data;
  g_auto (GStrv) ids = tyto_service_state_list (self->state, CAMERAS);

  if (!tyto_service_client_is_on (self->clients[VMS]) || !g_queue_is_empty (&self->refreshing))
    return G_SOURCE_CONTINUE;
  for (guint i = 0; ids[i] != NULL; i++) {
    g_autoptr (TytoCameraConfig) known = tyto_settings_get_camera (self->settings, ids[i]);

    if (known != NULL)
      g_queue_push_tail (&self->refreshing, g_strdup (ids[i]));
  }
  refresh_next (self);
  return G_SOURCE_CONTINUE;
}

/* --- Quota --- */

static guint
count_enabled (TytoServices *self, const char *except)
{
  g_autoptr (GPtrArray) cameras = tyto_settings_list_cameras (self->settings);
  guint n = 0;

  for (guint i = 0; i < cameras->len; i++) {
    const TytoCameraConfig *config = cameras->pdata[i];

    n += config->enabled && g_strcmp0 (config->id, except) != 0;
  }
  return n;
}

gboolean
tyto_services_admits_at_once (TytoServices *self, const char *id, gboolean *admitted,
                              GError **error)
{
  guint quota = tyto_settings_get_uint (self->settings, "stream-quota");

  if (tyto_service_client_is_on (self->clients[COUNTER]))
    return FALSE;
  *admitted = quota == 0 || count_enabled (self, id) < quota;
  if (!*admitted)
    tyto_set_error (error, TYTO_ERROR_QUOTA, "Stop another camera, or raise stream-quota.",
                    "The quota of %u cameras is used up", quota);
  return TRUE;
}

static void
on_reserved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (tyto_stream_counter_reserve_finish (TYTO_STREAM_COUNTER (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
tyto_services_admit_async (TytoServices *self, const char *id, const char *owner,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  tyto_stream_counter_reserve_async (self->counter, id, owner, on_reserved, task);
}

gboolean
tyto_services_admit_finish (TytoServices *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
tyto_services_withdraw (TytoServices *self, const char *id)
{
  g_autoptr (TytoCameraConfig) known = tyto_settings_get_camera (self->settings, id);

  if (known == NULL || !known->enabled)
    tyto_stream_counter_unwant (self->counter, id);
}

const char *
tyto_services_get_reservation (TytoServices *self, const char *id)
{
  return tyto_stream_counter_get_reservation (self->counter, id);
}

/* More may be enabled in the file than the quota allows: they are recorded. */
static void
judge_quota (TytoServices *self)
{
  guint quota = tyto_settings_get_uint (self->settings, "stream-quota");
  guint n = count_enabled (self, NULL);
  g_autofree char *message = NULL;

  if (quota == 0 || n <= quota || tyto_service_client_is_on (self->clients[COUNTER])) {
    tyto_alerts_clear (self->alerts, "stream-quota", "", "No more cameras than the quota allows");
    return;
  }
  message = g_strdup_printf ("%u cameras are enabled, and the quota is %u", n, quota);
  tyto_alerts_raise (self->alerts, "stream-quota", "warning", "", message);
}

static void
on_refused (TytoStreamCounter *counter, const char *camera, const char *why, TytoServices *self)
{
  if (why != NULL)
    tyto_alerts_raise (self->alerts, "stream-quota", "warning", camera, why);
  else
    tyto_alerts_clear (self->alerts, "stream-quota", camera, "It has a place, or needs none");
}

/* --- What becomes of the cameras --- */

static void
on_camera_changed (TytoSettings *settings, const char *id, TytoServices *self)
{
  g_autoptr (TytoCameraConfig) config = tyto_settings_get_camera (settings, id);

  if (!self->started)
    return;
  if (config != NULL && config->enabled)
    tyto_stream_counter_want (self->counter, id, config->owner);
  else
    tyto_stream_counter_unwant (self->counter, id);
  if (config == NULL)
    tyto_service_state_set (self->state, CAMERAS, id, NULL);
  judge_quota (self);
}

void
tyto_services_start (TytoServices *self)
{
  g_autoptr (GPtrArray) cameras = tyto_settings_list_cameras (self->settings);

  self->started = TRUE;
  for (guint i = 0; i < cameras->len; i++) {
    const TytoCameraConfig *config = cameras->pdata[i];

    if (config->enabled)
      tyto_stream_counter_want (self->counter, config->id, config->owner);
  }
  tyto_stream_counter_settle (self->counter);
  judge_quota (self);
  self->refresh_timer = g_timeout_add_seconds (REFRESH_SECONDS, refresh, self);
  refresh (self);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  tyto_service_state_flush_finish (TYTO_SERVICE_STATE (source), result, NULL);
  g_task_return_boolean (task, TRUE);
}

static void
on_counter_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoServices *self = g_task_get_source_object (task);

  tyto_stream_counter_stop_finish (TYTO_STREAM_COUNTER (source), result, NULL);
  tyto_service_state_flush_async (self->state, on_stopped, task);
}

void
tyto_services_stop_async (TytoServices *self, gboolean release, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  self->started = FALSE;
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh_timer, g_source_remove);
  tyto_stream_counter_stop_async (self->counter, release, STOP_MS, on_counter_stopped, task);
}

gboolean
tyto_services_stop_finish (TytoServices *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- State --- */

TytoArchiveTarget *
tyto_services_get_storage (TytoServices *self)
{
  return tyto_service_client_is_on (self->clients[STORAGE]) ? TYTO_ARCHIVE_TARGET (self->storage)
                                                            : NULL;
}

GVariant *
tyto_services_describe (TytoServices *self)
{
  g_auto (GStrv) cameras = tyto_service_state_list (self->state, CAMERAS);
  g_autoptr (GVariant) vms = g_variant_ref_sink (tyto_service_client_describe (self->clients[VMS]));
  g_autoptr (GVariant) counter
      = g_variant_ref_sink (tyto_service_client_describe (self->clients[COUNTER]));
  g_auto (GVariantDict) first = G_VARIANT_DICT_INIT (vms);
  g_auto (GVariantDict) second = G_VARIANT_DICT_INIT (counter);
  GVariantDict dict;

  g_variant_dict_insert (&first, "cameras", "t", (guint64) g_strv_length (cameras));
  tyto_stream_counter_describe (self->counter, &second);
  g_variant_dict_insert (&second, "quota", "u",
                         tyto_settings_get_uint (self->settings, "stream-quota"));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "vms", g_variant_dict_end (&first));
  g_variant_dict_insert_value (&dict, "stream_counter", g_variant_dict_end (&second));
  g_variant_dict_insert_value (&dict, "storage",
                               tyto_service_client_describe (self->clients[STORAGE]));
  return g_variant_dict_end (&dict);
}

static void
tell_failure (TytoServices *self, Which which, const char *kind, const char *means)
{
  TytoServiceClient *client = self->clients[which];
  const char *failure = tyto_service_client_get_failure (client);
  g_autofree char *message = NULL;

  if (failure == NULL) {
    tyto_alerts_clear (self->alerts, kind, "", "It answers, or is no longer used");
    return;
  }
  message = g_strdup_printf ("%s: %s", failure, means);
  tyto_alerts_raise (self->alerts, kind, "warning", "", message);
}

static void
on_vms_state (TytoServices *self)
{
  tell_failure (self, VMS, "vms-service", "cameras are recorded as they were known before");
}

static void
on_counter_state (TytoServices *self)
{
  tell_failure (self, COUNTER, "stream-counter", "cameras are recorded without being counted");
  judge_quota (self);
}

TytoServices *
tyto_services_new (TytoSettings *settings, TytoAlerts *alerts)
{
  TytoServices *self = g_object_new (TYTO_TYPE_SERVICES, NULL);

  self->settings = g_object_ref (settings);
  self->alerts = g_object_ref (alerts);
  self->state = tyto_service_state_new (tyto_settings_get_state_dir (settings));
  self->clients[VMS] = tyto_service_client_new (settings, "vms-service-url", "VMS service");
  self->clients[COUNTER]
      = tyto_service_client_new (settings, "stream-counter-url", "stream counter");
  self->clients[STORAGE]
      = tyto_service_client_new (settings, "storage-service-url", "storage service");
  self->vms = tyto_vms_client_new (self->clients[VMS]);
  self->counter = tyto_stream_counter_new (settings, self->clients[COUNTER], self->state);
  self->storage = tyto_storage_target_new (settings, self->clients[STORAGE]);
  g_signal_connect_object (self->clients[VMS], "state-changed", G_CALLBACK (on_vms_state), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->clients[COUNTER], "state-changed", G_CALLBACK (on_counter_state),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->counter, "refused", G_CALLBACK (on_refused), self, 0);
  g_signal_connect_object (settings, "camera-changed", G_CALLBACK (on_camera_changed), self, 0);
  g_signal_connect_object (settings, "notify::stream-quota", G_CALLBACK (judge_quota), self,
                           G_CONNECT_SWAPPED);
  return self;
}

static void
tyto_services_dispose (GObject *object)
{
  TytoServices *self = TYTO_SERVICES (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh_timer, g_source_remove);
  g_queue_clear_full (&self->refreshing, g_free);
  G_OBJECT_CLASS (tyto_services_parent_class)->dispose (object);
}

static void
tyto_services_finalize (GObject *object)
{
  TytoServices *self = TYTO_SERVICES (object);

  g_object_unref (self->storage);
  g_object_unref (self->counter);
  g_object_unref (self->vms);
  for (guint i = 0; i < N_CLIENTS; i++)
    g_object_unref (self->clients[i]);
  g_object_unref (self->state);
  g_object_unref (self->cancellable);
  g_object_unref (self->alerts);
  g_object_unref (self->settings);
  G_OBJECT_CLASS (tyto_services_parent_class)->finalize (object);
}

static void
tyto_services_class_init (TytoServicesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tyto_services_dispose;
  object_class->finalize = tyto_services_finalize;
}

static void
tyto_services_init (TytoServices *self)
{
  self->cancellable = g_cancellable_new ();
}
