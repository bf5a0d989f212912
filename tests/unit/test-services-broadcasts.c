/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services that broadcasts ask: what is sent to them, and what is made of their answers. */
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/services/tyto-stream-service.h"
#include "recorder/services/tyto-vod-client.h"

#include <glib/gstdio.h>
#include <string.h>

#define STREAM  "bb52ba50-edc5-4056-a62c-6ef211d72d25"
#define ANOTHER "a1b2c3d4-5678-90ab-cdef-1234567890ab"
#define USER    "a781b655-d4e4-46a0-89da-c4f655bb24f0"

/* A service that answers what it is told to, and its settings. */
typedef struct {
  SoupServer *server;
  TytoSettings *settings;
  char *directory;
  char *file;
  guint status;
  const char *answer;
  char *asked; /* METHOD PATH?QUERY */
  char *body;
  char *key;
  GAsyncResult *result;
} Fixture;

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  Fixture *fixture = data;
  const char *key = soup_message_headers_get_one (soup_server_message_get_request_headers (message),
                                                  "Idempotency-Key");
  const char *text = g_uri_get_query (soup_server_message_get_uri (message));
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  g_free (fixture->asked);
  g_free (fixture->body);
  g_free (fixture->key);
  fixture->asked = g_strconcat (soup_server_message_get_method (message), " ", path,
                                text != NULL ? "?" : "", text, NULL);
  fixture->body = g_strndup (body->data != NULL ? body->data : "", body->length);
  fixture->key = g_strdup (key);
  soup_server_message_set_status (message, fixture->status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC,
                                    fixture->answer, strlen (fixture->answer));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  GSList *uris;

  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, on_request, fixture, NULL);
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture->server);
  text = g_strdup_printf ("[tyto]\nstream-service-url='http://127.0.0.1:%d/a'\n"
                          "vod-service-url='http://127.0.0.1:%d'\n",
                          g_uri_get_port (uris->data), g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  fixture->directory = g_dir_make_tmp ("tyto-services-XXXXXX", NULL);
  fixture->file = g_build_filename (fixture->directory, "tyto.conf", NULL);
  g_assert_true (g_file_set_contents_full (fixture->file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT,
                                           0600, NULL));
  fixture->settings = tyto_settings_new (fixture->file, fixture->directory, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->result);
  g_clear_object (&fixture->settings);
  g_clear_object (&fixture->server);
  g_unlink (fixture->file);
  g_rmdir (fixture->directory);
  g_free (fixture->file);
  g_free (fixture->directory);
  g_free (fixture->asked);
  g_free (fixture->body);
  g_free (fixture->key);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  fixture->result = g_object_ref (result);
}

static GAsyncResult *
wait_for_result (Fixture *fixture)
{
  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return fixture->result;
}

/* --- The stream service --- */

static GPtrArray *
list_live (Fixture *fixture, TytoStreamService *service, guint status, const char *answer,
           GError **error)
{
  fixture->status = status;
  fixture->answer = answer;
  g_clear_object (&fixture->result);
  tyto_stream_service_list_live_async (service, NULL, on_done, fixture);
  return tyto_stream_service_list_live_finish (service, wait_for_result (fixture), error);
}

static TytoLiveStream *
get_stream (Fixture *fixture, TytoStreamService *service, guint status, const char *answer,
            GError **error)
{
  fixture->status = status;
  fixture->answer = answer;
  g_clear_object (&fixture->result);
  tyto_stream_service_get_stream_async (service, STREAM, NULL, on_done, fixture);
  return tyto_stream_service_get_stream_finish (service, wait_for_result (fixture), error);
}

#define LIVE                                                                                       \
  "{\"id\": \"" STREAM "\", \"stream_key\": \"key-1\", \"status\": \"live\", "                     \
  "\"user_id\": \"A781B655-d4e4-46a0-89da-c4f655bb24f0\", \"viewers\": 12, "                       \
  "\"started_at\": \"2025-10-05T18:00:00Z\"}"

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoStreamService) service = tyto_stream_service_new (fixture->settings);
  TytoServiceClient *client = tyto_stream_service_get_client (service);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (GPtrArray) none = NULL;
  const TytoLiveStream *stream;

  /* One that is over, one of nonsense and one that is no object are left out. */
  streams = list_live (fixture, service, 200,
                       "{\"streams\": [" LIVE ", {\"id\": \"" ANOTHER
                       "\", \"stream_key\": \"b\", \"status\": \"ended\"}, {\"id\": \"" ANOTHER
                       "\", \"stream_key\": \"../b\", \"status\": \"live\"}, 7]}",
                       &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->asked, ==, "GET /a/streams?status=live");
  g_assert_cmpuint (streams->len, ==, 1);
  stream = streams->pdata[0];
  g_assert_cmpstr (stream->id, ==, STREAM);
  g_assert_cmpstr (stream->stream_key, ==, "key-1");
  g_assert_cmpstr (stream->user_id, ==, USER);
  g_assert_cmpstr (stream->playlist_url, ==, "");
  g_assert_true (stream->live);
  g_assert_cmpint (stream->started_us, ==, G_GINT64_CONSTANT (1759687200000000));
  g_assert_cmpint (stream->ended_us, ==, -1);

  none = list_live (fixture, service, 200, "{\"streams\": []}", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_null (tyto_service_client_get_failure (client));

  g_assert_null (list_live (fixture, service, 200, "{\"stream\": []}", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_assert_nonnull (tyto_service_client_get_failure (client));
  g_clear_error (&error);
  g_assert_null (list_live (fixture, service, 400, "{\"error\": \"no\"}", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_assert_nonnull (strstr (error->message, "400: no"));
}

static void
test_stream (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoStreamService) service = tyto_stream_service_new (fixture->settings);
  TytoServiceClient *client = tyto_stream_service_get_client (service);
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoLiveStream) stream = NULL;

  stream = get_stream (fixture, service, 200,
                       "{\"stream\": {\"id\": \"BB52BA50-edc5-4056-a62c-6ef211d72d25\", "
                       "\"stream_key\": \"key-1\", \"status\": \"ended\", \"user_id\": null, "
                       "\"ended_at\": \"2025-10-05T20:31:00+02:00\", "
                       "\"playlist_url\": \"https://cdn.example/key-1/index.m3u8?a=b\"}}",
                       &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->asked, ==, "GET /a/streams/" STREAM);
  g_assert_false (stream->live);
  g_assert_cmpint (stream->started_us, ==, -1);
  g_assert_cmpint (stream->ended_us, ==, G_GINT64_CONSTANT (1759689060000000));
  g_assert_cmpstr (stream->playlist_url, ==, "https://cdn.example/key-1/index.m3u8?a=b");
  g_assert_cmpstr (stream->user_id, ==, "");

  g_assert_null (get_stream (fixture, service, 404, "{\"error\": \"Stream not found\"}", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_assert_null (tyto_service_client_get_failure (client));
  g_clear_error (&error);
  g_assert_null (get_stream (fixture, service, 200,
                             "{\"stream\": {\"id\": \"" ANOTHER
                             "\", \"stream_key\": \"b\", \"status\": \"live\"}}",
                             &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_assert_nonnull (tyto_service_client_get_failure (client));
  g_clear_error (&error);
  g_assert_null (get_stream (fixture, service, 200, LIVE, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
}

static void
test_nonsense (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const char *rest;
    const char *member;
  } cases[] = {
    { "\"id\": \"17\", \"stream_key\": \"k\", \"status\": \"live\"", "id" },
    { "\"stream_key\": \"k\", \"status\": \"live\"", "id" },
    { "\"id\": \"" STREAM "\", \"status\": \"live\"", "stream_key" },
    { "\"id\": \"" STREAM "\", \"stream_key\": \"a b\", \"status\": \"live\"", "stream_key" },
    { "\"id\": \"" STREAM "\", \"stream_key\": \"k\"", "status" },
    { "\"id\": \"" STREAM "\", \"stream_key\": \"k\", \"status\": 1", "status" },
    { "\"id\": \"" STREAM "\", \"stream_key\": \"k\", \"status\": \"live\", \"started_at\": \"x\"",
      "started_at" },
    { "\"id\": \"" STREAM "\", \"stream_key\": \"k\", \"status\": \"live\", \"ended_at\": \"x\"",
      "ended_at" },
    { "\"id\": \"" STREAM
      "\", \"stream_key\": \"k\", \"status\": \"live\", \"playlist_url\": \"file:///etc/passwd\"",
      "playlist_url" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = g_strdup_printf ("{%s}", cases[i].rest);
    g_autofree char *member = g_strdup_printf ("(member %s)", cases[i].member);
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) dict = tyto_json_to_variant (text, -1, &error);

    g_assert_no_error (error);
    g_assert_null (tyto_live_stream_read (dict, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
    g_assert_nonnull (strstr (error->message, member));
  }
}

/* --- The VOD service --- */

static TytoBroadcast *
make_broadcast (void)
{
  TytoBroadcast *broadcast = tyto_broadcast_new ("key-1");

  broadcast->started_us = G_GINT64_CONSTANT (1759687200500000);
  broadcast->duration_ms = 1859600;
  broadcast->bytes = 524288000;
  tyto_broadcast_set (&broadcast->file_path, "recordings/key-1.mp4");
  return broadcast;
}

static char *
import (Fixture *fixture, TytoBroadcast *broadcast, guint status, const char *answer,
        GError **error)
{
  g_autoptr (TytoVodClient) vod = tyto_vod_client_new (fixture->settings);

  fixture->status = status;
  fixture->answer = answer;
  g_clear_object (&fixture->result);
  tyto_vod_client_import_async (vod, broadcast, NULL, on_done, fixture);
  return tyto_vod_client_import_finish (vod, wait_for_result (fixture), error);
}

static void
test_import (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoBroadcast) broadcast = make_broadcast ();
  g_autofree char *expected = NULL;
  g_autofree char *video = NULL;
  g_autoptr (GError) error = NULL;

  video = import (fixture, broadcast, 201,
                  "{\"video_id\": \"A1B2C3D4-5678-90ab-cdef-1234567890ab\"}", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (video, ==, ANOTHER);
  g_assert_cmpstr (fixture->asked, ==, "POST /import-recording");
  g_assert_cmpstr (fixture->key, ==, broadcast->id);
  expected = g_strdup_printf (
      "{\"recording_id\":\"%s\",\"title\":\"key-1 2025-10-05T18:00:00Z\",\"description\":\"\","
      "\"category\":\"live\",\"visibility\":\"private\",\"file_path\":\"recordings/key-1.mp4\","
      "\"duration\":1860,\"file_size\":524288000,\"user_id\":\"" USER "\"}",
      broadcast->id);
  g_assert_cmpuint (strlen (fixture->body), <, strlen (expected)); /* nobody's */

  g_clear_pointer (&video, g_free);
  tyto_broadcast_set (&broadcast->user_id, USER);
  video = import (fixture, broadcast, 200, "{\"video\": {\"id\": \"" ANOTHER "\"}}", &error);
  g_assert_cmpstr (video, ==, ANOTHER);
  {
    g_autoptr (GVariant) sent = tyto_json_to_variant (fixture->body, -1, &error);
    g_autoptr (GVariant) wanted = tyto_json_to_variant (expected, -1, &error);

    g_assert_no_error (error);
    for (gsize i = 0; i < g_variant_n_children (wanted); i++) {
      g_autoptr (GVariant) entry = g_variant_get_child_value (wanted, i);
      g_autoptr (GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr (GVariant) value = g_variant_get_child_value (entry, 1);
      g_autoptr (GVariant) inner = g_variant_get_variant (value);
      g_autoptr (GVariant) found
          = g_variant_lookup_value (sent, g_variant_get_string (key, NULL), NULL);

      g_assert_cmpvariant (found, inner);
    }
    g_assert_cmpuint (g_variant_n_children (sent), ==, g_variant_n_children (wanted));
  }
}

static void
test_import_answers (Fixture *fixture, gconstpointer data)
{
  static const struct {
    guint status;
    const char *answer;
    int error; /* -1: ANOTHER */
  } cases[] = {
    { 200, "{\"id\": \"" ANOTHER "\"}", -1 },
    { 200, "{\"video_id\": null, \"video\": {\"id\": \"" ANOTHER "\"}}", -1 },
    { 409, "{\"video_id\": \"" ANOTHER "\"}", -1 },
    { 409, "{\"error\": \"being imported\"}", TYTO_ERROR_INVALID_ARGUMENT },
    { 200, "{\"id\": \"17\"}", TYTO_ERROR_INVALID_ARGUMENT },
    { 204, "", TYTO_ERROR_INVALID_ARGUMENT },
    { 400, "{\"id\": \"" ANOTHER "\"}", TYTO_ERROR_INVALID_ARGUMENT },
    { 422, "<html>", TYTO_ERROR_INVALID_ARGUMENT },
    { 401, "{}", TYTO_ERROR_FORBIDDEN },
    { 403, "{}", TYTO_ERROR_FORBIDDEN },
    { 408, "{}", TYTO_ERROR_TIMED_OUT },
    { 429, "{\"error\": \"slowly\"}", TYTO_ERROR_QUOTA },
    { 500, "{}", TYTO_ERROR_UNAVAILABLE },
    { 302, "{}", TYTO_ERROR_UNAVAILABLE },
    { 200, "<html>", TYTO_ERROR_UNAVAILABLE },
  };
  g_autoptr (TytoBroadcast) broadcast = make_broadcast ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *video = import (fixture, broadcast, cases[i].status, cases[i].answer, &error);

    if (cases[i].error < 0)
      g_assert_cmpstr (video, ==, ANOTHER);
    else
      g_assert_error (error, TYTO_ERROR, cases[i].error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
#define ADD(name, func) g_test_add ("/services/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("list", test_list);
  ADD ("stream", test_stream);
  ADD ("nonsense", test_nonsense);
  ADD ("import", test_import);
  ADD ("import-answers", test_import_answers);
#undef ADD
  return g_test_run ();
}
