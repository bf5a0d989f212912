/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* libsoup wraps the stream anew each time it gets it, so a connection must end some time. */
#define REQUESTS_PER_CONNECTION 100
#define LINGER_BYTES            (1024 * 1024)
#define BUFFER_BYTES            16384
#define CLOSE_MS                1000

struct _TytoHttpConnection {
  GObject parent_instance;

  SoupServer *soup;
  GIOStream *stream;       /* (nullable): ours while libsoup does not have it */
  GSocketConnection *base; /* no-ref, weak: below all wrappers; gone when closed */
  GSocket *socket;
  GSocketAddress *local;
  GSocketAddress *remote;
  char *peer;
  TytoHttpDeadlines deadlines;
  GSource *readable; /* (nullable) */
  guint deadline_id;
  guint requests;
  gboolean body_read; /* of the present request: nothing of it is left in the stream */
  gsize lingered;
  guint8 *buffer; /* (nullable): for lingering only */
  char *refusal;  /* (nullable): being written */
  gboolean closing;
};

G_DEFINE_FINAL_TYPE (TytoHttpConnection, tyto_http_connection, G_TYPE_OBJECT)

enum {
  SIGNAL_CLOSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void wait_for_request (TytoHttpConnection *self, guint deadline_ms);

static void set_deadline (TytoHttpConnection *self, guint ms);

static void
on_base_gone (gpointer data, GObject *where_it_was)
{
  TytoHttpConnection *self = data;

  self->base = NULL;
  g_clear_handle_id (&self->deadline_id, g_source_remove);
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
}

/* libsoup 3.2 forgets a connection that is reset before its first byte is read. */
static void
close_forcibly (TytoHttpConnection *self)
{
  g_socket_close (self->socket, NULL);
  g_object_weak_unref (G_OBJECT (self->base), on_base_gone, self);
  on_base_gone (self, NULL);
}

static void
clear_readable (TytoHttpConnection *self)
{
  if (self->readable == NULL)
    return;
  g_source_destroy (self->readable);
  g_clear_pointer (&self->readable, g_source_unref);
}

void
tyto_http_connection_close (TytoHttpConnection *self)
{
  g_autoptr (TytoHttpConnection) keep = g_object_ref (self);

  self->closing = TRUE;
  set_deadline (self, CLOSE_MS);
  clear_readable (self);
  /* Whoever reads or writes on it, libsoup or ourselves, learns of it and lets go. */
  g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  g_clear_object (&self->stream);
}

static gboolean
on_deadline (gpointer data)
{
  TytoHttpConnection *self = data;
  g_autoptr (TytoHttpConnection) keep = g_object_ref (self);

  self->deadline_id = 0;
  g_debug ("Connection of %s: time-out", self->peer);
  if (self->closing)
    close_forcibly (self);
  else
    tyto_http_connection_close (self);
  return G_SOURCE_REMOVE;
}

static void
set_deadline (TytoHttpConnection *self, guint ms)
{
  if (self->closing && ms != CLOSE_MS)
    return;
  g_clear_handle_id (&self->deadline_id, g_source_remove);
  if (ms > 0 && self->base != NULL)
    self->deadline_id = g_timeout_add (ms, on_deadline, self);
}

static gboolean
on_readable (GObject *pollable, gpointer data)
{
  g_autoptr (TytoHttpConnection) self = g_object_ref (data);
  g_autoptr (GIOStream) stream = NULL;
  char byte;
  gssize n;

  clear_readable (self);
  n = recv (g_socket_get_fd (self->socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  /* EAGAIN: the bytes are in the wrapper's buffer already (pipelined requests). */
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
    tyto_http_connection_close (self);
    return G_SOURCE_REMOVE;
  }
  stream = g_steal_pointer (&self->stream);
  if (self->requests > 0)
    set_deadline (self, self->deadlines.header);
  soup_server_accept_iostream (self->soup, stream, self->local, self->remote, NULL);
  return G_SOURCE_REMOVE;
}

static void
wait_for_request (TytoHttpConnection *self, guint deadline_ms)
{
  GInputStream *input = g_io_stream_get_input_stream (self->stream);

  set_deadline (self, deadline_ms);
  self->readable = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (input), NULL);
  g_source_set_callback (self->readable, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->readable, g_main_context_get_thread_default ());
}

static void
on_got_headers (TytoHttpConnection *self, SoupServerMessage *message)
{
  set_deadline (self, self->deadlines.body);
  if (self->requests >= REQUESTS_PER_CONNECTION)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                  "close");
}

static void
on_got_body (TytoHttpConnection *self)
{
  self->body_read = TRUE;
  set_deadline (self, 0); /* the time of the verbs themselves is theirs to limit */
}

static void
on_progress (TytoHttpConnection *self)
{
  set_deadline (self, self->deadlines.stall);
}

static gboolean
is_persistent (TytoHttpConnection *self, SoupServerMessage *message)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);

  return self->body_read && self->requests < REQUESTS_PER_CONNECTION
         && soup_server_message_get_http_version (message) == SOUP_HTTP_1_1
         && !soup_message_headers_header_contains (request, "Connection", "close")
         && !soup_message_headers_header_contains (response, "Connection", "close")
         && soup_message_headers_get_encoding (response) != SOUP_ENCODING_EOF;
}

static void
on_wrote_body (TytoHttpConnection *self, SoupServerMessage *message)
{
  if (!is_persistent (self, message))
    return; /* libsoup closes it: it has no listeners of its own */
  self->stream = soup_server_message_steal_connection (message);
  if (self->stream != NULL)
    wait_for_request (self, self->deadlines.idle);
}

void
tyto_http_connection_follow (TytoHttpConnection *self, SoupServerMessage *message)
{
  self->requests++;
  self->body_read = FALSE;
  g_signal_connect_object (message, "got-headers", G_CALLBACK (on_got_headers), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "got-body", G_CALLBACK (on_got_body), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "wrote-headers", G_CALLBACK (on_progress), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "wrote-body-data", G_CALLBACK (on_progress), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "wrote-body", G_CALLBACK (on_wrote_body), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
}

static void
on_lingered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpConnection) self = data;
  GInputStream *input = G_INPUT_STREAM (source);
  gssize n = g_input_stream_read_finish (input, result, NULL);

  if (n > 0)
    self->lingered += n;
  if (n <= 0 || self->lingered > LINGER_BYTES) {
    tyto_http_connection_close (self);
    return;
  }
  g_input_stream_read_async (input, self->buffer, BUFFER_BYTES, G_PRIORITY_LOW, NULL, on_lingered,
                             g_object_ref (self));
}

static void
on_refusal_written (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpConnection) self = data;
  GInputStream *input;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL)
      || self->stream == NULL) {
    tyto_http_connection_close (self);
    return;
  }
  /* Closing with unread bytes would reset the connection and could take the answer with it
   * (RFC 9112, section 9.6). */
  g_socket_shutdown (self->socket, FALSE, TRUE, NULL);
  self->buffer = g_malloc (BUFFER_BYTES);
  input = g_io_stream_get_input_stream (self->stream);
  g_input_stream_read_async (input, self->buffer, BUFFER_BYTES, G_PRIORITY_LOW, NULL, on_lingered,
                             g_object_ref (self));
}

void
tyto_http_connection_refuse (TytoHttpConnection *self, SoupServerMessage *message, guint status,
                             const char *content_type, const char *body)
{
  g_autoptr (SoupServerMessage) keep = g_object_ref (message);

  self->stream = soup_server_message_steal_connection (message);
  if (self->stream == NULL)
    return;
  g_free (self->refusal);
  self->refusal = g_strdup_printf ("HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                                   "Connection: close\r\nCache-Control: no-store\r\n"
                                   "X-Content-Type-Options: nosniff\r\n\r\n%s",
                                   status, soup_status_get_phrase (status), content_type,
                                   strlen (body), body);
  set_deadline (self, self->deadlines.linger);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream), self->refusal,
                                   strlen (self->refusal), G_PRIORITY_DEFAULT, NULL,
                                   on_refusal_written, g_object_ref (self));
}

GSocketAddress *
tyto_http_connection_get_remote (TytoHttpConnection *self)
{
  return self->remote;
}

const char *
tyto_http_connection_get_peer (TytoHttpConnection *self)
{
  return self->peer;
}

/* libsoup wants Internet addresses; a UNIX socket is shown to it as loopback. */
static GSocketAddress *
internet_address (GSocketAddress *address)
{
  if (G_IS_INET_SOCKET_ADDRESS (address))
    return address;
  g_clear_object (&address);
  return g_inet_socket_address_new_from_string ("127.0.0.1", 0);
}

static void
tyto_http_connection_finalize (GObject *object)
{
  TytoHttpConnection *self = TYTO_HTTP_CONNECTION (object);

  if (self->base != NULL)
    g_object_weak_unref (G_OBJECT (self->base), on_base_gone, self);
  g_clear_handle_id (&self->deadline_id, g_source_remove);
  clear_readable (self);
  g_clear_object (&self->stream);
  g_clear_object (&self->socket);
  g_clear_object (&self->local);
  g_clear_object (&self->remote);
  g_clear_object (&self->soup);
  g_free (self->peer);
  g_free (self->buffer);
  g_free (self->refusal);
  G_OBJECT_CLASS (tyto_http_connection_parent_class)->finalize (object);
}

static void
tyto_http_connection_class_init (TytoHttpConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_connection_finalize;
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_http_connection_init (TytoHttpConnection *self)
{
}

TytoHttpConnection *
tyto_http_connection_new (SoupServer *soup, GSocketConnection *stream,
                          const TytoHttpDeadlines *deadlines)
{
  TytoHttpConnection *self = g_object_new (TYTO_TYPE_HTTP_CONNECTION, NULL);
  GSocketAddress *remote = g_socket_connection_get_remote_address (stream, NULL);

  self->soup = g_object_ref (soup);
  self->base = stream;
  self->stream = G_IO_STREAM (stream);
  self->socket = g_object_ref (g_socket_connection_get_socket (stream));
  self->deadlines = *deadlines;
  if (G_IS_INET_SOCKET_ADDRESS (remote))
    self->peer = g_inet_address_to_string (
        g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  else
    self->peer = g_strdup ("local");
  self->remote = internet_address (remote);
  self->local = internet_address (g_socket_connection_get_local_address (stream, NULL));
  g_object_weak_ref (G_OBJECT (stream), on_base_gone, self);
  wait_for_request (self, self->deadlines.header);
  return self;
}
