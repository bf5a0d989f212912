/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-events.h"

#include "api/http/tyto-http-event-stream.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

#define BEAT_SECONDS 15

struct _TytoHttpEvents {
  GObject parent_instance;

  TytoRecorder *recorder;
  GPtrArray *streams; /* (element-type TytoHttpEventStream) */
  guint beat_id;
};

G_DEFINE_FINAL_TYPE (TytoHttpEvents, tyto_http_events, G_TYPE_OBJECT)

enum {
  SIGNAL_ACTIVE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
broadcast (TytoHttpEvents *self, const char *event, const char *camera, GVariant *value)
{
  g_autofree char *data = NULL;

  if (self->streams->len == 0)
    return;
  data = tyto_json_from_variant (value, FALSE);
  for (guint i = 0; i < self->streams->len; i++)
    tyto_http_event_stream_send (self->streams->pdata[i], event, camera, data);
}

/* @value with its camera as a member. */
static GVariant *
with_camera (GVariant *value, const char *key, const char *camera)
{
  g_auto (GVariantDict) dict = { 0 };

  g_variant_dict_init (&dict, value);
  g_variant_dict_insert (&dict, key, "s", camera);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static void
on_camera_added (TytoHttpEvents *self, GVariant *camera)
{
  broadcast (self, "camera-added", tyto_dict_string (camera, "id", ""), camera);
}

static void
on_camera_changed (TytoHttpEvents *self, GVariant *camera)
{
  broadcast (self, "camera-changed", tyto_dict_string (camera, "id", ""), camera);
}

static void
on_camera_removed (TytoHttpEvents *self, const char *id)
{
  g_autoptr (GVariant) value = with_camera (NULL, "id", id);

  broadcast (self, "camera-removed", id, value);
}

static void
on_segment_opened (TytoHttpEvents *self, const char *camera, GVariant *segment)
{
  g_autoptr (GVariant) value = with_camera (segment, "camera", camera);

  broadcast (self, "segment-opened", camera, value);
}

static void
on_segment_closed (TytoHttpEvents *self, GVariant *segment)
{
  broadcast (self, "segment-closed", tyto_dict_string (segment, "camera", ""), segment);
}

static void
on_segment_archived (TytoHttpEvents *self, GVariant *segment)
{
  broadcast (self, "segment-archived", tyto_dict_string (segment, "camera", ""), segment);
}

static void
on_gap_opened (TytoHttpEvents *self, GVariant *gap)
{
  broadcast (self, "gap-opened", tyto_dict_string (gap, "camera", ""), gap);
}

static void
on_gap_closed (TytoHttpEvents *self, GVariant *gap)
{
  broadcast (self, "gap-closed", tyto_dict_string (gap, "camera", ""), gap);
}

static void
on_thumbnail_taken (TytoHttpEvents *self, const char *camera, GVariant *thumbnail)
{
  g_autoptr (GVariant) value = with_camera (thumbnail, "camera", camera);

  broadcast (self, "thumbnail-taken", camera, value);
}

static void
on_alert (TytoHttpEvents *self, GVariant *alert)
{
  broadcast (self, "alert", tyto_dict_string (alert, "camera", ""), alert);
}

/* Of a broadcast's id: no client that asks for a camera is told. */
static void
tell_broadcast (TytoHttpEvents *self, const char *event, GVariant *value)
{
  broadcast (self, event, tyto_dict_string (value, "id", ""), value);
}

static void
on_broadcast_added (TytoHttpEvents *self, GVariant *value)
{
  tell_broadcast (self, "broadcast-added", value);
}

static void
on_broadcast_changed (TytoHttpEvents *self, GVariant *value)
{
  tell_broadcast (self, "broadcast-changed", value);
}

static void
on_broadcast_completed (TytoHttpEvents *self, GVariant *value)
{
  tell_broadcast (self, "broadcast-completed", value);
}

static void
on_broadcast_failed (TytoHttpEvents *self, GVariant *value)
{
  tell_broadcast (self, "broadcast-failed", value);
}

static void
on_broadcast_removed (TytoHttpEvents *self, const char *id)
{
  g_autoptr (GVariant) value = with_camera (NULL, "id", id);

  tell_broadcast (self, "broadcast-removed", value);
}

static gboolean
on_beat (gpointer data)
{
  TytoHttpEvents *self = data;

  if (self->streams->len == 0) {
    self->beat_id = 0;
    return G_SOURCE_REMOVE;
  }
  for (guint i = 0; i < self->streams->len; i++)
    tyto_http_event_stream_beat (self->streams->pdata[i]);
  g_signal_emit (self, signals[SIGNAL_ACTIVE], 0);
  return G_SOURCE_CONTINUE;
}

static void
on_stream_gone (TytoHttpEvents *self, TytoHttpEventStream *stream)
{
  g_ptr_array_remove (self->streams, stream);
}

static void
get_events (TytoHttpRequest *request, gpointer user_data)
{
  TytoHttpEvents *self = user_data;
  const char *camera = tyto_http_request_get_query (request, "camera");
  g_autoptr (GError) error = NULL;
  TytoHttpEventStream *stream;

  if (camera != NULL && !tyto_id_check (camera, &error)) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  if (soup_server_message_get_method (tyto_http_request_get_message (request))
      == SOUP_METHOD_HEAD) {
    tyto_http_request_set_header (request, "Content-Type", "text/event-stream");
    tyto_http_request_respond_stream (request, SOUP_STATUS_OK);
    return;
  }
  stream = tyto_http_event_stream_new (request, camera);
  g_ptr_array_add (self->streams, stream);
  g_signal_connect_object (stream, "gone", G_CALLBACK (on_stream_gone), self, G_CONNECT_SWAPPED);
  if (self->beat_id == 0)
    self->beat_id = g_timeout_add_seconds (BEAT_SECONDS, on_beat, self);
}

void
tyto_http_events_stop (TytoHttpEvents *self)
{
  for (guint i = 0; i < self->streams->len; i++)
    tyto_http_event_stream_end (self->streams->pdata[i]);
  g_ptr_array_set_size (self->streams, 0);
  g_clear_handle_id (&self->beat_id, g_source_remove);
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/events", get_events, .query = "camera" },
};

static void
tyto_http_events_finalize (GObject *object)
{
  TytoHttpEvents *self = TYTO_HTTP_EVENTS (object);

  g_clear_handle_id (&self->beat_id, g_source_remove);
  g_ptr_array_unref (self->streams);
  g_object_unref (self->recorder);
  G_OBJECT_CLASS (tyto_http_events_parent_class)->finalize (object);
}

static void
tyto_http_events_class_init (TytoHttpEventsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_events_finalize;
  signals[SIGNAL_ACTIVE] = g_signal_new ("active", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_http_events_init (TytoHttpEvents *self)
{
  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
}

static const struct {
  const char *signal;
  GCallback callback;
} subscriptions[] = {
  { "camera-added", G_CALLBACK (on_camera_added) },
  { "camera-changed", G_CALLBACK (on_camera_changed) },
  { "camera-removed", G_CALLBACK (on_camera_removed) },
  { "segment-opened", G_CALLBACK (on_segment_opened) },
  { "segment-closed", G_CALLBACK (on_segment_closed) },
  { "segment-archived", G_CALLBACK (on_segment_archived) },
  { "gap-opened", G_CALLBACK (on_gap_opened) },
  { "gap-closed", G_CALLBACK (on_gap_closed) },
  { "thumbnail-taken", G_CALLBACK (on_thumbnail_taken) },
  { "alert", G_CALLBACK (on_alert) },
};

static const struct {
  const char *signal;
  GCallback callback;
} broadcast_subscriptions[] = {
  { "added", G_CALLBACK (on_broadcast_added) },
  { "changed", G_CALLBACK (on_broadcast_changed) },
  { "completed", G_CALLBACK (on_broadcast_completed) },
  { "failed", G_CALLBACK (on_broadcast_failed) },
  { "removed", G_CALLBACK (on_broadcast_removed) },
};

TytoHttpEvents *
tyto_http_events_new (TytoRecorder *recorder, TytoHttpRouter *router)
{
  TytoHttpEvents *self = g_object_new (TYTO_TYPE_HTTP_EVENTS, NULL);

  self->recorder = g_object_ref (recorder);
  for (guint i = 0; i < G_N_ELEMENTS (subscriptions); i++)
    g_signal_connect_object (recorder, subscriptions[i].signal, subscriptions[i].callback, self,
                             G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (broadcast_subscriptions); i++)
    g_signal_connect_object (tyto_recorder_get_broadcasts (recorder),
                             broadcast_subscriptions[i].signal, broadcast_subscriptions[i].callback,
                             self, G_CONNECT_SWAPPED);
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), self);
  return self;
}
