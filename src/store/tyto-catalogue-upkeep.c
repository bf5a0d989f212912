/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-upkeep.h"

#include "store/tyto-catalogue-call.h"

#define BACKEND(self) TYTO_CATALOGUE_GET_CLASS (self)

static gboolean
perform_open_segment (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  return BACKEND (self)->open_segment (self, job->segment, error);
}

static gboolean
perform_forget_open_segment (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  return BACKEND (self)->forget_open_segment (self, job->id, error);
}

static gboolean
perform_list_open_segments (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  job->rows = BACKEND (self)->list_open_segments (self, error);
  return job->rows != NULL;
}

static gboolean
perform_list_open_runs (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  job->rows = BACKEND (self)->list_open_runs (self, error);
  return job->rows != NULL;
}

static gboolean
perform_delete_segment (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  return BACKEND (self)->delete_segment (self, job->id, error);
}

static gboolean
perform_replace_segment_by_gap (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  job->number
      = BACKEND (self)->replace_segment_by_gap (self, job->id, job->reason, job->detail, error);
  return job->number >= 0;
}

static gboolean
perform_set_archived (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  return BACKEND (self)->set_archived (self, job->id, job->flag, error);
}

static gboolean
perform_move_gap_start (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  return BACKEND (self)->move_gap_start (self, job->gap_id, job->time_us, error);
}

static gboolean
perform_get_id (TytoCatalogueJob *job, TytoCatalogue *self, GError **error)
{
  job->text = BACKEND (self)->get_id (self, error);
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
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_forget_open_segment, TRUE);

  job->id = g_strdup (id);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_delete_segment_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_delete_segment, TRUE);

  job->id = g_strdup (id);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
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
  tyto_catalogue_submit (self, tyto_catalogue_job_new (perform_list_open_segments, FALSE), NULL,
                         cancellable, callback, user_data);
}

GPtrArray *
tyto_catalogue_list_open_segments_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  return tyto_catalogue_finish_rows (self, result, error);
}

void
tyto_catalogue_list_open_runs_async (TytoCatalogue *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit (self, tyto_catalogue_job_new (perform_list_open_runs, FALSE), NULL,
                         cancellable, callback, user_data);
}

GPtrArray *
tyto_catalogue_list_open_runs_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  return tyto_catalogue_finish_rows (self, result, error);
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
  tyto_catalogue_submit (self, tyto_catalogue_job_new (perform_get_id, FALSE), NULL, cancellable,
                         callback, user_data);
}

char *
tyto_catalogue_get_id_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  return job != NULL ? g_steal_pointer (&job->text) : NULL;
}
