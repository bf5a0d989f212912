/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "store/s3/tyto-s3-client-private.h"
#include "store/s3/tyto-sigv4.h"

#include <string.h>

/* As many at a time as callers ask for: they are the ones who limit themselves. */
#define CONNECTIONS 256
/* Shorter than servers keep idle connections (Amazon about 20 s). */
#define IDLE_SECONDS 15

enum { SENT, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoS3Client, tyto_s3_client, G_TYPE_OBJECT)

static gboolean
trust_ca_file (SoupSession *session, const char *file, GError **error)
{
  g_autoptr (GTlsDatabase) database = NULL;
  g_autoptr (GError) cause = NULL;

  if (*file == '\0')
    return TRUE;
  database = g_tls_file_database_new (file, &cause);
  if (database == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Name a PEM file that can be read.",
                    "The CA file of the object store cannot be used: %s", cause->message);
    return FALSE;
  }
  soup_session_set_tls_database (session, database);
  return TRUE;
}

TytoS3Client *
tyto_s3_client_new (TytoS3Config *config, GError **error)
{
  g_autoptr (TytoS3Client) self = NULL;

  if (!tyto_s3_config_check (config, error))
    return NULL;
  self = g_object_new (TYTO_TYPE_S3_CLIENT, NULL);
  self->config = tyto_s3_config_ref (config);
  self->session = soup_session_new_with_options (
      "timeout", config->timeout, "idle-timeout", IDLE_SECONDS, "max-conns", CONNECTIONS,
      "max-conns-per-host", CONNECTIONS, "user-agent", "Tyto/" TYTO_VERSION, NULL);
  soup_session_set_proxy_resolver (self->session, NULL);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
  if (!trust_ca_file (self->session, config->ca_file, error))
    return NULL;
  return g_steal_pointer (&self);
}

TytoS3Config *
tyto_s3_client_get_config (TytoS3Client *self)
{
  return self->config;
}

gint64
tyto_s3_client_get_clock_offset (TytoS3Client *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->clock_offset_us;
}

void
tyto_s3_client_set_clock_offset (TytoS3Client *self, gint64 offset_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->clock_offset_us = offset_us;
}

gint64
tyto_s3_client_get_server_time (TytoS3Client *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_get_real_time () + self->date_offset_us;
}

void
tyto_s3_client_note_date (TytoS3Client *self, SoupMessage *message)
{
  const char *text
      = soup_message_headers_get_one (soup_message_get_response_headers (message), "Date");
  g_autoptr (GDateTime) date = text != NULL ? soup_date_time_new_from_http_string (text) : NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (date != NULL)
    self->date_offset_us = g_date_time_to_unix (date) * G_USEC_PER_SEC - g_get_real_time ();
}

gint64
tyto_s3_client_now (TytoS3Client *self)
{
  return (g_get_real_time () + tyto_s3_client_get_clock_offset (self)) / G_USEC_PER_SEC;
}

guint64
tyto_s3_client_get_retries (TytoS3Client *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->retries;
}

void
tyto_s3_client_count_retry (TytoS3Client *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->retries++;
}

void
tyto_s3_client_emit_sent (TytoS3Client *self, const TytoS3Request *request, gint64 bytes)
{
  if (bytes != 0 && request->key != NULL)
    g_signal_emit (self, signals[SENT], 0, request->key, request->part, bytes);
}

/* --- Put --- */

/* What put_object needs again when the server says that there is an object already. */
typedef struct {
  char *key;
  guint64 size;
  GHashTable *metadata;
  gboolean if_none_match;
} Put;

static void
put_free (Put *put)
{
  g_free (put->key);
  g_clear_pointer (&put->metadata, g_hash_table_unref);
  g_free (put);
}

static void
return_exists (GTask *task, const char *key)
{
  g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS,
                           "The object %s exists already", key);
}

/* A try that was broken off may have made the object that is in the way of the next one. */
static void
on_put_compared (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Put *put = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Object) object
      = tyto_s3_client_head_object_finish (TYTO_S3_CLIENT (source), result, &error);

  if (object == NULL)
    g_task_return_error (task, error);
  else if (object->size == put->size && tyto_s3_object_has_metadata (object, put->metadata))
    g_task_return_pointer (task, g_strdup (object->etag), g_free);
  else
    return_exists (task, put->key);
}

static void
on_put (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  Put *put = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);
  gboolean exists = answer != NULL && answer->refusal != NULL && put->if_none_match
                    && answer->refusal->status == 412;

  if (exists && answer->uncertain)
    tyto_s3_client_head_object_async (self, put->key, g_task_get_cancellable (task),
                                      on_put_compared, g_object_ref (task));
  else if (exists)
    return_exists (task, put->key);
  else if (!tyto_s3_client_return_wrong (self, task, answer, put->key, error))
    g_task_return_pointer (task, tyto_s3_answer_etag (answer), g_free);
}

/* Sends @request (taken) with what @options say. */
static void
put_object (TytoS3Client *self, TytoS3Request *request, const TytoS3Put *options,
            GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (TytoS3Request) owned = request;
  Put *put = g_new0 (Put, 1);
  GError *error = NULL;

  put->key = g_strdup (request->key);
  put->size = request->length;
  put->if_none_match = options != NULL && options->if_none_match;
  if (options != NULL && options->metadata != NULL)
    put->metadata = g_hash_table_ref (options->metadata);
  g_task_set_task_data (task, put, (GDestroyNotify) put_free);
  if (!tyto_s3_key_check (request->key, &error)
      || !tyto_s3_client_add_put (request, options, &error))
    g_task_return_error (task, error);
  else
    tyto_s3_client_send_for (task, g_steal_pointer (&owned), on_put);
}

void
tyto_s3_client_put_object_async (TytoS3Client *self, const char *key, GBytes *body,
                                 const TytoS3Put *put, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  TytoS3Request *request = tyto_s3_request_new (SOUP_METHOD_PUT, key, TYTO_S3_ANSWER_NONE);

  tyto_s3_request_set_body (request, body, put != NULL ? put->sha256 : NULL);
  put_object (self, request, put, cancellable, callback, user_data);
}

void
tyto_s3_client_put_file_async (TytoS3Client *self, const char *key, GFile *file, guint64 offset,
                               guint64 length, const TytoS3Put *put, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  TytoS3Request *request = tyto_s3_request_new (SOUP_METHOD_PUT, key, TYTO_S3_ANSWER_NONE);

  tyto_s3_request_set_file (request, file, offset, length, put != NULL ? put->sha256 : NULL);
  put_object (self, request, put, cancellable, callback, user_data);
}

char *
tyto_s3_client_put_object_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- URLs for others --- */

char *
tyto_s3_client_presign (TytoS3Client *self, const char *method, const char *key, guint seconds,
                        GHashTable *parameters, GError **error)
{
  const TytoS3Config *config = self->config;
  TytoSigv4Scope scope
      = { config->access_key, config->secret_key, config->region, "s3", tyto_s3_client_now (self) };
  g_autoptr (TytoS3Request) request = tyto_s3_request_new (SOUP_METHOD_GET, key, 0);
  g_autoptr (GUri) uri = NULL;
  g_autofree char *host = NULL;
  g_autofree char *query = NULL;
  TytoSigv4Header header = { "host", NULL };
  GHashTableIter iter;
  gpointer name, value;

  if (!tyto_s3_key_check (key, error))
    return NULL;
  if (seconds < 1 || seconds > 604800) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "A URL can be valid for 1 to 604800 s, not for %u", seconds);
    return NULL;
  }
  if (parameters != NULL) {
    g_hash_table_iter_init (&iter, parameters);
    while (g_hash_table_iter_next (&iter, &name, &value))
      tyto_s3_request_add_query (request, name, value);
  }
  uri = tyto_s3_config_build_uri (config, key, NULL);
  header.value = host = tyto_s3_uri_host (uri);
  query = tyto_sigv4_presign (&(TytoSigv4Request){ .method = method,
                                                   .path = g_uri_get_path (uri),
                                                   .query = request->query->str,
                                                   .headers = &header,
                                                   .n_headers = 1,
                                                   .payload = TYTO_SIGV4_UNSIGNED_PAYLOAD },
                              &scope, seconds, config->session_token);
  return g_strdup_printf ("%s://%s%s?%s", g_uri_get_scheme (uri), host, g_uri_get_path (uri),
                          query);
}

static void
tyto_s3_client_finalize (GObject *object)
{
  TytoS3Client *self = TYTO_S3_CLIENT (object);

  g_clear_object (&self->session);
  g_clear_pointer (&self->config, tyto_s3_config_unref);
  g_ptr_array_unref (self->sockets);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (tyto_s3_client_parent_class)->finalize (object);
}

static void
tyto_s3_client_class_init (TytoS3ClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_s3_client_finalize;
  signals[SENT] = g_signal_new ("sent", TYTO_TYPE_S3_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_UINT, G_TYPE_INT64);
}

static void
tyto_s3_client_init (TytoS3Client *self)
{
  g_mutex_init (&self->lock);
  self->sockets = tyto_s3_client_make_sockets ();
}
