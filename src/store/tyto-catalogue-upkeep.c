/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-upkeep.h"

#include "store/tyto-catalogue-call.h"
#include "store/tyto-sql-upkeep.h"

static gboolean
perform_open_segment (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_open_segment (db, job->segment, error);
}

static gboolean
perform_forget_open_segment (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_forget_open_segment (db, job->id, error);
}

static gboolean
perform_list_open_segments (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_open_segments (db, error);
  return job->rows != NULL;
}

static gboolean
perform_list_open_runs (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_open_runs (db, error);
  return job->rows != NULL;
}

static gboolean
perform_delete_segment (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_delete_segment (db, job->id, error);
}

static gboolean
perform_replace_segment_by_gap (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->number = tyto_sql_replace_segment_by_gap (db, job->id, job->reason, job->detail, error);
  return job->number >= 0;
}

static gboolean
perform_set_archived (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_set_archived (db, job->id, job->flag, error);
}

static gboolean
perform_move_gap_start (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_move_gap_start (db, job->gap_id, job->time_us, error);
}

static gboolean
perform_get_id (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->text = tyto_sql_get_id (db, error);
  return job->text != NULL;
}

void
tyto_catalogue_open_segment_async (TytoCatalogue *self, TytoSegment *segment,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_open_segment, TRUE);

  job->segment = tyto_segment_ref (segment);
  tyto_catalogue_submit (self, job, segment->camera, cancellable, callback, user_data);
}

void
tyto_catalogue_forget_open_segment_async (TytoCatalogue *self, const char *id,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_forget_open_segment, TRUE, id, cancellable, callback,
                            user_data);
}

void
tyto_catalogue_delete_segment_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_delete_segment, TRUE, id, cancellable, callback,
                            user_data);
}

void
tyto_catalogue_set_archived_async (TytoCatalogue *self, const char *id, gboolean archived,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_set_archived, TRUE);

  job->id = g_strdup (id);
  job->flag = archived;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_move_gap_start_async (TytoCatalogue *self, gint64 id, gint64 start_us,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_move_gap_start, TRUE);

  job->gap_id = id;
  job->time_us = start_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_list_open_segments_async (TytoCatalogue *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_list_open_segments, cancellable, callback, user_data);
}

void
tyto_catalogue_list_open_runs_async (TytoCatalogue *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit (self, tyto_catalogue_job_new (perform_list_open_runs, FALSE), NULL,
                         cancellable, callback, user_data);
}

void
tyto_catalogue_replace_segment_by_gap_async (TytoCatalogue *self, const char *id,
                                             const char *reason, const char *detail,
                                             GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_replace_segment_by_gap, TRUE);

  job->id = g_strdup (id);
  job->reason = g_strdup (reason);
  job->detail = g_strdup (detail != NULL ? detail : "");
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

gint64
tyto_catalogue_replace_segment_by_gap_finish (TytoCatalogue *self, GAsyncResult *result,
                                              GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  return job != NULL ? job->number : -1;
}

void
tyto_catalogue_get_id_async (TytoCatalogue *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_get_id, cancellable, callback, user_data);
}

char *
tyto_catalogue_get_id_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  return job != NULL ? g_steal_pointer (&job->text) : NULL;
}
