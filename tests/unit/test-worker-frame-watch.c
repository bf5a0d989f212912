/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-frame-policy.h"
#include "worker/tyto-frame-watch.h"

#define MS ((gint64) 1000)
#define S  ((gint64) G_USEC_PER_SEC)

/* @n frames @distance apart from *@now on. Gives how often it was said that it has broken down. */
static guint
send (TytoFramePolicy *policy, gint64 *now, guint n, gint64 distance)
{
  guint broken = 0;

  for (guint i = 0; i < n; i++) {
    *now += distance;
    broken += tyto_frame_policy_frame (policy, *now, *now);
  }
  return broken;
}

static void
test_steady (void)
{
  const gint64 distances[] = { 16 * MS, 40 * MS, 200 * MS, 499 * MS, 1 * S, 5 * S, 30 * S };

  for (guint i = 0; i < G_N_ELEMENTS (distances); i++) {
    TytoFramePolicy policy;
    gint64 now = 0;

    tyto_frame_policy_init (&policy, 0);
    g_assert_cmpuint (send (&policy, &now, 200, distances[i]), ==, 0);
    g_assert_cmpuint (policy.pauses, ==, 0);
    g_assert_cmpint (policy.usual_us, ==, distances[i]);
    g_assert_false (tyto_frame_policy_is_silent (&policy, now + distances[i], 11 * S));
  }
}

static void
test_pauses (void)
{
  TytoFramePolicy policy;
  gint64 now = 0;

  tyto_frame_policy_init (&policy, 0);
  send (&policy, &now, 30, 40 * MS);
  g_assert_cmpuint (send (&policy, &now, 9, 501 * MS), ==, 0);
  send (&policy, &now, 1, 40 * MS); /* a good one between */
  g_assert_cmpuint (send (&policy, &now, 9, 501 * MS), ==, 0);
  g_assert_cmpuint (policy.pauses, ==, 18);
  g_assert_cmpuint (send (&policy, &now, 1, 501 * MS), ==, 1);
}

static void
test_slow_camera (void)
{
  TytoFramePolicy policy;
  gint64 now = 0;

  tyto_frame_policy_init (&policy, 0);
  send (&policy, &now, 30, 1 * S);
  g_assert_cmpuint (send (&policy, &now, 20, 3 * S), ==, 0);
  g_assert_cmpuint (policy.pauses, ==, 0);
  send (&policy, &now, 1, 1 * S);
  g_assert_cmpuint (send (&policy, &now, 10, 3 * S + 1), ==, 1);
}

/* Frames @distance apart, as they are seen when the connection is read every 250 ms. */
static guint
send_in_rounds (TytoFramePolicy *policy, gint64 now, guint n, gint64 distance)
{
  guint broken = 0;

  for (guint i = 1; i <= n; i++) {
    gint64 round = ((i * distance - 1) / TYTO_FRAME_ROUND_US + 1) * TYTO_FRAME_ROUND_US;

    broken += tyto_frame_policy_frame (policy, now + round, now + i * distance);
  }
  return broken;
}

static void
test_read_in_rounds (void)
{
  const struct {
    gint64 distance;
    guint before; /* frames, after which it has broken down */
  } rows[]
      = { { 510 * MS, 12 }, { 600 * MS, 11 }, { 740 * MS, 11 }, { 499 * MS, 0 }, { 300 * MS, 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    TytoFramePolicy policy;
    gint64 now = 0;

    tyto_frame_policy_init (&policy, 0);
    send (&policy, &now, 30, 40 * MS);
    if (rows[i].before > 0)
      g_assert_cmpuint (send_in_rounds (&policy, now, rows[i].before, rows[i].distance), >, 0);
    else
      g_assert_cmpuint (send_in_rounds (&policy, now, 200, rows[i].distance), ==, 0);
  }
}

static void
test_slow_from_the_start (void)
{
  TytoFramePolicy policy;
  gint64 now = 0;

  /* Nothing is known yet: then nothing is said. Frames without a time stamp teach nothing. */
  tyto_frame_policy_init (&policy, 0);
  g_assert_cmpuint (send (&policy, &now, 29, 2 * S), ==, 0);
  for (guint i = 0; i < 100; i++)
    g_assert_false (tyto_frame_policy_frame (&policy, now += 2 * S, -1));
}

static void
test_silence (void)
{
  TytoFramePolicy policy;
  gint64 now = 0;

  tyto_frame_policy_init (&policy, 0);
  g_assert_false (tyto_frame_policy_is_silent (&policy, 90 * S, 11 * S));
  g_assert_true (tyto_frame_policy_is_silent (&policy, 90 * S + 1, 11 * S));
  send (&policy, &now, 30, 40 * MS);
  g_assert_false (tyto_frame_policy_is_silent (&policy, now + 11 * S, 11 * S));
  g_assert_true (tyto_frame_policy_is_silent (&policy, now + 11 * S + 1, 11 * S));
}

static void
on_stalled (TytoFrameWatch *watch, const char *why, GMainLoop *loop)
{
  g_assert_nonnull (strstr (why, "no whole picture"));
  g_main_loop_quit (loop);
}

/* Frames that come in lists count as they do one by one. */
static void
test_lists (void)
{
  g_autoptr (GstPad) pad = gst_object_ref_sink (gst_pad_new ("src", GST_PAD_SRC));
  g_autoptr (TytoFrameWatch) watch = tyto_frame_watch_new (pad, 60);
  GstBufferList *list = gst_buffer_list_new ();
  gint64 from_us = g_get_monotonic_time ();
  GstSegment segment;

  gst_pad_set_active (pad, TRUE);
  gst_pad_push_event (pad, gst_event_new_stream_start ("s"));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  for (guint i = 0; i < TYTO_FRAME_LEARNT; i++) { /* 100 a second */
    GstBuffer *frame = gst_buffer_new ();
    GST_BUFFER_PTS (frame) = i * 10 * GST_MSECOND;
    gst_buffer_list_add (list, frame);
  }
  gst_pad_push_list (pad, list);
  g_assert_cmpuint (tyto_frame_watch_get_pauses (watch), ==, 0);
  while (g_get_monotonic_time () - from_us <= TYTO_FRAME_PAUSE_US)
    g_main_context_iteration (NULL, TRUE); /* the watch's own timer wakes it */
  list = gst_buffer_list_new ();
  gst_buffer_list_add (list, gst_buffer_new ());
  gst_buffer_list_add (list, gst_buffer_new ());
  gst_pad_push_list (pad, list);
  g_assert_cmpuint (tyto_frame_watch_get_pauses (watch), ==, 1);
  gst_pad_set_active (pad, FALSE);
}

static void
test_watch (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GstPad) pad = gst_object_ref_sink (gst_pad_new ("src", GST_PAD_SRC));
  g_autoptr (TytoFrameWatch) watch = tyto_frame_watch_new (pad, 1);
  GstSegment segment;

  g_signal_connect (watch, "stalled", G_CALLBACK (on_stalled), loop);
  gst_pad_set_active (pad, TRUE);
  gst_pad_push_event (pad, gst_event_new_stream_start ("s"));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  gst_pad_push (pad, gst_buffer_new ()); /* to nobody: the probe sees it all the same */
  g_main_loop_run (loop);
  g_assert_cmpuint (tyto_frame_watch_get_pauses (watch), ==, 0);
  gst_pad_set_active (pad, FALSE);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/frame-watch/steady", test_steady);
  g_test_add_func ("/frame-watch/pauses", test_pauses);
  g_test_add_func ("/frame-watch/read-in-rounds", test_read_in_rounds);
  g_test_add_func ("/frame-watch/slow-camera", test_slow_camera);
  g_test_add_func ("/frame-watch/slow-from-the-start", test_slow_from_the_start);
  g_test_add_func ("/frame-watch/silence", test_silence);
  g_test_add_func ("/frame-watch/lists", test_lists);
  g_test_add_func ("/frame-watch/watch", test_watch);
  return g_test_run ();
}
