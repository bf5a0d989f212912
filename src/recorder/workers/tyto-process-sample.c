/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-process-sample.h"

#include <stdio.h>
#include <unistd.h>

static char *
read_proc (guint pid, const char *name)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/%s", pid, name);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static gboolean
read_memory (guint pid, guint64 *memory)
{
  g_autofree char *text = read_proc (pid, "statm");
  guint64 resident, shared;

  if (text == NULL
      || sscanf (text, "%*u %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &resident, &shared) != 2)
    return FALSE;
  *memory = (resident - MIN (resident, shared)) * (guint64) sysconf (_SC_PAGESIZE);
  return TRUE;
}

/* Fields 14 and 15; the second, the name, is in parentheses and may hold anything. */
static gboolean
read_cpu (guint pid, gint64 *cpu_us)
{
  g_autofree char *text = read_proc (pid, "stat");
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : ")", ")", -1);
  guint64 user, system;

  if (sscanf (parts[g_strv_length (parts) - 1],
              " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" G_GUINT64_FORMAT
              " %" G_GUINT64_FORMAT,
              &user, &system)
      != 2)
    return FALSE;
  *cpu_us = (gint64) ((user + system) * G_USEC_PER_SEC / (guint64) sysconf (_SC_CLK_TCK));
  return TRUE;
}

gboolean
tyto_process_sample_read (guint pid, TytoProcessSample *sample)
{
  return read_memory (pid, &sample->memory) && read_cpu (pid, &sample->cpu_us);
}
