/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-storage-target.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "recorder/archive/tyto-archive-metadata.h"

#define PATH  "/api/v1/storage/segments"
#define TRIES 3

struct _TytoStorageTarget {
  GObject parent_instance;

  TytoSettings *settings;
  TytoServiceClient *client;
};

static void tyto_storage_target_archive_init (TytoArchiveTargetInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TytoStorageTarget, tyto_storage_target, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TYTO_TYPE_ARCHIVE_TARGET,
                                                      tyto_storage_target_archive_init))

/* Sets @error to what a 4xx means to the queue. */
static void
set_refusal (const TytoServiceAnswer *answer, GError **error)
{
  g_autofree char *why = tyto_service_answer_why (answer);
  TytoError code = TYTO_ERROR_INVALID_ARGUMENT;

  if (answer->status == TYTO_SERVICE_TOO_MANY || answer->status == SOUP_STATUS_REQUEST_TIMEOUT)
    code = TYTO_ERROR_UNAVAILABLE;
  else if (answer->status == SOUP_STATUS_NOT_FOUND
           || answer->status == SOUP_STATUS_METHOD_NOT_ALLOWED)
    code = TYTO_ERROR_NOT_FOUND;
  else if (answer->status == SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE)
    code = TYTO_ERROR_TOO_LARGE;
  tyto_set_error (error, code, "See storage-service-url in the settings, and the service's log.",
                  "The storage service does not take it (%s)", why);
}

/* What the service says it has, as the target of @key. (transfer full) */
static TytoArchiveObject *
read_object (const TytoServiceAnswer *answer, const char *key)
{
  return tyto_archive_object_new (key, tyto_dict_uint (answer->body, "size_bytes", 0),
                                  tyto_dict_string (answer->body, "checksum", ""),
                                  tyto_dict_string (answer->body, "upload_id", ""));
}

/* --- Sending --- */

typedef struct {
  TytoUpload *upload;
  char *key;
  char *sha256;
  guint64 sent;
  gint64 begun_us; /* monotonic */
} Sending;

static void
sending_free (gpointer data)
{
  Sending *sending = data;

  tyto_upload_unref (sending->upload);
  g_free (sending->key);
  g_free (sending->sha256);
  g_free (sending);
}

static void
add_parameter (GString *path, const char *name, const char *value)
{
  g_string_append_c (path, strchr (path->str, '?') == NULL ? '?' : '&');
  g_string_append (path, name);
  g_string_append_c (path, '=');
  g_string_append_uri_escaped (path, value, NULL, FALSE);
}

/* (transfer full) */
static char *
make_send_path (const Sending *sending)
{
  const TytoUpload *upload = sending->upload;
  GString *path = g_string_new (PATH);
  g_autofree char *start = tyto_time_format (upload->start_us);
  g_autofree char *end = tyto_time_format (upload->end_us);

  add_parameter (path, "key", sending->key);
  add_parameter (path, "upload_id", upload->id);
  add_parameter (path, "kind", upload->kind == TYTO_UPLOAD_SEGMENT ? "segment" : "thumbnail");
  add_parameter (path, "camera_id", upload->camera);
  add_parameter (path, "start_time", start);
  add_parameter (path, "end_time", end);
  add_parameter (path, "checksum", sending->sha256);
  return g_string_free (path, FALSE);
}

static const char *
get_content_type (const char *format)
{
  static const char *const types[][2] = {
    { "mp4", "video/mp4" },
    { "ts", "video/mp2t" },
    { "mkv", "video/matroska" },
    { "jpg", "image/jpeg" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (g_str_equal (types[i][0], format))
      return types[i][1];
  }
  return "application/octet-stream";
}

static gboolean
check_stored (const Sending *sending, const TytoArchiveObject *object, GError **error)
{
  const char *hint
      = "It must answer with size_bytes and checksum (SHA-256, hex) of what it stored.";

  if (object->size != sending->upload->bytes) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, hint,
                    "The storage service has %" G_GUINT64_FORMAT " bytes of %" G_GUINT64_FORMAT,
                    object->size, sending->upload->bytes);
    return FALSE;
  }
  if (g_ascii_strcasecmp (object->sha256, sending->sha256) == 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, hint,
                  *object->sha256 != '\0'
                      ? "What the storage service has is not what was sent: its checksum differs"
                      : "The storage service does not say the checksum of what it stored");
  return FALSE;
}

static void
on_exchanged (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoStorageTarget *self = g_task_get_source_object (task);
  const Sending *sending = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer = tyto_service_exchange_finish (result, &error);
  g_autoptr (TytoArchiveObject) object = NULL;

  tyto_service_client_note (self->client, error);
  if (answer != NULL && !tyto_service_answer_is_success (answer))
    set_refusal (answer, &error);
  else if (answer != NULL)
    object = read_object (answer, sending->key);
  if (object != NULL && check_stored (sending, object, &error))
    g_task_return_pointer (task, g_steal_pointer (&object),
                           (GDestroyNotify) tyto_archive_object_free);
  else
    g_task_return_error (task, error);
}

static void
on_body_data (SoupMessage *message, guint size, GTask *task)
{
  const TytoUpload *upload = ((Sending *) g_task_get_task_data (task))->upload;
  Sending *sending = g_task_get_task_data (task);
  gint64 passed_us = MAX (g_get_monotonic_time () - sending->begun_us, 1);

  sending->sent += size;
  tyto_archive_target_tell_progress (
      TYTO_ARCHIVE_TARGET (g_task_get_source_object (task)), upload->id, sending->sent,
      upload->bytes, (guint64) (sending->sent * (double) G_USEC_PER_SEC / passed_us));
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoStorageTarget *self = g_task_get_source_object (task);
  Sending *sending = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GFileInputStream) file = g_file_read_finish (G_FILE (source), result, &error);
  g_autofree char *path = make_send_path (sending);
  g_autoptr (SoupMessage) message = NULL;

  if (file != NULL)
    message = tyto_service_client_make_message (self->client, SOUP_METHOD_PUT, path, &error);
  if (message == NULL) {
    g_task_return_error (task, error);
    return;
  }
  sending->begun_us = g_get_monotonic_time ();
  soup_message_set_request_body (message, get_content_type (sending->upload->format),
                                 G_INPUT_STREAM (file), (gssize) sending->upload->bytes);
  g_signal_connect_object (message, "wrote-body-data", G_CALLBACK (on_body_data), task, 0);
  tyto_service_exchange_async (tyto_service_client_get_session (self->client), message,
                               tyto_service_client_get_name (self->client),
                               tyto_settings_get_uint (self->settings, "upload-timeout"),
                               g_task_get_cancellable (task), on_exchanged, g_object_ref (task));
}

static void
tyto_storage_target_send_async (TytoArchiveTarget *target, const TytoUpload *upload,
                                const char *key, GHashTable *metadata, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (target, cancellable, callback, user_data);
  Sending *sending = g_new0 (Sending, 1);
  g_autoptr (GFile) file = g_file_new_for_path (upload->path);

  sending->upload = tyto_upload_ref ((TytoUpload *) upload);
  sending->key = g_strdup (key);
  sending->sha256 = g_strdup (g_hash_table_lookup (metadata, TYTO_ARCHIVE_METADATA_SHA256));
  g_task_set_task_data (task, sending, sending_free);
  g_file_read_async (file, G_PRIORITY_DEFAULT, cancellable, on_opened, task);
}

static TytoArchiveObject *
tyto_storage_target_send_finish (TytoArchiveTarget *target, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- What is there --- */

static void
call (TytoStorageTarget *self, const char *method, const char *key, GTask *task,
      GAsyncReadyCallback callback)
{
  g_autoptr (GString) path = g_string_new (PATH);

  add_parameter (path, "key", key);
  g_task_set_task_data (task, g_strdup (key), g_free);
  tyto_service_client_call_async (
      self->client, &(TytoServiceCall){ .method = method, .path = path->str, .tries = TRIES },
      g_task_get_cancellable (task), callback, task);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, &error);

  if (answer != NULL && answer->status == SOUP_STATUS_NOT_FOUND) {
    g_task_return_pointer (task, NULL, NULL);
  } else if (answer != NULL && tyto_service_answer_is_success (answer)) {
    g_task_return_pointer (task, read_object (answer, g_task_get_task_data (task)),
                           (GDestroyNotify) tyto_archive_object_free);
  } else {
    if (answer != NULL)
      set_refusal (answer, &error);
    g_task_return_error (task, error);
  }
}

static void
tyto_storage_target_look_async (TytoArchiveTarget *target, const char *key,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  call (TYTO_STORAGE_TARGET (target), "GET", key,
        g_task_new (target, cancellable, callback, user_data), on_looked);
}

static gboolean
tyto_storage_target_look_finish (TytoArchiveTarget *target, GAsyncResult *result,
                                 TytoArchiveObject **object, GError **error)
{
  GError *local = NULL;

  *object = g_task_propagate_pointer (G_TASK (result), &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, &error);

  if (answer != NULL && answer->status != SOUP_STATUS_NOT_FOUND
      && !tyto_service_answer_is_success (answer))
    set_refusal (answer, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
tyto_storage_target_remove_async (TytoArchiveTarget *target, const char *key, const char *upload,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  GTask *task = g_task_new (target, cancellable, callback, user_data);

  /* Nothing is begun that would have to be called off. */
  if (upload != NULL && *upload != '\0') {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  call (TYTO_STORAGE_TARGET (target), "DELETE", key, task, on_removed);
}

static gboolean
tyto_storage_target_remove_finish (TytoArchiveTarget *target, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
tyto_storage_target_is_ready (TytoArchiveTarget *target)
{
  return TRUE;
}

static void
tyto_storage_target_go_on (TytoArchiveTarget *target, const char *id)
{
}

static char *
tyto_storage_target_describe (TytoArchiveTarget *target)
{
  TytoStorageTarget *self = TYTO_STORAGE_TARGET (target);

  return g_strconcat ("storage service ",
                      tyto_settings_get_string (self->settings, "storage-service-url"), NULL);
}

static void
tyto_storage_target_archive_init (TytoArchiveTargetInterface *iface)
{
  iface->is_ready = tyto_storage_target_is_ready;
  iface->send_async = tyto_storage_target_send_async;
  iface->send_finish = tyto_storage_target_send_finish;
  iface->go_on = tyto_storage_target_go_on;
  iface->look_async = tyto_storage_target_look_async;
  iface->look_finish = tyto_storage_target_look_finish;
  iface->remove_async = tyto_storage_target_remove_async;
  iface->remove_finish = tyto_storage_target_remove_finish;
  iface->describe = tyto_storage_target_describe;
}

TytoStorageTarget *
tyto_storage_target_new (TytoSettings *settings, TytoServiceClient *client)
{
  TytoStorageTarget *self = g_object_new (TYTO_TYPE_STORAGE_TARGET, NULL);

  self->settings = g_object_ref (settings);
  self->client = g_object_ref (client);
  return self;
}

static void
tyto_storage_target_finalize (GObject *object)
{
  TytoStorageTarget *self = TYTO_STORAGE_TARGET (object);

  g_object_unref (self->client);
  g_object_unref (self->settings);
  G_OBJECT_CLASS (tyto_storage_target_parent_class)->finalize (object);
}

static void
tyto_storage_target_class_init (TytoStorageTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_storage_target_finalize;
}

static void
tyto_storage_target_init (TytoStorageTarget *self)
{
}
