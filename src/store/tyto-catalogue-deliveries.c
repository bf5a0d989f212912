/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-deliveries.h"

#include "store/tyto-catalogue-call.h"
#include "store/tyto-sql-deliveries.h"

static gboolean
perform_push (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_push_delivery (db, job->delivery, error);
}

static gboolean
perform_update (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_update_delivery (db, job->id, job->time_us, job->count, job->detail, error);
}

static gboolean
perform_delete (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_delete_delivery (db, job->id, error);
}

static gboolean
perform_next (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_next_delivery (db, job->id, job->time_us, &job->delivery, error);
}

static gboolean
perform_count (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_count_deliveries (db, job->id, &job->number, error);
}

static gboolean
perform_trim (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_trim_deliveries (db, job->id, job->count, &job->number, error);
}

static gboolean
perform_list_endpoints (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_delivery_endpoints (db, error);
  return job->rows != NULL;
}

void
tyto_catalogue_push_delivery_async (TytoCatalogue *self, TytoDelivery *delivery,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_push, TRUE);

  job->delivery = tyto_delivery_ref (delivery);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_update_delivery_async (TytoCatalogue *self, const char *id, gint64 due_us,
                                      guint tries, const char *last_error,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_update, TRUE);

  job->id = g_strdup (id);
  job->time_us = due_us;
  job->count = tries;
  job->detail = g_strdup (last_error != NULL ? last_error : "");
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_delete_delivery_async (TytoCatalogue *self, const char *id,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_delete, TRUE, id, cancellable, callback, user_data);
}

void
tyto_catalogue_next_delivery_async (TytoCatalogue *self, const char *endpoint, gint64 now_us,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_next, FALSE);

  job->id = g_strdup (endpoint);
  job->time_us = now_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_next_delivery_finish (TytoCatalogue *self, GAsyncResult *result,
                                     TytoDelivery **delivery, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  *delivery = job != NULL ? g_steal_pointer (&job->delivery) : NULL;
  return job != NULL;
}

void
tyto_catalogue_count_deliveries_async (TytoCatalogue *self, const char *endpoint,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_count, FALSE, endpoint, cancellable, callback, user_data);
}

void
tyto_catalogue_trim_deliveries_async (TytoCatalogue *self, const char *endpoint, guint keep,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_trim, TRUE);

  job->id = g_strdup (endpoint);
  job->count = keep;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_count_deliveries_finish (TytoCatalogue *self, GAsyncResult *result, guint64 *count,
                                        GError **error)
{
  return tyto_catalogue_finish_number (self, result, (gint64 *) count, error);
}

void
tyto_catalogue_list_delivery_endpoints_async (TytoCatalogue *self, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_list_endpoints, cancellable, callback, user_data);
}
