/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytod.c: main() of the control plane: builds settings, catalogue, recorder and its fronts, and
 * ends them in order. */
#include "api/dbus/tyto-dbus-service.h"
#include "api/http/tyto-http-server.h"
#include "api/webhooks/tyto-webhook-client.h"
#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "recorder/tyto-idle-exit.h"
#include "recorder/tyto-readiness.h"
#include "recorder/tyto-state-lock.h"
#include "recorder/tyto-watchdog.h"
#include "store/tyto-catalogue-sqlite.h"

#include <glib-unix.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

typedef struct {
  char *config;
  char *state;
  int port; /* -1: as set */
  char *bus;
  char *worker;
  gboolean activated;
  gboolean check_config;
  gboolean version;
} Options;

typedef struct {
  Options options;
  GMainLoop *loop;
  TytoSettings *settings;
  TytoRecorder *recorder;
  TytoHttpServer *http;
  TytoDbusService *dbus;  /* nullable */
  TytoIdleExit *idle;     /* nullable */
  TytoWatchdog *watchdog; /* nullable */
  GCancellable *starting; /* cancelled when we are to end before we are up */
  gboolean ending;
  int lock;   /* descriptor of tyto_state_lock() */
  int status; /* exit code */
} Tytod;

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[]
      = { { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config,
            "Settings (/etc/tyto/tyto.conf; STATE/tyto.conf when --state is given)", "FILE" },
          { "state", 's', 0, G_OPTION_ARG_FILENAME, &options->state,
            "Catalogue, secrets and, unless set otherwise, recordings (/var/lib/tyto)", "DIR" },
          { "port", 'p', 0, G_OPTION_ARG_INT, &options->port, "REST port, 0 for any (as set: 8083)",
            "N" },
          { "bus", 'b', 0, G_OPTION_ARG_STRING, &options->bus,
            "system, session, none or a D-Bus address (system where it can be had)", "BUS" },
          { "worker", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &options->worker,
            "The tyto-worker program", "PATH" },
          { "activated", 0, 0, G_OPTION_ARG_NONE, &options->activated,
            "End when idle: somebody starts it again when it is needed", NULL },
          { "check-config", 0, 0, G_OPTION_ARG_NONE, &options->check_config,
            "Say what is wrong with the settings and end: 0 for nothing, else 78", NULL },
          { "version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Say the version", NULL },
          { NULL } };
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- Tyto's recording service for cameras");

  options->port = -1;
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (
      context, "  tytod --state ~/tyto --port 8083 --bus none\n\nSee tytod(8) and tyto.conf(5).");
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc == 1 && options->port >= -1 && options->port <= 65535)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "See tytod --help.", "%s",
                  *argc > 1 ? "There are words that are no options" : "--port must be 0 to 65535");
  return FALSE;
}

/* The first of a list of directories that systemd names in @variable. (transfer full) (nullable) */
static char *
get_systemd_directory (const char *variable)
{
  const char *list = g_getenv (variable);

  return list != NULL && *list != '\0' ? g_strndup (list, strcspn (list, ":")) : NULL;
}

static void
fill_in_options (Options *options)
{
  gboolean given = options->state != NULL;

  if (!given)
    options->state = get_systemd_directory ("STATE_DIRECTORY");
  if (options->state == NULL)
    options->state = geteuid () == 0 ? g_strdup ("/var/lib/tyto")
                                     : g_build_filename (g_get_user_state_dir (), "tyto", NULL);
  if (options->config == NULL)
    options->config = given ? g_build_filename (options->state, "tyto.conf", NULL)
                            : g_strdup ("/etc/tyto/tyto.conf");
  if (options->worker == NULL) {
    g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
    g_autofree char *directory = program != NULL ? g_path_get_dirname (program) : NULL;

    if (directory != NULL)
      options->worker = g_build_filename (directory, "worker", "tyto-worker", NULL);
    if (options->worker == NULL || !g_file_test (options->worker, G_FILE_TEST_IS_EXECUTABLE)) {
      g_free (options->worker);
      options->worker = g_strdup (TYTO_LIBEXECDIR "/tyto-worker");
    }
  }
}

static int
check_config (const char *file)
{
  g_autoptr (GPtrArray) problems = tyto_settings_check (file);

  for (guint i = 0; i < problems->len; i++)
    g_printerr ("%s: %s\n", file, (const char *) g_ptr_array_index (problems, i));
  return problems->len == 0 ? EX_OK : EX_CONFIG;
}

static void
log_error (const GError *error)
{
  g_autofree char *why = tyto_error_why (error);
  const char *hint = tyto_error_hint (error);

  g_warning ("%s%s%s", why, hint != NULL ? ". " : "", hint != NULL ? hint : "");
}

static void
on_shut_down (GObject *source, GAsyncResult *result, gpointer data)
{
  Tytod *self = data;
  g_autoptr (GError) error = NULL;

  if (!tyto_recorder_shutdown_finish (TYTO_RECORDER (source), result, &error)) {
    log_error (error);
    self->status = tyto_error_info (error)->exit_code;
  }
  /* In this order: who is started by the next call finds the state directory free. */
  close (self->lock);
  if (self->dbus != NULL)
    tyto_dbus_service_stop (self->dbus);
  g_main_loop_quit (self->loop);
}

/* @keep_workers: they record on; who is started next takes them over. */
static void
begin_end (Tytod *self, int status, gboolean keep_workers)
{
  if (self->ending)
    return;
  self->ending = TRUE;
  self->status = status;
  g_cancellable_cancel (self->starting);
  tyto_readiness_tell (keep_workers ? "STOPPING=1\nSTATUS=Ending; the workers record on"
                                    : "STOPPING=1\nSTATUS=Finishing segments");
  g_clear_object (&self->idle);
  tyto_http_server_stop (self->http);
  tyto_recorder_shutdown_async (self->recorder, keep_workers, on_shut_down, self);
}

static gboolean
on_end_signal (gpointer data)
{
  g_message ("Asked to end");
  begin_end (data, EX_OK, FALSE);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_restart_signal (gpointer data)
{
  g_message ("Asked to end and leave the workers recording");
  begin_end (data, EX_OK, TRUE);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer data)
{
  g_message ("SIGHUP: nothing to do, settings are followed as they change");
  return G_SOURCE_CONTINUE;
}

static void
on_idle_exit (TytoIdleExit *idle, Tytod *self)
{
  g_message ("Nothing to record and nobody asks: ending until needed");
  begin_end (self, EX_OK, FALSE);
}

static void
follow_log_settings (TytoSettings *settings)
{
  tyto_log_set_level (tyto_settings_get_string (settings, "log-level"));
  tyto_log_set_format (tyto_settings_get_string (settings, "log-format"));
}

static void
watch_idle (Tytod *self)
{
  if (!self->options.activated)
    return;
  self->idle = tyto_idle_exit_new (self->recorder);
  g_signal_connect (self->idle, "exit", G_CALLBACK (on_idle_exit), self);
  g_signal_connect_object (self->http, "request", G_CALLBACK (tyto_idle_exit_touch), self->idle,
                           G_CONNECT_SWAPPED);
  if (self->dbus != NULL)
    g_signal_connect_object (self->dbus, "request", G_CALLBACK (tyto_idle_exit_touch), self->idle,
                             G_CONNECT_SWAPPED);
}

static void
be_ready (Tytod *self)
{
  const char *address = tyto_settings_get_string (self->settings, "http-address");
  const char *format = strchr (address, ':') != NULL ? "Listening on http://[%s]:%u\n"
                                                     : "Listening on http://%s:%u\n";

  if (self->ending)
    return;
  watch_idle (self);
  tyto_readiness_tell ("READY=1\nSTATUS=Recording what is configured");
  self->watchdog = tyto_watchdog_new (self->recorder);
  g_print (format, address, tyto_http_server_get_port (self->http));
}

static void
on_bus_name (GObject *source, GAsyncResult *result, gpointer data)
{
  Tytod *self = data;
  g_autoptr (GError) error = NULL;

  if (tyto_dbus_service_own_finish (TYTO_DBUS_SERVICE (source), result, &error)) {
    be_ready (self);
  } else if (self->options.bus != NULL) {
    log_error (error);
    begin_end (self, tyto_error_info (error)->exit_code, FALSE);
  } else {
    g_autofree char *why = tyto_error_why (error);

    g_message ("Not on the system bus: %s", why);
    g_clear_object (&self->dbus);
    be_ready (self);
  }
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  Tytod *self = data;
  g_autoptr (GError) error = NULL;
  const char *bus = self->options.bus != NULL ? self->options.bus : "system";

  /* Without a catalogue workers of ours can go on, which were there before, and without us. */
  gboolean started = tyto_recorder_start_finish (self->recorder, result, &error);

  if (!started || (!self->ending && !tyto_http_server_listen (self->http, &error))) {
    log_error (error);
    begin_end (self, tyto_error_info (error)->exit_code, !started);
    return;
  }
  if (self->ending)
    return;
  if (g_str_equal (bus, "none")) {
    be_ready (self);
    return;
  }
  self->dbus = tyto_dbus_service_new (self->recorder, bus);
  tyto_dbus_service_own_async (self->dbus, self->starting, on_bus_name, self);
}

static gboolean
set_up (Tytod *self, GError **error)
{
  g_autofree char *database = g_build_filename (self->options.state, "catalogue.db", NULL);
  g_autofree char *run_dir = get_systemd_directory ("RUNTIME_DIRECTORY");
  g_autoptr (TytoCatalogue) catalogue = NULL;
  g_autoptr (TytoWebhookClient) sender = NULL;

  self->lock = tyto_state_lock (self->options.state, error);
  if (self->lock < 0)
    return FALSE;
  self->settings = tyto_settings_new (self->options.config, self->options.state, error);
  if (self->settings == NULL)
    return FALSE;
  g_signal_connect (self->settings, "notify::log-level", G_CALLBACK (follow_log_settings), NULL);
  g_signal_connect (self->settings, "notify::log-format", G_CALLBACK (follow_log_settings), NULL);
  follow_log_settings (self->settings);

  if (run_dir == NULL)
    run_dir = g_build_filename (self->options.state, "run", NULL);
  catalogue = tyto_catalogue_sqlite_new (database);
  self->recorder = tyto_recorder_new (self->settings, catalogue, self->options.worker, run_dir);
  self->http = tyto_http_server_new (self->recorder);
  sender = tyto_webhook_client_new (self->settings);
  tyto_webhooks_set_sender (tyto_recorder_get_webhooks (self->recorder),
                            TYTO_WEBHOOK_SENDER (sender));
  return TRUE;
}

static void
run (Tytod *self)
{
  g_unix_signal_add (SIGTERM, on_end_signal, self);
  g_unix_signal_add (SIGINT, on_end_signal, self);
  g_unix_signal_add (SIGUSR1, on_restart_signal, self);
  g_unix_signal_add (SIGHUP, on_hangup, self);
  signal (SIGPIPE, SIG_IGN);
  self->loop = g_main_loop_new (NULL, FALSE);
  self->starting = g_cancellable_new ();
  tyto_recorder_start_async (self->recorder, NULL, on_started, self);
  g_main_loop_run (self->loop);
}

static void
tytod_clear (Tytod *self)
{
  g_clear_object (&self->watchdog);
  g_clear_object (&self->idle);
  g_clear_object (&self->dbus);
  g_clear_object (&self->http);
  g_clear_object (&self->recorder);
  g_clear_object (&self->settings);
  g_clear_object (&self->starting);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_free (self->options.config);
  g_free (self->options.state);
  g_free (self->options.bus);
  g_free (self->options.worker);
}

/* One heap instead of one a thread: what the bus brings in one is kept by another. Large answers
 * are given back when they are sent, by thresholds that glibc else raises with the first of them.
 */
static void
limit_memory (void)
{
  mallopt (M_ARENA_MAX, 1);
  mallopt (M_TRIM_THRESHOLD, 4 * 1024 * 1024); /* less than that comes and goes with the news */
  mallopt (M_MMAP_THRESHOLD, 256 * 1024);
}

/* What must be known before there are settings and threads. */
static void
prepare (Options *options)
{
  limit_memory ();
  umask (077);
  tyto_log_install ("tytod");
  if (options->port >= 0) {
    g_autofree char *port = g_strdup_printf ("%d", options->port);

    g_setenv ("PORT", port, TRUE); /* overrides the setting, as PORT does */
  }
  if (g_getenv ("LISTEN_FDS") != NULL || g_getenv ("DBUS_STARTER_ADDRESS") != NULL)
    options->activated = TRUE;
  fill_in_options (options);
}

int
main (int argc, char **argv)
{
  Tytod self = { 0 };
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  if (!parse_options (&self.options, &argc, &argv, &error)) {
    g_printerr ("tytod: %s\n", error->message);
    return EX_USAGE;
  }
  prepare (&self.options);
  if (self.options.version)
    g_print ("tytod %s\n", TYTO_VERSION);
  else if (self.options.check_config)
    self.status = check_config (self.options.config);
  else if (set_up (&self, &error))
    run (&self);
  if (error != NULL) {
    log_error (error);
    self.status = tyto_error_info (error)->exit_code;
  }
  tytod_clear (&self);
  return self.status;
}
