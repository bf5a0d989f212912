/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-process-sample.h"
#include "recorder/workers/tyto-watch-policy.h"

#include <string.h>
#include <unistd.h>

#define S ((gint64) G_USEC_PER_SEC)

static void
test_memory (void)
{
  const TytoWorkerLimits limits = { .memory = 1000 };
  const TytoWorkerLimits none = { 0 };
  TytoWorkerPolicy policy = { 0 };

  g_assert_false (tyto_worker_policy_judge (&policy, 0, 0, 1000, &limits).high_memory);
  g_assert_false (tyto_worker_policy_judge (&policy, 5 * S, 0, 1001, &limits).restart);
  g_assert_false (tyto_worker_policy_judge (&policy, 10 * S, 0, 900, &limits).restart);
  g_assert_false (tyto_worker_policy_judge (&policy, 15 * S, 0, 1001, &limits).restart);
  g_assert_true (tyto_worker_policy_judge (&policy, 20 * S, 0, 2000, &limits).restart);
  g_assert_false (tyto_worker_policy_judge (&policy, 25 * S, 0, 2000, &none).restart);
}

static void
test_cpu (void)
{
  const TytoWorkerLimits limits = { .cpu = 0.8 };
  TytoWorkerPolicy policy = { 0 };
  TytoWorkerVerdict verdict;

  /* A quarter of a core for 5 minutes, then a whole one. */
  for (gint64 t = 0; t < 300; t += 5) {
    verdict = tyto_worker_policy_judge (&policy, t * S, t * S / 4, 0, &limits);
    g_assert_cmpfloat_with_epsilon (verdict.cpu, t < 60 ? -1 : 0.25, 0.001);
    g_assert_false (verdict.high_cpu);
  }
  for (gint64 t = 300; t < 400; t += 5) {
    verdict = tyto_worker_policy_judge (&policy, t * S, 295 * S / 4 + (t - 295) * S, 0, &limits);
    g_assert_cmpint (verdict.high_cpu, ==, t >= 340); /* 44 s of the minute */
    g_assert_false (verdict.restart);
  }
  g_assert_cmpfloat_with_epsilon (verdict.cpu, 1, 0.001);
  for (gint64 t = 400; t < 1000; t++) /* more often than it can keep */
    verdict = tyto_worker_policy_judge (&policy, t * S, 500 * S, 0, &limits);
  g_assert_cmpfloat (verdict.cpu, ==, -1);
}

static void
test_good_recording (void)
{
  TytoCameraPolicy policy;

  tyto_camera_policy_init (&policy);
  for (gint64 t = 0; t < 1000; t += 5) {
    TytoCameraVerdict verdict;

    if (t % 10 == 0 && t > 0)
      tyto_camera_policy_closed (&policy, t * S);
    verdict = tyto_camera_policy_judge (&policy, t * S, TRUE, t % 10 * 1000, 10);
    g_assert_false (verdict.low_rate || verdict.stuck || verdict.restart || verdict.unstable);
  }
}

static void
test_stuck_recording (void)
{
  TytoCameraPolicy policy;
  TytoCameraVerdict verdict;
  guint restarts = 0;

  tyto_camera_policy_init (&policy);
  tyto_camera_policy_judge (&policy, 0, TRUE, 1000, 10);
  verdict = tyto_camera_policy_judge (&policy, 50 * S, TRUE, 1000, 10); /* 2 lengths and 30 s */
  g_assert_false (verdict.stuck);
  g_assert_true (verdict.low_rate);
  verdict = tyto_camera_policy_judge (&policy, 80 * S + 1, TRUE, 1000, 10);
  g_assert_true (verdict.stuck && verdict.restart);
  verdict = tyto_camera_policy_judge (&policy, 85 * S, TRUE, 0, 10); /* it has begun anew */
  g_assert_false (verdict.stuck || verdict.low_rate);

  /* It never gets better. */
  for (gint64 t = 90; t < 90 + 420; t++) {
    verdict = tyto_camera_policy_judge (&policy, t * S, TRUE, 0, 10);
    restarts += verdict.restart;
  }
  g_assert_cmpuint (restarts, ==, TYTO_WATCH_RESTARTS_MAX - 1);
  g_assert_true (verdict.stuck && verdict.unstable);
  g_assert_false (tyto_camera_policy_judge (&policy, 2000 * S, TRUE, 0, 10).restart);
  verdict = tyto_camera_policy_judge (&policy, (510 + TYTO_WATCH_REST_S) * S, TRUE, 0, 10);
  g_assert_true (verdict.restart && !verdict.unstable); /* it has rested */
}

static void
test_long_groups_of_pictures (void)
{
  TytoCameraPolicy policy;

  /* No segment can be cut, but all that comes is written. */
  tyto_camera_policy_init (&policy);
  for (gint64 t = 0; t < 3600; t += 5) {
    TytoCameraVerdict verdict = tyto_camera_policy_judge (&policy, t * S, TRUE, t * 1000, 10);

    g_assert_false (verdict.stuck);
    g_assert_cmpint (verdict.low_rate, ==, t > 33);
  }
}

static void
test_not_recording (void)
{
  TytoCameraPolicy policy;
  TytoCameraVerdict verdict;
  gboolean writing;

  tyto_camera_policy_init (&policy);
  for (gint64 t = 0; t < 3600; t += 5) {
    verdict = tyto_camera_policy_judge (&policy, t * S, FALSE, -1, 10);
    g_assert_false (verdict.low_rate || verdict.stuck);
    g_assert_false (tyto_camera_policy_should_write (&policy, t * S, 30 * S, &writing));
  }
}

static void
test_writing (void)
{
  TytoCameraPolicy policy;
  gboolean writing = FALSE;

  tyto_camera_policy_init (&policy);
  tyto_camera_policy_judge (&policy, 0, TRUE, 0, 900);
  g_assert_false (tyto_camera_policy_should_write (&policy, 119 * S, 30 * S, &writing));
  for (gint64 t = 0; t <= 120; t += 5)
    tyto_camera_policy_judge (&policy, t * S, TRUE, t, 900);
  g_assert_true (tyto_camera_policy_should_write (&policy, 150 * S, 30 * S, &writing));
  g_assert_true (writing);
  g_assert_true (tyto_camera_policy_should_write (&policy, 151 * S, 30 * S, &writing));
  g_assert_false (writing);
  /* Once it took 50 s: it may take 100 s. */
  tyto_camera_policy_judge (&policy, 170 * S, TRUE, 1000, 900);
  g_assert_true (tyto_camera_policy_should_write (&policy, 270 * S, 30 * S, &writing));
  g_assert_true (writing);
  g_assert_true (tyto_camera_policy_should_write (&policy, 271 * S, 30 * S, &writing));
  g_assert_false (writing);
}

static void
test_sample (void)
{
  TytoProcessSample before, after;
  const gsize size = 64 * 1024 * 1024;
  char *memory;

  g_assert_true (tyto_process_sample_read ((guint) getpid (), &before));
  memory = g_malloc (size);
  for (guint round = 0; round < 20; round++)
    memset (memory, (int) round, size);
  g_assert_true (tyto_process_sample_read ((guint) getpid (), &after));
  g_assert_cmpuint (after.memory, >=, before.memory + size * 9 / 10);
  g_assert_cmpint (after.cpu_us, >, before.cpu_us);
  g_assert_cmpint (memory[size - 1], ==, 19);
  g_free (memory);
  g_assert_false (tyto_process_sample_read (0, &after));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch/memory", test_memory);
  g_test_add_func ("/watch/cpu", test_cpu);
  g_test_add_func ("/watch/good-recording", test_good_recording);
  g_test_add_func ("/watch/stuck-recording", test_stuck_recording);
  g_test_add_func ("/watch/long-groups-of-pictures", test_long_groups_of_pictures);
  g_test_add_func ("/watch/not-recording", test_not_recording);
  g_test_add_func ("/watch/writing", test_writing);
  g_test_add_func ("/watch/sample", test_sample);
  return g_test_run ();
}
