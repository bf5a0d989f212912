/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker.c: main() of the process that records. tytod starts it with a listening UNIX socket
 * and tells it over org.tyto.Worker1 what to record; with --archive it uploads instead, as
 * org.tyto.Archiver1 tells, and with --assemble it joins, as org.tyto.Assembler1 tells. */
#include "base/tyto-log.h"
#include "worker/archive/tyto-archiver-service.h"
#include "worker/assemble/tyto-assembler-service.h"
#include "worker/tyto-worker-registry.h"
#include "worker/tyto-worker-service.h"

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  GMainLoop *loop;
  TytoWorkerService *service;
  gboolean complete; /* everything was finished before the end */
} Worker;

static gboolean
on_signal (gpointer user_data)
{
  Worker *worker = user_data;

  tyto_worker_service_stop (worker->service);
  return G_SOURCE_CONTINUE;
}

static void
on_finished (TytoWorkerService *service, gboolean complete, Worker *worker)
{
  worker->complete = complete;
  g_main_loop_quit (worker->loop);
}

/* A socket of our own at @path, for trying the worker by hand. */
static GSocket *
listen_at (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);

  g_unlink (path);
  if (socket == NULL || !g_socket_bind (socket, address, FALSE, error)
      || !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

/* To listen once more at tytod's socket makes SO_PEERCRED name us, who answer there, and no longer
 * tytod, who made it: a later tytod finds our process by it (unix(7)). */
static GSocket *
get_socket (int fd, const char *path, GError **error)
{
  g_autoptr (GSocket) socket = NULL;

  if (path != NULL)
    return listen_at (path, error);
  socket = g_socket_new_from_fd (fd, error);
  if (socket == NULL || !g_socket_listen (socket, error))
    return NULL;
  return g_steal_pointer (&socket);
}

/* What ends tytod must not end us with it: neither the signals of its terminal, nor that nobody
 * reads its log any more. */
static void
stand_alone (void)
{
  setsid (); /* fails where we lead a group: then we stand alone already */
  signal (SIGPIPE, SIG_IGN);
}

/* One arena, and freed memory goes back soon: a worker has a handful of threads and passes on the
 * same amount of media second by second. Measured with 64 cameras: a second arena, or larger
 * thresholds, save no CPU to speak of and cost up to a third more memory; smaller ones cost page
 * faults. Before any thread is made. */
static void
set_up_memory (void)
{
  mallopt (M_ARENA_MAX, 1);
  mallopt (M_TRIM_THRESHOLD, 256 * 1024);
  mallopt (M_MMAP_THRESHOLD, 256 * 1024);
}

/* An upload or a join reads block by block: kept by the allocator, they need not be asked of the
 * kernel, and cleared by it, each time. What is as large as a part goes back at once. */
#define KEPT_BYTES    (4 * 1024 * 1024)
#define ASSEMBLE_NICE 10

static void
set_up_archive_memory (void)
{
  mallopt (M_TRIM_THRESHOLD, 2 * KEPT_BYTES);
  mallopt (M_MMAP_THRESHOLD, KEPT_BYTES);
}

/* GIO would load modules, and threads with them, for proxies, settings and networks that an RTSP
 * connection has no use for. Before anything of GIO is used. */
static void
set_up_gio (void)
{
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  g_setenv ("GIO_USE_NETWORK_MONITOR", "base", TRUE);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
}

static int
run (GSocket *socket)
{
  Worker worker = { g_main_loop_new (NULL, FALSE), tyto_worker_service_new (), FALSE };
  g_autoptr (GError) error = NULL;
  guint sigterm = g_unix_signal_add (SIGTERM, on_signal, &worker);
  guint sigint = g_unix_signal_add (SIGINT, on_signal, &worker);

  g_signal_connect (worker.service, "finished", G_CALLBACK (on_finished), &worker);
  if (tyto_worker_service_listen (worker.service, socket, &error))
    g_main_loop_run (worker.loop);
  else
    g_warning ("The worker cannot listen: %s", error->message);
  g_source_remove (sigterm);
  g_source_remove (sigint);
  if (worker.complete || error != NULL)
    g_object_unref (worker.service); /* after a hang nothing is waited for any more */
  g_main_loop_unref (worker.loop);
  return worker.complete ? 0 : 1;
}

static gboolean
on_archive_signal (gpointer user_data)
{
  tyto_archiver_service_stop (user_data);
  return G_SOURCE_CONTINUE;
}

static int
run_archive (GSocket *socket)
{
  static const char *const plugins[]
      = { "coreelements", "staticelements", "tytoindex", "tytos3", NULL };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (TytoArchiverService) service = tyto_archiver_service_new ();
  g_autoptr (GError) error = NULL;
  guint sigterm = g_unix_signal_add (SIGTERM, on_archive_signal, service);
  guint sigint = g_unix_signal_add (SIGINT, on_archive_signal, service);

  tyto_worker_registry_keep (plugins);
  g_signal_connect_swapped (service, "finished", G_CALLBACK (g_main_loop_quit), loop);
  if (tyto_archiver_service_listen (service, socket, &error))
    g_main_loop_run (loop);
  else
    g_warning ("The worker cannot listen: %s", error->message);
  g_source_remove (sigterm);
  g_source_remove (sigint);
  return error != NULL ? 1 : 0;
}

static gboolean
on_assemble_signal (gpointer user_data)
{
  tyto_assembler_service_stop (user_data);
  return G_SOURCE_CONTINUE;
}

/* Our own code joins: GStreamer is not needed. Recording goes before joining. */
static int
run_assemble (GSocket *socket)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (TytoAssemblerService) service = tyto_assembler_service_new ();
  g_autoptr (GError) error = NULL;
  guint sigterm = g_unix_signal_add (SIGTERM, on_assemble_signal, service);
  guint sigint = g_unix_signal_add (SIGINT, on_assemble_signal, service);

  setpriority (PRIO_PROCESS, 0, ASSEMBLE_NICE);
  g_signal_connect_swapped (service, "finished", G_CALLBACK (g_main_loop_quit), loop);
  if (tyto_assembler_service_listen (service, socket, &error))
    g_main_loop_run (loop);
  else
    g_warning ("The worker cannot listen: %s", error->message);
  g_source_remove (sigterm);
  g_source_remove (sigint);
  return error != NULL ? 1 : 0;
}

/* A camera takes two file descriptors, by rtspsrc more: where the soft limit is 1,024, as for who
 * starts tytod by hand, 500 cameras would reach it. */
static void
set_up_files (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static int
run_capture (GSocket *socket)
{
  set_up_files ();
  tyto_worker_registry_trim ();
  return run (socket);
}

int
main (int argc, char **argv)
{
  int fd = 3;
  g_autofree char *path = NULL;
  gboolean version = FALSE;
  gboolean archive = FALSE;
  gboolean assemble = FALSE;
  const GOptionEntry entries[] = {
    { "archive", 0, 0, G_OPTION_ARG_NONE, &archive, "Upload to the object store", NULL },
    { "assemble", 0, 0, G_OPTION_ARG_NONE, &assemble, "Join the segments of a broadcast", NULL },
    { "socket-fd", 0, 0, G_OPTION_ARG_INT, &fd, "Listening UNIX socket (default 3)", "FD" },
    { "socket", 0, 0, G_OPTION_ARG_FILENAME, &path, "Listen at PATH instead", "PATH" },
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
  g_option_context_set_summary (context, "Records cameras for tytod, which starts it.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("tyto-worker: %s\n", error->message);
    return 64;
  }
  if (version) {
    g_print ("tyto-worker %s\n", TYTO_VERSION);
    return 0;
  }
  if (archive || assemble)
    set_up_archive_memory ();
  if (path == NULL)
    stand_alone ();
  tyto_log_install ("tyto-worker");
  tyto_log_set_level (g_getenv ("LOG_LEVEL"));
  tyto_log_set_format (g_getenv ("LOG_FORMAT"));
  socket = get_socket (fd, path, &error);
  if (socket == NULL) {
    g_printerr ("tyto-worker: %s\n", error->message);
    return 69;
  }
  if (assemble)
    return run_assemble (socket);
  gst_init (NULL, NULL);
  return archive ? run_archive (socket) : run_capture (socket);
}
