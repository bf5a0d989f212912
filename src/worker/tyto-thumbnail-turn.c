/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-turn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

gboolean
tyto_thumbnail_turn_try (const char *root, int *fd)
{
  gboolean elsewhere;

  *fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (*fd < 0 || flock (*fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  elsewhere = errno == EWOULDBLOCK; /* else the file system has no locks */
  close (*fd);
  *fd = -1;
  return !elsewhere;
}
