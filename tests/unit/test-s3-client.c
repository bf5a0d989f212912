/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The S3 client with many calls, in several threads, cancelled, and on connections that break. */
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
answer_digits (SoupServerMessage *message, guint number)
{
  s3_stub_respond (message, 200, "0123456789");
}

/* Calls and streams keep what they need. */
static void
test_client_goes_first (void)
{
  g_autoptr (S3Stub) stub = s3_stub_new (answer_digits);
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
    test_connection_is_closed ();
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
  g_test_add_func ("/s3/client/connection-is-closed", test_connection_is_closed);
  g_test_add_func ("/s3/client/connection-is-closed-for-a-file",
                   test_connection_is_closed_for_a_file);
  g_test_add_func ("/s3/client/nothing-secret-is-logged", test_nothing_secret_is_logged);
  return g_test_run ();
}
