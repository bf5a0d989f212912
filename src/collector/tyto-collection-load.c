/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-collection-load.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <glib/gstdio.h>

#define MODE 0750

void
tyto_collection_load_free (TytoCollectionLoad *self)
{
  g_clear_pointer (&self->segments, g_ptr_array_unref);
  g_ptr_array_unref (self->inits);
  g_clear_pointer (&self->journal, tyto_hls_journal_close);
  g_free (self);
}

/* Removes NAME.part; notes init-…. */
static void
sort_out (const char *directory, GDir *entries, GPtrArray *inits)
{
  const char *name;

  while ((name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *path = g_build_filename (directory, name, NULL);

    if (g_str_has_suffix (name, ".part")
        && (g_str_has_prefix (name, "init-") || g_ascii_isdigit (name[0])))
      g_unlink (path);
    else if (g_str_has_prefix (name, "init-"))
      g_ptr_array_add (inits, g_strdup (name));
  }
}

static gboolean
is_there (const char *directory, const char *name, guint64 *bytes)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  GStatBuf info;

  if (g_stat (path, &info) != 0)
    return FALSE;
  *bytes = (guint64) info.st_size;
  return TRUE;
}

/* Without its initialization section a segment is as good as none. */
static void
check_files (const char *directory, TytoHlsSegment *segment)
{
  guint64 bytes;

  if (segment->state == TYTO_HLS_FETCHED
      && (!is_there (directory, segment->file, &bytes) || bytes != segment->bytes
          || (*segment->init != '\0' && !is_there (directory, segment->init, &bytes))))
    segment->state = TYTO_HLS_LISTED;
}

static gboolean
load (const char *directory, TytoCollectionLoad *self, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) entries = NULL;

  if (g_mkdir_with_parents (directory, MODE) != 0) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "“%s” cannot be made: %s", directory,
                    g_strerror (errno));
    return FALSE;
  }
  entries = g_dir_open (directory, 0, &cause);
  if (entries == NULL) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "“%s” cannot be read: %s", directory,
                    cause->message);
    return FALSE;
  }
  sort_out (directory, entries, self->inits);
  self->segments = tyto_hls_journal_read (directory, NULL, &cause);
  if (g_error_matches (cause, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    self->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_hls_segment_free);
  } else if (self->segments == NULL) {
    g_propagate_error (error, g_steal_pointer (&cause));
    return FALSE;
  }
  for (guint i = 0; i < self->segments->len; i++)
    check_files (directory, self->segments->pdata[i]);
  self->journal = tyto_hls_journal_open (directory, error);
  return self->journal != NULL;
}

static void
run_load (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (TytoCollectionLoad) self = g_new0 (TytoCollectionLoad, 1);
  GError *error = NULL;

  self->inits = g_ptr_array_new_with_free_func (g_free);
  if (load (data, self, &error))
    g_task_return_pointer (task, g_steal_pointer (&self),
                           (GDestroyNotify) tyto_collection_load_free);
  else
    g_task_return_error (task, error);
}

void
tyto_collection_load_async (const char *directory, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_task_data (task, g_strdup (directory), g_free);
  g_task_run_in_thread (task, run_load);
}

TytoCollectionLoad *
tyto_collection_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
