/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archive.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/archive/tyto-archive-key.h"
#include "recorder/archive/tyto-archive-private.h"
#include "recorder/archive/tyto-stray-uploads.h"

#define APPLY_MS       100
#define TICK_S         5
#define SWEEP_EVERY_US (3600 * G_TIME_SPAN_SECOND)
#define MIB            G_GUINT64_CONSTANT (1048576)
#define PARTS          2 /* of one upload at a time: uploads run side by side, too */

G_DEFINE_FINAL_TYPE (TytoArchive, tyto_archive, G_TYPE_OBJECT)

enum { SIGNAL_ARCHIVED, SIGNAL_BUSY, N_SIGNALS };

static guint signals[N_SIGNALS];

gboolean
tyto_archive_is_busy (TytoArchive *self)
{
  return self->queue != NULL
         && (tyto_upload_queue_get_n_active (self->queue) > 0 || self->totals.segments > 0
             || self->totals.thumbnails > 0);
}

static void
update_busy (TytoArchive *self)
{
  gboolean busy = tyto_archive_is_busy (self);

  if (busy == self->busy)
    return;
  self->busy = busy;
  g_signal_emit (self, signals[SIGNAL_BUSY], 0);
}

/* --- What the queue tells --- */

static void
on_segment (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoArchive) self = data;
  g_autoptr (TytoSegment) segment
      = tyto_catalogue_get_segment_finish (TYTO_CATALOGUE (source), result, NULL);

  if (segment != NULL)
    g_signal_emit (self, signals[SIGNAL_ARCHIVED], 0, segment);
}

static void
on_done (TytoArchive *self, TytoUploadJob *job, guint outcome, double seconds)
{
  const TytoUpload *upload = tyto_upload_job_get_upload (job);

  tyto_archive_rules_succeeded (self->rules, upload->id, g_get_monotonic_time ());
  if (outcome == TYTO_UPLOAD_GONE)
    return;
  if (upload->kind == TYTO_UPLOAD_THUMBNAIL) {
    self->stats->thumbnails++;
    return;
  }
  if (outcome == TYTO_UPLOAD_ADOPTED)
    self->stats->adopted++;
  tyto_upload_stats_succeeded (self->stats, upload->camera, upload->bytes, seconds);
  tyto_catalogue_get_segment_async (self->catalogue, upload->id, NULL, on_segment,
                                    g_object_ref (self));
}

static void
on_failed (TytoArchive *self, TytoUploadJob *job, const GError *error, guint tries)
{
  const TytoUpload *upload = tyto_upload_job_get_upload (job);

  if (upload->kind == TYTO_UPLOAD_SEGMENT)
    tyto_upload_stats_failed (self->stats, upload->camera);
  tyto_archive_rules_failed (self->rules, upload->id, tries, error, g_get_monotonic_time ());
}

/* --- The end --- */

static void
on_queue_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoArchive *self = g_task_get_source_object (task);

  tyto_upload_queue_stop_finish (TYTO_UPLOAD_QUEUE (source), result);
  tyto_archive_s3_stop (self->s3);
  g_task_return_boolean (task, TRUE);
}

static void
end (TytoArchive *self)
{
  GTask *task = g_steal_pointer (&self->ending);

  g_clear_handle_id (&self->end_source, g_source_remove);
  tyto_upload_queue_stop_async (self->queue, on_queue_stopped, task);
}

static gboolean
on_end_time (gpointer data)
{
  TytoArchive *self = data;

  self->end_source = 0;
  end (self);
  return G_SOURCE_REMOVE;
}

static void
on_idle (TytoArchive *self)
{
  if (self->ending != NULL)
    end (self);
}

void
tyto_archive_end_async (TytoArchive *self, gint64 until_us, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  gint64 left_us = until_us - g_get_monotonic_time ();

  self->running = FALSE;
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_handle_id (&self->apply_source, g_source_remove);
  tyto_local_copies_stop (self->copies);
  if (self->queue == NULL) {
    tyto_archive_s3_stop (self->s3);
    g_task_return_boolean (task, TRUE);
    return;
  }
  self->ending = g_steal_pointer (&task);
  if (left_us <= 0 || tyto_upload_queue_is_open (self->queue)
      || !tyto_archive_target_is_ready (self->target)) {
    end (self);
    return;
  }
  self->end_source = g_timeout_add ((guint) (left_us / 1000), on_end_time, self);
  tyto_upload_queue_wake (self->queue); /* what was entered last; "idle" tells the end */
}

gboolean
tyto_archive_end_finish (TytoArchive *self, GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

/* --- Where to --- */

/* @target: NULL for nowhere */
static void
use_target (TytoArchive *self, TytoArchiveTarget *target)
{
  if (self->target == target)
    return;
  if (self->queue != NULL) {
    g_signal_handlers_disconnect_by_data (self->queue, self);
    tyto_upload_queue_stop (self->queue);
  }
  g_clear_object (&self->queue);
  g_set_object (&self->target, target);
  if (target == NULL)
    return;
  self->queue = tyto_upload_queue_new (self->catalogue, target);
  g_signal_connect_object (self->queue, "done", G_CALLBACK (on_done), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "failed", G_CALLBACK (on_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->queue, "idle", G_CALLBACK (on_idle), self, G_CONNECT_SWAPPED);
}

/* Whether the object store is or was to be used; @error: it cannot be. */
static gboolean
configure_s3 (TytoArchive *self, GError **error)
{
  g_autoptr (TytoS3Config) config = tyto_settings_get_s3_config (self->settings, error);
  TytoArchiveLimits limits = {
    .part_size = tyto_settings_get_uint (self->settings, "upload-part-mib") * MIB,
    .threshold = tyto_settings_get_uint (self->settings, "upload-threshold-mib") * MIB,
    .bandwidth = tyto_settings_get_uint (self->settings, "upload-bandwidth-kbit") * 125ULL,
    .parts = PARTS,
  };

  return config != NULL && tyto_archive_s3_configure (self->s3, config, &limits, error);
}

/* An object store without a bucket for them is there for broadcasts alone. */
static gboolean
has_bucket (TytoArchive *self)
{
  if (*tyto_settings_get_string (self->settings, "s3-endpoint") == '\0')
    return FALSE;
  if (*tyto_settings_get_string (self->settings, "s3-bucket") != '\0')
    return TRUE;
  g_message ("Recordings of cameras are not archived: s3-bucket is not set");
  return FALSE;
}

static gboolean
apply_now (TytoArchive *self, GError **error)
{
  const char *template = tyto_settings_get_string (self->settings, "archive-key-template");
  gboolean has_store = has_bucket (self);

  if (!has_store)
    tyto_archive_s3_stop (self->s3);
  if (!has_store && self->service == NULL) {
    use_target (self, NULL);
    tyto_archive_rules_off (self->rules);
    return TRUE;
  }
  if (!tyto_archive_key_check (template, error) || (has_store && !configure_s3 (self, error)))
    return FALSE;
  use_target (self, has_store ? TYTO_ARCHIVE_TARGET (self->s3) : self->service);
  tyto_upload_queue_set_limits (
      self->queue, tyto_settings_get_uint (self->settings, "upload-concurrency"), template);
  tyto_upload_queue_start (self->queue);
  return TRUE;
}

static gboolean
apply (gpointer data)
{
  TytoArchive *self = data;
  g_autoptr (GError) error = NULL;

  self->apply_source = 0;
  tyto_archive_rules_off (self->rules);
  if (!apply_now (self, &error)) {
    g_autofree char *why = tyto_error_why (error);
    const char *hint = tyto_error_hint (error);
    g_autofree char *text = g_strconcat (why, hint != NULL ? ". " : "", hint, NULL);

    use_target (self, NULL);
    g_warning ("Nothing is archived: %s", text);
    tyto_archive_rules_refused (self->rules, text);
  }
  return G_SOURCE_REMOVE;
}

static void
apply_soon (TytoArchive *self)
{
  if (self->running && self->apply_source == 0)
    self->apply_source = g_timeout_add (APPLY_MS, apply, self);
}

void
tyto_archive_set_service (TytoArchive *self, TytoArchiveTarget *service)
{
  g_set_object (&self->service, service);
  apply_soon (self);
}

static void
on_refused (TytoArchive *self, const char *why)
{
  tyto_archive_rules_refused (self->rules, why);
}

/* --- Time --- */

static void
on_oldest (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoArchive) self = data;
  g_autoptr (GPtrArray) list
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, NULL);

  self->counting = FALSE;
  self->oldest_end_us
      = list != NULL && list->len > 0 ? ((TytoUpload *) list->pdata[0])->end_us : -1;
  if (self->queue != NULL && self->running)
    tyto_archive_rules_judge (self->rules, &self->totals, tyto_archive_get_late_us (self),
                              g_get_monotonic_time ());
  update_busy (self);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoArchive) self = data;

  self->counting = FALSE;
  if (!tyto_catalogue_count_uploads_finish (TYTO_CATALOGUE (source), result, &self->totals, NULL))
    return;
  self->counting = TRUE;
  /* All are due by then: the one that has waited longest. */
  tyto_catalogue_list_due_uploads_async (self->catalogue, G_MAXINT64, FALSE, 1, NULL, on_oldest,
                                         g_object_ref (self));
}

static void
on_swept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoArchive) self = data;
  g_autoptr (GError) error = NULL;

  if (tyto_stray_uploads_sweep_finish (result, &error) < 0)
    g_debug ("Stray uploads are not looked for: %s", error->message);
}

static void
look_after_target (TytoArchive *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 kept_us
      = tyto_settings_get_uint (self->settings, "local-retention-minutes") * G_TIME_SPAN_MINUTE;

  if (tyto_upload_queue_is_open (self->queue))
    return;
  tyto_local_copies_run (self->copies, self->target, tyto_time_now () - kept_us);
  if (self->target != TYTO_ARCHIVE_TARGET (self->s3) || now_us < self->next_sweep_us)
    return;
  self->next_sweep_us = now_us + SWEEP_EVERY_US;
  tyto_stray_uploads_sweep_async (self->catalogue, tyto_archive_s3_get_client (self->s3),
                                  tyto_settings_get_string (self->settings, "archive-key-template"),
                                  on_swept, g_object_ref (self));
}

static gboolean
on_tick (gpointer data)
{
  TytoArchive *self = data;

  if (!self->counting) {
    self->counting = TRUE;
    tyto_catalogue_count_uploads_async (self->catalogue, NULL, on_counted, g_object_ref (self));
  }
  if (self->queue != NULL)
    look_after_target (self);
  return G_SOURCE_CONTINUE;
}

void
tyto_archive_start (TytoArchive *self)
{
  self->running = TRUE;
  self->tick_source = g_timeout_add_seconds (TICK_S, on_tick, self);
  apply (self);
  on_tick (self);
}

void
tyto_archive_wake (TytoArchive *self)
{
  if (self->queue != NULL)
    tyto_upload_queue_wake (self->queue);
}

TytoS3Client *
tyto_archive_get_s3_client (TytoArchive *self)
{
  return self->target == TYTO_ARCHIVE_TARGET (self->s3) ? tyto_archive_s3_get_client (self->s3)
                                                        : NULL;
}

static void
on_evicted (TytoArchive *self)
{
  self->n_evicted++;
}

/* --- The object --- */

static const char *const followed[] = { "s3-endpoint",
                                        "s3-bucket",
                                        "s3-region",
                                        "s3-access-key",
                                        "s3-secret-key",
                                        "s3-addressing",
                                        "s3-session-token",
                                        "s3-ca-file",
                                        "archive-key-template",
                                        "upload-timeout",
                                        "upload-concurrency",
                                        "upload-part-mib",
                                        "upload-threshold-mib",
                                        "upload-bandwidth-kbit" };

TytoArchive *
tyto_archive_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts,
                  TytoWorkerLauncher *launcher)
{
  TytoArchive *self = g_object_new (TYTO_TYPE_ARCHIVE, NULL);

  self->settings = g_object_ref (settings);
  self->catalogue = g_object_ref (catalogue);
  self->rules = tyto_archive_rules_new (alerts);
  self->s3 = tyto_archive_s3_new (launcher, TYTO_WORKER_ROLE_ARCHIVER);
  self->copies = tyto_local_copies_new (catalogue);
  g_signal_connect_object (self->s3, "refused", G_CALLBACK (on_refused), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->copies, "evicted", G_CALLBACK (on_evicted), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->copies, "lost", G_CALLBACK (tyto_archive_wake), self,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (followed); i++) {
    g_autofree char *name = g_strconcat ("notify::", followed[i], NULL);

    g_signal_connect_object (settings, name, G_CALLBACK (apply_soon), self, G_CONNECT_SWAPPED);
  }
  return self;
}

static void
tyto_archive_dispose (GObject *object)
{
  TytoArchive *self = TYTO_ARCHIVE (object);

  self->running = FALSE;
  g_clear_handle_id (&self->tick_source, g_source_remove);
  g_clear_handle_id (&self->apply_source, g_source_remove);
  g_clear_handle_id (&self->end_source, g_source_remove);
  if (self->settings != NULL)
    use_target (self, NULL);
  g_clear_object (&self->copies);
  g_clear_object (&self->s3);
  g_clear_object (&self->service);
  g_clear_object (&self->catalogue);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (tyto_archive_parent_class)->dispose (object);
}

static void
tyto_archive_finalize (GObject *object)
{
  TytoArchive *self = TYTO_ARCHIVE (object);

  tyto_upload_stats_free (self->stats);
  g_clear_pointer (&self->rules, tyto_archive_rules_free);
  G_OBJECT_CLASS (tyto_archive_parent_class)->finalize (object);
}

static void
tyto_archive_class_init (TytoArchiveClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_archive_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_archive_finalize;
  signals[SIGNAL_ARCHIVED] = g_signal_new ("archived", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                                           NULL, G_TYPE_NONE, 1, TYTO_TYPE_SEGMENT);
  signals[SIGNAL_BUSY]
      = g_signal_new ("busy", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_archive_init (TytoArchive *self)
{
  self->stats = tyto_upload_stats_new ();
  self->totals.oldest_us = -1;
  self->oldest_end_us = -1;
}
