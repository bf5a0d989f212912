/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* camsim: RTSP cameras for tests and for a first try. See --help. */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sim-control.h"
#include "sim-options.h"
#include "sim-server.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FILE, fclose)

/* More cameras than this share one picture without a number, so that starting stays quick. */
#define NUMBERED_CAMERAS 4

/* Cameras that do not send at one moment do so at one of those so far apart: the loop wakes up for
 * many of them at a time. */
#define SPREAD_STEP (G_USEC_PER_SEC / 100)

static void
on_signal (guint32 events, gpointer data)
{
  sim_loop_quit (data);
}

static int
open_signals (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGINT);
  sigprocmask (SIG_BLOCK, &set, NULL);
  return signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* A session takes one to five descriptors; the usual soft limit of 1024 is soon reached. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

static SimCamera *
make_camera (const SimOptions *options, SimLibrary *library, guint index, gint64 start,
             GError **error)
{
  return sim_camera_new (index + 1, &g_array_index (options->cameras, SimCameraConfig, index),
                         library, options->cameras->len <= NUMBERED_CAMERAS, start, error);
}

/* By how much camera @index began before the first one: all of them fill its GOP evenly, so that
 * neither frames nor key frames of many come at once. */
static gint64
spread (const SimOptions *options, guint index)
{
  const SimCameraConfig *config = &g_array_index (options->cameras, SimCameraConfig, 0);
  gint64 gop = MAX (config->video[SIM_STREAM_MAIN].gop, 1) * G_USEC_PER_SEC;

  if (!options->spread)
    return 0;
  return gop * index / options->cameras->len / SPREAD_STEP * SPREAD_STEP;
}

static GPtrArray *
make_cameras (const SimOptions *options, SimLibrary *library, GError **error)
{
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func ((GDestroyNotify) sim_camera_free);
  gint64 start;

  /* Once for the loops alone: frame 0 is to be taken when the cameras can be asked for it. */
  for (guint i = 0; i < options->cameras->len; i++) {
    g_autoptr (SimCamera) camera = make_camera (options, library, i, 0, error);

    if (camera == NULL)
      return NULL;
  }
  start = g_get_monotonic_time ();
  for (guint i = 0; i < options->cameras->len; i++) {
    SimCamera *camera = make_camera (options, library, i, start - spread (options, i), error);

    if (camera == NULL)
      return NULL;
    g_ptr_array_add (cameras, camera);
  }
  return g_steal_pointer (&cameras);
}

static gboolean
open_sent_log (const SimOptions *options, GPtrArray *cameras, FILE **log, GError **error)
{
  *log = fopen (options->sent_log, "we");
  if (*log == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", options->sent_log,
                 g_strerror (errno));
    return FALSE;
  }
  for (guint i = 0; i < cameras->len; i++) {
    SimCamera *camera = g_ptr_array_index (cameras, i);

    for (guint k = 0; k < SIM_N_STREAMS; k++)
      sim_stream_set_sent_log (camera->streams[k], *log);
  }
  return TRUE;
}

static gboolean
run (SimOptions *options, SimLoop *loop, GError **error)
{
  g_autoptr (SimLibrary) library = sim_library_new (options->cache_dir);
  g_autoptr (GPtrArray) cameras = make_cameras (options, library, error);
  g_autoptr (FILE) sent_log = NULL;
  g_autoptr (SimServer) server = NULL;
  g_autoptr (SimControl) control = NULL;
  gboolean ip6 = strchr (options->address, ':') != NULL;

  if (cameras == NULL)
    return FALSE;
  if (options->sent_log != NULL && !open_sent_log (options, cameras, &sent_log, error))
    return FALSE;
  server = sim_server_new (loop, &options->policy, cameras);
  if (!sim_server_listen (server, options->address, options->port, error))
    return FALSE;
  if (options->control_path != NULL) {
    control
        = sim_control_new (loop, options->control_path, server, &options->policy, library, error);
    if (control == NULL)
      return FALSE;
  }
  printf ("READY rtsp://%s%s%s:%u\n", ip6 ? "[" : "", options->address, ip6 ? "]" : "",
          sim_server_get_port (server));
  fflush (stdout);
  sim_loop_run (loop);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimOptions) options = NULL;
  g_autoptr (SimLoop) loop = NULL;
  SimWatch *signals;
  int signal_fd;
  gboolean ok;

  setlocale (LC_ALL, "");
  options = sim_options_parse (argv, &error);
  if (options == NULL) {
    g_printerr ("camsim: %s\n", error->message);
    return 2;
  }
  raise_descriptor_limit ();
  loop = sim_loop_new (&error);
  if (loop == NULL) {
    g_printerr ("camsim: %s\n", error->message);
    return 1;
  }
  signal_fd = open_signals (); /* before encoder threads, which inherit the mask */
  signals = sim_loop_watch (loop, signal_fd, EPOLLIN, on_signal, loop);
  ok = run (options, loop, &error);
  if (!ok)
    g_printerr ("camsim: %s\n", error->message);
  sim_watch_remove (signals);
  close (signal_fd);
  return ok ? 0 : 1;
}
