/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that stand in for libc's. Only regular files and directories below the prefix are
 * looked at (shim-control.h). */
#undef _FILE_OFFSET_BITS /* both names of each call are defined here */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim-control.h"
#include "shim-journal.h"

#define EXPORT __attribute__ ((visibility ("default")))

/* The LFS names are the same on 64 bit. */
_Static_assert(sizeof (off_t) == 8, "64 bit offsets");

/* @mode: S_IFREG or S_IFDIR. Returns: whether @fd is one below the prefix; @path is set then. */
static bool
path_of_fd (int fd, mode_t mode, char *path)
{
  char link[64];
  struct stat info;
  int saved = errno;
  bool covered = false;
  ssize_t size;

  if (fstat (fd, &info) == 0 && (info.st_mode & S_IFMT) == mode) {
    snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
    size = syscall (SYS_readlinkat, AT_FDCWD, link, path, SHIM_PATH_MAX - 1);
    path[size > 0 ? size : 0] = '\0';
    covered = size > 0 && shim_covers (path);
  }
  errno = saved;
  return covered;
}

static bool
path_at (int directory, const char *name, char *path)
{
  char link[64];
  ssize_t size;

  if (name[0] == '/' || directory == AT_FDCWD) {
    snprintf (path, SHIM_PATH_MAX, "%s", name);
    return shim_covers (path);
  }
  snprintf (link, sizeof link, "/proc/self/fd/%d", directory);
  size = syscall (SYS_readlinkat, AT_FDCWD, link, path, SHIM_PATH_MAX - 1);
  if (size <= 0)
    return false;
  snprintf (path + size, SHIM_PATH_MAX - size, "/%s", name);
  return shim_covers (path);
}

static int
open_at (int directory, const char *name, int flags, mode_t mode)
{
  char path[SHIM_PATH_MAX];
  struct stat info;
  bool existed;
  int fd;

  if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH) || !path_at (directory, name, path))
    return syscall (SYS_openat, directory, name, flags, mode);
  if (shim_before (SHIM_OPEN, path) == SHIM_FAIL)
    return -1;
  existed = syscall (SYS_newfstatat, directory, name, &info, 0) == 0;
  fd = syscall (SYS_openat, directory, name, flags, mode);
  if (fd >= 0 && shim_keeps_journal ())
    shim_journal_open (fd, path, existed);
  if (fd >= 0)
    shim_after (SHIM_OPEN, path);
  return fd;
}

static mode_t
take_mode (int flags, va_list arguments)
{
  return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg (arguments, mode_t) : 0;
}

#define DEFINE_OPEN(name)                                                                          \
  EXPORT int name (const char *path, int flags, ...);                                              \
  int name (const char *path, int flags, ...)                                                      \
  {                                                                                                \
    va_list arguments;                                                                             \
    mode_t mode;                                                                                   \
                                                                                                   \
    va_start (arguments, flags);                                                                   \
    mode = take_mode (flags, arguments);                                                           \
    va_end (arguments);                                                                            \
    return open_at (AT_FDCWD, path, flags, mode);                                                  \
  }

#define DEFINE_OPENAT(name)                                                                        \
  EXPORT int name (int directory, const char *path, int flags, ...);                               \
  int name (int directory, const char *path, int flags, ...)                                       \
  {                                                                                                \
    va_list arguments;                                                                             \
    mode_t mode;                                                                                   \
                                                                                                   \
    va_start (arguments, flags);                                                                   \
    mode = take_mode (flags, arguments);                                                           \
    va_end (arguments);                                                                            \
    return open_at (directory, path, flags, mode);                                                 \
  }

DEFINE_OPEN (open)
DEFINE_OPEN (open64)
DEFINE_OPENAT (openat)
DEFINE_OPENAT (openat64)

static size_t
vectors_size (const struct iovec *vectors, int count)
{
  size_t size = 0;

  for (int i = 0; i < count; i++)
    size += vectors[i].iov_len;
  return size;
}

/* Where a write without an offset goes. */
static off_t
position_of (int fd)
{
  return syscall (SYS_lseek, fd, 0, SEEK_CUR);
}

/* Half of @size bytes, whole vectors first. */
static void
write_half (int fd, const struct iovec *vectors, int count, off_t offset, size_t size)
{
  size_t left = size / 2;

  for (int i = 0; i < count && left > 0; i++) {
    size_t n = vectors[i].iov_len < left ? vectors[i].iov_len : left;

    syscall (SYS_pwrite64, fd, vectors[i].iov_base, n, offset);
    offset += n;
    left -= n;
  }
}

/* @offset: -1 for the file's own position. */
static ssize_t
write_vectors (int fd, const struct iovec *vectors, int count, off_t offset)
{
  char path[SHIM_PATH_MAX];
  bool covered = path_of_fd (fd, S_IFREG, path);
  off_t start = covered && offset < 0 ? position_of (fd) : offset;
  size_t size = vectors_size (vectors, count);
  ssize_t written;
  ShimVerdict verdict;

  if (covered) {
    verdict = shim_before (SHIM_WRITE, path);
    if (verdict == SHIM_FAIL)
      return -1;
    if (shim_keeps_journal ())
      shim_journal_overwrite (fd, start, size);
    if (verdict == SHIM_HALF) {
      write_half (fd, vectors, count, start, size);
      shim_die (SHIM_WRITE, path);
    }
  }
  if (offset >= 0)
    written = syscall (SYS_pwritev, fd, vectors, (long) count, (long) offset, 0L);
  else if (count == 1)
    written = syscall (SYS_write, fd, vectors[0].iov_base, vectors[0].iov_len);
  else
    written = syscall (SYS_writev, fd, vectors, (long) count);
  if (covered)
    shim_after (SHIM_WRITE, path);
  return written;
}

#define DEFINE_WRITE(name)                                                                         \
  EXPORT ssize_t name (int fd, const void *data, size_t size);                                     \
  ssize_t name (int fd, const void *data, size_t size)                                             \
  {                                                                                                \
    struct iovec vector = { (void *) data, size };                                                 \
                                                                                                   \
    return write_vectors (fd, &vector, 1, -1);                                                     \
  }
#define DEFINE_PWRITE(name)                                                                        \
  EXPORT ssize_t name (int fd, const void *data, size_t size, off_t offset);                       \
  ssize_t name (int fd, const void *data, size_t size, off_t offset)                               \
  {                                                                                                \
    struct iovec vector = { (void *) data, size };                                                 \
                                                                                                   \
    return write_vectors (fd, &vector, 1, offset);                                                 \
  }
#define DEFINE_PWRITEV(name)                                                                       \
  EXPORT ssize_t name (int fd, const struct iovec *vectors, int count, off_t offset);              \
  ssize_t name (int fd, const struct iovec *vectors, int count, off_t offset)                      \
  {                                                                                                \
    return write_vectors (fd, vectors, count, offset);                                             \
  }

DEFINE_WRITE (write)
DEFINE_PWRITE (pwrite)
DEFINE_PWRITE (pwrite64)
DEFINE_PWRITEV (pwritev)
DEFINE_PWRITEV (pwritev64)

EXPORT ssize_t
writev (int fd, const struct iovec *vectors, int count)
{
  return write_vectors (fd, vectors, count, -1);
}

static int
sync_fd (int fd, ShimOp op, long number)
{
  char path[SHIM_PATH_MAX];
  bool is_directory = op == SHIM_FSYNC && path_of_fd (fd, S_IFDIR, path);
  struct stat info = { 0 };
  int result;

  if (!is_directory && !path_of_fd (fd, S_IFREG, path))
    return syscall (number, fd);
  op = is_directory ? SHIM_SYNCDIR : op;
  if (shim_before (op, path) == SHIM_FAIL)
    return -1;
  fstat (fd, &info);
  result = syscall (number, fd);
  if (result == 0 && shim_keeps_journal ()) {
    if (is_directory)
      shim_journal_syncdir (path);
    else
      shim_journal_sync (fd, info.st_size, path);
  }
  shim_after (op, path);
  return result;
}

EXPORT int
fdatasync (int fd)
{
  return sync_fd (fd, SHIM_FDATASYNC, SYS_fdatasync);
}

EXPORT int
fsync (int fd)
{
  return sync_fd (fd, SHIM_FSYNC, SYS_fsync);
}

static int
truncate_fd (int fd, off_t size)
{
  char path[SHIM_PATH_MAX];
  bool covered = path_of_fd (fd, S_IFREG, path);
  int result;

  if (covered && shim_before (SHIM_TRUNCATE, path) == SHIM_FAIL)
    return -1;
  if (covered && shim_keeps_journal ())
    shim_journal_overwrite (fd, size, -1);
  result = syscall (SYS_ftruncate, fd, size);
  if (covered)
    shim_after (SHIM_TRUNCATE, path);
  return result;
}

static int
allocate_fd (int fd, int mode, off_t offset, off_t size)
{
  char path[SHIM_PATH_MAX];
  bool covered = path_of_fd (fd, S_IFREG, path);
  int result;

  if (covered && shim_before (SHIM_ALLOCATE, path) == SHIM_FAIL)
    return -1;
  result = syscall (SYS_fallocate, fd, (long) mode, offset, size);
  if (covered)
    shim_after (SHIM_ALLOCATE, path);
  return result;
}

#define DEFINE_TRUNCATE(name)                                                                      \
  EXPORT int name (int fd, off_t size);                                                            \
  int name (int fd, off_t size)                                                                    \
  {                                                                                                \
    return truncate_fd (fd, size);                                                                 \
  }
#define DEFINE_ALLOCATE(name)                                                                      \
  EXPORT int name (int fd, int mode, off_t offset, off_t size);                                    \
  int name (int fd, int mode, off_t offset, off_t size)                                            \
  {                                                                                                \
    return allocate_fd (fd, mode, offset, size);                                                   \
  }

DEFINE_TRUNCATE (ftruncate)
DEFINE_TRUNCATE (ftruncate64)
DEFINE_ALLOCATE (fallocate)
DEFINE_ALLOCATE (fallocate64)

EXPORT int
renameat2 (int old_directory, const char *from, int new_directory, const char *to, unsigned flags)
{
  char old_path[SHIM_PATH_MAX], new_path[SHIM_PATH_MAX];
  bool covered = path_at (old_directory, from, old_path);
  int result;

  covered = path_at (new_directory, to, new_path) && covered;
  if (covered && shim_before (SHIM_RENAME, old_path) == SHIM_FAIL)
    return -1;
  if (covered && shim_keeps_journal () && !(flags & RENAME_NOREPLACE))
    shim_journal_keep (new_path);
  result = syscall (SYS_renameat2, old_directory, from, new_directory, to, flags);
  if (covered && result == 0 && shim_keeps_journal ())
    shim_journal_move ("rename", old_path, new_path);
  if (covered)
    shim_after (SHIM_RENAME, old_path);
  return result;
}

EXPORT int
renameat (int old_directory, const char *from, int new_directory, const char *to)
{
  return renameat2 (old_directory, from, new_directory, to, 0);
}

EXPORT int
rename (const char *from, const char *to)
{
  return renameat2 (AT_FDCWD, from, AT_FDCWD, to, 0);
}

EXPORT int
link (const char *from, const char *to)
{
  char old_path[SHIM_PATH_MAX], new_path[SHIM_PATH_MAX];
  bool covered = path_at (AT_FDCWD, from, old_path) && path_at (AT_FDCWD, to, new_path);
  int result;

  if (covered && shim_before (SHIM_LINK, old_path) == SHIM_FAIL)
    return -1;
  result = syscall (SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (covered && result == 0 && shim_keeps_journal ())
    shim_journal_move ("link", old_path, new_path);
  if (covered)
    shim_after (SHIM_LINK, old_path);
  return result;
}

EXPORT int
unlinkat (int directory, const char *name, int flags)
{
  char path[SHIM_PATH_MAX];
  bool covered = !(flags & AT_REMOVEDIR) && path_at (directory, name, path);
  int result;

  if (covered && shim_before (SHIM_UNLINK, path) == SHIM_FAIL)
    return -1;
  if (covered && shim_keeps_journal ())
    shim_journal_keep (path);
  result = syscall (SYS_unlinkat, directory, name, flags);
  if (covered && result == 0 && shim_keeps_journal ())
    shim_journal_unlink (path);
  if (covered)
    shim_after (SHIM_UNLINK, path);
  return result;
}

EXPORT int
unlink (const char *name)
{
  return unlinkat (AT_FDCWD, name, 0);
}

EXPORT int
close (int fd)
{
  char path[SHIM_PATH_MAX];
  int flags = syscall (SYS_fcntl, fd, F_GETFL);
  bool covered = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && path_of_fd (fd, S_IFREG, path);
  int result;

  if (covered && shim_before (SHIM_CLOSE, path) == SHIM_FAIL) {
    int saved = errno;

    syscall (SYS_close, fd);
    errno = saved;
    return -1;
  }
  result = syscall (SYS_close, fd);
  if (covered)
    shim_after (SHIM_CLOSE, path);
  return result;
}
