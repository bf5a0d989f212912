/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times are small numbers of µs: the ledger reads no clock. */
#include "recorder/ledger/tyto-ledger.h"

/* When something failed; it only matters where a gap ends then. */
#define NOW 777

typedef struct {
  TytoLedger *ledger;
  GPtrArray *opened; /* (element-type TytoGap) */
  GPtrArray *closed;
  GPtrArray *moved;
} Fixture;

static void
collect (TytoLedger *ledger, TytoGap *gap, GPtrArray *gaps)
{
  g_ptr_array_add (gaps, tyto_gap_ref (gap));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->ledger = tyto_ledger_new ("front", "main");
  f->opened = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_gap_unref);
  f->closed = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_gap_unref);
  f->moved = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_gap_unref);
  g_signal_connect (f->ledger, "gap-moved", G_CALLBACK (collect), f->moved);
  g_signal_connect (f->ledger, "gap-opened", G_CALLBACK (collect), f->opened);
  g_signal_connect (f->ledger, "gap-closed", G_CALLBACK (collect), f->closed);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_finalize_object (f->ledger);
  g_ptr_array_unref (f->opened);
  g_ptr_array_unref (f->closed);
  g_ptr_array_unref (f->moved);
}

static void
segment (Fixture *f, gint64 start_us, gint64 end_us, guint64 packets_lost)
{
  g_autoptr (TytoSegment) row = tyto_segment_new ();

  row->start_us = start_us;
  row->end_us = end_us;
  row->packets_lost = packets_lost;
  tyto_ledger_open_segment (f->ledger, start_us);
  tyto_ledger_close_segment (f->ledger, row);
}

static void
assert_gap (GPtrArray *gaps, guint i, gint64 start_us, gint64 end_us, const char *reason)
{
  TytoGap *gap = g_ptr_array_index (gaps, i);

  g_assert_cmpstr (gap->camera, ==, "front");
  g_assert_cmpstr (gap->stream, ==, "main");
  g_assert_cmpint (gap->start_us, ==, start_us);
  g_assert_cmpint (gap->end_us, ==, end_us);
  g_assert_cmpstr (gap->reason, ==, reason);
}

static void
test_healthy (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 150, 200, 0);
  segment (f, 200, 300, 0);
  tyto_ledger_end_run (f->ledger, "stopped", "", 300, 0);
  tyto_ledger_cease (f->ledger, 301);
  g_assert_cmpuint (f->opened->len, ==, 0);
  g_assert_cmpuint (tyto_ledger_get_n_gaps (f->ledger), ==, 0);
}

static void
test_first_connect_fails (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_ask (f->ledger, 120); /* again: nothing new */
  tyto_ledger_fail (f->ledger, "camera-refused", "401", NOW, 0);
  tyto_ledger_fail (f->ledger, "camera-offline", "gone", NOW, 0);
  g_assert_cmpuint (f->opened->len, ==, 1);
  assert_gap (f->opened, 0, 100, -1, "camera-refused");
  tyto_ledger_start_run (f->ledger);
  g_assert_cmpuint (f->closed->len, ==, 0); /* connected is not recorded */
  segment (f, 180, 200, 0);
  g_assert_cmpuint (f->closed->len, ==, 1);
  assert_gap (f->closed, 0, 100, 180, "camera-refused");
  g_assert_null (tyto_ledger_get_open_gap (f->ledger));
}

static void
test_run_breaks_off (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 110, 200, 0);
  segment (f, 200, 250, 0);
  tyto_ledger_end_run (f->ledger, "camera-silent", "no data for 10 s", 250, 3);
  assert_gap (f->opened, 0, 250, -1, "camera-silent");
  g_assert_cmpuint (tyto_ledger_get_open_gap (f->ledger)->frames_lost, ==, 3);
  tyto_ledger_start_run (f->ledger);
  segment (f, 400, 500, 0);
  assert_gap (f->closed, 0, 250, 400, "camera-silent");
}

static void
test_run_without_segment (Fixture *f, gconstpointer data)
{
  /* A run that recorded nothing neither closes the gap nor moves its start. */
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 110, 200, 0);
  tyto_ledger_end_run (f->ledger, "camera-ended", "", 200, 0);
  tyto_ledger_start_run (f->ledger);
  tyto_ledger_end_run (f->ledger, "disk", "", 300, 0);
  tyto_ledger_start_run (f->ledger);
  segment (f, 400, 450, 0);
  g_assert_cmpuint (f->opened->len, ==, 1);
  assert_gap (f->closed, 0, 200, 400, "camera-ended");
}

static void
test_worker_dies_in_open_segment (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 110, 200, 0);
  tyto_ledger_open_segment (f->ledger, 200);
  tyto_ledger_fail (f->ledger, "worker-died", "signal 9", NOW, 25);
  assert_gap (f->opened, 0, 200, -1, "worker-died");

  /* And once more before the next segment is finished: the gaps meet and do not overlap. */
  tyto_ledger_start_run (f->ledger);
  tyto_ledger_open_segment (f->ledger, 320);
  tyto_ledger_fail (f->ledger, "worker-died", "signal 9", NOW, 5);
  assert_gap (f->closed, 0, 200, 320, "worker-died");
  assert_gap (f->opened, 1, 320, -1, "worker-died");
}

static void
test_next_segment_opens_before_last_closes (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoSegment) row = tyto_segment_new ();

  row->start_us = 110;
  row->end_us = 200;
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  tyto_ledger_open_segment (f->ledger, 110);
  tyto_ledger_open_segment (f->ledger, 200);
  tyto_ledger_fail (f->ledger, "worker-died", "", NOW, 0);
  assert_gap (f->opened, 0, 110, -1, "worker-died"); /* neither is in its file */
}

static void
test_stop_closes (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_fail (f->ledger, "camera-offline", "", NOW, 0);
  tyto_ledger_cease (f->ledger, 500);
  assert_gap (f->closed, 0, 100, 500, "camera-offline");
  tyto_ledger_fail (f->ledger, "camera-offline", "", NOW, 0); /* not wanted: no gap */
  g_assert_cmpuint (f->opened->len, ==, 1);

  tyto_ledger_ask (f->ledger, 900);
  tyto_ledger_fail (f->ledger, "camera-offline", "", NOW, 0);
  assert_gap (f->opened, 1, 900, -1, "camera-offline"); /* the time it was off is no gap */
}

/* Of the sound: what pictures did not come whole is told. */
static void
test_packet_loss (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 110, 200, 7);
  g_assert_cmpuint (f->opened->len, ==, 0);
  g_assert_null (tyto_ledger_get_open_gap (f->ledger));
}

static void
test_told_packet_loss (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  tyto_ledger_open_segment (f->ledger, 110);
  tyto_ledger_note (f->ledger, "packet-loss", "", 150, 160, 7, 2);
  segment (f, 110, 200, 7); /* where it was, not the whole segment */
  g_assert_cmpuint (f->opened->len, ==, 1);
  assert_gap (f->closed, 0, 150, 160, "packet-loss");
  g_assert_cmpuint (((TytoGap *) f->closed->pdata[0])->frames_lost, ==, 2);
}

/* A slow disk beside a camera that goes: each has its gap. */
static void
test_gap_within_segment_lasts (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  tyto_ledger_open_segment (f->ledger, 110);
  tyto_ledger_note (f->ledger, "disk-slow", "", 150, -1, 0, 0);
  tyto_ledger_note (f->ledger, "disk-slow", "", 150, -1, 0, 5);
  g_assert_cmpuint (f->opened->len, ==, 1);
  g_assert_null (tyto_ledger_get_open_gap (f->ledger));
  tyto_ledger_note (f->ledger, "disk-slow", "", 150, 170, 0, 9);
  assert_gap (f->closed, 0, 150, 170, "disk-slow");
  g_assert_cmpuint (((TytoGap *) f->closed->pdata[0])->frames_lost, ==, 9);
  tyto_ledger_note (f->ledger, "disk-slow", "", 180, -1, 0, 0);
  tyto_ledger_end_run (f->ledger, "camera-ended", "", 200, 0);
  assert_gap (f->closed, 1, 180, 200, "disk-slow");
  assert_gap (f->opened, 2, 200, -1, "camera-ended");
}

/* A full disk leaves a hole in a run that goes on. */
static void
test_gap_in_run (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 110, 200, 0);
  tyto_ledger_note (f->ledger, "disk-full", "no room", 200, -1, 0, 0);
  assert_gap (f->opened, 0, 200, -1, "disk-full");
  tyto_ledger_note (f->ledger, "disk-full", "no room", 200, 260, 0, 30);
  assert_gap (f->closed, 0, 200, 260, "disk-full");
  segment (f, 260, 300, 0);
  tyto_ledger_note (f->ledger, "disk-full", "no room", 300, -1, 0, 0);
  segment (f, 350, 400, 0); /* its end was not told */
  assert_gap (f->closed, 1, 300, 350, "disk-full");
  tyto_ledger_note (f->ledger, "disk-full", "no room", 390, 450, 0, 3); /* known when over */
  assert_gap (f->closed, 2, 400, 450, "disk-full");
  g_assert_cmpuint (f->opened->len, ==, 3);
}

static void
test_recovered (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoSegment) row = tyto_segment_new ();

  row->start_us = 200;
  row->end_us = 260;
  row->frames = 20;
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 110, 200, 0);
  tyto_ledger_open_segment (f->ledger, 200);
  tyto_ledger_fail (f->ledger, "worker-died", "signal 9", NOW, 25);
  tyto_ledger_recovered (f->ledger, row);
  g_assert_cmpuint (f->moved->len, ==, 1);
  assert_gap (f->moved, 0, 260, -1, "worker-died");
  g_assert_cmpuint (((TytoGap *) f->moved->pdata[0])->frames_lost, ==, 5);
  tyto_ledger_recovered (f->ledger, row); /* again: nothing new */
  g_assert_cmpuint (f->moved->len, ==, 1);
  segment (f, 400, 500, 0);
  assert_gap (f->closed, 0, 260, 400, "worker-died");
}

static void
test_settings (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 100);
  tyto_ledger_start_run (f->ledger);
  segment (f, 110, 200, 0);
  tyto_ledger_end_run (f->ledger, "settings", "", 200, 0);
  assert_gap (f->opened, 0, 200, -1, "settings");
  tyto_ledger_fail (f->ledger, "camera-offline", "", 300, 0); /* the fault has its own name */
  assert_gap (f->closed, 0, 200, 300, "settings");
  assert_gap (f->opened, 1, 300, -1, "camera-offline");
  tyto_ledger_fail (f->ledger, "camera-refused", "", 310, 0);
  g_assert_cmpuint (f->opened->len, ==, 2);
}

static void
append_duration (const char *reason, double seconds, gpointer data)
{
  g_variant_builder_add (data, "{sd}", reason, seconds);
}

static void
test_durations (Fixture *f, gconstpointer data)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sd}"));
  g_autoptr (GVariant) durations = NULL;
  double silent = 0, offline = 0;

  tyto_ledger_ask (f->ledger, 0);
  tyto_ledger_fail (f->ledger, "camera-offline", "", NOW, 0);
  segment (f, 2000000, 3000000, 0);
  tyto_ledger_end_run (f->ledger, "camera-silent", "", 3000000, 0);
  segment (f, 4500000, 5000000, 0);
  tyto_ledger_end_run (f->ledger, "camera-silent", "", 5000000, 0);
  tyto_ledger_foreach_duration (f->ledger, 6000000, append_duration, &builder);
  durations = g_variant_ref_sink (g_variant_builder_end (&builder));
  g_assert_cmpuint (g_variant_n_children (durations), ==, 2);
  g_variant_lookup (durations, "camera-offline", "d", &offline);
  g_variant_lookup (durations, "camera-silent", "d", &silent);
  g_assert_cmpfloat (offline, ==, 2.0);
  g_assert_cmpfloat (silent, ==, 2.5);
}

static void
test_recorder_was_down (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_resume (f->ledger, NULL, 600);
  g_assert_cmpuint (f->opened->len, ==, 0); /* a worker may have gone on */
  g_assert_cmpint (tyto_ledger_get_unknown_since (f->ledger), ==, 600);
  tyto_ledger_start_run (f->ledger);
  segment (f, 1100, 1200, 0);
  g_assert_cmpint (tyto_ledger_get_unknown_since (f->ledger), ==, -1);
  g_assert_cmpuint (f->opened->len, ==, 1);
  assert_gap (f->closed, 0, 600, 1100, "recorder-down");
}

/* It was down until it asked for the camera; that this one cannot be reached is another matter. */
static void
test_recorder_was_down_then_camera (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_resume (f->ledger, NULL, 600);
  tyto_ledger_fail (f->ledger, "camera-offline", "", 1100, 0);
  assert_gap (f->closed, 0, 600, 1000, "recorder-down");
  assert_gap (f->opened, 1, 1000, -1, "camera-offline");
}

static void
test_recorder_was_down_until_stop (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_resume (f->ledger, NULL, 600);
  tyto_ledger_cease (f->ledger, 1050);
  assert_gap (f->closed, 0, 600, 1050, "recorder-down");
}

/* The worker outlived the recorder: what it tells now leaves no gap. */
static void
test_worker_went_on (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoSegment) row = tyto_segment_new ();

  row->start_us = 600;
  row->end_us = 900;
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_resume (f->ledger, NULL, 600);
  tyto_ledger_close_segment (f->ledger, row); /* its opening was told in the earlier life */
  segment (f, 900, 1200, 0);
  g_assert_cmpuint (f->opened->len, ==, 0);
  tyto_ledger_end_run (f->ledger, "camera-ended", "", 1200, 0);
  assert_gap (f->opened, 0, 1200, -1, "camera-ended");
}

/* What was mended meanwhile makes the time that nothing is known of shorter. */
static void
test_recovered_after_restart (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoSegment) row = tyto_segment_new ();

  row->start_us = 600;
  row->end_us = 900;
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_resume (f->ledger, NULL, 600);
  tyto_ledger_recovered (f->ledger, row);
  tyto_ledger_start_run (f->ledger);
  segment (f, 1100, 1200, 0);
  assert_gap (f->closed, 0, 900, 1100, "recorder-down");
}

static void
test_open_gap_goes_on (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoGap) old = tyto_gap_new ("front", "main", 300, "camera-offline", "");

  old->id = 17;
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_resume (f->ledger, old, 290);
  g_assert_cmpuint (f->opened->len, ==, 0);
  tyto_ledger_start_run (f->ledger);
  segment (f, 1100, 1200, 0);
  assert_gap (f->closed, 0, 300, 1100, "camera-offline");
  g_assert_cmpint (((TytoGap *) f->closed->pdata[0])->id, ==, 17);
  g_assert_cmpuint (tyto_ledger_get_n_gaps (f->ledger), ==, 0);
}

static void
test_never_recorded_before (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_resume (f->ledger, NULL, -1);
  g_assert_cmpuint (f->opened->len, ==, 0);
}

static void
test_clock_set_back (Fixture *f, gconstpointer data)
{
  tyto_ledger_ask (f->ledger, 1000);
  tyto_ledger_fail (f->ledger, "camera-offline", "", NOW, 0);
  tyto_ledger_start_run (f->ledger);
  segment (f, 700, 800, 0);
  assert_gap (f->closed, 0, 1000, 1000, "camera-offline");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/ledger/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("healthy", test_healthy);
  ADD ("first-connect-fails", test_first_connect_fails);
  ADD ("run-breaks-off", test_run_breaks_off);
  ADD ("run-without-segment", test_run_without_segment);
  ADD ("worker-dies-in-open-segment", test_worker_dies_in_open_segment);
  ADD ("next-opens-before-last-closes", test_next_segment_opens_before_last_closes);
  ADD ("stop-closes", test_stop_closes);
  ADD ("packet-loss", test_packet_loss);
  ADD ("told-packet-loss", test_told_packet_loss);
  ADD ("gap-within-segment-lasts", test_gap_within_segment_lasts);
  ADD ("gap-in-run", test_gap_in_run);
  ADD ("recovered", test_recovered);
  ADD ("settings", test_settings);
  ADD ("durations", test_durations);
  ADD ("recorder-was-down", test_recorder_was_down);
  ADD ("recorder-was-down/then-camera", test_recorder_was_down_then_camera);
  ADD ("recorder-was-down/until-stop", test_recorder_was_down_until_stop);
  ADD ("recorder-was-down/worker-went-on", test_worker_went_on);
  ADD ("recorder-was-down/recovered", test_recovered_after_restart);
  ADD ("open-gap-goes-on", test_open_gap_goes_on);
  ADD ("never-recorded-before", test_never_recorded_before);
  ADD ("clock-set-back", test_clock_set_back);
  return g_test_run ();
}
