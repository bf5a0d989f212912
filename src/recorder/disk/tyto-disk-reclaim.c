/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/disk/tyto-disk-reclaim.h"

#include "base/tyto-error.h"
#include "recorder/spool/tyto-spool-mark.h"
#include "recorder/spool/tyto-spool-walk.h"

#include <string.h>

/* The oldest that are kept in mind at a time: bounds the memory, whatever the spool holds. */
#define CANDIDATES 4096
#define BLOCK      512 /* st_blocks, POSIX.1 */

typedef struct {
  char *path;
  gint64 mtime_ns;
  guint64 bytes;
} Candidate;

typedef struct {
  char *directory;
  guint64 wanted;
  GPtrArray *candidates; /* (element-type Candidate) */
  gboolean left_out;     /* there are more than are in mind */
  TytoDiskReclaimed done;
} Reclaim;

static void
candidate_free (Candidate *candidate)
{
  g_free (candidate->path);
  g_free (candidate);
}

static void
reclaim_free (Reclaim *reclaim)
{
  g_free (reclaim->directory);
  g_ptr_array_unref (reclaim->candidates);
  g_clear_pointer (&reclaim->done.paths, g_hash_table_unref);
  g_free (reclaim);
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const Candidate *first = *(const Candidate *const *) a;
  const Candidate *second = *(const Candidate *const *) b;

  if (first->mtime_ns != second->mtime_ns)
    return first->mtime_ns < second->mtime_ns ? -1 : 1;
  return strcmp (first->path, second->path);
}

static void
keep_oldest (Reclaim *self)
{
  g_ptr_array_sort (self->candidates, compare_age);
  if (self->candidates->len > CANDIDATES) {
    g_ptr_array_set_size (self->candidates, CANDIDATES);
    self->left_out = TRUE;
  }
}

static gboolean
on_file (const char *path, TytoSpoolKind kind, const struct stat *about, gpointer data)
{
  Reclaim *self = data;
  Candidate *candidate;

  if (kind != TYTO_SPOOL_MEDIA || !tyto_spool_is_archived (path, NULL, NULL))
    return TRUE;
  candidate = g_new (Candidate, 1);
  candidate->path = g_strdup (path);
  candidate->mtime_ns
      = about->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + about->st_mtim.tv_nsec;
  candidate->bytes = (guint64) about->st_blocks * BLOCK;
  g_ptr_array_add (self->candidates, candidate);
  if (self->candidates->len >= 2 * CANDIDATES)
    keep_oldest (self);
  return TRUE;
}

/* FALSE when one could not be deleted: the next ones could not either. */
static gboolean
delete_candidates (Reclaim *self, GCancellable *cancellable, GError **error)
{
  keep_oldest (self);
  for (guint i = 0; i < self->candidates->len && self->done.bytes < self->wanted; i++) {
    const Candidate *candidate = g_ptr_array_index (self->candidates, i);

    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !tyto_spool_delete_archived (candidate->path, error))
      return FALSE;
    self->done.files++;
    g_hash_table_add (self->done.paths, g_strdup (candidate->path));
    self->done.bytes += candidate->bytes;
    g_message ("Deleted %s to make room: the archive has it", candidate->path);
  }
  self->done.enough = self->done.bytes >= self->wanted;
  g_ptr_array_set_size (self->candidates, 0);
  return TRUE;
}

static void
reclaim_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reclaim *self = data;
  GError *error = NULL;

  do {
    self->left_out = FALSE;
    if (!tyto_spool_walk (self->directory, on_file, self, cancellable, &error)
        || !delete_candidates (self, cancellable, &error)) {
      g_task_return_error (task, error);
      return;
    }
  } while (!self->done.enough && self->left_out);
  g_task_return_boolean (task, TRUE);
}

void
tyto_disk_reclaim_async (const char *directory, guint64 bytes, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Reclaim *self = g_new0 (Reclaim, 1);

  self->directory = g_strdup (directory);
  self->wanted = bytes;
  self->done.paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) candidate_free);
  g_task_set_source_tag (task, tyto_disk_reclaim_async);
  g_task_set_task_data (task, self, (GDestroyNotify) reclaim_free);
  g_task_run_in_thread (task, reclaim_in_thread);
}

gboolean
tyto_disk_reclaim_finish (GAsyncResult *result, TytoDiskReclaimed *reclaimed, GError **error)
{
  Reclaim *self = g_task_get_task_data (G_TASK (result));

  if (reclaimed != NULL) {
    *reclaimed = self->done;
    self->done.paths = NULL;
  }
  return g_task_propagate_boolean (G_TASK (result), error);
}
