/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows and their files, files and their rows. */
#include "recorder/spool/tyto-recovery-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/spool/tyto-recovery-file.h"
#include "recorder/spool/tyto-spool-walk.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Rows that are entered together. */
#define BATCH 64

/* For so long the news of a finished segment may be under way. */
#define YOUNG_US (5 * G_USEC_PER_SEC)

/* A set of millions of paths in 24 bytes each; FNV-1a, 64 bits: that two of a million are the same
 * has a chance of one in 30 million, and means that one file is not looked at. */
static gpointer
hash_path (const char *path)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (const char *c = path; *c != '\0'; c++)
    hash = (hash ^ (guchar) *c) * G_GUINT64_CONSTANT (0x100000001b3);
  return GSIZE_TO_POINTER ((gsize) hash);
}

/* A file that is not what its row says: only one that cannot be read at all is given up. */
static gboolean
check_changed (TytoRecovery *self, TytoSegment *row, guint64 bytes, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (TytoMediaFile) file = tyto_media_file_read (row->path, &cause);
  g_autofree char *detail = g_strdup_printf (
      "it has %" G_GUINT64_FORMAT " bytes, its row says %" G_GUINT64_FORMAT, bytes, row->bytes);

  if (file != NULL || g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_STORAGE)) {
    tyto_recovery_note (self, TYTO_FINDING_CHANGED, row->path, row->id, detail);
    return TRUE;
  }
  tyto_recovery_note (self, TYTO_FINDING_DAMAGED, row->path, row->id, cause->message);
  return !tyto_recovery_is_changing (self)
         || tyto_recovery_rows_give_up (self->rows, row->id, "file-damaged", cause->message, error);
}

static gboolean
lies_in (const char *path, const char *directory)
{
  gsize length = strlen (directory);

  return strncmp (path, directory, length) == 0 && path[length] == '/';
}

/* The second directory in which @path lies, or NULL. (transfer none) */
static const char *
find_slow (TytoRecovery *self, const char *path)
{
  for (guint i = 0; i < self->slow->len; i++)
    if (lies_in (path, self->slow->pdata[i]))
      return self->slow->pdata[i];
  return NULL;
}

static const char *
get_tier (TytoRecovery *self, const char *path)
{
  return find_slow (self, path) != NULL ? "slow" : "fast";
}

/* A file that turned up: again (@path: NULL), or at another place than its row says. */
static gboolean
place (TytoRecovery *self, const TytoSegment *row, const char *path, GError **error)
{
  const char *found = path != NULL ? path : row->path;

  tyto_recovery_note (self, TYTO_FINDING_MOVED, found, row->id,
                      path != NULL ? row->path : "it was thought to be in the archive alone");
  return !tyto_recovery_is_changing (self)
         || tyto_recovery_rows_place (self->rows, row->id, get_tier (self, found), path, error);
}

static gboolean
compare_row (TytoRecovery *self, TytoSegment *row, GError **error)
{
  gboolean is_local = !g_str_equal (row->tier, "archive");
  struct stat about;

  if (*row->path == '\0')
    return TRUE; /* never was on this machine */
  g_hash_table_add (self->known, hash_path (row->path));
  if (lstat (row->path, &about) == 0) {
    if (is_local && (guint64) about.st_size != row->bytes)
      return check_changed (self, row, (guint64) about.st_size, error);
    return is_local || (guint64) about.st_size != row->bytes || place (self, row, NULL, error);
  }
  /* One with a mark but no object: the archive has its file, under a name that is not known. The
   * others may turn up elsewhere. */
  if (errno == ENOENT && is_local && (!row->archived || row->object != NULL))
    g_ptr_array_add (self->missing, tyto_segment_ref (row));
  return TRUE;
}

static gboolean
compare_rows (TytoRecovery *self, GError **error)
{
  g_autofree char *cursor = NULL;

  do {
    g_autoptr (GPtrArray) page = NULL;

    if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
      return FALSE;
    page = tyto_recovery_rows_list (self->rows, &cursor, error);
    if (page == NULL)
      return FALSE;
    for (guint i = 0; i < page->len; i++) {
      if (!compare_row (self, g_ptr_array_index (page, i), error))
        return FALSE;
    }
    tyto_recovery_report_count (self->report, page->len, 0);
  } while (cursor != NULL);
  return TRUE;
}

/* Whether the directory of @path is here: it has its claim (tyto-spool.h). */
static gboolean
is_disk_here (TytoRecovery *self, const char *path)
{
  const char *slow = find_slow (self, path);
  g_autofree char *claim
      = slow != NULL ? g_build_filename (slow, TYTO_SPOOL_DIR, "id", NULL) : NULL;

  if (claim != NULL)
    return g_file_test (claim, G_FILE_TEST_EXISTS);
  return tyto_spool_contains (self->spool, path) && tyto_spool_is_there (self->spool);
}

/* A file that was begun before the directory became ours may be on a disk that is not here now. Its
 * end is no measure: it is by the frames' times, which may be a little ahead of the clock. */
static gboolean
is_given_up (TytoRecovery *self, const TytoSegment *row)
{
  return is_disk_here (self, row->path)
         && (self->mode == TYTO_RECOVERY_REBUILD || find_slow (self, row->path) != NULL
             || row->start_us >= tyto_spool_get_since_us (self->spool));
}

/* The file of @row is nowhere to be found. */
static gboolean
settle (TytoRecovery *self, const TytoSegment *row, GError **error)
{
  gboolean is_changing = tyto_recovery_is_changing (self);
  gboolean is_here = is_disk_here (self, row->path);
  gboolean is_gone = is_given_up (self, row);

  if (g_file_test (row->path, G_FILE_TEST_EXISTS))
    return TRUE; /* its disk came back while others were compared */
  if (row->object != NULL && is_here) {
    tyto_recovery_note (self, TYTO_FINDING_ARCHIVED, row->path, row->id, row->object);
    return !is_changing || tyto_recovery_rows_place (self->rows, row->id, "archive", NULL, error);
  }
  if (row->object != NULL || !is_gone) {
    tyto_recovery_note (self, TYTO_FINDING_ABSENT, row->path, row->id, "its disk may not be here");
    return TRUE;
  }
  if (is_changing
      && !tyto_recovery_rows_give_up (self->rows, row->id, "file-missing", row->path, error))
    return FALSE;
  tyto_recovery_note (self, TYTO_FINDING_MISSING, row->path, row->id, NULL);
  return TRUE;
}

static gboolean
settle_missing (TytoRecovery *self, GError **error)
{
  for (guint i = 0; i < self->missing->len; i++) {
    TytoSegment *row = g_ptr_array_index (self->missing, i);
    g_autoptr (TytoSegment) now = NULL;

    if (g_cancellable_set_error_if_cancelled (self->cancellable, error)
        || !tyto_recovery_rows_find (self->rows, row->id, &now, error))
      return FALSE;
    if (now == NULL || !g_str_equal (now->path, row->path) || g_str_equal (now->tier, "archive")
        || (now->archived && now->object == NULL))
      continue; /* found or archived meanwhile */
    if (!settle (self, now, error))
      return FALSE;
  }
  return TRUE;
}

/* --- Files and their rows --- */

static gboolean
enter_batch (TytoRecovery *self, GError **error)
{
  if (self->batch->len > 0 && !tyto_recovery_rows_enter (self->rows, self->batch, error))
    return FALSE;
  for (guint i = 0; i < self->batch->len; i++) {
    TytoSegment *segment = g_ptr_array_index (self->batch, i);

    tyto_recovery_note (self, TYTO_FINDING_ENTERED, segment->path, segment->id, NULL);
  }
  g_ptr_array_set_size (self->batch, 0);
  return TRUE;
}

/* The file of a row that has another path: it was moved here, or it is a copy. */
static gboolean
compare_moved (TytoRecovery *self, TytoSegment *row, const char *path, GError **error)
{
  if (g_str_equal (row->path, path))
    return TRUE; /* entered meanwhile */
  if (g_file_test (row->path, G_FILE_TEST_EXISTS)) {
    tyto_recovery_note (self, TYTO_FINDING_UNKNOWN, path, row->id,
                        "it is a copy of the segment's file");
    return TRUE;
  }
  return place (self, row, path, error);
}

static gint64
get_change_us (const struct stat *about)
{
  return about->st_ctim.tv_sec * G_USEC_PER_SEC + about->st_ctim.tv_nsec / 1000;
}

/* Whether the worker that finished the file just before the start may be about to tell of it. */
static gboolean
is_being_told (TytoRecovery *self, const struct stat *about, const char *run)
{
  gboolean told = get_change_us (about) >= self->started_us - YOUNG_US
                  && g_hash_table_contains (self->live, run);

  self->has_young = self->has_young || told;
  return told;
}

static gboolean
look_at_file (TytoRecovery *self, const char *path, const struct stat *about, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (TytoMediaFile) file = tyto_media_file_read (path, &cause);
  g_autoptr (TytoSegment) segment = NULL;
  g_autoptr (TytoSegment) row = NULL;
  gboolean deleting;

  if (file == NULL) {
    tyto_recovery_note (self, TYTO_FINDING_DAMAGED, path, NULL, cause->message);
    return TRUE;
  }
  segment = tyto_recovery_make_segment (file, path, NULL, FALSE, &cause);
  if (segment == NULL) {
    tyto_recovery_note (self, TYTO_FINDING_UNKNOWN, path, NULL, cause->message);
    return TRUE;
  }
  if (is_being_told (self, about, segment->run))
    return TRUE;
  if (!tyto_recovery_rows_find (self->rows, segment->id, &row, error))
    return FALSE;
  if (row != NULL)
    return compare_moved (self, row, path, error);
  if (!tyto_recovery_rows_is_deleting (self->rows, segment->id, &deleting, error) || deleting)
    return deleting;
  if (!tyto_recovery_is_changing (self)) {
    tyto_recovery_note (self, TYTO_FINDING_NO_ROW, path, segment->id, NULL);
    return TRUE;
  }
  segment->tier = g_strdup (get_tier (self, path));
  g_ptr_array_add (self->batch, g_steal_pointer (&segment));
  return self->batch->len < BATCH || enter_batch (self, error);
}

static gboolean
look_at_part (TytoRecovery *self, const char *part, GError **error)
{
  if (tyto_recovery_is_changing (self))
    return tyto_recovery_left_part (self, part, NULL, FALSE, error);
  if (tyto_recovery_part_is_left (part))
    tyto_recovery_note (self, TYTO_FINDING_UNFINISHED, part, NULL, "nobody writes it");
  return TRUE;
}

/* A file that got its name since the start is told by its worker. */
static gboolean
is_new (TytoRecovery *self, const struct stat *about)
{
  gint64 changed_us = get_change_us (about);

  return changed_us >= self->started_us && changed_us <= tyto_time_now ();
}

static gboolean
on_file (const char *path, TytoSpoolKind kind, const struct stat *about, gpointer data)
{
  TytoRecovery *self = data;

  tyto_recovery_report_count (self->report, 0, 1);
  switch (kind) {
  case TYTO_SPOOL_PART:
    return look_at_part (self, path, &self->error);
  case TYTO_SPOOL_MEDIA:
    return g_hash_table_contains (self->known, hash_path (path)) || is_new (self, about)
           || look_at_file (self, path, about, &self->error);
  case TYTO_SPOOL_MARK:
    break;
  case TYTO_SPOOL_EMPTY:
    tyto_recovery_note (self, TYTO_FINDING_EMPTY, path, NULL, "no whole fragment is in it");
    break;
  case TYTO_SPOOL_OTHER:
    tyto_recovery_note (self, TYTO_FINDING_UNKNOWN, path, NULL, "it is none of ours");
    break;
  }
  return TRUE;
}

/* Nothing is recorded there: what is unfinished is a move under way. */
static gboolean
on_slow_file (const char *path, TytoSpoolKind kind, const struct stat *about, gpointer data)
{
  return kind == TYTO_SPOOL_PART || on_file (path, kind, about, data);
}

static gboolean
look_at_files (TytoRecovery *self, GError **error)
{
  gboolean success = tyto_spool_walk (tyto_spool_get_directory (self->spool), on_file, self,
                                      self->cancellable, error);

  for (guint i = 0; success && i < self->slow->len; i++)
    success = tyto_spool_walk (self->slow->pdata[i], on_slow_file, self, self->cancellable, error);
  if (success)
    return enter_batch (self, error);
  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

gboolean
tyto_recovery_compare (TytoRecovery *self, GError **error)
{
  return compare_rows (self, error) && look_at_files (self, error) && settle_missing (self, error);
}
