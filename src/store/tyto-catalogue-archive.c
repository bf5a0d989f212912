/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-archive.h"

#include "store/tyto-catalogue-call.h"
#include "store/tyto-sql-archive.h"

static gboolean
perform_list_due_uploads (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_due_uploads (db, job->time_us, job->flag, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_list_tried_uploads (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_tried_uploads (db, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_count_uploads (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_count_uploads (db, error);
  return job->rows != NULL;
}

static gboolean
perform_begin_upload (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_begin_upload (db, job->id, job->key, job->detail, error);
}

static gboolean
perform_fail_upload (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_fail_upload (db, job->id, job->time_us, job->detail, error);
}

static gboolean
perform_hurry_uploads (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_hurry_uploads (db, job->time_us, error);
}

static gboolean
perform_finish_upload (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_finish_upload (db, job->id, job->key, job->detail, job->time_us, error);
}

static gboolean
perform_list_evictable (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_evictable (db, job->time_us, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_list_movable (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_movable (db, job->time_us, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_set_place (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_set_place (db, job->id, job->reason, job->detail, error);
}

/* --- Lists --- */

static void
submit_list (TytoCatalogue *self, TytoCataloguePerform perform, gint64 time_us, gboolean flag,
             guint limit, GCancellable *cancellable, GAsyncReadyCallback callback,
             gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform, FALSE);

  job->time_us = time_us;
  job->flag = flag;
  job->count = limit;
  tyto_catalogue_job_check_limit (job, limit);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_list_due_uploads_async (TytoCatalogue *self, gint64 now_us, gboolean newest,
                                       guint limit, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  submit_list (self, perform_list_due_uploads, now_us, newest, limit, cancellable, callback,
               user_data);
}

void
tyto_catalogue_list_tried_uploads_async (TytoCatalogue *self, guint limit,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data)
{
  submit_list (self, perform_list_tried_uploads, 0, FALSE, limit, cancellable, callback, user_data);
}

void
tyto_catalogue_list_evictable_async (TytoCatalogue *self, gint64 before_us, guint limit,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  submit_list (self, perform_list_evictable, before_us, FALSE, limit, cancellable, callback,
               user_data);
}

void
tyto_catalogue_list_movable_async (TytoCatalogue *self, gint64 before_us, guint limit,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  submit_list (self, perform_list_movable, before_us, FALSE, limit, cancellable, callback,
               user_data);
}

void
tyto_catalogue_count_uploads_async (TytoCatalogue *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_count_uploads, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_count_uploads_finish (TytoCatalogue *self, GAsyncResult *result,
                                     TytoUploadTotals *totals, GError **error)
{
  g_autoptr (GPtrArray) rows = tyto_catalogue_list_rows_finish (self, result, error);

  if (rows == NULL)
    return FALSE;
  *totals = *(const TytoUploadTotals *) g_ptr_array_index (rows, 0);
  return TRUE;
}

/* --- Changes --- */

void
tyto_catalogue_begin_upload_async (TytoCatalogue *self, const char *id, const char *key,
                                   const char *upload, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_begin_upload, TRUE);

  job->id = g_strdup (id);
  job->key = g_strdup (key);
  job->detail = g_strdup (upload);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_fail_upload_async (TytoCatalogue *self, const char *id, gint64 due_us,
                                  const char *last_error, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_fail_upload, TRUE);

  job->id = g_strdup (id);
  job->time_us = due_us;
  job->detail = g_strdup (last_error);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_hurry_uploads_async (TytoCatalogue *self, gint64 now_us, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_hurry_uploads, TRUE);

  job->time_us = now_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_finish_upload_async (TytoCatalogue *self, const char *id, const char *key,
                                    const char *sha256, gint64 now_us, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_finish_upload, TRUE);

  job->id = g_strdup (id);
  job->key = g_strdup (key);
  job->detail = g_strdup (sha256);
  job->time_us = now_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_set_place_async (TytoCatalogue *self, const char *id, const char *tier,
                                const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_set_place, TRUE);

  job->id = g_strdup (id);
  job->reason = g_strdup (tier);
  job->detail = g_strdup (path);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}
