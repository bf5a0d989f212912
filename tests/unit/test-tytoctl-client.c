/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client against a server of libsoup's own, in a thread of its own: the client blocks. */
#include "tytoctl/ctl-client.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-download.h"

#define FILE_BYTES 1000000

typedef struct {
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  GMutex mutex;
  GCond cond;
  char *url; /* set once it listens */
  char *directory;
  char *authorization; /* of the last request */
  char *range;         /* of the last request */
  char *body;          /* of the last request */
  char *file;
  gboolean ignore_range;
  CtlClient *client;
} Fixture;

static void
respond (SoupServerMessage *message, guint status, const char *type, const char *body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body, strlen (body));
}

static void
respond_page (SoupServerMessage *message, GHashTable *query)
{
  const char *cursor = query != NULL ? g_hash_table_lookup (query, "cursor") : NULL;

  if (cursor == NULL)
    respond (message, 200, "application/json",
             "{\"items\":[{\"n\":1},{\"n\":2}],\"next_cursor\":\"a&b\"}");
  else if (g_str_equal (cursor, "a&b"))
    respond (message, 200, "application/json", "{\"items\":[{\"n\":3}]}");
  else
    respond (message, 400, "application/problem+json", "{\"detail\":\"cursor\"}");
}

/* libsoup's server answers a Range by itself unless the status is another than 200. */
static void
respond_file (Fixture *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  if (self->ignore_range)
    soup_message_headers_remove (headers, "Range");
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "video/mp4", SOUP_MEMORY_COPY, self->file, FILE_BYTES);
}

static void
note_request (Fixture *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);

  g_free (self->authorization);
  g_free (self->range);
  g_free (self->body);
  self->authorization = g_strdup (soup_message_headers_get_one (headers, "Authorization"));
  self->range = g_strdup (soup_message_headers_get_one (headers, "Range"));
  self->body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  Fixture *self = user_data;

  note_request (self, message);
  if (g_str_equal (path, "/empty"))
    soup_server_message_set_status (message, 204, NULL);
  else if (g_str_equal (path, "/array"))
    respond (message, 200, "application/json", "[{\"n\":1}]");
  else if (g_str_equal (path, "/page"))
    respond_page (message, query);
  else if (g_str_equal (path, "/state"))
    respond (
        message, 409, "application/problem+json",
        "{\"type\":\"/problems/wrong-state\",\"title\":\"T\",\"status\":409,\"detail\":\"It is "
        "off.\",\"hint\":\"Start it.\"}");
  else if (g_str_equal (path, "/exists"))
    respond (message, 409, "application/problem+json",
             "{\"type\":\"/problems/already-exists\",\"detail\":\"It is there.\"}");
  else if (g_str_equal (path, "/html"))
    respond (message, 200, "text/html", "<html>");
  else if (g_str_equal (path, "/file"))
    respond_file (self, message);
  else if (g_str_equal (path, "/elsewhere") || g_str_equal (path, "/nowhere"))
    soup_server_message_set_redirect (message, 307, path[1] == 'e' ? "/file?signed=1" : "/lost");
  else
    respond (message, 502, "text/html", "<html>Bad gateway</html>");
}

static gpointer
serve (gpointer data)
{
  Fixture *self = data;
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (GError) error = NULL;
  GSList *uris;

  g_main_context_push_thread_default (self->context);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, on_request, self, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  g_mutex_lock (&self->mutex);
  self->url = g_uri_to_string (uris->data);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_main_loop_run (self->loop);
  soup_server_disconnect (server);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->file = g_malloc (FILE_BYTES);
  for (guint i = 0; i < FILE_BYTES; i++)
    self->file[i] = (char) (i * 7 + i / 251);
  self->directory = g_dir_make_tmp (NULL, &error);
  g_assert_no_error (error);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("server", serve, self);
  g_mutex_lock (&self->mutex);
  while (self->url == NULL)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
  self->client = ctl_client_new (self->url, "s3cret", &error);
  g_assert_no_error (error);
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->client);
  g_main_context_invoke (self->context, quit, self->loop);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_rmdir (self->directory);
  g_free (self->url);
  g_free (self->directory);
  g_free (self->authorization);
  g_free (self->range);
  g_free (self->body);
  g_free (self->file);
}

static void
test_answers (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) empty = ctl_client_call (self->client, "DELETE", "/empty", NULL, &error);
  g_autoptr (GVariant) array = NULL;
  g_autoptr (GVariant) items = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (empty), ==, 0);
  g_assert_cmpstr (self->authorization, ==, "Bearer s3cret");
  array = ctl_client_call (self->client, "POST", "/array",
                           g_variant_new_parsed ("{'a': <'ü'>, 'b': <true>}"), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (self->body, ==, "{\"a\":\"ü\",\"b\":true}");
  items = g_variant_lookup_value (array, "items", NULL);
  g_assert_cmpuint (g_variant_n_children (items), ==, 1);
}

static void
test_pages (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = ctl_client_list (self->client, "/page", 0, &error);
  g_autoptr (GPtrArray) one = ctl_client_list (self->client, "/page", 1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, 3);
  g_assert_cmpuint (tyto_dict_uint (all->pdata[2], "n", 0), ==, 3);
  g_assert_cmpuint (one->len, ==, 1);
}

static void
assert_fails (Fixture *self, const char *path, int code, const char *why, const char *hint)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = ctl_client_call (self->client, "GET", path, NULL, &error);
  g_autofree char *text = NULL;

  g_assert_null (answer);
  g_assert_error (error, TYTO_ERROR, code);
  text = tyto_error_why (error);
  g_assert_nonnull (strstr (text, why));
  g_assert_cmpstr (tyto_error_hint (error), ==, hint);
}

static void
test_problems (Fixture *self, gconstpointer data)
{
  assert_fails (self, "/state", TYTO_ERROR_WRONG_STATE, "It is off.", "Start it.");
  assert_fails (self, "/exists", TYTO_ERROR_ALREADY_EXISTS, "It is there.", NULL);
  assert_fails (self, "/gateway", TYTO_ERROR_CAMERA, "502", NULL);
  assert_fails (self, "/html", TYTO_ERROR_INTERNAL, "not JSON",
                "Is it tytod that answers at this address?");
}

static void
test_unreachable (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (GError) error = NULL;
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, &error);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_autoptr (CtlClient) client = ctl_client_new (url, NULL, &error);

  g_assert_no_error (error);
  g_socket_listener_close (listener);
  g_assert_null (ctl_client_call (client, "GET", "/", NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_assert_true (ctl_client_is_unreachable (error));
  g_assert_nonnull (strstr (error->message, url));
}

static void
test_urls (void)
{
  const char *const bad[] = { "", "localhost:8083", "ftp://x/", "http://", "http://a:b@x/" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (ctl_client_new (bad[i], NULL, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    /* What may be a secret is not said again. */
    g_assert_null (strstr (error->message, "a:b"));
  }
}

static void
assert_file (Fixture *self, const char *file)
{
  g_autofree char *part = g_strconcat (file, ".part", NULL);
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (file, &text, &length, NULL));
  g_assert_cmpmem (text, length, self->file, FILE_BYTES);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_unlink (file);
}

static void
test_download (Fixture *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->directory, "a.mp4", NULL);
  g_autofree char *part = g_strconcat (file, ".part", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (ctl_download_to_file (self->client, "/file", file, FILE_BYTES, &error));
  g_assert_no_error (error);
  g_assert_null (self->range);
  assert_file (self, file);

  /* Continued where it ended … */
  g_assert_true (g_file_set_contents (part, self->file, 400000, NULL));
  g_assert_true (ctl_download_to_file (self->client, "/file", file, FILE_BYTES, &error));
  g_assert_cmpstr (self->range, ==, "bytes=400000-");
  assert_file (self, file);

  /* … and from the start again by a server that knows no ranges. */
  self->ignore_range = TRUE;
  g_assert_true (g_file_set_contents (part, "something else", -1, NULL));
  g_assert_true (ctl_download_to_file (self->client, "/file", file, FILE_BYTES, &error));
  assert_file (self, file);
}

static void
test_download_wrong_size (Fixture *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->directory, "a.mp4", NULL);
  g_autofree char *part = g_strconcat (file, ".part", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (ctl_download_to_file (self->client, "/file", file, FILE_BYTES + 1, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_unlink (part);
}

/* What the archive alone has comes from another server, which does not get our token. */
static void
test_download_elsewhere (Fixture *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->directory, "a.mp4", NULL);
  g_autofree char *part = g_strconcat (file, ".part", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (part, self->file, 400000, NULL));
  g_assert_true (ctl_download_to_file (self->client, "/elsewhere", file, FILE_BYTES, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (self->range, ==, "bytes=400000-");
  g_assert_null (self->authorization);
  assert_file (self, file);

  g_assert_false (ctl_download_to_file (self->client, "/nowhere", file, FILE_BYTES, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "in the archive alone, and its server 127.0.0.1"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)
  ADD ("/tytoctl/client/answers", test_answers);
  ADD ("/tytoctl/client/pages", test_pages);
  ADD ("/tytoctl/client/problems", test_problems);
  ADD ("/tytoctl/client/download", test_download);
  ADD ("/tytoctl/client/download-elsewhere", test_download_elsewhere);
  ADD ("/tytoctl/client/download-wrong-size", test_download_wrong_size);
  g_test_add_func ("/tytoctl/client/unreachable", test_unreachable);
  g_test_add_func ("/tytoctl/client/urls", test_urls);
  return g_test_run ();
}
