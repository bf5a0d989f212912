/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-process.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/workers/tyto-process-handle.h"

#include <signal.h>
#include <unistd.h>

#define PROGRAM "tyto-worker"

#define OBJECT_PATH "/org/tyto/Worker"
#define CALL_MS     12000 /* the worker's own limit is 8 s */
#define STOP_MS     9000
#define CONNECT_MS  20000
#define WATCHDOG_S  10
#define WATCHDOG_MS 20000
#define LONELY_MS   9000 /* alive, but its connection closed: it is to finish its segments */

struct _TytoWorkerProcess {
  GObject parent_instance;

  TytoWorkerLauncher *launcher;
  guint number;

  TytoWorkerSocket socket;
  TytoProcessHandle *handle;   /* nullable: runs */
  GDBusConnection *connection; /* nullable: open */
  TytoLinkWorker1 *link;       /* nullable */
  GVariant *state;             /* nullable: what Attach answered */
  GCancellable *cancellable;   /* of the connect and the watchdog */
  gboolean adopting;           /* it is none that we started */
  gboolean connecting;
  gboolean stopping;
  gboolean left; /* to itself */
  gboolean ended;
  char *how;
  gint64 start_us;
  guint kill_source;
  guint watchdog_source;
};

G_DEFINE_FINAL_TYPE (TytoWorkerProcess, tyto_worker_process, G_TYPE_OBJECT)

enum { SIGNAL_LINKED, SIGNAL_CONNECTED, SIGNAL_ENDED, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoWorkerProcess *
tyto_worker_process_new (TytoWorkerLauncher *launcher, guint number)
{
  TytoWorkerProcess *self = g_object_new (TYTO_TYPE_WORKER_PROCESS, NULL);

  self->launcher = g_object_ref (launcher);
  self->number = number;
  return self;
}

/* Ended is what has neither a process nor a connection: the last news may still be on their way
 * when the process is gone. */
static void
check_ended (TytoWorkerProcess *self)
{
  if (self->ended || self->handle != NULL || self->connection != NULL || self->connecting)
    return;
  self->ended = TRUE;
  g_clear_handle_id (&self->kill_source, g_source_remove);
  g_clear_handle_id (&self->watchdog_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  tyto_worker_socket_remove (&self->socket);
  tyto_worker_socket_clear (&self->socket);
  g_object_ref (self);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, self->how);
  g_object_unref (self);
}

static void
set_how (TytoWorkerProcess *self, char *how)
{
  if (self->how == NULL)
    self->how = how;
  else
    g_free (how);
}

static gboolean
on_kill_time (gpointer data)
{
  TytoWorkerProcess *self = data;

  self->kill_source = 0;
  g_warning ("Worker %u (process %u) does not end or answer; it is killed", self->number,
             tyto_worker_process_get_pid (self));
  set_how (self, g_strdup ("it did not answer and was killed"));
  tyto_worker_process_kill (self);
  if (self->handle == NULL)
    g_cancellable_cancel (
        self->cancellable); /* not known by its process: nothing more is waited for */
  return G_SOURCE_REMOVE;
}

static void
kill_after (TytoWorkerProcess *self, guint delay_ms)
{
  g_clear_handle_id (&self->kill_source, g_source_remove);
  self->kill_source = g_timeout_add (delay_ms, on_kill_time, self);
}

static void
on_exited (TytoProcessHandle *handle, const char *how, TytoWorkerProcess *self)
{
  g_autoptr (TytoWorkerProcess) held = g_object_ref (self);

  set_how (self, g_strdup (how));
  g_signal_handlers_disconnect_by_data (handle, self);
  g_clear_object (&self->handle);
  g_cancellable_cancel (self->cancellable);
  check_ended (self);
}

static void
take_handle (TytoWorkerProcess *self, TytoProcessHandle *handle)
{
  if (self->handle != NULL)
    g_signal_handlers_disconnect_by_data (self->handle, self);
  g_clear_object (&self->handle);
  self->handle = handle;
  g_signal_connect (handle, "exited", G_CALLBACK (on_exited), self);
}

/* A worker does not hang up by itself: something is wrong with it or with the link. */
static void
on_closed (GDBusConnection *connection, gboolean remote_vanished, GError *error,
           TytoWorkerProcess *self)
{
  g_signal_handlers_disconnect_by_data (connection, self);
  g_clear_object (&self->link);
  g_clear_object (&self->connection);
  if (self->handle != NULL && self->kill_source == 0) {
    tyto_process_handle_signal (self->handle, SIGTERM);
    kill_after (self, LONELY_MS);
  }
  check_ended (self);
}

static void
on_watchdog_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerProcess) self = data;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) && !self->ended)
    kill_after (self, 0);
}

static gboolean
on_watchdog (gpointer data)
{
  TytoWorkerProcess *self = data;

  if (self->link != NULL)
    g_dbus_proxy_call (G_DBUS_PROXY (self->link), "GetStatistics", NULL, G_DBUS_CALL_FLAGS_NONE,
                       WATCHDOG_MS, self->cancellable, on_watchdog_answer, g_object_ref (self));
  return G_SOURCE_CONTINUE;
}

/* Over the link the worker says which process it is; the socket may still name who made it. */
static gboolean
find_process (TytoWorkerProcess *self, GError **error)
{
  guint pid = (guint) tyto_dict_uint (self->state, "pid", 0);
  TytoProcessHandle *handle;

  if (self->handle != NULL && tyto_process_handle_get_pid (self->handle) == pid)
    return TRUE;
  if (!self->adopting && self->handle != NULL)
    return TRUE; /* it runs in something of ours that started it: that is what is watched */
  handle = tyto_process_handle_new_for_pid (pid, NULL, error);
  if (handle == NULL)
    return FALSE;
  take_handle (self, handle);
  return TRUE;
}

static void
give_up (TytoWorkerProcess *self, const GError *error)
{
  g_warning ("Cannot talk to worker %u: %s", self->number, error->message);
  set_how (self, g_strdup ("it did not answer"));
  tyto_worker_process_kill (self);
  if (self->connection != NULL && self->handle == NULL)
    g_dbus_connection_close (self->connection, NULL, NULL, NULL); /* on_closed() goes on */
  check_ended (self);
}

static void
on_attached (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerProcess) self = data;
  g_autoptr (GError) error = NULL;

  self->connecting = FALSE;
  if (self->left || self->ended)
    return;
  if (self->link == NULL
      || !tyto_link_worker1_call_attach_finish (self->link, &self->state, result, &error)
      || !find_process (self, &error)) {
    if (error == NULL)
      tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE, NULL, "It hung up");
    give_up (self, error);
    return;
  }
  g_clear_handle_id (&self->kill_source, g_source_remove);
  self->watchdog_source = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, self);
  if (self->stopping)
    tyto_worker_process_stop (self);
  else if (tyto_dict_boolean (self->state, "stopping", FALSE)) {
    self->stopping = TRUE;
    kill_after (self, STOP_MS);
  }
  g_signal_emit (self, signals[SIGNAL_CONNECTED], 0);
}

static void
on_link (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerProcess) self = data;
  g_autoptr (GError) error = NULL;

  self->link = tyto_link_worker1_proxy_new_finish (result, &error);
  if (self->left || self->link == NULL || self->connection == NULL) {
    g_clear_object (&self->link);
    self->connecting = FALSE;
    tyto_worker_process_kill (self);
    check_ended (self);
    return;
  }
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->link), CALL_MS);
  g_signal_emit (self, signals[SIGNAL_LINKED], 0);
  tyto_link_worker1_call_attach (self->link, self->cancellable, on_attached, g_object_ref (self));
}

/* Who listens there, by SO_PEERCRED: must be the same user; the process is the worker, unless it
 * has not come to life yet. */
static gboolean
check_peer (TytoWorkerProcess *self, GError **error)
{
  GSocketConnection *stream = G_SOCKET_CONNECTION (g_dbus_connection_get_stream (self->connection));
  g_autoptr (GCredentials) peer
      = g_socket_get_credentials (g_socket_connection_get_socket (stream), error);
  TytoProcessHandle *handle;

  if (peer == NULL)
    return FALSE;
  if (g_credentials_get_unix_user (peer, NULL) != geteuid ()) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, NULL, "Its socket is another user's");
    return FALSE;
  }
  if (self->handle != NULL)
    return TRUE;
  handle = tyto_process_handle_new_for_pid ((guint) g_credentials_get_unix_pid (peer, NULL),
                                            PROGRAM, NULL);
  if (handle != NULL)
    take_handle (self, handle);
  return TRUE;
}

static void
on_connection (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerProcess) self = data;
  g_autoptr (GError) error = NULL;

  self->connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (self->left || self->connection == NULL) {
    self->connecting = FALSE;
    if (self->handle != NULL && !self->left)
      g_warning ("Cannot connect to worker %u: %s", self->number, error->message);
    tyto_worker_process_kill (self);
    check_ended (self);
    return;
  }
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  if (!check_peer (self, &error)) {
    self->connecting = FALSE;
    give_up (self, error);
    return;
  }
  tyto_link_worker1_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL,
                               OBJECT_PATH, NULL, on_link, g_object_ref (self));
}

static void
begin_connect (TytoWorkerProcess *self)
{
  self->connecting = TRUE;
  kill_after (self, CONNECT_MS);
  g_dbus_connection_new_for_address (self->socket.address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     self->cancellable, on_connection, g_object_ref (self));
}

static gboolean
on_not_started (gpointer data)
{
  check_ended (data);
  return G_SOURCE_REMOVE;
}

static void
tell_not_started (TytoWorkerProcess *self, const GError *error)
{
  set_how (self, g_strdup_printf ("it could not be started (%s)", error->message));
  g_idle_add_full (G_PRIORITY_DEFAULT, on_not_started, g_object_ref (self), g_object_unref);
}

void
tyto_worker_process_start (TytoWorkerProcess *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) subprocess
      = tyto_worker_launcher_spawn (self->launcher, self->number, &self->socket, &error);

  self->start_us = g_get_monotonic_time ();
  if (subprocess == NULL) {
    tell_not_started (self, error);
    return;
  }
  take_handle (self, tyto_process_handle_new_for_child (subprocess));
  begin_connect (self);
}

void
tyto_worker_process_adopt (TytoWorkerProcess *self)
{
  g_autoptr (GError) error = NULL;

  self->start_us = g_get_monotonic_time ();
  self->adopting = TRUE;
  if (tyto_worker_socket_find (&self->socket, tyto_worker_launcher_get_run_dir (self->launcher),
                               self->number, &error))
    begin_connect (self);
  else
    tell_not_started (self, error);
}

static void
on_stop_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  /* That it answered says nothing: its end does, and the clock runs. */
  if (!tyto_link_worker1_call_stop_finish (TYTO_LINK_WORKER1 (source), result, &error))
    g_debug ("Stop: %s", error->message);
}

void
tyto_worker_process_stop (TytoWorkerProcess *self)
{
  self->stopping = TRUE;
  if (self->state == NULL) {
    if (!self->adopting && self->connection == NULL)
      tyto_worker_process_kill (self);
    return; /* what may be recording is told to stop when it can be told */
  }
  if (self->link == NULL)
    return;
  kill_after (self, STOP_MS);
  tyto_link_worker1_call_stop (self->link, NULL, on_stop_answer, NULL);
}

void
tyto_worker_process_kill (TytoWorkerProcess *self)
{
  if (self->handle != NULL && !self->left)
    tyto_process_handle_signal (self->handle, SIGKILL);
}

/* Breaks with everything that could still end the process or be told of it. */
static void
let_be (TytoWorkerProcess *self)
{
  g_clear_handle_id (&self->kill_source, g_source_remove);
  g_clear_handle_id (&self->watchdog_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  if (self->handle != NULL)
    g_signal_handlers_disconnect_by_data (self->handle, self);
  g_clear_object (&self->link);
  g_clear_object (&self->connection);
}

void
tyto_worker_process_leave (TytoWorkerProcess *self)
{
  self->left = TRUE;
  let_be (self);
}

gboolean
tyto_worker_process_is_stopping (TytoWorkerProcess *self)
{
  return self->stopping;
}

TytoLinkWorker1 *
tyto_worker_process_get_link (TytoWorkerProcess *self)
{
  return self->link;
}

guint
tyto_worker_process_get_pid (TytoWorkerProcess *self)
{
  return self->handle != NULL ? tyto_process_handle_get_pid (self->handle) : 0;
}

GVariant *
tyto_worker_process_get_state (TytoWorkerProcess *self)
{
  return self->state;
}

gint64
tyto_worker_process_get_start (TytoWorkerProcess *self)
{
  return self->start_us;
}

static void
tyto_worker_process_dispose (GObject *object)
{
  TytoWorkerProcess *self = TYTO_WORKER_PROCESS (object);

  let_be (self);
  tyto_worker_process_kill (self);
  G_OBJECT_CLASS (tyto_worker_process_parent_class)->dispose (object);
}

static void
tyto_worker_process_finalize (GObject *object)
{
  TytoWorkerProcess *self = TYTO_WORKER_PROCESS (object);

  tyto_worker_socket_clear (&self->socket);
  g_clear_object (&self->handle);
  g_clear_pointer (&self->state, g_variant_unref);
  g_object_unref (self->cancellable);
  g_clear_object (&self->launcher);
  g_free (self->how);
  G_OBJECT_CLASS (tyto_worker_process_parent_class)->finalize (object);
}

static void
tyto_worker_process_class_init (TytoWorkerProcessClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_worker_process_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_worker_process_finalize;
  signals[SIGNAL_LINKED]
      = g_signal_new ("linked", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_CONNECTED]
      = g_signal_new ("connected", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
tyto_worker_process_init (TytoWorkerProcess *self)
{
  self->socket = (TytoWorkerSocket) TYTO_WORKER_SOCKET_INIT;
  self->cancellable = g_cancellable_new ();
}
