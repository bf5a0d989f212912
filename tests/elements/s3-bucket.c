/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3-bucket.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#define WAIT_US (30 * G_USEC_PER_SEC)

/* Runs S3_CALL with @words. Returns: (transfer full): its answer */
static JsonNode *
call (S3Bucket *bucket, const gchar *const *words)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *answer = NULL;
  JsonNode *node;

  g_ptr_array_add (arguments, (gpointer) g_getenv ("S3_CALL"));
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (arguments, (gpointer) words[i]);
  g_ptr_array_add (arguments, NULL);
  g_subprocess_launcher_setenv (launcher, "S3_ENDPOINT", g_getenv ("AWS_ENDPOINT_URL"), TRUE);
  g_subprocess_launcher_setenv (launcher, "S3_ACCESS_KEY_ID", g_getenv ("AWS_ACCESS_KEY_ID"), TRUE);
  g_subprocess_launcher_setenv (launcher, "S3_SECRET_ACCESS_KEY",
                                g_getenv ("AWS_SECRET_ACCESS_KEY"), TRUE);
  g_subprocess_launcher_setenv (launcher, "S3_BUCKET", bucket->name, TRUE);
  process
      = g_subprocess_launcher_spawnv (launcher, (const gchar *const *) arguments->pdata, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &answer, NULL, &error);
  g_assert_no_error (error);
  node = json_from_string (answer, &error);
  g_assert_no_error (error);
  return node;
}

#define CALL(bucket, ...) call (bucket, (const gchar *const[]){ __VA_ARGS__, NULL })

static void
assert_done (JsonNode *answer)
{
  JsonObject *object = json_node_get_object (answer);

  if (json_object_has_member (object, "error"))
    g_error ("%s", json_object_get_string_member (object, "message"));
}

S3Bucket *
s3_bucket_new (void)
{
  S3Bucket *bucket = g_new0 (S3Bucket, 1);
  g_autoptr (JsonNode) answer = NULL;

  bucket->name = g_strdup_printf ("elements-%08x", g_random_int ());
  answer = CALL (bucket, "create-bucket");
  assert_done (answer);
  return bucket;
}

void
s3_bucket_free (S3Bucket *bucket)
{
  g_free (bucket->name);
  g_free (bucket);
}

gchar *
s3_bucket_get_etag (S3Bucket *bucket, const gchar *key)
{
  g_autoptr (JsonNode) answer = CALL (bucket, "head", key);
  JsonObject *object = json_node_get_object (answer);
  const gchar *error = json_object_get_string_member_with_default (object, "error", "");

  if (g_str_equal (error, "not-found"))
    return NULL;
  assert_done (answer);
  return g_strdup (json_object_get_string_member (object, "etag"));
}

/* A name for a file of its own. */
static gchar *
make_file (void)
{
  gchar *name = NULL;
  g_autoptr (GError) error = NULL;
  gint fd = g_file_open_tmp ("s3-XXXXXX", &name, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  return name;
}

GBytes *
s3_bucket_read (S3Bucket *bucket, const gchar *key)
{
  g_autofree gchar *file = make_file ();
  g_autoptr (JsonNode) answer = CALL (bucket, "get", key, "0", "end", file);
  g_autoptr (GError) error = NULL;
  gchar *data;
  gsize size;

  assert_done (answer);
  g_file_get_contents (file, &data, &size, &error);
  g_assert_no_error (error);
  g_unlink (file);
  return g_bytes_new_take (data, size);
}

void
s3_bucket_put (S3Bucket *bucket, const gchar *key, gconstpointer data, gsize size)
{
  g_autofree gchar *file = make_file ();
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_file_set_contents (file, data, (gssize) size, &error);
  g_assert_no_error (error);
  answer = CALL (bucket, "put", key, file);
  assert_done (answer);
  g_unlink (file);
}

/* The one upload under way, NULL for none. (transfer full) */
static gchar *
find_upload (S3Bucket *bucket, guint *count)
{
  g_autoptr (JsonNode) answer = CALL (bucket, "uploads", "");
  JsonArray *uploads;

  assert_done (answer);
  uploads = json_object_get_array_member (json_node_get_object (answer), "uploads");
  *count = json_array_get_length (uploads);
  if (*count == 0)
    return NULL;
  return g_strdup (
      json_object_get_string_member (json_array_get_object_element (uploads, 0), "upload"));
}

guint
s3_bucket_count_uploads (S3Bucket *bucket)
{
  g_autofree gchar *upload = NULL;
  guint count;

  upload = find_upload (bucket, &count);
  return count;
}

static guint
count_parts (S3Bucket *bucket, const gchar *upload)
{
  g_autoptr (JsonNode) answer = CALL (bucket, "parts", "object", upload);

  assert_done (answer);
  return json_array_get_length (
      json_object_get_array_member (json_node_get_object (answer), "parts"));
}

void
s3_bucket_wait_part (S3Bucket *bucket)
{
  gint64 limit = g_get_monotonic_time () + WAIT_US;
  guint parts = 0;

  while (parts == 0) {
    g_autofree gchar *upload = NULL;
    guint count;

    upload = find_upload (bucket, &count);
    if (upload != NULL)
      parts = count_parts (bucket, upload);
    g_assert_cmpint (g_get_monotonic_time (), <, limit);
  }
}
