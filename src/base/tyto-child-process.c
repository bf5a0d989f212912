/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-child-process.h"

#include "base/tyto-log.h"

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* GIO would load modules, and threads with them, for proxies, settings and networks that we have no
 * use for: of them only TLS has one. */
static void
set_up_gio (void)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
}

/* What ends tytod must not end us with it: neither the signals of its terminal, nor that nobody
 * reads its log any more. */
static void
stand_alone (void)
{
  setsid (); /* fails where we lead a group: then we stand alone already */
  signal (SIGPIPE, SIG_IGN);
}

/* A socket of our own at @path, for trying by hand. */
static GSocket *
make_socket (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);

  g_unlink (path);
  return socket != NULL && g_socket_bind (socket, address, FALSE, error) ? g_steal_pointer (&socket)
                                                                         : NULL;
}

/* To listen once more at tytod's socket makes SO_PEERCRED name us, who answer there, and no longer
 * tytod, who made it: a later tytod finds our process by it (unix(7)). */
static GSocket *
get_socket (int fd, const char *path, GError **error)
{
  g_autoptr (GSocket) socket
      = path != NULL ? make_socket (path, error) : g_socket_new_from_fd (fd, error);

  return socket != NULL && g_socket_listen (socket, error) ? g_steal_pointer (&socket) : NULL;
}

static void
set_up_log (const char *program)
{
  tyto_log_install (program);
  tyto_log_set_level (g_getenv ("LOG_LEVEL"));
  tyto_log_set_format (g_getenv ("LOG_FORMAT"));
}

GSocket *
tyto_child_process_start (const char *program, const char *summary, const GOptionEntry *entries,
                          int argc, char **argv, int *status)
{
  int fd = 3;
  g_autofree char *path = NULL;
  gboolean version = FALSE;
  const GOptionEntry own[] = {
    { "socket-fd", 0, 0, G_OPTION_ARG_INT, &fd, "Listening UNIX socket (default 3)", "FD" },
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &path, "Listen at PATH instead", "PATH" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version and exit", NULL },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  GSocket *socket;

  set_up_gio ();
  setlocale (LC_ALL, "");
  umask (027);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, own, NULL);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s: %s\n", program, error->message);
    *status = EX_USAGE;
    return NULL;
  }
  if (version) {
    g_print ("%s %s\n", program, TYTO_VERSION);
    *status = EX_OK;
    return NULL;
  }
  if (path == NULL)
    stand_alone ();
  set_up_log (program);
  socket = get_socket (fd, path, &error);
  if (socket == NULL) {
    g_printerr ("%s: %s\n", program, error->message);
    *status = EX_UNAVAILABLE;
  }
  return socket;
}

typedef struct {
  gpointer service;
  TytoChildProcessStop stop;
} Running;

static gboolean
on_signal (gpointer data)
{
  const Running *running = data;

  running->stop (running->service);
  return G_SOURCE_CONTINUE;
}

int
tyto_child_process_run (gpointer service, GSocket *socket, TytoChildProcessListen listen,
                        TytoChildProcessStop stop)
{
  Running running = { service, stop };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  guint sigterm = g_unix_signal_add (SIGTERM, on_signal, &running);
  guint sigint = g_unix_signal_add (SIGINT, on_signal, &running);

  g_signal_connect_swapped (service, "finished", G_CALLBACK (g_main_loop_quit), loop);
  if (listen (service, socket, &error))
    g_main_loop_run (loop);
  else
    g_warning ("Cannot wait for tytod: %s", error->message);
  g_source_remove (sigterm);
  g_source_remove (sigint);
  return error != NULL ? EXIT_FAILURE : EXIT_SUCCESS;
}
