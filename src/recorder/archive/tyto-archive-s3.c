/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archive-s3.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/archive/tyto-archive-metadata.h"
#include "recorder/archive/tyto-archiver-process.h"

struct _TytoArchiveS3 {
  GObject parent_instance;

  TytoArchiverProcess *process;
  TytoS3Client *client; /* nullable: not configured */
};

static void tyto_archive_s3_target_init (TytoArchiveTargetInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TytoArchiveS3, tyto_archive_s3, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TYTO_TYPE_ARCHIVE_TARGET,
                                                      tyto_archive_s3_target_init))

enum { SIGNAL_REFUSED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
on_refused (TytoArchiveS3 *self, const char *why)
{
  g_signal_emit (self, signals[SIGNAL_REFUSED], 0, why);
}

TytoArchiveS3 *
tyto_archive_s3_new (TytoWorkerLauncher *launcher, TytoWorkerRole role)
{
  TytoArchiveS3 *self = g_object_new (TYTO_TYPE_ARCHIVE_S3, NULL);

  self->process = tyto_archiver_process_new (launcher, role);
  g_signal_connect_object (self->process, "ready", G_CALLBACK (tyto_archive_target_tell_ready),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->process, "begun", G_CALLBACK (tyto_archive_target_tell_begun),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->process, "progress",
                           G_CALLBACK (tyto_archive_target_tell_progress), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->process, "failed", G_CALLBACK (on_refused), self,
                           G_CONNECT_SWAPPED);
  return self;
}

/* Configure's argument; it has the keys in it. */
static GVariant *
write_settings (const TytoS3Config *config, const TytoArchiveLimits *limits)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "endpoint", "s", config->endpoint);
  g_variant_dict_insert (&dict, "region", "s", config->region);
  g_variant_dict_insert (&dict, "bucket", "s", config->bucket);
  g_variant_dict_insert (&dict, "access-key", "s", config->access_key);
  g_variant_dict_insert (&dict, "secret-key", "s", config->secret_key);
  g_variant_dict_insert (&dict, "session-token", "s", config->session_token);
  g_variant_dict_insert (&dict, "addressing", "s",
                         config->addressing == TYTO_S3_ADDRESSING_VIRTUAL ? "virtual" : "path");
  g_variant_dict_insert (&dict, "ca-file", "s", config->ca_file);
  g_variant_dict_insert (&dict, "timeout", "u", config->timeout);
  g_variant_dict_insert (&dict, "part-size", "t", limits->part_size);
  g_variant_dict_insert (&dict, "threshold", "t", limits->threshold);
  g_variant_dict_insert (&dict, "parts", "u", limits->parts);
  g_variant_dict_insert (&dict, "bandwidth", "t", limits->bandwidth);
  return g_variant_dict_end (&dict);
}

gboolean
tyto_archive_s3_configure (TytoArchiveS3 *self, TytoS3Config *config,
                           const TytoArchiveLimits *limits, GError **error)
{
  g_autoptr (TytoS3Client) client = tyto_s3_client_new (config, error);

  if (client == NULL)
    return FALSE;
  g_set_object (&self->client, client);
  tyto_archiver_process_configure (self->process, write_settings (config, limits));
  return TRUE;
}

void
tyto_archive_s3_stop (TytoArchiveS3 *self)
{
  tyto_archiver_process_stop (self->process);
}

TytoS3Client *
tyto_archive_s3_get_client (TytoArchiveS3 *self)
{
  return self->client;
}

guint
tyto_archive_s3_get_worker_pid (TytoArchiveS3 *self)
{
  return tyto_archiver_process_get_pid (self->process);
}

/* --- The target --- */

static const char *
get_content_type (const char *format)
{
  static const char *const types[][2] = { { "mp4", "video/mp4" },
                                          { "ts", "video/mp2t" },
                                          { "mkv", "video/x-matroska" },
                                          { "jpg", "image/jpeg" } };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (g_strcmp0 (types[i][0], format) == 0)
      return types[i][1];
  }
  return "application/octet-stream";
}

static GVariant *
write_file (const TytoUpload *upload, const char *key, GHashTable *metadata)
{
  GVariantBuilder table = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  GHashTableIter iter;
  gpointer name, value;
  GVariantDict dict;

  g_hash_table_iter_init (&iter, metadata);
  while (g_hash_table_iter_next (&iter, &name, &value))
    g_variant_builder_add (&table, "{ss}", name, value);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "path", "s", upload->path);
  g_variant_dict_insert (&dict, "key", "s", key);
  g_variant_dict_insert (&dict, "content-type", "s", get_content_type (upload->format));
  g_variant_dict_insert (&dict, "upload", "s", upload->upload);
  g_variant_dict_insert_value (&dict, "metadata", g_variant_builder_end (&table));
  return g_variant_dict_end (&dict);
}

/* What of an upload is needed when it is done. */
typedef struct {
  char *id;
  char *key;
} Sending;

static void
sending_free (Sending *sending)
{
  g_free (sending->id);
  g_free (sending->key);
  g_free (sending);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  const Sending *sending = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) sent
      = tyto_archiver_process_upload_finish (TYTO_ARCHIVER_PROCESS (source), result, &error);

  if (sent == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task,
                           tyto_archive_object_new (sending->key, tyto_dict_uint (sent, "size", 0),
                                                    tyto_dict_string (sent, "sha256", ""),
                                                    sending->id),
                           (GDestroyNotify) tyto_archive_object_free);
}

static void
send_async (TytoArchiveTarget *target, const TytoUpload *upload, const char *key,
            GHashTable *metadata, GCancellable *cancellable, GAsyncReadyCallback callback,
            gpointer user_data)
{
  TytoArchiveS3 *self = TYTO_ARCHIVE_S3 (target);
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Sending *sending = g_new0 (Sending, 1);

  sending->id = g_strdup (upload->id);
  sending->key = g_strdup (key);
  g_task_set_task_data (task, sending, (GDestroyNotify) sending_free);
  tyto_archiver_process_upload_async (self->process, upload->id, write_file (upload, key, metadata),
                                      cancellable, on_sent, task);
}

static gpointer
finish_pointer (TytoArchiveTarget *target, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static TytoArchiveObject *
send_finish (TytoArchiveTarget *target, GAsyncResult *result, GError **error)
{
  return finish_pointer (target, result, error);
}

static void
go_on (TytoArchiveTarget *target, const char *id)
{
  tyto_archiver_process_go_on (TYTO_ARCHIVE_S3 (target)->process, id);
}

/* A task for a call of the client, or NULL: it has failed. */
static GTask *
begin (TytoArchiveTarget *target, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (target, cancellable, callback, user_data);

  if (TYTO_ARCHIVE_S3 (target)->client != NULL)
    return g_steal_pointer (&task);
  g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                           "The object store is not configured");
  return NULL;
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoS3Object) object
      = tyto_s3_client_head_object_finish (TYTO_S3_CLIENT (source), result, &error);
  const char *id;
  g_autofree char *plain = NULL;

  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_clear_error (&error); /* no object; that there is no bucket is seen when one is sent */
    g_task_return_pointer (task, NULL, NULL);
    return;
  }
  if (object == NULL) {
    g_task_return_error (task, error);
    return;
  }
  id = tyto_s3_object_get_metadata (object, TYTO_ARCHIVE_METADATA_ID);
  plain = id != NULL ? g_uri_unescape_string (id, NULL) : NULL;
  g_task_return_pointer (
      task,
      tyto_archive_object_new (object->key, object->size,
                               tyto_s3_object_get_metadata (object, TYTO_ARCHIVE_METADATA_SHA256),
                               plain),
      (GDestroyNotify) tyto_archive_object_free);
}

static void
look_async (TytoArchiveTarget *target, const char *key, GCancellable *cancellable,
            GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = begin (target, cancellable, callback, user_data);

  if (task != NULL)
    tyto_s3_client_head_object_async (TYTO_ARCHIVE_S3 (target)->client, key, cancellable, on_looked,
                                      task);
}

static gboolean
look_finish (TytoArchiveTarget *target, GAsyncResult *result, TytoArchiveObject **object,
             GError **error)
{
  g_autoptr (GError) failure = NULL;

  *object = finish_pointer (target, result, &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static void
return_done (GTask *task, gboolean done, GError *error)
{
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done = tyto_s3_client_delete_object_finish (TYTO_S3_CLIENT (source), result, &error);

  return_done (data, done, error);
}

static void
on_aborted (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gboolean done = tyto_s3_client_abort_multipart_finish (TYTO_S3_CLIENT (source), result, &error);

  return_done (data, done, error);
}

static void
remove_async (TytoArchiveTarget *target, const char *key, const char *upload,
              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  TytoS3Client *client = TYTO_ARCHIVE_S3 (target)->client;
  GTask *task = begin (target, cancellable, callback, user_data);

  if (task == NULL)
    return;
  if (*upload != '\0')
    tyto_s3_client_abort_multipart_async (client, key, upload, cancellable, on_aborted, task);
  else
    tyto_s3_client_delete_object_async (client, key, cancellable, on_deleted, task);
}

static gboolean
remove_finish (TytoArchiveTarget *target, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What is to be called off at one key, one after the other. */
typedef struct {
  char *key;
  char *keep;
  GPtrArray *uploads; /* (element-type TytoS3Upload) */
  guint next;
} Cleaning;

static void
cleaning_free (Cleaning *cleaning)
{
  g_free (cleaning->key);
  g_free (cleaning->keep);
  g_clear_pointer (&cleaning->uploads, g_ptr_array_unref);
  g_free (cleaning);
}

static void clean_next (GTask *task, TytoS3Client *client);

static void
on_cleaned (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoS3Client *client = TYTO_S3_CLIENT (source);
  GError *error = NULL;

  if (tyto_s3_client_abort_multipart_finish (client, result, &error))
    clean_next (data, client);
  else
    return_done (data, FALSE, error);
}

static void
clean_next (GTask *task, TytoS3Client *client)
{
  Cleaning *cleaning = g_task_get_task_data (task);

  while (cleaning->next < cleaning->uploads->len) {
    const TytoS3Upload *upload = cleaning->uploads->pdata[cleaning->next++];

    if (!g_str_equal (upload->key, cleaning->key) || g_str_equal (upload->id, cleaning->keep))
      continue;
    tyto_s3_client_abort_multipart_async (client, upload->key, upload->id,
                                          g_task_get_cancellable (task), on_cleaned, task);
    return;
  }
  return_done (task, TRUE, NULL);
}

static void
on_uploads_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoS3Client *client = TYTO_S3_CLIENT (source);
  Cleaning *cleaning = g_task_get_task_data (data);
  GError *error = NULL;

  cleaning->uploads = tyto_s3_client_list_uploads_finish (client, result, &error);
  if (cleaning->uploads != NULL)
    clean_next (data, client);
  else
    return_done (data, FALSE, error);
}

static void
clean_async (TytoArchiveTarget *target, const char *key, const char *keep,
             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = begin (target, cancellable, callback, user_data);
  Cleaning *cleaning;

  if (task == NULL)
    return;
  cleaning = g_new0 (Cleaning, 1);
  cleaning->key = g_strdup (key);
  cleaning->keep = g_strdup (keep);
  g_task_set_task_data (task, cleaning, (GDestroyNotify) cleaning_free);
  tyto_s3_client_list_uploads_async (TYTO_ARCHIVE_S3 (target)->client, key, cancellable,
                                     on_uploads_listed, task);
}

static gboolean
is_ready (TytoArchiveTarget *target)
{
  return tyto_archiver_process_is_ready (TYTO_ARCHIVE_S3 (target)->process);
}

static char *
describe (TytoArchiveTarget *target)
{
  TytoS3Client *client = TYTO_ARCHIVE_S3 (target)->client;
  const TytoS3Config *config = client != NULL ? tyto_s3_client_get_config (client) : NULL;

  return config != NULL ? g_strdup_printf ("%s/%s", config->endpoint, config->bucket)
                        : g_strdup ("");
}

static void
tyto_archive_s3_target_init (TytoArchiveTargetInterface *iface)
{
  iface->is_ready = is_ready;
  iface->send_async = send_async;
  iface->send_finish = send_finish;
  iface->go_on = go_on;
  iface->look_async = look_async;
  iface->look_finish = look_finish;
  iface->remove_async = remove_async;
  iface->remove_finish = remove_finish;
  iface->clean_async = clean_async;
  iface->clean_finish = remove_finish;
  iface->describe = describe;
}

/* --- The object --- */

static void
tyto_archive_s3_dispose (GObject *object)
{
  TytoArchiveS3 *self = TYTO_ARCHIVE_S3 (object);

  g_clear_object (&self->process);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (tyto_archive_s3_parent_class)->dispose (object);
}

static void
tyto_archive_s3_class_init (TytoArchiveS3Class *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_archive_s3_dispose;
  signals[SIGNAL_REFUSED] = g_signal_new ("refused", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
tyto_archive_s3_init (TytoArchiveS3 *self)
{
}
