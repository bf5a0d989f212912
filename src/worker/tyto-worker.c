/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker.c: main() of the process that records. tytod starts it with a listening UNIX socket
 * and tells it over org.tyto.Worker1 what to record; with --archive it uploads instead, as
 * org.tyto.Archiver1 tells, and with --assemble it joins, as org.tyto.Assembler1 tells. */
#include "base/tyto-child-process.h"
#include "worker/archive/tyto-archiver-service.h"
#include "worker/assemble/tyto-assembler-service.h"
#include "worker/tyto-worker-registry.h"
#include "worker/tyto-worker-service.h"

#include <gst/gst.h>
#include <malloc.h>
#include <sys/resource.h>

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

static void
on_finished (TytoWorkerService *service, gboolean complete, gboolean *all)
{
  *all = complete;
}

static int
run_capture (GSocket *socket)
{
  TytoWorkerService *service = tyto_worker_service_new ();
  gboolean complete = FALSE; /* everything was finished before the end */
  int status;

  set_up_files ();
  tyto_worker_registry_trim ();
  g_signal_connect (service, "finished", G_CALLBACK (on_finished), &complete);
  status = tyto_child_process_run (service, socket,
                                   (TytoChildProcessListen) tyto_worker_service_listen,
                                   (TytoChildProcessStop) tyto_worker_service_stop);
  if (complete || status != EXIT_SUCCESS)
    g_object_unref (service); /* after a hang nothing is waited for any more */
  return complete ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run_archive (GSocket *socket)
{
  static const char *const plugins[]
      = { "coreelements", "staticelements", "tytoindex", "tytos3", NULL };
  g_autoptr (TytoArchiverService) service = tyto_archiver_service_new ();

  tyto_worker_registry_keep (plugins);
  return tyto_child_process_run (service, socket,
                                 (TytoChildProcessListen) tyto_archiver_service_listen,
                                 (TytoChildProcessStop) tyto_archiver_service_stop);
}

/* Our own code joins: GStreamer is not needed. Recording goes before joining. */
static int
run_assemble (GSocket *socket)
{
  g_autoptr (TytoAssemblerService) service = tyto_assembler_service_new ();

  setpriority (PRIO_PROCESS, 0, ASSEMBLE_NICE);
  return tyto_child_process_run (service, socket,
                                 (TytoChildProcessListen) tyto_assembler_service_listen,
                                 (TytoChildProcessStop) tyto_assembler_service_stop);
}

int
main (int argc, char **argv)
{
  gboolean archive = FALSE;
  gboolean assemble = FALSE;
  const GOptionEntry entries[] = {
    { "archive", 0, 0, G_OPTION_ARG_NONE, &archive, "Upload to the object store", NULL },
    { "assemble", 0, 0, G_OPTION_ARG_NONE, &assemble, "Join the segments of a broadcast", NULL },
    { 0 },
  };
  g_autoptr (GSocket) socket = NULL;
  int status;

  set_up_memory ();
  socket = tyto_child_process_start ("tyto-worker", "Records cameras for tytod, which starts it.",
                                     entries, argc, argv, &status);
  if (socket == NULL)
    return status;
  if (archive || assemble)
    set_up_archive_memory ();
  if (assemble)
    return run_assemble (socket);
  gst_init (NULL, NULL);
  return archive ? run_archive (socket) : run_capture (socket);
}
