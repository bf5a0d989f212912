/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What workers left: unfinished files, and finished ones that were not told any more. */
#include "recorder/spool/tyto-recovery-private.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "recorder/spool/tyto-recovery-file.h"
#include "recorder/spool/tyto-spool-walk.h"

static gboolean
enter_now (TytoRecovery *self, TytoSegment *segment, TytoFindingKind kind, GError **error)
{
  g_autoptr (GPtrArray) one = g_ptr_array_new ();

  g_ptr_array_add (one, segment);
  if (!tyto_recovery_rows_enter (self->rows, one, error))
    return FALSE;
  tyto_recovery_note (self, kind, segment->path, segment->id, NULL);
  tyto_log_camera (segment->camera, G_LOG_LEVEL_MESSAGE,
                   "Recovered %s: %.3f s, %" G_GUINT64_FORMAT " frames", segment->path,
                   (double) segment->duration_ns / 1e9, segment->frames);
  tyto_recovery_tell (self, segment);
  return TRUE;
}

gboolean
tyto_recovery_left_part (TytoRecovery *self, const char *part, const TytoSegment *open,
                         gboolean certain, GError **error)
{
  const char *id = open != NULL ? open->id : NULL;
  g_autoptr (TytoMediaFile) file = NULL;
  g_autoptr (TytoSegment) segment = NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree char *path = NULL;

  switch (tyto_recovery_mend_part (part, certain, &path, &file, &cause)) {
  case TYTO_PART_BUSY:
    return TRUE;
  case TYTO_PART_YOUNG:
    self->has_young = TRUE;
    return TRUE;
  case TYTO_PART_GONE:
    break;
  case TYTO_PART_FAILED:
    if (!g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT)) {
      tyto_recovery_note (self, TYTO_FINDING_FAILED, part, id, cause->message);
      return TRUE;
    }
    tyto_recovery_note (self, TYTO_FINDING_DAMAGED, part, id, cause->message);
    break;
  case TYTO_PART_EMPTY:
    tyto_recovery_note (self, TYTO_FINDING_EMPTY, path != NULL ? path : part, id,
                        path != NULL ? "no whole fragment is in it"
                                     : "it had not one byte and was deleted");
    break;
  case TYTO_PART_MENDED:
    segment = tyto_recovery_make_segment (file, path, open, TRUE, &cause);
    if (segment != NULL)
      return enter_now (self, segment, TYTO_FINDING_RECOVERED, error);
    tyto_recovery_note (self, TYTO_FINDING_UNKNOWN, path, NULL, cause->message);
    break;
  }
  return open == NULL || tyto_recovery_rows_forget_open (self->rows, id, error);
}

/* Its worker finished it and could not tell any more. */
static gboolean
recover_finished (TytoRecovery *self, const TytoSegment *open, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (TytoMediaFile) file = tyto_media_file_read (open->path, &cause);
  g_autoptr (TytoSegment) segment = NULL;

  if (file == NULL) {
    tyto_recovery_note (self, TYTO_FINDING_DAMAGED, open->path, open->id, cause->message);
    return tyto_recovery_rows_forget_open (self->rows, open->id, error);
  }
  segment = tyto_recovery_make_segment (file, open->path, open, FALSE, error);
  return segment != NULL && enter_now (self, segment, TYTO_FINDING_ENTERED, error);
}

static gboolean
recover_open (TytoRecovery *self, const TytoSegment *open, GError **error)
{
  g_autofree char *part = g_strconcat (open->path, TYTO_SPOOL_PART_SUFFIX, NULL);
  gboolean has_part = g_file_test (part, G_FILE_TEST_EXISTS);

  /* Its worker will tell, unless it has given the file up, as it does when the disk fails. */
  if (g_hash_table_contains (self->live, open->run))
    return !has_part || tyto_recovery_left_part (self, part, open, FALSE, error);
  if (!has_part && g_file_test (open->path, G_FILE_TEST_EXISTS))
    return recover_finished (self, open, error);
  return tyto_recovery_left_part (self, part, open, TRUE, error);
}

/* Parts without a row: their worker died before it told of them. */
static gboolean
recover_untold (TytoRecovery *self, const char *directory, GError **error)
{
  g_autoptr (GDir) names = g_dir_open (directory, 0, NULL);
  const char *name;

  while (names != NULL && (name = g_dir_read_name (names)) != NULL) {
    g_autofree char *part = NULL;

    if (tyto_spool_classify (name) != TYTO_SPOOL_PART)
      continue;
    part = g_build_filename (directory, name, NULL);
    if (g_cancellable_set_error_if_cancelled (self->cancellable, error)
        || !tyto_recovery_left_part (self, part, NULL, FALSE, error))
      return FALSE;
  }
  return TRUE;
}

/* They lie where a segment was or is being written; the walk, which sees all directories, is for
 * other modes. */
static gboolean
recover_all_untold (TytoRecovery *self, GPtrArray *segments, GError **error)
{
  GHashTableIter iter;
  gpointer directory;

  for (guint i = 0; i < segments->len; i++)
    tyto_recovery_add_path (self, ((TytoSegment *) g_ptr_array_index (segments, i))->path);
  g_hash_table_iter_init (&iter, self->directories);
  while (g_hash_table_iter_next (&iter, &directory, NULL)) {
    g_autofree char *inside = g_build_filename (directory, ".", NULL);

    if (tyto_spool_contains (self->spool, inside) && !recover_untold (self, directory, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
tyto_recovery_left (TytoRecovery *self, GError **error)
{
  g_autoptr (GPtrArray) segments = NULL;

  if (self->mode == TYTO_RECOVERY_CHECK)
    return TRUE; /* the walk sees them */
  segments = tyto_recovery_rows_list_open (self->rows, error);
  if (segments == NULL)
    return FALSE;
  for (guint i = 0; i < segments->len; i++) {
    if (g_cancellable_set_error_if_cancelled (self->cancellable, error)
        || !recover_open (self, g_ptr_array_index (segments, i), error))
      return FALSE;
  }
  return self->mode != TYTO_RECOVERY_OPEN || recover_all_untold (self, segments, error);
}
