/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-worker-service.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-worker-listener.h"
#include "worker/tyto-worker-cameras.h"

#define OBJECT_PATH        "/org/tyto/Worker"
#define STATISTICS_EVERY_S 2
#define NEEDLESS_AFTER_S   60
#define STOP_WITHIN_S      9
#define LINGER_S           3

struct _TytoWorkerService {
  GObject parent_instance;

  TytoWorkerListener *listener;
  TytoLinkWorker1 *skeleton;
  TytoWorkerTeller *teller;
  GDBusConnection *connection; /* of the client, or NULL */
  TytoWorkerCameras *cameras;
  GPtrArray *stop_calls; /* of GDBusMethodInvocation: Stop, waiting */
  guint statistics_timer;
  guint needless_timer; /* runs while there are neither cameras nor a client */
  guint stop_timer;
  guint linger_timer; /* runs while all is finished and nobody has taken the news */
  guint stops_pending;
  gboolean stopping;
};

enum { SIGNAL_FINISHED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoWorkerService, tyto_worker_service, G_TYPE_OBJECT)

/* Nothing is sent to the client any more. */
static void
forget_client (TytoWorkerService *self)
{
  if (self->connection == NULL)
    return;
  tyto_worker_teller_detach (self->teller);
  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self->skeleton));
  g_clear_object (&self->connection);
}

static void
tyto_worker_service_dispose (GObject *object)
{
  TytoWorkerService *self = TYTO_WORKER_SERVICE (object);

  g_clear_handle_id (&self->statistics_timer, g_source_remove);
  g_clear_handle_id (&self->needless_timer, g_source_remove);
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_clear_handle_id (&self->linger_timer, g_source_remove);
  forget_client (self);
  g_clear_object (&self->listener);
  g_clear_object (&self->teller);
  g_clear_object (&self->skeleton);
  tyto_worker_cameras_drop (self->cameras);
  G_OBJECT_CLASS (tyto_worker_service_parent_class)->dispose (object);
}

static void
tyto_worker_service_finalize (GObject *object)
{
  TytoWorkerService *self = TYTO_WORKER_SERVICE (object);

  g_object_unref (self->cameras);
  g_ptr_array_unref (self->stop_calls);
  G_OBJECT_CLASS (tyto_worker_service_parent_class)->finalize (object);
}

static void
tyto_worker_service_class_init (TytoWorkerServiceClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_worker_service_dispose;
  object_class->finalize = tyto_worker_service_finalize;
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", TYTO_TYPE_WORKER_SERVICE, G_SIGNAL_RUN_FIRST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static gboolean
on_statistics_timer (gpointer user_data)
{
  TytoWorkerService *self = user_data;
  g_autoptr (GVariant) cameras
      = g_variant_ref_sink (tyto_worker_cameras_get_figures (self->cameras));

  if (g_variant_n_children (cameras) > 0)
    tyto_worker_teller_take_statistics (self->teller, cameras);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_needless (gpointer user_data)
{
  TytoWorkerService *self = user_data;

  self->needless_timer = 0;
  g_message ("Nothing to record and nobody connected for %d s: ending.", NEEDLESS_AFTER_S);
  tyto_worker_service_stop (self);
  return G_SOURCE_REMOVE;
}

/* A worker that tytod will never come back to for lack of cameras must not stay for ever. */
static void
watch_need (TytoWorkerService *self)
{
  g_clear_handle_id (&self->needless_timer, g_source_remove);
  if (!self->stopping && self->connection == NULL && tyto_worker_cameras_get_n (self->cameras) == 0)
    self->needless_timer = g_timeout_add_seconds (NEEDLESS_AFTER_S, on_needless, self);
}

static gboolean
on_handle_add_camera (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation,
                      const char *camera, GVariant *dict, TytoWorkerService *self)
{
  TytoCaptureSettings *settings = NULL;
  GError *error = NULL;

  if (self->stopping)
    tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE, NULL, "The worker is ending.");
  else if (!tyto_id_check (camera, &error))
    ;
  else if (tyto_worker_cameras_look_up (self->cameras, camera) != NULL)
    tyto_set_error (&error, TYTO_ERROR_ALREADY_EXISTS, "Remove it first.",
                    "The camera %s is being recorded already.", camera);
  else
    settings = tyto_capture_settings_new (dict, &error);
  if (settings == NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  tyto_link_worker1_complete_add_camera (skeleton, invocation);
  tyto_worker_cameras_add (self->cameras, camera, dict, settings);
  watch_need (self);
  return TRUE;
}

/* The capture of @camera; answers @invocation with the error when there is none. */
static TytoCapture *
look_up (TytoWorkerService *self, const char *camera, GDBusMethodInvocation *invocation)
{
  TytoCapture *capture = tyto_worker_cameras_look_up (self->cameras, camera);

  if (capture == NULL)
    g_dbus_method_invocation_return_error (invocation, TYTO_ERROR, TYTO_ERROR_NOT_FOUND,
                                           "The worker has no camera “%s”.", camera);
  return capture;
}

typedef struct {
  TytoWorkerService *service;
  GDBusMethodInvocation *invocation;
} Call;

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Call *call = user_data;
  g_autoptr (TytoWorkerService) self = call->service;

  /* A second RemoveCamera may have been waiting for the same end. */
  if (tyto_worker_cameras_remove (self->cameras, TYTO_CAPTURE (source)))
    watch_need (self);
  tyto_worker_teller_flush (self->teller);
  tyto_link_worker1_complete_remove_camera (self->skeleton, call->invocation);
}

static gboolean
on_handle_remove_camera (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation,
                         const char *camera, TytoWorkerService *self)
{
  TytoCapture *capture = look_up (self, camera, invocation);
  Call *call;

  if (capture != NULL) {
    tyto_worker_teller_let_go_camera (self->teller, camera);
    call = g_new (Call, 1);
    call->service = g_object_ref (self);
    call->invocation = invocation;
    tyto_capture_stop_async (capture, on_removed, call);
  }
  return TRUE;
}

static void
on_snapshot (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) thumbnail
      = tyto_capture_snapshot_finish (TYTO_CAPTURE (source), result, &error);

  if (thumbnail != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{sv})", thumbnail));
  else
    g_dbus_method_invocation_take_error (invocation, error);
}

static gboolean
on_handle_snapshot (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation,
                    const char *camera, TytoWorkerService *self)
{
  TytoCapture *capture = look_up (self, camera, invocation);

  if (capture != NULL)
    tyto_capture_snapshot_async (capture, on_snapshot, invocation);
  return TRUE;
}

static gboolean
on_handle_describe (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation,
                    const char *camera, TytoWorkerService *self)
{
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  TytoCapture *capture = look_up (self, camera, invocation);
  GError *error = NULL;
  g_autofree char *text = NULL;

  if (capture == NULL)
    return TRUE;
  text = tyto_capture_describe (capture, g_str_equal (method, "DumpPipeline"), &error);
  if (text != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", text));
  else
    g_dbus_method_invocation_take_error (invocation, error);
  return TRUE;
}

static gboolean
on_handle_get_statistics (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation,
                          TytoWorkerService *self)
{
  tyto_link_worker1_complete_get_statistics (skeleton, invocation,
                                             tyto_worker_cameras_get_statistics (self->cameras));
  return TRUE;
}

static void
say_finished (TytoWorkerService *self)
{
  g_clear_handle_id (&self->linger_timer, g_source_remove);
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0, TRUE);
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TytoWorkerService) self = user_data;

  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  say_finished (self);
}

static void
flush (TytoWorkerService *self)
{
  if (self->connection != NULL && !g_dbus_connection_is_closed (self->connection))
    g_dbus_connection_flush (self->connection, NULL, on_flushed, g_object_ref (self));
  else
    say_finished (self);
}

static gboolean
on_handle_attach (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation,
                  TytoWorkerService *self)
{
  tyto_link_worker1_complete_attach (
      skeleton, invocation, tyto_worker_teller_get_attachment (self->teller, self->stopping));
  tyto_worker_teller_attach (self->teller);
  return TRUE;
}

static gboolean
on_handle_acknowledge (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation, guint64 serial,
                       TytoWorkerService *self)
{
  tyto_worker_teller_acknowledge (self->teller, serial);
  tyto_link_worker1_complete_acknowledge (skeleton, invocation);
  if (self->linger_timer != 0 && !tyto_worker_teller_has_news (self->teller))
    flush (self);
  return TRUE;
}

static gboolean
on_handle_stop (TytoLinkWorker1 *skeleton, GDBusMethodInvocation *invocation,
                TytoWorkerService *self)
{
  g_ptr_array_add (self->stop_calls, g_object_ref (invocation));
  tyto_worker_service_stop (self);
  return TRUE;
}

static void
tyto_worker_service_init (TytoWorkerService *self)
{
  self->skeleton = tyto_link_worker1_skeleton_new ();
  self->teller = tyto_worker_teller_new (self->skeleton);
  self->cameras = tyto_worker_cameras_new (self->teller);
  self->stop_calls = g_ptr_array_new_with_free_func (g_object_unref);
  self->statistics_timer = g_timeout_add_seconds (STATISTICS_EVERY_S, on_statistics_timer, self);
  g_object_connect (self->skeleton, "signal::handle-add-camera", on_handle_add_camera, self,
                    "signal::handle-remove-camera", on_handle_remove_camera, self,
                    "signal::handle-snapshot", on_handle_snapshot, self,
                    "signal::handle-describe-pipeline", on_handle_describe, self,
                    "signal::handle-dump-pipeline", on_handle_describe, self,
                    "signal::handle-get-statistics", on_handle_get_statistics, self,
                    "signal::handle-attach", on_handle_attach, self, "signal::handle-acknowledge",
                    on_handle_acknowledge, self, "signal::handle-stop", on_handle_stop, self, NULL);
}

static void
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, TytoWorkerService *self)
{
  g_message ("tytod is gone; what is being recorded goes on.");
  forget_client (self);
  watch_need (self);
}

/* The latest client is right: the one before it may be gone without our having noticed. */
static void
on_connected (TytoWorkerListener *listener, GDBusConnection *connection, TytoWorkerService *self)
{
  g_autoptr (GError) error = NULL;

  if (self->connection != NULL) {
    g_autoptr (GDBusConnection) old = g_object_ref (self->connection);
    forget_client (self);
    g_dbus_connection_close (old, NULL, NULL, NULL);
  }
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self->skeleton), connection,
                                         OBJECT_PATH, &error)) {
    g_warning ("The worker's object cannot be exported: %s", error->message);
    g_dbus_connection_close (connection, NULL, NULL, NULL);
    watch_need (self);
    return;
  }
  self->connection = g_object_ref (connection);
  watch_need (self);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  g_dbus_connection_start_message_processing (connection);
}

TytoWorkerService *
tyto_worker_service_new (void)
{
  return g_object_new (TYTO_TYPE_WORKER_SERVICE, NULL);
}

gboolean
tyto_worker_service_listen (TytoWorkerService *self, GSocket *socket, GError **error)
{
  self->listener = tyto_worker_listener_new ();
  g_signal_connect (self->listener, "connected", G_CALLBACK (on_connected), self);
  watch_need (self);
  return tyto_worker_listener_start (self->listener, socket, error);
}

static gboolean
on_linger_over (gpointer user_data)
{
  TytoWorkerService *self = user_data;

  self->linger_timer = 0;
  say_finished (self);
  return G_SOURCE_REMOVE;
}

/* All is told. What tytod has not taken yet it may take now, or, when it ended before us, the next
 * one. */
static void
finish (TytoWorkerService *self)
{
  tyto_worker_teller_flush (self->teller);
  for (guint i = 0; i < self->stop_calls->len; i++)
    tyto_link_worker1_complete_stop (self->skeleton, self->stop_calls->pdata[i]);
  if (tyto_worker_teller_has_news (self->teller)) {
    g_clear_handle_id (&self->stop_timer, g_source_remove);
    self->linger_timer = g_timeout_add_seconds (LINGER_S, on_linger_over, self);
  } else {
    flush (self);
  }
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TytoWorkerService) self = user_data;

  if (--self->stops_pending == 0)
    finish (self);
}

/* When finishing hangs (a dead disk), the process ends nevertheless. */
static gboolean
on_stop_timer (gpointer user_data)
{
  TytoWorkerService *self = user_data;

  self->stop_timer = 0;
  g_warning ("The open segments could not be finished within %d s.", STOP_WITHIN_S);
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0, FALSE);
  return G_SOURCE_REMOVE;
}

void
tyto_worker_service_stop (TytoWorkerService *self)
{
  g_autoptr (GList) captures = NULL;

  if (self->stopping)
    return;
  self->stopping = TRUE;
  self->stop_timer = g_timeout_add_seconds (STOP_WITHIN_S, on_stop_timer, self);
  captures = tyto_worker_cameras_list (self->cameras);
  self->stops_pending = g_list_length (captures);
  if (captures == NULL)
    finish (self);
  for (GList *l = captures; l != NULL; l = l->next)
    tyto_capture_stop_async (l->data, on_stopped, g_object_ref (self));
}
