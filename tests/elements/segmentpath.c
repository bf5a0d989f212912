/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentclock.h"
#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentfile.h"
#include "segment/gstsegmentpath.h"
#include "segment/gstsegmenttimeline.h"

#include <glib/gstdio.h>
#include <string.h>

#define START 1767312367123456 /* 2026-01-02T00:06:07.123456Z */

static void
test_format (void)
{
  static const struct {
    const gchar *location;
    const gchar *path;
  } cases[] = {
    { "{camera}/%Y-%m-%d-%H-%M-%S.ts", "/root/door/2026-01-02-00-06-07.ts" },
    { "cam_{camera}/%Y-%m-%d/%H-%M-%S.mp4", "/root/cam_door/2026-01-02/00-06-07.mp4" },
    { "{camera}/%Y-%m-%d/%H-%M-%S_15min.mp4", "/root/door/2026-01-02/00-06-07_15min.mp4" },
    { "{run}/{sequence}%%.mkv", "/root/r-1/42%.mkv" },
    { "/elsewhere/{camera}", "/elsewhere/door" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (gst_segment_path_check (cases[i].location, &error));
    g_assert_no_error (error);
    path = gst_segment_path_format (cases[i].location, "/root", "door", "r-1", 42, START);
    g_assert_cmpstr (path, ==, cases[i].path);
  }
}

static void
test_refused (void)
{
  static const gchar *const locations[] = {
    "",   "a/", "..",     "../a.mp4", "{camera}/../a.mp4", "{nope}.mp4",
    "{a", "a}", "%Q.mp4", "%.mp4%",   "{Camera}",          "\xff.mp4",
  };
  static const gchar *const cameras[] = { "", "a b", "a/b", "..", "é", "a.b", NULL };
  g_autofree gchar *long_camera = g_strnfill (65, 'a');
  g_autofree gchar *good_camera = g_strnfill (64, 'a');

  for (guint i = 0; i < G_N_ELEMENTS (locations); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (gst_segment_path_check (locations[i], &error));
    g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  }
  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
    g_assert_false (gst_segment_path_check_camera (cameras[i], NULL));
  g_assert_false (gst_segment_path_check_camera (long_camera, NULL));
  g_assert_true (gst_segment_path_check_camera (good_camera, NULL));
  g_assert_false (gst_segment_path_check_run ("..", NULL));
  g_assert_false (gst_segment_path_check_run ("a/b", NULL));
  g_assert_true (gst_segment_path_check_run ("20260102T000607Z-1a2b", NULL));
}

static void
test_alternative (void)
{
  static const gchar *const cases[][2] = {
    { "/a.b/c.mp4", "/a.b/c-2.mp4" },
    { "/a.b/c", "/a.b/c-2" },
    { "/a/.c", "/a/.c-2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = gst_segment_path_alternative (cases[i][0], 2);
    g_autofree gchar *same = gst_segment_path_alternative (cases[i][0], 0);

    g_assert_cmpstr (path, ==, cases[i][1]);
    g_assert_cmpstr (same, ==, cases[i][0]);
  }
}

static void
test_timestamp (void)
{
  g_autofree gchar *timestamp = gst_segment_path_timestamp (START);

  g_assert_cmpstr (timestamp, ==, "2026-01-02T00:06:07.123456Z");
}

static void
test_boundary (void)
{
  const gint64 second = G_USEC_PER_SEC;

  g_assert_cmpint (gst_segment_clock_boundary (0, 900), ==, 900 * second);
  g_assert_cmpint (gst_segment_clock_boundary (900 * second - 1, 900), ==, 900 * second);
  g_assert_cmpint (gst_segment_clock_boundary (900 * second, 900), ==, 1800 * second);
  g_assert_cmpint (gst_segment_clock_boundary (-1, 900), ==, 0);
  g_assert_cmpint (gst_segment_clock_boundary (-900 * second, 900), ==, 0);
}

/* A camera whose clock gains 2 ms a second on ours: no segment's label is further off than 50 ms
 * and what it gains in one segment. */
static void
test_drift (void)
{
  g_autoptr (GstSegmentCutter) cutter = gst_segment_cutter_new (10, 0);
  GstSegmentCut cut = { 0 };
  GstClockTime end, split_after;
  gint64 first = 0, shift = 0;
  guint cuts = 0;

  for (guint second = 0; second < 60; second++) {
    GstClockTime time = second * GST_SECOND;
    GstClockTimeDiff lag = 40 * GST_MSECOND - second * 2 * (gint64) GST_MSECOND;

    /* Held up by the network on their way, but for one frame in four. */
    if (second % 4 != 0)
      lag += 90 * GST_MSECOND;
    if (gst_segment_cutter_frame (cutter, time, GST_SECOND, TRUE, lag, &split_after)
        == GST_SEGMENT_CUTTER_CUT)
      cuts++;
  }
  g_assert_cmpuint (cuts, >=, 4);
  for (guint i = 0; i <= cuts; i++) {
    g_assert_true (gst_segment_cutter_take (cutter, 0, &cut));
    if (i == 0)
      first = cut.wall - cut.running_time / 1000;
    shift = cut.wall - cut.running_time / 1000 - first;
    g_assert_cmpint (ABS (shift + (gint64) (cut.running_time / GST_SECOND) * 2000), <=, 72000);
    gst_segment_cutter_end (cutter, &end);
  }
  g_assert_cmpint (shift, <, -50000);
}

/* Media that come faster than in real time, as from a file, drift from nothing. */
static void
test_no_drift (void)
{
  g_autoptr (GstSegmentCutter) cutter = gst_segment_cutter_new (10, 0);
  GstSegmentCut cut;
  GstClockTime split_after;

  for (guint second = 0; second < 30; second++)
    gst_segment_cutter_frame (cutter, second * GST_SECOND, GST_SECOND, TRUE,
                              -(gint64) (second * GST_SECOND), &split_after);
  while (gst_segment_cutter_take (cutter, 0, &cut) && cut.reason != NULL)
    g_assert_cmpint (cut.drift, ==, 0);
}

/* The map is a line: what the system clock does below a step moves nothing. */
static void
test_clock_step (void)
{
  const gint64 second = G_USEC_PER_SEC;
  const gint64 day = 24 * 3600 * second;
  GstSegmentClock clock;

  gst_segment_clock_start (&clock, 5 * GST_SECOND, 1000 * second, 50 * second, 0);
  g_assert_cmpint (gst_segment_clock_wall (&clock, 7 * GST_SECOND), ==, 1002 * second);
  g_assert_cmpuint (gst_segment_clock_monotonic (&clock, 7 * GST_SECOND), ==, 52 * GST_SECOND);

  g_assert_false (gst_segment_clock_check (&clock, 1010 * second, 60 * second));
  g_assert_false (gst_segment_clock_check (&clock, 1010 * second + 99999, 60 * second));
  g_assert_cmpint (gst_segment_clock_wall (&clock, 15 * GST_SECOND), ==, 1010 * second);

  g_assert_true (gst_segment_clock_check (&clock, 1010 * second + 100000, 60 * second));
  g_assert_cmpint (gst_segment_clock_wall (&clock, 15 * GST_SECOND), ==, 1010 * second + 100000);
  g_assert_cmpint (clock.ahead, ==, 0);
  g_assert_false (gst_segment_clock_check (&clock, 1010 * second + 100000, 60 * second));

  /* Set back: told once, and the old time goes on. */
  g_assert_true (gst_segment_clock_check (&clock, 900 * second, 60 * second));
  g_assert_false (gst_segment_clock_check (&clock, 901 * second, 61 * second));
  g_assert_cmpint (gst_segment_clock_wall (&clock, 16 * GST_SECOND), ==, 1011 * second + 100000);
  g_assert_cmpint (clock.ahead, ==, 110 * second + 100000);
  g_assert_cmpuint (gst_segment_clock_monotonic (&clock, 15 * GST_SECOND), ==, 60 * GST_SECOND);

  /* Set right again, and further on. */
  g_assert_true (gst_segment_clock_check (&clock, 1000 * second, 70 * second));
  g_assert_cmpint (clock.ahead, ==, 20 * second + 100000);
  g_assert_true (gst_segment_clock_check (&clock, 1100 * second, 71 * second));
  g_assert_cmpint (clock.ahead, ==, 0);
  g_assert_cmpint (gst_segment_clock_wall (&clock, 26 * GST_SECOND), ==, 1100 * second);

  /* Set back by more than a day: the old time was wrong. */
  g_assert_true (gst_segment_clock_check (&clock, 1101 * second - day - 1, 72 * second));
  g_assert_cmpint (gst_segment_clock_wall (&clock, 27 * GST_SECOND), ==, 1101 * second - day - 1);
  g_assert_cmpint (clock.ahead, ==, 0);
}

/* A run does not start before the last one ended, as long as that is within reason. */
static void
test_not_before (void)
{
  const gint64 second = G_USEC_PER_SEC;
  GstSegmentClock clock;

  gst_segment_clock_start (&clock, 0, 1000 * second, 50 * second, 1007 * second);
  g_assert_cmpint (gst_segment_clock_wall (&clock, 0), ==, 1007 * second);
  g_assert_cmpint (clock.ahead, ==, 7 * second);
  gst_segment_clock_start (&clock, 0, 1000 * second, 50 * second, 993 * second);
  g_assert_cmpint (gst_segment_clock_wall (&clock, 0), ==, 1000 * second);
  gst_segment_clock_start (&clock, 0, 1000 * second, 50 * second, 90000 * second);
  g_assert_cmpint (gst_segment_clock_wall (&clock, 0), ==, 1000 * second);
}

static void
test_cutter (void)
{
  g_autoptr (GstSegmentCutter) cutter = gst_segment_cutter_new (1, 0);
  GstClockTime split_after = 0, end;
  GstSegmentCut first, second;
  gint64 boundary;

  g_assert_cmpint (gst_segment_cutter_frame (cutter, 0, GST_MSECOND, FALSE, 0, &split_after), ==,
                   GST_SEGMENT_CUTTER_DROP);
  g_assert_cmpint (gst_segment_cutter_frame (cutter, GST_SECOND, 0, TRUE, 0, &split_after), ==,
                   GST_SEGMENT_CUTTER_PASS);
  g_assert_true (gst_segment_cutter_take (cutter, GST_SECOND, &first));
  g_assert_null (first.reason);
  boundary = (first.wall / G_USEC_PER_SEC + 1) * G_USEC_PER_SEC - first.wall;

  /* A frame before the boundary, one at it that is no key frame, and the key frame after it. */
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (gst_segment_cutter_frame (
                         cutter, GST_SECOND + boundary * GST_USECOND - (i == 0) * GST_USECOND, 0,
                         i == 0, 0, &split_after),
                     ==, GST_SEGMENT_CUTTER_PASS);
  g_assert_cmpstr (gst_segment_cutter_end (cutter, &end), ==, "eos");
  g_assert_cmpint (gst_segment_cutter_frame (cutter, 3 * GST_SECOND, 0, TRUE, 0, &split_after), ==,
                   GST_SEGMENT_CUTTER_CUT);
  g_assert_cmpuint (split_after, ==, GST_SECOND + (boundary - 1) * GST_USECOND);
  g_assert_cmpstr (gst_segment_cutter_end (cutter, &end), ==, "boundary");
  g_assert_cmpuint (end, ==, 3 * GST_SECOND);

  g_assert_true (gst_segment_cutter_take (cutter, 3 * GST_SECOND, &second));
  g_assert_cmpint (second.wall - first.wall, ==, 2 * G_USEC_PER_SEC);
  gst_segment_cutter_ask (cutter, "caps");
  g_assert_cmpint (gst_segment_cutter_frame (cutter, 3 * GST_SECOND + 1, 0, TRUE, 0, &split_after),
                   ==, GST_SEGMENT_CUTTER_CUT);
  g_assert_cmpstr (gst_segment_cutter_end (cutter, &end), ==, "caps");
}

/* The clocks of a test: the system's is @wall ahead of the monotonic one. µs. */
typedef struct {
  gint64 monotonic;
  gint64 wall;
} Clocks;

static void
read_clocks (gpointer data, gint64 *wall, gint64 *monotonic)
{
  const Clocks *clocks = data;

  *monotonic = clocks->monotonic;
  *wall = clocks->monotonic + clocks->wall;
}

/* A frame a second, each a key frame, for @seconds. */
static void
run_clock (GstSegmentCutter *cutter, Clocks *clocks, guint seconds, GPtrArray *cuts)
{
  GstClockTime split_after;

  for (guint i = 0; i < seconds; i++) {
    GstClockTime time = clocks->monotonic * GST_USECOND;
    GstSegmentCut cut;

    gst_segment_cutter_frame (cutter, time, GST_SECOND, TRUE, 0, &split_after);
    while (gst_segment_cutter_take (cutter, time, &cut))
      g_ptr_array_add (cuts, g_memdup2 (&cut, sizeof cut));
    clocks->monotonic += G_USEC_PER_SEC;
  }
}

/* The system's clock is set an hour ahead, back by two, and back by more than a day: one cut each,
 * and but for the last no label is before the one before it. */
static void
test_clock_cuts (void)
{
  const gint64 hour = 3600 * (gint64) G_USEC_PER_SEC;
  g_autoptr (GstSegmentCutter) cutter = gst_segment_cutter_new (86400, 0);
  g_autoptr (GPtrArray) cuts = g_ptr_array_new_with_free_func (g_free);
  Clocks clocks = { 0, 1000 * hour };
  static const gint64 ahead[] = { 0, 0, 2, 0 };
  const GstSegmentCut *cut[4];

  gst_segment_cutter_set_now (cutter, read_clocks, &clocks);
  run_clock (cutter, &clocks, 10, cuts);
  clocks.wall += hour;
  run_clock (cutter, &clocks, 10, cuts);
  clocks.wall -= 2 * hour;
  run_clock (cutter, &clocks, 10, cuts);
  clocks.wall -= 30 * hour;
  run_clock (cutter, &clocks, 10, cuts);

  g_assert_cmpuint (cuts->len, ==, 4);
  for (guint i = 0; i < 4; i++) {
    cut[i] = cuts->pdata[i];
    g_assert_cmpstr (cut[i]->reason, ==, i > 0 ? "clock" : NULL);
    g_assert_cmpint (cut[i]->clock_offset, ==, ahead[i] * hour);
    g_assert_cmpuint (cut[i]->running_time, ==, i * 10 * GST_SECOND);
  }
  g_assert_cmpint (cut[1]->wall - cut[0]->wall, ==, hour + 10 * G_USEC_PER_SEC);
  g_assert_cmpint (cut[2]->wall - cut[1]->wall, ==, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (cut[3]->wall - cut[2]->wall, ==, -32 * hour + 10 * (gint64) G_USEC_PER_SEC);
}

/* The segment before a gap ends with its last frame. */
static void
test_gap_cut (void)
{
  g_autoptr (GstSegmentCutter) cutter = gst_segment_cutter_new (3600, 0);
  GstClockTime split_after, end;

  gst_segment_cutter_frame (cutter, 0, GST_SECOND, TRUE, 0, &split_after);
  gst_segment_cutter_frame (cutter, GST_SECOND, GST_SECOND, FALSE, 0, &split_after);
  g_assert_true (gst_segment_cutter_take (cutter, 0, &(GstSegmentCut){ 0 }));
  gst_segment_cutter_ask (cutter, "gap");
  g_assert_cmpint (
      gst_segment_cutter_frame (cutter, 9 * GST_SECOND, GST_SECOND, TRUE, 0, &split_after), ==,
      GST_SEGMENT_CUTTER_CUT);
  g_assert_cmpstr (gst_segment_cutter_end (cutter, &end), ==, "gap");
  g_assert_cmpuint (end, ==, 2 * GST_SECOND);
}

/* Frames at 25 a second from @start (ns), all at once. Returns: how often the times jumped. */
static guint
run_timeline (GstSegmentTimeline *timeline, GstClockTimeDiff start, guint frames)
{
  guint jumps = 0;

  for (guint i = 0; i < frames; i++) {
    GstClockTimeDiff before = timeline->dts;
    GstClockTimeDiff pts = start + i * 40 * (GstClockTimeDiff) GST_MSECOND;
    GstClockTimeDiff dts = pts;

    jumps += gst_segment_timeline_next (timeline, &pts, &dts, 0, 0);
    g_assert_cmpint (pts, ==, dts);
    if (before > 0)
      g_assert_cmpint (dts - before, ==, 40 * GST_MSECOND);
  }
  return jumps;
}

/* Timestamps that jump go on where they were; a single one out of order moves nothing. */
static void
test_timeline (void)
{
  GstSegmentTimeline timeline = { 0 };
  GstClockTimeDiff garbage = -(G_GINT64_CONSTANT (1) << 60);
  GstClockTimeDiff pts, dts;

  g_assert_cmpuint (run_timeline (&timeline, 0, 10), ==, 0);
  g_assert_cmpuint (run_timeline (&timeline, 5 * 3600 * (gint64) GST_SECOND, 10), ==, 1);
  g_assert_cmpuint (run_timeline (&timeline, 0, 10), ==, 1);
  g_assert_cmpuint (timeline.repaired, ==, 2); /* the first after each jump */
  pts = dts = garbage;
  g_assert_false (gst_segment_timeline_next (&timeline, &pts, &dts, 0, 0));
  g_assert_cmpint (dts, ==, 30 * 40 * GST_MSECOND);
  g_assert_cmpuint (run_timeline (&timeline, 11 * 40 * (gint64) GST_MSECOND, 10), ==, 0);

  pts = dts = GST_CLOCK_STIME_NONE;
  g_assert_false (gst_segment_timeline_next (&timeline, &pts, &dts, 0, 0));
  g_assert_cmpint (dts, ==, 41 * 40 * GST_MSECOND);
}

static GstSegmentFile *
create_file (const gchar *path, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (text, strlen (text));
  GstSegmentFile *file = gst_segment_file_create (path, &error);

  g_assert_no_error (error);
  gst_segment_file_append (file, buffer);
  return file;
}

static void
assert_contents (const gchar *path, const gchar *expected)
{
  g_autofree gchar *contents = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &contents, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (contents, ==, expected);
}

/* Two writers of one name, and one that was there before: all three stay. */
static void
test_file_names (void)
{
  g_autofree gchar *root = g_dir_make_tmp (NULL, NULL);
  g_autofree gchar *directory = g_build_filename (root, "new", NULL);
  g_autofree gchar *path = g_build_filename (directory, "a.mp4", NULL);
  g_autofree gchar *part = g_strconcat (path, ".part", NULL);
  g_autofree gchar *one = gst_segment_path_alternative (path, 1);
  g_autofree gchar *two = gst_segment_path_alternative (path, 2);
  g_autoptr (GstSegmentFile) first = create_file (path, "first");
  g_autoptr (GstSegmentFile) second = create_file (path, "second");
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (gst_segment_file_get_path (first), ==, path);
  g_assert_cmpstr (gst_segment_file_get_path (second), ==, one);
  g_assert_true (g_file_test (part, G_FILE_TEST_IS_REGULAR));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  /* Taken behind the first one's back. */
  g_assert_true (g_file_set_contents (path, "other", -1, NULL));
  g_assert_true (gst_segment_file_finish (second, &error));
  g_assert_true (gst_segment_file_finish (first, &error));
  g_assert_cmpstr (gst_segment_file_get_path (first), ==, two);
  g_assert_cmpuint (gst_segment_file_get_size (first), ==, 5);
  assert_contents (path, "other");
  assert_contents (one, "second");
  assert_contents (two, "first");
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));

  g_remove (path);
  g_remove (one);
  g_remove (two);
  g_rmdir (directory);
  g_rmdir (root);
}

static void
test_file_seek (void)
{
  g_autofree gchar *root = g_dir_make_tmp (NULL, NULL);
  g_autofree gchar *path = g_build_filename (root, "a.mkv", NULL);
  g_autoptr (GstSegmentFile) file = create_file (path, "0123456789");
  g_autoptr (GstBuffer) patch = gst_buffer_new_memdup ("ab", 2);
  g_autoptr (GError) error = NULL;

  g_assert_true (gst_segment_file_seek (file, 3, &error));
  gst_segment_file_append (file, patch);
  g_assert_true (gst_segment_file_seek (file, 10, &error));
  gst_segment_file_append (file, patch);
  g_assert_true (gst_segment_file_finish (file, &error));
  g_assert_cmpuint (gst_segment_file_get_size (file), ==, 12);
  assert_contents (path, "012ab56789ab");
  g_remove (path);
  g_rmdir (root);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/segmentpath/format", test_format);
  g_test_add_func ("/segmentpath/refused", test_refused);
  g_test_add_func ("/segmentpath/alternative", test_alternative);
  g_test_add_func ("/segmentpath/timestamp", test_timestamp);
  g_test_add_func ("/segmentclock/boundary", test_boundary);
  g_test_add_func ("/segmentclock/step", test_clock_step);
  g_test_add_func ("/segmentclock/not-before", test_not_before);
  g_test_add_func ("/segmentclock/drift", test_drift);
  g_test_add_func ("/segmentclock/no-drift", test_no_drift);
  g_test_add_func ("/segmentcutter/cuts", test_cutter);
  g_test_add_func ("/segmentcutter/clock", test_clock_cuts);
  g_test_add_func ("/segmentcutter/gap", test_gap_cut);
  g_test_add_func ("/segmenttimeline/jumps", test_timeline);
  g_test_add_func ("/segmentfile/names", test_file_names);
  g_test_add_func ("/segmentfile/seek", test_file_seek);
  return g_test_run ();
}
