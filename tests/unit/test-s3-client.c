/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The S3 client with answers that servers should not give, in several threads, and cancelled. */
#include "base/tyto-error.h"
#include "s3-stub.h"

#include <string.h>

static void
answer_ok (SoupServerMessage *message, guint number)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "ETag",
                                "\"e\"");
  s3_stub_respond (message, 200, "");
}

static void
put (TytoS3Client *client, const char *key, GCancellable *cancellable, GAsyncResult **result)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("body", 4);

  tyto_s3_client_put_object_async (client, key, body, NULL, cancellable, s3_stub_keep, result);
}

static void
test_many_at_a_time (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_ok);
  GAsyncResult *results[8] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    put (stub->client, "k", NULL, &results[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autofree char *etag
        = tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&results[i]), NULL);

    g_assert_cmpstr (etag, ==, "e");
    g_object_unref (results[i]);
  }
  g_assert_cmpuint (s3_stub_requests (stub), ==, G_N_ELEMENTS (results));
}

static gpointer
put_some (gpointer data)
{
  TytoS3Client *client = data;
  g_autoptr (GMainContext) context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  for (guint i = 0; i < 10; i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autofree char *etag = NULL;

    put (client, "k", NULL, &result);
    etag = tyto_s3_client_put_object_finish (client, s3_stub_wait (&result), NULL);
    g_assert_cmpstr (etag, ==, "e");
  }
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_ok);
  GThread *threads[4];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("put", put_some, stub->client);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 40);
}

static void
answer_never (SoupServerMessage *message, guint number)
{
  soup_server_message_pause (message);
}

static void
answer_later (SoupServerMessage *message, guint number)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                "30");
  s3_stub_respond (message, 503, "<Error><Code>SlowDown</Code></Error>");
}

/* While an answer is awaited, and while the next try is. */
static void
test_cancelled (gconstpointer data)
{
  g_autoptr (S3Stub) stub = s3_stub_new ((S3StubAnswer) data);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gint64 begun_us = g_get_monotonic_time ();

  put (stub->client, "k", cancellable, &result);
  while (s3_stub_requests (stub) == 0
         || (data == answer_later && tyto_s3_client_get_retries (stub->client) == 0))
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  g_assert_null (tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 10 * G_USEC_PER_SEC);
}

static void
test_cancelled_before (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_ok);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  put (stub->client, "k", cancellable, &result);
  g_assert_null (tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 0);
}

static void
answer_body (SoupServerMessage *message, guint number)
{
  /* libsoup would give the range alone. */
  soup_message_headers_remove (soup_server_message_get_request_headers (message), "Range");
  s3_stub_respond (message, 200, "0123456789");
}

/* Calls and streams keep what they need. */
static void
test_client_goes_first (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_body);
  TytoS3Client *client = stub->client; /* kept by the call */
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) read = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GBytes) bytes = NULL;

  tyto_s3_client_get_object_async (client, "k", 0, G_MAXUINT64, NULL, NULL, s3_stub_keep, &result);
  g_clear_object (&stub->client);
  stream = tyto_s3_client_get_object_finish (client, s3_stub_wait (&result), NULL, NULL);
  g_clear_object (&result);
  g_assert_nonnull (stream);
  g_input_stream_read_bytes_async (stream, 100, G_PRIORITY_DEFAULT, NULL, s3_stub_keep, &read);
  bytes = g_input_stream_read_bytes_finish (stream, s3_stub_wait (&read), NULL);
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), "0123456789", 10);
}

/* A server that does not know Range sends all. */
static void
test_range_is_ignored (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_body);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tyto_s3_client_read_object_async (stub->client, "k", 5, 2, NULL, NULL, s3_stub_keep, &result);
  g_assert_null (
      tyto_s3_client_read_object_finish (stub->client, s3_stub_wait (&result), NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNSUPPORTED);
}

/* The second request comes by the connection of the first, and finds it closed. */
static void
answer_closed (SoupServerMessage *message, guint number)
{
  g_autofree char *etag = g_strdup_printf ("\"%" G_GOFFSET_FORMAT "\"",
                                           soup_server_message_get_request_body (message)->length);

  if (number == 2) {
    g_autoptr (GIOStream) connection = soup_server_message_steal_connection (message);

    g_io_stream_close (connection, NULL, NULL);
    return;
  }
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "ETag", etag);
  s3_stub_respond (message, 200, "");
}

static void
add_sent (TytoS3Client *client, const char *key, guint part, gint64 bytes, gpointer data)
{
  *(gint64 *) data += bytes;
}

/* libsoup sends such a request again by itself, but forgets its body. */
static void
test_connection_is_closed (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_closed);
  gint64 sent = 0;

  g_signal_connect (stub->client, "sent", G_CALLBACK (add_sent), &sent);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autofree char *etag = NULL;

    put (stub->client, "k", NULL, &result);
    etag = tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), NULL);
    g_assert_cmpstr (etag, ==, "4");
  }
  g_assert_cmpuint (s3_stub_requests (stub), ==, 3);
  g_assert_cmpint (sent, ==, 8);
}

static void
test_connection_is_closed_for_a_file (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_closed);
  g_autofree char *path = NULL;
  g_autoptr (GFile) file = NULL;
  gint64 sent = 0;

  g_assert_cmpint (g_file_open_tmp (NULL, &path, NULL), >=, 0);
  g_assert_true (g_file_set_contents (path, "0123456789", 10, NULL));
  file = g_file_new_for_path (path);
  g_signal_connect (stub->client, "sent", G_CALLBACK (add_sent), &sent);
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GAsyncResult) result = NULL;
    g_autofree char *etag = NULL;

    tyto_s3_client_put_file_async (stub->client, "k", file, 1, 7, NULL, NULL, s3_stub_keep,
                                   &result);
    etag = tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), NULL);
    g_assert_cmpstr (etag, ==, "7");
  }
  g_assert_cmpuint (s3_stub_requests (stub), ==, 3);
  g_assert_cmpuint (tyto_s3_client_get_retries (stub->client), ==, 1);
  g_assert_cmpint (sent, ==, 14);
  g_file_delete (file, NULL, NULL);
}

static void
answer_redirect (SoupServerMessage *message, guint number)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location",
                                "http://127.0.0.1:1/elsewhere");
  s3_stub_respond (message, 307,
                   "<Error><Code>TemporaryRedirect</Code><Message>m</Message></Error>");
}

static void
test_redirects_are_not_followed (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_redirect);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  put (stub->client, "k", NULL, &result);
  g_assert_null (tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (tyto_error_hint (error), "endpoint"));
  g_assert_cmpuint (s3_stub_requests (stub), ==, 1);
}

static void
answer_endless (SoupServerMessage *message, guint number)
{
  g_autofree char *body = g_strnfill (9 * 1024 * 1024, ' ');

  s3_stub_respond (message, 200, body);
}

static void
test_an_answer_may_be_too_large (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_endless);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tyto_s3_client_list_objects_async (stub->client, "", NULL, 0, NULL, s3_stub_keep, &result);
  g_assert_null (
      tyto_s3_client_list_objects_finish (stub->client, s3_stub_wait (&result), NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_TOO_LARGE);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 1);
}

/* The clock is learnt once, not for ever. */
static void
answer_skewed (SoupServerMessage *message, guint number)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Date",
                                "Sun, 06 Nov 2044 08:49:37 GMT");
  s3_stub_respond (message, 403, "<Error><Code>RequestTimeTooSkewed</Code></Error>");
}

static void
test_skewed_for_ever (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_skewed);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  put (stub->client, "k", NULL, &result);
  g_assert_null (tyto_s3_client_put_object_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN);
  g_assert_nonnull (strstr (tyto_error_hint (error), "clock"));
  g_assert_cmpuint (s3_stub_requests (stub), ==, 2);
}

static void
answer_delete (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200,
                   number == 2 ? "<DeleteResult><Error><Key>k-1500</Key><Code>AccessDenied</Code>"
                                 "<Message>no</Message></Error><Error><Key>k-1501</Key>"
                                 "<Code>NoSuchKey</Code></Error></DeleteResult>"
                               : "<DeleteResult/>");
}

static void
test_some_are_not_deleted (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_delete);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) keys = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GHashTable) left = NULL;

  for (guint i = 0; i < 2500; i++) {
    g_autofree char *key = g_strdup_printf ("k-%u", i);

    g_strv_builder_add (builder, key);
  }
  keys = g_strv_builder_end (builder);
  tyto_s3_client_delete_objects_async (stub->client, (const char *const *) keys, NULL, s3_stub_keep,
                                       &result);
  left = tyto_s3_client_delete_objects_finish (stub->client, s3_stub_wait (&result), NULL);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 3);
  g_assert_cmpuint (g_hash_table_size (left), ==, 1);
  g_assert_cmpstr (g_hash_table_lookup (left, "k-1500"), ==,
                   "The object store refused to delete the object k-1500: AccessDenied: no");
}

static void
answer_parts (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200,
                   number == 1
                       ? "<ListPartsResult><IsTruncated>true</IsTruncated><Part><PartNumber>"
                         "1</PartNumber><ETag>a</ETag><Size>5</Size></Part>"
                         "</ListPartsResult>"
                       : "<ListPartsResult><IsTruncated>true</IsTruncated><Part><PartNumber>"
                         "2</PartNumber><ETag>b</ETag><Size>6</Size></Part>"
                         "</ListPartsResult>");
}

/* The third page is the second one again: it would be asked for without end. */
static void
test_parts_come_in_pages (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_parts);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) parts = NULL;

  tyto_s3_client_list_parts_async (stub->client, "k", "u", NULL, s3_stub_keep, &result);
  parts = tyto_s3_client_list_parts_finish (stub->client, s3_stub_wait (&result), NULL);
  g_assert_cmpuint (parts->len, ==, 2);
  g_assert_cmpuint (((TytoS3Part *) parts->pdata[1])->size, ==, 6);
  g_assert_cmpuint (s3_stub_requests (stub), ==, 3);
}

static void
answer_uploads (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200,
                   "<R><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                   "<NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>"
                   "<Upload><Key>a%2Bb+c</Key><UploadId>u</UploadId></Upload>"
                   "<Upload><Key>other</Key><UploadId>v</UploadId></Upload></R>");
}

static void
test_uploads_come_in_pages (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_uploads);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) uploads = NULL;

  tyto_s3_client_list_uploads_async (stub->client, "a", NULL, s3_stub_keep, &result);
  uploads = tyto_s3_client_list_uploads_finish (stub->client, s3_stub_wait (&result), NULL);
  g_assert_cmpuint (uploads->len, ==, 2); /* one of each page */
  g_assert_cmpstr (((TytoS3Upload *) uploads->pdata[0])->key, ==, "a+b c");
  g_assert_cmpuint (s3_stub_requests (stub), ==, 2);
}

static void
answer_truncated (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200, "<R><IsTruncated>true</IsTruncated></R>");
}

static void
test_a_list_that_does_not_go_on (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_truncated);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  char *continuation = NULL;

  tyto_s3_client_list_objects_async (stub->client, "", NULL, 0, NULL, s3_stub_keep, &result);
  g_assert_null (tyto_s3_client_list_objects_finish (stub->client, s3_stub_wait (&result),
                                                     &continuation, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INTERNAL);
  g_assert_null (continuation);
}

static void
answer_no_id (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200, "<InitiateMultipartUploadResult/>");
}

static void
test_an_upload_without_an_id (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_no_id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  tyto_s3_client_create_multipart_async (stub->client, "k", NULL, NULL, s3_stub_keep, &result);
  g_assert_null (
      tyto_s3_client_create_multipart_finish (stub->client, s3_stub_wait (&result), &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INTERNAL);
}

static GMutex log_lock;
static GString *logged;

static GLogWriterOutput
keep_log (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&log_lock);

  for (gsize i = 0; i < n; i++)
    if (fields[i].length < 0)
      g_string_append_printf (logged, "%s\n", (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static void
test_nothing_secret_is_logged (void)
{
  if (g_test_subprocess ()) {
    logged = g_string_new (NULL);
    g_log_set_writer_func (keep_log, NULL, NULL);
    g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
    test_many_at_a_time ();
    test_redirects_are_not_followed ();
    g_assert_cmpuint (logged->len, >, 0);
    g_assert_null (strstr (logged->str, "very-secret"));
    g_assert_null (strstr (logged->str, "Signature"));
    g_assert_null (strstr (logged->str, "AKIDEXAMPLE"));
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/s3/client/many-at-a-time", test_many_at_a_time);
  g_test_add_func ("/s3/client/threads", test_threads);
  g_test_add_data_func ("/s3/client/cancelled-request", answer_never, test_cancelled);
  g_test_add_data_func ("/s3/client/cancelled-wait", answer_later, test_cancelled);
  g_test_add_func ("/s3/client/cancelled-before", test_cancelled_before);
  g_test_add_func ("/s3/client/client-goes-first", test_client_goes_first);
  g_test_add_func ("/s3/client/range-is-ignored", test_range_is_ignored);
  g_test_add_func ("/s3/client/connection-is-closed", test_connection_is_closed);
  g_test_add_func ("/s3/client/connection-is-closed-for-a-file",
                   test_connection_is_closed_for_a_file);
  g_test_add_func ("/s3/client/redirect", test_redirects_are_not_followed);
  g_test_add_func ("/s3/client/too-large", test_an_answer_may_be_too_large);
  g_test_add_func ("/s3/client/skewed-for-ever", test_skewed_for_ever);
  g_test_add_func ("/s3/client/some-are-not-deleted", test_some_are_not_deleted);
  g_test_add_func ("/s3/client/parts-in-pages", test_parts_come_in_pages);
  g_test_add_func ("/s3/client/uploads-in-pages", test_uploads_come_in_pages);
  g_test_add_func ("/s3/client/endless-list", test_a_list_that_does_not_go_on);
  g_test_add_func ("/s3/client/upload-without-id", test_an_upload_without_an_id);
  g_test_add_func ("/s3/client/nothing-secret-is-logged", test_nothing_secret_is_logged);
  return g_test_run ();
}
