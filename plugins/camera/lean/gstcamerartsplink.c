/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerartsplink.h"

#include <string.h>

#define CHUNK    4096
#define MAX_HEAD (64 * 1024)
#define MAX_BODY (1024 * 1024)
#define MAX_KEPT (8 * 1024 * 1024)

struct _GstCameraRtspLink {
  GIOStream *stream; /* plain or TLS */
  GSocket *socket;   /* no-ref, @connection's */
  GSocketConnection *connection;
  GByteArray *in;   /* read, and not yet taken */
  GByteArray *kept; /* interleaved packets */
  guint next_cseq;
};

/* --- Connecting --- */

typedef struct {
  GTlsCertificateFlags flags;
  GTlsCertificateFlags *refused;
} Checks;

static gboolean
on_certificate (GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags errors,
                gpointer data)
{
  Checks *checks = data;

  *checks->refused = errors & checks->flags;
  return *checks->refused == 0;
}

/* (transfer full): TLS over @connection. */
static GIOStream *
secure (GSocketConnection *connection, const GstRTSPUrl *url, guint16 port, Checks *checks,
        GCancellable *cancellable, GError **error)
{
  g_autoptr (GSocketConnectable) identity = g_network_address_new (url->host, port);
  g_autoptr (GIOStream) tls
      = g_tls_client_connection_new (G_IO_STREAM (connection), identity, error);
  gulong handler;
  gboolean done;

  if (tls == NULL)
    return NULL;
  handler = g_signal_connect (tls, "accept-certificate", G_CALLBACK (on_certificate), checks);
  done = g_tls_connection_handshake (G_TLS_CONNECTION (tls), cancellable, error);
  g_signal_handler_disconnect (tls, handler);
  return done ? g_steal_pointer (&tls) : NULL;
}

GstCameraRtspLink *
gst_camera_rtsp_link_new (const GstRTSPUrl *url, GTlsCertificateFlags tls_flags,
                          GTlsCertificateFlags *refused, GCancellable *cancellable, GError **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;
  Checks checks = { tls_flags, refused };
  GIOStream *stream;
  guint16 port;
  GstCameraRtspLink *self;

  *refused = 0;
  gst_rtsp_url_get_port (url, &port);
  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, url->host, port, cancellable, error);
  if (connection == NULL)
    return NULL;
  stream = url->transports & GST_RTSP_LOWER_TRANS_TLS
               ? secure (connection, url, port, &checks, cancellable, error)
               : g_object_ref (G_IO_STREAM (connection));
  if (stream == NULL)
    return NULL;
  self = g_new0 (GstCameraRtspLink, 1);
  self->stream = stream;
  self->socket = g_socket_connection_get_socket (connection);
  self->connection = g_steal_pointer (&connection);
  self->in = g_byte_array_new ();
  self->kept = g_byte_array_new ();
  self->next_cseq = 1;
  return self;
}

void
gst_camera_rtsp_link_free (GstCameraRtspLink *self)
{
  /* First: a TLS stream would say goodbye, which blocks when the camera does not read. */
  if (self->stream != NULL)
    g_socket_close (self->socket, NULL);
  g_clear_object (&self->stream);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->in, g_byte_array_unref);
  g_clear_pointer (&self->kept, g_byte_array_unref);
  g_free (self);
}

guint
gst_camera_rtsp_link_get_next_cseq (const GstCameraRtspLink *self)
{
  return self->next_cseq;
}

GIOStream *
gst_camera_rtsp_link_release (GstCameraRtspLink *self, GSocket **socket, GByteArray **rest)
{
  *socket = self->socket;
  g_socket_set_blocking (self->socket, FALSE);
  g_byte_array_append (self->kept, self->in->data, self->in->len);
  *rest = g_steal_pointer (&self->kept);
  return g_steal_pointer (&self->stream);
}

/* --- Sending --- */

gboolean
gst_camera_rtsp_link_send (GstCameraRtspLink *self, const GstRTSPMessage *message,
                           GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (message->type == GST_RTSP_MESSAGE_REQUEST)
    g_string_append_printf (text, "%s %s RTSP/1.0\r\nCSeq: %u\r\n",
                            gst_rtsp_method_as_text (message->type_data.request.method),
                            message->type_data.request.uri, self->next_cseq++);
  else
    g_string_append_printf (text, "RTSP/1.0 %u %s\r\n", message->type_data.response.code,
                            message->type_data.response.reason);
  gst_rtsp_message_append_headers (message, text);
  g_string_append (text, "\r\n");
  return g_output_stream_write_all (g_io_stream_get_output_stream (self->stream), text->str,
                                    text->len, NULL, cancellable, error);
}

/* --- Receiving --- */

/* Reads what there is behind what is there. */
static gboolean
fill (GstCameraRtspLink *self, GCancellable *cancellable, GError **error)
{
  guint had = self->in->len;
  gssize size;

  g_byte_array_set_size (self->in, had + CHUNK);
  size = g_input_stream_read (g_io_stream_get_input_stream (self->stream), self->in->data + had,
                              CHUNK, cancellable, error);
  g_byte_array_set_size (self->in, had + (guint) MAX (size, 0));
  if (size == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "The camera hung up");
  return size > 0;
}

static gboolean
invalid (GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "What the camera sends is not RTSP");
  return FALSE;
}

/* "RTSP/1.0 200 OK" or "OPTIONS * RTSP/1.0" */
static gboolean
read_first_line (const gchar *line, GstRTSPMessage *message)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  guint64 code;

  if (g_strv_length (words) < 2)
    return FALSE;
  if (g_str_has_prefix (words[0], "RTSP/"))
    return g_ascii_string_to_unsigned (words[1], 10, 100, 999, &code, NULL)
           && gst_rtsp_message_init_response (message, (GstRTSPStatusCode) code,
                                              words[2] != NULL ? words[2] : "", NULL)
                  == GST_RTSP_OK;
  /* A method nobody knows is GST_RTSP_INVALID, and answered so. */
  return words[2] != NULL && g_str_has_prefix (words[2], "RTSP/")
         && gst_rtsp_message_init_request (message, gst_rtsp_find_method (words[0]), words[1])
                == GST_RTSP_OK;
}

gboolean
gst_camera_rtsp_link_read_head (const gchar *head, gsize size, GstRTSPMessage *message)
{
  g_autofree gchar *text = g_strndup (head, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  if (lines[0] == NULL || !read_first_line (g_strchomp (lines[0]), message))
    return FALSE;
  for (guint i = 1; lines[i] != NULL; i++) {
    gchar *colon = strchr (lines[i], ':');

    if (colon == NULL) /* some write lines that are no headers */
      continue;
    *colon = '\0';
    g_strstrip (lines[i]);
    if (*lines[i] != '\0')
      gst_rtsp_message_add_header_by_name (message, lines[i], g_strstrip (colon + 1));
  }
  return TRUE;
}

/* Where the empty line behind a head begins, and @end where it ends; -1 when it is not there. */
static gssize
find_empty_line (const GByteArray *in, guint *end)
{
  for (guint i = 0; i < in->len; i++) {
    guint next = i + 1;

    if (in->data[i] != '\n')
      continue;
    if (next < in->len && in->data[next] == '\r')
      next++;
    if (next < in->len && in->data[next] == '\n') {
      *end = next + 1;
      return i;
    }
  }
  return -1;
}

/* Keeps the packet at the beginning, once it is there. */
static gboolean
take_packet (GstCameraRtspLink *self, GCancellable *cancellable, GError **error)
{
  while (self->in->len < 4 || self->in->len < 4u + GST_READ_UINT16_BE (self->in->data + 2))
    if (!fill (self, cancellable, error))
      return FALSE;
  guint size = 4u + GST_READ_UINT16_BE (self->in->data + 2);

  if (self->kept->len + size > MAX_KEPT)
    return invalid (error);
  g_byte_array_append (self->kept, self->in->data, size);
  g_byte_array_remove_range (self->in, 0, size);
  return TRUE;
}

static gboolean
take_body (GstCameraRtspLink *self, GstRTSPMessage *message, GCancellable *cancellable,
           GError **error)
{
  gchar *header = NULL;
  guint64 size = 0;

  gst_rtsp_message_get_header (message, GST_RTSP_HDR_CONTENT_LENGTH, &header, 0);
  if (header != NULL && !g_ascii_string_to_unsigned (header, 10, 0, MAX_BODY, &size, NULL))
    return invalid (error);
  while (self->in->len < size)
    if (!fill (self, cancellable, error))
      return FALSE;
  if (size > 0) {
    gst_rtsp_message_set_body (message, self->in->data, (guint) size);
    g_byte_array_remove_range (self->in, 0, (guint) size);
  }
  return TRUE;
}

static gboolean
take_message (GstCameraRtspLink *self, GstRTSPMessage *message, GCancellable *cancellable,
              GError **error)
{
  gssize head;
  guint end = 0;

  while ((head = find_empty_line (self->in, &end)) < 0) {
    if (self->in->len > MAX_HEAD)
      return invalid (error);
    if (!fill (self, cancellable, error))
      return FALSE;
  }
  if (!gst_camera_rtsp_link_read_head ((const gchar *) self->in->data, (gsize) head, message))
    return invalid (error);
  g_byte_array_remove_range (self->in, 0, end);
  return take_body (self, message, cancellable, error);
}

gboolean
gst_camera_rtsp_link_receive (GstCameraRtspLink *self, GstRTSPMessage *message,
                              GCancellable *cancellable, GError **error)
{
  for (;;) {
    while (self->in->len == 0)
      if (!fill (self, cancellable, error))
        return FALSE;
    switch (self->in->data[0]) {
    case '$':
      if (!take_packet (self, cancellable, error))
        return FALSE;
      break;
    case '\r': /* RFC 2326, 4.1: empty lines before a message are passed over */
    case '\n':
      g_byte_array_remove_range (self->in, 0, 1);
      break;
    default:
      return take_message (self, message, cancellable, error);
    }
  }
}
