/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz-target.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MEMORY "/dev/shm"

static void
remove_directory (void)
{
  const char *name;
  GDir *dir = g_dir_open (fuzz_target_directory (), 0, NULL);

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (fuzz_target_directory (), name, NULL);

    unlink (path);
  }
  g_clear_pointer (&dir, g_dir_close);
  rmdir (fuzz_target_directory ());
}

const char *
fuzz_target_directory (void)
{
  static char *directory;

  if (directory == NULL) {
    gboolean memory = g_access (MEMORY, W_OK) == 0;

    directory = g_build_filename (memory ? MEMORY : g_get_tmp_dir (), "tyto-fuzz-XXXXXX", NULL);
    g_assert_nonnull (g_mkdtemp (directory));
    atexit (remove_directory);
  }
  return directory;
}

char *
fuzz_target_write (const guint8 *data, gsize size, const char *name)
{
  char *path = g_build_filename (fuzz_target_directory (), name, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  close (fd);
  return path;
}

static GLogWriterOutput
drop (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer user_data)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) {
    g_log_writer_standard_streams (level, fields, n, user_data);
    abort (); /* libFuzzer keeps the input then */
  }
  return G_LOG_WRITER_HANDLED;
}

void
fuzz_target_be_silent (void)
{
  g_log_set_writer_func (drop, NULL, NULL);
}
