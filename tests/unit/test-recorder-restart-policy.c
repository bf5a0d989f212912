/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-restart-policy.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static void
test_doubles (void)
{
  const guint expected_ms[] = { 1000, 2000, 4000, 8000, 16000 };
  TytoRestartPolicy policy;
  gint64 now = 1000 * SECOND;
  gboolean parked;

  tyto_restart_policy_init (&policy);
  for (guint i = 0; i < G_N_ELEMENTS (expected_ms); i++) {
    g_assert_cmpuint (tyto_restart_policy_died (&policy, now, now + SECOND, &parked), ==,
                      expected_ms[i]);
    g_assert_false (parked);
    now += 20 * SECOND;
  }
}

static void
test_longest_wait (void)
{
  TytoRestartPolicy policy;
  gint64 now = 0;
  gboolean parked;
  guint wait_ms = 0;

  /* So far apart that it is never parked, so short-lived that the wait is never reset. */
  tyto_restart_policy_init (&policy);
  for (guint i = 0; i < 12; i++) {
    now += 130 * SECOND;
    wait_ms = tyto_restart_policy_died (&policy, now - SECOND, now, &parked);
    g_assert_false (parked);
  }
  g_assert_cmpuint (wait_ms, ==, 30000);
}

static void
test_healthy_life_resets (void)
{
  TytoRestartPolicy policy;
  gboolean parked;

  tyto_restart_policy_init (&policy);
  tyto_restart_policy_died (&policy, 0, SECOND, &parked);
  tyto_restart_policy_died (&policy, 2 * SECOND, 3 * SECOND, &parked);
  g_assert_cmpuint (tyto_restart_policy_died (&policy, 5 * SECOND, 15 * SECOND, &parked), ==, 1000);
  g_assert_cmpuint (tyto_restart_policy_died (&policy, 16 * SECOND, 26 * SECOND - 1, &parked), ==,
                    2000);
}

static void
test_parks_at_the_sixth (void)
{
  TytoRestartPolicy policy;
  gboolean parked;

  /* Each life is a healthy one: only the number of deaths counts. */
  tyto_restart_policy_init (&policy);
  for (gint64 i = 1; i <= 5; i++) {
    tyto_restart_policy_died (&policy, i * 100 * SECOND, (i + 1) * 100 * SECOND, &parked);
    g_assert_false (parked);
  }
  g_assert_cmpuint (tyto_restart_policy_died (&policy, 600 * SECOND, 700 * SECOND, &parked), ==,
                    30 * 60 * 1000);
  g_assert_true (parked);

  /* After the half hour it begins anew. */
  g_assert_cmpuint (tyto_restart_policy_died (&policy, 2500 * SECOND, 2501 * SECOND, &parked), ==,
                    1000);
  g_assert_false (parked);
}

static void
test_window_slides (void)
{
  TytoRestartPolicy policy;
  gboolean parked;

  tyto_restart_policy_init (&policy);
  for (gint64 i = 0; i < 40; i++) {
    tyto_restart_policy_died (&policy, i * 121 * SECOND, (i * 121 + 1) * SECOND, &parked);
    g_assert_false (parked); /* five in each ten minutes, never a sixth */
  }
}

static void
test_reset (void)
{
  TytoRestartPolicy policy;
  gboolean parked;

  tyto_restart_policy_init (&policy);
  for (gint64 i = 0; i < 5; i++)
    tyto_restart_policy_died (&policy, i * SECOND, i * SECOND, &parked);
  tyto_restart_policy_reset (&policy);
  g_assert_cmpuint (tyto_restart_policy_died (&policy, 6 * SECOND, 6 * SECOND, &parked), ==, 1000);
  g_assert_false (parked);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/restart-policy/doubles", test_doubles);
  g_test_add_func ("/restart-policy/longest-wait", test_longest_wait);
  g_test_add_func ("/restart-policy/healthy-life-resets", test_healthy_life_resets);
  g_test_add_func ("/restart-policy/parks-at-the-sixth", test_parks_at_the_sixth);
  g_test_add_func ("/restart-policy/window-slides", test_window_slides);
  g_test_add_func ("/restart-policy/reset", test_reset);
  return g_test_run ();
}
