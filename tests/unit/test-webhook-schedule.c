/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-schedule.h"

#define S G_TIME_SPAN_SECOND
#define H G_TIME_SPAN_HOUR

static void
test_over_days (void)
{
  static const gint64 seconds[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };
  gint64 age = 0;

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++) {
    gint64 delay = tyto_webhook_schedule_delay (i + 1, age, -1, 0.5);

    g_assert_cmpint (delay, ==, seconds[i] * S);
    age += delay;
  }
  g_assert_cmpint (age, >, 3 * G_TIME_SPAN_DAY);
  g_assert_cmpint (tyto_webhook_schedule_delay (10, age, -1, 0.5), ==, -1);
  g_assert_cmpint (tyto_webhook_schedule_delay (11, age, 60, 0.5), ==, -1);
}

static void
test_is_spread (void)
{
  g_assert_cmpint (tyto_webhook_schedule_delay (4, 0, -1, 0.0), ==, 2 * H * 9 / 10);
  g_assert_cmpint (tyto_webhook_schedule_delay (4, 0, -1, 0.75), ==, 2 * H * 105 / 100);
}

static void
test_nothing_waits_for_ever (void)
{
  g_assert_cmpint (tyto_webhook_schedule_delay (2, 4 * G_TIME_SPAN_DAY - 1, -1, 0.5), >, 0);
  g_assert_cmpint (tyto_webhook_schedule_delay (2, 4 * G_TIME_SPAN_DAY, -1, 0.5), ==, -1);
}

static void
test_retry_after (void)
{
  g_assert_cmpint (tyto_webhook_schedule_delay (1, 0, 120, 0.5), ==, 120 * S);
  g_assert_cmpint (tyto_webhook_schedule_delay (2, 0, 120, 0.5), ==, 300 * S);
  g_assert_cmpint (tyto_webhook_schedule_delay (1, 0, G_MAXINT64, 0.5), ==, 24 * H);
  g_assert_cmpint (tyto_webhook_schedule_hold (1, 5 * S, 120), ==, 120 * S);
  g_assert_cmpint (tyto_webhook_schedule_hold (9, 5 * S, G_MAXINT64), ==, 24 * H);
}

static void
test_hold (void)
{
  static const gint64 seconds[] = { 5, 10, 20, 40, 80, 160, 300, 300 };

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    g_assert_cmpint (tyto_webhook_schedule_hold (i + 1, 6 * H, -1), ==, seconds[i] * S);
  /* The one that failed goes first again. */
  g_assert_cmpint (tyto_webhook_schedule_hold (1, 5400000, -1), ==, 5400000);
  g_assert_cmpint (tyto_webhook_schedule_hold (1, -1, -1), ==, 5 * S);
  g_assert_cmpint (tyto_webhook_schedule_hold (G_MAXUINT, -1, -1), ==, 300 * S);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook-schedule/over-days", test_over_days);
  g_test_add_func ("/webhook-schedule/is-spread", test_is_spread);
  g_test_add_func ("/webhook-schedule/nothing-waits-for-ever", test_nothing_waits_for_ever);
  g_test_add_func ("/webhook-schedule/retry-after", test_retry_after);
  g_test_add_func ("/webhook-schedule/hold", test_hold);
  return g_test_run ();
}
