/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine that writes fragmented MP4, on a disk that fills, fails and stalls: by the shim of
 * tests/tools/shim, for which each test runs again in a process of its own. */
#include "segmentsink-feed.h"

#include "segmentsink-recording.h"
#include "temporary-tree.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#define N_STALLED 6

/* Runs the test of this name again, with the shim. Returns: (transfer full) (nullable): there, the
 * directory of the shim and of what is recorded. */
static gchar *
with_shim (void)
{
  g_autofree gchar *directory = NULL, *copy = NULL;
  g_autoptr (GFile) from = g_file_new_for_path (g_getenv ("DISK_SHIM"));
  g_autoptr (GFile) to = NULL;
  g_autoptr (GError) error = NULL;

  if (g_test_subprocess ())
    return g_strdup (g_getenv ("SHIM_DIRECTORY"));
  directory = g_dir_make_tmp (NULL, NULL);
  copy = g_build_filename (directory, "shim.so", NULL);
  to = g_file_new_for_path (copy);
  g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_setenv ("SHIM_DIRECTORY", directory, TRUE);
  g_setenv ("LD_PRELOAD", copy, TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_unsetenv ("LD_PRELOAD");
  g_test_trap_assert_passed ();
  temporary_tree_remove (directory);
  return NULL;
}

/* What the shim does from now on to what is below @directory; each call another number of lines, so
 * that the shim sees the difference. */
static void
command (const gchar *directory, const gchar *order, guint number)
{
  g_autofree gchar *prepared = g_build_filename (directory, "control.new", NULL);
  g_autofree gchar *control = g_build_filename (directory, "control", NULL);
  g_autofree gchar *blank = g_strnfill (number, '\n');
  g_autofree gchar *text = g_strdup_printf ("prefix %s/out\n%s\n%s", directory, order, blank);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (prepared, text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_rename (prepared, control), ==, 0);
}

static gchar *
make_root (const gchar *directory)
{
  gchar *root = g_build_filename (directory, "out", NULL);

  g_assert_cmpint (g_mkdir (root, 0700), ==, 0);
  return root;
}

/* Every frame is in a file or in a gap, and where a gap starts and ends files end and start. */
static void
assert_accounted (SegmentFeed *feed, guint64 frames)
{
  guint64 missing = 0;

  for (guint i = 0; i < feed->gaps->len; i++)
    if (g_str_equal (segment_feed_get_string (feed->gaps, i, "state"), "closed"))
      missing += segment_recording_get_uint64 (feed->gaps, i, "frames");
  for (guint i = 0; i < feed->closed->len; i++) {
    g_autoptr (TytoMediaFile) file = segment_feed_read (feed, i);

    g_assert_cmpuint (file->key_frames, >, 0);
  }
  g_assert_cmpuint (segment_feed_sum (feed->closed, "frames") + missing, ==, frames);
}

/* The first segment ended where the gap starts, the second starts where it ends. */
static void
assert_gap_between (SegmentFeed *feed)
{
  gint64 end = segment_feed_get_int64 (feed->closed, 0, "wall-start")
               + (gint64) segment_recording_get_uint64 (feed->closed, 0, "duration") / 1000;
  gint64 gap = segment_feed_get_int64 (feed->gaps, 0, "wall-start");

  g_assert_cmpstr (segment_feed_get_string (feed->closed, 0, "reason"), ==, "gap");
  g_assert_cmpint (ABS (gap - end), <=, 1);
  g_assert_cmpint (segment_feed_get_int64 (feed->gaps, 1, "wall-start"), ==, gap);
  g_assert_cmpint (segment_feed_get_int64 (feed->gaps, 1, "wall-end"), ==,
                   segment_feed_get_int64 (feed->closed, 1, "wall-start"));
}

static void
wait_until_written (SegmentFeed *feed)
{
  while (segment_feed_get_stat (feed, "queued-bytes") > 0)
    g_thread_yield ();
}

/* No room for the next fragments: the file is finished with what it has, and once there is room the
 * next key frame starts another. */
static void
test_full (gconstpointer data)
{
  g_autofree gchar *directory = with_shim ();
  g_autofree gchar *root = NULL;
  g_autoptr (SegmentFeed) feed = NULL;
  guint next = 400;

  if (directory == NULL)
    return;
  root = make_root (directory);
  command (directory, "", 0);
  feed = segment_feed_new (root, FALSE, NULL);
  segment_feed_push_video (feed, 0, 110, 25, 1000);
  segment_feed_wait (feed, "tyto-segment-opened");
  wait_until_written (feed);
  command (directory, data, 1);
  segment_feed_push_video (feed, 110, 400, 25, 20000);
  segment_feed_wait (feed, "tyto-segment-gap");
  g_assert_cmpstr (segment_feed_get_string (feed->gaps, 0, "reason"), ==, "disk-full");
  command (directory, "", 2);
  while (segment_feed_get_stat (feed, "frames-dropped") == 0)
    g_thread_yield ();
  /* Key frames come until one is taken. */
  for (gboolean resumed = FALSE; !resumed; next += 25) {
    g_autoptr (GstMessage) message = NULL;

    segment_feed_push_video (feed, next, next + 25, 25, 1000);
    message = gst_bus_timed_pop_filtered (feed->bus, 100 * GST_MSECOND, GST_MESSAGE_ELEMENT);
    resumed = message != NULL && gst_message_has_name (message, "tyto-segment-gap");
    if (resumed)
      g_ptr_array_add (feed->gaps, gst_structure_copy (gst_message_get_structure (message)));
    else if (message != NULL && gst_message_has_name (message, "tyto-segment-closed"))
      g_ptr_array_add (feed->closed, gst_structure_copy (gst_message_get_structure (message)));
    g_assert_cmpuint (next, <, 400 + 25 * 100);
  }
  segment_feed_finish (feed);
  g_assert_null (feed->error);
  assert_accounted (feed, next);
  assert_gap_between (feed);
}

/* A failed sync is not tried again: the file is given up, and the next key frame starts another. */
static void
test_sync_error (void)
{
  g_autofree gchar *directory = with_shim ();
  g_autofree gchar *root = NULL, *files = NULL;
  g_autoptr (SegmentFeed) feed = NULL;

  if (directory == NULL)
    return;
  root = make_root (directory);
  command (directory, "fail fdatasync EIO 1", 0);
  feed = segment_feed_new (root, FALSE, "sync-ms", 100, NULL);
  segment_feed_push_video (feed, 0, 60, 25, 1000);
  segment_feed_wait (feed, "tyto-segment-gap");
  segment_feed_push_video (feed, 60, 200, 25, 1000);
  segment_feed_finish (feed);
  g_assert_null (feed->error);
  g_assert_cmpstr (segment_feed_get_string (feed->gaps, 0, "reason"), ==, "disk");
  g_assert_true (
      g_str_has_suffix (segment_feed_get_string (feed->gaps, 0, "part"), "/out/1.mp4.part"));
  assert_accounted (feed, 200);
  files = segment_recording_list_files (feed->root);
  g_assert_cmpstr (files, ==, "1.mp4.part 2.mp4");
}

/* A write that takes long: what the queue does not hold is left out by whole groups. */
static void
test_slow (void)
{
  g_autofree gchar *directory = with_shim ();
  g_autofree gchar *root = NULL;
  g_autoptr (SegmentFeed) feed = NULL;

  if (directory == NULL)
    return;
  root = make_root (directory);
  command (directory, "", 0);
  feed = segment_feed_new (root, FALSE, "queue-bytes", (guint64) 200000, NULL);
  segment_feed_push_video (feed, 0, 55, 25, 1000);
  segment_feed_wait (feed, "tyto-segment-opened");
  wait_until_written (feed);
  command (directory, "stall write 30", 1); /* until it is told otherwise */
  segment_feed_push_video (feed, 55, 500, 25, 1000);
  segment_feed_wait (feed, "tyto-segment-gap");
  g_assert_cmpstr (segment_feed_get_string (feed->gaps, 0, "reason"), ==, "disk-slow");
  g_assert_cmpuint (segment_feed_get_stat (feed, "queued-bytes"), <=, 200000);
  command (directory, "", 2);
  wait_until_written (feed);
  segment_feed_push_video (feed, 500, 600, 25, 1000);
  segment_feed_finish (feed);
  g_assert_null (feed->error);
  g_assert_cmpuint (feed->closed->len, ==, 2);
  g_assert_cmpuint (feed->gaps->len, ==, 2);
  assert_accounted (feed, 600);
  assert_gap_between (feed);
}

static void
wait_for_stall (const gchar *directory, const gchar *operation)
{
  g_autofree gchar *events = g_build_filename (directory, "events", NULL);
  g_autofree gchar *wanted = g_strdup_printf (" %s stall ", operation);

  for (gboolean stalled = FALSE; !stalled; g_thread_yield ()) {
    g_autofree gchar *text = NULL;

    stalled = g_file_get_contents (events, &text, NULL, NULL) && strstr (text, wanted) != NULL;
  }
}

static goffset
get_size (SegmentFeed *feed, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (feed->root, name, NULL);
  GStatBuf info;

  return g_stat (path, &info) == 0 ? info.st_size : 0;
}

static void
wait_for_size (SegmentFeed *feed, const gchar *name, goffset size)
{
  while (get_size (feed, name) < size)
    g_thread_yield ();
}

static void
wait_for_file (SegmentFeed *feed, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (feed->root, name, NULL);

  while (!g_file_test (path, G_FILE_TEST_EXISTS))
    g_thread_yield ();
}

/* What is synced is written to meanwhile, and while a file is closed the next one is, too. */
static void
test_slow_sync (void)
{
  g_autofree gchar *directory = with_shim ();
  g_autofree gchar *root = NULL, *files = NULL;
  g_autoptr (SegmentFeed) feed = NULL;
  goffset before;

  if (directory == NULL)
    return;
  root = make_root (directory);
  command (directory, "stall fdatasync 600", 0); /* until it is told otherwise */
  feed = segment_feed_new (root, FALSE, "sync-ms", 100, NULL);
  segment_feed_push_video (feed, 0, 55, 25, 1000);
  wait_for_stall (directory, "fdatasync");
  wait_until_written (feed);
  before = get_size (feed, "1.mp4.part");
  segment_feed_push_video (feed, 55, 105, 25, 1000);
  wait_until_written (feed);
  g_assert_cmpint (get_size (feed, "1.mp4.part"), >=, before + 50 * 1000);
  segment_feed_set_video_caps (feed, 320);
  segment_feed_push_video (feed, 125, 230, 25, 1000);
  wait_until_written (feed);
  g_assert_cmpint (get_size (feed, "2.mp4.part"), >=, 100 * 1000);
  files = segment_recording_list_files (feed->root);
  g_assert_cmpstr (files, ==, "1.mp4.part 2.mp4.part");
  command (directory, "", 1);
  segment_feed_finish (feed);
  g_assert_null (feed->error);
  g_assert_cmpuint (feed->closed->len, ==, 2);
  g_assert_cmpuint (feed->gaps->len, ==, 0);
  assert_accounted (feed, 210);
}

/* Returns: (transfer full): a directory below @root, which the shim can tell from others. */
static gchar *
make_place (const gchar *root, const gchar *name)
{
  gchar *place = g_build_filename (root, name, NULL);

  g_assert_cmpint (g_mkdir (place, 0700), ==, 0);
  return place;
}

/* What a disk does not get done with takes no more memory than a queue, written or not. */
static void
test_slow_sync_queue (void)
{
  g_autofree gchar *directory = with_shim ();
  g_autofree gchar *root = NULL, *slow = NULL, *beside = NULL;
  g_autoptr (SegmentFeed) feed = NULL;
  g_autoptr (SegmentFeed) other = NULL;

  if (directory == NULL)
    return;
  root = make_root (directory);
  slow = make_place (root, "stalled");
  beside = make_place (root, "beside");
  command (directory, "match /stalled\nstall fdatasync 600", 0); /* until it is told otherwise */
  feed = segment_feed_new (slow, FALSE, "sync-ms", 100, "queue-bytes", (guint64) 200000, NULL);
  segment_feed_push_video (feed, 0, 55, 25, 1000);
  wait_for_stall (directory, "fdatasync");
  wait_until_written (feed);
  segment_feed_push_video (feed, 55, 230, 25, 1000);
  wait_for_size (feed, "1.mp4.part", 200 * 1000);
  segment_feed_push_video (feed, 230, 1005, 25, 1000);
  segment_feed_wait (feed, "tyto-segment-gap");
  g_assert_cmpstr (segment_feed_get_string (feed->gaps, 0, "reason"), ==, "disk-slow");
  other = segment_feed_new (beside, FALSE, NULL);
  segment_feed_push_video (other, 0, 50, 25, 1000);
  segment_feed_finish (other); /* who writes has been there */
  g_assert_cmpuint (segment_feed_get_stat (feed, "queued-bytes"), >, 0);
  g_assert_cmpint (get_size (feed, "1.mp4.part"), <, 300 * 1000);
  command (directory, "", 1);
  wait_until_written (feed);
  segment_feed_push_video (feed, 1005, 1100, 25, 1000);
  segment_feed_finish (feed);
  g_assert_null (feed->error);
  g_assert_cmpuint (feed->gaps->len, ==, 2);
  assert_accounted (feed, 1100);
}

/* Disks that stall hold up nobody else: what is beside them writes, syncs and ends. */
static void
test_slow_beside (void)
{
  g_autofree gchar *directory = with_shim ();
  g_autofree gchar *root = NULL;
  SegmentFeed *stalled[N_STALLED];

  if (directory == NULL)
    return;
  root = make_root (directory);
  command (directory, "match /stalled\nstall write 30\nstall fdatasync 30", 0);
  for (guint i = 0; i < N_STALLED; i++) {
    g_autofree gchar *name = g_strdup_printf ("stalled%u", i);
    g_autofree gchar *place = make_place (root, name);

    stalled[i] = segment_feed_new (place, FALSE, NULL);
    segment_feed_push_video (stalled[i], 0, 100, 25, 1000);
  }
  for (guint i = 0; i < N_STALLED; i++)
    wait_for_file (stalled[i], "1.mp4.part"); /* what comes next meets disks that stall */
  for (guint i = 0; i < 2; i++) {
    g_autofree gchar *place = make_place (root, i == 0 ? "first" : "second");
    g_autoptr (SegmentFeed) feed = segment_feed_new (place, FALSE, NULL);

    segment_feed_push_video (feed, 0, 200, 25, 1000);
    segment_feed_finish (feed);
    g_assert_null (feed->error);
    g_assert_cmpuint (feed->gaps->len, ==, 0);
    assert_accounted (feed, 200);
  }
  for (guint i = 0; i < N_STALLED; i++) {
    g_autofree gchar *files = segment_recording_list_files (stalled[i]->root);

    g_assert_cmpuint (segment_feed_get_stat (stalled[i], "queued-bytes"), >, 0);
    g_assert_cmpstr (files, ==, "1.mp4.part");
  }
  command (directory, "", 1);
  for (guint i = 0; i < N_STALLED; i++) {
    segment_feed_finish (stalled[i]);
    assert_accounted (stalled[i], 100);
    segment_feed_free (stalled[i]);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/segmentsink/disk/full/allocate", "fail allocate ENOSPC", test_full);
  g_test_add_data_func ("/segmentsink/disk/full/write",
                        "fail allocate EOPNOTSUPP\nfail write ENOSPC 1", test_full);
  g_test_add_func ("/segmentsink/disk/sync-error", test_sync_error);
  g_test_add_func ("/segmentsink/disk/slow", test_slow);
  g_test_add_func ("/segmentsink/disk/slow-sync", test_slow_sync);
  g_test_add_func ("/segmentsink/disk/slow-sync-queue", test_slow_sync_queue);
  g_test_add_func ("/segmentsink/disk/beside", test_slow_beside);
  return g_test_run ();
}
