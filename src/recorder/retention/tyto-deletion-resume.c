/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was marked and not deleted, in an earlier life or by a failure. */
#include "recorder/retention/tyto-deletion.h"

#include "base/tyto-error.h"

#define PAGE 500

typedef struct {
  TytoCatalogue *catalogue;
  TytoS3Client *store;
  TytoArchiveTarget *service;
  GStrv roots;
  TytoDeleted done;
} Resume;

static void list_marked (GTask *task);

static void
resume_free (gpointer data)
{
  Resume *self = data;

  g_object_unref (self->catalogue);
  g_clear_object (&self->store);
  g_clear_object (&self->service);
  g_strfreev (self->roots);
  g_free (self);
}

gboolean
tyto_deletion_is_fatal (const GError *error)
{
  return !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
}

/* Takes @error. */
static void
end (GTask *task, GError *error)
{
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Resume *self = g_task_get_task_data (task);
  GError *error = NULL;
  TytoDeleted deleted;

  tyto_deletion_segments_finish (result, &deleted, &error);
  self->done.segments += deleted.segments;
  self->done.bytes += deleted.bytes;
  self->done.failed = deleted.failed;
  /* What failed is listed first again: over when nothing else comes with it. */
  if (deleted.segments == 0 || (error != NULL && tyto_deletion_is_fatal (error))) {
    end (task, error);
    return;
  }
  g_clear_error (&error);
  list_marked (task);
}

static void
on_marked (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Resume *self = g_task_get_task_data (task);
  const TytoDeletionPlace place = {
    .catalogue = self->catalogue,
    .store = self->store,
    .service = self->service,
    .roots = (const char *const *) self->roots,
  };
  GError *error = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (rows == NULL || rows->len == 0)
    end (task, error);
  else
    tyto_deletion_segments_async (&place, rows, TRUE, g_task_get_cancellable (task), on_deleted,
                                  task);
}

static void
list_marked (GTask *task)
{
  Resume *self = g_task_get_task_data (task);

  tyto_catalogue_list_deleting_async (self->catalogue, PAGE, g_task_get_cancellable (task),
                                      on_marked, task);
}

void
tyto_deletion_resume_async (const TytoDeletionPlace *place, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Resume *self = g_new0 (Resume, 1);

  self->catalogue = g_object_ref (place->catalogue);
  self->store = place->store != NULL ? g_object_ref (place->store) : NULL;
  self->service = place->service != NULL ? g_object_ref (place->service) : NULL;
  self->roots = g_strdupv ((char **) place->roots);
  g_task_set_source_tag (task, tyto_deletion_resume_async);
  g_task_set_task_data (task, self, resume_free);
  g_task_set_check_cancellable (task, FALSE);
  list_marked (task);
}

gboolean
tyto_deletion_resume_finish (GAsyncResult *result, TytoDeleted *deleted, GError **error)
{
  Resume *self = g_task_get_task_data (G_TASK (result));

  *deleted = self->done;
  return g_task_propagate_boolean (G_TASK (result), error);
}
