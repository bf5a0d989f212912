/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-limits.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define RETRY_ACCEPT_MS 1000

typedef struct {
  TytoHttpLimits *limits; /* no-ref: owns us */
  GSocket *socket;
  GSource *source; /* (nullable) */
  guint retry_id;
} Listener;

struct _TytoHttpLimits {
  GObject parent_instance;

  SoupServer *soup;
  TytoHttpDeadlines deadlines;
  GPtrArray *listeners; /* (element-type Listener) */
  GHashTable
      *connections;  /* (element-type GSocketAddress TytoHttpConnection): remote, by identity */
  GHashTable *peers; /* (element-type utf8 guint): connections of each address */
  guint64 refused;
};

G_DEFINE_FINAL_TYPE (TytoHttpLimits, tyto_http_limits, G_TYPE_OBJECT)

static const char overloaded[]
    = "{\"type\":\"/problems/unavailable\",\"title\":\"The service is not available now\","
      "\"status\":503,\"detail\":\"Too many connections are open\","
      "\"hint\":\"Close some, or try again in a moment.\"}";

static void listener_watch (Listener *self);

static void
listener_free (gpointer data)
{
  Listener *self = data;

  g_clear_handle_id (&self->retry_id, g_source_remove);
  if (self->source != NULL) {
    g_source_destroy (self->source);
    g_source_unref (self->source);
  }
  g_socket_close (self->socket, NULL);
  g_object_unref (self->socket);
  g_free (self);
}

static void
on_connection_closed (TytoHttpConnection *connection, gpointer data)
{
  TytoHttpLimits *self = data;
  const char *peer = tyto_http_connection_get_peer (connection);
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->peers, peer));

  if (count <= 1)
    g_hash_table_remove (self->peers, peer);
  else
    g_hash_table_insert (self->peers, g_strdup (peer), GUINT_TO_POINTER (count - 1));
  g_hash_table_remove (self->connections, tyto_http_connection_get_remote (connection));
}

/* Not read, not queued: the answer goes into the empty send buffer, what came is thrown away. */
static void
turn_away (TytoHttpLimits *self, GSocket *socket)
{
  g_autofree char *text = NULL;
  char scrap[4096];

  self->refused++;
  text = g_strdup_printf ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
                          "Content-Type: application/problem+json\r\nContent-Length: %zu\r\n"
                          "Connection: close\r\n\r\n%s",
                          sizeof overloaded - 1, overloaded);
  g_socket_set_blocking (socket, FALSE);
  g_socket_send (socket, text, strlen (text), NULL, NULL);
  g_socket_shutdown (socket, FALSE, TRUE, NULL);
  g_socket_receive (socket, scrap, sizeof scrap, NULL, NULL);
  g_socket_close (socket, NULL);
}

static void
admit (TytoHttpLimits *self, GSocket *socket)
{
  GSocketConnection *stream = g_socket_connection_factory_create_connection (socket);
  TytoHttpConnection *connection;
  const char *peer;
  guint count;

  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  connection = tyto_http_connection_new (self->soup, stream, &self->deadlines);
  peer = tyto_http_connection_get_peer (connection);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (self->peers, peer));
  g_hash_table_insert (self->peers, g_strdup (peer), GUINT_TO_POINTER (count + 1));
  g_signal_connect (connection, "closed", G_CALLBACK (on_connection_closed), self);
  g_hash_table_insert (self->connections, tyto_http_connection_get_remote (connection), connection);
}

static gboolean
has_room (TytoHttpLimits *self, GSocket *socket)
{
  g_autoptr (GSocketAddress) remote = g_socket_get_remote_address (socket, NULL);
  g_autofree char *peer = NULL;

  if (g_hash_table_size (self->connections) >= TYTO_HTTP_CONNECTIONS_MAX)
    return FALSE;
  if (G_IS_INET_SOCKET_ADDRESS (remote))
    peer = g_inet_address_to_string (
        g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->peers, peer != NULL ? peer : "local"))
         < TYTO_HTTP_CONNECTIONS_PER_PEER_MAX;
}

static gboolean
on_retry (gpointer data)
{
  Listener *listener = data;

  listener->retry_id = 0;
  listener_watch (listener);
  return G_SOURCE_REMOVE;
}

static gboolean
on_incoming (GSocket *socket, GIOCondition condition, gpointer data)
{
  Listener *listener = data;
  TytoHttpLimits *self = listener->limits;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) client = g_socket_accept (socket, NULL, &error);

  if (client == NULL) {
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)
        || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED))
      return G_SOURCE_CONTINUE;
    /* Out of descriptors: waiting is all that helps, and the listener must not spin meanwhile. */
    g_warning ("Cannot accept an HTTP connection: %s; trying again in 1 s", error->message);
    g_clear_pointer (&listener->source, g_source_unref);
    listener->retry_id = g_timeout_add (RETRY_ACCEPT_MS, on_retry, listener);
    return G_SOURCE_REMOVE;
  }
  if (has_room (self, client))
    admit (self, client);
  else
    turn_away (self, client);
  return G_SOURCE_CONTINUE;
}

static void
listener_watch (Listener *self)
{
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_incoming), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

void
tyto_http_limits_listen (TytoHttpLimits *self, GSocket *socket)
{
  Listener *listener = g_new0 (Listener, 1);

  g_socket_set_blocking (socket, FALSE);
  listener->limits = self;
  listener->socket = g_object_ref (socket);
  g_ptr_array_add (self->listeners, listener);
  listener_watch (listener);
}

TytoHttpConnection *
tyto_http_limits_find (TytoHttpLimits *self, SoupServerMessage *message)
{
  return g_hash_table_lookup (self->connections, soup_server_message_get_remote_address (message));
}

guint
tyto_http_limits_get_open (TytoHttpLimits *self)
{
  return g_hash_table_size (self->connections);
}

guint64
tyto_http_limits_get_refused (TytoHttpLimits *self)
{
  return self->refused;
}

void
tyto_http_limits_stop (TytoHttpLimits *self)
{
  g_autoptr (GPtrArray) open = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer connection;

  g_ptr_array_set_size (self->listeners, 0);
  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, NULL, &connection))
    g_ptr_array_add (open, g_object_ref (connection));
  for (guint i = 0; i < open->len; i++)
    tyto_http_connection_close (open->pdata[i]);
}

static void
connection_forget (gpointer data)
{
  g_signal_handlers_disconnect_matched (data, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, on_connection_closed,
                                        NULL);
  g_object_unref (data);
}

static void
tyto_http_limits_finalize (GObject *object)
{
  TytoHttpLimits *self = TYTO_HTTP_LIMITS (object);

  g_ptr_array_unref (self->listeners);
  g_hash_table_unref (self->connections);
  g_hash_table_unref (self->peers);
  g_object_unref (self->soup);
  G_OBJECT_CLASS (tyto_http_limits_parent_class)->finalize (object);
}

static void
tyto_http_limits_class_init (TytoHttpLimitsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_limits_finalize;
}

static void
tyto_http_limits_init (TytoHttpLimits *self)
{
  self->listeners = g_ptr_array_new_with_free_func (listener_free);
  self->connections = g_hash_table_new_full (NULL, NULL, NULL, connection_forget);
  self->peers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

TytoHttpLimits *
tyto_http_limits_new (SoupServer *soup, const TytoHttpDeadlines *deadlines)
{
  TytoHttpLimits *self = g_object_new (TYTO_TYPE_HTTP_LIMITS, NULL);

  self->soup = g_object_ref (soup);
  self->deadlines = *deadlines;
  return self;
}
