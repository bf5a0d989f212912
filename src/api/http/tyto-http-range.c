/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-range.h"

#include <string.h>

/* Digits only: strtoull would take signs and blanks. */
static gboolean
read_number (const char **text, guint64 *value)
{
  const char *p = *text;

  *value = 0;
  for (; g_ascii_isdigit (*p); p++) {
    guint64 digit = *p - '0';

    if (*value > (G_MAXUINT64 - digit) / 10)
      *value = G_MAXUINT64; /* larger than any file */
    else
      *value = *value * 10 + digit;
  }
  if (p == *text)
    return FALSE;
  *text = p;
  return TRUE;
}

static TytoHttpRangeKind
parse_suffix (const char *text, guint64 size, guint64 *first, guint64 *last)
{
  guint64 length;

  if (!read_number (&text, &length) || *text != '\0')
    return TYTO_HTTP_RANGE_WHOLE;
  if (length == 0 || size == 0)
    return TYTO_HTTP_RANGE_UNSATISFIABLE;
  *first = length < size ? size - length : 0;
  *last = size - 1;
  return TYTO_HTTP_RANGE_PART;
}

TytoHttpRangeKind
tyto_http_range_parse (const char *value, guint64 size, guint64 *first, guint64 *last)
{
  guint64 begin;
  guint64 end = G_MAXUINT64;

  *first = 0;
  *last = size > 0 ? size - 1 : 0;
  if (value == NULL || g_ascii_strncasecmp (value, "bytes=", 6) != 0)
    return TYTO_HTTP_RANGE_WHOLE;
  value += 6;
  if (*value == '-')
    return parse_suffix (value + 1, size, first, last);
  if (!read_number (&value, &begin) || *value++ != '-')
    return TYTO_HTTP_RANGE_WHOLE;
  if (*value != '\0' && (!read_number (&value, &end) || *value != '\0' || end < begin))
    return TYTO_HTTP_RANGE_WHOLE;
  if (begin >= size)
    return TYTO_HTTP_RANGE_UNSATISFIABLE;
  *first = begin;
  *last = MIN (end, size - 1);
  return TYTO_HTTP_RANGE_PART;
}
