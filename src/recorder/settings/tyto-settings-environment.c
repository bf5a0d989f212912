/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Environment variables that override the file: those of the keys' table, and those that say a
 * setting in parts. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"

#include <string.h>

/* @text, "90" or a Go duration of whole seconds ("90s", "1m30s"), in seconds. */
static gboolean
parse_seconds (const char *text, guint64 *seconds, GError **error)
{
  const char *units = "hms";
  guint64 scales[] = { 3600, 60, 1 };
  const char *rest = text;

  *seconds = 0;
  while (g_ascii_isdigit (*rest) && *seconds <= G_MAXUINT32) {
    char *end;
    guint64 number = g_ascii_strtoull (rest, &end, 10);
    const char *unit = *end != '\0' ? strchr (units, *end) : units + 2;

    if (unit == NULL || number > G_MAXUINT32)
      break;
    *seconds += number * scales[unit - units];
    rest = *end != '\0' ? end + 1 : end;
    if (*rest == '\0')
      return TRUE;
  }
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Write it like 10 or 10s.",
                  "it is no time in whole seconds");
  return FALSE;
}

/* @text as a value for the key, or NULL with @error: why not. (transfer full) */
static GVariant *
parse_override (TytoSettings *self, const TytoSettingsKey *key, const char *text, GError **error)
{
  g_autoptr (GSettingsSchemaKey) schema_key = g_settings_schema_get_key (self->schema, key->name);
  g_autoptr (GVariant) value = NULL;
  guint64 number;

  if (key->type == TYTO_SETTINGS_UINT) {
    if (key->meaning == TYTO_SETTINGS_SECONDS
            ? !parse_seconds (text, &number, error)
            : !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &number, error))
      return NULL;
    number = MIN (number, G_MAXUINT32);
    value = g_variant_ref_sink (g_variant_new_uint32 (number));
  } else {
    value = g_variant_ref_sink (g_variant_new_string (text));
  }
  if (!g_settings_schema_key_range_check (schema_key, value)) {
    g_autoptr (GVariant) range = g_settings_schema_key_get_range (schema_key);
    g_autofree char *shown = g_variant_print (range, FALSE);

    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "must be within %s", shown);
    return NULL;
  }
  return tyto_settings_check_meaning (key, value, error) ? g_steal_pointer (&value) : NULL;
}

/* LOG_LEVEL=INFO and the like are written in many ways; the seeds' own words for a warning, too.
 * Of a secret only the variable's name is kept. (transfer full) */
static char *
normalise (const TytoSettingsKey *key, const char *variable, const char *text)
{
  char *lower;

  if (key->meaning == TYTO_SETTINGS_SECRET || key->meaning == TYTO_SETTINGS_KEY)
    return g_strdup_printf ("${%s}", variable);
  if (key->type != TYTO_SETTINGS_ENUM)
    return g_strdup (text);
  lower = g_ascii_strdown (text, -1);
  if (g_str_equal (lower, "warn")) {
    g_free (lower);
    return g_strdup ("warning");
  }
  return lower;
}

/* The variable's value, unless it is empty. */
static const char *
get_variable (const char *name)
{
  const char *text = name != NULL ? g_getenv (name) : NULL;

  return text != NULL && *text != '\0' ? text : NULL;
}

/* Has @text, said by @variable, override key @name; FALSE when it cannot (said in the log). */
static gboolean
override (TytoSettings *self, const char *name, const char *variable, const char *text)
{
  const TytoSettingsKey *key = tyto_settings_find_key (name);
  g_autofree char *word = g_utf8_validate (text, -1, NULL) ? normalise (key, variable, text) : NULL;
  g_autofree char *why = NULL;
  g_autoptr (GError) error = NULL;
  GVariant *value;

  if (word == NULL)
    tyto_set_error (&error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "it is not UTF-8 text");
  else if ((value = parse_override (self, key, word, &error)) != NULL)
    return g_hash_table_insert (self->overrides, (gpointer) key->name, value);
  why = tyto_error_why (error);
  /* A URI may have a password in it. */
  if ((key->type == TYTO_SETTINGS_UINT || key->meaning == TYTO_SETTINGS_ANY) && word != NULL)
    g_warning ("Environment variable %s=%s is not used: %s", variable, text, why);
  else
    g_warning ("Environment variable %s is not used: %s", variable, why);
  return FALSE;
}

/* MINIO_ENDPOINT is HOST:PORT, and MINIO_USE_SSL says which scheme. */
static void
read_minio_endpoint (TytoSettings *self)
{
  const char *endpoint = get_variable ("MINIO_ENDPOINT");
  const char *tls = get_variable ("MINIO_USE_SSL");
  gboolean https = tls != NULL && (g_ascii_strcasecmp (tls, "true") == 0 || g_str_equal (tls, "1"));
  g_autofree char *url = NULL;

  if (endpoint == NULL || g_hash_table_contains (self->overrides, "s3-endpoint"))
    return;
  if (strstr (endpoint, "://") != NULL)
    url = g_strdup (endpoint);
  else
    url = g_strconcat (https ? "https://" : "http://", endpoint, NULL);
  override (self, "s3-endpoint", "MINIO_ENDPOINT", url);
}

/* The database of DATABASE_URL; its password is kept apart, since the URI is shown. */
static void
read_database_url (TytoSettings *self, const char *text)
{
  const GUriFlags flags = G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED;
  g_autoptr (GUri) uri = g_uri_parse (text, flags, NULL);
  g_autofree char *bare = NULL;
  const char *password;

  if (uri == NULL || g_uri_get_password (uri) == NULL) {
    override (self, "catalogue-uri", "DATABASE_URL", text);
    return;
  }
  password = g_uri_get_password (uri);
  bare = g_uri_join_with_user (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), g_uri_get_user (uri),
                               NULL, NULL, g_uri_get_host (uri), g_uri_get_port (uri),
                               g_uri_get_path (uri), g_uri_get_query (uri), NULL);
  if (override (self, "catalogue-uri", "DATABASE_URL", bare))
    self->database_password = g_uri_unescape_string (password, NULL);
}

static const char *
get_either (const char *one, const char *other)
{
  const char *text = get_variable (one);

  return text != NULL ? text : get_variable (other);
}

/* What is not said is left to libpq, which knows defaults for all of it. */
static void
read_database_parts (TytoSettings *self)
{
  const char *host = get_either ("DB_HOST", "POSTGRES_HOST");
  const char *port = get_either ("DB_PORT", "POSTGRES_PORT");
  const char *user = get_either ("DB_USER", "POSTGRES_USER");
  const char *name = get_either ("DB_NAME", "POSTGRES_DB");
  const char *variable = get_variable ("DB_HOST") != NULL ? "DB_HOST" : "POSTGRES_HOST";
  g_autoptr (GString) uri = g_string_new ("postgresql://");

  if (host == NULL)
    return;
  if (user != NULL)
    g_string_append_uri_escaped (uri, user, NULL, FALSE);
  if (user != NULL)
    g_string_append_c (uri, '@');
  g_string_append_printf (uri, strchr (host, ':') != NULL && *host != '[' ? "[%s]" : "%s", host);
  if (port != NULL)
    g_string_append_printf (uri, ":%s", port);
  g_string_append_c (uri, '/');
  if (name != NULL)
    g_string_append_uri_escaped (uri, name, NULL, FALSE);
  override (self, "catalogue-uri", variable, uri->str);
}

void
tyto_settings_read_environment (TytoSettings *self)
{
  for (guint i = 0; i < tyto_settings_n_keys; i++) {
    const TytoSettingsKey *key = &tyto_settings_keys[i];

    for (guint j = 0; j < G_N_ELEMENTS (key->environment); j++) {
      const char *text = get_variable (key->environment[j]);

      if (text != NULL && override (self, key->name, key->environment[j], text))
        break;
    }
  }
  read_minio_endpoint (self);
  if (get_variable ("DATABASE_URL") != NULL)
    read_database_url (self, get_variable ("DATABASE_URL"));
  else
    read_database_parts (self);
}
