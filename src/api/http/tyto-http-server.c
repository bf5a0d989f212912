/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-server.h"

#include "api/http/tyto-http-alerts.h"
#include "api/http/tyto-http-auth.h"
#include "api/http/tyto-http-broadcasts.h"
#include "api/http/tyto-http-camera-verbs.h"
#include "api/http/tyto-http-cameras.h"
#include "api/http/tyto-http-check.h"
#include "api/http/tyto-http-events.h"
#include "api/http/tyto-http-gaps.h"
#include "api/http/tyto-http-gate.h"
#include "api/http/tyto-http-health.h"
#include "api/http/tyto-http-ledger.h"
#include "api/http/tyto-http-limits.h"
#include "api/http/tyto-http-listener.h"
#include "api/http/tyto-http-metrics.h"
#include "api/http/tyto-http-openapi.h"
#include "api/http/tyto-http-recording-plan.h"
#include "api/http/tyto-http-recording-v1.h"
#include "api/http/tyto-http-recordings.h"
#include "api/http/tyto-http-request.h"
#include "api/http/tyto-http-retention.h"
#include "api/http/tyto-http-segments.h"
#include "api/http/tyto-http-services.h"
#include "api/http/tyto-http-stream-webhook.h"
#include "api/http/tyto-http-thumbnails.h"
#include "api/http/tyto-http-uploads.h"
#include "api/http/tyto-http-webhooks.h"
#include "base/tyto-error.h"

struct _TytoHttpServer {
  GObject parent_instance;

  TytoRecorder *recorder;
  SoupServer *soup;
  GCancellable *cancellable;
  TytoHttpRouter *router;
  TytoHttpLimits *limits;
  TytoHttpGate *gate; /* (nullable): from listening on */
  TytoHttpEvents *events;
  TytoHttpMetrics *metrics;
  TytoHttpRecordingV1 *recording;
  guint port;
};

G_DEFINE_FINAL_TYPE (TytoHttpServer, tyto_http_server, G_TYPE_OBJECT)

enum {
  SIGNAL_REQUEST,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_active (TytoHttpServer *self)
{
  g_signal_emit (self, signals[SIGNAL_REQUEST], 0);
}

static void
on_request_started (TytoHttpServer *self, SoupServerMessage *message)
{
  TytoHttpConnection *connection = tyto_http_limits_find (self->limits, message);

  on_active (self);
  if (connection != NULL)
    tyto_http_connection_follow (connection, message);
  tyto_http_metrics_follow (self->metrics, message);
  tyto_http_gate_follow (self->gate, message);
}

static void
on_headers (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  TytoHttpServer *self = data;

  tyto_http_gate_check (self->gate, message);
}

static void
on_request (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  TytoHttpServer *self = data;
  g_auto (TytoHttpMatch) match = { 0 };
  g_autofree char *allow = NULL;
  g_autoptr (TytoHttpRequest) request = NULL;

  /* The gate has seen that there is one. */
  if (!tyto_http_router_match (self->router, soup_server_message_get_method (message),
                               g_uri_get_path (soup_server_message_get_uri (message)), &match,
                               &allow, NULL))
    return;
  request = tyto_http_request_new (message, self->recorder, &match, self->cancellable);
  if (tyto_http_request_read_query (request, match.route))
    match.route->handler (request, match.user_data);
}

TytoHttpServer *
tyto_http_server_new (TytoRecorder *recorder)
{
  static const TytoHttpDeadlines deadlines = TYTO_HTTP_DEADLINES_INIT;
  TytoHttpServer *self = g_object_new (TYTO_TYPE_HTTP_SERVER, NULL);

  self->recorder = g_object_ref (recorder);
  self->limits = tyto_http_limits_new (self->soup, &deadlines);
  self->events = tyto_http_events_new (recorder, self->router);
  g_signal_connect_object (self->events, "active", G_CALLBACK (on_active), self, G_CONNECT_SWAPPED);
  self->metrics = tyto_http_metrics_new (recorder, self->limits, self->router);
  self->recording = tyto_http_recording_v1_new (recorder, self->router);
  tyto_http_recording_plan_add_routes (self->router);
  tyto_http_cameras_add_routes (self->router);
  tyto_http_camera_verbs_add_routes (self->router);
  tyto_http_segments_add_routes (self->router);
  tyto_http_retention_add_routes (self->router);
  tyto_http_gaps_add_routes (self->router);
  tyto_http_check_add_routes (self->router);
  tyto_http_ledger_add_routes (self->router);
  tyto_http_alerts_add_routes (self->router);
  tyto_http_uploads_add_routes (self->router);
  tyto_http_services_add_routes (self->router);
  tyto_http_thumbnails_add_routes (self->router);
  tyto_http_webhooks_add_routes (self->router);
  tyto_http_broadcasts_add_routes (self->router);
  tyto_http_recordings_add_routes (self->router);
  tyto_http_stream_webhook_add_routes (self->router);
  tyto_http_health_add_routes (self->router);
  tyto_http_openapi_add_routes (self->router);
  return self;
}

static GSocket *
open_socket (TytoHttpServer *self, GError **error)
{
  TytoSettings *settings = tyto_recorder_get_settings (self->recorder);
  const char *text = tyto_settings_get_string (settings, "http-address");
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GError) local = NULL;
  GSocket *socket = tyto_http_listener_inherit (&local);

  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  if (socket != NULL)
    return socket;
  address = g_inet_address_new_from_string (
      g_ascii_strcasecmp (text, "localhost") == 0 ? "127.0.0.1" : text);
  if (address == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Set http-address to an IPv4 or IPv6 address such as 127.0.0.1.",
                    "\"%s\" is no address to listen on", text);
    return NULL;
  }
  return tyto_http_listener_bind (address, tyto_settings_get_uint (settings, "http-port"), error);
}

gboolean
tyto_http_server_listen (TytoHttpServer *self, GError **error)
{
  TytoSettings *settings = tyto_recorder_get_settings (self->recorder);
  g_autoptr (TytoHttpAuth) auth = tyto_http_auth_new (settings, error);
  g_autoptr (GInetAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;

  if (auth == NULL)
    return FALSE;
  socket = open_socket (self, error);
  if (socket == NULL)
    return FALSE;
  address = tyto_http_listener_get_address (socket, &self->port);
  if (address != NULL && !tyto_http_auth_check_address (auth, address, error))
    return FALSE;
  g_clear_object (&self->gate);
  self->gate = tyto_http_gate_new (auth, self->router, self->limits);
  tyto_http_limits_listen (self->limits, socket);
  return TRUE;
}

guint
tyto_http_server_get_port (TytoHttpServer *self)
{
  return self->port;
}

TytoHttpRouter *
tyto_http_server_get_router (TytoHttpServer *self)
{
  return self->router;
}

void
tyto_http_server_stop (TytoHttpServer *self)
{
  g_cancellable_cancel (self->cancellable);
  tyto_http_events_stop (self->events);
  tyto_http_limits_stop (self->limits);
  soup_server_disconnect (self->soup);
}

static void
tyto_http_server_dispose (GObject *object)
{
  TytoHttpServer *self = TYTO_HTTP_SERVER (object);

  if (self->limits != NULL)
    tyto_http_server_stop (self);
  g_clear_object (&self->soup);
  g_clear_object (&self->gate);
  g_clear_object (&self->events);
  g_clear_object (&self->metrics);
  g_clear_object (&self->recording);
  g_clear_object (&self->limits);
  g_clear_object (&self->router);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->recorder);
  G_OBJECT_CLASS (tyto_http_server_parent_class)->dispose (object);
}

static void
tyto_http_server_class_init (TytoHttpServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_http_server_dispose;
  signals[SIGNAL_REQUEST] = g_signal_new ("request", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_http_server_init (TytoHttpServer *self)
{
  self->cancellable = g_cancellable_new ();
  self->router = tyto_http_router_new ();
  /* Paths stay percent-encoded: the router decodes part by part, so %2F separates nothing. */
  self->soup = soup_server_new ("raw-paths", TRUE, "server-header", "tyto", NULL);
  g_signal_connect_object (self->soup, "request-started", G_CALLBACK (on_request_started), self,
                           G_CONNECT_SWAPPED);
  soup_server_add_early_handler (self->soup, NULL, on_headers, self, NULL);
  soup_server_add_handler (self->soup, NULL, on_request, self, NULL);
}
