/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in the archive: URLs under which others can read it for a while, and the catalogue made
 * from it. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/spool/tyto-bucket-recovery.h"

/* A download of hours goes on when the URL has expired: it must be begun until then. */
#define URL_SECONDS (15 * 60)

static GHashTable *
make_parameters (const char *content_type, const char *name)
{
  GHashTable *parameters = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  g_hash_table_insert (parameters, (char *) "response-content-type", g_strdup (content_type));
  g_hash_table_insert (parameters, (char *) "response-content-disposition",
                       g_strdup_printf ("inline; filename=\"%s\"", name));
  g_hash_table_insert (parameters, (char *) "response-cache-control",
                       g_strdup ("private, max-age=0"));
  return parameters;
}

char *
tyto_recorder_make_object_url (TytoRecorder *self, const char *method, GVariant *segment,
                               const char *content_type, const char *name, GError **error)
{
  const char *key = tyto_dict_string (segment, "object", NULL);
  TytoS3Client *client = tyto_archive_get_s3_client (self->archive);
  g_autoptr (GHashTable) parameters = make_parameters (content_type, name);

  if (key != NULL && client != NULL)
    return tyto_s3_client_presign (client, method, key, URL_SECONDS, parameters, error);
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE,
                  "Set the object store it was uploaded to (s3-endpoint and the keys to it).",
                  "The file of segment %s is in the archive alone, and no object store is set",
                  tyto_dict_string (segment, "id", ""));
  return NULL;
}

/* --- The catalogue from the bucket --- */

static void
on_bucket_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRecorder) self = data;
  TytoBucketRecovery *recovery = TYTO_BUCKET_RECOVERY (source);
  TytoRecoveryReport *report = tyto_bucket_recovery_get_report (recovery);
  g_autofree char *summary = tyto_recovery_report_summary (report);
  g_autoptr (GError) error = NULL;

  if (!tyto_bucket_recovery_run_finish (recovery, result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_warning ("The bucket was not looked at to its end: %s", error->message);
  if (summary != NULL)
    g_message ("Of the bucket: %s", summary);
  g_clear_object (&self->bucket_cancellable);
  tyto_archive_wake (self->archive);
  if (tyto_recovery_report_get (report, TYTO_FINDING_BROADCAST) > 0)
    tyto_broadcasts_look_again (self->broadcasts);
  self->n_verbs--;
  tyto_recorder_update_busy (self);
}

static gboolean
check_bucket (TytoRecorder *self, const TytoS3Config *broadcasts, GError **error)
{
  if (self->phase != RECORDER_STARTED)
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Try again in some seconds.", "The recorder %s",
                    self->phase == RECORDER_ENDING ? "is shutting down" : "is starting");
  else if (tyto_archive_get_s3_client (self->archive) == NULL && broadcasts == NULL)
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Set s3-endpoint, the bucket and its keys.",
                    "There is no object store that the catalogue could be made from");
  else if (self->bucket_cancellable != NULL || tyto_spool_keeper_is_running (self->keeper))
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Wait for its end.",
                    "The catalogue is being compared or made already");
  else
    return TRUE;
  return FALSE;
}

/* @broadcasts: (nullable): where they are */
static TytoBucketRecovery *
make_bucket_recovery (TytoRecorder *self, TytoS3Config *broadcasts, GError **error)
{
  TytoS3Client *archive = tyto_archive_get_s3_client (self->archive);
  g_autoptr (TytoS3Config) config = tyto_settings_get_s3_config (self->settings, NULL);
  g_autoptr (TytoBucketRecovery) recovery = tyto_bucket_recovery_new (self->catalogue, archive);
  g_autoptr (TytoS3Client) client = NULL;

  if (broadcasts == NULL)
    return g_steal_pointer (&recovery);
  if (archive == NULL || config == NULL || !g_str_equal (config->bucket, broadcasts->bucket)) {
    client = tyto_s3_client_new (broadcasts, error);
    if (client == NULL)
      return NULL;
  }
  tyto_bucket_recovery_add_broadcasts (recovery, client, broadcasts->bucket);
  return g_steal_pointer (&recovery);
}

GVariant *
tyto_recorder_begin_bucket_rebuild (TytoRecorder *self, GError **error)
{
  g_autoptr (TytoBucketRecovery) recovery = NULL;
  g_autoptr (TytoS3Config) broadcasts = NULL;
  g_autoptr (GError) cause = NULL;

  broadcasts = tyto_settings_get_bucket_config (self->settings, "broadcast-bucket", &cause);
  if (cause != NULL)
    g_warning ("Broadcasts are not looked for in the bucket: %s", cause->message);
  if (!check_bucket (self, broadcasts, error))
    return NULL;
  recovery = make_bucket_recovery (self, broadcasts, error);
  if (recovery == NULL)
    return NULL;
  g_clear_pointer (&self->bucket, tyto_recovery_report_unref);
  self->bucket = tyto_recovery_report_ref (tyto_bucket_recovery_get_report (recovery));
  self->bucket_cancellable = g_cancellable_new ();
  self->n_verbs++; /* no idle exit meanwhile */
  tyto_recorder_update_busy (self);
  tyto_bucket_recovery_run_async (recovery, self->bucket_cancellable, on_bucket_ended,
                                  g_object_ref (self));
  return tyto_recorder_get_check (self, error);
}

void
tyto_recorder_cancel_bucket (TytoRecorder *self)
{
  if (self->bucket_cancellable != NULL)
    g_cancellable_cancel (self->bucket_cancellable);
}
