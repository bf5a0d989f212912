/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera-script.h"

#include <string.h>
#include <sys/socket.h>

#define DEADLINE (20 * G_USEC_PER_SEC)

struct _CameraScript {
  GSocketListener *listener;
  GCancellable *end;
  GThread *thread;
  guint16 port;
  GTlsCertificate *certificate; /* nullable */

  GMutex lock; /* guards what follows */
  GCond changed;
  const CameraStep *next;
  GString *requests;
  GSocket *socket; /* nullable, no-ref: of the present connection */
};

gchar *
camera_script_fill_in (CameraScript *self, const gchar *text)
{
  GString *filled = g_string_new (text);
  g_autofree gchar *base = g_strdup_printf (
      "%s://127.0.0.1:%u", self->certificate != NULL ? "rtsps" : "rtsp", self->port);

  g_string_replace (filled, "BASE", base, 0);
  g_string_replace (filled, "PORT", strrchr (base, ':') + 1, 0);
  return g_string_free (filled, FALSE);
}

/* What is behind the '$' of an interleaved packet (RFC 2326, 10.12): receiver reports. */
static void
skip_packet (CameraScript *self, GInputStream *input)
{
  guint8 head[3];
  gsize size;

  if (!g_input_stream_read_all (input, head, sizeof head, &size, self->end, NULL)
      || size < sizeof head)
    return;
  for (guint left = (guint) head[1] << 8 | head[2]; left > 0; left--)
    if (g_input_stream_read (input, head, 1, self->end, NULL) != 1)
      return;
}

/* (nullable): the head of the next request, all of it; the client has gone when NULL */
static gchar *
read_head (CameraScript *self, GInputStream *input)
{
  g_autoptr (GString) head = g_string_new (NULL);
  gchar byte;

  while (g_input_stream_read (input, &byte, 1, self->end, NULL) == 1) {
    if (byte == '$' && head->len == 0) {
      skip_packet (self, input);
      continue;
    }
    g_string_append_c (head, byte);
    if (g_str_has_suffix (head->str, "\r\n\r\n"))
      return g_strdup (head->str);
  }
  return NULL;
}

static void
send_answer (CameraScript *self, const CameraStep *step, const gchar *head, GOutputStream *output)
{
  const gchar *cseq = strstr (head, "CSeq: ");
  g_autofree gchar *text = camera_script_fill_in (self, step->answer);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) all = g_string_new (NULL);

  g_assert_nonnull (cseq);
  g_string_append_printf (all, "RTSP/1.0 %s\r\n%.*s\r\n", lines[0], (gint) strcspn (cseq, "\r"),
                          cseq);
  for (guint i = 1; lines[i] != NULL; i++)
    g_string_append_printf (all, "%s\r\n", lines[i]);
  if (step->body != NULL) {
    g_autofree gchar *body = camera_script_fill_in (self, step->body);

    g_string_append_printf (all, "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", strlen (body),
                            body);
  } else {
    g_string_append (all, "\r\n");
  }
  if (step->before != NULL)
    g_output_stream_write_all (output, step->before, step->before_size, NULL, self->end, NULL);
  g_output_stream_write_all (output, all->str, all->len, NULL, self->end, NULL);
}

static gboolean
is_for (CameraScript *self, const CameraStep *step, const gchar *head)
{
  g_autofree gchar *begin = camera_script_fill_in (self, step->request);

  return g_str_has_prefix (head, begin);
}

/* The step for @head, which is what is expected; answers to our own requests are noted alone. */
static const CameraStep *
take_step (CameraScript *self, const gchar *head)
{
  const CameraStep *step = NULL;

  g_mutex_lock (&self->lock);
  g_string_append (self->requests, head);
  if (!g_str_has_prefix (head, "RTSP/1.0 ")) {
    if (self->next->repeats && !is_for (self, self->next, head))
      self->next++;
    step = self->next;
    if (step->request == NULL)
      g_error ("No request was expected, but there is: %s", head);
    if (!is_for (self, step, head))
      g_error ("Expected: %s; got: %s", step->request, head);
    if (!step->repeats)
      self->next++;
  }
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return step;
}

static void
serve (CameraScript *self, GIOStream *stream)
{
  GInputStream *input = g_io_stream_get_input_stream (stream);

  for (;;) {
    g_autofree gchar *head = read_head (self, input);
    const CameraStep *step = head != NULL ? take_step (self, head) : NULL;

    if (head == NULL)
      return;
    if (step != NULL && step->answer != NULL)
      send_answer (self, step, head, g_io_stream_get_output_stream (stream));
    else if (step != NULL && step->before != NULL)
      g_output_stream_write_all (g_io_stream_get_output_stream (stream), step->before,
                                 step->before_size, NULL, self->end, NULL);
  }
}

static void
set_socket (CameraScript *self, GSocket *socket)
{
  g_mutex_lock (&self->lock);
  self->socket = socket;
  g_mutex_unlock (&self->lock);
}

static gpointer
run (gpointer data)
{
  CameraScript *self = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (self->listener, NULL, self->end, NULL)) != NULL) {
    g_autoptr (GIOStream) stream = G_IO_STREAM (connection);

    set_socket (self, g_socket_connection_get_socket (connection));
    if (self->certificate == NULL) {
      serve (self, stream);
    } else {
      g_autoptr (GIOStream) tls = g_tls_server_connection_new (stream, self->certificate, NULL);

      serve (self, tls);
    }
    set_socket (self, NULL);
  }
  return NULL;
}

CameraScript *
camera_script_new (const CameraStep *steps, GTlsCertificate *certificate)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;
  CameraScript *self = g_new0 (CameraScript, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->next = steps;
  self->requests = g_string_new (NULL);
  self->end = g_cancellable_new ();
  self->certificate = certificate != NULL ? g_object_ref (certificate) : NULL;
  self->listener = g_socket_listener_new ();
  g_socket_listener_add_address (self->listener, address, G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_TCP, NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->thread = g_thread_new ("camera-script", run, self);
  return self;
}

void
camera_script_wait_for (CameraScript *self, const gchar *text)
{
  gint64 end = g_get_monotonic_time () + DEADLINE;
  g_autofree gchar *filled = camera_script_fill_in (self, text);

  g_mutex_lock (&self->lock);
  while (strstr (self->requests->str, filled) == NULL)
    if (!g_cond_wait_until (&self->changed, &self->lock, end))
      g_error ("%s is not among the requests: %s", filled, self->requests->str);
  g_mutex_unlock (&self->lock);
}

void
camera_script_free (CameraScript *self)
{
  gint64 end = g_get_monotonic_time () + DEADLINE;

  g_mutex_lock (&self->lock);
  if (self->next->repeats)
    self->next++;
  while (self->next->request != NULL)
    if (!g_cond_wait_until (&self->changed, &self->lock, end))
      g_error ("%s was never requested", self->next->request);
  g_mutex_unlock (&self->lock);
  g_cancellable_cancel (self->end);
  g_thread_join (self->thread);
  g_socket_listener_close (self->listener);
  g_object_unref (self->listener);
  g_object_unref (self->end);
  g_clear_object (&self->certificate);
  g_string_free (self->requests, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

void
camera_script_hang_up (CameraScript *self, gboolean reset)
{
  struct linger linger = { .l_onoff = reset, .l_linger = 0 };

  g_mutex_lock (&self->lock);
  g_assert_nonnull (self->socket);
  g_assert_cmpint (
      setsockopt (g_socket_get_fd (self->socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
      ==, 0);
  /* The thread that reads sees the end, and closes. */
  g_socket_shutdown (self->socket, TRUE, !reset, NULL);
  g_mutex_unlock (&self->lock);
}

gchar *
camera_script_get_requests (CameraScript *self)
{
  gchar *requests;

  g_mutex_lock (&self->lock);
  requests = g_strdup (self->requests->str);
  g_mutex_unlock (&self->lock);
  return requests;
}

void
camera_script_prepare_tls (void)
{
  g_object_unref (g_tls_backend_get_default_database (g_tls_backend_get_default ()));
}

GTlsCertificate *
camera_script_make_certificate (const gchar *file, const gchar *host)
{
  g_autofree gchar *name = g_strconcat ("subjectAltName=IP:", host, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) openssl = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "openssl", "req", "-x509", "-newkey", "ec",
      "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=camera",
      "-addext", name, "-keyout", file, "-out", file, NULL);
  GTlsCertificate *certificate;

  camera_script_prepare_tls ();
  g_assert_no_error (error);
  g_subprocess_wait_check (openssl, NULL, &error);
  g_assert_no_error (error);
  certificate = g_tls_certificate_new_from_file (file, &error);
  g_assert_no_error (error);
  return certificate;
}
