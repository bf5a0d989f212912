/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/dbus/tyto-dbus-service.h"

#include "api/dbus/tyto-bus.h"
#include "api/dbus/tyto-dbus-archive.h"
#include "api/dbus/tyto-dbus-broadcasts.h"
#include "api/dbus/tyto-dbus-call.h"
#include "api/dbus/tyto-dbus-camera.h"
#include "api/dbus/tyto-dbus-retention.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

#define BUS_NAME    "org.tyto.Recorder1"
#define OBJECT_PATH "/org/tyto/Recorder"

struct _TytoDbusService {
  GObject parent_instance;
  TytoRecorder *recorder;
  char *bus;
  GDBusConnection *connection; /* nullable */
  GDBusObjectManagerServer *manager;
  TytoBusRecorder1 *service;
  GTask *owning; /* nullable: tyto_dbus_service_own_async() under way */
  guint owner_id;
  guint filter_id;
};

enum { SIGNAL_REQUEST, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoDbusService, tyto_dbus_service, G_TYPE_OBJECT)

static void
update_counts (TytoDbusService *self)
{
  g_autoptr (GVariant) status = g_variant_ref_sink (tyto_recorder_status (self->recorder));

  tyto_bus_recorder1_set_recording (self->service, tyto_dict_uint (status, "recording", 0));
}

/* (transfer full) (nullable) */
static GDBusObject *
find_camera (TytoDbusService *self, const char *id)
{
  g_autofree char *path = tyto_dbus_camera_path (id);

  return g_dbus_object_manager_get_object (G_DBUS_OBJECT_MANAGER (self->manager), path);
}

static void
on_camera_added (TytoRecorder *recorder, GVariant *camera, TytoDbusService *self)
{
  g_autoptr (GDBusObjectSkeleton) object = tyto_dbus_camera_new (recorder, camera);

  g_dbus_object_manager_server_export (self->manager, object);
  update_counts (self);
}

static void
on_camera_changed (TytoRecorder *recorder, GVariant *camera, TytoDbusService *self)
{
  g_autoptr (GDBusObject) object = find_camera (self, tyto_dict_string (camera, "id", ""));

  if (object != NULL)
    tyto_dbus_camera_update (G_DBUS_OBJECT_SKELETON (object), camera);
  update_counts (self);
}

static void
on_camera_removed (TytoRecorder *recorder, const char *id, TytoDbusService *self)
{
  g_autofree char *path = tyto_dbus_camera_path (id);

  g_dbus_object_manager_server_unexport (self->manager, path);
  update_counts (self);
}

static void
on_segment_opened (TytoRecorder *recorder, const char *id, GVariant *segment, TytoDbusService *self)
{
  g_autoptr (GDBusObject) object = find_camera (self, id);

  if (object != NULL)
    tyto_dbus_camera_emit_segment_opened (G_DBUS_OBJECT_SKELETON (object), segment);
}

static void
on_segment_closed (TytoRecorder *recorder, GVariant *segment, TytoDbusService *self)
{
  tyto_bus_recorder1_emit_segment_closed (self->service, segment);
}

static void
on_gap_opened (TytoRecorder *recorder, GVariant *gap, TytoDbusService *self)
{
  tyto_bus_recorder1_emit_gap_opened (self->service, gap);
}

static void
on_gap_closed (TytoRecorder *recorder, GVariant *gap, TytoDbusService *self)
{
  tyto_bus_recorder1_emit_gap_closed (self->service, gap);
}

static void
update_alerts (TytoDbusService *self)
{
  g_autoptr (GVariant) standing
      = g_variant_ref_sink (tyto_recorder_list_alerts (self->recorder, TYTO_ALERTS_STANDING, NULL));

  tyto_bus_recorder1_set_alerts (self->service, g_variant_n_children (standing));
}

static void
on_alert (TytoRecorder *recorder, GVariant *alert, TytoDbusService *self)
{
  update_alerts (self);
  tyto_bus_recorder1_emit_alert (self->service, alert);
}

static gboolean
read_alerts_query (GVariant *dict, TytoAlertsWhich *which, GError **error)
{
  static const char *const known[] = { "standing", "camera", NULL };
  g_autofree char *ignored = NULL;
  gboolean standing = TRUE;

  /* The getters that can fail tell of a wrong type. */
  if (!tyto_dict_check_keys (dict, known, error)
      || !tyto_dict_get_string (dict, "camera", &ignored, error)
      || !tyto_dict_get_boolean (dict, "standing", &standing, error))
    return FALSE;
  *which = TYTO_ALERTS_ALL;
  if (g_variant_lookup (dict, "standing", "b", &standing))
    *which = standing ? TYTO_ALERTS_STANDING : TYTO_ALERTS_CLEARED;
  return TRUE;
}

static gboolean
on_get_alerts (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *query,
               TytoDbusService *self)
{
  g_autoptr (GError) error = NULL;
  TytoAlertsWhich which;

  if (read_alerts_query (query, &which, &error))
    tyto_bus_recorder1_complete_get_alerts (
        service, invocation,
        tyto_recorder_list_alerts (self->recorder, which,
                                   tyto_dict_string (query, "camera", NULL)));
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_get_status (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, TytoDbusService *self)
{
  tyto_bus_recorder1_complete_get_status (service, invocation,
                                          tyto_recorder_status (self->recorder));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static GVariant *
reply_camera_path (GVariant *camera, gpointer user_data)
{
  g_autofree char *path = tyto_dbus_camera_path (tyto_dict_string (camera, "id", ""));

  return g_variant_new ("(o)", path);
}

static gboolean
on_add_camera (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *settings,
               TytoDbusService *self)
{
  tyto_recorder_add_camera_async (self->recorder, settings, NULL, tyto_dbus_call_on_camera,
                                  tyto_dbus_call_new (invocation, reply_camera_path));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
list_rows (TytoDbusService *self, GDBusMethodInvocation *invocation, GVariant *dict,
           void (*verb) (TytoRecorder *, const TytoCatalogueQuery *, GCancellable *,
                         GAsyncReadyCallback, gpointer))
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GError) error = NULL;

  if (tyto_dbus_read_query (dict, &query, &error))
    verb (self->recorder, &query, NULL, tyto_dbus_call_on_query,
          tyto_dbus_call_new (invocation, tyto_dbus_reply_page));
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_list_segments (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *query,
                  TytoDbusService *self)
{
  return list_rows (self, invocation, query, tyto_recorder_list_segments_async);
}

static gboolean
on_list_gaps (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *query,
              TytoDbusService *self)
{
  return list_rows (self, invocation, query, tyto_recorder_list_gaps_async);
}

static gboolean
on_get_ledger (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, const char *camera,
               GVariant *dict, TytoDbusService *self)
{
  static const char *const known[] = { "from", "to", NULL };
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GError) error = NULL;

  if (tyto_id_check (camera, &error) && tyto_dict_check_keys (dict, known, &error)
      && tyto_dbus_read_query (dict, &query, &error))
    tyto_recorder_ledger_async (self->recorder, camera, query.from_us, query.to_us, NULL,
                                tyto_dbus_call_on_query,
                                tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
emit_request (gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_REQUEST], 0);
  return G_SOURCE_REMOVE;
}

/* Called in GDBus's own thread for each message: a call tells the main loop that somebody is there.
 */
static GDBusMessage *
on_message (GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
            gpointer user_data)
{
  if (incoming && g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    g_idle_add_full (G_PRIORITY_DEFAULT, emit_request, g_object_ref (user_data), g_object_unref);
  return message;
}

/* The service and its object manager stand on the same path; the manager itself only takes paths
 * below its own. */
static gboolean
export_objects (TytoDbusService *self, GError **error)
{
  g_autoptr (GVariant) cameras = g_variant_ref_sink (tyto_recorder_list_cameras (self->recorder));
  GVariantIter iter;
  GVariant *camera;

  tyto_bus_recorder1_set_version (self->service, TYTO_VERSION);
  g_signal_connect (self->service, "handle-get-status", G_CALLBACK (on_get_status), self);
  g_signal_connect (self->service, "handle-add-camera", G_CALLBACK (on_add_camera), self);
  g_signal_connect (self->service, "handle-list-segments", G_CALLBACK (on_list_segments), self);
  g_signal_connect (self->service, "handle-list-gaps", G_CALLBACK (on_list_gaps), self);
  g_signal_connect (self->service, "handle-get-ledger", G_CALLBACK (on_get_ledger), self);
  g_signal_connect (self->service, "handle-get-alerts", G_CALLBACK (on_get_alerts), self);
  tyto_dbus_broadcasts_serve (self->service, self->recorder);
  tyto_dbus_archive_serve (self->service, self->recorder);
  tyto_dbus_retention_serve (self->service, self->recorder);
  update_alerts (self);
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->service),
                                         self->connection, OBJECT_PATH, error))
    return FALSE;

  g_variant_iter_init (&iter, cameras);
  while ((camera = g_variant_iter_next_value (&iter)) != NULL) {
    on_camera_added (self->recorder, camera, self);
    g_variant_unref (camera);
  }
  g_object_connect (self->recorder, "signal::camera-added", on_camera_added, self,
                    "signal::camera-changed", on_camera_changed, self, "signal::camera-removed",
                    on_camera_removed, self, "signal::segment-opened", on_segment_opened, self,
                    "signal::segment-closed", on_segment_closed, self, "signal::gap-opened",
                    on_gap_opened, self, "signal::gap-closed", on_gap_closed, self, "signal::alert",
                    on_alert, self, NULL);
  g_dbus_object_manager_server_set_connection (self->manager, self->connection);
  return TRUE;
}

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer user_data)
{
  TytoDbusService *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->owning);

  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer user_data)
{
  TytoDbusService *self = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&self->owning);
  GError *error = NULL;

  if (task == NULL) {
    g_warning ("The bus name " BUS_NAME " is lost; recording goes on without D-Bus");
    return;
  }
  tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE,
                  "Stop the other tytod, install the policy file, or use --bus none.",
                  "The bus name " BUS_NAME " is another's, or not allowed to us");
  g_task_return_error (task, error);
}

static void
own_name (TytoDbusService *self, GDBusConnection *connection)
{
  GError *error = NULL;

  self->connection = g_object_ref (connection);
  /* A bus that goes away must not take the recordings with it. */
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  self->filter_id
      = g_dbus_connection_add_filter (connection, on_message, g_object_ref (self), g_object_unref);
  if (!export_objects (self, &error)) {
    g_autoptr (GTask) task = g_steal_pointer (&self->owning);

    g_task_return_error (task, error);
    return;
  }
  self->owner_id
      = g_bus_own_name_on_connection (connection, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                      on_name_acquired, on_name_lost, self, NULL);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TytoDbusService) self = user_data;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GError) error = NULL;

  if (g_str_equal (self->bus, "system") || g_str_equal (self->bus, "session"))
    connection = g_bus_get_finish (result, &error);
  else
    connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (connection == NULL) {
    g_autoptr (GTask) task = g_steal_pointer (&self->owning);
    GError *told = NULL;

    tyto_set_error (&told, TYTO_ERROR_UNAVAILABLE, "Start dbus, or use --bus none.",
                    "There is no D-Bus (%s): %s", self->bus, error->message);
    g_task_return_error (task, told);
    return;
  }
  own_name (self, connection);
}

void
tyto_dbus_service_own_async (TytoDbusService *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (self->owning == NULL);

  self->owning = g_task_new (self, cancellable, callback, user_data);
  if (g_str_equal (self->bus, "system"))
    g_bus_get (G_BUS_TYPE_SYSTEM, cancellable, on_connected, g_object_ref (self));
  else if (g_str_equal (self->bus, "session"))
    g_bus_get (G_BUS_TYPE_SESSION, cancellable, on_connected, g_object_ref (self));
  else
    g_dbus_connection_new_for_address (self->bus,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                           | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                       NULL, cancellable, on_connected, g_object_ref (self));
}

gboolean
tyto_dbus_service_own_finish (TytoDbusService *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
tyto_dbus_service_stop (TytoDbusService *self)
{
  g_signal_handlers_disconnect_by_data (self->recorder, self);
  g_clear_handle_id (&self->owner_id, g_bus_unown_name);
  g_dbus_object_manager_server_set_connection (self->manager, NULL);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->service));
  if (self->filter_id != 0)
    g_dbus_connection_remove_filter (self->connection, self->filter_id);
  self->filter_id = 0;
  g_clear_object (&self->connection);
}

static void
tyto_dbus_service_finalize (GObject *object)
{
  TytoDbusService *self = TYTO_DBUS_SERVICE (object);

  g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->manager);
  g_clear_object (&self->service);
  g_clear_object (&self->recorder);
  g_free (self->bus);
  G_OBJECT_CLASS (tyto_dbus_service_parent_class)->finalize (object);
}

static void
tyto_dbus_service_class_init (TytoDbusServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_dbus_service_finalize;
  signals[SIGNAL_REQUEST] = g_signal_new ("request", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_dbus_service_init (TytoDbusService *self)
{
  self->manager = g_dbus_object_manager_server_new (OBJECT_PATH);
  self->service = tyto_bus_recorder1_skeleton_new ();
}

TytoDbusService *
tyto_dbus_service_new (TytoRecorder *recorder, const char *bus)
{
  TytoDbusService *self = g_object_new (TYTO_TYPE_DBUS_SERVICE, NULL);

  self->recorder = g_object_ref (recorder);
  self->bus = g_strdup (bus);
  return self;
}
