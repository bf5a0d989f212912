/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shim-journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim-control.h"

#define CHUNK 16384

static void
add (const char *line, int size)
{
  if (size > 0)
    shim_append ("journal", line, size);
}

static unsigned long long
inode_of (int fd, off_t *size)
{
  struct stat info;

  if (fstat (fd, &info) < 0)
    return 0;
  if (size != NULL)
    *size = info.st_size;
  return info.st_ino;
}

void
shim_journal_open (int fd, const char *path, bool existed)
{
  char line[SHIM_PATH_MAX + 128];
  off_t size = 0;
  unsigned long long inode = inode_of (fd, &size);
  int saved = errno;

  if (existed)
    add (line, snprintf (line, sizeof line, "known %llu %lld %s\n", inode, (long long) size, path));
  else
    add (line, snprintf (line, sizeof line, "create %llu %s\n", inode, path));
  errno = saved;
}

static void
add_undo (unsigned long long inode, off_t offset, const unsigned char *data, size_t size)
{
  static const char digits[] = "0123456789abcdef";
  char line[2 * CHUNK + 128];
  int n = snprintf (line, sizeof line, "undo %llu %lld ", inode, (long long) offset);

  for (size_t i = 0; i < size; i++) {
    line[n++] = digits[data[i] >> 4];
    line[n++] = digits[data[i] & 15];
  }
  line[n++] = '\n';
  add (line, n);
}

/* Files are opened for writing only: the old bytes are read through a descriptor of our own. */
void
shim_journal_overwrite (int fd, off_t offset, off_t size)
{
  unsigned char data[CHUNK];
  char path[64];
  int saved = errno;
  off_t length = 0;
  unsigned long long inode = inode_of (fd, &length);
  off_t end = size < 0 || offset + size > length ? length : offset + size;
  int reader;

  if (offset >= end)
    return;
  snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  reader = syscall (SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  while (reader >= 0 && offset < end) {
    size_t wanted = end - offset < CHUNK ? end - offset : CHUNK;
    ssize_t n = syscall (SYS_pread64, reader, data, wanted, offset);

    if (n <= 0)
      break;
    add_undo (inode, offset, data, n);
    offset += n;
  }
  if (reader >= 0)
    syscall (SYS_close, reader);
  errno = saved;
}

void
shim_journal_sync (int fd, off_t size, const char *path)
{
  char line[SHIM_PATH_MAX + 128];
  int saved = errno;

  add (line, snprintf (line, sizeof line, "sync %llu %lld %s\n", inode_of (fd, NULL),
                       (long long) size, path));
  errno = saved;
}

void
shim_journal_syncdir (const char *path)
{
  char line[SHIM_PATH_MAX + 128];
  int saved = errno;

  add (line, snprintf (line, sizeof line, "syncdir %s\n", path));
  errno = saved;
}

void
shim_journal_keep (const char *path)
{
  char kept[SHIM_PATH_MAX + 32];
  struct stat info;
  int saved = errno;

  if (syscall (SYS_newfstatat, AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW) == 0) {
    snprintf (kept, sizeof kept, "%skept-%llu", shim_directory (),
              (unsigned long long) info.st_ino);
    syscall (SYS_linkat, AT_FDCWD, path, AT_FDCWD, kept, 0);
  }
  errno = saved;
}

void
shim_journal_unlink (const char *path)
{
  char line[SHIM_PATH_MAX + 128];
  int saved = errno;

  add (line, snprintf (line, sizeof line, "unlink %s\n", path));
  errno = saved;
}

void
shim_journal_move (const char *verb, const char *from, const char *to)
{
  char line[2 * SHIM_PATH_MAX + 128];
  int saved = errno;

  add (line, snprintf (line, sizeof line, "%s %s\t%s\n", verb, from, to));
  errno = saved;
}
