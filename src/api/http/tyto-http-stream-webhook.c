/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-stream-webhook.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-signature.h"

#include <string.h>

static void
respond (TytoHttpRequest *request, guint status, const char *member, const char *text)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&dict, "{sv}", member,
                         g_variant_new_take_string (g_utf8_make_valid (text, -1)));
  tyto_http_request_respond_json (request, status, g_variant_builder_end (&dict));
}

static void
respond_error (TytoHttpRequest *request, const GError *error)
{
  g_autofree char *why = tyto_error_why (error);

  respond (request, tyto_error_info (error)->http_status, "error", why);
}

/* --- Who speaks --- */

/* FALSE: it was answered. */
static gboolean
check_signature (TytoHttpRequest *request)
{
  TytoSettings *settings = tyto_recorder_get_settings (tyto_http_request_get_recorder (request));
  const char *digest = tyto_http_request_get_header (request, "X-Hub-Signature-256");
  g_autoptr (GBytes) body = tyto_http_request_dup_bytes (request);
  g_autoptr (GError) error = NULL;
  g_autofree char *secret = NULL;
  TytoWebhookProof proof = {
    .id = tyto_http_request_get_header (request, "webhook-id"),
    .timestamp = tyto_http_request_get_header (request, "webhook-timestamp"),
    .signature = tyto_http_request_get_header (request, "webhook-signature"),
    .digest = digest != NULL ? digest : tyto_http_request_get_header (request, "X-Signature-256"),
  };
  gboolean right;

  if (*tyto_settings_get_string (settings, "stream-webhook-secret") == '\0')
    return TRUE;
  secret = tyto_settings_get_secret (settings, "stream-webhook-secret", &error);
  if (secret == NULL || *secret == '\0') {
    g_warning ("Announcements of broadcasts are turned away, stream-webhook-secret cannot be "
               "read: %s",
               error != NULL ? error->message : "it is empty");
    respond (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "error", "Signatures cannot be checked now");
    return FALSE;
  }
  right = tyto_webhook_verify (secret, &proof, body, tyto_time_now () / G_USEC_PER_SEC, &error);
  explicit_bzero (secret, strlen (secret));
  if (!right) {
    g_info ("An announcement of a broadcast was turned away: %s", error->message);
    respond (request, SOUP_STATUS_UNAUTHORIZED, "error", "Invalid signature");
  }
  return right;
}

/* --- What is said --- */

static gboolean
refuse (GError **error, const char *text)
{
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "%s", text);
  return FALSE;
}

/* @body's member of text, "" when absent or null; NULL when it is something else. (transfer none)
 */
static const char *
get_text (GVariant *body, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (body, key, NULL);

  if (value == NULL || g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
    return "";
  return g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? tyto_dict_string (body, key, "")
                                                             : NULL;
}

static gboolean
read_text (GVariant *body, const char *key, const char **text, GError **error)
{
  *text = get_text (body, key);
  if (*text == NULL)
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The %s is no text", key);
  return *text != NULL;
}

/* What @body says, in @event, whose strings stay @body's; what they may be, the core knows. Members
 * that are not named are a newer service's: passed over. */
static gboolean
read_event (GVariant *body, TytoStreamEvent *event, GError **error)
{
  const char *name = get_text (body, "event");
  const char *time = get_text (body, "timestamp");

  event->started = g_strcmp0 (name, "stream.started") == 0;
  if (!event->started && g_strcmp0 (name, "stream.ended") != 0)
    return refuse (error, "Invalid event type");
  if (!read_text (body, "stream_id", &event->stream_id, error)
      || !read_text (body, "stream_key", &event->stream_key, error)
      || !read_text (body, "user_id", &event->user_id, error)
      || !read_text (body, "playlist_url", &event->playlist_url, error))
    return FALSE;
  if (*event->stream_id == '\0')
    return refuse (error, "The stream_id is missing");
  if (time == NULL || !tyto_time_parse (time, &event->at_us, NULL) || event->at_us < 0)
    return refuse (error, "The timestamp is no time like 2025-10-05T18:00:00Z");
  return TRUE;
}

static void
on_taken (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;

  if (tyto_broadcasts_take_event_finish (TYTO_BROADCASTS (source), result, &error))
    respond (request, SOUP_STATUS_OK, "message", "Webhook processed successfully");
  else
    respond_error (request, error);
}

static void
take_event (TytoHttpRequest *request, gpointer user_data)
{
  TytoRecorder *recorder = tyto_http_request_get_recorder (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) body = NULL;
  TytoStreamEvent event;

  if (!check_signature (request))
    return;
  body = tyto_http_request_dup_body (request, &error);
  if (body == NULL || !read_event (body, &event, &error)) {
    respond_error (request, error);
    return;
  }
  tyto_broadcasts_take_event_async (tyto_recorder_get_broadcasts (recorder), &event, "webhook",
                                    tyto_http_request_get_cancellable (request), on_taken,
                                    g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "POST", "/webhook/stream", take_event, TYTO_HTTP_ROUTE_JSON | TYTO_HTTP_ROUTE_SIGNED },
};

void
tyto_http_stream_webhook_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
