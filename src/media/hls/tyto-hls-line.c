/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/hls/tyto-hls-line.h"

#include <string.h>

#define HIGH_SURROGATE 0xd800
#define LOW_SURROGATE  0xdc00
#define NO_SURROGATE   0xe000

void
tyto_hls_line_init (TytoHlsLine *self)
{
  *self = (TytoHlsLine){ .name = g_string_new (NULL), .string = g_string_new (NULL) };
}

void
tyto_hls_line_clear (TytoHlsLine *self)
{
  g_string_free (self->name, TRUE);
  g_string_free (self->string, TRUE);
}

static void
skip_space (TytoHlsLine *self)
{
  while (self->at < self->end && strchr (" \t\r", *self->at) != NULL)
    self->at++;
}

static gboolean
take (TytoHlsLine *self, char c)
{
  skip_space (self);
  if (self->at == self->end || *self->at != c)
    return FALSE;
  self->at++;
  return TRUE;
}

void
tyto_hls_line_begin (TytoHlsLine *self, const char *text, gsize size)
{
  self->at = text;
  self->end = text + size;
  self->any = FALSE;
  self->wrong = !g_utf8_validate (text, (gssize) size, NULL) || !take (self, '{');
}

/* Four hexadecimal digits; 0: there are none, or they are zeros. */
static gunichar
take_hex (TytoHlsLine *self)
{
  gunichar value = 0;

  if (self->end - self->at < 4)
    return 0;
  for (guint i = 0; i < 4; i++, self->at++) {
    if (!g_ascii_isxdigit (*self->at))
      return 0;
    value = value << 4 | (gunichar) g_ascii_xdigit_value (*self->at);
  }
  return value;
}

/* RFC 8259, 7: what does not stand for itself. */
static gboolean
take_escape (TytoHlsLine *self, GString *to)
{
  static const char escapes[] = "\"\\/bfnrt";
  static const char meant[] = "\"\\/\b\f\n\r\t";
  const char *found;
  gunichar c;

  if (self->at == self->end)
    return FALSE;
  found = strchr (escapes, *self->at);
  if (found != NULL) {
    g_string_append_c (to, meant[found - escapes]);
    self->at++;
    return TRUE;
  }
  if (*self->at++ != 'u')
    return FALSE;
  c = take_hex (self);
  if (c >= HIGH_SURROGATE && c < LOW_SURROGATE) {
    gunichar low = 0;

    if (self->end - self->at >= 2 && self->at[0] == '\\' && self->at[1] == 'u') {
      self->at += 2;
      low = take_hex (self);
    }
    if (low < LOW_SURROGATE || low >= NO_SURROGATE)
      return FALSE;
    c = 0x10000 + ((c - HIGH_SURROGATE) << 10) + (low - LOW_SURROGATE);
  } else if (c == 0 || (c >= LOW_SURROGATE && c < NO_SURROGATE)) {
    return FALSE;
  }
  g_string_append_unichar (to, c);
  return TRUE;
}

/* Behind its first quote. */
static gboolean
take_string (TytoHlsLine *self, GString *to)
{
  g_string_truncate (to, 0);
  while (self->at < self->end) {
    const char *start = self->at;

    while (self->at < self->end && *self->at != '"' && *self->at != '\\'
           && (guchar) *self->at >= ' ')
      self->at++;
    g_string_append_len (to, start, self->at - start);
    if (self->at == self->end || (guchar) *self->at < ' ')
      return FALSE;
    if (*self->at++ == '"')
      return TRUE;
    if (!take_escape (self, to))
      return FALSE;
  }
  return FALSE;
}

static gboolean
take_number (TytoHlsLine *self)
{
  gboolean negative = *self->at == '-';
  guint64 value = 0;
  const char *first = self->at + (negative ? 1 : 0);

  for (self->at = first; self->at < self->end && g_ascii_isdigit (*self->at); self->at++) {
    guint digit = (guint) g_ascii_digit_value (*self->at);

    if (value > ((guint64) G_MAXINT64 - digit) / 10)
      return FALSE;
    value = value * 10 + digit;
  }
  self->number = negative ? -(gint64) value : (gint64) value;
  return self->at > first && (*first != '0' || self->at == first + 1)
         && (self->at == self->end || strchr (".eE", *self->at) == NULL);
}

static gboolean
take_word (TytoHlsLine *self)
{
  static const struct {
    const char *word;
    TytoHlsLineType type;
    gboolean value;
  } words[] = {
    { "true", TYTO_HLS_LINE_BOOLEAN, TRUE },
    { "false", TYTO_HLS_LINE_BOOLEAN, FALSE },
    { "null", TYTO_HLS_LINE_NULL, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    gsize length = strlen (words[i].word);

    if ((gsize) (self->end - self->at) < length || strncmp (self->at, words[i].word, length) != 0)
      continue;
    self->at += length;
    self->type = words[i].type;
    self->boolean = words[i].value;
    return TRUE;
  }
  return FALSE;
}

static gboolean
take_value (TytoHlsLine *self)
{
  if (take (self, '"')) {
    self->type = TYTO_HLS_LINE_STRING;
    return take_string (self, self->string);
  }
  if (self->at < self->end && (g_ascii_isdigit (*self->at) || *self->at == '-')) {
    self->type = TYTO_HLS_LINE_NUMBER;
    return take_number (self);
  }
  return take_word (self);
}

gboolean
tyto_hls_line_next (TytoHlsLine *self)
{
  if (self->wrong)
    return FALSE;
  if (take (self, '}')) {
    skip_space (self);
    self->wrong = self->at != self->end;
    return FALSE;
  }
  self->wrong = (self->any && !take (self, ',')) || !take (self, '"')
                || !take_string (self, self->name) || !take (self, ':') || !take_value (self);
  self->any = TRUE;
  return !self->wrong;
}
