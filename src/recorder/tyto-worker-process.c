/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-worker-process.h"

#include "base/tyto-error.h"

#include <signal.h>

#define OBJECT_PATH "/org/tyto/Worker"
#define CALL_MS     12000 /* the worker's own limit is 8 s */
#define STOP_MS     9000
#define CONNECT_MS  20000
#define WATCHDOG_S  10
#define WATCHDOG_MS 20000
#define LONELY_MS   9000 /* alive, but its connection closed: it is finishing its segments */

struct _TytoWorkerProcess {
  GObject parent_instance;

  TytoWorkerLauncher *launcher;
  guint number;

  TytoWorkerSocket socket;
  GSubprocess *subprocess;     /* nullable: runs */
  GDBusConnection *connection; /* nullable: open */
  TytoLinkWorker1 *link;       /* nullable */
  GCancellable *cancellable;   /* of the connect and the watchdog */
  gboolean connecting;
  gboolean stopping;
  gboolean ended;
  char *how;
  gint64 start_us;
  guint kill_source;
  guint watchdog_source;
};

G_DEFINE_FINAL_TYPE (TytoWorkerProcess, tyto_worker_process, G_TYPE_OBJECT)

enum { SIGNAL_CONNECTED, SIGNAL_ENDED, N_SIGNALS };

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
  if (self->ended || self->subprocess != NULL || self->connection != NULL || self->connecting)
    return;
  self->ended = TRUE;
  g_clear_handle_id (&self->kill_source, g_source_remove);
  g_clear_handle_id (&self->watchdog_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
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
  return G_SOURCE_REMOVE;
}

static void
kill_after (TytoWorkerProcess *self, guint delay_ms)
{
  g_clear_handle_id (&self->kill_source, g_source_remove);
  self->kill_source = g_timeout_add (delay_ms, on_kill_time, self);
}

static void
on_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerProcess) self = data;
  GSubprocess *subprocess = G_SUBPROCESS (source);

  g_subprocess_wait_finish (subprocess, result, NULL);
  if (g_subprocess_get_if_signaled (subprocess))
    set_how (self,
             g_strdup_printf ("killed by signal %d (%s)", g_subprocess_get_term_sig (subprocess),
                              g_strsignal (g_subprocess_get_term_sig (subprocess))));
  else
    set_how (self, g_strdup_printf ("it exited with status %d",
                                    g_subprocess_get_exit_status (subprocess)));
  g_clear_object (&self->subprocess);
  g_cancellable_cancel (self->cancellable);
  check_ended (self);
}

static void
on_closed (GDBusConnection *connection, gboolean remote_vanished, GError *error,
           TytoWorkerProcess *self)
{
  g_signal_handlers_disconnect_by_data (connection, self);
  g_clear_object (&self->link);
  g_clear_object (&self->connection);
  if (self->subprocess != NULL && self->kill_source == 0)
    kill_after (self, LONELY_MS);
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

static void
on_link (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerProcess) self = data;
  g_autoptr (GError) error = NULL;

  self->connecting = FALSE;
  self->link = tyto_link_worker1_proxy_new_finish (result, &error);
  if (self->link == NULL || self->connection == NULL) {
    g_clear_object (&self->link);
    tyto_worker_process_kill (self);
    check_ended (self);
    return;
  }
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->link), CALL_MS);
  if (self->stopping) {
    tyto_worker_process_stop (self);
    return;
  }
  g_clear_handle_id (&self->kill_source, g_source_remove);
  self->watchdog_source = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, self);
  g_signal_emit (self, signals[SIGNAL_CONNECTED], 0);
}

static void
on_connection (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoWorkerProcess) self = data;
  g_autoptr (GError) error = NULL;

  self->connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (self->connection == NULL) {
    self->connecting = FALSE;
    if (self->subprocess != NULL)
      g_warning ("Cannot connect to worker %u: %s", self->number, error->message);
    tyto_worker_process_kill (self);
    check_ended (self);
    return;
  }
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  tyto_link_worker1_proxy_new (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL,
                               OBJECT_PATH, NULL, on_link, g_object_ref (self));
}

static gboolean
on_not_started (gpointer data)
{
  check_ended (data);
  return G_SOURCE_REMOVE;
}

void
tyto_worker_process_start (TytoWorkerProcess *self)
{
  g_autoptr (GError) error = NULL;

  self->start_us = g_get_monotonic_time ();
  self->subprocess
      = tyto_worker_launcher_spawn (self->launcher, self->number, &self->socket, &error);
  if (self->subprocess == NULL) {
    set_how (self, g_strdup_printf ("it could not be started (%s)", error->message));
    g_idle_add_full (G_PRIORITY_DEFAULT, on_not_started, g_object_ref (self), g_object_unref);
    return;
  }
  self->connecting = TRUE;
  kill_after (self, CONNECT_MS);
  g_subprocess_wait_async (self->subprocess, NULL, on_waited, g_object_ref (self));
  g_dbus_connection_new_for_address (self->socket.address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                     self->cancellable, on_connection, g_object_ref (self));
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
  if (self->link == NULL) {
    if (self->connection == NULL)
      tyto_worker_process_kill (self);
    return;
  }
  kill_after (self, STOP_MS);
  tyto_link_worker1_call_stop (self->link, NULL, on_stop_answer, NULL);
}

void
tyto_worker_process_kill (TytoWorkerProcess *self)
{
  if (self->subprocess != NULL)
    g_subprocess_send_signal (self->subprocess, SIGKILL);
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
  const char *id = self->subprocess != NULL ? g_subprocess_get_identifier (self->subprocess) : NULL;

  return id != NULL ? (guint) g_ascii_strtoull (id, NULL, 10) : 0;
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

  g_clear_handle_id (&self->kill_source, g_source_remove);
  g_clear_handle_id (&self->watchdog_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->link);
  g_clear_object (&self->connection);
  tyto_worker_process_kill (self);
  G_OBJECT_CLASS (tyto_worker_process_parent_class)->dispose (object);
}

static void
tyto_worker_process_finalize (GObject *object)
{
  TytoWorkerProcess *self = TYTO_WORKER_PROCESS (object);

  tyto_worker_socket_clear (&self->socket);
  g_clear_object (&self->subprocess);
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
