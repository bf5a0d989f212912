/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "store/s3/tyto-s3-client-private.h"

#include <string.h>

#define METADATA_PREFIX "x-amz-meta-"

void
tyto_s3_answer_free (TytoS3Answer *self)
{
  g_clear_object (&self->message);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->root, tyto_s3_node_free);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->refusal, tyto_s3_refusal_free);
  g_free (self);
}

const char *
tyto_s3_answer_header (const TytoS3Answer *self, const char *name)
{
  const char *value
      = soup_message_headers_get_one (soup_message_get_response_headers (self->message), name);

  return value != NULL ? value : "";
}

char *
tyto_s3_answer_etag (const TytoS3Answer *self)
{
  g_autofree char *etag = g_utf8_make_valid (tyto_s3_answer_header (self, "ETag"), -1);
  gsize length = strlen (etag);

  if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"')
    return g_strndup (etag + 1, length - 2);
  return g_steal_pointer (&etag);
}

/* Size of the whole object: that of Content-Range for a part of it (RFC 9110, section 14.4). */
static guint64
read_size (const TytoS3Answer *self)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  goffset start, end, total = -1;

  if (soup_message_headers_get_content_range (headers, &start, &end, &total) && total >= 0)
    return (guint64) total;
  return (guint64) soup_message_headers_get_content_length (headers);
}

static void
add_metadata (const char *name, const char *value, gpointer data)
{
  GHashTable *metadata = data;

  if (g_ascii_strncasecmp (name, METADATA_PREFIX, strlen (METADATA_PREFIX)) == 0)
    g_hash_table_replace (metadata, g_ascii_strdown (name + strlen (METADATA_PREFIX), -1),
                          g_utf8_make_valid (value, -1));
}

static gboolean
has_opaque_etag (const TytoS3Answer *self)
{
  const char *customer
      = tyto_s3_answer_header (self, "x-amz-server-side-encryption-customer-algorithm");

  return *customer != '\0'
         || g_str_has_prefix (tyto_s3_answer_header (self, "x-amz-server-side-encryption"),
                              "aws:kms");
}

TytoS3Object *
tyto_s3_answer_object (const TytoS3Answer *self, const char *key)
{
  TytoS3Object *object = tyto_s3_object_new ();
  g_autoptr (GDateTime) modified
      = soup_date_time_new_from_http_string (tyto_s3_answer_header (self, "Last-Modified"));

  g_free (object->key);
  object->key = g_strdup (key);
  object->size = read_size (self);
  g_free (object->etag);
  object->etag = tyto_s3_answer_etag (self);
  object->etag_is_opaque = has_opaque_etag (self);
  if (modified != NULL)
    object->modified_us = g_date_time_to_unix (modified) * G_USEC_PER_SEC;
  g_free (object->content_type);
  object->content_type = g_utf8_make_valid (tyto_s3_answer_header (self, "Content-Type"), -1);
  object->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  soup_message_headers_foreach (soup_message_get_response_headers (self->message), add_metadata,
                                object->metadata);
  return object;
}

gboolean
tyto_s3_object_has_metadata (const TytoS3Object *object, GHashTable *metadata)
{
  GHashTableIter iter;
  gpointer name, value;

  if (metadata == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, metadata);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (g_strcmp0 (tyto_s3_object_get_metadata (object, name), value) != 0)
      return FALSE;
  return TRUE;
}

void
tyto_s3_client_set_refusal (TytoS3Client *self, const TytoS3Answer *answer, const char *key,
                            GError **error)
{
  g_autofree char *what = key != NULL ? g_strdup_printf ("the object %s", key)
                                      : g_strdup_printf ("the bucket %s", self->config->bucket);

  if (key == NULL && answer->refusal->status == 404 && *answer->refusal->code == '\0') {
    g_free (answer->refusal->code); /* HEAD has no body */
    answer->refusal->code = g_strdup ("NoSuchBucket");
  }
  tyto_s3_refusal_set_error (answer->refusal, self->config, what, error);
}

gboolean
tyto_s3_client_return_wrong (TytoS3Client *self, GTask *task, const TytoS3Answer *answer,
                             const char *key, GError *error)
{
  if (answer == NULL) {
    g_task_return_error (task, error);
    return TRUE;
  }
  if (answer->refusal == NULL)
    return FALSE;
  tyto_s3_client_set_refusal (self, answer, key, &error);
  g_task_return_error (task, error);
  return TRUE;
}

static gboolean
is_metadata (const char *name, const char *value)
{
  gsize length = strlen (name);

  if (length < 1 || length > 128
      || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
    return FALSE;
  for (const char *c = value; *c != '\0'; c++)
    if (!g_ascii_isprint (*c))
      return FALSE;
  /* Blanks around it would be lost on the way. */
  return value[0] != ' ' && (*value == '\0' || value[strlen (value) - 1] != ' ');
}

gboolean
tyto_s3_client_add_put (TytoS3Request *request, const TytoS3Put *put, GError **error)
{
  const char *type = put != NULL ? put->content_type : NULL;
  GHashTableIter iter;
  gpointer name, value;

  if (type != NULL && strpbrk (type, "\r\n") != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The content type is none");
    return FALSE;
  }
  tyto_s3_request_add_header (request, "content-type",
                              type != NULL ? type : "application/octet-stream");
  if (put == NULL)
    return TRUE;
  if (put->if_none_match)
    tyto_s3_request_add_header (request, "if-none-match", "*");
  if (put->metadata == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, put->metadata);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    g_autofree char *header = g_strconcat (METADATA_PREFIX, name, NULL);

    if (!is_metadata (name, value)) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                      "Names are a-z, 0-9 and \"-\", values printable ASCII.",
                      "An object cannot have this metadata");
      return FALSE;
    }
    tyto_s3_request_add_header (request, header, value);
  }
  return TRUE;
}
