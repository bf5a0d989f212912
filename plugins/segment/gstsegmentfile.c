/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentfile.h"
#include "segment/gstsegmentpath.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define DIRECTORY_MODE 0750
#define FILE_MODE      0640
#define MAX_NAMES      10000        /* beyond this something is wrong with the template */
#define END_RESERVE    (256 * 1024) /* for the index, and the last fragment's header */
#define PAGE           4096

/* Bytes that are on the disk and still in memory: to forget few of them at a time costs more. */
#define RELEASE_BYTES (4 * 1024 * 1024)

struct _GstSegmentFile {
  int fd;             /* -1 once closed */
  gchar *wanted;      /* the path before any collision */
  guint number;       /* of the alternative taken, 0 for none */
  gchar *path;        /* the final name */
  gchar *part;        /* the name while it is written */
  guint64 offset;     /* where the next byte held goes */
  guint64 size;       /* highest offset reached */
  GPtrArray *buffers; /* (element-type GstBuffer): held, in order */
  gsize pending;      /* bytes held */
  guint64 allocated;  /* bytes from the start that the disk has room for */
  gboolean unable;    /* the file system does not preallocate */
  guint64 begun;      /* offset up to which the disk was asked to write */
  guint64 released;   /* offset up to which no page is kept in memory */
};

static void
set_errno_error (GError **error, gint code, const gchar *path, const gchar *what)
{
  int saved = errno;
  const gchar *next;

  switch (saved) {
  case ENOSPC:
  case EDQUOT:
    code = GST_RESOURCE_ERROR_NO_SPACE_LEFT;
    next = "Free some space or record to another disk.";
    break;
  case EACCES:
  case EPERM:
    next = "Let this user write to the directory.";
    break;
  case EROFS:
    next = "Mount the disk for writing.";
    break;
  case ENOTDIR:
  case EISDIR:
    next = "Choose another root or location.";
    break;
  default:
    next = "Check the disk.";
    break;
  }
  g_set_error (error, GST_RESOURCE_ERROR, code, "Could not %s “%s”: %s. %s", what, path,
               g_strerror (saved), next);
}

static void
take_name (GstSegmentFile *file, guint number)
{
  file->number = number;
  g_free (file->path);
  file->path = gst_segment_path_alternative (file->wanted, number);
}

/* Finds the first name that neither a file nor a ".part" has. O_EXCL decides between two writers.
 */
static gboolean
open_part (GstSegmentFile *file, GError **error)
{
  for (guint number = 0; number < MAX_NAMES; number++) {
    take_name (file, number);
    if (faccessat (AT_FDCWD, file->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
      continue;
    g_free (file->part);
    file->part = g_strconcat (file->path, ".part", NULL);
    file->fd = g_open (file->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (file->fd >= 0) {
      /* Held until the writer is done or dead: who recovers ".part" files leaves this one alone. */
      (void) flock (file->fd, LOCK_EX | LOCK_NB);
      return TRUE;
    }
    if (errno != EEXIST) {
      set_errno_error (error, GST_RESOURCE_ERROR_OPEN_WRITE, file->part, "open the segment");
      return FALSE;
    }
  }
  errno = EEXIST;
  set_errno_error (error, GST_RESOURCE_ERROR_OPEN_WRITE, file->wanted, "find a free name for");
  return FALSE;
}

GstSegmentFile *
gst_segment_file_create (const gchar *path, GError **error)
{
  g_autoptr (GstSegmentFile) file = g_new0 (GstSegmentFile, 1);
  g_autofree gchar *directory = g_path_get_dirname (path);

  file->fd = -1;
  file->wanted = g_strdup (path);
  file->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);

  if (g_mkdir_with_parents (directory, DIRECTORY_MODE) < 0) {
    set_errno_error (error, GST_RESOURCE_ERROR_OPEN_WRITE, directory, "make the directory");
    return NULL;
  }
  if (!open_part (file, error))
    return NULL;
  return g_steal_pointer (&file);
}

const gchar *
gst_segment_file_get_path (const GstSegmentFile *file)
{
  return file->path;
}

const gchar *
gst_segment_file_get_part (const GstSegmentFile *file)
{
  return file->part;
}

guint64
gst_segment_file_get_size (const GstSegmentFile *file)
{
  return file->size;
}

guint64
gst_segment_file_get_written (const GstSegmentFile *file)
{
  return file->offset - file->pending;
}

guint64
gst_segment_file_get_offset (const GstSegmentFile *file)
{
  return file->offset;
}

gsize
gst_segment_file_get_pending (const GstSegmentFile *file)
{
  return file->pending;
}

void
gst_segment_file_append (GstSegmentFile *file, GstBuffer *buffer)
{
  gsize size = gst_buffer_get_size (buffer);

  g_ptr_array_add (file->buffers, gst_buffer_ref (buffer));
  file->pending += size;
  file->offset += size;
  file->size = MAX (file->size, file->offset);
}

void
gst_segment_file_append_all (GstSegmentFile *file, GPtrArray *buffers, gsize bytes)
{
  g_ptr_array_extend_and_steal (file->buffers, buffers);
  file->pending += bytes;
  file->offset += bytes;
  file->size = MAX (file->size, file->offset);
}

/* writev (2) may write less than asked for, on a full disk above all: goes on from that very byte.
 */
static gboolean
write_vectors (GstSegmentFile *file, struct iovec *vectors, guint count, GError **error)
{
  while (count > 0) {
    gssize written = writev (file->fd, vectors, (int) MIN (count, (guint) IOV_MAX));

    if (written < 0) {
      if (errno == EINTR)
        continue;
      set_errno_error (error, GST_RESOURCE_ERROR_WRITE, file->part, "write to the segment");
      return FALSE;
    }
    while (count > 0 && (gsize) written >= vectors->iov_len) {
      written -= (gssize) vectors->iov_len;
      vectors++;
      count--;
    }
    if (count > 0) {
      vectors->iov_base = (guint8 *) vectors->iov_base + written;
      vectors->iov_len -= (gsize) written;
    }
  }
  return TRUE;
}

static gboolean
allocate (GstSegmentFile *file, guint64 length)
{
  int result;

  do
    result = fallocate (file->fd, FALLOC_FL_KEEP_SIZE, (off_t) file->allocated, (off_t) length);
  while (result < 0 && errno == EINTR);
  if (result == 0)
    file->allocated += length;
  return result == 0;
}

gboolean
gst_segment_file_reserve (GstSegmentFile *file, gsize bytes, gsize step, GError **error)
{
  guint64 need = file->offset + bytes + END_RESERVE;

  if (file->unable || need <= file->allocated)
    return TRUE;
  need -= file->allocated;
  if (allocate (file, MAX (need, step)) || (need < step && allocate (file, need)))
    return TRUE;
  if (errno == ENOSPC || errno == EDQUOT) {
    set_errno_error (error, GST_RESOURCE_ERROR_NO_SPACE_LEFT, file->part, "write to the segment");
    return FALSE;
  }
  file->unable = TRUE;
  return TRUE;
}

void
gst_segment_file_begin_sync (GstSegmentFile *file, guint64 end)
{
  if (end <= file->begun)
    return;
  sync_file_range (file->fd, (off_t) file->begun, (off_t) (end - file->begun),
                   SYNC_FILE_RANGE_WRITE);
  file->begun = end;
}

/* Up to @end, once it is @least bytes. */
static void
release (GstSegmentFile *file, guint64 end, guint64 least)
{
  guint64 pages = end / PAGE * PAGE;

  if (pages < file->released + least)
    return;
  posix_fadvise (file->fd, (off_t) file->released, (off_t) (pages - file->released),
                 POSIX_FADV_DONTNEED);
  file->released = pages;
}

static gboolean
sync_data (GstSegmentFile *file, GError **error)
{
  if (fdatasync (file->fd) == 0 || errno == EINVAL)
    return TRUE;
  set_errno_error (error, GST_RESOURCE_ERROR_SYNC, file->part, "sync the segment");
  return FALSE;
}

gboolean
gst_segment_file_sync (GstSegmentFile *file, guint64 end, GError **error)
{
  if (!sync_data (file, error))
    return FALSE;
  file->begun = MAX (file->begun, end);
  release (file, end, RELEASE_BYTES);
  return TRUE;
}

static guint
count_memories (const GPtrArray *buffers)
{
  guint count = 0;

  for (guint i = 0; i < buffers->len; i++)
    count += gst_buffer_n_memory (g_ptr_array_index (buffers, i));
  return count;
}

gboolean
gst_segment_file_flush (GstSegmentFile *file, GError **error)
{
  guint total = count_memories (file->buffers);
  g_autofree GstMapInfo *maps = g_new (GstMapInfo, total);
  g_autofree struct iovec *vectors = g_new (struct iovec, total);
  guint mapped = 0;
  gboolean written;

  for (guint i = 0; i < file->buffers->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (file->buffers, i);

    for (guint m = 0; m < gst_buffer_n_memory (buffer); m++) {
      GstMemory *memory = gst_buffer_peek_memory (buffer, m);

      if (!gst_memory_map (memory, &maps[mapped], GST_MAP_READ))
        continue;
      vectors[mapped].iov_base = maps[mapped].data;
      vectors[mapped].iov_len = maps[mapped].size;
      mapped++;
    }
  }
  if (mapped == total) {
    written = write_vectors (file, vectors, mapped, error);
  } else {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE,
                 "Could not read a buffer of the segment “%s”.", file->part);
    written = FALSE;
  }
  for (guint i = 0; i < mapped; i++)
    gst_memory_unmap (maps[i].memory, &maps[i]);

  g_ptr_array_set_size (file->buffers, 0);
  file->pending = 0;
  return written;
}

gboolean
gst_segment_file_seek (GstSegmentFile *file, guint64 offset, GError **error)
{
  if (offset == file->offset)
    return TRUE;
  if (!gst_segment_file_flush (file, error))
    return FALSE;
  if (lseek (file->fd, (off_t) offset, SEEK_SET) < 0) {
    set_errno_error (error, GST_RESOURCE_ERROR_SEEK, file->part, "move within the segment");
    return FALSE;
  }
  file->offset = offset;
  return TRUE;
}

/* Gives the ".part" the name @path, unless that is taken: errno is EEXIST then. */
static gboolean
rename_without_replacing (const gchar *part, const gchar *path)
{
  if (renameat2 (AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
    return TRUE;
  if (errno != EINVAL && errno != ENOSYS)
    return FALSE;
  /* Network and FUSE file systems do not know the flag; a hard link never replaces either. */
  if (link (part, path) == 0)
    return unlink (part) == 0;
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
    return FALSE;
  if (faccessat (AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return FALSE;
  }
  return rename (part, path) == 0;
}

/* The new name must outlive a power cut too. */
static gboolean
sync_directory (const gchar *path, GError **error)
{
  g_autofree gchar *directory = g_path_get_dirname (path);
  int fd = g_open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean synced = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);

  if (!synced)
    set_errno_error (error, GST_RESOURCE_ERROR_SYNC, directory, "sync the directory");
  if (fd >= 0)
    close (fd);
  return synced;
}

gboolean
gst_segment_file_end (GstSegmentFile *file, GError **error)
{
  if (!gst_segment_file_flush (file, error))
    return FALSE;
  /* What was allocated ahead goes back to the disk. */
  if (file->allocated > file->size && ftruncate (file->fd, (off_t) file->size) < 0) {
    set_errno_error (error, GST_RESOURCE_ERROR_WRITE, file->part, "trim the segment");
    return FALSE;
  }
  return TRUE;
}

static gboolean
take_final_name (GstSegmentFile *file, GError **error)
{
  while (!rename_without_replacing (file->part, file->path)) {
    if (errno != EEXIST || file->number + 1 >= MAX_NAMES) {
      set_errno_error (error, GST_RESOURCE_ERROR_CLOSE, file->path, "give the segment its name");
      return FALSE;
    }
    take_name (file, file->number + 1);
  }
  return TRUE;
}

gboolean
gst_segment_file_close (GstSegmentFile *file, GError **error)
{
  gboolean synced = sync_data (file, error);

  if (synced)
    release (file, file->size + PAGE - 1, 0);
  if (close (file->fd) < 0 && synced && errno != EINTR) {
    set_errno_error (error, GST_RESOURCE_ERROR_CLOSE, file->part, "close the segment");
    synced = FALSE;
  }
  file->fd = -1;
  return synced && take_final_name (file, error);
}

gboolean
gst_segment_file_sync_name (GstSegmentFile *file, GError **error)
{
  return sync_directory (file->path, error);
}

gboolean
gst_segment_file_finish (GstSegmentFile *file, GError **error)
{
  return gst_segment_file_end (file, error) && gst_segment_file_close (file, error)
         && gst_segment_file_sync_name (file, error);
}

void
gst_segment_file_abandon (GstSegmentFile *file)
{
  g_ptr_array_set_size (file->buffers, 0);
  file->pending = 0;
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
}

void
gst_segment_file_remove (GstSegmentFile *file)
{
  g_unlink (file->part);
}

gboolean
gst_segment_file_adopt (GstSegmentFile *file, GError **error)
{
  struct stat info;

  if (stat (file->part, &info) == 0)
    file->size = (guint64) info.st_size;
  return take_final_name (file, error) && sync_directory (file->path, error);
}

void
gst_segment_file_free (GstSegmentFile *file)
{
  if (file->fd >= 0) {
    gst_segment_file_flush (file, NULL);
    close (file->fd);
  }
  g_ptr_array_unref (file->buffers);
  g_free (file->wanted);
  g_free (file->path);
  g_free (file->part);
  g_free (file);
}
