/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking at objects, reading and deleting them; the bucket itself. */
#include "base/tyto-error.h"
#include "store/s3/tyto-s3-client-private.h"

#include <string.h>

#define READ_MAXIMUM (G_GUINT64_CONSTANT (1) << 30)
#define DELETE_MANY  1000

/* A task whose data is @key, and whose request is @request (owned by the caller) when the key is
 * one; NULL and ended otherwise. @key: NULL for the bucket. */
static GTask *
key_task (TytoS3Client *self, const char *key, GCancellable *cancellable,
          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  GError *error = NULL;

  g_task_set_task_data (task, g_strdup (key), g_free);
  if (key == NULL || tyto_s3_key_check (key, &error))
    return task;
  g_task_return_error (task, error);
  g_object_unref (task);
  return NULL;
}

/* --- Head --- */

static void
on_head (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  const char *key = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  if (!tyto_s3_client_return_wrong (self, task, answer, key, error))
    g_task_return_pointer (task, tyto_s3_answer_object (answer, key),
                           (GDestroyNotify) tyto_s3_object_unref);
}

void
tyto_s3_client_head_object_async (TytoS3Client *self, const char *key, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = key_task (self, key, cancellable, callback, user_data);

  if (task != NULL)
    tyto_s3_client_send_for (task, tyto_s3_request_new (SOUP_METHOD_HEAD, key, TYTO_S3_ANSWER_NONE),
                             on_head);
}

TytoS3Object *
tyto_s3_client_head_object_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Get --- */

typedef struct {
  char *key;
  guint64 offset;
  TytoS3Object *object;
} Get;

static void
get_free (Get *get)
{
  g_free (get->key);
  g_clear_pointer (&get->object, tyto_s3_object_unref);
  g_free (get);
}

/* Any range of an empty object is outside of it (RFC 9110, section 14.1.1): 416. */
static gboolean
is_empty_object (const Get *get, const TytoS3Answer *answer)
{
  return get->offset == 0 && answer != NULL && answer->refusal != NULL
         && answer->refusal->status == 416;
}

static gboolean
answer_has_range (const Get *get, const TytoS3Answer *answer)
{
  goffset start, end, total;

  if (soup_message_get_status (answer->message) != 206)
    return get->offset == 0;
  return soup_message_headers_get_content_range (
             soup_message_get_response_headers (answer->message), &start, &end, &total)
         && (guint64) start == get->offset;
}

static void
on_get (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  Get *get = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);
  gboolean empty = is_empty_object (get, answer);

  if (answer != NULL && answer->refusal != NULL && answer->refusal->status == 412) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_WRONG_STATE,
                             "The object %s has been replaced", get->key);
    return;
  }
  if (!empty && tyto_s3_client_return_wrong (self, task, answer, get->key, error))
    return;
  if (!empty && !answer_has_range (get, answer)) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNSUPPORTED,
                             "The object store gives no part of the object %s", get->key);
    return;
  }
  get->object = tyto_s3_answer_object (answer, get->key);
  if (empty)
    get->object->size = 0;
  if (answer->stream != NULL)
    g_task_return_pointer (task, g_steal_pointer (&answer->stream), g_object_unref);
  else
    g_task_return_pointer (task, empty ? g_bytes_new (NULL, 0) : g_bytes_ref (answer->body),
                           (GDestroyNotify) g_bytes_unref);
}

/* A request for @length bytes from @offset on; no Range for all of it. */
static TytoS3Request *
make_get (const char *key, guint64 offset, guint64 length, const char *etag, TytoS3AnswerKind kind)
{
  TytoS3Request *request = tyto_s3_request_new (SOUP_METHOD_GET, key, kind);
  g_autofree char *last = length < G_MAXUINT64 - offset
                              ? g_strdup_printf ("%" G_GUINT64_FORMAT, offset + length - 1)
                              : g_strdup ("");
  g_autofree char *range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-%s", offset, last);
  g_autofree char *quoted = g_strdup_printf ("\"%s\"", etag != NULL ? etag : "");

  if (offset > 0 || *last != '\0')
    tyto_s3_request_add_header (request, "range", range);
  if (etag != NULL && *etag != '\0')
    tyto_s3_request_add_header (request, "if-match", quoted);
  return request;
}

static void
get_async (TytoS3Client *self, const char *key, guint64 offset, guint64 length, const char *etag,
           TytoS3AnswerKind kind, GCancellable *cancellable, GAsyncReadyCallback callback,
           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Get *get = g_new0 (Get, 1);
  GError *error = NULL;
  TytoS3Request *request;

  get->key = g_strdup (key);
  get->offset = offset;
  g_task_set_task_data (task, get, (GDestroyNotify) get_free);
  if (!tyto_s3_key_check (key, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (length == 0) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_RANGE, "A range of no bytes is none");
    return;
  }
  request = make_get (key, offset, length, etag, kind);
  request->answer_limit = READ_MAXIMUM;
  tyto_s3_client_send_for (task, request, on_get);
}

void
tyto_s3_client_get_object_async (TytoS3Client *self, const char *key, guint64 offset,
                                 guint64 length, const char *etag, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  get_async (self, key, offset, length, etag, TYTO_S3_ANSWER_STREAM, cancellable, callback,
             user_data);
}

void
tyto_s3_client_read_object_async (TytoS3Client *self, const char *key, guint64 offset,
                                  guint64 length, const char *etag, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  get_async (self, key, offset, length, etag, TYTO_S3_ANSWER_BYTES, cancellable, callback,
             user_data);
}

static gpointer
get_finish (GAsyncResult *result, TytoS3Object **object, GError **error)
{
  Get *get = g_task_get_task_data (G_TASK (result));
  gpointer got = g_task_propagate_pointer (G_TASK (result), error);

  if (object != NULL)
    *object = got != NULL ? g_steal_pointer (&get->object) : NULL;
  return got;
}

GInputStream *
tyto_s3_client_get_object_finish (TytoS3Client *self, GAsyncResult *result, TytoS3Object **object,
                                  GError **error)
{
  return get_finish (result, object, error);
}

GBytes *
tyto_s3_client_read_object_finish (TytoS3Client *self, GAsyncResult *result, TytoS3Object **object,
                                   GError **error)
{
  return get_finish (result, object, error);
}

/* --- Delete --- */

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  if (answer != NULL && answer->refusal != NULL
      && tyto_s3_refusal_has_code (answer->refusal, "NoSuchKey"))
    g_task_return_boolean (task, TRUE);
  else if (!tyto_s3_client_return_wrong (self, task, answer, g_task_get_task_data (task), error))
    g_task_return_boolean (task, TRUE);
}

void
tyto_s3_client_delete_object_async (TytoS3Client *self, const char *key, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = key_task (self, key, cancellable, callback, user_data);

  if (task != NULL)
    tyto_s3_client_send_for (
        task, tyto_s3_request_new (SOUP_METHOD_DELETE, key, TYTO_S3_ANSWER_NONE), on_deleted);
}

gboolean
tyto_s3_client_delete_object_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct {
  GStrv keys;
  gsize next;
  GHashTable *left; /* key → why */
} DeleteMany;

static void
delete_many_free (DeleteMany *many)
{
  g_strfreev (many->keys);
  g_clear_pointer (&many->left, g_hash_table_unref);
  g_free (many);
}

static void delete_next (GTask *task);

static void
keep_why (TytoS3Client *self, DeleteMany *many, const TytoS3Node *node)
{
  const char *key = tyto_s3_node_text (node, "Key");
  g_autofree char *what = g_strdup_printf ("to delete the object %s", key);
  g_autoptr (TytoS3Refusal) refusal = tyto_s3_refusal_new_for_node (403, node);
  g_autoptr (GError) error = NULL;

  tyto_s3_refusal_set_error (refusal, self->config, what, &error);
  g_hash_table_replace (many->left, g_strdup (key), tyto_error_why (error));
}

static void
on_deleted_many (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  DeleteMany *many = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  if (tyto_s3_client_return_wrong (self, task, answer, NULL, error))
    return;
  for (guint i = 0; i < answer->root->children->len; i++) {
    const TytoS3Node *node = answer->root->children->pdata[i];

    if (strcmp (node->name, "Error") == 0
        && strcmp (tyto_s3_node_text (node, "Code"), "NoSuchKey") != 0)
      keep_why (self, many, node);
  }
  delete_next (task);
}

/* The body of DeleteObjects. A key with a control character cannot stand in XML 1.0: such are
 * escaped, as Amazon asks for. */
static GBytes *
write_delete (DeleteMany *many)
{
  GString *xml = g_string_new ("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                               "<Quiet>true</Quiet>");

  for (guint n = 0; n < DELETE_MANY && many->keys[many->next] != NULL; n++) {
    g_autofree char *key = g_markup_escape_text (many->keys[many->next++], -1);

    g_string_append_printf (xml, "<Object><Key>%s</Key></Object>", key);
  }
  g_string_append (xml, "</Delete>");
  return g_string_free_to_bytes (xml);
}

static void
delete_next (GTask *task)
{
  DeleteMany *many = g_task_get_task_data (task);
  g_autoptr (GBytes) body = NULL;
  g_autofree char *md5 = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  guint8 digest[16];
  gsize length = sizeof digest;
  TytoS3Request *request;

  if (many->keys[many->next] == NULL) {
    g_task_return_pointer (task, g_steal_pointer (&many->left),
                           (GDestroyNotify) g_hash_table_unref);
    return;
  }
  body = write_delete (many);
  g_checksum_update (checksum, g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body));
  g_checksum_get_digest (checksum, digest, &length);
  md5 = g_base64_encode (digest, length);
  request = tyto_s3_request_new (SOUP_METHOD_POST, NULL, TYTO_S3_ANSWER_XML);
  tyto_s3_request_add_query (request, "delete", NULL);
  tyto_s3_request_add_header (request, "content-type", "application/xml");
  tyto_s3_request_add_header (request, "content-md5", md5);
  tyto_s3_request_set_body (request, body, NULL);
  tyto_s3_client_send_for (task, request, on_deleted_many);
}

void
tyto_s3_client_delete_objects_async (TytoS3Client *self, const char *const *keys,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  DeleteMany *many = g_new0 (DeleteMany, 1);
  GError *error = NULL;

  many->keys = g_strdupv ((GStrv) keys);
  many->left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_task_set_task_data (task, many, (GDestroyNotify) delete_many_free);
  for (gsize i = 0; keys[i] != NULL; i++) {
    if (!tyto_s3_key_check (keys[i], &error)) {
      g_task_return_error (task, error);
      return;
    }
  }
  delete_next (task);
}

GHashTable *
tyto_s3_client_delete_objects_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Bucket --- */

static void
on_bucket (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  if (answer != NULL && answer->refusal != NULL
      && tyto_s3_refusal_has_code (answer->refusal, "BucketAlreadyOwnedByYou"))
    g_task_return_boolean (task, TRUE);
  else if (!tyto_s3_client_return_wrong (self, task, answer, NULL, error))
    g_task_return_boolean (task, TRUE);
}

void
tyto_s3_client_head_bucket_async (TytoS3Client *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = key_task (self, NULL, cancellable, callback, user_data);

  tyto_s3_client_send_for (task, tyto_s3_request_new (SOUP_METHOD_HEAD, NULL, TYTO_S3_ANSWER_NONE),
                           on_bucket);
}

gboolean
tyto_s3_client_head_bucket_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
tyto_s3_client_create_bucket_async (TytoS3Client *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = key_task (self, NULL, cancellable, callback, user_data);
  TytoS3Request *request = tyto_s3_request_new (SOUP_METHOD_PUT, NULL, TYTO_S3_ANSWER_NONE);
  g_autofree char *xml = g_markup_printf_escaped (
      "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
      self->config->region);
  g_autoptr (GBytes) body = NULL;

  /* The first region is the one that must not be named. */
  body = g_bytes_new (xml, strcmp (self->config->region, "us-east-1") == 0 ? 0 : strlen (xml));
  tyto_s3_request_set_body (request, body, NULL);
  tyto_s3_client_send_for (task, request, on_bucket);
}

gboolean
tyto_s3_client_create_bucket_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
