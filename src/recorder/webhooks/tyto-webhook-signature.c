/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-signature.h"

#include "base/tyto-error.h"

#include <string.h>
#include <sys/random.h>

#define PREFIX    "whsec_"
#define NEW_BYTES 32
#define MIN_BYTES 24
#define MAX_BYTES 64

char *
tyto_webhook_secret_new (void)
{
  guchar bytes[NEW_BYTES];
  g_autofree char *text = NULL;

  /* Up to 256 bytes come whole or not at all (getrandom(2)). */
  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    g_error ("The system has no random numbers");
  text = g_base64_encode (bytes, sizeof bytes);
  return g_strconcat (PREFIX, text, NULL);
}

/* The key in @secret, or NULL when it is none. (transfer full) */
static GBytes *
decode (const char *secret)
{
  g_autofree guchar *bytes = NULL;
  g_autofree char *again = NULL;
  gsize length;

  if (!g_str_has_prefix (secret, PREFIX))
    return NULL;
  secret += strlen (PREFIX);
  bytes = g_base64_decode (secret, &length);
  if (length < MIN_BYTES || length > MAX_BYTES)
    return NULL;
  /* g_base64_decode() passes over what is no base64: receivers would not. */
  again = g_base64_encode (bytes, length);
  return g_str_equal (again, secret) ? g_bytes_new_take (g_steal_pointer (&bytes), length) : NULL;
}

gboolean
tyto_webhook_secret_check (const char *secret, GError **error)
{
  g_autoptr (GBytes) key = decode (secret);

  if (key != NULL)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Leave it out to have one made, or make one: "
                  "echo whsec_$(openssl rand -base64 32).",
                  "The secret is not \"" PREFIX "\" and the base64 of %d to %d bytes", MIN_BYTES,
                  MAX_BYTES);
  return FALSE;
}

static char *
sign (GBytes *key, const char *text)
{
  g_autoptr (GHmac) hmac
      = g_hmac_new (G_CHECKSUM_SHA256, g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  guint8 digest[32];
  gsize length = sizeof digest;

  g_hmac_update (hmac, (const guchar *) text, -1);
  g_hmac_get_digest (hmac, digest, &length);
  return g_base64_encode (digest, length);
}

char *
tyto_webhook_sign (const char *const *secrets, const char *id, gint64 timestamp, const char *body)
{
  g_autofree char *text = g_strdup_printf ("%s.%" G_GINT64_FORMAT ".%s", id, timestamp, body);
  GString *header = g_string_new (NULL);

  for (guint i = 0; secrets[i] != NULL; i++) {
    g_autoptr (GBytes) key = decode (secrets[i]);
    g_autofree char *signature = key != NULL ? sign (key, text) : NULL;

    if (signature != NULL)
      g_string_append_printf (header, "%sv1,%s", header->len > 0 ? " " : "", signature);
  }
  return g_string_free (header, FALSE);
}
