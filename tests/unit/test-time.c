/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "base/tyto-time.h"

#define EXAMPLE_US G_GINT64_CONSTANT (1795226880123456) /* 2026-11-21T02:08:00.123456Z */

static void
test_format (void)
{
  static const struct {
    gint64 wall_us;
    const char *text;
  } cases[] = {
    { EXAMPLE_US, "2026-11-21T02:08:00.123Z" },
    { 0, "1970-01-01T00:00:00.000Z" },
    { -1, "1969-12-31T23:59:59.999Z" },
    { -1000000, "1969-12-31T23:59:59.000Z" },
    { G_GINT64_CONSTANT (951782400000000), "2000-02-29T00:00:00.000Z" },
    { G_MAXINT64, "9999-12-31T23:59:59.775Z" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = tyto_time_format (cases[i].wall_us);

    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static void
test_parse (void)
{
  static const struct {
    const char *text;
    gint64 wall_us;
  } cases[] = {
    { "2026-11-21T02:08:00.123456Z", EXAMPLE_US },
    { "2026-11-21t02:08:00.1234569z", EXAMPLE_US },
    { "2026-11-21 03:38:00.123456+01:30", EXAMPLE_US },
    { "2026-11-20T21:08:00.123456-05:00", EXAMPLE_US },
    { "2026-11-21T02:08:00Z", EXAMPLE_US - 123456 },
    { "1795226880", EXAMPLE_US - 123456 },
    { "1795226880.123456", EXAMPLE_US },
    { "0", 0 },
    { "-0.5", -500000 },
    { "2016-12-31T23:59:60Z", G_GINT64_CONSTANT (1483228800000000) },
    { "0001-01-01T00:00:00Z", G_GINT64_CONSTANT (-62135596800000000) },
    { "9999-12-31T23:59:59Z", G_GINT64_CONSTANT (253402300799000000) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    gint64 wall_us = -77;

    g_test_message ("%s", cases[i].text);
    g_assert_true (tyto_time_parse (cases[i].text, &wall_us, &error));
    g_assert_no_error (error);
    g_assert_cmpint (wall_us, ==, cases[i].wall_us);
  }
}

static void
test_parse_refuses (void)
{
  static const char *const bad[] = {
    "",
    " ",
    "now",
    "2026-11-21",
    "2026-11-21T02:08Z",
    "2026-11-21T02:08:00",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-21T24:00:00Z",
    "2026-11-21T02:60:00Z",
    "2026-11-21T02:08:61Z",
    "2026-11-21T02:08:00.Z",
    "2026-11-21T02:08:00+1:00",
    "2026-11-21T02:08:00+24:00",
    "2026-11-21T02:08:00Z ",
    "2026-11-21x02:08:00Z",
    "0000-01-01T00:00:00Z",
    "1e9",
    "12.",
    ".5",
    "--1",
    "253402300800",
    "99999999999999999999999999",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    gint64 wall_us = -77;

    g_test_message ("%s", bad[i]);
    g_assert_false (tyto_time_parse (bad[i], &wall_us, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull (tyto_error_hint (error));
    g_assert_cmpint (wall_us, ==, -77);
  }
  g_assert_false (tyto_time_parse (NULL, NULL, NULL));
}

static void
test_duration (void)
{
  static const struct {
    double seconds;
    const char *text;
  } cases[] = {
    { 0, "0.0 s" },
    { 12, "12.0 s" },
    { 0.04, "0.0 s" },
    { 59.94, "59.9 s" },
    { 59.96, "1 min 00 s" },
    { 900, "15 min 00 s" },
    { 3599.4, "59 min 59 s" },
    { 3599.6, "1 h 00 min" },
    { 7399, "2 h 03 min" },
    { 360000, "100 h 00 min" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = tyto_duration_format ((guint64) (cases[i].seconds * 1e9));

    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

static void
test_clocks (void)
{
  gint64 wall = tyto_time_now ();
  guint64 monotonic = tyto_time_monotonic_ns ();

  g_assert_cmpint (ABS (wall - g_get_real_time ()), <, G_USEC_PER_SEC);
  g_assert_cmpint (ABS ((gint64) (monotonic / 1000) - g_get_monotonic_time ()), <, G_USEC_PER_SEC);
  g_assert_cmpuint (tyto_time_monotonic_ns (), >=, monotonic);
}

int
main (int argc, char **argv)
{
  /* Times are UTC wherever the recorder stands. */
  g_setenv ("TZ", "America/New_York", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/format", test_format);
  g_test_add_func ("/time/parse", test_parse);
  g_test_add_func ("/time/parse-refuses", test_parse_refuses);
  g_test_add_func ("/time/duration", test_duration);
  g_test_add_func ("/time/clocks", test_clocks);
  return g_test_run ();
}
