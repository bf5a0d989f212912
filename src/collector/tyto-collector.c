/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-collector.c: main() of the process that fetches the segments of live broadcasts. tytod
 * starts it with a listening UNIX socket, and tells it over org.tyto.Collector1 what to collect. */
#include "base/tyto-log.h"
#include "collector/tyto-collector-service.h"

#include <glib-unix.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* What ends tytod must not end us with it; that is for our client's end. */
static void
stand_alone (void)
{
  setsid (); /* fails where we lead a group: then we stand alone already */
  signal (SIGPIPE, SIG_IGN);
}

/* Segments come in blocks of this size again and again: kept, they need not be asked of the kernel
 * each time. Before any thread is made. */
static void
set_up_memory (void)
{
  mallopt (M_ARENA_MAX, 2);
  mallopt (M_TRIM_THRESHOLD, 4 * 1024 * 1024);
  mallopt (M_MMAP_THRESHOLD, 1024 * 1024);
}

/* Of GIO's modules only TLS has a use here. Before anything of GIO is used. */
static void
set_up_gio (void)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
}

static gboolean
on_signal (gpointer user_data)
{
  tyto_collector_service_stop (user_data);
  return G_SOURCE_CONTINUE;
}

static int
run (GSocket *socket)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (TytoCollectorService) service = tyto_collector_service_new ();
  g_autoptr (GError) error = NULL;
  guint sigterm = g_unix_signal_add (SIGTERM, on_signal, service);
  guint sigint = g_unix_signal_add (SIGINT, on_signal, service);

  g_signal_connect_swapped (service, "finished", G_CALLBACK (g_main_loop_quit), loop);
  if (tyto_collector_service_listen (service, socket, &error))
    g_main_loop_run (loop);
  else
    g_warning ("The collector cannot listen: %s", error->message);
  g_source_remove (sigterm);
  g_source_remove (sigint);
  return error != NULL ? 1 : 0;
}

int
main (int argc, char **argv)
{
  int fd = 3;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "socket-fd", 0, 0, G_OPTION_ARG_INT, &fd, "Listening UNIX socket (default 3)", "FD" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version and exit", NULL },
    { 0 },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = NULL;

  set_up_memory ();
  set_up_gio ();
  setlocale (LC_ALL, "");
  umask (027);
  g_option_context_set_summary (context, "Collects live broadcasts for tytod, which starts it.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("tyto-collector: %s\n", error->message);
    return 64;
  }
  if (version) {
    g_print ("tyto-collector %s\n", TYTO_VERSION);
    return 0;
  }
  stand_alone ();
  tyto_log_install ("tyto-collector");
  tyto_log_set_level (g_getenv ("LOG_LEVEL"));
  tyto_log_set_format (g_getenv ("LOG_FORMAT"));
  socket = g_socket_new_from_fd (fd, &error);
  if (socket == NULL || !g_socket_listen (socket, &error)) {
    g_printerr ("tyto-collector: %s\n", error->message);
    return 69;
  }
  return run (socket);
}
