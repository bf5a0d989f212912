/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-response.h"

#include "api/http/tyto-http-problem.h"

#include <string.h>

/* RFC 6585, section 4; when another camera is stopped cannot be known. */
#define QUOTA_STATUS        429
#define QUOTA_RETRY_SECONDS "30"

const char *
tyto_http_response_get_path (SoupServerMessage *message)
{
  GUri *uri = soup_server_message_get_uri (message);

  return uri != NULL ? g_uri_get_path (uri) : "";
}

/* After "100 Continue" libsoup forgets all response headers, so none can be set earlier. */
void
tyto_http_response_begin (SoupServerMessage *message, guint status)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  soup_message_headers_replace (headers, "X-Content-Type-Options", "nosniff");
  soup_message_headers_replace (headers, "Cross-Origin-Resource-Policy", "same-origin");
  if (soup_message_headers_get_one (headers, "Cache-Control") == NULL)
    soup_message_headers_append (headers, "Cache-Control", "no-store");
  if (soup_message_headers_get_one (headers, "Date") == NULL) {
    g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
    g_autofree char *text = soup_date_time_to_string (now, SOUP_DATE_HTTP);

    soup_message_headers_append (headers, "Date", text);
  }
  soup_server_message_set_status (message, status, NULL);
}

void
tyto_http_response_set (SoupServerMessage *message, guint status, const char *content_type,
                        char *text)
{
  g_autofree char *owned = text;

  soup_message_body_truncate (soup_server_message_get_response_body (message));
  if (content_type == NULL || owned == NULL)
    soup_server_message_set_response (message, NULL, SOUP_MEMORY_STATIC, NULL, 0);
  else {
    gsize length = strlen (owned);

    soup_server_message_set_response (message, content_type, SOUP_MEMORY_TAKE,
                                      g_steal_pointer (&owned), length);
  }
  tyto_http_response_begin (message, status);
}

void
tyto_http_response_set_error (SoupServerMessage *message, const GError *error)
{
  guint status;
  char *text = tyto_http_problem_from_error (error, tyto_http_response_get_path (message), &status);

  if (status == SOUP_STATUS_UNAUTHORIZED)
    soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                  "WWW-Authenticate", "Bearer realm=\"tyto\"");
  if (status == QUOTA_STATUS)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                  QUOTA_RETRY_SECONDS);
  tyto_http_response_set (message, status, TYTO_HTTP_PROBLEM_TYPE, text);
}
