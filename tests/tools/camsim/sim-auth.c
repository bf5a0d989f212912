/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-auth.h"

#include <string.h>

#define REALM "camsim"

void
sim_auth_clear (SimAuth *self)
{
  g_clear_pointer (&self->user, g_free);
  g_clear_pointer (&self->password, g_free);
}

char *
sim_auth_make_nonce (void)
{
  return g_strdup_printf ("%08x%08x%08x%08x", g_random_int (), g_random_int (), g_random_int (),
                          g_random_int ());
}

gboolean
sim_auth_wants (const SimAuth *self, const char *method)
{
  if (self->mode == SIM_AUTH_NONE)
    return FALSE;
  if (!self->describe_only)
    return TRUE;
  return g_str_equal (method, "DESCRIBE") || g_str_equal (method, "SETUP")
         || g_str_equal (method, "PLAY");
}

static gboolean
check_basic (const SimAuth *self, const char *encoded)
{
  g_autofree char *right = g_strdup_printf ("%s:%s", self->user, self->password);
  g_autofree char *want = g_base64_encode ((const guchar *) right, strlen (right));

  return g_strcmp0 (encoded, want) == 0;
}

/* Parses name=value and name="value" pairs. */
static GHashTable *
parse_parameters (const char *text)
{
  GHashTable *parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  while (*text != '\0') {
    gsize skip = strspn (text, " ,\t");
    gsize name = strcspn (text + skip, "= ,");
    const char *value = text + skip + name;
    gsize length;

    if (*value != '=')
      break;
    value++;
    if (*value == '"') {
      value++;
      length = strcspn (value, "\"");
    } else {
      length = strcspn (value, ", ");
    }
    g_hash_table_replace (parameters, g_ascii_strdown (text + skip, name),
                          g_strndup (value, length));
    text = value + length;
    if (*text == '"')
      text++;
  }
  return parameters;
}

static char *
hash (const SimAuth *self, const char *text)
{
  return g_compute_checksum_for_string (self->sha256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5, text,
                                        -1);
}

static char *
digest_response (const SimAuth *self, const char *method, GHashTable *parameters)
{
  const char *uri = g_hash_table_lookup (parameters, "uri");
  const char *nonce = g_hash_table_lookup (parameters, "nonce");
  const char *qop = g_hash_table_lookup (parameters, "qop");
  g_autofree char *a1 = g_strdup_printf ("%s:" REALM ":%s", self->user, self->password);
  g_autofree char *a2 = g_strdup_printf ("%s:%s", method, uri);
  g_autofree char *ha1 = hash (self, a1);
  g_autofree char *ha2 = hash (self, a2);
  g_autofree char *all = NULL;

  if (qop == NULL) {
    all = g_strdup_printf ("%s:%s:%s", ha1, nonce, ha2);
  } else {
    const char *nc = g_hash_table_lookup (parameters, "nc");
    const char *cnonce = g_hash_table_lookup (parameters, "cnonce");

    all = g_strdup_printf ("%s:%s:%s:%s:%s:%s", ha1, nonce, nc != NULL ? nc : "",
                           cnonce != NULL ? cnonce : "", qop, ha2);
  }
  return hash (self, all);
}

static SimAuthResult
check_digest (const SimAuth *self, const char *method, const char *request_uri, const char *text,
              const char *nonce, const char *old_nonce)
{
  g_autoptr (GHashTable) parameters = parse_parameters (text);
  const char *uri = g_hash_table_lookup (parameters, "uri");
  const char *given_nonce = g_hash_table_lookup (parameters, "nonce");
  const char *response = g_hash_table_lookup (parameters, "response");
  const char *realm = g_hash_table_lookup (parameters, "realm");
  const char *algorithm = g_hash_table_lookup (parameters, "algorithm");
  g_autofree char *want = NULL;

  if (uri == NULL || given_nonce == NULL || response == NULL
      || g_strcmp0 (g_hash_table_lookup (parameters, "username"), self->user) != 0
      || g_strcmp0 (realm, REALM) != 0)
    return SIM_AUTH_REFUSED;
  if (algorithm != NULL && g_ascii_strcasecmp (algorithm, self->sha256 ? "SHA-256" : "MD5") != 0)
    return SIM_AUTH_REFUSED;
  /* The URI must be the request's, or its path: clients differ. */
  if (!g_str_has_suffix (request_uri, uri))
    return SIM_AUTH_REFUSED;
  want = digest_response (self, method, parameters);
  if (g_ascii_strcasecmp (response, want) != 0)
    return SIM_AUTH_REFUSED;
  if (g_strcmp0 (given_nonce, nonce) == 0)
    return SIM_AUTH_GRANTED;
  return g_strcmp0 (given_nonce, old_nonce) == 0 ? SIM_AUTH_STALE : SIM_AUTH_REFUSED;
}

SimAuthResult
sim_auth_check (const SimAuth *self, const char *method, const char *uri, const char *authorization,
                const char *nonce, const char *old_nonce)
{
  if (self->mode == SIM_AUTH_NONE)
    return SIM_AUTH_GRANTED;
  if (authorization == NULL || self->user == NULL || self->password == NULL)
    return SIM_AUTH_REFUSED;
  if (self->mode == SIM_AUTH_BASIC)
    return g_ascii_strncasecmp (authorization, "Basic ", 6) == 0
                   && check_basic (self, authorization + 6)
               ? SIM_AUTH_GRANTED
               : SIM_AUTH_REFUSED;
  if (g_ascii_strncasecmp (authorization, "Digest ", 7) != 0)
    return SIM_AUTH_REFUSED;
  return check_digest (self, method, uri, authorization + 7, nonce, old_nonce);
}

void
sim_auth_append_challenge (const SimAuth *self, const char *nonce, gboolean stale,
                           GString *response)
{
  if (self->mode == SIM_AUTH_BASIC) {
    g_string_append (response, "WWW-Authenticate: Basic realm=\"" REALM "\"\r\n");
    return;
  }
  g_string_append_printf (response, "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"%s\"",
                          nonce);
  if (self->sha256)
    g_string_append (response, ", algorithm=SHA-256");
  if (self->qop)
    g_string_append (response, ", qop=\"auth\"");
  if (stale)
    g_string_append (response, ", stale=\"TRUE\"");
  g_string_append (response, "\r\n");
}
