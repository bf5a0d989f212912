/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-retention.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-call.h"
#include "store/tyto-sql-retention.h"

void
tyto_kept_totals_free (TytoKeptTotals *self)
{
  g_free (self->camera);
  g_free (self);
}

static gboolean
perform_enter_clip (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_enter_clip (db, job->clip, error);
}

static gboolean
perform_delete_clip (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_delete_clip (db, job->id, error);
}

static gboolean
perform_list_clips (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_clips (db, job->camera, job->id, error);
  return job->rows != NULL;
}

static gboolean
perform_list_expired (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows
      = tyto_sql_list_expired (db, job->camera, job->time_us, job->segment, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_list_oldest (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_oldest (db, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_mark_deleting (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_mark_deleting (db, job->id, job->time_us, error);
}

static gboolean
perform_list_deleting (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_deleting (db, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_find_deleting (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_find_deleting (db, job->id, error);
  return job->rows != NULL;
}

static gboolean
perform_finish_deletion (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_finish_deletion (db, job->id, error);
}

static gboolean
perform_list_expired_thumbnails (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_expired_thumbnails (db, job->camera, job->time_us, job->count, error);
  return job->rows != NULL;
}

static gboolean
perform_delete_thumbnail (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_delete_thumbnail (db, job->camera, job->time_us, error);
}

static gboolean
perform_forget_past (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_forget_past (db, job->camera, job->time_us, error);
}

static gboolean
perform_get_expired (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  return tyto_sql_get_expired (db, job->camera, &job->number, error);
}

static gboolean
perform_list_kept (TytoCatalogueJob *job, TytoSql *db, GError **error)
{
  job->rows = tyto_sql_list_kept (db, job->time_us, error);
  return job->rows != NULL;
}

/* --- Clips --- */

void
tyto_catalogue_enter_clip_async (TytoCatalogue *self, TytoClip *clip, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_enter_clip, TRUE);

  job->clip = tyto_clip_ref (clip);
  if (clip->end_us <= clip->start_us)
    tyto_set_error (&job->error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "A clip must end after its start.");
  tyto_catalogue_submit (self, job, *clip->broadcast == '\0' ? clip->camera : NULL, cancellable,
                         callback, user_data);
}

void
tyto_catalogue_delete_clip_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_delete_clip, TRUE, id, cancellable, callback, user_data);
}

void
tyto_catalogue_list_clips_async (TytoCatalogue *self, const char *camera, const char *broadcast,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_list_clips, FALSE);

  job->camera = g_strdup (camera);
  job->id = g_strdup (broadcast);
  tyto_catalogue_submit (self, job, camera, cancellable, callback, user_data);
}

/* --- Segments --- */

/* A page of what @camera (NULL: all) has before @before_us. */
static void
submit_page (TytoCatalogue *self, TytoCataloguePerform perform, const char *camera,
             gint64 before_us, const TytoSegment *after, guint limit, GCancellable *cancellable,
             GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform, FALSE);

  job->camera = g_strdup (camera);
  job->time_us = before_us;
  job->segment = after != NULL ? tyto_segment_ref ((TytoSegment *) after) : NULL;
  job->count = limit;
  tyto_catalogue_job_check_limit (job, limit);
  tyto_catalogue_submit (self, job, camera, cancellable, callback, user_data);
}

void
tyto_catalogue_list_expired_async (TytoCatalogue *self, const char *camera, gint64 before_us,
                                   const TytoSegment *after, guint limit, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  submit_page (self, perform_list_expired, camera, before_us, after, limit, cancellable, callback,
               user_data);
}

void
tyto_catalogue_list_oldest_async (TytoCatalogue *self, guint limit, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  submit_page (self, perform_list_oldest, NULL, 0, NULL, limit, cancellable, callback, user_data);
}

void
tyto_catalogue_mark_deleting_async (TytoCatalogue *self, const char *id, gint64 now_us,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_mark_deleting, TRUE);

  job->id = g_strdup (id);
  job->time_us = now_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}

void
tyto_catalogue_list_deleting_async (TytoCatalogue *self, guint limit, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  submit_page (self, perform_list_deleting, NULL, 0, NULL, limit, cancellable, callback, user_data);
}

void
tyto_catalogue_find_deleting_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_find_deleting, FALSE, id, cancellable, callback,
                            user_data);
}

void
tyto_catalogue_finish_deletion_async (TytoCatalogue *self, const char *id,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  tyto_catalogue_submit_id (self, perform_finish_deletion, TRUE, id, cancellable, callback,
                            user_data);
}

/* --- What goes with them --- */

void
tyto_catalogue_list_expired_thumbnails_async (TytoCatalogue *self, const char *camera,
                                              gint64 before_us, guint limit,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data)
{
  submit_page (self, perform_list_expired_thumbnails, camera, before_us, NULL, limit, cancellable,
               callback, user_data);
}

static void
submit_change (TytoCatalogue *self, TytoCataloguePerform perform, const char *camera,
               gint64 time_us, GCancellable *cancellable, GAsyncReadyCallback callback,
               gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform, TRUE);

  job->camera = g_strdup (camera);
  job->time_us = time_us;
  tyto_catalogue_submit (self, job, camera, cancellable, callback, user_data);
}

void
tyto_catalogue_delete_thumbnail_async (TytoCatalogue *self, const char *camera, gint64 taken_us,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  submit_change (self, perform_delete_thumbnail, camera, taken_us, cancellable, callback,
                 user_data);
}

void
tyto_catalogue_forget_past_async (TytoCatalogue *self, const char *camera, gint64 before_us,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  submit_change (self, perform_forget_past, camera, before_us, cancellable, callback, user_data);
}

/* --- Totals --- */

void
tyto_catalogue_get_expired_async (TytoCatalogue *self, const char *camera,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_get_expired, FALSE);

  job->camera = g_strdup (camera);
  tyto_catalogue_submit (self, job, camera, cancellable, callback, user_data);
}

gboolean
tyto_catalogue_get_expired_finish (TytoCatalogue *self, GAsyncResult *result, gint64 *expired_us,
                                   GError **error)
{
  return tyto_catalogue_finish_number (self, result, expired_us, error);
}

void
tyto_catalogue_list_kept_async (TytoCatalogue *self, gint64 now_us, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  TytoCatalogueJob *job = tyto_catalogue_job_new (perform_list_kept, FALSE);

  job->time_us = now_us;
  tyto_catalogue_submit (self, job, NULL, cancellable, callback, user_data);
}
