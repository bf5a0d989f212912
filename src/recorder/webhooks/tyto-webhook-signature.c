/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-signature.h"

#include "base/tyto-error.h"

#include <string.h>
#include <sys/random.h>

#define PREFIX    "whsec_"
#define NEW_BYTES 32
#define MIN_BYTES 24
#define MAX_BYTES 64

#define DIGEST_BYTES 32

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

/* Of @text, then @body (nullable). */
static void
compute (GBytes *key, const char *text, GBytes *body, guint8 *digest)
{
  g_autoptr (GHmac) hmac
      = g_hmac_new (G_CHECKSUM_SHA256, g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  gsize length = DIGEST_BYTES;

  g_hmac_update (hmac, (const guchar *) text, (gssize) strlen (text));
  if (body != NULL && g_bytes_get_size (body) > 0)
    g_hmac_update (hmac, g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body));
  g_hmac_get_digest (hmac, digest, &length);
}

static char *
sign (GBytes *key, const char *text)
{
  guint8 digest[DIGEST_BYTES];

  compute (key, text, NULL, digest);
  return g_base64_encode (digest, sizeof digest);
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

/* --- Of those that come --- */

static gboolean
refuse (GError **error, const char *why)
{
  tyto_set_error (error, TYTO_ERROR_UNAUTHORIZED,
                  "Sign with the secret in stream-webhook-secret (Standard Webhooks, or "
                  "X-Hub-Signature-256).",
                  "%s", why);
  return FALSE;
}

/* Takes the same time wherever the first difference is. */
static gboolean
is_equal (const guint8 *a, const guint8 *b)
{
  guint8 difference = 0;

  for (guint i = 0; i < DIGEST_BYTES; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

/* Whether one of @signature's, `v1,BASE64` separated by spaces, is @digest. */
static gboolean
has_signature (const char *signature, const guint8 *digest)
{
  g_auto (GStrv) parts = g_strsplit (signature, " ", -1);
  gboolean found = FALSE;

  for (guint i = 0; parts[i] != NULL; i++) {
    g_autofree guchar *bytes = NULL;
    gsize length = 0;

    if (!g_str_has_prefix (parts[i], "v1,"))
      continue; /* another scheme's */
    bytes = g_base64_decode (parts[i] + strlen ("v1,"), &length);
    found |= length == DIGEST_BYTES && is_equal (bytes, digest);
  }
  return found;
}

static gboolean
verify_signature (const char *secret, const TytoWebhookProof *proof, GBytes *body, gint64 now,
                  GError **error)
{
  g_autoptr (GBytes) key = decode (secret);
  g_autofree char *text = NULL;
  guint8 digest[DIGEST_BYTES];
  gint64 timestamp;

  if (proof->id == NULL || proof->timestamp == NULL
      || !g_ascii_string_to_signed (proof->timestamp, 10, 0, G_MAXINT64, &timestamp, NULL))
    return refuse (error, "The request has no webhook-id, or no webhook-timestamp");
  if (timestamp < now - TYTO_WEBHOOK_TOLERANCE || timestamp > now + TYTO_WEBHOOK_TOLERANCE)
    return refuse (error, "The webhook-timestamp is not of the last five minutes");
  if (key == NULL)
    key = g_bytes_new (secret, strlen (secret));
  text = g_strdup_printf ("%s.%s.", proof->id, proof->timestamp);
  compute (key, text, body, digest);
  return has_signature (proof->signature, digest)
         || refuse (error, "The webhook-signature is not that of this body");
}

static gboolean
decode_hex (const char *text, guint8 *digest)
{
  if (strlen (text) != 2 * DIGEST_BYTES)
    return FALSE;
  for (guint i = 0; i < DIGEST_BYTES; i++) {
    int high = g_ascii_xdigit_value (text[2 * i]);
    int low = g_ascii_xdigit_value (text[2 * i + 1]);

    if (high < 0 || low < 0)
      return FALSE;
    digest[i] = (guint8) (high << 4 | low);
  }
  return TRUE;
}

gboolean
tyto_webhook_verify (const char *secret, const TytoWebhookProof *proof, GBytes *body, gint64 now,
                     GError **error)
{
  g_autoptr (GBytes) key = NULL;
  const char *hex = proof->digest;
  guint8 told[DIGEST_BYTES], digest[DIGEST_BYTES];

  if (proof->signature != NULL)
    return verify_signature (secret, proof, body, now, error);
  if (hex == NULL)
    return refuse (error, "The request is not signed");
  if (g_ascii_strncasecmp (hex, "sha256=", 7) == 0)
    hex += 7;
  key = g_bytes_new (secret, strlen (secret));
  compute (key, "", body, digest);
  return (decode_hex (hex, told) && is_equal (told, digest))
         || refuse (error, "The signature is not that of this body");
}
