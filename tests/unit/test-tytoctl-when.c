/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-when.h"

#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-time.h"

#define SECOND G_GINT64_CONSTANT (1000000)

typedef struct {
  const char *text;
  const char *expected;
} Case;

/* "Now" is 2026-11-21T02:08:00Z, which is still the 20th, 23:08, at UTC−3. */
static gint64
now_us (void)
{
  gint64 now;

  g_assert_true (tyto_time_parse ("2026-11-21T02:08:00Z", &now, NULL));
  return now;
}

static void
test_good (void)
{
  const Case cases[] = {
    { "now", "2026-11-21T02:08:00.000Z" },
    { "-90s", "2026-11-21T02:06:30.000Z" },
    { "-5m", "2026-11-21T02:03:00.000Z" },
    { "-1h", "2026-11-21T01:08:00.000Z" },
    { "-1h30m", "2026-11-21T00:38:00.000Z" },
    { "-2d", "2026-11-19T02:08:00.000Z" },
    { "-1w", "2026-11-14T02:08:00.000Z" },
    { "today", "2026-11-20T03:00:00.000Z" },
    { "yesterday", "2026-11-19T03:00:00.000Z" },
    { "14:30", "2026-11-20T17:30:00.000Z" },
    { "14:30:15", "2026-11-20T17:30:15.000Z" },
    { "2026-11-01", "2026-11-01T03:00:00.000Z" },
    { "2026-11-01 06:07", "2026-11-01T09:07:00.000Z" },
    { "2026-11-01T06:07:08", "2026-11-01T09:07:08.000Z" },
    { "2026-11-01T06:07:08.25Z", "2026-11-01T06:07:08.250Z" },
    { "2026-11-01T06:07:08+02:00", "2026-11-01T04:07:08.000Z" },
    { "1795226880", "2026-11-21T02:08:00.000Z" },
  };
  g_autoptr (GTimeZone) zone = g_time_zone_new_offset (-3 * 3600);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL;
    gint64 wall_us = -1;

    g_assert_true (ctl_when_parse (cases[i].text, now_us (), zone, &wall_us, &error));
    g_assert_no_error (error);
    text = tyto_time_format (wall_us);
    g_assert_cmpstr (text, ==, cases[i].expected);
  }
}

static void
test_bad (void)
{
  const char *const cases[] = { "",
                                "tomorrow",
                                "-",
                                "-h",
                                "-1",
                                "-1h30",
                                "1h",
                                "25:00",
                                "14:60",
                                "2026-13-01",
                                "2026-1-1",
                                "2026-11-2114:30",
                                "-99999w",
                                "--1h",
                                "2026-02-30",
                                "-1x",
                                "2026-11-01 06:07x" };
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    gint64 wall_us = -1;

    g_assert_false (ctl_when_parse (cases[i], now_us (), zone, &wall_us, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull (tyto_error_hint (error));
  }
}

static void
test_local_and_age (void)
{
  g_autofree char *hour_ago = tyto_time_format (tyto_time_now () - 3600 * SECOND);
  g_autofree char *local = NULL;
  g_autofree char *age = NULL;
  g_autofree char *none = ctl_when_age ("");
  g_autofree char *strange = ctl_when_to_local ("soon");

  g_setenv ("TZ", "UTC", TRUE);
  local = ctl_when_to_local ("2026-11-21T02:08:00.500Z");
  g_assert_cmpstr (local, ==, "2026-11-21 02:08:00");
  age = ctl_when_age (hour_ago);
  g_assert_cmpstr (age, ==, "1 h 00 min");
  g_assert_cmpstr (none, ==, "–");
  g_assert_cmpstr (strange, ==, "soon");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tytoctl/when/good", test_good);
  g_test_add_func ("/tytoctl/when/bad", test_bad);
  g_test_add_func ("/tytoctl/when/local-and-age", test_local_and_age);
  return g_test_run ();
}
