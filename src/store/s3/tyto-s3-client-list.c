/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of objects and of uploads under way. */
#include "base/tyto-error.h"
#include "store/s3/tyto-s3-client-private.h"

#include <string.h>

/* Keys are asked for in percent-encoding, since not each of them can stand in XML; a blank is "+"
 * at some servers. (transfer full) (nullable: it is no valid one) */
static char *
read_key (const TytoS3Node *node, const char *name, gboolean encoded)
{
  g_autofree char *text = g_strdup (tyto_s3_node_text (node, name));

  if (!encoded)
    return g_steal_pointer (&text);
  g_strdelimit (text, "+", ' ');
  return g_uri_unescape_string (text, NULL);
}

static gboolean
is_encoded (const TytoS3Node *root)
{
  return strcmp (tyto_s3_node_text (root, "EncodingType"), "url") == 0;
}

static gboolean
is_truncated (const TytoS3Node *root)
{
  return strcmp (tyto_s3_node_text (root, "IsTruncated"), "true") == 0;
}

/* --- Objects --- */

typedef struct {
  char *continuation; /* of the next page */
} ObjectPage;

static void
object_page_free (ObjectPage *page)
{
  g_free (page->continuation);
  g_free (page);
}

static TytoS3Object *
read_object (const TytoS3Node *node, gboolean encoded)
{
  g_autofree char *key = read_key (node, "Key", encoded);
  TytoS3Object *object;

  if (key == NULL || *key == '\0')
    return NULL;
  object = tyto_s3_object_new ();
  g_free (object->key);
  object->key = g_steal_pointer (&key);
  object->size = tyto_s3_node_number (node, "Size", 0);
  g_free (object->etag);
  object->etag = tyto_s3_node_etag (node, "ETag");
  object->modified_us = tyto_s3_node_time (node, "LastModified");
  return object;
}

static void
on_objects (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  ObjectPage *page = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);
  g_autoptr (GPtrArray) objects
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_s3_object_unref);
  const char *next;

  if (tyto_s3_client_return_wrong (self, task, answer, NULL, error))
    return;
  for (guint i = 0; i < answer->root->children->len; i++) {
    const TytoS3Node *node = answer->root->children->pdata[i];
    TytoS3Object *object = strcmp (node->name, "Contents") == 0
                               ? read_object (node, is_encoded (answer->root))
                               : NULL;

    if (object != NULL)
      g_ptr_array_add (objects, object);
  }
  next = tyto_s3_node_text (answer->root, "NextContinuationToken");
  if (is_truncated (answer->root) && *next == '\0') {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_INTERNAL,
                             "The object store cuts its list of the bucket %s off",
                             self->config->bucket);
    return;
  }
  if (is_truncated (answer->root))
    page->continuation = g_strdup (next);
  g_task_return_pointer (task, g_steal_pointer (&objects), (GDestroyNotify) g_ptr_array_unref);
}

void
tyto_s3_client_list_objects_async (TytoS3Client *self, const char *prefix, const char *continuation,
                                   guint limit, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  TytoS3Request *request = tyto_s3_request_new (SOUP_METHOD_GET, NULL, TYTO_S3_ANSWER_XML);
  g_autofree char *max = g_strdup_printf ("%u", limit);

  g_task_set_task_data (task, g_new0 (ObjectPage, 1), (GDestroyNotify) object_page_free);
  tyto_s3_request_add_query (request, "list-type", "2");
  tyto_s3_request_add_query (request, "encoding-type", "url");
  if (*prefix != '\0')
    tyto_s3_request_add_query (request, "prefix", prefix);
  if (continuation != NULL)
    tyto_s3_request_add_query (request, "continuation-token", continuation);
  if (limit > 0)
    tyto_s3_request_add_query (request, "max-keys", max);
  tyto_s3_client_send_for (task, request, on_objects);
}

GPtrArray *
tyto_s3_client_list_objects_finish (TytoS3Client *self, GAsyncResult *result, char **continuation,
                                    GError **error)
{
  ObjectPage *page = g_task_get_task_data (G_TASK (result));

  if (continuation != NULL)
    *continuation = g_steal_pointer (&page->continuation);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Common prefixes --- */

typedef struct {
  char *prefix;
  char *continuation;
  GPtrArray *prefixes;
} PrefixList;

static void
prefix_list_free (PrefixList *list)
{
  g_free (list->prefix);
  g_free (list->continuation);
  g_clear_pointer (&list->prefixes, g_ptr_array_unref);
  g_free (list);
}

static void list_prefixes (GTask *task);

static void
on_prefixes (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  PrefixList *list = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  if (tyto_s3_client_return_wrong (self, task, answer, NULL, error))
    return;
  for (guint i = 0; i < answer->root->children->len; i++) {
    const TytoS3Node *node = answer->root->children->pdata[i];
    char *prefix = strcmp (node->name, "CommonPrefixes") == 0
                       ? read_key (node, "Prefix", is_encoded (answer->root))
                       : NULL;

    if (prefix != NULL)
      g_ptr_array_add (list->prefixes, prefix);
  }
  g_free (list->continuation);
  list->continuation = g_strdup (tyto_s3_node_text (answer->root, "NextContinuationToken"));
  if (is_truncated (answer->root) && *list->continuation != '\0')
    list_prefixes (task);
  else
    g_task_return_pointer (task, g_steal_pointer (&list->prefixes),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
list_prefixes (GTask *task)
{
  const PrefixList *list = g_task_get_task_data (task);
  TytoS3Request *request = tyto_s3_request_new (SOUP_METHOD_GET, NULL, TYTO_S3_ANSWER_XML);

  tyto_s3_request_add_query (request, "list-type", "2");
  tyto_s3_request_add_query (request, "encoding-type", "url");
  tyto_s3_request_add_query (request, "delimiter", "/");
  if (*list->prefix != '\0')
    tyto_s3_request_add_query (request, "prefix", list->prefix);
  if (list->continuation != NULL)
    tyto_s3_request_add_query (request, "continuation-token", list->continuation);
  tyto_s3_client_send_for (task, request, on_prefixes);
}

void
tyto_s3_client_list_prefixes_async (TytoS3Client *self, const char *prefix,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  PrefixList *list = g_new0 (PrefixList, 1);

  list->prefix = g_strdup (prefix);
  list->prefixes = g_ptr_array_new_with_free_func (g_free);
  g_task_set_task_data (task, list, (GDestroyNotify) prefix_list_free);
  list_prefixes (task);
}

GPtrArray *
tyto_s3_client_list_prefixes_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- Uploads under way --- */

typedef struct {
  char *prefix;
  char *key_marker;
  char *upload_marker;
  GPtrArray *uploads;
} UploadList;

static void
upload_list_free (UploadList *list)
{
  g_free (list->prefix);
  g_free (list->key_marker);
  g_free (list->upload_marker);
  g_clear_pointer (&list->uploads, g_ptr_array_unref);
  g_free (list);
}

static void list_uploads (GTask *task);

/* FALSE when there is no further page, or the same one would come again. */
static gboolean
next_uploads (UploadList *list, const TytoS3Node *root)
{
  g_autofree char *key_marker = read_key (root, "NextKeyMarker", is_encoded (root));
  g_autofree char *upload_marker = g_strdup (tyto_s3_node_text (root, "NextUploadIdMarker"));

  if (!is_truncated (root) || key_marker == NULL || *key_marker == '\0'
      || (strcmp (key_marker, list->key_marker) == 0
          && strcmp (upload_marker, list->upload_marker) == 0))
    return FALSE;
  g_free (list->key_marker);
  g_free (list->upload_marker);
  list->key_marker = g_steal_pointer (&key_marker);
  list->upload_marker = g_steal_pointer (&upload_marker);
  return TRUE;
}

static void
on_uploads (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoS3Client *self = TYTO_S3_CLIENT (source);
  UploadList *list = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Answer) answer = tyto_s3_client_send_finish (self, result, &error);

  if (tyto_s3_client_return_wrong (self, task, answer, NULL, error))
    return;
  for (guint i = 0; i < answer->root->children->len; i++) {
    const TytoS3Node *node = answer->root->children->pdata[i];
    g_autofree char *key = strcmp (node->name, "Upload") == 0
                               ? read_key (node, "Key", is_encoded (answer->root))
                               : NULL;

    /* Not each server looks at the prefix. */
    if (key != NULL && g_str_has_prefix (key, list->prefix))
      g_ptr_array_add (list->uploads, tyto_s3_upload_new (key, tyto_s3_node_text (node, "UploadId"),
                                                          tyto_s3_node_time (node, "Initiated")));
  }
  if (next_uploads (list, answer->root))
    list_uploads (task);
  else
    g_task_return_pointer (task, g_steal_pointer (&list->uploads),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
list_uploads (GTask *task)
{
  const UploadList *list = g_task_get_task_data (task);
  TytoS3Request *request = tyto_s3_request_new (SOUP_METHOD_GET, NULL, TYTO_S3_ANSWER_XML);

  /* Without encoding-type: Ceph would encode the keys and not say so. */
  tyto_s3_request_add_query (request, "uploads", NULL);
  if (*list->prefix != '\0')
    tyto_s3_request_add_query (request, "prefix", list->prefix);
  if (*list->key_marker != '\0')
    tyto_s3_request_add_query (request, "key-marker", list->key_marker);
  if (*list->upload_marker != '\0')
    tyto_s3_request_add_query (request, "upload-id-marker", list->upload_marker);
  tyto_s3_client_send_for (task, request, on_uploads);
}

void
tyto_s3_client_list_uploads_async (TytoS3Client *self, const char *prefix,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  UploadList *list = g_new0 (UploadList, 1);

  list->prefix = g_strdup (prefix);
  list->key_marker = g_strdup ("");
  list->upload_marker = g_strdup ("");
  list->uploads = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_s3_upload_free);
  g_task_set_task_data (task, list, (GDestroyNotify) upload_list_free);
  list_uploads (task);
}

GPtrArray *
tyto_s3_client_list_uploads_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
