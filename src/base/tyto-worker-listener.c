/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-worker-listener.h"

#include <unistd.h>

struct _TytoWorkerListener {
  GObject parent_instance;

  GSocketService *service;
  GDBusAuthObserver *observer;
  GCancellable *cancellable;
};

enum { SIGNAL_CONNECTED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoWorkerListener, tyto_worker_listener, G_TYPE_OBJECT)

static gboolean
on_allow_mechanism (GDBusAuthObserver *observer, const char *mechanism, gpointer unused)
{
  return g_str_equal (mechanism, "EXTERNAL");
}

static gboolean
is_same_user (GCredentials *credentials)
{
  return credentials != NULL && g_credentials_get_unix_user (credentials, NULL) == geteuid ();
}

static gboolean
on_authorize (GDBusAuthObserver *observer, GIOStream *stream, GCredentials *credentials,
              gpointer unused)
{
  return is_same_user (credentials);
}

static void
on_connection (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TytoWorkerListener) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_dbus_connection_new_finish (result, &error);

  if (connection == NULL) {
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      g_warning ("A client of the worker's socket was refused: %s", error->message);
    return;
  }
  g_signal_emit (self, signals[SIGNAL_CONNECTED], 0, connection);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *stream, GObject *source,
             gpointer user_data)
{
  TytoWorkerListener *self = user_data;
  g_autoptr (GCredentials) credentials
      = g_socket_get_credentials (g_socket_connection_get_socket (stream), NULL);
  g_autofree char *guid = NULL;

  if (!is_same_user (credentials)) {
    g_warning ("A client of another user was turned away from the worker's socket.");
    return TRUE;
  }
  guid = g_dbus_generate_guid ();
  g_dbus_connection_new (G_IO_STREAM (stream), guid,
                         G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER
                             | G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                         self->observer, self->cancellable, on_connection, g_object_ref (self));
  return TRUE;
}

static void
tyto_worker_listener_dispose (GObject *object)
{
  TytoWorkerListener *self = TYTO_WORKER_LISTENER (object);

  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  G_OBJECT_CLASS (tyto_worker_listener_parent_class)->dispose (object);
}

static void
tyto_worker_listener_finalize (GObject *object)
{
  TytoWorkerListener *self = TYTO_WORKER_LISTENER (object);

  g_object_unref (self->service);
  g_object_unref (self->observer);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (tyto_worker_listener_parent_class)->finalize (object);
}

static void
tyto_worker_listener_class_init (TytoWorkerListenerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_worker_listener_dispose;
  object_class->finalize = tyto_worker_listener_finalize;
  signals[SIGNAL_CONNECTED]
      = g_signal_new ("connected", TYTO_TYPE_WORKER_LISTENER, G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 1, G_TYPE_DBUS_CONNECTION);
}

static void
tyto_worker_listener_init (TytoWorkerListener *self)
{
  self->service = g_socket_service_new ();
  self->observer = g_dbus_auth_observer_new ();
  self->cancellable = g_cancellable_new ();
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  g_signal_connect (self->observer, "allow-mechanism", G_CALLBACK (on_allow_mechanism), NULL);
  g_signal_connect (self->observer, "authorize-authenticated-peer", G_CALLBACK (on_authorize),
                    NULL);
}

TytoWorkerListener *
tyto_worker_listener_new (void)
{
  return g_object_new (TYTO_TYPE_WORKER_LISTENER, NULL);
}

gboolean
tyto_worker_listener_start (TytoWorkerListener *self, GSocket *socket, GError **error)
{
  if (!g_socket_listener_add_socket (G_SOCKET_LISTENER (self->service), socket, NULL, error))
    return FALSE;
  g_socket_service_start (self->service);
  return TRUE;
}
