/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Multipart uploads. */
#include "base/tyto-error.h"
#include "store/s3/tyto-s3-client-private.h"

#include <string.h>

/* What an upload's calls are about. */
typedef struct {
  char *key;
  char *upload;
  GPtrArray *parts; /* element-type TytoS3Part; nullable */
  guint marker;
  GError *failure; /* of completing it */
} Multipart;

static void
multipart_free (Multipart *multipart)
{
  g_free (multipart->key);
  g_free (multipart->upload);
  g_clear_pointer (&multipart->parts, g_ptr_array_unref);
  g_clear_error (&multipart->failure);
  g_free (multipart);
}

/* A task with a Multipart; NULL and ended when the arguments are wrong. @upload: NULL where there
 * is none yet. */
static GTask *
multipart_task (TytoS3Client *self, const char *key, const char *upload, GCancellable *cancellable,
                GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Multipart *multipart = g_new0 (Multipart, 1);
  GError *error = NULL;

  multipart->key = g_strdup (key);
  multipart->upload = g_strdup (upload);
  g_task_set_task_data (task, multipart, (GDestroyNotify) multipart_free);
  if (tyto_s3_key_check (key, &error)) {
    if (upload == NULL || *upload != '\0')
      return task;
    tyto_set_error (&error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The id of an upload is missing");
  }
  g_task_return_error (task, error);
  g_object_unref (task);
  return NULL;
}

static GPtrArray *
new_parts (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_s3_part_free);
}

/* --- Create --- */

static void
on_created (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  const Multipart *multipart = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);
  const char *upload;

  if (tyto_s3_client_return_wrong (self, task, answer, multipart->key, error))
    return;
  upload = tyto_s3_node_text (answer->root, "UploadId");
  if (*upload != '\0')
    g_task_return_pointer (task, g_strdup (upload), g_free);
  else
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_INTERNAL,
                             "The object store gave an upload of %s no id", multipart->key);
}

void
tyto_s3_client_create_multipart_async (TytoS3Client *self, const char *key, const TytoS3Put *put,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_autoptr (GTask) task = multipart_task (self, key, NULL, cancellable, callback, user_data);
  g_autoptr (TytoS3Request) request
      = tyto_s3_request_new (SOUP_METHOD_POST, key, TYTO_S3_ANSWER_XML);
  TytoS3Put used = { 0 };
  GError *error = NULL;

  if (task == NULL)
    return;
  if (put != NULL) {
    used.content_type = put->content_type;
    used.metadata = put->metadata;
  }
  tyto_s3_request_add_query (request, "uploads", NULL);
  if (!tyto_s3_client_add_put (request, &used, &error))
    g_task_return_error (task, error);
  else
    tyto_s3_client_send_for (task, g_steal_pointer (&request), on_created);
}

char *
tyto_s3_client_create_multipart_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Part --- */

static void
on_part (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  const Multipart *multipart = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);
  g_autofree char *etag = NULL;

  if (tyto_s3_client_return_wrong (self, task, answer, multipart->key, error))
    return;
  etag = tyto_s3_answer_etag (answer);
  if (*etag != '\0')
    g_task_return_pointer (task, g_steal_pointer (&etag), g_free);
  else
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_INTERNAL,
                             "The object store gave a part of %s no ETag", multipart->key);
}

void
tyto_s3_client_upload_part_async (TytoS3Client *self, const char *key, const char *upload,
                                  guint number, GBytes *body, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = multipart_task (self, key, upload, cancellable, callback, user_data);
  g_autofree char *text = g_strdup_printf ("%u", number);
  TytoS3Request *request;

  if (task == NULL)
    return;
  if (number < 1 || number > TYTO_S3_PARTS) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT,
                             "An object has parts 1 to %d, not %u", TYTO_S3_PARTS, number);
    return;
  }
  request = tyto_s3_request_new (SOUP_METHOD_PUT, key, TYTO_S3_ANSWER_NONE);
  request->part = number;
  tyto_s3_request_add_query (request, "partNumber", text);
  tyto_s3_request_add_query (request, "uploadId", upload);
  tyto_s3_request_set_body (request, body, NULL);
  tyto_s3_client_send_for (task, request, on_part);
}

char *
tyto_s3_client_upload_part_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Parts that are there --- */

static void list_parts (GTask *task);

static void
on_parts (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  Multipart *multipart = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);
  guint marker = multipart->marker;

  if (tyto_s3_client_return_wrong (self, task, answer, multipart->key, error))
    return;
  for (guint i = 0; i < answer->root->children->len; i++) {
    const TytoS3Node *node = answer->root->children->pdata[i];
    guint64 number = tyto_s3_node_number (node, "PartNumber", 0);
    g_autofree char *etag = tyto_s3_node_etag (node, "ETag");

    if (strcmp (node->name, "Part") != 0 || number <= marker || number > TYTO_S3_PARTS)
      continue;
    multipart->marker = (guint) number;
    g_ptr_array_add (multipart->parts, tyto_s3_part_new ((guint) number, etag,
                                                         tyto_s3_node_number (node, "Size", 0)));
  }
  /* A page that brings nothing further would be asked for forever. */
  if (strcmp (tyto_s3_node_text (answer->root, "IsTruncated"), "true") == 0
      && multipart->marker > marker)
    list_parts (task);
  else
    g_task_return_pointer (task, g_steal_pointer (&multipart->parts),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
list_parts (GTask *task)
{
  const Multipart *multipart = g_task_get_task_data (task);
  TytoS3Request *request
      = tyto_s3_request_new (SOUP_METHOD_GET, multipart->key, TYTO_S3_ANSWER_XML);
  g_autofree char *marker = g_strdup_printf ("%u", multipart->marker);

  tyto_s3_request_add_query (request, "uploadId", multipart->upload);
  if (multipart->marker > 0)
    tyto_s3_request_add_query (request, "part-number-marker", marker);
  tyto_s3_client_send_for (task, request, on_parts);
}

void
tyto_s3_client_list_parts_async (TytoS3Client *self, const char *key, const char *upload,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = multipart_task (self, key, upload, cancellable, callback, user_data);

  if (task == NULL)
    return;
  ((Multipart *) g_task_get_task_data (task))->parts = new_parts ();
  list_parts (task);
}

GPtrArray *
tyto_s3_client_list_parts_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Complete --- */

/* ETags of multipart objects end with the number of parts where a server makes them as Amazon does.
 */
static gboolean
is_made_of (const TytoS3Object *object, GPtrArray *parts)
{
  const char *dash = strrchr (object->etag, '-');
  guint64 size = 0;
  guint64 count;

  for (guint i = 0; i < parts->len; i++)
    size += ((TytoS3Part *) parts->pdata[i])->size;
  if (dash != NULL && g_ascii_string_to_unsigned (dash + 1, 10, 0, G_MAXUINT64, &count, NULL)
      && count != parts->len)
    return FALSE;
  return object->size == size;
}

static void
on_completed_compared (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  const Multipart *multipart = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Object) object
      = tyto_s3_client_head_object_finish (TYTO_S3_CLIENT (source), result, &error);

  if (object != NULL && is_made_of (object, multipart->parts)) {
    g_task_return_pointer (task, g_strdup (object->etag), g_free);
    return;
  }
  if (object != NULL || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_clear_error (&error);
    tyto_set_error (&error, TYTO_ERROR_NOT_FOUND, "Upload it from the beginning.",
                    "The object store has no such upload of the object %s any more",
                    multipart->key);
  }
  g_task_return_error (task, error);
}

/* Ceph answers 500, and not NoSuchUpload, when there is no such upload. */
static void
on_failed_compared (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  Multipart *multipart = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) there = tyto_s3_client_list_parts_finish (self, result, &error);

  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    tyto_s3_client_head_object_async (self, multipart->key, g_task_get_cancellable (task),
                                      on_completed_compared, g_object_ref (task));
  else
    g_task_return_error (task, g_steal_pointer (&multipart->failure));
}

static void
on_completed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  Multipart *multipart = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  /* The upload is gone at a second try: the first one may have completed it. */
  if (answer != NULL && answer->refusal != NULL && answer->uncertain
      && answer->refusal->status == 404) {
    tyto_s3_client_head_object_async (self, multipart->key, g_task_get_cancellable (task),
                                      on_completed_compared, g_object_ref (task));
    return;
  }
  if (answer != NULL && answer->refusal != NULL && tyto_s3_refusal_passes (answer->refusal)) {
    tyto_s3_client_set_refusal (self, answer, multipart->key, &multipart->failure);
    tyto_s3_client_list_parts_async (self, multipart->key, multipart->upload,
                                     g_task_get_cancellable (task), on_failed_compared,
                                     g_object_ref (task));
    return;
  }
  if (!tyto_s3_client_return_wrong (self, task, answer, multipart->key, error))
    g_task_return_pointer (task, tyto_s3_node_etag (answer->root, "ETag"), g_free);
}

static GBytes *
write_complete (GPtrArray *parts)
{
  GString *xml = g_string_new (
      "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");

  for (guint i = 0; i < parts->len; i++) {
    const TytoS3Part *part = parts->pdata[i];
    g_autofree char *etag = g_markup_escape_text (part->etag, -1);

    g_string_append_printf (xml,
                            "<Part><PartNumber>%u</PartNumber><ETag>&quot;%s&quot;</ETag></Part>",
                            part->number, etag);
  }
  g_string_append (xml, "</CompleteMultipartUpload>");
  return g_string_free_to_bytes (xml);
}

void
tyto_s3_client_complete_multipart_async (TytoS3Client *self, const char *key, const char *upload,
                                         GPtrArray *parts, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = multipart_task (self, key, upload, cancellable, callback, user_data);
  g_autoptr (GBytes) body = NULL;
  TytoS3Request *request;
  Multipart *multipart;

  if (task == NULL)
    return;
  if (parts->len == 0 || parts->len > TYTO_S3_PARTS) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT,
                             "An object has 1 to %d parts, not %u", TYTO_S3_PARTS, parts->len);
    return;
  }
  multipart = g_task_get_task_data (task);
  multipart->parts = new_parts ();
  for (guint i = 0; i < parts->len; i++)
    g_ptr_array_add (multipart->parts, tyto_s3_part_copy (parts->pdata[i]));
  body = write_complete (parts);
  request = tyto_s3_request_new (SOUP_METHOD_POST, key, TYTO_S3_ANSWER_XML);
  tyto_s3_request_add_query (request, "uploadId", upload);
  tyto_s3_request_add_header (request, "content-type", "application/xml");
  tyto_s3_request_set_body (request, body, NULL);
  tyto_s3_client_send_for (task, request, on_completed);
}

char *
tyto_s3_client_complete_multipart_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Abort --- */

static void
on_aborted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  const Multipart *multipart = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  if (answer != NULL && answer->refusal != NULL
      && tyto_s3_refusal_has_code (answer->refusal, "NoSuchUpload"))
    g_task_return_boolean (task, TRUE);
  else if (!tyto_s3_client_return_wrong (self, task, answer, multipart->key, error))
    g_task_return_boolean (task, TRUE);
}

void
tyto_s3_client_abort_multipart_async (TytoS3Client *self, const char *key, const char *upload,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task = multipart_task (self, key, upload, cancellable, callback, user_data);
  TytoS3Request *request;

  if (task == NULL)
    return;
  request = tyto_s3_request_new (SOUP_METHOD_DELETE, key, TYTO_S3_ANSWER_NONE);
  tyto_s3_request_add_query (request, "uploadId", upload);
  tyto_s3_client_send_for (task, request, on_aborted);
}

gboolean
tyto_s3_client_abort_multipart_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
