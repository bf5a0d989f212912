/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-response.h: fills in the answer of a libsoup message, with the headers every answer
 * has (nosniff, no-store unless something else was set, same-origin). */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Only status and common headers: for a body that is streamed. */
void tyto_http_response_begin (SoupServerMessage *message, guint status);

/* @content_type NULL: no body. @text: (transfer full) (nullable) */
void tyto_http_response_set (SoupServerMessage *message, guint status, const char *content_type,
                             char *text);

/* As problem+json; sets WWW-Authenticate too where the error is about the token. */
void tyto_http_response_set_error (SoupServerMessage *message, const GError *error);

/* The path of the request, still percent-encoded. (transfer none) */
const char *tyto_http_response_get_path (SoupServerMessage *message);

G_END_DECLS
