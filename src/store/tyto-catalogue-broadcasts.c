/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-broadcasts.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-call.h"
#include "store/tyto-sql-broadcasts.h"

/* --- What the catalogue's thread does --- */

static gboolean
perform_put (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_put_broadcast (db, job->broadcast, job->gaps, error);
}

static gboolean
perform_delete (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_delete_broadcast (db, job->id, error);
}

static gboolean
perform_get (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_get_broadcast (db, job->id, error);
  if (job->rows == NULL)
    return FALSE;
  if (job->rows->len == 0)
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no broadcast %s.", job->id);
  return job->rows->len > 0;
}

static gboolean
perform_list (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_broadcasts (db, &job->broadcast_query, &job->text, error);
  return job->rows != NULL;
}

static gboolean
perform_list_open (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_open_broadcasts (db, error);
  return job->rows != NULL;
}

static gboolean
perform_list_expired (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_expired_broadcasts (db, job->time_us, (const char *const *) job->only,
                                                (const char *const *) job->but, job->broadcast,
                                                job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_find (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_find_broadcast (db, job->broadcast_query.stream_id,
                                       job->broadcast_query.stream_key, error);
  return job->rows != NULL;
}

static gboolean
perform_list_gaps (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_broadcast_gaps (db, job->id, error);
  return job->rows != NULL;
}

static gboolean
perform_count (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  TytoBroadcastTotals *totals = g_new0 (TytoBroadcastTotals, 1);

  job->rows = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (job->rows, totals);
  return tyto_sql_count_broadcasts (db, totals, error);
}

/* --- Changes --- */

/* Sets the job's error unless @text is a UUID, or "" or NULL. */
static void
check_uuid (TytoCatalogueJob *job, const char *what, const char *text)
{
  if (text != NULL && *text != '\0' && !g_uuid_string_is_valid (text) && job->error == NULL)
    tyto_set_error (&job->error, TYTO_ERROR_INVALID_ARGUMENT,
                    "It looks like bb52ba50-edc5-4056-a62c-6ef211d72d25.",
                    "The %s of a broadcast is a UUID, not \"%s\".", what, text);
}

void
tyto_catalogue_put_broadcast_gaps_async (TytoCatalogue *self, TytoBroadcast *broadcast,
                                         GPtrArray *gaps, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_put, TRUE);

  job->broadcast = tyto_broadcast_ref (broadcast);
  job->gaps = gaps != NULL ? g_ptr_array_ref (gaps) : NULL;
  check_uuid (job, "id", *broadcast->id != '\0' ? broadcast->id : "(none)");
  check_uuid (job, "stream_id", broadcast->stream_id);
  check_uuid (job, "video_id", broadcast->video_id);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_put_broadcast_async (TytoCatalogue *self, TytoBroadcast *broadcast,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  tyto_catalogue_put_broadcast_gaps_async (self, broadcast, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_delete_broadcast_async (TytoCatalogue *self, const char *id,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_delete, TRUE);

  job->id = g_ascii_strdown (id, -1);
  check_uuid (job, "id", id);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

/* --- One --- */

void
tyto_catalogue_get_broadcast_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autofree char *lower = g_ascii_strdown (id, -1);

  tyto_catalogue_submit_id (self, perform_get, FALSE, lower, cancellable, callback, user_data);
}

TytoBroadcast *
tyto_catalogue_get_broadcast_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) rows = tyto_catalogue_list_rows_finish (self, result, error);

  return rows != NULL ? tyto_broadcast_ref (rows->pdata[0]) : NULL;
}

/* --- Lists --- */

void
tyto_catalogue_list_broadcasts_async (TytoCatalogue *self, const TytoBroadcastQuery *query,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_list, FALSE);

  tyto_catalogue_job_set_broadcast_query (job, query);
  tyto_catalogue_job_check_limit (job, query->limit);
  check_uuid (job, "stream_id", query->stream_id);
  if (query->status != NULL && tyto_broadcast_status_from_string (query->status) < 0
      && job->error == NULL)
    tyto_set_error (&job->error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Give recording, processing, completed or failed.",
                    "A broadcast has no status \"%s\".", query->status);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

GPtrArray *
tyto_catalogue_list_broadcasts_finish (TytoCatalogue *self, GAsyncResult *result, char **next,
                                       GError **error)
{
  return tyto_catalogue_finish_page (self, result, next, error);
}

void
tyto_catalogue_list_open_broadcasts_async (TytoCatalogue *self, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_list_open, cancellable, callback, user_data);
}

void
tyto_catalogue_list_expired_broadcasts_async (TytoCatalogue *self, gint64 before_us,
                                              const char *const *only, const char *const *but,
                                              const TytoBroadcast *after, guint limit,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_list_expired, FALSE);

  job->time_us = before_us;
  job->only = g_strdupv ((char **) only);
  job->but = g_strdupv ((char **) but);
  job->broadcast = after != NULL ? tyto_broadcast_ref ((TytoBroadcast *) after) : NULL;
  job->count = limit;
  tyto_catalogue_job_check_limit (job, limit);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_find_broadcast_async (TytoCatalogue *self, const char *stream_id,
                                     const char *stream_key, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_find, FALSE);
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;

  query.stream_id = stream_id != NULL && *stream_id != '\0' ? stream_id : NULL;
  query.stream_key = stream_key;
  tyto_catalogue_job_set_broadcast_query (job, &query);
  check_uuid (job, "stream_id", stream_id);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_list_broadcast_gaps_async (TytoCatalogue *self, const char *id,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data)
{
  g_autofree char *lower = g_ascii_strdown (id, -1);

  tyto_catalogue_submit_id (self, perform_list_gaps, FALSE, lower, cancellable, callback,
                            user_data);
}

/* --- Totals --- */

void
tyto_catalogue_count_broadcasts_async (TytoCatalogue *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_count, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_count_broadcasts_finish (TytoCatalogue *self, GAsyncResult *result,
                                        TytoBroadcastTotals *totals, GError **error)
{
  g_autoptr (GPtrArray) rows = tyto_catalogue_list_rows_finish (self, result, error);

  if (rows == NULL)
    return FALSE;
  *totals = *(const TytoBroadcastTotals *) g_ptr_array_index (rows, 0);
  return TRUE;
}
