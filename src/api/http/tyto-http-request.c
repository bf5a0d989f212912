/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-request.h"

#include "api/http/tyto-http-problem.h"
#include "api/http/tyto-http-response.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

struct _TytoHttpRequest {
  GObject parent_instance;

  SoupServerMessage *message;
  TytoRecorder *recorder;
  GCancellable *cancellable;
  GStrv captures;
  GHashTable *query; /* (nullable) (element-type utf8 utf8) */
  gboolean answered;
  gboolean gone;
};

G_DEFINE_FINAL_TYPE (TytoHttpRequest, tyto_http_request, G_TYPE_OBJECT)

static void
on_gone (TytoHttpRequest *self)
{
  self->gone = TRUE;
}

TytoHttpRequest *
tyto_http_request_new (SoupServerMessage *message, TytoRecorder *recorder, TytoHttpMatch *match,
                       GCancellable *cancellable)
{
  TytoHttpRequest *self = g_object_new (TYTO_TYPE_HTTP_REQUEST, NULL);

  self->message = g_object_ref (message);
  self->recorder = g_object_ref (recorder);
  self->cancellable = g_object_ref (cancellable);
  self->captures = g_steal_pointer (&match->captures);
  g_signal_connect_object (message, "finished", G_CALLBACK (on_gone), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (message, "disconnected", G_CALLBACK (on_gone), self, G_CONNECT_SWAPPED);
  soup_server_message_pause (message);
  return self;
}

TytoRecorder *
tyto_http_request_get_recorder (TytoHttpRequest *self)
{
  return self->recorder;
}

SoupServerMessage *
tyto_http_request_get_message (TytoHttpRequest *self)
{
  return self->message;
}

GCancellable *
tyto_http_request_get_cancellable (TytoHttpRequest *self)
{
  return self->cancellable;
}

const char *
tyto_http_request_get_header (TytoHttpRequest *self, const char *name)
{
  return soup_message_headers_get_one (soup_server_message_get_request_headers (self->message),
                                       name);
}

void
tyto_http_request_set_header (TytoHttpRequest *self, const char *name, const char *value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (self->message), name,
                                value);
}

gboolean
tyto_http_request_is_gone (TytoHttpRequest *self)
{
  return self->gone;
}

const char *
tyto_http_request_get_capture (TytoHttpRequest *self, guint n)
{
  g_return_val_if_fail (n < g_strv_length (self->captures), NULL);
  return self->captures[n];
}

const char *
tyto_http_request_get_camera (TytoHttpRequest *self)
{
  const char *id = tyto_http_request_get_capture (self, 0);
  g_autoptr (GError) error = NULL;

  if (tyto_id_check (id, &error))
    return id;
  tyto_http_request_respond_error (self, error);
  return NULL;
}

static gboolean
add_parameter (TytoHttpRequest *self, const char *name, const char *value, char **known,
               GError **error)
{
  g_autofree char *list = g_strjoinv (", ", known);

  if (!g_strv_contains ((const char *const *) known, name)) {
    g_autofree char *hint = *known == NULL ? g_strdup ("This path takes none.")
                                           : g_strdup_printf ("Known are: %s.", list);

    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint,
                    "The query has the unknown parameter \"%s\"", name);
    return FALSE;
  }
  if (g_hash_table_contains (self->query, name)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Give it once.",
                    "The query has the parameter \"%s\" twice", name);
    return FALSE;
  }
  g_hash_table_insert (self->query, g_strdup (name), g_strdup (value));
  return TRUE;
}

static gboolean
parse_query (TytoHttpRequest *self, const char *query, const TytoHttpRoute *route, GError **error)
{
  g_auto (GStrv) known = g_strsplit (route->query != NULL ? route->query : "", ",", -1);
  g_autoptr (GError) local = NULL;
  GUriParamsIter iter;
  char *name;
  char *value;

  g_uri_params_iter_init (&iter, query, -1, "&", G_URI_PARAMS_WWW_FORM);
  while (g_uri_params_iter_next (&iter, &name, &value, &local)) {
    g_autofree char *own_name = name;
    g_autofree char *own_value = value;

    if (!add_parameter (self, own_name, own_value, known, error))
      return FALSE;
  }
  if (local != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Write it as name=value&name=value.",
                    "The query cannot be read (%s)", local->message);
    return FALSE;
  }
  return TRUE;
}

gboolean
tyto_http_request_read_query (TytoHttpRequest *self, const TytoHttpRoute *route)
{
  const char *query = g_uri_get_query (soup_server_message_get_uri (self->message));
  g_autoptr (GError) error = NULL;

  self->query = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (query == NULL || *query == '\0' || parse_query (self, query, route, &error))
    return TRUE;
  tyto_http_request_respond_error (self, error);
  return FALSE;
}

const char *
tyto_http_request_get_query (TytoHttpRequest *self, const char *name)
{
  return g_hash_table_lookup (self->query, name);
}

GBytes *
tyto_http_request_dup_bytes (TytoHttpRequest *self)
{
  return soup_message_body_flatten (soup_server_message_get_request_body (self->message));
}

GVariant *
tyto_http_request_dup_body (TytoHttpRequest *self, GError **error)
{
  g_autoptr (GBytes) bytes = tyto_http_request_dup_bytes (self);
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  if (length == 0) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Send a JSON object with Content-Type: application/json.",
                    "The request has no body");
    return NULL;
  }
  return tyto_json_to_variant (text, length, error);
}

static void
resume (TytoHttpRequest *self)
{
  self->answered = TRUE;
  if (!self->gone)
    soup_server_message_unpause (self->message);
}

void
tyto_http_request_respond_text (TytoHttpRequest *self, guint status, const char *content_type,
                                char *text)
{
  tyto_http_response_set (self->message, status, content_type, text);
  resume (self);
}

void
tyto_http_request_respond_json_text (TytoHttpRequest *self, guint status, char *text)
{
  tyto_http_request_respond_text (self, status, "application/json", text);
}

void
tyto_http_request_respond_json (TytoHttpRequest *self, guint status, GVariant *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);

  tyto_http_request_respond_json_text (self, status, tyto_json_from_variant (owned, FALSE));
}

void
tyto_http_request_respond_empty (TytoHttpRequest *self, guint status)
{
  tyto_http_request_respond_text (self, status, NULL, NULL);
}

void
tyto_http_request_respond_error (TytoHttpRequest *self, const GError *error)
{
  tyto_http_response_set_error (self->message, error);
  resume (self);
}

void
tyto_http_request_respond_problem (TytoHttpRequest *self, guint status, const char *name,
                                   const char *title, const char *detail, const char *hint)
{
  const char *path = tyto_http_response_get_path (self->message);

  tyto_http_request_respond_text (self, status, TYTO_HTTP_PROBLEM_TYPE,
                                  tyto_http_problem_new (status, name, title, detail, hint, path));
}

void
tyto_http_request_respond_stream (TytoHttpRequest *self, guint status)
{
  tyto_http_response_begin (self->message, status);
  resume (self);
}

static void
tyto_http_request_dispose (GObject *object)
{
  TytoHttpRequest *self = TYTO_HTTP_REQUEST (object);

  if (!self->answered && self->message != NULL) {
    g_autoptr (GError) error = NULL;

    tyto_set_error (&error, TYTO_ERROR_INTERNAL, "Please report it with what was asked.",
                    "The request was not answered");
    tyto_http_request_respond_error (self, error);
  }
  G_OBJECT_CLASS (tyto_http_request_parent_class)->dispose (object);
}

static void
tyto_http_request_finalize (GObject *object)
{
  TytoHttpRequest *self = TYTO_HTTP_REQUEST (object);

  g_clear_object (&self->message);
  g_clear_object (&self->recorder);
  g_clear_object (&self->cancellable);
  g_strfreev (self->captures);
  g_clear_pointer (&self->query, g_hash_table_unref);
  G_OBJECT_CLASS (tyto_http_request_parent_class)->finalize (object);
}

static void
tyto_http_request_class_init (TytoHttpRequestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_http_request_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_http_request_finalize;
}

static void
tyto_http_request_init (TytoHttpRequest *self)
{
}
