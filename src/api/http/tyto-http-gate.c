/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-gate.h"

#include "api/http/tyto-http-problem.h"
#include "api/http/tyto-http-response.h"
#include "base/tyto-error.h"

struct _TytoHttpGate {
  GObject parent_instance;

  TytoHttpAuth *auth;
  TytoHttpRouter *router;
  TytoHttpLimits *limits;
};

G_DEFINE_FINAL_TYPE (TytoHttpGate, tyto_http_gate, G_TYPE_OBJECT)

static const char malformed[]
    = "{\"type\":\"/problems/invalid-argument\",\"title\":\"The request is malformed\","
      "\"detail\":\"The request's header is not one of HTTP/1.1\","
      "\"hint\":\"See RFC 9112 for how one is written.\"}";

/* At once and without reading the body to its end, as libsoup would. */
static void
refuse (TytoHttpGate *self, SoupServerMessage *message, const GError *error)
{
  TytoHttpConnection *connection = tyto_http_limits_find (self->limits, message);
  guint status;
  g_autofree char *text
      = tyto_http_problem_from_error (error, tyto_http_response_get_path (message), &status);

  if (connection != NULL)
    tyto_http_connection_refuse (connection, message, status, TYTO_HTTP_PROBLEM_TYPE, text);
}

static void
refuse_too_large (TytoHttpGate *self, SoupServerMessage *message)
{
  g_autoptr (GError) error = NULL;

  tyto_set_error (&error, TYTO_ERROR_TOO_LARGE, "Send less.",
                  "The request's body is larger than %d bytes", TYTO_HTTP_BODY_MAX);
  refuse (self, message, error);
}

static void
on_got_chunk (TytoHttpGate *self, GBytes *chunk, SoupServerMessage *message)
{
  if (soup_server_message_get_request_body (message)->length > TYTO_HTTP_BODY_MAX)
    refuse_too_large (self, message);
}

void
tyto_http_gate_follow (TytoHttpGate *self, SoupServerMessage *message)
{
  /* Is answered when libsoup itself cannot read the header: by which status, it decides. */
  soup_server_message_set_response (message, TYTO_HTTP_PROBLEM_TYPE, SOUP_MEMORY_STATIC, malformed,
                                    sizeof malformed - 1);
  g_signal_connect_object (message, "got-chunk", G_CALLBACK (on_got_chunk), self,
                           G_CONNECT_SWAPPED);
}

static gboolean
has_body (SoupMessageHeaders *headers)
{
  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED
         || soup_message_headers_get_content_length (headers) > 0;
}

static gboolean
check_media_type (const TytoHttpRoute *route, SoupMessageHeaders *headers, GError **error)
{
  const char *type = soup_message_headers_get_content_type (headers, NULL);

  if ((route->flags & (TYTO_HTTP_ROUTE_JSON | TYTO_HTTP_ROUTE_PATCH)) == 0 || !has_body (headers))
    return TRUE; /* a body that is missing is the handler's to complain of */
  if (type != NULL
      && (g_ascii_strcasecmp (type, "application/json") == 0
          || ((route->flags & TYTO_HTTP_ROUTE_PATCH) != 0
              && g_ascii_strcasecmp (type, "application/merge-patch+json") == 0)))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, "Send JSON with Content-Type: application/json.",
                  type != NULL ? "The body's media type is %s, not JSON"
                               : "The body has no Content-Type%s",
                  type != NULL ? type : "");
  return FALSE;
}

static gboolean
check_framing (SoupMessageHeaders *headers, GError **error)
{
  /* RFC 9112, section 6.1: both together are how requests are smuggled. */
  if (soup_message_headers_get_one (headers, "Transfer-Encoding") != NULL
      && soup_message_headers_get_one (headers, "Content-Length") != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Send one of the two.",
                    "The request has both Content-Length and Transfer-Encoding");
    return FALSE;
  }
  return TRUE;
}

static void
answer_options (SoupServerMessage *message, const char *allow)
{
  g_autofree char *list = g_strconcat (allow, ", OPTIONS", NULL);

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow", list);
  tyto_http_response_set (message, SOUP_STATUS_NO_CONTENT, NULL, NULL);
}

static gboolean
check_route (TytoHttpGate *self, SoupServerMessage *message, TytoHttpMatch *match, GError **error)
{
  const char *method = soup_server_message_get_method (message);
  g_autofree char *allow = NULL;

  if (tyto_http_router_match (self->router, method, tyto_http_response_get_path (message), match,
                              &allow, error))
    return TRUE;
  if (allow != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Allow",
                                  allow);
  return FALSE;
}

/* Whether @route is answered whoever asks, or looks for itself. */
static gboolean
is_open (TytoHttpGate *self, const TytoHttpRoute *route)
{
  return ((route->flags & TYTO_HTTP_ROUTE_OPEN) != 0 && tyto_http_auth_has_token (self->auth))
         || ((route->flags & TYTO_HTTP_ROUTE_SIGNED) != 0
             && tyto_http_auth_wants_signature (self->auth));
}

void
tyto_http_gate_check (TytoHttpGate *self, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  g_auto (TytoHttpMatch) match = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) route_error = NULL;
  gboolean found;

  if (!check_framing (headers, &error)) {
    refuse (self, message, error);
    return;
  }
  if (soup_message_headers_get_content_length (headers) > TYTO_HTTP_BODY_MAX) {
    refuse_too_large (self, message);
    return;
  }
  found = check_route (self, message, &match, &route_error);
  /* Rights come before paths: a stranger learns nothing of what there is. */
  if (!(found && is_open (self, match.route))
      && !tyto_http_auth_check (self->auth, message, &error)) {
    soup_message_headers_remove (soup_server_message_get_response_headers (message), "Allow");
    tyto_http_response_set_error (message, error);
  } else if (!found && soup_server_message_get_method (message) == SOUP_METHOD_OPTIONS
             && g_error_matches (route_error, TYTO_ERROR, TYTO_ERROR_METHOD))
    answer_options (message, soup_message_headers_get_one (
                                 soup_server_message_get_response_headers (message), "Allow"));
  else if (!found)
    tyto_http_response_set_error (message, route_error);
  else if (!check_media_type (match.route, headers, &error))
    tyto_http_response_set_error (message, error);
  else {
    soup_message_body_truncate (soup_server_message_get_response_body (message));
    soup_message_headers_remove (soup_server_message_get_response_headers (message),
                                 "Content-Type");
  }
}

static void
tyto_http_gate_finalize (GObject *object)
{
  TytoHttpGate *self = TYTO_HTTP_GATE (object);

  g_object_unref (self->auth);
  g_object_unref (self->router);
  g_object_unref (self->limits);
  G_OBJECT_CLASS (tyto_http_gate_parent_class)->finalize (object);
}

static void
tyto_http_gate_class_init (TytoHttpGateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_gate_finalize;
}

static void
tyto_http_gate_init (TytoHttpGate *self)
{
}

TytoHttpGate *
tyto_http_gate_new (TytoHttpAuth *auth, TytoHttpRouter *router, TytoHttpLimits *limits)
{
  TytoHttpGate *self = g_object_new (TYTO_TYPE_HTTP_GATE, NULL);

  self->auth = g_object_ref (auth);
  self->router = g_object_ref (router);
  self->limits = g_object_ref (limits);
  return self;
}
