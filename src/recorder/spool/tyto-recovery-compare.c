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
compare_row (TytoRecovery *self, TytoSegment *row, GError **error)
{
  struct stat about;

  g_hash_table_add (self->known, hash_path (row->path));
  if (lstat (row->path, &about) == 0) {
    if ((guint64) about.st_size != row->bytes)
      return check_changed (self, row, (guint64) about.st_size, error);
  } else if (errno == ENOENT && !row->archived) {
    /* The archive has the file of an archived one. The others may turn up elsewhere. */
    g_ptr_array_add (self->missing, tyto_segment_ref (row));
  }
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

/* A file that was not in this directory when the directory became ours may be on a disk that is
 * not here now. */
static gboolean
is_given_up (TytoRecovery *self, const TytoSegment *row)
{
  return tyto_spool_contains (self->spool, row->path) && tyto_spool_is_there (self->spool)
         && (self->mode == TYTO_RECOVERY_REBUILD
             || row->end_us >= tyto_spool_get_since_us (self->spool));
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
    if (now == NULL || !g_str_equal (now->path, row->path) || now->archived)
      continue; /* found meanwhile */
    if (!is_given_up (self, row)) {
      tyto_recovery_note (self, TYTO_FINDING_ABSENT, row->path, row->id,
                          "its disk may not be here");
      continue;
    }
    if (tyto_recovery_is_changing (self)
        && !tyto_recovery_rows_give_up (self->rows, row->id, "file-missing", row->path, error))
      return FALSE;
    tyto_recovery_note (self, TYTO_FINDING_MISSING, row->path, row->id, NULL);
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
  tyto_recovery_note (self, TYTO_FINDING_MOVED, path, row->id, row->path);
  if (!tyto_recovery_is_changing (self))
    return TRUE;
  g_free (row->path);
  row->path = g_strdup (path);
  return tyto_recovery_rows_replace (self->rows, row, error);
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
  if (!tyto_recovery_is_changing (self)) {
    tyto_recovery_note (self, TYTO_FINDING_NO_ROW, path, segment->id, NULL);
    return TRUE;
  }
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

static gboolean
look_at_files (TytoRecovery *self, GError **error)
{
  if (tyto_spool_walk (tyto_spool_get_directory (self->spool), on_file, self, self->cancellable,
                       error))
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
