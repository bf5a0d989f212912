/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long recordings are kept, when the daily run is due, and what a disk can hold. */
#include "base/tyto-time.h"
#include "recorder/retention/tyto-retention-forecast.h"
#include "recorder/retention/tyto-retention-policy.h"
#include "recorder/retention/tyto-retention-schedule.h"

#include <math.h>

#define HOUR_US (3600 * (gint64) G_USEC_PER_SEC)
#define DAY_US  (24 * HOUR_US)
#define GB      G_GUINT64_CONSTANT (1000000000)

/* --- policy --- */

static TytoRetentionPromise
promise_for (const char *owner, const char *plan, int days, guint mib)
{
  static const char plans_text[] = "{'basic': uint32 7, 'pro': 15, 'for-ever': 0}";
  static const char owners_text[] = "{'anna': 'pro', 'ben': 'gone'}";
  g_autoptr (GVariant) plans = g_variant_parse (NULL, plans_text, NULL, NULL, NULL);
  g_autoptr (GVariant) owners = g_variant_parse (NULL, owners_text, NULL, NULL, NULL);
  const TytoRetentionPlans service = { .plans = plans, .owners = owners, .days = 3 };
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  TytoRetentionPromise promise;

  g_free (config->owner);
  config->owner = g_strdup (owner);
  g_free (config->plan);
  config->plan = g_strdup (plan);
  config->retention_days = days;
  config->retention_mib = mib;
  promise = tyto_retention_policy_get (&service, config);
  promise.plan = g_intern_string (promise.plan);
  return promise;
}

static void
assert_promise (const char *owner, const char *plan, int own_days, guint days, const char *by_plan)
{
  TytoRetentionPromise promise = promise_for (owner, plan, own_days, 0);

  g_assert_cmpuint (promise.days, ==, days);
  g_assert_cmpstr (promise.plan, ==, by_plan);
  g_assert_false (promise.unknown_plan);
}

static void
test_policy_order (void)
{
  assert_promise ("", "", -1, 3, "");
  assert_promise ("anna", "", -1, 15, "pro");
  assert_promise ("anna", "basic", -1, 7, "basic");
  assert_promise ("anna", "basic", 2, 2, "");
  assert_promise ("anna", "basic", 0, 0, "");
  assert_promise ("nobody", "", -1, 3, "");
  assert_promise ("", "for-ever", -1, 0, "for-ever");
  g_assert_cmpuint (promise_for ("", "", -1, 3).limit_bytes, ==, 3 << 20);
}

static void
test_policy_unknown_plan (void)
{
  const gint64 now_us = 1000 * DAY_US;
  TytoRetentionPromise own = promise_for ("", "golden", -1, 0);
  TytoRetentionPromise owners = promise_for ("ben", "", -1, 0);

  g_assert_true (own.unknown_plan);
  g_assert_cmpint (tyto_retention_promise_get_cutoff (&own, now_us), ==, -1);
  g_assert_true (owners.unknown_plan);
  g_assert_cmpstr (owners.plan, ==, "gone");
  /* Days of its own are plain enough. */
  g_assert_false (promise_for ("", "golden", 5, 0).unknown_plan);
}

static void
test_policy_not_configured (void)
{
  const TytoRetentionPlans service = { .days = 3 };
  TytoRetentionPromise promise = tyto_retention_policy_get (&service, NULL);

  g_assert_cmpuint (promise.days, ==, 3);
  g_assert_cmpint (tyto_retention_promise_get_cutoff (&promise, 10 * DAY_US), ==, 7 * DAY_US);
  promise.days = 0;
  g_assert_cmpint (tyto_retention_promise_get_cutoff (&promise, 10 * DAY_US), ==, -1);
}

/* --- schedule --- */

static gint64
at (const char *text)
{
  gint64 wall_us = 0;

  g_assert_true (tyto_time_parse (text, &wall_us, NULL));
  return wall_us;
}

static void
assert_next (const char *zone_name, guint minutes, const char *after, const char *expected)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  g_autofree char *next = NULL;

  g_assert_nonnull (zone);
  next = tyto_time_format (tyto_retention_schedule_next (minutes, zone, at (after)));
  g_assert_cmpstr (next, ==, expected);
}

static void
test_schedule_parse (void)
{
  guint minutes = 0;

  g_assert_true (tyto_retention_schedule_parse ("03:00", &minutes));
  g_assert_cmpuint (minutes, ==, 180);
  g_assert_true (tyto_retention_schedule_parse ("23:59", &minutes));
  g_assert_cmpuint (minutes, ==, 1439);
  for (const char *const *text
       = (const char *const[]){ "", "3:00", "24:00", "12:60", "12:5a", "12-30", "12:30:00", NULL };
       *text != NULL; text++)
    g_assert_false (tyto_retention_schedule_parse (*text, &minutes));
}

static void
test_schedule_next (void)
{
  /* Winter is UTC+1, summer UTC+2. */
  assert_next ("Europe/Berlin", 180, "2026-01-10T01:59:59Z", "2026-01-10T02:00:00.000Z");
  assert_next ("Europe/Berlin", 180, "2026-01-10T02:00:00Z", "2026-01-11T02:00:00.000Z");
  assert_next ("Europe/Berlin", 180, "2026-07-10T02:00:00Z", "2026-07-11T01:00:00.000Z");
  assert_next ("America/New_York", 180, "2026-01-10T02:00:00Z", "2026-01-10T08:00:00.000Z");
  assert_next ("UTC", 0, "2026-12-31T12:00:00Z", "2027-01-01T00:00:00.000Z");
}

static void
test_schedule_odd_days (void)
{
  /* 02:30 is not on 29 March: 02:00 is 03:00. */
  assert_next ("Europe/Berlin", 150, "2026-03-29T00:00:00Z", "2026-03-29T01:00:00.000Z");
  assert_next ("Europe/Berlin", 150, "2026-03-29T01:00:00Z", "2026-03-30T00:30:00.000Z");
  /* 02:30 is twice on 25 October: the first is summer's. */
  assert_next ("Europe/Berlin", 150, "2026-10-25T00:00:00Z", "2026-10-25T00:30:00.000Z");
  assert_next ("Europe/Berlin", 150, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00.000Z");
  /* The same in New York, on 8 March and (01:30) on 1 November. */
  assert_next ("America/New_York", 150, "2026-03-08T05:00:00Z", "2026-03-08T07:00:00.000Z");
  assert_next ("America/New_York", 90, "2026-11-01T04:00:00Z", "2026-11-01T05:30:00.000Z");
  assert_next ("America/New_York", 90, "2026-11-01T05:30:00Z", "2026-11-02T06:30:00.000Z");
  /* Samoa left out 30 December 2011. */
  assert_next ("Pacific/Apia", 180, "2011-12-29T13:00:00Z", "2011-12-30T13:00:00.000Z");
}

/* Runs through a year, run by run: each date of the calendar has one. */
static void
assert_year (const char *zone_name, guint minutes)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  gint64 run_us = at ("2025-12-31T12:00:00Z");
  g_autofree char *before = NULL;
  guint runs = 0;

  while (run_us < at ("2026-12-31T12:00:00Z")) {
    g_autoptr (GDateTime) utc = NULL;
    g_autoptr (GDateTime) local = NULL;
    g_autofree char *date = NULL;

    run_us = tyto_retention_schedule_next (minutes, zone, run_us);
    utc = g_date_time_new_from_unix_utc (run_us / G_USEC_PER_SEC);
    local = g_date_time_to_timezone (utc, zone);
    date = g_date_time_format (local, "%F");
    g_assert_cmpstr (date, !=, before);
    g_free (before);
    before = g_steal_pointer (&date);
    runs++;
  }
  g_assert_cmpuint (runs, ==, 366);
}

static void
test_schedule_year (void)
{
  for (guint minutes = 0; minutes < 240; minutes += 30) {
    assert_year ("Europe/Berlin", minutes);
    assert_year ("America/New_York", minutes);
  }
}

static gint64
due (const char *last, const char *started, const char *now)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");

  return tyto_retention_schedule_due (180, zone, last != NULL ? at (last) : -1, at (started),
                                      HOUR_US / 12, at (now));
}

static void
test_schedule_due (void)
{
  const char *start = "2026-01-10T12:00:00Z";
  const gint64 tomorrow = at ("2026-01-11T02:00:00Z");

  /* Never run, run today, run yesterday (today's was missed), run by a clock that was wrong. */
  g_assert_cmpint (due (NULL, start, start), ==, tomorrow);
  g_assert_cmpint (due ("2026-01-10T02:00:00Z", start, start), ==, tomorrow);
  g_assert_cmpint (due ("2026-01-09T02:00:00Z", start, start), ==, at ("2026-01-10T12:05:00Z"));
  g_assert_cmpint (due ("2027-01-09T02:00:00Z", start, start), ==, tomorrow);
  /* One that comes soon after the start is not made up but met, whenever it is looked. */
  g_assert_cmpint (due ("2026-01-10T02:00:00Z", "2026-01-11T01:59:00Z", "2026-01-11T02:00:01Z"), ==,
                   tomorrow);
  /* The machine slept through it: it is due since then. */
  g_assert_cmpint (due ("2026-01-10T02:00:00Z", start, "2026-01-11T09:00:00Z"), ==, tomorrow);
}

/* --- forecast --- */

static void
test_forecast_fits (void)
{
  TytoForecastCamera cameras[] = {
    { .day_bytes = GB, .stay_days = 7, .held_days = 7 },
    { .day_bytes = 2 * GB, .stay_days = 2, .held_days = 2 },
  };
  TytoForecastDisk disk = { .room_bytes = 11 * GB, .free_bytes = 0 };

  tyto_retention_forecast (&disk, cameras, 2);
  g_assert_true (isinf (disk.holds_days));
  g_assert_true (isinf (disk.full_in_days));
  g_assert_cmpfloat_with_epsilon (cameras[0].fits_days, 7, 1e-9);
  g_assert_cmpfloat_with_epsilon (cameras[1].fits_days, 2, 1e-9);
}

static void
test_forecast_too_small (void)
{
  /* After 2 days the second one takes no more: 9 − 2 × (1 + 2) = 3 are left for the first. */
  TytoForecastCamera cameras[] = {
    { .day_bytes = GB, .stay_days = 7, .held_days = 1 },
    { .day_bytes = 2 * GB, .stay_days = 2, .held_days = 1 },
  };
  TytoForecastDisk disk = { .room_bytes = 9 * GB, .free_bytes = 6 * GB };

  tyto_retention_forecast (&disk, cameras, 2);
  g_assert_cmpfloat_with_epsilon (disk.holds_days, 5, 1e-9);
  g_assert_cmpfloat_with_epsilon (cameras[0].fits_days, 5, 1e-9);
  g_assert_cmpfloat_with_epsilon (cameras[1].fits_days, 2, 1e-9);
  g_assert_cmpfloat_with_epsilon (disk.full_in_days, 2, 1e-9);
}

static void
test_forecast_for_ever (void)
{
  TytoForecastCamera cameras[] = {
    { .day_bytes = GB, .stay_days = INFINITY, .held_days = 3 },
    { .day_bytes = GB, .stay_days = INFINITY, .limit_bytes = 2 * GB, .held_days = 2 },
    { .day_bytes = 0, .stay_days = 7 },
  };
  TytoForecastDisk disk = { .room_bytes = 10 * GB, .free_bytes = 5 * GB };

  tyto_retention_forecast (&disk, cameras, 3);
  g_assert_cmpfloat_with_epsilon (disk.holds_days, 8, 1e-9);
  g_assert_cmpfloat_with_epsilon (disk.full_in_days, 5, 1e-9);
  g_assert_cmpfloat_with_epsilon (cameras[2].fits_days, 7, 1e-9);
}

static void
test_forecast_rate (void)
{
  const gint64 now_us = 100 * DAY_US;

  g_assert_cmpuint (tyto_retention_forecast_day_bytes (GB, 0, now_us), ==, GB);
  g_assert_cmpuint (tyto_retention_forecast_day_bytes (GB, now_us - DAY_US / 2, now_us), ==,
                    2 * GB);
  g_assert_cmpuint (tyto_retention_forecast_day_bytes (GB, now_us - HOUR_US / 2, now_us), ==, 0);
  g_assert_cmpuint (tyto_retention_forecast_day_bytes (0, -1, now_us), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/retention/policy/order", test_policy_order);
  g_test_add_func ("/retention/policy/unknown-plan", test_policy_unknown_plan);
  g_test_add_func ("/retention/policy/not-configured", test_policy_not_configured);
  g_test_add_func ("/retention/schedule/parse", test_schedule_parse);
  g_test_add_func ("/retention/schedule/next", test_schedule_next);
  g_test_add_func ("/retention/schedule/odd-days", test_schedule_odd_days);
  g_test_add_func ("/retention/schedule/year", test_schedule_year);
  g_test_add_func ("/retention/schedule/due", test_schedule_due);
  g_test_add_func ("/retention/forecast/fits", test_forecast_fits);
  g_test_add_func ("/retention/forecast/too-small", test_forecast_too_small);
  g_test_add_func ("/retention/forecast/for-ever", test_forecast_for_ever);
  g_test_add_func ("/retention/forecast/rate", test_forecast_rate);
  return g_test_run ();
}
