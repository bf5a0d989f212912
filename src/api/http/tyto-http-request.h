/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-request.h: one request on its way through a handler: what was asked, and the answer,
 * which may come later. One that is never answered is answered 500 when its last reference goes. */
#pragma once

#include "api/http/tyto-http-router.h"
#include "recorder/tyto-recorder.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_REQUEST (tyto_http_request_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpRequest, tyto_http_request, TYTO, HTTP_REQUEST, GObject)

/* Pauses @message until there is an answer. @match: its captures are taken. @cancellable: of the
 * server: cancelled when it stops. */
TytoHttpRequest *tyto_http_request_new (SoupServerMessage *message, TytoRecorder *recorder,
                                        TytoHttpMatch *match, GCancellable *cancellable);

TytoRecorder *tyto_http_request_get_recorder (TytoHttpRequest *self);
SoupServerMessage *tyto_http_request_get_message (TytoHttpRequest *self);
GCancellable *tyto_http_request_get_cancellable (TytoHttpRequest *self);
/* One of the request's headers, NULL when absent. */
const char *tyto_http_request_get_header (TytoHttpRequest *self, const char *name);
void tyto_http_request_set_header (TytoHttpRequest *self, const char *name, const char *value);
/* Whether the client has gone: then nothing more need be done. */
gboolean tyto_http_request_is_gone (TytoHttpRequest *self);

/* The part of the path that met the pattern's {name} number @n. */
const char *tyto_http_request_get_capture (TytoHttpRequest *self, guint n);
/* The first one when it is a camera id; else answers 400 and gives NULL. */
const char *tyto_http_request_get_camera (TytoHttpRequest *self);

/* Reads the query (WHATWG URL, application/x-www-form-urlencoded): FALSE when it cannot be decoded
 * or has a parameter twice or one that the route does not know: then 400 is answered. */
gboolean tyto_http_request_read_query (TytoHttpRequest *self, const TytoHttpRoute *route);
/* A parameter of the query read; NULL when absent. */
const char *tyto_http_request_get_query (TytoHttpRequest *self, const char *name);

/* The body as it came. (transfer full) */
GBytes *tyto_http_request_dup_bytes (TytoHttpRequest *self);
/* The body as one JSON object; NULL with INVALID_ARGUMENT: missing, malformed (where). */
GVariant *tyto_http_request_dup_body (TytoHttpRequest *self, GError **error);

/* The answer. @value: sunk when floating. @text: (transfer full) */
void tyto_http_request_respond_json (TytoHttpRequest *self, guint status, GVariant *value);
void tyto_http_request_respond_json_text (TytoHttpRequest *self, guint status, char *text);
void tyto_http_request_respond_text (TytoHttpRequest *self, guint status, const char *content_type,
                                     char *text);
void tyto_http_request_respond_empty (TytoHttpRequest *self, guint status);
void tyto_http_request_respond_error (TytoHttpRequest *self, const GError *error);
/* A problem that only HTTP knows (tyto_http_problem_new()). */
void tyto_http_request_respond_problem (TytoHttpRequest *self, guint status, const char *name,
                                        const char *title, const char *detail, const char *hint);
/* Status and headers go out; the body is the caller's to append (and to unpause for). */
void tyto_http_request_respond_stream (TytoHttpRequest *self, guint status);

G_END_DECLS
