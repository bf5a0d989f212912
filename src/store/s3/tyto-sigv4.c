/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/s3/tyto-sigv4.h"

#include <string.h>

#define ALGORITHM    "AWS4-HMAC-SHA256"
#define SHA256_BYTES 32

char *
tyto_sigv4_format_time (gint64 time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time);

  return g_date_time_format (date, "%Y%m%dT%H%M%SZ");
}

char *
tyto_sigv4_encode (const char *text, gboolean keep_slash)
{
  GString *encoded = g_string_sized_new (strlen (text) + 16);

  for (const char *c = text; *c != '\0'; c++) {
    if (g_ascii_isalnum (*c) || strchr ("-._~", *c) != NULL || (keep_slash && *c == '/'))
      g_string_append_c (encoded, *c);
    else
      g_string_append_printf (encoded, "%%%02X", (guchar) *c);
  }
  return g_string_free (encoded, FALSE);
}

/* Without ".", ".." and empty segments; a "/" at the end stays. */
static char *
normalize_path (const char *path)
{
  g_auto (GStrv) segments = g_strsplit (path, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  GString *normal = g_string_new (NULL);
  const char *last = "";

  for (gsize i = 0; segments[i] != NULL; i++) {
    last = segments[i];
    if (strcmp (last, "..") == 0 && kept->len > 0)
      g_ptr_array_set_size (kept, kept->len - 1);
    else if (*last != '\0' && strcmp (last, ".") != 0 && strcmp (last, "..") != 0)
      g_ptr_array_add (kept, segments[i]);
  }
  for (guint i = 0; i < kept->len; i++)
    g_string_append_printf (normal, "/%s", (char *) kept->pdata[i]);
  if (normal->len == 0 || *last == '\0' || strcmp (last, ".") == 0)
    g_string_append_c (normal, '/');
  return g_string_free (normal, FALSE);
}

static void
append_path (GString *canonical, const TytoSigv4Request *request)
{
  g_autofree char *path = request->path_rules & TYTO_SIGV4_PATH_NORMALIZE
                              ? normalize_path (request->path)
                              : g_strdup (request->path);

  if (request->path_rules & TYTO_SIGV4_PATH_ENCODE) {
    g_autofree char *encoded = tyto_sigv4_encode (path, TRUE);

    g_string_append (canonical, encoded);
  } else {
    g_string_append (canonical, *path != '\0' ? path : "/");
  }
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* %XX back to bytes and encoded again by S3's rules; what is no valid escape is text. */
static char *
encode_again (const char *text)
{
  GString *plain = g_string_new (NULL);
  g_autofree char *bytes = NULL;

  for (; *text != '\0'; text++) {
    if (*text == '%' && g_ascii_isxdigit (text[1]) && g_ascii_isxdigit (text[2])) {
      g_string_append_c (
          plain, (char) (g_ascii_xdigit_value (text[1]) << 4 | g_ascii_xdigit_value (text[2])));
      text += 2;
    } else {
      g_string_append_c (plain, *text);
    }
  }
  bytes = g_string_free (plain, FALSE);
  return tyto_sigv4_encode (bytes, FALSE);
}

/* The parameters, encoded and sorted by name, then by value. Between the two stands a character
 * below all that can occur, until they are sorted: "a=1" comes before "a-b=1". */
static void
append_query (GString *canonical, const char *query)
{
  g_auto (GStrv) pairs = g_strsplit (query != NULL ? query : "", "&", -1);
  g_autoptr (GPtrArray) sorted = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; pairs[i] != NULL; i++) {
    char *value = strchr (pairs[i], '=');
    g_autofree char *name = NULL;
    g_autofree char *encoded = NULL;

    if (*pairs[i] == '\0')
      continue;
    if (value != NULL)
      *value++ = '\0';
    name = encode_again (pairs[i]);
    encoded = encode_again (value != NULL ? value : "");
    g_ptr_array_add (sorted, g_strdup_printf ("%s\001%s", name, encoded));
  }
  g_ptr_array_sort (sorted, compare_strings);
  for (guint i = 0; i < sorted->len; i++) {
    char *pair = sorted->pdata[i];

    *strchr (pair, '\001') = '=';
    g_string_append_printf (canonical, "%s%s", i > 0 ? "&" : "", pair);
  }
}

/* Blanks around it away, and those within one each. */
static char *
trim_value (const char *value)
{
  g_auto (GStrv) words = g_strsplit_set (value, " \t\r\n", -1);
  GString *trimmed = g_string_new (NULL);

  for (gsize i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_string_append_printf (trimmed, "%s%s", trimmed->len > 0 ? " " : "", words[i]);
  return g_string_free (trimmed, FALSE);
}

/* Name in lower case → values, joined by commas in the order given. */
static GHashTable *
fold_headers (const TytoSigv4Request *request)
{
  GHashTable *folded = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (gsize i = 0; i < request->n_headers; i++) {
    g_autofree char *name = g_ascii_strdown (request->headers[i].name, -1);
    g_autofree char *value = trim_value (request->headers[i].value);
    const char *before = g_hash_table_lookup (folded, name);
    char *joined
        = before != NULL ? g_strdup_printf ("%s,%s", before, value) : g_steal_pointer (&value);

    g_hash_table_replace (folded, g_steal_pointer (&name), joined);
  }
  return folded;
}

static char **
sorted_names (GHashTable *folded)
{
  guint n = 0;
  char **names = (char **) g_hash_table_get_keys_as_array (folded, &n);

  qsort (names, n, sizeof (char *), compare_strings);
  return names;
}

/* "content-type;host;x-amz-date" */
static char *
signed_headers (const TytoSigv4Request *request)
{
  g_autoptr (GHashTable) folded = fold_headers (request);
  g_autofree char **names = sorted_names (folded);

  return g_strjoinv (";", names);
}

char *
tyto_sigv4_canonical_request (const TytoSigv4Request *request)
{
  g_autoptr (GHashTable) folded = fold_headers (request);
  g_autofree char **names = sorted_names (folded);
  g_autofree char *list = g_strjoinv (";", names);
  GString *canonical = g_string_new (request->method);

  g_string_append_c (canonical, '\n');
  append_path (canonical, request);
  g_string_append_c (canonical, '\n');
  append_query (canonical, request->query);
  g_string_append_c (canonical, '\n');
  for (gsize i = 0; names[i] != NULL; i++)
    g_string_append_printf (canonical, "%s:%s\n", names[i],
                            (char *) g_hash_table_lookup (folded, names[i]));
  g_string_append_printf (canonical, "\n%s\n%s", list, request->payload);
  return g_string_free (canonical, FALSE);
}

/* "20150830/us-east-1/s3/aws4_request" */
static char *
format_scope (const TytoSigv4Scope *scope)
{
  g_autofree char *time = tyto_sigv4_format_time (scope->time);

  return g_strdup_printf ("%.8s/%s/%s/aws4_request", time, scope->region, scope->service);
}

char *
tyto_sigv4_string_to_sign (const TytoSigv4Request *request, const TytoSigv4Scope *scope)
{
  g_autofree char *canonical = tyto_sigv4_canonical_request (request);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, canonical, -1);
  g_autofree char *time = tyto_sigv4_format_time (scope->time);
  g_autofree char *scope_text = format_scope (scope);

  return g_strdup_printf (ALGORITHM "\n%s\n%s\n%s", time, scope_text, hash);
}

static void
hmac (const guint8 *key, gsize key_length, const char *text, guint8 digest[SHA256_BYTES])
{
  g_autoptr (GHmac) mac = g_hmac_new (G_CHECKSUM_SHA256, key, key_length);
  gsize length = SHA256_BYTES;

  g_hmac_update (mac, (const guchar *) text, -1);
  g_hmac_get_digest (mac, digest, &length);
}

char *
tyto_sigv4_signature (const TytoSigv4Request *request, const TytoSigv4Scope *scope)
{
  g_autofree char *time = tyto_sigv4_format_time (scope->time);
  g_autofree char *date = g_strndup (time, 8);
  g_autofree char *text = tyto_sigv4_string_to_sign (request, scope);
  g_autofree char *secret = g_strconcat ("AWS4", scope->secret_key, NULL);
  guint8 key[SHA256_BYTES];
  GString *hex = g_string_sized_new (2 * SHA256_BYTES);

  hmac ((const guint8 *) secret, strlen (secret), date, key);
  hmac (key, sizeof key, scope->region, key);
  hmac (key, sizeof key, scope->service, key);
  hmac (key, sizeof key, "aws4_request", key);
  hmac (key, sizeof key, text, key);
  for (gsize i = 0; i < sizeof key; i++)
    g_string_append_printf (hex, "%02x", key[i]);
  explicit_bzero (secret, strlen (secret));
  return g_string_free (hex, FALSE);
}

char *
tyto_sigv4_authorization (const TytoSigv4Request *request, const TytoSigv4Scope *scope)
{
  g_autofree char *scope_text = format_scope (scope);
  g_autofree char *names = signed_headers (request);
  g_autofree char *signature = tyto_sigv4_signature (request, scope);

  return g_strdup_printf (ALGORITHM " Credential=%s/%s, SignedHeaders=%s, Signature=%s",
                          scope->access_key, scope_text, names, signature);
}

char *
tyto_sigv4_presign (const TytoSigv4Request *request, const TytoSigv4Scope *scope, guint expires,
                    const char *session_token)
{
  GString *query = g_string_new (request->query);
  TytoSigv4Request signed_request = *request;
  g_autofree char *scope_text = format_scope (scope);
  g_autofree char *credential = g_strdup_printf ("%s/%s", scope->access_key, scope_text);
  g_autofree char *encoded_credential = tyto_sigv4_encode (credential, FALSE);
  g_autofree char *time = tyto_sigv4_format_time (scope->time);
  g_autofree char *names = signed_headers (request);
  g_autofree char *encoded_names = tyto_sigv4_encode (names, FALSE);
  g_autofree char *signature = NULL;

  g_string_append_printf (query,
                          "%sX-Amz-Algorithm=" ALGORITHM "&X-Amz-Credential=%s&X-Amz-Date=%s"
                          "&X-Amz-Expires=%u&X-Amz-SignedHeaders=%s",
                          query->len > 0 ? "&" : "", encoded_credential, time, expires,
                          encoded_names);
  if (session_token != NULL && *session_token != '\0') {
    g_autofree char *token = tyto_sigv4_encode (session_token, FALSE);

    g_string_append_printf (query, "&X-Amz-Security-Token=%s", token);
  }
  signed_request.query = query->str;
  signature = tyto_sigv4_signature (&signed_request, scope);
  g_string_append_printf (query, "&X-Amz-Signature=%s", signature);
  return g_string_free (query, FALSE);
}
