/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-retention-schedule.h"

#include <string.h>

gboolean
tyto_retention_schedule_parse (const char *text, guint *minutes)
{
  guint hour, minute;

  if (strlen (text) != 5 || text[2] != ':' || !g_ascii_isdigit (text[0])
      || !g_ascii_isdigit (text[1]) || !g_ascii_isdigit (text[3]) || !g_ascii_isdigit (text[4]))
    return FALSE;
  hour = (guint) (text[0] - '0') * 10 + (guint) (text[1] - '0');
  minute = (guint) (text[3] - '0') * 10 + (guint) (text[4] - '0');
  if (hour > 23 || minute > 59)
    return FALSE;
  *minutes = hour * 60 + minute;
  return TRUE;
}

/* The run of the day of @day in @zone, µs since the Unix epoch; -1 for a day that the zone left out
 * (Samoa, 30 December 2011). */
static gint64
run_of_day (GDateTime *day, guint minutes, GTimeZone *zone)
{
  g_autoptr (GDateTime) midnight
      = g_date_time_new_utc (g_date_time_get_year (day), g_date_time_get_month (day),
                             g_date_time_get_day_of_month (day), 0, 0, 0);
  gint64 seconds = g_date_time_to_unix (midnight) + (gint64) minutes * 60;
  gint64 day_end = g_date_time_to_unix (midnight) + 86400;
  /* Of a time that is there twice, the daylight time comes first. */
  int interval = g_time_zone_adjust_time (zone, G_TIME_TYPE_DAYLIGHT, &seconds);

  return seconds < day_end ? (seconds - g_time_zone_get_offset (zone, interval)) * G_USEC_PER_SEC
                           : -1;
}

gint64
tyto_retention_schedule_next (guint minutes, GTimeZone *zone, gint64 after_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (after_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
  g_autoptr (GDateTime) noon
      = g_date_time_new_utc (g_date_time_get_year (local), g_date_time_get_month (local),
                             g_date_time_get_day_of_month (local), 12, 0, 0);

  for (int days = -1;; days++) {
    g_autoptr (GDateTime) day = g_date_time_add_days (noon, days);
    gint64 run_us = run_of_day (day, minutes, zone);

    if (run_us > after_us)
      return run_us;
  }
}

gint64
tyto_retention_schedule_due (guint minutes, GTimeZone *zone, gint64 last_us, gint64 started_us,
                             gint64 grace_us, gint64 now_us)
{
  gint64 next_us;

  if (last_us < 0 || last_us > now_us)
    return tyto_retention_schedule_next (minutes, zone, now_us);
  next_us = tyto_retention_schedule_next (minutes, zone, last_us);
  return next_us < started_us ? started_us + grace_us : next_us;
}
