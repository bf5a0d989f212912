/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-when.h"

#include <glib/gi18n.h>

#include "base/tyto-error.h"
#include "base/tyto-time.h"

/* The furthest back that a relative time goes: beyond it lies a typing mistake. */
#define MAXIMUM_BACK_SECONDS ((gint64) 100 * 366 * 86400)

static gint64
unit_seconds (char unit)
{
  switch (unit) {
  case 's':
    return 1;
  case 'm':
    return 60;
  case 'h':
    return 3600;
  case 'd':
    return 86400;
  case 'w':
    return 7 * 86400;
  default:
    return 0;
  }
}

/* `-1h30m`: the seconds of all its parts, or -1. */
static gint64
parse_back (const char *text)
{
  gint64 total = 0;

  if (*text++ != '-' || *text == '\0')
    return -1;
  while (*text != '\0') {
    char *end = NULL;
    gint64 count = g_ascii_isdigit (*text) ? g_ascii_strtoll (text, &end, 10) : -1;
    gint64 unit = end != NULL ? unit_seconds (*end) : 0;

    if (count < 0 || unit == 0 || count > MAXIMUM_BACK_SECONDS / unit)
      return -1;
    total += count * unit;
    if (total > MAXIMUM_BACK_SECONDS)
      return -1;
    text = end + 1;
  }
  return total;
}

static GDateTime *
local_now (gint64 now_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);

  return g_date_time_to_timezone (utc, zone);
}

/* Midnight @days_ago days before @now_us in @zone. */
static gint64
midnight (gint64 now_us, GTimeZone *zone, int days_ago)
{
  g_autoptr (GDateTime) now = local_now (now_us, zone);
  g_autoptr (GDateTime) day = g_date_time_add_days (now, -days_ago);
  g_autoptr (GDateTime) start
      = g_date_time_new (zone, g_date_time_get_year (day), g_date_time_get_month (day),
                         g_date_time_get_day_of_month (day), 0, 0, 0);

  return g_date_time_to_unix (start) * G_USEC_PER_SEC;
}

/* Group @n of @match as a number, or @fallback when it is not there. */
static int
matched_number (GMatchInfo *match, int n, int fallback)
{
  g_autofree char *text = g_match_info_fetch (match, n);

  return text != NULL && *text != '\0' ? (int) g_ascii_strtoll (text, NULL, 10) : fallback;
}

/* A date, a time of day, or both, without an offset: in @zone. */
static gboolean
parse_local (const char *text, gint64 now_us, GTimeZone *zone, gint64 *wall_us)
{
  g_autoptr (GRegex) regex = g_regex_new ("^(?=.)(?:(\\d{4})-(\\d\\d)-(\\d\\d)(?:$|[ T](?=\\d)))?"
                                          "(?:(\\d\\d?):(\\d\\d)(?::(\\d\\d))?)?$",
                                          G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GDateTime) now = local_now (now_us, zone);
  g_autoptr (GDateTime) at = NULL;

  if (!g_regex_match (regex, text, 0, &match))
    return FALSE;
  at = g_date_time_new (zone, matched_number (match, 1, g_date_time_get_year (now)),
                        matched_number (match, 2, g_date_time_get_month (now)),
                        matched_number (match, 3, g_date_time_get_day_of_month (now)),
                        matched_number (match, 4, 0), matched_number (match, 5, 0),
                        matched_number (match, 6, 0));
  if (at == NULL)
    return FALSE;
  *wall_us = g_date_time_to_unix (at) * G_USEC_PER_SEC;
  return TRUE;
}

gboolean
ctl_when_parse (const char *text, gint64 now_us, GTimeZone *zone, gint64 *wall_us, GError **error)
{
  gint64 back = parse_back (text);

  if (back >= 0) {
    *wall_us = now_us - back * G_USEC_PER_SEC;
    return TRUE;
  }
  if (g_str_equal (text, "now")) {
    *wall_us = now_us;
    return TRUE;
  }
  if (g_str_equal (text, "today") || g_str_equal (text, "yesterday")) {
    *wall_us = midnight (now_us, zone, *text == 'y' ? 1 : 0);
    return TRUE;
  }
  /* "-1" lacks its unit; it is no second of 1969. */
  if (*text != '-'
      && (parse_local (text, now_us, zone, wall_us) || tyto_time_parse (text, wall_us, NULL)))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  _ ("Examples: 2026-11-21T02:08:00Z, \"2026-11-21 02:08\", 14:30, today, "
                     "yesterday, -1h, -1h30m, -2d."),
                  _ ("\"%s\" is not a point in time."), text);
  return FALSE;
}

char *
ctl_when_to_local (const char *rfc3339)
{
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;
  gint64 wall_us;

  if (rfc3339 == NULL || *rfc3339 == '\0')
    return g_strdup ("–");
  if (!tyto_time_parse (rfc3339, &wall_us, NULL))
    return g_strdup (rfc3339);
  utc = g_date_time_new_from_unix_utc (wall_us / G_USEC_PER_SEC);
  local = utc != NULL ? g_date_time_to_local (utc) : NULL;
  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup (rfc3339);
}

char *
ctl_when_age (const char *rfc3339)
{
  gint64 wall_us, age_us;

  if (rfc3339 == NULL || *rfc3339 == '\0' || !tyto_time_parse (rfc3339, &wall_us, NULL))
    return g_strdup ("–");
  age_us = MAX (0, tyto_time_now () - wall_us);
  return tyto_duration_format ((guint64) age_us * 1000);
}
