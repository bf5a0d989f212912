/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archiver-process.h"

#include "base/tyto-backoff.h"
#include "base/tyto-error.h"
#include "recorder/workers/tyto-process-handle.h"

#include <signal.h>
#include <unistd.h>

#define OBJECT_PATH "/org/tyto/Archiver"
#define INTERFACE   "org.tyto.Archiver1"
#define CALL_MS     12000
#define CONNECT_MS  20000
#define WATCHDOG_S  10
#define WATCHDOG_MS 20000
#define STOP_MS     3000 /* it only closes its connections */

struct _TytoArchiverProcess {
  GObject parent_instance;

  TytoWorkerLauncher *launcher;
  GVariant *settings; /* nullable: not to run */
  TytoWorkerSocket socket;
  TytoProcessHandle *handle;   /* nullable: runs */
  GDBusConnection *connection; /* nullable: open */
  GCancellable *cancellable;   /* nullable: of the connection being made or open */
  TytoBackoff backoff;
  gboolean ready;
  guint signal_id; /* the subscription */
  guint restart_source;
  guint kill_source;
  guint watchdog_source;
};

G_DEFINE_FINAL_TYPE (TytoArchiverProcess, tyto_archiver_process, G_TYPE_OBJECT)

enum { SIGNAL_READY, SIGNAL_FAILED, SIGNAL_BEGUN, SIGNAL_PROGRESS, N_SIGNALS };

static guint signals[N_SIGNALS];

static void start (TytoArchiverProcess *self);

TytoArchiverProcess *
tyto_archiver_process_new (TytoWorkerLauncher *launcher)
{
  TytoArchiverProcess *self = g_object_new (TYTO_TYPE_ARCHIVER_PROCESS, NULL);

  self->launcher = g_object_ref (launcher);
  return self;
}

gboolean
tyto_archiver_process_is_ready (TytoArchiverProcess *self)
{
  return self->ready;
}

guint
tyto_archiver_process_get_pid (TytoArchiverProcess *self)
{
  return self->handle != NULL ? tyto_process_handle_get_pid (self->handle) : 0;
}

/* --- Its end --- */

static void
hang_up (TytoArchiverProcess *self)
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
kill_now (TytoArchiverProcess *self)
{
  if (self->handle != NULL)
    tyto_process_handle_signal (self->handle, SIGKILL);
}

static gboolean
on_kill_time (gpointer data)
{
  TytoArchiverProcess *self = data;

  self->kill_source = 0;
  g_warning ("The worker that uploads (process %u) does not end or answer; it is killed",
             tyto_archiver_process_get_pid (self));
  kill_now (self);
  return G_SOURCE_REMOVE;
}

static void
kill_after (TytoArchiverProcess *self, guint delay_ms)
{
  g_clear_handle_id (&self->kill_source, g_source_remove);
  self->kill_source = g_timeout_add (delay_ms, on_kill_time, self);
}

static gboolean
on_restart_time (gpointer data)
{
  TytoArchiverProcess *self = data;

  self->restart_source = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

static void
restart_later (TytoArchiverProcess *self)
{
  if (self->settings != NULL && self->restart_source == 0)
    self->restart_source
        = g_timeout_add (tyto_backoff_next (&self->backoff), on_restart_time, self);
}

static void
on_exited (TytoProcessHandle *handle, const char *how, TytoArchiverProcess *self)
{
  g_autoptr (TytoArchiverProcess) held = g_object_ref (self);

  if (self->settings != NULL)
    g_warning ("The worker that uploads ended (%s); it is started again", how);
  g_signal_handlers_disconnect_by_data (handle, self);
  g_clear_object (&self->handle);
  g_clear_handle_id (&self->kill_source, g_source_remove);
  tyto_worker_socket_remove (&self->socket);
  tyto_worker_socket_clear (&self->socket);
  hang_up (self);
  restart_later (self);
}

static void
on_closed (GDBusConnection *connection, gboolean remote_vanished, GError *error,
           TytoArchiverProcess *self)
{
  hang_up (self);
  if (self->handle != NULL && self->kill_source == 0)
    kill_after (self, STOP_MS);
}

static void
give_up (TytoArchiverProcess *self, const char *why)
{
  g_warning ("Cannot talk to the worker that uploads: %s", why);
  hang_up (self);
  kill_now (self);
}

/* --- The link --- */

/* What the worker is, a hung one answers to nobody: it knows no upload called "". */
static void
on_watchdog_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoArchiverProcess) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && self->connection != NULL)
    give_up (self, "it does not answer");
}

static gboolean
on_watchdog (gpointer data)
{
  TytoArchiverProcess *self = data;

  g_dbus_connection_call (self->connection, NULL, OBJECT_PATH, INTERFACE, "DescribePipeline",
                          g_variant_new ("(s)", ""), NULL, G_DBUS_CALL_FLAGS_NONE, WATCHDOG_MS,
                          self->cancellable, on_watchdog_answer, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

static void
on_configured (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoArchiverProcess) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (self->connection != G_DBUS_CONNECTION (source))
    return;
  if (answer != NULL) {
    g_clear_handle_id (&self->kill_source, g_source_remove);
    self->ready = TRUE;
    g_signal_emit (self, signals[SIGNAL_READY], 0);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT)) {
    g_clear_handle_id (&self->kill_source, g_source_remove);
    g_dbus_error_strip_remote_error (error);
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error->message);
  } else {
    give_up (self, error->message);
  }
}

static void
tell_settings (TytoArchiverProcess *self)
{
  g_dbus_connection_call (self->connection, NULL, OBJECT_PATH, INTERFACE, "Configure",
                          g_variant_new ("(@a{sv})", self->settings), NULL, G_DBUS_CALL_FLAGS_NONE,
                          CALL_MS, self->cancellable, on_configured, g_object_ref (self));
}

static void
on_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
           const char *name, GVariant *parameters, gpointer data)
{
  TytoArchiverProcess *self = data;
  const char *id, *upload;
  guint64 sent, total, rate;

  if (g_str_equal (name, "Begun") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ss)"))) {
    g_variant_get (parameters, "(&s&s)", &id, &upload);
    g_signal_emit (self, signals[SIGNAL_BEGUN], 0, id, upload);
  } else if (g_str_equal (name, "Progress")
             && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sttt)"))) {
    g_variant_get (parameters, "(&sttt)", &id, &sent, &total, &rate);
    g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, id, sent, total, rate);
  }
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
  g_autoptr (TytoArchiverProcess) self = data;
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
  self->signal_id
      = g_dbus_connection_signal_subscribe (self->connection, NULL, INTERFACE, NULL, OBJECT_PATH,
                                            NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
  self->watchdog_source = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, self);
  tell_settings (self);
}

static void
start (TytoArchiverProcess *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) subprocess
      = tyto_worker_launcher_spawn_archiver (self->launcher, &self->socket, &error);

  if (subprocess == NULL) {
    g_warning ("The worker that uploads cannot be started: %s", error->message);
    tyto_worker_socket_clear (&self->socket);
    restart_later (self);
    return;
  }
  self->handle = tyto_process_handle_new_for_child (subprocess);
  g_signal_connect (self->handle, "exited", G_CALLBACK (on_exited), self);
  kill_after (self, CONNECT_MS);
  self->cancellable = g_cancellable_new ();
  g_dbus_connection_new_for_address (self->socket.address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     self->cancellable, on_connection, g_object_ref (self));
}

void
tyto_archiver_process_configure (TytoArchiverProcess *self, GVariant *settings)
{
  g_autoptr (GVariant) held = g_variant_ref_sink (settings);

  g_clear_pointer (&self->settings, g_variant_unref);
  self->settings = g_steal_pointer (&held);
  if (self->connection != NULL)
    tell_settings (self);
  else if (self->handle == NULL && self->restart_source == 0)
    start (self);
}

void
tyto_archiver_process_stop (TytoArchiverProcess *self)
{
  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_handle_id (&self->restart_source, g_source_remove);
  hang_up (self);
  if (self->handle == NULL)
    return;
  tyto_process_handle_signal (self->handle, SIGTERM);
  kill_after (self, STOP_MS);
}

/* --- Uploads --- */

static void
on_uploaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoArchiverProcess *self = g_task_get_source_object (task);
  GDBusConnection *connection = G_DBUS_CONNECTION (source);
  g_autoptr (GVariant) object = NULL;
  GError *error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (connection, result, &error);

  if (answer != NULL) {
    tyto_backoff_reset (&self->backoff);
    object = g_variant_get_child_value (answer, 0);
    g_task_return_pointer (task, g_steal_pointer (&object), (GDestroyNotify) g_variant_unref);
  } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    if (!g_dbus_connection_is_closed (connection))
      g_dbus_connection_call (connection, NULL, OBJECT_PATH, INTERFACE, "Cancel",
                              g_variant_new ("(sb)", g_task_get_task_data (task), FALSE), NULL,
                              G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL, NULL, NULL);
    g_task_return_error (task, error);
  } else if (error->domain == TYTO_ERROR) {
    g_dbus_error_strip_remote_error (error);
    g_task_return_error (task, error);
  } else {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                             "The worker that uploads ended meanwhile");
    g_error_free (error);
  }
}

void
tyto_archiver_process_upload_async (TytoArchiverProcess *self, const char *id, GVariant *file,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GVariant) held = g_variant_ref_sink (file);

  g_task_set_task_data (task, g_strdup (id), g_free);
  if (!self->ready) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                             "The worker that uploads is not ready");
    return;
  }
  g_dbus_connection_call (self->connection, NULL, OBJECT_PATH, INTERFACE, "Upload",
                          g_variant_new ("(s@a{sv})", id, held), G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NONE, G_MAXINT, cancellable, on_uploaded,
                          g_steal_pointer (&task));
}

GVariant *
tyto_archiver_process_upload_finish (TytoArchiverProcess *self, GAsyncResult *result,
                                     GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
tyto_archiver_process_go_on (TytoArchiverProcess *self, const char *id)
{
  if (self->connection != NULL)
    g_dbus_connection_call (self->connection, NULL, OBJECT_PATH, INTERFACE, "Continue",
                            g_variant_new ("(s)", id), NULL, G_DBUS_CALL_FLAGS_NONE, CALL_MS, NULL,
                            NULL, NULL);
}

/* --- The object --- */

static void
tyto_archiver_process_dispose (GObject *object)
{
  TytoArchiverProcess *self = TYTO_ARCHIVER_PROCESS (object);

  g_clear_pointer (&self->settings, g_variant_unref);
  g_clear_handle_id (&self->restart_source, g_source_remove);
  g_clear_handle_id (&self->kill_source, g_source_remove);
  hang_up (self);
  if (self->handle != NULL) {
    g_signal_handlers_disconnect_by_data (self->handle, self);
    kill_now (self);
  }
  g_clear_object (&self->handle);
  tyto_worker_socket_clear (&self->socket);
  g_clear_object (&self->launcher);
  G_OBJECT_CLASS (tyto_archiver_process_parent_class)->dispose (object);
}

static void
tyto_archiver_process_class_init (TytoArchiverProcessClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_archiver_process_dispose;
  signals[SIGNAL_READY]
      = g_signal_new ("ready", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_BEGUN] = g_signal_new ("begun", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                      G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_UINT64);
}

static void
tyto_archiver_process_init (TytoArchiverProcess *self)
{
  self->socket = (TytoWorkerSocket) TYTO_WORKER_SOCKET_INIT;
  self->backoff = (TytoBackoff) TYTO_BACKOFF_INIT;
}
