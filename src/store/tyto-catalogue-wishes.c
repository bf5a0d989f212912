/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-wishes.h"

#include "store/tyto-catalogue-call.h"
#include "store/tyto-sql-wishes.h"

static gboolean
perform_begin_wish (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_begin_wish (db, job->camera, job->stream, job->time_us, error);
}

static gboolean
perform_end_wish (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_end_wish (db, job->camera, job->stream, job->time_us, error);
}

static gboolean
perform_set_alive (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_set_alive (db, job->time_us, error);
}

static gboolean
perform_get_alive (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_get_alive (db, &job->number, error);
}

static gboolean
perform_list_wishes (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_wishes (db, job->camera, job->query.from_us, job->query.to_us, error);
  return job->rows != NULL;
}

static gboolean
perform_list_coverage (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_coverage (db, job->query.from_us, job->query.to_us, error);
  return job->rows != NULL;
}

static void
submit_wish (TytoCatalogue *self, TytoCataloguePerform perform, const char *camera,
             const char *stream, gint64 time_us, GCancellable *cancellable,
             GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform, TRUE);

  job->camera = g_strdup (camera);
  job->stream = g_strdup (stream);
  job->time_us = time_us;
  tyto_catalogue_submit (self, job, camera, cancellable, callback, user_data);
}

void
tyto_catalogue_begin_wish_async (TytoCatalogue *self, const char *camera, const char *stream,
                                 gint64 start_us, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  submit_wish (self, perform_begin_wish, camera, stream, start_us, cancellable, callback,
               user_data);
}

void
tyto_catalogue_end_wish_async (TytoCatalogue *self, const char *camera, const char *stream,
                               gint64 end_us, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  submit_wish (self, perform_end_wish, camera, stream, end_us, cancellable, callback, user_data);
}

void
tyto_catalogue_set_alive_async (TytoCatalogue *self, gint64 now_us, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_set_alive, TRUE);

  job->time_us = now_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_get_alive_async (TytoCatalogue *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_get_alive, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_get_alive_finish (TytoCatalogue *self, GAsyncResult *result, gint64 *alive_us,
                                 GError **error)
{
  return tyto_catalogue_finish_number (self, result, alive_us, error);
}

void
tyto_catalogue_list_wishes_async (TytoCatalogue *self, const char *camera, gint64 from_us,
                                  gint64 to_us, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_list_wishes, FALSE);

  job->camera = g_strdup (camera);
  job->query.from_us = from_us;
  job->query.to_us = to_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_list_coverage_async (TytoCatalogue *self, gint64 from_us, gint64 to_us,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_list_coverage, FALSE);

  job->query.from_us = from_us;
  job->query.to_us = to_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}
