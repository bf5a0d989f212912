/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "store/tyto-catalogue-call.h"
#include "store/tyto-catalogue-queue.h"
#include "store/tyto-sql-entry.h"
#include "store/tyto-sql-listing.h"

#define MAX_LIMIT 1000

typedef struct {
  TytoCatalogueQueue *queue; /* nullable: once closed */
} TytoCataloguePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (TytoCatalogue, tyto_catalogue, G_TYPE_OBJECT)

#define PRIVATE(self) ((TytoCataloguePrivate *) tyto_catalogue_get_instance_private (self))
void
tyto_catalogue_totals_free (TytoCatalogueTotals *self)
{
  g_free (self->camera);
  g_free (self);
}

void
tyto_catalogue_coverage_free (TytoCatalogueCoverage *self)
{
  g_free (self->camera);
  g_free (self);
}

/* --- What the catalogue's thread does --- */

static gboolean
perform_enter_camera (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_enter_camera (db, job->camera, job->id, error);
}

static gboolean
perform_enter_run (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_enter_run (db, job->run, error);
}

static gboolean
perform_end_run (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_end_run (db, job->run, error);
}

static gboolean
perform_enter_segment (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_enter_segment (db, job->segment, error);
}

static gboolean
perform_enter_thumbnail (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_enter_thumbnail (db, job->camera, job->time_us, job->id, job->bytes, error);
}

static gboolean
perform_enter_gap (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->number = tyto_sql_enter_gap (db, job->gap, error);
  return job->number >= 0;
}

static gboolean
perform_end_gap (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_end_gap (db, job->gap_id, job->time_us, job->packets_lost, job->frames_lost,
                           error);
}

static gboolean
perform_list_segments (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_segments (db, &job->query, &job->text, error);
  return job->rows != NULL;
}

static gboolean
perform_list_gaps (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_gaps (db, &job->query, &job->text, error);
  return job->rows != NULL;
}

static gboolean
perform_get_segment (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->record = tyto_sql_get_segment (db, job->id, error);
  return job->record != NULL;
}

static gboolean
perform_latest_thumbnail (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->text = tyto_sql_latest_thumbnail (db, job->camera, &job->number, error);
  return job->text != NULL;
}

static gboolean
perform_list_totals (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_totals (db, error);
  return job->rows != NULL;
}

/* --- Queueing --- */

void
tyto_catalogue_submit (TytoCatalogue *self, TytoCatalogueJob *job, const char *camera,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  TytoCataloguePrivate *priv = PRIVATE (self);

  /* A row that is committed is told so, though its call was cancelled meanwhile. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_name (task, "tyto-catalogue");
  g_task_set_task_data (task, job, (GDestroyNotify) tyto_catalogue_job_free);

  if (camera != NULL && job->error == NULL)
    tyto_id_check (camera, &job->error);
  if (priv->queue == NULL && job->error == NULL)
    tyto_set_error (&job->error, TYTO_ERROR_UNAVAILABLE, NULL, "The catalogue is closed.");
  if (job->error != NULL)
    g_task_return_error (task, g_steal_pointer (&job->error));
  else
    tyto_catalogue_queue_push (priv->queue, g_steal_pointer (&task));
}

TytoCatalogueJob *
tyto_catalogue_finish_job (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  return g_task_get_task_data (G_TASK (result));
}

void
tyto_catalogue_submit_plain (TytoCatalogue *self, TytoCataloguePerform perform,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  tyto_catalogue_submit (self, tyto_catalogue_job_new (perform, FALSE), NULL, cancellable, callback,
                         user_data);
}

void
tyto_catalogue_submit_id (TytoCatalogue *self, TytoCataloguePerform perform, gboolean writes,
                          const char *id, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform, writes);

  job->id = g_strdup (id);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_finish_number (TytoCatalogue *self, GAsyncResult *result, gint64 *number,
                              GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  if (job != NULL)
    *number = job->number;
  return job != NULL;
}

GPtrArray *
tyto_catalogue_finish_page (TytoCatalogue *self, GAsyncResult *result, char **next_cursor,
                            GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  if (next_cursor != NULL)
    *next_cursor = job != NULL ? g_steal_pointer (&job->text) : NULL;
  return job != NULL ? g_steal_pointer (&job->rows) : NULL;
}

GPtrArray *
tyto_catalogue_list_rows_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  return tyto_catalogue_finish_page (self, result, NULL, error);
}

void
tyto_catalogue_job_check_limit (TytoCatalogueJob *job, guint limit)
{
  if (limit < 1 || limit > MAX_LIMIT)
    tyto_set_error (&job->error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "A page has 1 to %d rows, not %u.", MAX_LIMIT, limit);
}

void
tyto_catalogue_open_async (TytoCatalogue *self, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (NULL, FALSE);

  job->opens = TRUE;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_open_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  return tyto_catalogue_finish_job (self, result, error) != NULL;
}

void
tyto_catalogue_enter_camera_async (TytoCatalogue *self, const char *camera, const char *name,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_enter_camera, TRUE);

  job->camera = g_strdup (camera);
  job->id = g_strdup (name);
  tyto_catalogue_submit (self, job, camera != NULL ? camera : "", cancellable, callback, user_data);
}

void
tyto_catalogue_enter_run_async (TytoCatalogue *self, TytoRun *run, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_enter_run, TRUE);

  job->run = tyto_run_ref (run);
  tyto_catalogue_submit (self, job, run->camera, cancellable, callback, user_data);
}

void
tyto_catalogue_end_run_async (TytoCatalogue *self, TytoRun *run, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_end_run, TRUE);

  job->run = tyto_run_ref (run);
  tyto_catalogue_submit (self, job, run->camera, cancellable, callback, user_data);
}

void
tyto_catalogue_enter_segment_async (TytoCatalogue *self, TytoSegment *segment,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_enter_segment, TRUE);

  job->segment = tyto_segment_ref (segment);
  tyto_catalogue_submit (self, job, segment->camera, cancellable, callback, user_data);
}

void
tyto_catalogue_enter_thumbnail_async (TytoCatalogue *self, const char *camera, gint64 taken_us,
                                      const char *path, guint64 bytes, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_enter_thumbnail, TRUE);

  job->camera = g_strdup (camera);
  job->time_us = taken_us;
  job->id = g_strdup (path);
  job->bytes = bytes;
  tyto_catalogue_submit (self, job, camera, cancellable, callback, user_data);
}

void
tyto_catalogue_end_gap_async (TytoCatalogue *self, gint64 id, gint64 end_us,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_end_gap, TRUE);

  job->gap_id = id;
  job->time_us = end_us;
  job->packets_lost = job->frames_lost = -1;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_finish_gap_async (TytoCatalogue *self, const TytoGap *gap, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_end_gap, TRUE);

  job->gap_id = gap->id;
  job->time_us = gap->end_us;
  job->packets_lost = (gint64) gap->packets_lost;
  job->frames_lost = (gint64) gap->frames_lost;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_enter_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  return tyto_catalogue_finish_job (self, result, error) != NULL;
}

void
tyto_catalogue_enter_gap_async (TytoCatalogue *self, TytoGap *gap, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_enter_gap, TRUE);

  job->gap = tyto_gap_ref (gap);
  tyto_catalogue_submit (self, job, gap->camera, cancellable, callback, user_data);
}

gint64
tyto_catalogue_enter_gap_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  if (job == NULL)
    return -1;
  job->gap->id = job->number;
  return job->number;
}

static void
submit_query (TytoCatalogue *self, TytoCataloguePerform perform, const TytoCatalogueQuery *query,
              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform, FALSE);

  tyto_catalogue_job_set_query (job, query);
  tyto_catalogue_job_check_limit (job, query->limit);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_list_segments_async (TytoCatalogue *self, const TytoCatalogueQuery *query,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  submit_query (self, perform_list_segments, query, cancellable, callback, user_data);
}

GPtrArray *
tyto_catalogue_list_segments_finish (TytoCatalogue *self, GAsyncResult *result, char **next_cursor,
                                     GError **error)
{
  return tyto_catalogue_finish_page (self, result, next_cursor, error);
}

void
tyto_catalogue_list_gaps_async (TytoCatalogue *self, const TytoCatalogueQuery *query,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  submit_query (self, perform_list_gaps, query, cancellable, callback, user_data);
}

GPtrArray *
tyto_catalogue_list_gaps_finish (TytoCatalogue *self, GAsyncResult *result, char **next_cursor,
                                 GError **error)
{
  return tyto_catalogue_finish_page (self, result, next_cursor, error);
}

void
tyto_catalogue_get_segment_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_get_segment, FALSE, id, cancellable, callback, user_data);
}

TytoSegment *
tyto_catalogue_get_segment_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  return job != NULL ? g_steal_pointer (&job->record) : NULL;
}

void
tyto_catalogue_latest_thumbnail_async (TytoCatalogue *self, const char *camera,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_latest_thumbnail, FALSE);

  job->camera = g_strdup (camera);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

char *
tyto_catalogue_latest_thumbnail_finish (TytoCatalogue *self, GAsyncResult *result, gint64 *taken_us,
                                        GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  if (job == NULL)
    return NULL;
  if (taken_us != NULL)
    *taken_us = job->number;
  return g_steal_pointer (&job->text);
}

void
tyto_catalogue_list_totals_async (TytoCatalogue *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_list_totals, cancellable, callback, user_data);
}

void
tyto_catalogue_close (TytoCatalogue *self)
{
  TytoCatalogueQueue *queue = g_steal_pointer (&PRIVATE (self)->queue);

  if (queue != NULL)
    tyto_catalogue_queue_free (queue, self);
}

static void
tyto_catalogue_dispose (GObject *object)
{
  tyto_catalogue_close (TYTO_CATALOGUE (object));
  G_OBJECT_CLASS (tyto_catalogue_parent_class)->dispose (object);
}

static void
tyto_catalogue_class_init (TytoCatalogueClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_catalogue_dispose;
}

static void
tyto_catalogue_init (TytoCatalogue *self)
{
  PRIVATE (self)->queue = tyto_catalogue_queue_new ();
}
