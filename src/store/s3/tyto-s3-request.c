/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/s3/tyto-s3-request.h"

#include "base/tyto-error.h"
#include "base/tyto-sha256.h"
#include "store/s3/tyto-sigv4.h"

#include <string.h>

/* Smaller bodies are hashed at once: it takes less than to ask a thread. */
#define HASH_IN_THREAD (256 * 1024)

/* An answer of 1000 keys, each three times as long in its percent-encoding. */
#define XML_LIMIT (8 * 1024 * 1024)

static void
header_free (gpointer data)
{
  TytoS3Header *header = data;

  g_free (header->name);
  g_free (header->value);
  g_free (header);
}

TytoS3Request *
tyto_s3_request_new (const char *method, const char *key, TytoS3AnswerKind answer)
{
  TytoS3Request *self = g_new0 (TytoS3Request, 1);

  self->method = method;
  self->key = g_strdup (key);
  self->query = g_string_new (NULL);
  self->headers = g_ptr_array_new_with_free_func (header_free);
  self->answer = answer;
  self->answer_limit = XML_LIMIT;
  self->sha256 = g_strdup (TYTO_SIGV4_EMPTY_SHA256);
  return self;
}

void
tyto_s3_request_free (TytoS3Request *self)
{
  g_free (self->key);
  g_string_free (self->query, TRUE);
  g_ptr_array_unref (self->headers);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_object (&self->file);
  g_free (self->sha256);
  g_free (self);
}

void
tyto_s3_request_add_query (TytoS3Request *self, const char *name, const char *value)
{
  g_autofree char *encoded_name = tyto_sigv4_encode (name, FALSE);
  g_autofree char *encoded = tyto_sigv4_encode (value != NULL ? value : "", FALSE);

  g_string_append_printf (self->query, "%s%s=%s", self->query->len > 0 ? "&" : "", encoded_name,
                          encoded);
}

void
tyto_s3_request_add_header (TytoS3Request *self, const char *name, const char *value)
{
  TytoS3Header *header = g_new (TytoS3Header, 1);

  *header = (TytoS3Header){ g_strdup (name), g_strdup (value) };
  g_ptr_array_add (self->headers, header);
}

void
tyto_s3_request_set_body (TytoS3Request *self, GBytes *body, const char *sha256)
{
  gsize length = 0;
  gconstpointer data = g_bytes_get_data (body, &length);

  self->body = g_bytes_ref (body);
  self->length = length;
  g_free (self->sha256);
  self->sha256 = g_strdup (sha256);
  if (sha256 == NULL && length < HASH_IN_THREAD)
    self->sha256 = tyto_sha256_of (data, length);
}

void
tyto_s3_request_set_file (TytoS3Request *self, GFile *file, guint64 offset, guint64 length,
                          const char *sha256)
{
  self->file = g_object_ref (file);
  self->offset = offset;
  self->length = length;
  g_free (self->sha256);
  self->sha256 = g_strdup (sha256);
}

gboolean
tyto_s3_key_check (const char *key, GError **error)
{
  gsize length = strlen (key);

  if (length >= 1 && length <= 1024 && g_utf8_validate (key, (gssize) length, NULL))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                  "A key is 1 to 1024 bytes of UTF-8, and this one has %" G_GSIZE_FORMAT, length);
  return FALSE;
}

/* libsoup sends path and query as they are given with these flags. */
GUri *
tyto_s3_config_build_uri (const TytoS3Config *config, const char *key, const char *query)
{
  g_autoptr (GUri) endpoint = g_uri_parse (config->endpoint, SOUP_HTTP_URI_FLAGS, NULL);
  g_autofree char *encoded = tyto_sigv4_encode (key != NULL ? key : "", TRUE);
  gboolean virtual = config->addressing == TYTO_S3_ADDRESSING_VIRTUAL;
  g_autofree char *host = virtual
                              ? g_strdup_printf ("%s.%s", config->bucket, g_uri_get_host (endpoint))
                              : g_strdup (g_uri_get_host (endpoint));
  g_autofree char *path = virtual       ? g_strconcat ("/", encoded, NULL)
                          : key == NULL ? g_strconcat ("/", config->bucket, NULL)
                                        : g_strconcat ("/", config->bucket, "/", encoded, NULL);

  return g_uri_build (SOUP_HTTP_URI_FLAGS, g_uri_get_scheme (endpoint), NULL, host,
                      g_uri_get_port (endpoint), path,
                      query != NULL && *query != '\0' ? query : NULL, NULL);
}

char *
tyto_s3_uri_host (GUri *uri)
{
  const char *host = g_uri_get_host (uri);
  g_autofree char *ascii
      = g_hostname_is_non_ascii (host) ? g_hostname_to_ascii (host) : g_strdup (host);
  g_autofree char *shown
      = strchr (host, ':') != NULL ? g_strdup_printf ("[%s]", host) : g_steal_pointer (&ascii);
  int port = g_uri_get_port (uri);
  int usual = strcmp (g_uri_get_scheme (uri), "https") == 0 ? 443 : 80;

  if (port == -1 || port == usual)
    return g_steal_pointer (&shown);
  return g_strdup_printf ("%s:%d", shown, port);
}

/* Puts what is signed into @message, and signs it. */
static void
sign_message (SoupMessage *message, const TytoS3Request *self, const TytoS3Config *config,
              gint64 time)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  GUri *uri = soup_message_get_uri (message);
  g_autofree char *host = tyto_s3_uri_host (uri);
  g_autofree char *date = tyto_sigv4_format_time (time);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (TytoSigv4Header));
  const TytoSigv4Header own[] = {
    { "x-amz-date", date },
    { "x-amz-content-sha256", self->sha256 },
    { "x-amz-security-token", config->session_token }, /* last: there may be none */
  };
  guint n_own = *config->session_token != '\0' ? 3 : 2;
  TytoSigv4Scope scope = { config->access_key, config->secret_key, config->region, "s3", time };
  TytoSigv4Request request = { self->method, g_uri_get_path (uri), self->query->str };
  g_autofree char *authorization = NULL;

  g_array_append_vals (all, &(TytoSigv4Header){ "host", host }, 1);
  for (guint i = 0; i < self->headers->len; i++) {
    const TytoS3Header *header = self->headers->pdata[i];

    g_array_append_vals (all, &(TytoSigv4Header){ header->name, header->value }, 1);
  }
  g_array_append_vals (all, own, n_own);
  for (guint i = 1; i < all->len; i++) {
    const TytoSigv4Header *header = &g_array_index (all, TytoSigv4Header, i);

    soup_message_headers_replace (headers, header->name, header->value);
  }
  request.headers = (const TytoSigv4Header *) (gpointer) all->data;
  request.n_headers = all->len;
  request.payload = self->sha256;
  authorization = tyto_sigv4_authorization (&request, &scope);
  soup_message_headers_replace (headers, "Authorization", authorization);
}

SoupMessage *
tyto_s3_request_sign (const TytoS3Request *self, const TytoS3Config *config, gint64 time)
{
  g_autoptr (GUri) uri = tyto_s3_config_build_uri (config, self->key, self->query->str);
  SoupMessage *message = soup_message_new_from_uri (self->method, uri);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_DO_NOT_USE_AUTH_CACHE);
  if (self->body != NULL)
    soup_message_set_request_body_from_bytes (message, NULL, self->body);
  if (self->ask_first && self->length > 0) {
    SoupMessageHeaders *headers = soup_message_get_request_headers (message);

    soup_message_headers_set_expectations (headers, SOUP_EXPECTATION_CONTINUE);
    /* A server that refused may still wait for the body on this connection. */
    soup_message_headers_replace (headers, "Connection", "close");
  }
  sign_message (message, self, config, time);
  return message;
}
