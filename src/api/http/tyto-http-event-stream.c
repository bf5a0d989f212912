/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-event-stream.h"

struct _TytoHttpEventStream {
  GObject parent_instance;

  SoupServerMessage *message;
  char *camera;  /* (nullable) */
  gsize waiting; /* bytes given to libsoup and not yet written */
  guint64 lost;
  gboolean ended;
};

G_DEFINE_FINAL_TYPE (TytoHttpEventStream, tyto_http_event_stream, G_TYPE_OBJECT)

enum {
  SIGNAL_GONE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_gone (TytoHttpEventStream *self)
{
  g_autoptr (TytoHttpEventStream) keep = g_object_ref (self);

  if (self->ended)
    return;
  self->ended = TRUE;
  g_signal_emit (self, signals[SIGNAL_GONE], 0);
}

static void
on_written (TytoHttpEventStream *self, guint size)
{
  self->waiting -= MIN (self->waiting, size);
}

static void
append (TytoHttpEventStream *self, char *text)
{
  gsize length = strlen (text);

  self->waiting += length;
  soup_message_body_append_take (soup_server_message_get_response_body (self->message),
                                 (guchar *) text, length);
  soup_server_message_unpause (self->message);
}

static gboolean
has_room (TytoHttpEventStream *self, gsize length)
{
  return self->waiting + length <= TYTO_HTTP_EVENT_STREAM_BACKLOG;
}

void
tyto_http_event_stream_send (TytoHttpEventStream *self, const char *event, const char *camera,
                             const char *data)
{
  g_autofree char *text = NULL;

  if (self->ended
      || (self->camera != NULL && *camera != '\0' && !g_str_equal (self->camera, camera)))
    return;
  if (self->lost > 0)
    text = g_strdup_printf ("event: lost\ndata: {\"count\":%" G_GUINT64_FORMAT
                            "}\n\nevent: %s\ndata: %s\n\n",
                            self->lost, event, data);
  else
    text = g_strdup_printf ("event: %s\ndata: %s\n\n", event, data);
  if (has_room (self, strlen (text))) {
    self->lost = 0;
    append (self, g_steal_pointer (&text));
  } else
    self->lost++;
}

void
tyto_http_event_stream_beat (TytoHttpEventStream *self)
{
  if (!self->ended && has_room (self, 3))
    append (self, g_strdup (":\n\n"));
}

void
tyto_http_event_stream_end (TytoHttpEventStream *self)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  soup_message_body_complete (soup_server_message_get_response_body (self->message));
  soup_server_message_unpause (self->message);
}

static void
tyto_http_event_stream_finalize (GObject *object)
{
  TytoHttpEventStream *self = TYTO_HTTP_EVENT_STREAM (object);

  g_clear_object (&self->message);
  g_free (self->camera);
  G_OBJECT_CLASS (tyto_http_event_stream_parent_class)->finalize (object);
}

static void
tyto_http_event_stream_class_init (TytoHttpEventStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_event_stream_finalize;
  signals[SIGNAL_GONE] = g_signal_new ("gone", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_http_event_stream_init (TytoHttpEventStream *self)
{
}

TytoHttpEventStream *
tyto_http_event_stream_new (TytoHttpRequest *request, const char *camera)
{
  TytoHttpEventStream *self = g_object_new (TYTO_TYPE_HTTP_EVENT_STREAM, NULL);
  SoupMessageHeaders *headers;

  self->message = g_object_ref (tyto_http_request_get_message (request));
  self->camera = g_strdup (camera);
  headers = soup_server_message_get_response_headers (self->message);
  soup_message_headers_set_encoding (headers, soup_server_message_get_http_version (self->message)
                                                      == SOUP_HTTP_1_0
                                                  ? SOUP_ENCODING_EOF
                                                  : SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (self->message), FALSE);
  tyto_http_request_set_header (request, "Content-Type", "text/event-stream");
  g_signal_connect_object (self->message, "wrote-body-data", G_CALLBACK (on_written), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->message, "finished", G_CALLBACK (on_gone), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->message, "disconnected", G_CALLBACK (on_gone), self,
                           G_CONNECT_SWAPPED);
  append (self, g_strdup ("retry: 2000\n\n"));
  tyto_http_request_respond_stream (request, SOUP_STATUS_OK);
  return self;
}
