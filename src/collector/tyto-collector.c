/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-collector.c: main() of the process that fetches the segments of live broadcasts. tytod
 * starts it with a listening UNIX socket, and tells it over org.tyto.Collector1 what to collect. */
#include "base/tyto-child-process.h"
#include "collector/tyto-collector-service.h"

#include <malloc.h>

/* Segments come in blocks of this size again and again: kept, they need not be asked of the kernel
 * each time. Before any thread is made. */
static void
set_up_memory (void)
{
  mallopt (M_ARENA_MAX, 2);
  mallopt (M_TRIM_THRESHOLD, 4 * 1024 * 1024);
  mallopt (M_MMAP_THRESHOLD, 1024 * 1024);
}

int
main (int argc, char **argv)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (TytoCollectorService) service = NULL;
  int status;

  set_up_memory ();
  socket = tyto_child_process_start ("tyto-collector",
                                     "Collects live broadcasts for tytod, which starts it.", NULL,
                                     argc, argv, &status);
  if (socket == NULL)
    return status;
  service = tyto_collector_service_new ();
  return tyto_child_process_run (service, socket,
                                 (TytoChildProcessListen) tyto_collector_service_listen,
                                 (TytoChildProcessStop) tyto_collector_service_stop);
}
