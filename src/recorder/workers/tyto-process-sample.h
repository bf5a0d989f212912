/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-process-sample.h: what a process uses, by proc(5). Reads files: not for the main loop. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TytoProcessSample:
 * @memory: bytes that are its own (resident, not shared with others: what it can grow by)
 * @cpu_us: CPU time it has used, µs
 */
typedef struct {
  guint64 memory;
  gint64 cpu_us;
} TytoProcessSample;

/* FALSE when there is no such process. */
gboolean tyto_process_sample_read (guint pid, TytoProcessSample *sample);

G_END_DECLS
