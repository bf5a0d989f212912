/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the archive tells of itself. */
#include "recorder/archive/tyto-archive-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"

gint64
tyto_archive_get_late_us (TytoArchive *self)
{
  return self->oldest_end_us >= 0 ? MAX (tyto_time_now () - self->oldest_end_us, 0) : -1;
}

const TytoUploadStats *
tyto_archive_get_stats (TytoArchive *self)
{
  return self->stats;
}

const TytoUploadTotals *
tyto_archive_get_totals (TytoArchive *self, gint64 *late_us)
{
  *late_us = tyto_archive_get_late_us (self);
  return &self->totals;
}

static const char *
get_state (TytoArchive *self)
{
  if (tyto_archive_rules_get_refusal (self->rules) != NULL)
    return "refused";
  if (self->queue == NULL)
    return "off";
  if (tyto_upload_queue_is_open (self->queue))
    return "failing";
  return tyto_archive_target_is_ready (self->target) ? "ok" : "starting";
}

static GVariant *
write_waiting (const TytoUploadTotals *totals)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "segments", "t", totals->segments);
  g_variant_dict_insert (&dict, "bytes", "t", totals->bytes);
  g_variant_dict_insert (&dict, "thumbnails", "t", totals->thumbnails);
  g_variant_dict_insert (&dict, "failing", "t", totals->tried);
  if (totals->oldest_us >= 0) {
    g_autofree char *oldest = tyto_time_format (totals->oldest_us);

    g_variant_dict_insert (&dict, "oldest", "s", oldest);
  }
  return g_variant_dict_end (&dict);
}

static void
write_stats (GVariantDict *dict, TytoArchive *self)
{
  const TytoUploadStats *stats = self->stats;

  g_variant_dict_insert (dict, "uploaded", "t", stats->all.succeeded);
  g_variant_dict_insert (dict, "adopted", "t", stats->adopted);
  g_variant_dict_insert (dict, "thumbnails", "t", stats->thumbnails);
  g_variant_dict_insert (dict, "failures", "t", stats->all.failed);
  g_variant_dict_insert (dict, "bytes", "t", stats->all.bytes);
  g_variant_dict_insert (dict, "seconds", "d", stats->all.seconds);
  g_variant_dict_insert (dict, "evicted", "t", self->n_evicted);
  if (stats->last_us >= 0) {
    g_autofree char *last = tyto_time_format (stats->last_us);

    g_variant_dict_insert (dict, "last_upload", "s", last);
  }
}

GVariant *
tyto_archive_describe (TytoArchive *self)
{
  const char *refusal = tyto_archive_rules_get_refusal (self->rules);
  const char *last_error = tyto_archive_rules_get_last_error (self->rules);
  g_autofree char *endpoint
      = self->target != NULL ? tyto_archive_target_describe (self->target) : g_strdup ("");
  gint64 probe_us = self->queue != NULL ? tyto_upload_queue_get_probe_us (self->queue) : -1;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "state", "s", get_state (self));
  g_variant_dict_insert (&dict, "endpoint", "s", endpoint);
  g_variant_dict_insert (&dict, "reason", "s", refusal != NULL ? refusal : last_error);
  if (probe_us >= 0) {
    g_autofree char *next_try = tyto_time_format (probe_us);

    g_variant_dict_insert (&dict, "next_try", "s", next_try);
  }
  g_variant_dict_insert (
      &dict, "under_way", "t",
      (guint64) (self->queue != NULL ? tyto_upload_queue_get_n_active (self->queue) : 0));
  g_variant_dict_insert_value (&dict, "waiting", write_waiting (&self->totals));
  write_stats (&dict, self);
  g_variant_dict_insert (&dict, "key_template", "s",
                         tyto_settings_get_string (self->settings, "archive-key-template"));
  g_variant_dict_insert (
      &dict, "local_retention_minutes", "t",
      (guint64) tyto_settings_get_uint (self->settings, "local-retention-minutes"));
  g_variant_dict_insert (&dict, "concurrency", "t",
                         (guint64) tyto_settings_get_uint (self->settings, "upload-concurrency"));
  g_variant_dict_insert (&dict, "worker_pid", "t",
                         (guint64) tyto_archive_s3_get_worker_pid (self->s3));
  return g_variant_dict_end (&dict);
}

/* --- The list --- */

static void
on_totals (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoArchive *self = g_task_get_source_object (task);
  GPtrArray *tried = g_task_get_task_data (task);
  GVariantBuilder failing = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  TytoUploadTotals totals;
  GError *error = NULL;
  GVariantDict dict;

  if (!tyto_catalogue_count_uploads_finish (TYTO_CATALOGUE (source), result, &totals, &error)) {
    g_task_return_error (task, error);
    return;
  }
  self->totals = totals;
  for (guint i = 0; i < tried->len; i++) {
    const TytoUpload *upload = tried->pdata[i];

    if (upload->tries > 0)
      g_variant_builder_add_value (&failing, tyto_upload_to_variant (upload));
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "items",
                               self->queue != NULL
                                   ? tyto_upload_queue_list_active (self->queue)
                                   : g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
  g_variant_dict_insert_value (&dict, "failing", g_variant_builder_end (&failing));
  g_variant_dict_insert_value (&dict, "waiting", write_waiting (&totals));
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_dict_end (&dict)),
                         (GDestroyNotify) g_variant_unref);
}

static void
on_tried (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  GPtrArray *tried = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (tried == NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  g_task_set_task_data (task, tried, (GDestroyNotify) g_ptr_array_unref);
  tyto_catalogue_count_uploads_async (TYTO_CATALOGUE (source), NULL, on_totals, task);
}

void
tyto_archive_list_async (TytoArchive *self, guint limit, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  tyto_catalogue_list_tried_uploads_async (self->catalogue, limit, NULL, on_tried, task);
}

GVariant *
tyto_archive_list_finish (TytoArchive *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Another try --- */

static void
on_hurried (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;

  if (tyto_upload_queue_hurry_finish (TYTO_UPLOAD_QUEUE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
tyto_archive_retry_async (TytoArchive *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  if (self->queue != NULL) {
    tyto_upload_queue_hurry_async (self->queue, on_hurried, g_steal_pointer (&task));
    return;
  }
  tyto_set_error (&error, TYTO_ERROR_WRONG_STATE,
                  "Set s3-endpoint, s3-bucket and the keys, see tyto.conf(5).",
                  "There is no archive to upload to");
  g_task_return_error (task, error);
}

gboolean
tyto_archive_retry_finish (TytoArchive *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
