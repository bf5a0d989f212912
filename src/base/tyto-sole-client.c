/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-sole-client.h"

#include "base/tyto-worker-listener.h"

#define NEEDLESS_AFTER_S 60

struct _TytoSoleClient {
  GObject parent_instance;

  GDBusInterfaceSkeleton *skeleton;
  char *object_path;
  TytoWorkerListener *listener; /* nullable */
  GDBusConnection *connection;  /* nullable: nobody came yet */
  guint needless_timer;
};

enum { SIGNAL_GONE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoSoleClient, tyto_sole_client, G_TYPE_OBJECT)

static gboolean
on_needless (gpointer user_data)
{
  TytoSoleClient *self = user_data;

  self->needless_timer = 0;
  g_message ("Nobody connected for %d s: ending.", NEEDLESS_AFTER_S);
  g_signal_emit (self, signals[SIGNAL_GONE], 0);
  return G_SOURCE_REMOVE;
}

static void
on_closed (GDBusConnection *connection, gboolean vanished, GError *error, TytoSoleClient *self)
{
  g_signal_emit (self, signals[SIGNAL_GONE], 0);
}

static void
on_connected (TytoWorkerListener *listener, GDBusConnection *connection, TytoSoleClient *self)
{
  g_autoptr (GError) error = NULL;

  if (self->connection != NULL) {
    g_warning ("A second client was turned away from the socket.");
    g_dbus_connection_close (connection, NULL, NULL, NULL);
    return;
  }
  if (!g_dbus_interface_skeleton_export (self->skeleton, connection, self->object_path, &error)) {
    g_warning ("The object %s cannot be exported: %s", self->object_path, error->message);
    g_dbus_connection_close (connection, NULL, NULL, NULL);
    return;
  }
  g_clear_handle_id (&self->needless_timer, g_source_remove);
  self->connection = g_object_ref (connection);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
  g_dbus_connection_start_message_processing (connection);
}

static void
tyto_sole_client_dispose (GObject *object)
{
  TytoSoleClient *self = TYTO_SOLE_CLIENT (object);

  g_clear_handle_id (&self->needless_timer, g_source_remove);
  if (self->connection != NULL) {
    g_signal_handlers_disconnect_by_data (self->connection, self);
    g_dbus_interface_skeleton_unexport (self->skeleton);
  }
  g_clear_object (&self->connection);
  g_clear_object (&self->listener);
  g_clear_object (&self->skeleton);
  G_OBJECT_CLASS (tyto_sole_client_parent_class)->dispose (object);
}

static void
tyto_sole_client_finalize (GObject *object)
{
  g_free (TYTO_SOLE_CLIENT (object)->object_path);
  G_OBJECT_CLASS (tyto_sole_client_parent_class)->finalize (object);
}

static void
tyto_sole_client_class_init (TytoSoleClientClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_sole_client_dispose;
  object_class->finalize = tyto_sole_client_finalize;
  signals[SIGNAL_GONE] = g_signal_new ("gone", TYTO_TYPE_SOLE_CLIENT, G_SIGNAL_RUN_FIRST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_sole_client_init (TytoSoleClient *self)
{
  self->needless_timer = g_timeout_add_seconds (NEEDLESS_AFTER_S, on_needless, self);
}

TytoSoleClient *
tyto_sole_client_new (GDBusInterfaceSkeleton *skeleton, const char *object_path)
{
  TytoSoleClient *self = g_object_new (TYTO_TYPE_SOLE_CLIENT, NULL);

  self->skeleton = g_object_ref (skeleton);
  self->object_path = g_strdup (object_path);
  return self;
}

gboolean
tyto_sole_client_listen (TytoSoleClient *self, GSocket *socket, GError **error)
{
  self->listener = tyto_worker_listener_new ();
  g_signal_connect (self->listener, "connected", G_CALLBACK (on_connected), self);
  return tyto_worker_listener_start (self->listener, socket, error);
}
