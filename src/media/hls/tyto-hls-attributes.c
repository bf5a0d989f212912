/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/hls/tyto-hls-attributes.h"

#include "base/tyto-time.h"

#include <string.h>

#define MAX_SECONDS 1000000000
#define ZONE_LENGTH 5 /* "+0000" */

/* The end of the value at @value: a comma in quotes does not end it. */
static const char *
value_end (const char *value)
{
  if (*value == '"') {
    const char *quote = strchr (value + 1, '"');

    value = quote != NULL ? quote : value + strlen (value);
  }
  return value + strcspn (value, ",");
}

char *
tyto_hls_attribute (const char *list, const char *name)
{
  gsize length = strlen (name);

  while (*list != '\0') {
    gsize name_length;
    const char *value;
    const char *end;

    list += strspn (list, " \t");
    name_length = strcspn (list, "=,");
    if (list[name_length] != '=') {
      list += name_length + (list[name_length] == ',' ? 1 : 0);
      continue;
    }
    value = list + name_length + 1;
    end = value_end (value);
    if (name_length == length && strncmp (list, name, length) == 0) {
      gboolean quoted = *value == '"' && memchr (value + 1, '"', (gsize) (end - value - 1));
      const char *stop = quoted ? strchr (value + 1, '"') : end;

      return g_strndup (value + (quoted ? 1 : 0), (gsize) (stop - value) - (quoted ? 1 : 0));
    }
    list = end + (*end == ',' ? 1 : 0);
  }
  return NULL;
}

gboolean
tyto_hls_take_integer (const char **text, guint64 max, guint64 *value)
{
  const char *at = *text;
  guint64 number = 0;

  if (!g_ascii_isdigit (*at))
    return FALSE;
  for (; g_ascii_isdigit (*at); at++) {
    guint digit = (guint) g_ascii_digit_value (*at);

    if (number > (max - MIN (digit, max)) / 10)
      return FALSE;
    number = number * 10 + digit;
  }
  *value = number;
  *text = at;
  return TRUE;
}

gboolean
tyto_hls_read_integer (const char *text, guint64 max, guint64 *value)
{
  guint64 number;

  if (!tyto_hls_take_integer (&text, max, &number) || *text != '\0')
    return FALSE;
  *value = number;
  return TRUE;
}

gboolean
tyto_hls_take_seconds (const char **text, gint64 *us)
{
  const char *at = *text;
  guint64 seconds = 0;
  gint64 fraction = 0;

  if (*at != '.' && !tyto_hls_take_integer (&at, MAX_SECONDS, &seconds))
    return FALSE;
  if (*at == '.') {
    gint64 unit = G_USEC_PER_SEC / 10;

    at++;
    if (!g_ascii_isdigit (*at) && **text == '.')
      return FALSE;
    for (; g_ascii_isdigit (*at); at++, unit /= 10)
      fraction += unit * g_ascii_digit_value (*at);
  }
  *us = (gint64) seconds * G_USEC_PER_SEC + fraction;
  *text = at;
  return TRUE;
}

gboolean
tyto_hls_read_resolution (const char *text, guint *width, guint *height)
{
  guint64 w;
  guint64 h;

  if (!tyto_hls_take_integer (&text, G_MAXUINT16, &w) || (*text != 'x' && *text != 'X'))
    return FALSE;
  if (!tyto_hls_read_integer (text + 1, G_MAXUINT16, &h))
    return FALSE;
  *width = (guint) w;
  *height = (guint) h;
  return TRUE;
}

gboolean
tyto_hls_read_range (const char *text, gint64 *length, gint64 *offset)
{
  guint64 bytes;
  guint64 from = 0;
  gboolean told;

  if (!tyto_hls_take_integer (&text, G_MAXINT64, &bytes) || bytes == 0)
    return FALSE;
  told = *text == '@';
  if (told ? !tyto_hls_read_integer (text + 1, G_MAXINT64 - bytes, &from) : *text != '\0')
    return FALSE;
  *length = (gint64) bytes;
  *offset = told ? (gint64) from : -1;
  return TRUE;
}

/* An offset without its colon, which RFC 3339 wants. */
static gboolean
has_short_zone (const char *text, gsize length)
{
  const char *zone;

  if (length < ZONE_LENGTH)
    return FALSE;
  zone = text + length - ZONE_LENGTH;
  return strchr (text, 'T') != NULL && zone > strchr (text, 'T') && (*zone == '+' || *zone == '-')
         && strspn (zone + 1, "0123456789") == ZONE_LENGTH - 1;
}

gboolean
tyto_hls_read_date (const char *text, gint64 *us)
{
  gsize length = strlen (text);
  g_autofree char *date = NULL;
  gint64 when;

  if (strchr (text, '-') == NULL) /* no number of seconds */
    return FALSE;
  date = has_short_zone (text, length)
             ? g_strdup_printf ("%.*s:%s", (int) length - 2, text, text + length - 2)
             : g_strdup (text);
  if (!tyto_time_parse (date, &when, NULL) || when < 0)
    return FALSE;
  *us = when;
  return TRUE;
}
