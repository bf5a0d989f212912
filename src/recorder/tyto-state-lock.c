/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-state-lock.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void
tell_locked (int fd, const char *state_dir, GError **error)
{
  char owner[32] = "";
  gssize n = pread (fd, owner, sizeof owner - 1, 0);

  owner[MAX (n, 0)] = '\0';
  tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS,
                  "Stop that one first, or give this one another directory with --state.",
                  "Another tytod (process %s) records into %s", g_strstrip (owner), state_dir);
}

int
tyto_state_lock (const char *state_dir, GError **error)
{
  g_autofree char *path = g_build_filename (state_dir, "lock", NULL);
  g_autofree char *pid = g_strdup_printf ("%d\n", (int) getpid ());
  int fd;

  if (g_mkdir_with_parents (state_dir, 0700) != 0
      || (fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "Give another directory with --state.",
                    "The state directory %s cannot be written: %s", state_dir, g_strerror (errno));
    return -1;
  }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0) {
    tell_locked (fd, state_dir, error);
    close (fd);
    return -1;
  }
  /* The number is for people only: that it cannot be written is no reason not to record. */
  if (ftruncate (fd, 0) != 0 || pwrite (fd, pid, strlen (pid), 0) < 0)
    g_warning ("Cannot write %s: %s", path, g_strerror (errno));
  return fd;
}
