/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-role-process.h"

#include "base/tyto-backoff.h"
#include "base/tyto-error.h"
#include "recorder/workers/tyto-process-handle.h"

#include <signal.h>
#include <unistd.h>

#define CALL_MS     12000
#define CONNECT_MS  20000
#define WATCHDOG_S  10
#define WATCHDOG_MS 20000
#define STOP_MS     3000 /* it only closes its connections */

struct _TytoRoleProcess {
  GObject parent_instance;

  TytoRole role;
  TytoWorkerLauncher *launcher;
  GVariant *settings; /* nullable: not to run */
  TytoWorkerSocket socket;
  TytoProcessHandle *handle;   /* nullable: runs */
  GDBusConnection *connection; /* nullable: open */
  GCancellable *cancellable;   /* nullable: of the connection being made or open */
  TytoBackoff backoff;
  gboolean ready;
  guint n_starts;
  guint signal_id; /* the subscription */
  guint restart_source;
  guint kill_source;
  guint watchdog_source;
};

G_DEFINE_FINAL_TYPE (TytoRoleProcess, tyto_role_process, G_TYPE_OBJECT)

enum { SIGNAL_READY, SIGNAL_REFUSED, SIGNAL_TOLD, SIGNAL_ENDED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void start (TytoRoleProcess *self);

TytoRoleProcess *
tyto_role_process_new (TytoWorkerLauncher *launcher, const TytoRole *role)
{
  TytoRoleProcess *self = g_object_new (TYTO_TYPE_ROLE_PROCESS, NULL);

  self->launcher = g_object_ref (launcher);
  self->role = *role;
  return self;
}

gboolean
tyto_role_process_is_ready (TytoRoleProcess *self)
{
  return self->ready;
}

gboolean
tyto_role_process_is_wanted (TytoRoleProcess *self)
{
  return self->settings != NULL;
}

guint
tyto_role_process_get_pid (TytoRoleProcess *self)
{
  return self->handle != NULL ? tyto_process_handle_get_pid (self->handle) : 0;
}

guint
tyto_role_process_get_restarts (TytoRoleProcess *self)
{
  return self->n_starts > 0 ? self->n_starts - 1 : 0;
}

/* --- Its end --- */

static void
hang_up (TytoRoleProcess *self)
{
  self->ready = FALSE;
  g_clear_handle_id (&self->watchdog_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->connection == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->connection, self);
  if (self->signal_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->signal_id);
  self->signal_id = 0;
  g_dbus_connection_close (self->connection, NULL, NULL, NULL);
  g_clear_object (&self->connection);
}

static void
kill_now (TytoRoleProcess *self)
{
  if (self->handle != NULL)
    tyto_process_handle_signal (self->handle, SIGKILL);
}

static gboolean
on_kill_time (gpointer data)
{
  TytoRoleProcess *self = data;

  self->kill_source = 0;
  g_warning ("The %s (process %u) does not end or answer; it is killed", self->role.name,
             tyto_role_process_get_pid (self));
  kill_now (self);
  return G_SOURCE_REMOVE;
}

static void
kill_after (TytoRoleProcess *self, guint delay_ms)
{
  g_clear_handle_id (&self->kill_source, g_source_remove);
  self->kill_source = g_timeout_add (delay_ms, on_kill_time, self);
}

static gboolean
on_restart_time (gpointer data)
{
  TytoRoleProcess *self = data;

  self->restart_source = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

static void
restart_later (TytoRoleProcess *self)
{
  if (!self->role.restarts)
    g_clear_pointer (&self->settings, g_variant_unref);
  else if (self->settings != NULL && self->restart_source == 0)
    self->restart_source
        = g_timeout_add (tyto_backoff_next (&self->backoff), on_restart_time, self);
}

static void
on_exited (TytoProcessHandle *handle, const char *how, TytoRoleProcess *self)
{
  g_autoptr (TytoRoleProcess) held = g_object_ref (self);

  if (self->settings != NULL)
    g_warning ("The %s ended (%s)%s", self->role.name, how,
               self->role.restarts ? "; it is started again" : "");
  g_signal_handlers_disconnect_by_data (handle, self);
  g_clear_object (&self->handle);
  g_clear_handle_id (&self->kill_source, g_source_remove);
  tyto_worker_socket_remove (&self->socket);
  tyto_worker_socket_clear (&self->socket);
  hang_up (self);
  restart_later (self);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, how);
}

static void
on_closed (GDBusConnection *connection, gboolean remote_vanished, GError *error,
           TytoRoleProcess *self)
{
  hang_up (self);
  if (self->handle != NULL && self->kill_source == 0)
    kill_after (self, STOP_MS);
}

static void
give_up (TytoRoleProcess *self, const char *why)
{
  g_warning ("Cannot talk to the %s: %s", self->role.name, why);
  hang_up (self);
  kill_now (self);
}

/* --- The link --- */

/* What the process is, a hung one answers to nobody: it knows nothing called "". */
static void
on_watchdog_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRoleProcess) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && self->connection != NULL)
    give_up (self, "it does not answer");
}

static gboolean
on_watchdog (gpointer data)
{
  TytoRoleProcess *self = data;

  g_dbus_connection_call (self->connection, NULL, self->role.object_path, self->role.interface,
                          self->role.watchdog, g_variant_new ("(s)", ""), NULL,
                          G_DBUS_CALL_FLAGS_NONE, WATCHDOG_MS, self->cancellable,
                          on_watchdog_answer, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

static void
become_ready (TytoRoleProcess *self)
{
  g_clear_handle_id (&self->kill_source, g_source_remove);
  self->ready = TRUE;
  g_signal_emit (self, signals[SIGNAL_READY], 0);
}

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRoleProcess) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (self->connection != G_DBUS_CONNECTION (source))
    return;
  if (answer != NULL) {
    become_ready (self);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT)) {
    g_clear_handle_id (&self->kill_source, g_source_remove);
    g_dbus_error_strip_remote_error (error);
    g_signal_emit (self, signals[SIGNAL_REFUSED], 0, error->message);
  } else {
    give_up (self, error->message);
  }
}

static void
tell_settings (TytoRoleProcess *self)
{
  g_dbus_connection_call (self->connection, NULL, self->role.object_path, self->role.interface,
                          "Configure", g_variant_new ("(@a{sv})", self->settings), NULL,
                          G_DBUS_CALL_FLAGS_NONE, CALL_MS, self->cancellable, on_configured,
                          g_object_ref (self));
}

static void
on_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
           const char *name, GVariant *parameters, gpointer data)
{
  g_signal_emit (data, signals[SIGNAL_TOLD], 0, name, parameters);
}

static gboolean
is_same_user (GDBusConnection *connection, GError **error)
{
  GSocketConnection *stream = G_SOCKET_CONNECTION (g_dbus_connection_get_stream (connection));
  g_autoptr (GCredentials) peer
      = g_socket_get_credentials (g_socket_connection_get_socket (stream), error);

  return peer != NULL && g_credentials_get_unix_user (peer, NULL) == geteuid ();
}

static void
on_connection (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRoleProcess) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection
      = g_dbus_connection_new_for_address_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL || !is_same_user (connection, &error)) {
    give_up (self, error != NULL ? error->message : "its socket is another user's");
    return;
  }
  self->connection = g_steal_pointer (&connection);
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  self->signal_id = g_dbus_connection_signal_subscribe (
      self->connection, NULL, self->role.interface, NULL, self->role.object_path, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
  if (self->role.watchdog != NULL)
    self->watchdog_source = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, self);
  if (self->role.configures)
    tell_settings (self);
  else
    become_ready (self);
}

static void
start (TytoRoleProcess *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) subprocess = tyto_worker_launcher_spawn_role (
      self->launcher, self->role.role, self->role.instance, &self->socket, &error);

  if (subprocess == NULL) {
    g_warning ("The %s cannot be started: %s", self->role.name, error->message);
    tyto_worker_socket_clear (&self->socket);
    restart_later (self);
    g_signal_emit (self, signals[SIGNAL_ENDED], 0, error->message);
    return;
  }
  self->n_starts++;
  self->handle = tyto_process_handle_new_for_child (subprocess);
  g_signal_connect (self->handle, "exited", G_CALLBACK (on_exited), self);
  kill_after (self, CONNECT_MS);
  self->cancellable = g_cancellable_new ();
  g_dbus_connection_new_for_address (self->socket.address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     self->cancellable, on_connection, g_object_ref (self));
}

void
tyto_role_process_configure (TytoRoleProcess *self, GVariant *settings)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (settings);

  g_clear_pointer (&self->settings, g_variant_unref);
  self->settings = g_steal_pointer (&held);
  if (self->connection != NULL && self->role.configures)
    tell_settings (self);
  else if (self->handle == NULL && self->restart_source == 0)
    start (self);
}

void
tyto_role_process_stop (TytoRoleProcess *self)
{
  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_handle_id (&self->restart_source, g_source_remove);
  hang_up (self);
  if (self->handle == NULL)
    return;
  tyto_process_handle_signal (self->handle, SIGTERM);
  kill_after (self, STOP_MS);
}

/* --- Calls --- */

static void
on_called (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoRoleProcess *self = g_task_get_source_object (task);
  GError *error = NULL;
  GVariant *answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (answer != NULL) {
    tyto_backoff_reset (&self->backoff);
    g_task_return_pointer (task, answer, (GDestroyNotify) g_variant_unref);
  } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_task_return_error (task, error);
  } else if (error->domain == TYTO_ERROR) {
    g_dbus_error_strip_remote_error (error);
    g_task_return_error (task, error);
  } else {
    g_debug ("%s: %s", (const char *) g_task_get_task_data (task), error->message);
    g_error_free (error);
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_WRONG_STATE, "The %s ended meanwhile",
                             self->role.name);
  }
}

void
tyto_role_process_call_async (TytoRoleProcess *self, const char *method, GVariant *arguments,
                              const GVariantType *type, int timeout_ms, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GVariant) held = g_variant_ref_sink (arguments);

  g_task_set_task_data (task, g_strdup (method), g_free);
  if (!self->ready) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_WRONG_STATE, "The %s is not ready",
                             self->role.name);
    return;
  }
  g_dbus_connection_call (self->connection, NULL, self->role.object_path, self->role.interface,
                          method, held, type, G_DBUS_CALL_FLAGS_NONE,
                          timeout_ms < 0 ? G_MAXINT : timeout_ms, cancellable, on_called,
                          g_steal_pointer (&task));
}

GVariant *
tyto_role_process_call_finish (TytoRoleProcess *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
tyto_role_process_tell (TytoRoleProcess *self, const char *method, GVariant *arguments)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (arguments);

  if (self->connection != NULL)
    g_dbus_connection_call (self->connection, NULL, self->role.object_path, self->role.interface,
                            method, held, NULL, G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, NULL, NULL);
}

/* --- The object --- */

static void
tyto_role_process_dispose (GObject *object)
{
  TytoRoleProcess *self = TYTO_ROLE_PROCESS (object);

  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_handle_id (&self->restart_source, g_source_remove);
  g_clear_handle_id (&self->kill_source, g_source_remove);
  hang_up (self);
  if (self->handle != NULL) {
    g_signal_handlers_disconnect_by_data (self->handle, self);
    kill_now (self);
    tyto_worker_socket_remove (&self->socket);
  }
  g_clear_object (&self->handle);
  tyto_worker_socket_clear (&self->socket);
  g_clear_object (&self->launcher);
  G_OBJECT_CLASS (tyto_role_process_parent_class)->dispose (object);
}

static void
tyto_role_process_class_init (TytoRoleProcessClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_role_process_dispose;
  signals[SIGNAL_READY]
      = g_signal_new ("ready", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_REFUSED] = g_signal_new ("refused", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_TOLD] = g_signal_new ("told", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                       G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
tyto_role_process_init (TytoRoleProcess *self)
{
  self->socket = (TytoWorkerSocket) TYTO_WORKER_SOCKET_INIT;
  self->backoff = (TytoBackoff) TYTO_BACKOFF_INIT;
}
