/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-time.h"

#include "base/tyto-error.h"

#include <string.h>
#include <time.h>

/* 0001-01-01 and the end of 9999: the years RFC 3339 can write. */
#define FIRST_SECOND (-G_GINT64_CONSTANT (62135596800))
#define LAST_SECOND  G_GINT64_CONSTANT (253402300799)

gint64
tyto_time_now (void)
{
  return g_get_real_time ();
}

guint64
tyto_time_monotonic_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (guint64) now.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) now.tv_nsec;
}

char *
tyto_time_format (gint64 wall_us)
{
  gint64 milliseconds = wall_us / 1000 - (wall_us % 1000 < 0 ? 1 : 0);
  gint64 fraction = ((milliseconds % 1000) + 1000) % 1000;
  time_t seconds = (time_t) CLAMP ((milliseconds - fraction) / 1000, FIRST_SECOND, LAST_SECOND);
  struct tm utc;

  gmtime_r (&seconds, &utc);
  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                          utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int) fraction);
}

/* Exactly @digits decimal digits, then @after (0 for anything). */
static gboolean
read_number (const char **text, int digits, char after, int *value)
{
  *value = 0;
  for (int i = 0; i < digits; i++, (*text)++) {
    if (!g_ascii_isdigit (**text))
      return FALSE;
    *value = *value * 10 + g_ascii_digit_value (**text);
  }
  if (after != '\0') {
    if (**text != after)
      return FALSE;
    (*text)++;
  }
  return TRUE;
}

/* An optional fraction, `.5`; digits beyond µs are cut off. */
static gboolean
read_fraction (const char **text, gint64 *microseconds)
{
  gint64 unit = G_USEC_PER_SEC / 10;

  *microseconds = 0;
  if (**text != '.')
    return TRUE;
  (*text)++;
  if (!g_ascii_isdigit (**text))
    return FALSE;
  for (; g_ascii_isdigit (**text); (*text)++, unit /= 10)
    *microseconds += unit * g_ascii_digit_value (**text);
  return TRUE;
}

/* RFC 3339, section 5.6: `Z` or `+01:00`, in seconds. */
static gboolean
read_offset (const char **text, gint64 *offset)
{
  int hours, minutes, sign;

  *offset = 0;
  if (**text == 'Z' || **text == 'z') {
    (*text)++;
    return TRUE;
  }
  if (**text != '+' && **text != '-')
    return FALSE;
  sign = **text == '-' ? -1 : 1;
  (*text)++;
  if (!read_number (text, 2, ':', &hours) || !read_number (text, 2, '\0', &minutes) || hours > 23
      || minutes > 59)
    return FALSE;
  *offset = sign * (hours * 3600 + minutes * 60);
  return TRUE;
}

static gboolean
parse_rfc3339 (const char *text, gint64 *wall_us)
{
  int year, month, day, hour, minute, second;
  gint64 fraction, offset;
  struct tm utc = { 0 };

  if (!read_number (&text, 4, '-', &year) || !read_number (&text, 2, '-', &month)
      || !read_number (&text, 2, '\0', &day))
    return FALSE;
  if (*text == '\0' || strchr ("Tt ", *text) == NULL)
    return FALSE;
  text++;
  if (!read_number (&text, 2, ':', &hour) || !read_number (&text, 2, ':', &minute)
      || !read_number (&text, 2, '\0', &second) || !read_fraction (&text, &fraction)
      || !read_offset (&text, &offset) || *text != '\0')
    return FALSE;
  /* Second 60 is a leap second: POSIX time counts it as the next minute's first. */
  if (!g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year) || hour > 23
      || minute > 59 || second > 60)
    return FALSE;

  utc.tm_year = year - 1900;
  utc.tm_mon = month - 1;
  utc.tm_mday = day;
  utc.tm_hour = hour;
  utc.tm_min = minute;
  utc.tm_sec = second;
  *wall_us = ((gint64) timegm (&utc) - offset) * G_USEC_PER_SEC + fraction;
  return TRUE;
}

static gboolean
parse_seconds (const char *text, gint64 *wall_us)
{
  gint64 seconds = 0, fraction;
  gboolean negative = *text == '-';

  if (negative)
    text++;
  if (!g_ascii_isdigit (*text))
    return FALSE;
  for (; g_ascii_isdigit (*text); text++) {
    seconds = seconds * 10 + g_ascii_digit_value (*text);
    if (seconds > LAST_SECOND)
      return FALSE;
  }
  if (!read_fraction (&text, &fraction) || *text != '\0')
    return FALSE;

  *wall_us = seconds * G_USEC_PER_SEC + fraction;
  if (negative)
    *wall_us = -*wall_us;
  return *wall_us >= FIRST_SECOND * G_USEC_PER_SEC;
}

gboolean
tyto_time_parse (const char *text, gint64 *wall_us, GError **error)
{
  gint64 value;

  if (text == NULL || (!parse_rfc3339 (text, &value) && !parse_seconds (text, &value))) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Write it like 2026-11-21T02:08:00Z, or as seconds since 1970.",
                    "“%s” is not a time.", text != NULL ? text : "");
    return FALSE;
  }
  *wall_us = value;
  return TRUE;
}

char *
tyto_duration_format (guint64 duration_ns)
{
  /* Rounded before the unit is chosen, so that 59.96 s never reads "60.0 s". */
  guint64 tenths = duration_ns / 100000000 + (duration_ns % 100000000 >= 50000000 ? 1 : 0);
  guint64 seconds = tenths / 10 + (tenths % 10 >= 5 ? 1 : 0);
  guint64 minutes = seconds / 60;

  if (tenths < 600)
    return g_strdup_printf ("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT " s", tenths / 10,
                            tenths % 10);
  if (seconds < 3600)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " min %02" G_GUINT64_FORMAT " s", minutes,
                            seconds % 60);
  return g_strdup_printf ("%" G_GUINT64_FORMAT " h %02" G_GUINT64_FORMAT " min", minutes / 60,
                          minutes % 60);
}
