/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-changes.h"

#include "store/tyto-catalogue-call.h"
#include "store/tyto-catalogue-mirror.h"
#include "store/tyto-sql-changes.h"
#include "store/tyto-sql-taking.h"

static gboolean
perform_start (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_start_changes (db, job->id, &job->number, &job->text, error);
}

static gboolean
perform_stop (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_stop_changes (db, error);
}

static gboolean
perform_count (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_count_changes (db, &job->number, &job->time_us, error);
}

static gboolean
perform_read_changes (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  g_clear_pointer (&job->changes, tyto_changes_free);
  job->changes = tyto_sql_read_changes (db, job->count, error);
  return job->changes != NULL;
}

static gboolean
perform_read_table (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  g_clear_pointer (&job->changes, tyto_changes_free);
  job->changes = tyto_sql_read_table (db, (int) job->gap_id, job->id, job->count, error);
  return job->changes != NULL;
}

static gboolean
perform_forget (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_forget_changes (db, job->gap_id, error);
}

static gboolean
perform_keep_place (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_keep_place (db, (int) job->gap_id, job->id, error);
}

static gboolean
perform_claim (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_claim_recorder (db, job->id, job->detail, error);
}

static gboolean
perform_take (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_take_changes (db, job->id, job->changes, error);
}

void
tyto_catalogue_start_changes_async (TytoCatalogue *self, const char *target,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_start, TRUE, target, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_start_changes_finish (TytoCatalogue *self, GAsyncResult *result, int *table,
                                     char **after, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  if (job == NULL)
    return FALSE;
  *table = (int) job->number;
  *after = g_steal_pointer (&job->text);
  return TRUE;
}

void
tyto_catalogue_forget_mirror_async (TytoCatalogue *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_stop, TRUE, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_count_changes_async (TytoCatalogue *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_plain (self, perform_count, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_count_changes_finish (TytoCatalogue *self, GAsyncResult *result, guint64 *count,
                                     gint64 *oldest_us, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  if (job == NULL)
    return FALSE;
  *count = (guint64) job->number;
  *oldest_us = job->time_us;
  return TRUE;
}

void
tyto_catalogue_read_changes_async (TytoCatalogue *self, guint limit, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_read_changes, FALSE);

  job->count = limit;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_read_table_async (TytoCatalogue *self, int table, const char *after, guint limit,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_read_table, FALSE);

  job->gap_id = table;
  job->id = g_strdup (after);
  job->count = limit;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

TytoChanges *
tyto_catalogue_read_changes_finish (TytoCatalogue *self, GAsyncResult *result, GError **error)
{
  TytoCatalogueJob *job = tyto_catalogue_finish_job (self, result, error);

  return job != NULL ? g_steal_pointer (&job->changes) : NULL;
}

void
tyto_catalogue_forget_changes_async (TytoCatalogue *self, gint64 last_seq,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_forget, TRUE);

  job->gap_id = last_seq;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_keep_place_async (TytoCatalogue *self, int table, const char *after,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_keep_place, TRUE);

  job->gap_id = table;
  job->id = g_strdup (after);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_claim_recorder_async (TytoCatalogue *self, const char *recorder,
                                     const char *catalogue, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_claim, TRUE);

  job->id = g_strdup (recorder);
  job->detail = g_strdup (catalogue);
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_take_changes_async (TytoCatalogue *self, const char *recorder, TytoChanges *changes,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_take, TRUE);

  job->id = g_strdup (recorder);
  job->changes = changes;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}
