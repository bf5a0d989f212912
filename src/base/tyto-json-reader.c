/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A strict reader of RFC 8259. json-glib's parser takes comments, single quotes and trailing text,
 * and keeps the last of two members of one name; a front must refuse all of these. */
#include "base/tyto-json.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define MAX_DEPTH 32

typedef struct {
  const char *start;
  const char *at;
  const char *end;
  guint depth;
} Reader;

static GVariant *read_value (Reader *self, GError **error);

/* Refuses what stands at @where, by line and column (in characters, from 1). */
static void
refuse (Reader *self, const char *where, GError **error, const char *what)
{
  guint line = 1;
  const char *line_start = self->start;

  for (const char *at = self->start; at < where; at++)
    if (*at == '\n') {
      line++;
      line_start = at + 1;
    }
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Send one JSON object (RFC 8259) in UTF-8.",
                  "The JSON is not valid at line %u, column %ld: %s.", line,
                  g_utf8_strlen (line_start, where - line_start) + 1, what);
}

static void
skip_space (Reader *self)
{
  while (self->at < self->end && strchr (" \t\r\n", *self->at) != NULL)
    self->at++;
}

/* The next character, without taking it; NUL at the end (NUL itself is never valid). */
static char
peek (Reader *self)
{
  return self->at < self->end ? *self->at : '\0';
}

static gboolean
take (Reader *self, char c)
{
  if (peek (self) != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static gboolean
read_hex4 (Reader *self, gunichar *code)
{
  *code = 0;
  if (self->end - self->at < 4)
    return FALSE;
  for (int i = 0; i < 4; i++, self->at++) {
    if (!g_ascii_isxdigit (*self->at))
      return FALSE;
    *code = *code << 4 | (gunichar) g_ascii_xdigit_value (*self->at);
  }
  return TRUE;
}

/* What follows `\u`: RFC 8259, section 7; characters outside the BMP come as a surrogate pair. */
static gboolean
read_unicode_escape (Reader *self, GString *string, GError **error)
{
  const char *where = self->at - 2;
  gunichar code, low;

  if (!read_hex4 (self, &code)) {
    refuse (self, where, error, "“\\u” needs four hexadecimal digits");
    return FALSE;
  }
  if (code >= 0xd800 && code <= 0xdbff) {
    if (!take (self, '\\') || !take (self, 'u') || !read_hex4 (self, &low) || low < 0xdc00
        || low > 0xdfff) {
      refuse (self, where, error, "half of a surrogate pair");
      return FALSE;
    }
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  } else if (code >= 0xdc00 && code <= 0xdfff) {
    refuse (self, where, error, "half of a surrogate pair");
    return FALSE;
  }
  if (code == 0) {
    refuse (self, where, error, "the character NUL is not taken");
    return FALSE;
  }
  g_string_append_unichar (string, code);
  return TRUE;
}

static gboolean
read_escape (Reader *self, GString *string, GError **error)
{
  static const char names[] = "\"\\/bfnrt";
  static const char values[] = "\"\\/\b\f\n\r\t";
  char c = peek (self);
  const char *found;

  if (c == 'u') {
    self->at++;
    return read_unicode_escape (self, string, error);
  }
  found = c != '\0' ? strchr (names, c) : NULL;
  if (found == NULL) {
    refuse (self, self->at, error, "there is no such escape");
    return FALSE;
  }
  g_string_append_c (string, values[found - names]);
  self->at++;
  return TRUE;
}

/* A string, its opening quote included. (transfer full) */
static char *
read_string (Reader *self, GError **error)
{
  g_autoptr (GString) string = g_string_new (NULL);

  if (!take (self, '"')) {
    refuse (self, self->at, error, "a string is expected");
    return NULL;
  }
  while (self->at < self->end && *self->at != '"') {
    if ((guchar) *self->at < 0x20) {
      refuse (self, self->at, error, "a control character must be escaped");
      return NULL;
    }
    if (take (self, '\\')) {
      if (!read_escape (self, string, error))
        return NULL;
    } else {
      g_string_append_c (string, *self->at++);
    }
  }
  if (!take (self, '"')) {
    refuse (self, self->at, error, "the string does not end");
    return NULL;
  }
  return g_string_free (g_steal_pointer (&string), FALSE);
}

static gboolean
skip_digits (Reader *self)
{
  const char *first = self->at;

  while (g_ascii_isdigit (peek (self)))
    self->at++;
  return self->at > first;
}

static GVariant *
read_number (Reader *self, GError **error)
{
  const char *first = self->at;
  g_autofree char *digits = NULL;
  gboolean negative = take (self, '-'), whole = TRUE;
  guint64 magnitude;
  double real;

  /* RFC 8259, section 6: no leading zeros, digits on both sides of the point. */
  if (!take (self, '0') && !skip_digits (self)) {
    refuse (self, first, error, "a value is expected");
    return NULL;
  }
  if (take (self, '.')) {
    whole = FALSE;
    if (!skip_digits (self)) {
      refuse (self, self->at, error, "a digit is expected");
      return NULL;
    }
  }
  if (take (self, 'e') || take (self, 'E')) {
    whole = FALSE;
    if (!take (self, '+'))
      take (self, '-');
    if (!skip_digits (self)) {
      refuse (self, self->at, error, "a digit is expected");
      return NULL;
    }
  }

  digits = g_strndup (first, (gsize) (self->at - first));
  if (whole) {
    errno = 0;
    magnitude = g_ascii_strtoull (digits + (negative ? 1 : 0), NULL, 10);
    if (errno == 0 && magnitude <= (guint64) G_MAXINT64 + (negative ? 1 : 0))
      return g_variant_new_int64 ((gint64) (negative ? -magnitude : magnitude));
    if (errno == 0 && !negative)
      return g_variant_new_uint64 (magnitude);
  }
  real = g_ascii_strtod (digits, NULL);
  if (!isfinite (real)) {
    refuse (self, first, error, "the number is too large");
    return NULL;
  }
  return g_variant_new_double (real);
}

static GVariant *
read_array (Reader *self, GError **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  skip_space (self);
  if (take (self, ']'))
    return g_variant_builder_end (&builder);
  do {
    GVariant *value = read_value (self, error);

    if (value == NULL)
      return NULL;
    g_variant_builder_add (&builder, "v", value);
    skip_space (self);
  } while (take (self, ','));
  if (!take (self, ']')) {
    refuse (self, self->at, error, "“,” or “]” is expected");
    return NULL;
  }
  return g_variant_builder_end (&builder);
}

static gboolean
read_member (Reader *self, GVariantBuilder *builder, GHashTable *names, GError **error)
{
  g_autofree char *name = NULL;
  const char *where;
  GVariant *value;

  skip_space (self);
  where = self->at;
  name = read_string (self, error);
  if (name == NULL)
    return FALSE;
  if (g_hash_table_contains (names, name)) {
    refuse (self, where, error, "a member of this name has been there before");
    return FALSE;
  }
  skip_space (self);
  if (!take (self, ':')) {
    refuse (self, self->at, error, "“:” is expected");
    return FALSE;
  }
  value = read_value (self, error);
  if (value == NULL)
    return FALSE;
  g_variant_builder_add (builder, "{sv}", name, value);
  g_hash_table_add (names, g_steal_pointer (&name));
  skip_space (self);
  return TRUE;
}

static GVariant *
read_object (Reader *self, GError **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GHashTable) names = NULL;

  skip_space (self);
  if (take (self, '}'))
    return g_variant_builder_end (&builder);
  names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  do {
    if (!read_member (self, &builder, names, error))
      return NULL;
  } while (take (self, ','));
  if (!take (self, '}')) {
    refuse (self, self->at, error, "“,” or “}” is expected");
    return NULL;
  }
  return g_variant_builder_end (&builder);
}

static gboolean
take_word (Reader *self, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - self->at) < length || strncmp (self->at, word, length) != 0)
    return FALSE;
  self->at += length;
  return TRUE;
}

static GVariant *
read_nested (Reader *self, GError **error)
{
  GVariant *value;

  if (self->depth == MAX_DEPTH) {
    refuse (self, self->at, error, "it is nested too deeply");
    return NULL;
  }
  self->depth++;
  value = take (self, '{') ? read_object (self, error) : (self->at++, read_array (self, error));
  self->depth--;
  return value;
}

static GVariant *
read_value (Reader *self, GError **error)
{
  g_autofree char *string = NULL;

  skip_space (self);
  switch (peek (self)) {
  case '{':
  case '[':
    return read_nested (self, error);
  case '"':
    string = read_string (self, error);
    return string != NULL ? g_variant_new_take_string (g_steal_pointer (&string)) : NULL;
  default:
    if (take_word (self, "true"))
      return g_variant_new_boolean (TRUE);
    if (take_word (self, "false"))
      return g_variant_new_boolean (FALSE);
    if (take_word (self, "null"))
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    return read_number (self, error);
  }
}

GVariant *
tyto_json_to_variant (const char *text, gssize length, GError **error)
{
  gsize size = length < 0 ? strlen (text) : (gsize) length;
  Reader reader = { text, text, text + size, 0 };
  g_autoptr (GVariant) value = NULL;
  const char *bad;

  if (!g_utf8_validate_len (text, size, &bad)) {
    refuse (&reader, bad, error, "this is not UTF-8");
    return NULL;
  }
  skip_space (&reader);
  if (peek (&reader) != '{') {
    refuse (&reader, reader.at, error, "an object is expected");
    return NULL;
  }
  value = read_value (&reader, error);
  if (value == NULL)
    return NULL;
  g_variant_ref_sink (value);

  skip_space (&reader);
  if (reader.at < reader.end) {
    refuse (&reader, reader.at, error, "there is text after the object");
    return NULL;
  }
  return g_steal_pointer (&value);
}
