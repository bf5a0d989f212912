/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-auth.h"

#include "base/tyto-error.h"

#include <string.h>

#define DIGEST_BYTES 32

struct _TytoHttpAuth {
  GObject parent_instance;

  TytoSettings *settings;
  gboolean has_token;
  guint8 digest[DIGEST_BYTES]; /* SHA-256 of the token: the token itself is not kept */
};

G_DEFINE_FINAL_TYPE (TytoHttpAuth, tyto_http_auth, G_TYPE_OBJECT)

static void
digest_of (const char *text, guint8 *digest)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = DIGEST_BYTES;

  g_checksum_update (checksum, (const guchar *) text, strlen (text));
  g_checksum_get_digest (checksum, digest, &length);
}

static gboolean
load_token (TytoHttpAuth *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *token = tyto_settings_get_token (self->settings, &local);

  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  self->has_token = token != NULL;
  if (token != NULL) {
    digest_of (token, self->digest);
    explicit_bzero (token, strlen (token));
  }
  return TRUE;
}

static void
on_token_file_changed (TytoHttpAuth *self)
{
  g_autoptr (GError) error = NULL;
  gboolean had_token = self->has_token;
  guint8 old[DIGEST_BYTES];

  memcpy (old, self->digest, sizeof old);
  if (!load_token (self, &error)) {
    g_warning ("The new token cannot be read, the old one stays: %s", error->message);
    return;
  }
  /* The address may be open to the network by now: only a restart may drop the token. */
  if (had_token && !self->has_token) {
    memcpy (self->digest, old, sizeof old);
    self->has_token = TRUE;
    g_warning ("The token was taken away; it stays valid until tytod is started anew");
  }
}

TytoHttpAuth *
tyto_http_auth_new (TytoSettings *settings, GError **error)
{
  g_autoptr (TytoHttpAuth) self = g_object_new (TYTO_TYPE_HTTP_AUTH, NULL);

  self->settings = g_object_ref (settings);
  if (!load_token (self, error))
    return NULL;
  g_signal_connect_object (settings, "notify::token-file", G_CALLBACK (on_token_file_changed), self,
                           G_CONNECT_SWAPPED);
  return g_steal_pointer (&self);
}

gboolean
tyto_http_auth_has_token (TytoHttpAuth *self)
{
  return self->has_token;
}

gboolean
tyto_http_auth_wants_signature (TytoHttpAuth *self)
{
  return *tyto_settings_get_string (self->settings, "stream-webhook-secret") != '\0';
}

gboolean
tyto_http_auth_check_address (TytoHttpAuth *self, GInetAddress *address, GError **error)
{
  g_autofree char *text = NULL;

  if (self->has_token || g_inet_address_get_is_loopback (address))
    return TRUE;
  text = g_inet_address_to_string (address);
  tyto_set_error (
      error, TYTO_ERROR_FORBIDDEN,
      "Set token-file to a file with a secret token, or http-address to 127.0.0.1.",
      "The API does not listen on %s without a token: anybody could control the cameras", text);
  return FALSE;
}

/* Takes the same time wherever the first difference is. */
static gboolean
is_token (TytoHttpAuth *self, const char *candidate)
{
  guint8 digest[DIGEST_BYTES];
  guint8 difference = 0;

  digest_of (candidate, digest);
  for (guint i = 0; i < DIGEST_BYTES; i++)
    difference |= digest[i] ^ self->digest[i];
  return difference == 0;
}

static gboolean
check_token (TytoHttpAuth *self, SoupServerMessage *message, GError **error)
{
  const char *value = soup_message_headers_get_one (
      soup_server_message_get_request_headers (message), "Authorization");

  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", 7) != 0) {
    tyto_set_error (error, TYTO_ERROR_UNAUTHORIZED,
                    "Send the header \"Authorization: Bearer TOKEN\".",
                    "The request has no bearer token");
    return FALSE;
  }
  if (!is_token (self, g_strstrip (strdupa (value + 7)))) {
    tyto_set_error (error, TYTO_ERROR_UNAUTHORIZED,
                    "Use the token in the file that token-file names.",
                    "The bearer token is not the right one");
    return FALSE;
  }
  return TRUE;
}

static gboolean
is_local_name (const char *host)
{
  g_autoptr (GInetAddress) address = NULL;

  if (host == NULL)
    return FALSE;
  if (g_ascii_strcasecmp (host, "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
check_local (SoupServerMessage *message, GError **error)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  GUri *uri = soup_server_message_get_uri (message);
  const char *host = soup_message_headers_get_one (headers, "Host");
  const char *origin = soup_message_headers_get_one (headers, "Origin");
  const char *site = soup_message_headers_get_one (headers, "Sec-Fetch-Site");
  g_autofree char *own = g_strconcat ("http://", host != NULL ? host : "", NULL);

  if (!is_local_name (g_uri_get_host (uri))) {
    tyto_set_error (error, TYTO_ERROR_FORBIDDEN,
                    "Ask by 127.0.0.1 or localhost, or set a token-file.",
                    "Without a token only names of this machine are answered");
    return FALSE;
  }
  if ((origin != NULL && g_ascii_strcasecmp (origin, own) != 0)
      || (site != NULL && g_str_equal (site, "cross-site"))) {
    tyto_set_error (error, TYTO_ERROR_FORBIDDEN, "Open the page of Tyto itself.",
                    "A page from elsewhere may not use the API");
    return FALSE;
  }
  return TRUE;
}

gboolean
tyto_http_auth_check (TytoHttpAuth *self, SoupServerMessage *message, GError **error)
{
  return self->has_token ? check_token (self, message, error) : check_local (message, error);
}

static void
tyto_http_auth_finalize (GObject *object)
{
  TytoHttpAuth *self = TYTO_HTTP_AUTH (object);

  explicit_bzero (self->digest, sizeof self->digest);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (tyto_http_auth_parent_class)->finalize (object);
}

static void
tyto_http_auth_class_init (TytoHttpAuthClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_auth_finalize;
}

static void
tyto_http_auth_init (TytoHttpAuth *self)
{
}
