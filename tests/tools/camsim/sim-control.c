/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-control.h"

#include <errno.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sim-commands.h"

#define LINE_LIMIT 4096

/* Someone at the socket. */
typedef struct {
  SimControl *control; /* no-ref */
  int fd;
  SimWatch *watch;
  GString *input;
  gboolean waiting; /* for an encoding: further commands wait too */
} Client;

struct _SimControl {
  SimCommandContext context;
  char *path;
  GSocket *socket;
  SimWatch *watch;
  GPtrArray *clients;   /* (element-type Client) */
  GThreadPool *encoder; /* one at a time, so that the frames stay on time */
  GAsyncQueue *encoded; /* (element-type SimEncoding) from the encoder's thread */
  int encoded_fd;       /* eventfd: something is in encoded */
  SimWatch *encoded_watch;
};

static void
client_free (gpointer data)
{
  Client *client = data;

  sim_watch_remove (client->watch);
  close (client->fd);
  g_string_free (client->input, TRUE);
  g_free (client);
}

/* Answers are small and read at once; who does not read them loses them. */
static void
answer (Client *client, const char *line)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);
  const char *at = text;
  gsize left = strlen (text);

  while (left > 0) {
    gssize n = send (client->fd, at, left, MSG_NOSIGNAL);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return;
    at += n;
    left -= n;
  }
}

static void
run_lines (Client *client)
{
  char *end;

  while (!client->waiting && (end = strchr (client->input->str, '\n')) != NULL) {
    g_autofree char *line = g_strndup (client->input->str, end - client->input->str);
    SimEncoding *encoding;
    g_autofree char *text = NULL;

    g_string_erase (client->input, 0, end + 1 - client->input->str);
    text = sim_commands_run (&client->control->context, line, &encoding);
    if (text != NULL) {
      answer (client, text);
      continue;
    }
    client->waiting = TRUE;
    encoding->client = client;
    g_thread_pool_push (client->control->encoder, encoding, NULL);
  }
}

static void
on_client (guint32 events, gpointer data)
{
  Client *client = data;
  char buffer[1024];
  gssize n = recv (client->fd, buffer, sizeof buffer, 0);

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n > 0)
    g_string_append_len (client->input, buffer, n);
  if (n <= 0 || client->input->len > LINE_LIMIT) {
    g_ptr_array_remove_fast (client->control->clients, client);
    return;
  }
  run_lines (client);
}

static void
on_accept (guint32 events, gpointer data)
{
  SimControl *self = data;
  /* blocking: an answer is written whole, and reading happens only when there is something */
  int fd = accept4 (g_socket_get_fd (self->socket), NULL, NULL, SOCK_CLOEXEC);
  struct timeval patience = { .tv_sec = 1 };
  Client *client;

  if (fd < 0)
    return;
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  client = g_new0 (Client, 1);
  client->control = self;
  client->fd = fd;
  client->input = g_string_new (NULL);
  client->watch = sim_loop_watch (self->context.loop, fd, EPOLLIN, on_client, client);
  g_ptr_array_add (self->clients, client);
}

/* In the encoder's thread. */
static void
encode (gpointer data, gpointer user_data)
{
  SimEncoding *encoding = data;
  SimControl *self = user_data;
  guint64 one = 1;

  encoding->media
      = sim_media_new (&encoding->config, encoding->camera, encoding->cache_dir, &encoding->error);
  g_async_queue_push (self->encoded, encoding);
  if (write (self->encoded_fd, &one, sizeof one) < 0)
    g_warning ("eventfd: %s", g_strerror (errno));
}

static void
on_encoded (guint32 events, gpointer data)
{
  SimControl *self = data;
  SimEncoding *encoding;
  guint64 count;

  if (read (self->encoded_fd, &count, sizeof count) < 0)
    return;
  while ((encoding = g_async_queue_try_pop (self->encoded)) != NULL) {
    g_autofree char *text = sim_commands_finish (&self->context, encoding);
    Client *client = encoding->client;

    sim_encoding_free (encoding);
    if (!g_ptr_array_find (self->clients, client, NULL))
      continue;
    client->waiting = FALSE;
    answer (client, text);
    run_lines (client);
  }
}

static gboolean
listen_at (SimControl *self, const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);

  g_unlink (path);
  self->socket
      = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (self->socket == NULL)
    return FALSE;
  if (!g_socket_bind (self->socket, address, FALSE, error)
      || !g_socket_listen (self->socket, error))
    return FALSE;
  self->path = g_strdup (path);
  self->watch = sim_loop_watch (self->context.loop, g_socket_get_fd (self->socket), EPOLLIN,
                                on_accept, self);
  return TRUE;
}

SimControl *
sim_control_new (SimLoop *loop, const char *path, SimServer *server, SimPolicy *policy,
                 SimLibrary *library, GError **error)
{
  g_autoptr (SimControl) self = g_new0 (SimControl, 1);

  self->context = (SimCommandContext){ loop, server, policy, library };
  self->clients = g_ptr_array_new_with_free_func (client_free);
  self->encoded = g_async_queue_new_full ((GDestroyNotify) sim_encoding_free);
  self->encoder = g_thread_pool_new (encode, self, 1, FALSE, NULL);
  self->encoded_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (!listen_at (self, path, error))
    return NULL;
  self->encoded_watch = sim_loop_watch (loop, self->encoded_fd, EPOLLIN, on_encoded, self);
  return g_steal_pointer (&self);
}

void
sim_control_free (SimControl *self)
{
  g_thread_pool_free (self->encoder, FALSE, TRUE);
  g_async_queue_unref (self->encoded);
  g_clear_pointer (&self->watch, sim_watch_remove);
  g_clear_pointer (&self->encoded_watch, sim_watch_remove);
  close (self->encoded_fd);
  g_ptr_array_unref (self->clients);
  g_clear_object (&self->socket);
  if (self->path != NULL)
    g_unlink (self->path);
  g_free (self->path);
  g_free (self);
}
