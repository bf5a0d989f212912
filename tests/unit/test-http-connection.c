/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlines, persistence and limits of connections, with short deadlines and real sockets. */
#include "api/http/tyto-http-limits.h"
#include "api/http/tyto-http-listener.h"

#include <string.h>

typedef struct {
  SoupServer *soup;
  TytoHttpLimits *limits;
  GInetAddress *address;
  guint port;
} Fixture;

static const TytoHttpDeadlines deadlines = {
  .header = 300,
  .body = 300,
  .stall = 300,
  .idle = 300,
  .linger = 300,
};

/* For what takes its time. */
static const TytoHttpDeadlines patient = {
  .header = 60000,
  .body = 60000,
  .stall = 60000,
  .idle = 60000,
  .linger = 300,
};

static void
on_started (SoupServer *soup, SoupServerMessage *message, gpointer data)
{
  Fixture *f = data;

  tyto_http_connection_follow (tyto_http_limits_find (f->limits, message), message);
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  gsize size = g_str_equal (path, "/big") ? 64 * 1024 * 1024 : 2;

  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_TAKE, g_strnfill (size, 'x'),
                                    size);
}

/* @data: (nullable): the deadlines. */
static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) listener = NULL;

  f->address = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  f->soup = soup_server_new (NULL, NULL);
  soup_server_add_handler (f->soup, NULL, on_request, f, NULL);
  g_signal_connect (f->soup, "request-started", G_CALLBACK (on_started), f);
  f->limits = tyto_http_limits_new (f->soup, data != NULL ? data : &deadlines);
  listener = tyto_http_listener_bind (f->address, 0, &error);
  g_assert_no_error (error);
  g_object_unref (tyto_http_listener_get_address (listener, &f->port));
  tyto_http_limits_listen (f->limits, listener);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  tyto_http_limits_stop (f->limits);
  while (tyto_http_limits_get_open (f->limits) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&f->limits);
  g_clear_object (&f->soup);
  g_clear_object (&f->address);
}

static GSocket *
connect_client (Fixture *f)
{
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new (f->address, f->port);
  g_autoptr (GError) error = NULL;
  GSocket *socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_connect (socket, where, NULL, &error));
  g_socket_set_blocking (socket, FALSE);
  return socket;
}

static void
say (GSocket *socket, const char *text)
{
  g_assert_cmpint (g_socket_send (socket, text, strlen (text), NULL, NULL), ==, strlen (text));
}

/* Turns the main loop and collects what comes, until @until is in it or, NULL, the end. */
static char *
hear (GSocket *socket, const char *until)
{
  GString *heard = g_string_new (NULL);
  char buffer[4096];

  while (until == NULL || strstr (heard->str, until) == NULL) {
    g_autoptr (GError) error = NULL;
    gssize n = g_socket_receive (socket, buffer, sizeof buffer, NULL, &error);

    if (n > 0)
      g_string_append_len (heard, buffer, n);
    else if (n == 0 || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      break;
    else
      g_main_context_iteration (NULL, FALSE);
  }
  return g_string_free (heard, FALSE);
}

static void
assert_ends (GSocket *socket, guint at_least_ms)
{
  gint64 begin = g_get_monotonic_time ();
  g_autofree char *heard = hear (socket, NULL);

  g_assert_cmpstr (heard, ==, "");
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, at_least_ms * 1000);
}

static void
test_silent (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) client = connect_client (f);

  assert_ends (client, 200);
}

/* A byte now and then does not prolong it. */
static void
test_slow_header (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) client = connect_client (f);

  say (client, "GET / HTTP/1.1\r\nHo");
  assert_ends (client, 200);
}

static void
test_slow_body (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) client = connect_client (f);

  say (client, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc");
  assert_ends (client, 200);
}

static void
test_persistent (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) client = connect_client (f);

  for (guint i = 0; i < 3; i++) {
    g_autofree char *heard = NULL;

    say (client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    heard = hear (client, "\r\n\r\n");
    g_assert_true (g_str_has_prefix (heard, "HTTP/1.1 200"));
  }
  g_assert_cmpuint (tyto_http_limits_get_open (f->limits), ==, 1);
  while (tyto_http_limits_get_open (f->limits) > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_close (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) client = connect_client (f);
  g_autofree char *heard = NULL;

  say (client, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n"
               "Connection: close\r\n\r\n");
  heard = hear (client, NULL);
  g_assert_true (g_str_has_prefix (heard, "HTTP/1.1 200"));
  g_assert_nonnull (strstr (heard + 12, "HTTP/1.1 200")); /* the pipelined one */
}

/* A client that reads nothing does not hold the answer for ever. */
static void
test_stalled (Fixture *f, gconstpointer data)
{
  g_autoptr (GSocket) client = connect_client (f);

  say (client, "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
  while (tyto_http_limits_get_open (f->limits) == 0)
    g_main_context_iteration (NULL, TRUE);
  while (tyto_http_limits_get_open (f->limits) > 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_too_many (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *heard = NULL;

  for (guint i = 0; i < TYTO_HTTP_CONNECTIONS_PER_PEER_MAX; i++)
    g_ptr_array_add (clients, connect_client (f));
  while (tyto_http_limits_get_open (f->limits) < clients->len)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_add (clients, connect_client (f));
  heard = hear (clients->pdata[clients->len - 1], NULL);
  g_assert_true (g_str_has_prefix (heard, "HTTP/1.1 503"));
  g_assert_cmpuint (tyto_http_limits_get_refused (f->limits), ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, deadlines, function)                                                             \
  g_test_add ("/http/connection/" name, Fixture, deadlines, set_up, function, tear_down)
  ADD ("silent", NULL, test_silent);
  ADD ("slow-header", NULL, test_slow_header);
  ADD ("slow-body", NULL, test_slow_body);
  ADD ("persistent", NULL, test_persistent);
  ADD ("close", NULL, test_close);
  ADD ("stalled", NULL, test_stalled);
  ADD ("too-many", &patient, test_too_many);
#undef ADD
  return g_test_run ();
}
