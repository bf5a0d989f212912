/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-file-stream.h"

#include <gio/gunixinputstream.h>

#define PIECE_BYTES (256 * 1024)

struct _TytoHttpFileStream {
  GObject parent_instance;

  SoupServerMessage *message;
  GInputStream *input;
  GCancellable *cancellable;
  guint64 left;
  gboolean reading;
  gboolean done;
};

G_DEFINE_FINAL_TYPE (TytoHttpFileStream, tyto_http_file_stream, G_TYPE_OBJECT)

/* Drops the reference that the message's signals stand for. */
static void
finish (TytoHttpFileStream *self)
{
  if (self->done)
    return;
  self->done = TRUE;
  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_object_unref (self);
}

/* The length has been promised: nothing but the end of the connection tells that it is not kept. */
static void
abandon (TytoHttpFileStream *self, const char *why)
{
  g_autoptr (SoupServerMessage) message = g_object_ref (self->message);
  g_autoptr (GIOStream) stream = NULL;

  g_warning ("Cannot send a file to its end: %s", why);
  finish (self);
  stream = soup_server_message_steal_connection (message);
  if (stream != NULL)
    g_io_stream_close (stream, NULL, NULL);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpFileStream) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  self->reading = FALSE;
  if (self->done)
    return;
  if (piece == NULL || g_bytes_get_size (piece) == 0) {
    abandon (self, error != NULL ? error->message : "it is shorter than it was");
    return;
  }
  self->left -= g_bytes_get_size (piece);
  soup_message_body_append_bytes (soup_server_message_get_response_body (self->message), piece);
  soup_server_message_unpause (self->message);
}

static void
read_piece (TytoHttpFileStream *self)
{
  if (self->left == 0) {
    finish (self);
    return;
  }
  if (self->reading)
    return;
  self->reading = TRUE;
  g_input_stream_read_bytes_async (self->input, MIN (self->left, PIECE_BYTES), G_PRIORITY_DEFAULT,
                                   self->cancellable, on_read, g_object_ref (self));
}

void
tyto_http_file_stream_start (SoupServerMessage *message, int fd, guint64 length)
{
  TytoHttpFileStream *self = g_object_new (TYTO_TYPE_HTTP_FILE_STREAM, NULL);

  self->message = g_object_ref (message);
  self->input = g_unix_input_stream_new (fd, TRUE);
  self->left = length;
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  g_signal_connect_swapped (message, "wrote-chunk", G_CALLBACK (read_piece), self);
  g_signal_connect_swapped (message, "finished", G_CALLBACK (finish), self);
  g_signal_connect_swapped (message, "disconnected", G_CALLBACK (finish), self);
  read_piece (self);
}

static void
tyto_http_file_stream_finalize (GObject *object)
{
  TytoHttpFileStream *self = TYTO_HTTP_FILE_STREAM (object);

  g_clear_object (&self->message);
  g_clear_object (&self->input);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (tyto_http_file_stream_parent_class)->finalize (object);
}

static void
tyto_http_file_stream_class_init (TytoHttpFileStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_file_stream_finalize;
}

static void
tyto_http_file_stream_init (TytoHttpFileStream *self)
{
  self->cancellable = g_cancellable_new ();
}
