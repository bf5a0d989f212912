/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3-verbs.h"

#include <string.h>

/* Keeps a result for the caller who turns the main loop until it is there. */
static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static guint64
number (const char *text)
{
  return strcmp (text, "end") == 0 ? G_MAXUINT64 : g_ascii_strtoull (text, NULL, 10);
}

static void
add_string (S3Call *call, const char *name, const char *value)
{
  json_builder_set_member_name (call->answer, name);
  json_builder_add_string_value (call->answer, value);
}

static void
add_number (S3Call *call, const char *name, gint64 value)
{
  json_builder_set_member_name (call->answer, name);
  json_builder_add_int_value (call->answer, value);
}

static void
add_object (S3Call *call, const TytoS3Object *object)
{
  GHashTableIter iter;
  gpointer name, value;

  add_string (call, "key", object->key);
  add_number (call, "size", (gint64) object->size);
  add_string (call, "etag", object->etag);
  add_number (call, "modified_us", object->modified_us);
  add_string (call, "content_type", object->content_type);
  if (object->metadata == NULL)
    return;
  json_builder_set_member_name (call->answer, "metadata");
  json_builder_begin_object (call->answer);
  g_hash_table_iter_init (&iter, object->metadata);
  while (g_hash_table_iter_next (&iter, &name, &value))
    add_string (call, name, value);
  json_builder_end_object (call->answer);
}

static GBytes *
read_file (const char *path, GError **error)
{
  char *contents = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &contents, &length, error))
    return NULL;
  return g_bytes_new_take (contents, length);
}

static gboolean
write_file (const char *path, GBytes *bytes, GError **error)
{
  return g_file_set_contents (path, g_bytes_get_data (bytes, NULL) ?: "",
                              (gssize) g_bytes_get_size (bytes), error);
}

/* The options behind a put: new, type=…, or name=value for metadata. */
static void
read_put (GStrv options, TytoS3Put *put)
{
  put->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (; *options != NULL; options++) {
    g_auto (GStrv) pair = g_strsplit (*options, "=", 2);

    if (strcmp (*options, "new") == 0)
      put->if_none_match = TRUE;
    else if (strcmp (pair[0], "type") == 0)
      put->content_type = strchr (*options, '=') + 1;
    else if (strcmp (pair[0], "body-sha256") == 0)
      put->sha256 = strchr (*options, '=') + 1;
    else
      g_hash_table_replace (put->metadata, g_strdup (pair[0]), g_strdup (pair[1]));
  }
}

static gboolean
return_text (S3Call *call, const char *name, char *text)
{
  g_autofree char *owned = text;

  if (owned == NULL)
    return FALSE;
  add_string (call, name, owned);
  return TRUE;
}

/* put KEY FILE [OPTION…] */
static gboolean
run_put (S3Call *call, GError **error)
{
  g_autoptr (GBytes) body = read_file (call->arguments[1], error);
  g_autoptr (GAsyncResult) result = NULL;
  TytoS3Put put = { 0 };

  if (body == NULL)
    return FALSE;
  read_put (call->arguments + 2, &put);
  tyto_s3_client_put_object_async (call->client, call->arguments[0], body, &put, NULL, keep_result,
                                   &result);
  g_hash_table_unref (put.metadata);
  return return_text (call, "etag",
                      tyto_s3_client_put_object_finish (call->client, wait_for (&result), error));
}

/* put-file KEY FILE OFFSET LENGTH [OPTION…] */
static gboolean
run_put_file (S3Call *call, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (call->arguments[1]);
  g_autoptr (GAsyncResult) result = NULL;
  TytoS3Put put = { 0 };

  read_put (call->arguments + 4, &put);
  tyto_s3_client_put_file_async (call->client, call->arguments[0], file,
                                 number (call->arguments[2]), number (call->arguments[3]), &put,
                                 NULL, keep_result, &result);
  g_hash_table_unref (put.metadata);
  return return_text (call, "etag",
                      tyto_s3_client_put_object_finish (call->client, wait_for (&result), error));
}

/* head KEY */
static gboolean
run_head (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (TytoS3Object) object = NULL;

  tyto_s3_client_head_object_async (call->client, call->arguments[0], NULL, keep_result, &result);
  object = tyto_s3_client_head_object_finish (call->client, wait_for (&result), error);
  if (object != NULL)
    add_object (call, object);
  return object != NULL;
}

/* read KEY OFFSET LENGTH FILE [ETAG] */
static gboolean
run_read (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (TytoS3Object) object = NULL;
  g_autoptr (GBytes) bytes = NULL;

  tyto_s3_client_read_object_async (call->client, call->arguments[0], number (call->arguments[1]),
                                    number (call->arguments[2]), call->arguments[4], NULL,
                                    keep_result, &result);
  bytes = tyto_s3_client_read_object_finish (call->client, wait_for (&result), &object, error);
  if (bytes == NULL)
    return FALSE;
  add_object (call, object);
  return write_file (call->arguments[3], bytes, error);
}

/* get KEY OFFSET LENGTH FILE: as a stream */
static gboolean
run_get (S3Call *call, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (call->arguments[3]);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) spliced = NULL;
  g_autoptr (TytoS3Object) object = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GFileOutputStream) output = NULL;

  tyto_s3_client_get_object_async (call->client, call->arguments[0], number (call->arguments[1]),
                                   number (call->arguments[2]), NULL, NULL, keep_result, &result);
  stream = tyto_s3_client_get_object_finish (call->client, wait_for (&result), &object, error);
  output = stream != NULL ? g_file_replace (file, NULL, FALSE, 0, NULL, error) : NULL;
  if (output == NULL)
    return FALSE;
  add_object (call, object);
  g_output_stream_splice_async (G_OUTPUT_STREAM (output), stream,
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE
                                    | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                                G_PRIORITY_DEFAULT, NULL, keep_result, &spliced);
  return g_output_stream_splice_finish (G_OUTPUT_STREAM (output), wait_for (&spliced), error) >= 0;
}

/* delete KEY */
static gboolean
run_delete (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_s3_client_delete_object_async (call->client, call->arguments[0], NULL, keep_result, &result);
  return tyto_s3_client_delete_object_finish (call->client, wait_for (&result), error);
}

/* delete-many KEY… */
static gboolean
run_delete_many (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GHashTable) left = NULL;
  GHashTableIter iter;
  gpointer key, why;

  tyto_s3_client_delete_objects_async (call->client, (const char *const *) call->arguments, NULL,
                                       keep_result, &result);
  left = tyto_s3_client_delete_objects_finish (call->client, wait_for (&result), error);
  if (left == NULL)
    return FALSE;
  json_builder_set_member_name (call->answer, "left");
  json_builder_begin_object (call->answer);
  g_hash_table_iter_init (&iter, left);
  while (g_hash_table_iter_next (&iter, &key, &why))
    add_string (call, key, why);
  json_builder_end_object (call->answer);
  return TRUE;
}

/* create KEY [OPTION…] */
static gboolean
run_create (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  TytoS3Put put = { 0 };

  read_put (call->arguments + 1, &put);
  tyto_s3_client_create_multipart_async (call->client, call->arguments[0], &put, NULL, keep_result,
                                         &result);
  g_hash_table_unref (put.metadata);
  return return_text (
      call, "upload",
      tyto_s3_client_create_multipart_finish (call->client, wait_for (&result), error));
}

/* part KEY UPLOAD NUMBER FILE */
static gboolean
run_part (S3Call *call, GError **error)
{
  g_autoptr (GBytes) body = read_file (call->arguments[3], error);
  g_autoptr (GAsyncResult) result = NULL;

  if (body == NULL)
    return FALSE;
  tyto_s3_client_upload_part_async (call->client, call->arguments[0], call->arguments[1],
                                    (guint) number (call->arguments[2]), body, NULL, keep_result,
                                    &result);
  return return_text (call, "etag",
                      tyto_s3_client_upload_part_finish (call->client, wait_for (&result), error));
}

static GPtrArray *
list_parts (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_s3_client_list_parts_async (call->client, call->arguments[0], call->arguments[1], NULL,
                                   keep_result, &result);
  return tyto_s3_client_list_parts_finish (call->client, wait_for (&result), error);
}

/* parts KEY UPLOAD */
static gboolean
run_parts (S3Call *call, GError **error)
{
  g_autoptr (GPtrArray) parts = list_parts (call, error);

  if (parts == NULL)
    return FALSE;
  json_builder_set_member_name (call->answer, "parts");
  json_builder_begin_array (call->answer);
  for (guint i = 0; i < parts->len; i++) {
    const TytoS3Part *part = parts->pdata[i];

    json_builder_begin_object (call->answer);
    add_number (call, "number", part->number);
    add_string (call, "etag", part->etag);
    add_number (call, "size", (gint64) part->size);
    json_builder_end_object (call->answer);
  }
  json_builder_end_array (call->answer);
  return TRUE;
}

/* complete KEY UPLOAD [NUMBER:ETAG:SIZE…]: with the parts that the server lists when none are given
 */
static gboolean
run_complete (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) parts = NULL;

  if (call->arguments[2] == NULL)
    parts = list_parts (call, error);
  else
    parts = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_s3_part_free);
  for (guint i = 2; call->arguments[2] != NULL && call->arguments[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (call->arguments[i], ":", 3);

    g_ptr_array_add (parts,
                     tyto_s3_part_new ((guint) number (words[0]), words[1], number (words[2])));
  }
  if (parts == NULL)
    return FALSE;
  tyto_s3_client_complete_multipart_async (call->client, call->arguments[0], call->arguments[1],
                                           parts, NULL, keep_result, &result);
  return return_text (
      call, "etag",
      tyto_s3_client_complete_multipart_finish (call->client, wait_for (&result), error));
}

/* abort KEY UPLOAD */
static gboolean
run_abort (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_s3_client_abort_multipart_async (call->client, call->arguments[0], call->arguments[1], NULL,
                                        keep_result, &result);
  return tyto_s3_client_abort_multipart_finish (call->client, wait_for (&result), error);
}

/* uploads PREFIX */
static gboolean
run_uploads (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) uploads = NULL;

  tyto_s3_client_list_uploads_async (call->client, call->arguments[0], NULL, keep_result, &result);
  uploads = tyto_s3_client_list_uploads_finish (call->client, wait_for (&result), error);
  if (uploads == NULL)
    return FALSE;
  json_builder_set_member_name (call->answer, "uploads");
  json_builder_begin_array (call->answer);
  for (guint i = 0; i < uploads->len; i++) {
    const TytoS3Upload *upload = uploads->pdata[i];

    json_builder_begin_object (call->answer);
    add_string (call, "key", upload->key);
    add_string (call, "upload", upload->id);
    add_number (call, "initiated_us", upload->initiated_us);
    json_builder_end_object (call->answer);
  }
  json_builder_end_array (call->answer);
  return TRUE;
}

/* list PREFIX LIMIT: all pages */
static gboolean
run_list (S3Call *call, GError **error)
{
  g_autofree char *continuation = NULL;
  gint64 pages = 0;

  json_builder_set_member_name (call->answer, "objects");
  json_builder_begin_array (call->answer);
  do {
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GPtrArray) objects = NULL;

    tyto_s3_client_list_objects_async (call->client, call->arguments[0], continuation,
                                       (guint) number (call->arguments[1]), NULL, keep_result,
                                       &result);
    g_clear_pointer (&continuation, g_free);
    objects = tyto_s3_client_list_objects_finish (call->client, wait_for (&result), &continuation,
                                                  error);
    for (guint i = 0; objects != NULL && i < objects->len; i++) {
      json_builder_begin_object (call->answer);
      add_object (call, objects->pdata[i]);
      json_builder_end_object (call->answer);
    }
    pages = objects != NULL ? pages + 1 : -1;
  } while (continuation != NULL);
  json_builder_end_array (call->answer);
  add_number (call, "pages", pages);
  return pages > 0;
}

/* head-bucket */
static gboolean
run_head_bucket (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_s3_client_head_bucket_async (call->client, NULL, keep_result, &result);
  return tyto_s3_client_head_bucket_finish (call->client, wait_for (&result), error);
}

/* create-bucket */
static gboolean
run_create_bucket (S3Call *call, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_s3_client_create_bucket_async (call->client, NULL, keep_result, &result);
  return tyto_s3_client_create_bucket_finish (call->client, wait_for (&result), error);
}

/* presign METHOD KEY SECONDS [NAME=VALUE…] */
static gboolean
run_presign (S3Call *call, GError **error)
{
  g_autoptr (GHashTable) parameters
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 3; call->arguments[i] != NULL; i++) {
    g_auto (GStrv) pair = g_strsplit (call->arguments[i], "=", 2);

    g_hash_table_replace (parameters, g_strdup (pair[0]), g_strdup (pair[1]));
  }
  return return_text (call, "url",
                      tyto_s3_client_presign (call->client, call->arguments[0], call->arguments[1],
                                              (guint) number (call->arguments[2]), parameters,
                                              error));
}

static const struct {
  const char *name;
  guint arguments;
  gboolean (*run) (S3Call *call, GError **error);
} verbs[] = {
  { "abort", 2, run_abort },
  { "complete", 2, run_complete },
  { "create", 1, run_create },
  { "create-bucket", 0, run_create_bucket },
  { "delete", 1, run_delete },
  { "delete-many", 0, run_delete_many },
  { "get", 4, run_get },
  { "head", 1, run_head },
  { "head-bucket", 0, run_head_bucket },
  { "list", 2, run_list },
  { "part", 4, run_part },
  { "parts", 2, run_parts },
  { "presign", 3, run_presign },
  { "put", 2, run_put },
  { "put-file", 4, run_put_file },
  { "read", 4, run_read },
  { "uploads", 1, run_uploads },
};

gboolean
s3_verbs_run (const char *verb, S3Call *call, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].name, verb) == 0 && g_strv_length (call->arguments) >= verbs[i].arguments)
      return verbs[i].run (call, error);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: no such verb, or too little",
               verb);
  return FALSE;
}
