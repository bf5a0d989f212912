/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-recovery-file.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "recorder/spool/tyto-spool-mark.h"
#include "recorder/spool/tyto-spool-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between a file's making and its lock, and between the end of the lock and its new name, it is
 * nobody's for a moment. */
#define YOUNG_S   5
#define MAX_NAMES 10000
#define MAX_RUN   64

static gboolean
set_storage_error (const char *what, const char *path, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "Could not %s %s: %s", what, path,
                  g_strerror (errno));
  return FALSE;
}

static gboolean
is_young (const struct stat *about)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  /* A time stamp from the future is no reason to wait until then. */
  return about->st_mtim.tv_sec <= now.tv_sec && now.tv_sec - about->st_mtim.tv_sec < YOUNG_S;
}

/* Opens and locks @part: MENDED when that went well, as it may be now. */
static TytoPartState
lock_part (const char *part, gboolean certain, int *fd, struct stat *about, GError **error)
{
  struct stat named;
  TytoPartState state = TYTO_PART_MENDED;

  *fd = open (part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (*fd < 0 && errno == ENOENT)
    return TYTO_PART_GONE;
  if (*fd < 0 || fstat (*fd, about) != 0) {
    set_storage_error ("open", part, error);
    state = TYTO_PART_FAILED;
  } else if (flock (*fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    state = TYTO_PART_BUSY;
  } else if (!certain && is_young (about)) {
    state = TYTO_PART_YOUNG;
  } else if (lstat (part, &named) != 0 || named.st_ino != about->st_ino) {
    state = TYTO_PART_GONE; /* somebody else was quicker */
  }
  if (state != TYTO_PART_MENDED && *fd >= 0)
    close (*fd);
  return state;
}

gboolean
tyto_recovery_part_is_left (const char *part)
{
  struct stat about;
  int fd;

  if (lock_part (part, FALSE, &fd, &about, NULL) != TYTO_PART_MENDED)
    return FALSE;
  close (fd);
  return TRUE;
}

/* Network and FUSE file systems do not know the flag; a hard link never replaces either. */
static gboolean
rename_without_replacing (const char *from, const char *to)
{
  if (renameat2 (AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return TRUE;
  return (errno == EINVAL || errno == ENOSYS) && link (from, to) == 0 && unlink (from) == 0;
}

static gboolean
sync_directory (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean synced = fd >= 0 && (fsync (fd) == 0 || errno == EINVAL);

  if (!synced)
    set_storage_error ("sync", directory, error);
  if (fd >= 0)
    close (fd);
  return synced;
}

/* @path with "-@number" before its extension. (transfer full) */
static char *
alternative (const char *path, guint number)
{
  const char *extension = strrchr (path, '.');

  if (number == 0)
    return g_strdup (path);
  return g_strdup_printf ("%.*s-%u%s", (int) (extension - path), path, number, extension);
}

/* Gives @part the name @wanted or one like it. (transfer full) */
static char *
give_name (const char *part, const char *wanted, GError **error)
{
  for (guint number = 0; number < MAX_NAMES; number++) {
    g_autofree char *path = alternative (wanted, number);

    if (rename_without_replacing (part, path))
      return sync_directory (path, error) ? g_steal_pointer (&path) : NULL;
    if (errno != EEXIST)
      break;
  }
  set_storage_error ("give a name to", part, error);
  return NULL;
}

/* Nothing that can be played is in it. What has bytes is kept all the same, under a name by which
 * it is not tried again. */
static TytoPartState
put_aside (const char *part, const char *name, const struct stat *about, char **path,
           GError **error)
{
  g_autofree char *aside = g_strconcat (name, TYTO_SPOOL_EMPTY_SUFFIX, NULL);

  if (about->st_size == 0) {
    if (unlink (part) == 0 || errno == ENOENT)
      return TYTO_PART_EMPTY;
    set_storage_error ("delete", part, error);
    return TYTO_PART_FAILED;
  }
  if (!rename_without_replacing (part, aside)) {
    set_storage_error ("rename", part, error);
    return TYTO_PART_FAILED;
  }
  *path = g_steal_pointer (&aside);
  return TYTO_PART_EMPTY;
}

static TytoPartState
mend_locked (const char *part, const struct stat *about, char **path, TytoMediaFile **file,
             GError **error)
{
  g_autofree char *name = g_strndup (part, strlen (part) - strlen (TYTO_SPOOL_PART_SUFFIX));
  g_autoptr (TytoMediaFile) mended = NULL;
  g_autoptr (GError) cause = NULL;

  if (about->st_size > 0)
    mended = tyto_media_file_mend (part, &cause);
  if (about->st_size == 0 || g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    return put_aside (part, name, about, path, error);
  if (mended == NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return TYTO_PART_FAILED;
  }
  *path = give_name (part, name, error);
  if (*path == NULL)
    return TYTO_PART_FAILED;
  *file = g_steal_pointer (&mended);
  return TYTO_PART_MENDED;
}

TytoPartState
tyto_recovery_mend_part (const char *part, gboolean certain, char **path, TytoMediaFile **file,
                         GError **error)
{
  struct stat about;
  int fd;
  TytoPartState state = lock_part (part, certain, &fd, &about, error);

  if (state != TYTO_PART_MENDED)
    return state;
  state = mend_locked (part, &about, path, file, error);
  close (fd);
  return state;
}

static gboolean
is_run_id (const char *run)
{
  gsize length = strlen (run);

  if (length == 0 || length > MAX_RUN)
    return FALSE;
  for (gsize i = 0; i < length; i++) {
    if (!g_ascii_isalnum (run[i]) && strchr ("_.:+-", run[i]) == NULL)
      return FALSE;
  }
  return TRUE;
}

static void
take_identity (TytoSegment *segment, const TytoMediaIdentity *identity)
{
  segment->camera = g_strdup (identity->camera);
  segment->stream = g_strdup (*identity->stream != '\0' ? identity->stream : "main");
  segment->run = g_strdup (identity->run);
  segment->sequence = identity->sequence;
  segment->start_us = identity->wall_start_us;
  segment->monotonic_ns = identity->monotonic_start_ns;
  segment->camera_time_us = identity->camera_time_us;
  segment->clock_offset_us = identity->clock_offset_us;
}

static void
take_open (TytoSegment *segment, const TytoSegment *open)
{
  segment->camera = g_strdup (open->camera);
  segment->stream = g_strdup (open->stream);
  segment->run = g_strdup (open->run);
  segment->sequence = open->sequence;
  segment->start_us = open->start_us;
  segment->monotonic_ns = open->monotonic_ns;
  segment->clock_offset_us = open->clock_offset_us;
}

TytoSegment *
tyto_recovery_make_segment (const TytoMediaFile *file, const char *path, const TytoSegment *open,
                            gboolean recovered, GError **error)
{
  const TytoMediaIdentity *identity = &file->identity;
  g_autoptr (TytoSegment) segment = tyto_segment_new ();
  guint64 archived_size;
  struct stat about;

  /* What the worker told of this very file is not less true than what stands in it. */
  if (open != NULL)
    take_open (segment, open);
  else if (tyto_id_is_valid (identity->camera) && is_run_id (identity->run)
           && identity->wall_start_us > 0)
    take_identity (segment, identity);
  else {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "It does not say which camera recorded it");
    return NULL;
  }
  segment->id = tyto_segment_id_new (segment->run, segment->sequence);
  segment->path = g_strdup (path);
  segment->format = g_strdup (file->format);
  segment->video_codec = g_strdup (file->video_codec);
  segment->audio_codec = g_strdup (file->audio_codec);
  segment->duration_ns = file->duration_ns;
  segment->end_us = segment->start_us + (gint64) (file->duration_ns / 1000);
  segment->frames = file->frames;
  segment->key_frames = file->key_frames;
  segment->audio_frames = file->audio_frames;
  segment->bytes = stat (path, &about) == 0 ? (guint64) about.st_size : file->bytes;
  segment->recovered = recovered;
  segment->archived = tyto_spool_is_archived (path, &archived_size, NULL);
  return g_steal_pointer (&segment);
}
