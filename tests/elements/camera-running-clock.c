/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Running times of what is read in batches. */
#include <stdlib.h>

#include "camera/lean/gstcamerarunningclock.h"

#define RATE    90000
#define FRAME   (40 * GST_MSECOND)
#define PERIOD  (100 * GST_MSECOND)
#define NETWORK (3 * GST_MSECOND)
#define NTP     (G_GUINT64_CONSTANT (3900000000) << 32)

/* A camera and how it is read. All times in ns. */
typedef struct {
  GstCameraRunningClock clock;
  guint rate;
  guint32 rtp;         /* at 0 */
  gdouble ppm;         /* its clock is faster by */
  GstClockTime frame;  /* from one to the next */
  GstClockTime period; /* of reading */
  GstClockTime begin;  /* running time at its 0 */
  GstClockTime now;    /* its next picture */
  gint64 last;         /* the time of the one before; -1: none */
  gint64 last_rtp;     /* ns of its clock */
} Feed;

static Feed
make_feed (guint rate, GstClockTime frame, GstClockTime period)
{
  Feed feed = { .rate = rate, .frame = frame, .period = period, .begin = GST_SECOND, .last = -1 };

  gst_camera_running_clock_init (&feed.clock, rate);
  feed.rtp = 0xfffff000; /* about to wrap */
  return feed;
}

static guint32
get_rtp (const Feed *feed, GstClockTime at)
{
  gdouble ticks = (gdouble) at * (1 + feed->ppm / 1e6) * feed->rate / GST_SECOND;

  return feed->rtp + (guint32) (guint64) (ticks + 0.5);
}

static GstClockTime
get_arrival (const Feed *feed, GstClockTime at)
{
  GstClockTime sent = feed->begin + at + NETWORK;

  return (sent + feed->period - 1) / feed->period * feed->period;
}

/* The next picture, which arrives at @arrival. */
static GstClockTime
take (Feed *feed, GstClockTime arrival)
{
  GstClockTime at = feed->now;

  feed->now += feed->frame;
  return gst_camera_running_clock_next (&feed->clock, get_rtp (feed, at), arrival, feed->period);
}

/* Pictures for @duration, each as long behind the last as its timestamp says, within @ppm. */
static gint64
run (Feed *feed, GstClockTime duration, gdouble ppm)
{
  GstClockTime end = feed->now + duration;
  gdouble step = (gdouble) feed->frame * (1 + feed->ppm / 1e6);
  gint64 off = 0;

  while (feed->now < end) {
    GstClockTime at = feed->now;
    gint64 time = (gint64) take (feed, get_arrival (feed, at));

    if (feed->last >= 0) /* timestamps are rounded to ticks */
      g_assert_cmpfloat (ABS ((gdouble) (time - feed->last) - step), <=,
                         step * ppm / 1e6 + 1.1 * GST_SECOND / feed->rate);
    feed->last = time;
    off = time - (gint64) (feed->begin + at);
  }
  return off; /* of the last, from when it was taken */
}

static void
test_batches (void)
{
  static const GstClockTime periods[] = { GST_MSECOND, 20 * GST_MSECOND, PERIOD, GST_SECOND };

  for (guint i = 0; i < G_N_ELEMENTS (periods); i++) {
    for (guint j = 0; j < 2; j++) {
      /* The second is in step with reading for a while, out of it for another. */
      Feed feed = make_feed (RATE, j == 0 ? FRAME : 33340 * GST_USECOND, periods[i]);
      gint64 off = run (&feed, 1200 * GST_SECOND, 500);

      g_assert_cmpint (ABS (off), <=, FRAME + NETWORK);
      off -= run (&feed, 600 * GST_SECOND, 500);
      g_assert_cmpint (ABS (off), <=, GST_MSECOND); /* nothing was left to mend */
    }
  }
}

static void
test_sound (void)
{
  Feed feed = make_feed (8000, 20 * GST_MSECOND, PERIOD);

  run (&feed, 300 * GST_SECOND, 500);
  g_assert_cmpint (llabs (run (&feed, 300 * GST_SECOND, 0)), <=, 20 * GST_MSECOND + NETWORK);
}

static void
test_drift (void)
{
  static const gdouble drifts[] = { -400, -50, 50, 400 };

  for (guint i = 0; i < G_N_ELEMENTS (drifts); i++) {
    Feed feed = make_feed (RATE, FRAME, PERIOD);

    feed.ppm = drifts[i];
    g_assert_cmpint (llabs (run (&feed, 3600 * GST_SECOND, 501)), <=, PERIOD);
  }
}

/* A clock that is too wrong to be followed slowly is not left to run away. */
static void
test_bad_clock (void)
{
  Feed feed = make_feed (RATE, FRAME, PERIOD);

  feed.ppm = 2000;
  g_assert_cmpint (llabs (run (&feed, 3600 * GST_SECOND, 5100)), <=, GST_SECOND + PERIOD);
}

/* Neither who is stopped for 3 s nor a network that is changes a time. */
static void
test_stall (void)
{
  Feed feed = make_feed (RATE, FRAME, PERIOD);
  GstClockTime first, time;

  run (&feed, 600 * GST_SECOND, 500);
  first = (GstClockTime) feed.last;
  for (guint i = 1; i <= 75; i++) {
    time = take (&feed, feed.begin + 603 * GST_SECOND + NETWORK);
    g_assert_cmpint (ABS (GST_CLOCK_DIFF (first + i * FRAME, time)), <=, 2);
    feed.last = (gint64) time;
  }
  run (&feed, 60 * GST_SECOND, 0);

  /* Nor does it when the camera drops what it could not send. */
  first = (GstClockTime) feed.last;
  take (&feed, get_arrival (&feed, feed.now) + 3 * GST_SECOND);
  feed.now += 70 * FRAME;
  time = take (&feed, get_arrival (&feed, feed.now));
  g_assert_cmpint (ABS (GST_CLOCK_DIFF (first + 72 * FRAME, time)), <=, 2);
}

static void
test_jump (void)
{
  static const gint64 jumps[] = { 2, -2, 3600, -3600, 20000, -20000 }; /* s */
  Feed feed = make_feed (RATE, FRAME, PERIOD);

  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++) {
    gint64 before;

    run (&feed, 20 * GST_SECOND, 500);
    before = feed.last;
    feed.rtp += (guint32) (jumps[i] * RATE);
    feed.last = -1;
    run (&feed, FRAME, 0);
    g_assert_cmpint (feed.last, >=, before + (gint64) FRAME - GST_USECOND);
    g_assert_cmpint (feed.last, <=, before + (gint64) (FRAME + PERIOD));
  }
  g_assert_cmpint (llabs (run (&feed, 300 * GST_SECOND, 500)), <=, 2 * PERIOD);
}

/* A gap of which timestamps and arrivals say the same is a gap, also where drift has been mended.
 */
static void
test_gap (void)
{
  static const gdouble drifts[] = { 0, 400, -400 };

  for (guint i = 0; i < G_N_ELEMENTS (drifts); i++) {
    Feed feed = make_feed (RATE, FRAME, PERIOD);
    gint64 before;

    feed.ppm = drifts[i];
    run (&feed, 3600 * GST_SECOND, 501);
    before = feed.last;
    feed.now += 20 * GST_SECOND;
    feed.last = -1;
    run (&feed, FRAME, 0);
    g_assert_cmpint (ABS (feed.last - before - (gint64) (FRAME + 20 * GST_SECOND)), <=,
                     10 * GST_MSECOND);
  }
}

/* A camera that paused and went on counting where it was is where it is after the window. */
static void
test_pause (void)
{
  Feed feed = make_feed (RATE, FRAME, PERIOD);
  gint64 off, last;

  run (&feed, 20 * GST_SECOND, 500);
  feed.begin += 5 * GST_SECOND;
  off = run (&feed, 10 * GST_SECOND, 500);
  g_assert_cmpint (off, <, -4 * (gint64) GST_SECOND);
  do {
    last = feed.last;
    feed.last = -1;
    off = run (&feed, FRAME, 0);
    g_assert_cmpint (feed.last, >, last);
    g_assert_cmpint (feed.now, <, 50 * GST_SECOND);
  } while (feed.last - last < (gint64) GST_SECOND);
  g_assert_cmpint (ABS (off), <=, 2 * PERIOD);
}

/* Pictures that were kept come all at once: times run ahead, and wait for the clock. */
static void
test_kept (void)
{
  Feed feed = make_feed (RATE, FRAME, PERIOD);

  feed.last = (gint64) take (&feed, feed.begin + 3 * GST_SECOND);
  while (feed.now < 3 * GST_SECOND) {
    gint64 time = (gint64) take (&feed, feed.begin + 3 * GST_SECOND);

    g_assert_cmpint (time - feed.last, >, FRAME * 99 / 100);
    feed.last = time;
  }
  g_assert_cmpint (run (&feed, 20 * GST_SECOND, 5001), >, 2 * GST_SECOND);
  g_assert_cmpint (run (&feed, 600 * GST_SECOND, 5001), <, GST_SECOND + PERIOD);
  g_assert_cmpint (run (&feed, 3600 * GST_SECOND, 501), <, PERIOD);
}

/* I0 P3 B1 B2 P6 B4 B5 …: in the order they are shown, times are a frame apart. */
static void
test_reordered (void)
{
  static const gint order[] = { 3, 1, 2 };
  Feed feed = make_feed (RATE, FRAME, PERIOD);
  GstClockTime shown[301];

  for (guint i = 0; i < 300; i++) {
    guint at = i / 3 * 3 + order[i % 3];

    feed.now = at * FRAME;
    shown[at] = take (&feed, get_arrival (&feed, i * FRAME));
  }
  for (guint i = 2; i <= 300; i++)
    g_assert_cmpint (ABS (GST_CLOCK_DIFF (shown[i - 1], shown[i]) - (gint64) FRAME), <=,
                     FRAME * 3 / 1000);
}

static void
test_beginning (void)
{
  Feed feed = make_feed (RATE, FRAME, GST_SECOND);
  GstClockTimeDiff time;

  g_assert_false (gst_camera_running_clock_at (&feed.clock, feed.rtp, &time));
  g_assert_cmpuint (take (&feed, 0), ==, 0);
  g_assert_true (gst_camera_running_clock_at (&feed.clock, feed.rtp - RATE, &time));
  g_assert_cmpint (time, ==, -(gint64) GST_SECOND);
  /* A picture that is shown before the first. */
  g_assert_cmpuint (gst_camera_running_clock_next (&feed.clock, feed.rtp - 3600, 0, 0), ==, 0);
}

static void
report (Feed *feed, GstClockTime at, gint64 wrong)
{
  guint64 ntp = gst_util_uint64_scale (at, G_GUINT64_CONSTANT (1) << 32, GST_SECOND);

  gst_camera_running_clock_report (&feed->clock, NTP + ntp + ((guint64) wrong << 32),
                                   get_rtp (feed, at));
}

static GstClockTimeDiff
get_apart (const Feed *sound, const Feed *pictures, GstClockTime at)
{
  GstClockTimeDiff of_sound, of_pictures;

  g_assert_true (gst_camera_running_clock_at (&sound->clock, get_rtp (sound, at), &of_sound));
  g_assert_true (
      gst_camera_running_clock_at (&pictures->clock, get_rtp (pictures, at), &of_pictures));
  return of_sound - of_pictures;
}

static void
test_reports (void)
{
  Feed pictures = make_feed (RATE, FRAME, PERIOD);
  Feed sound = make_feed (8000, 20 * GST_MSECOND, PERIOD);

  sound.rtp = 12345;
  sound.begin += 300 * GST_MSECOND; /* takes longer to get here */
  g_assert_false (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));
  run (&pictures, 10 * GST_SECOND, 500);
  run (&sound, 10 * GST_SECOND, 500);
  g_assert_cmpint (get_apart (&sound, &pictures, 10 * GST_SECOND), >, 200 * GST_MSECOND);
  g_assert_false (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));

  /* It has no clock. */
  gst_camera_running_clock_report (&pictures.clock, 0, get_rtp (&pictures, 0));
  gst_camera_running_clock_report (&sound.clock, 0, get_rtp (&sound, 0));
  g_assert_false (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));

  report (&pictures, 9 * GST_SECOND, 0);
  report (&sound, 10 * GST_SECOND, 0);
  g_assert_true (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));
  g_assert_true (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));
  g_assert_cmpint (ABS (get_apart (&sound, &pictures, 10 * GST_SECOND)), <=, GST_SECOND / 8000);

  /* Both go on, and stay together. */
  sound.last = -1;
  run (&pictures, 60 * GST_SECOND, 500);
  run (&sound, 60 * GST_SECOND, 500);
  report (&pictures, 70 * GST_SECOND, 0);
  report (&sound, 69 * GST_SECOND, 0);
  g_assert_true (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));
  g_assert_cmpint (ABS (get_apart (&sound, &pictures, 70 * GST_SECOND)), <=, GST_SECOND / 8000);

  /* Reports that cannot be true are not heeded; nor are those from before a jump. */
  report (&sound, 70 * GST_SECOND, -4000000);
  g_assert_false (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));
  g_assert_cmpint (get_apart (&sound, &pictures, 70 * GST_SECOND), >, 200 * GST_MSECOND);
  report (&sound, 70 * GST_SECOND, 0);
  g_assert_true (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));
  pictures.rtp -= RATE * 6 / 5;
  take (&pictures, get_arrival (&pictures, pictures.now));
  g_assert_false (gst_camera_running_clock_lay_beside (&sound.clock, &pictures.clock));
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-running-clock/batches", test_batches);
  g_test_add_func ("/camera-running-clock/sound", test_sound);
  g_test_add_func ("/camera-running-clock/drift", test_drift);
  g_test_add_func ("/camera-running-clock/bad-clock", test_bad_clock);
  g_test_add_func ("/camera-running-clock/stall", test_stall);
  g_test_add_func ("/camera-running-clock/jump", test_jump);
  g_test_add_func ("/camera-running-clock/gap", test_gap);
  g_test_add_func ("/camera-running-clock/pause", test_pause);
  g_test_add_func ("/camera-running-clock/kept", test_kept);
  g_test_add_func ("/camera-running-clock/reordered", test_reordered);
  g_test_add_func ("/camera-running-clock/beginning", test_beginning);
  g_test_add_func ("/camera-running-clock/reports", test_reports);
  return g_test_run ();
}
