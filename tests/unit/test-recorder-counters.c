/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera-counters.h"

static void
told (TytoCameraCounters *counters, guint64 packets, guint64 lost, guint64 frames)
{
  GVariantDict dict;
  g_autoptr (GVariant) variant = NULL;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "packets-received", "t", packets);
  g_variant_dict_insert (&dict, "packets-lost", "t", lost);
  g_variant_dict_insert (&dict, "frames-received", "t", frames);
  variant = g_variant_ref_sink (g_variant_dict_end (&dict));
  tyto_camera_counters_update (counters, variant);
}

static void
segment (TytoCameraCounters *counters, guint64 frames, guint64 bytes)
{
  g_autoptr (TytoSegment) row = tyto_segment_new ();

  row->frames = frames;
  row->bytes = bytes;
  tyto_camera_counters_add_segment (counters, row);
}

static void
test_adds_up_runs (void)
{
  TytoCameraCounters counters = { 0 };

  told (&counters, 90, 10, 50);
  segment (&counters, 25, 1000);
  segment (&counters, 25, 1200);
  g_assert_cmpuint (tyto_camera_counters_end_run (&counters), ==, 0);
  told (&counters, 10, 0, 5);
  g_assert_cmpuint (tyto_camera_counters_get_packets_received (&counters), ==, 100);
  g_assert_cmpuint (tyto_camera_counters_get_packets_lost (&counters), ==, 10);
  g_assert_cmpuint (tyto_camera_counters_get_frames_received (&counters), ==, 55);
  g_assert_cmpuint (tyto_camera_counters_get_frames_recorded (&counters), ==, 50);
  g_assert_cmpuint (counters.segments, ==, 2);
  g_assert_cmpuint (counters.bytes, ==, 2200);
  g_assert_cmpuint (counters.frames_lost, ==, 0); /* the five may still be recorded */
  g_assert_cmpfloat_with_epsilon (tyto_camera_counters_get_loss_ratio (&counters), 10.0 / 110.0,
                                  1e-9);
}

static void
test_counts_what_a_run_lost (void)
{
  TytoCameraCounters counters = { 0 };

  told (&counters, 0, 0, 60);
  segment (&counters, 50, 1);
  g_assert_cmpuint (tyto_camera_counters_end_run (&counters), ==, 10);
  told (&counters, 0, 0, 7);
  g_assert_cmpuint (tyto_camera_counters_end_run (&counters), ==, 7);
  g_assert_cmpuint (counters.frames_lost, ==, 17);
}

static void
test_statistics_come_late (void)
{
  TytoCameraCounters counters = { 0 };

  /* The segment is told at once, the statistics every 2 s. */
  told (&counters, 0, 0, 40);
  segment (&counters, 50, 1);
  g_assert_cmpuint (tyto_camera_counters_get_frames_received (&counters), ==, 50);
  g_assert_cmpuint (tyto_camera_counters_end_run (&counters), ==, 0);
  g_assert_cmpuint (tyto_camera_counters_get_frames_received (&counters), ==, 50);
}

static void
test_figures_never_fall (void)
{
  TytoCameraCounters counters = { 0 };
  g_autoptr (GVariant) empty = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  told (&counters, 10, 2, 30);
  tyto_camera_counters_update (&counters, empty);
  told (&counters, 5, 1, 20);
  g_assert_cmpuint (tyto_camera_counters_get_packets_received (&counters), ==, 10);
  g_assert_cmpuint (tyto_camera_counters_get_frames_received (&counters), ==, 30);
}

static void
test_nothing_sent (void)
{
  TytoCameraCounters counters = { 0 };

  g_assert_cmpfloat (tyto_camera_counters_get_loss_ratio (&counters), ==, 0.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-counters/adds-up-runs", test_adds_up_runs);
  g_test_add_func ("/camera-counters/what-a-run-lost", test_counts_what_a_run_lost);
  g_test_add_func ("/camera-counters/statistics-come-late", test_statistics_come_late);
  g_test_add_func ("/camera-counters/figures-never-fall", test_figures_never_fall);
  g_test_add_func ("/camera-counters/nothing-sent", test_nothing_sent);
  return g_test_run ();
}
