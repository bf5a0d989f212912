/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3-stub.h"

#include <string.h>

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  S3Stub *self = data;

  self->answer (message, (guint) g_atomic_int_add (&self->requests, 1) + 1);
  g_main_context_wakeup (NULL); /* a test may wait for the request */
}

static gpointer
serve (gpointer data)
{
  S3Stub *self = data;

  g_main_context_push_thread_default (g_main_loop_get_context (self->loop));
  g_main_loop_run (self->loop);
  g_clear_object (&self->server);
  g_main_context_pop_thread_default (g_main_loop_get_context (self->loop));
  return NULL;
}

S3Stub *
s3_stub_new (S3StubAnswer answer)
{
  S3Stub *self = g_new0 (S3Stub, 1);
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (TytoS3Config) config = tyto_s3_config_new ();
  g_autoptr (GError) error = NULL;
  GSList *uris;

  self->answer = answer;
  self->loop = g_main_loop_new (context, FALSE);
  g_main_context_push_thread_default (context);
  self->server = soup_server_new ("server-header", NULL, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  g_main_context_pop_thread_default (context);
  uris = soup_server_get_uris (self->server);
  self->base = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  self->thread = g_thread_new ("s3-stub", serve, self);

  tyto_s3_config_set (&config->endpoint, self->base);
  tyto_s3_config_set (&config->bucket, "b");
  tyto_s3_config_set (&config->access_key, "AKIDEXAMPLE");
  tyto_s3_config_set (&config->secret_key, "very-secret");
  tyto_s3_config_set (&config->session_token, "very-secret-token");
  config->timeout = 20;
  self->client = tyto_s3_client_new (config, &error);
  g_assert_no_error (error);
  return self;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

void
s3_stub_free (S3Stub *self)
{
  g_clear_object (&self->client);
  g_main_context_invoke (g_main_loop_get_context (self->loop), quit, self->loop);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_free (self->base);
  g_free (self);
}

guint
s3_stub_requests (S3Stub *self)
{
  return (guint) g_atomic_int_get (&self->requests);
}

void
s3_stub_respond (SoupServerMessage *message, guint status, const char *body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/xml", SOUP_MEMORY_COPY, body,
                                    strlen (body));
}

void
s3_stub_keep (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

GAsyncResult *
s3_stub_wait (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  return *result;
}
