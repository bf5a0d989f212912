/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine that writes fragmented MP4: what it makes of frames and their times. */
#include "segmentsink-feed.h"

#include "segmentsink-recording.h"
#include "temporary-tree.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <unistd.h>

#define FRAME (40 * GST_MSECOND)

/* A group of pictures of a minute: fragments do not wait for its end. */
static void
test_long_gop (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, FALSE, "fragment-ms", 1000, NULL);
  g_autoptr (TytoMediaFile) file = NULL;
  guint64 end = 0;

  segment_feed_push_video (feed, 0, 1500, 1500, 100);
  segment_feed_finish (feed);
  g_assert_cmpuint (feed->closed->len, ==, 1);
  file = segment_feed_read (feed, 0);
  g_assert_cmpuint (file->frames, ==, 1500);
  g_assert_cmpuint (file->key_frames, ==, 1);
  g_assert_cmpuint (file->duration_ns, ==, 60 * GST_SECOND);
  g_assert_cmpuint (file->fragments->len, ==, 60);
  for (guint i = 0; i < file->fragments->len; i++) {
    const TytoMediaFragment *fragment = &g_array_index (file->fragments, TytoMediaFragment, i);

    g_assert_cmpuint (fragment->time_ns, ==, end);
    g_assert_cmpuint (fragment->duration_ns, <=, GST_SECOND);
    g_assert_cmpint (fragment->key, ==, i == 0);
    end = fragment->time_ns + fragment->duration_ns;
  }
}

/* Each key frame starts a fragment, where it can be found. */
static void
test_key_frames (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, FALSE, "fragment-ms", 1000, NULL);
  g_autoptr (TytoMediaFile) file = NULL;
  guint keys = 0;

  segment_feed_push_video (feed, 0, 300, 30, 100);
  segment_feed_finish (feed);
  file = segment_feed_read (feed, 0);
  for (guint i = 0; i < file->fragments->len; i++)
    keys += g_array_index (file->fragments, TytoMediaFragment, i).key;
  g_assert_cmpuint (keys, ==, 10);
  g_assert_cmpuint (file->key_frames, ==, 10);
}

/* Pushes 230 frames, one of them without a time, @n at a time. Returns: (transfer full): the file
 * from its first fragment on. */
static GBytes *
record_lists (guint n)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, FALSE, NULL);
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *data;
  gsize size, start;

  for (guint i = 0; i < 230; i += n) {
    g_autoptr (GstBufferList) list = gst_buffer_list_new ();

    for (guint k = i; k < MIN (i + n, 230); k++) {
      GstClockTime time = k == 61 ? GST_CLOCK_TIME_NONE : k * FRAME;

      gst_buffer_list_add (list, segment_feed_make_frame (time, time, k % 50 == 0, 500 + k));
    }
    if (n > 1)
      g_assert_cmpint (gst_pad_push_list (feed->video, g_steal_pointer (&list)), ==, GST_FLOW_OK);
    else
      g_assert_cmpint (gst_pad_push (feed->video, gst_buffer_ref (gst_buffer_list_get (list, 0))),
                       ==, GST_FLOW_OK);
  }
  segment_feed_finish (feed);
  g_assert_cmpuint (feed->closed->len, ==, 1);
  g_assert_cmpuint (segment_feed_sum (feed->closed, "frames"), ==, 230);
  file = g_mapped_file_new (segment_feed_get_string (feed->closed, 0, "path"), FALSE, &error);
  g_assert_no_error (error);
  bytes = g_mapped_file_get_bytes (file);
  data = g_bytes_get_data (bytes, &size);
  g_assert_nonnull (memmem (data, size, "moof", 4));
  start = (gsize) ((const gchar *) memmem (data, size, "moof", 4) - data);
  return g_bytes_new_from_bytes (bytes, start, size - start);
}

/* Lists make the same file as frames that come one by one. */
static void
test_lists (void)
{
  static const guint lengths[] = { 2, 3, 7, 64, 230 };
  g_autoptr (GBytes) single = record_lists (1);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autoptr (GBytes) lists = record_lists (lengths[i]);

    g_assert_true (g_bytes_equal (lists, single));
  }
}

/* Sound that comes 300 ms after its pictures is in the segment of its time, every frame of it. */
static void
test_late_sound (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, TRUE, "segment-seconds", 1, NULL);
  guint sounds = 0;

  for (guint i = 0; i < 250; i++) {
    guint heard
        = i > 8 ? (guint) gst_util_uint64_scale ((i - 8) * FRAME, 48000, 1024 * GST_SECOND) : 0;

    segment_feed_push_video (feed, i, i + 1, 5, 100);
    segment_feed_push_audio (feed, sounds, heard);
    sounds = MAX (sounds, heard);
  }
  segment_feed_push_audio (feed, sounds, 469);
  segment_feed_finish (feed);
  g_assert_cmpuint (feed->closed->len, >=, 10);
  g_assert_cmpuint (segment_feed_sum (feed->closed, "frames"), ==, 250);
  g_assert_cmpuint (segment_feed_sum (feed->closed, "audio-frames"), ==, 469);
  g_assert_cmpuint (segment_feed_get_stat (feed, "audio-late"), ==, 0);
  for (guint i = 0; i < feed->closed->len; i++) {
    guint64 frames = segment_recording_get_uint64 (feed->closed, i, "frames");
    guint64 sound = segment_recording_get_uint64 (feed->closed, i, "audio-frames");
    gint64 exact = (gint64) (frames * 40 * 48 / 1024);
    g_autoptr (TytoMediaFile) file = segment_feed_read (feed, i);

    g_assert_cmpint (ABS ((gint64) sound - exact), <=, 1);
  }
}

/* Sound ahead of its pictures waits for them. */
static void
test_early_sound (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, TRUE, "segment-seconds", 1, NULL);

  segment_feed_push_audio (feed, 0, 469);
  segment_feed_push_video (feed, 0, 250, 5, 100);
  segment_feed_finish (feed);
  g_assert_cmpuint (segment_feed_sum (feed->closed, "audio-frames"), ==, 469);
  for (guint i = 0; i < feed->closed->len; i++)
    g_assert_cmpuint (segment_recording_get_uint64 (feed->closed, i, "audio-frames"), <=, 60);
}

static void
assert_sane (SegmentFeed *feed, guint64 frames, GstClockTime longest)
{
  guint64 duration = segment_feed_sum (feed->closed, "duration");

  g_assert_cmpuint (segment_feed_sum (feed->closed, "frames"), ==, frames);
  g_assert_cmpuint (duration, <=, longest);
  for (guint i = 0; i < feed->closed->len; i++) {
    g_autoptr (TytoMediaFile) file = segment_feed_read (feed, i);

    g_assert_cmpuint (file->duration_ns, <=, longest);
  }
}

/* Times that are missing, go back or stand still: every frame is kept, in order. */
static void
test_bad_times (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, FALSE, NULL);

  for (guint i = 0; i < 100; i++) {
    GstClockTime pts = i % 7 == 3 ? GST_CLOCK_TIME_NONE : i * FRAME;
    GstClockTime dts = i % 5 == 2 ? GST_CLOCK_TIME_NONE : i * FRAME;

    if (i % 11 == 6)
      dts -= 5 * FRAME;
    g_assert_cmpint (segment_feed_push (feed->video, pts, dts, i % 25 == 0, 100), ==, GST_FLOW_OK);
  }
  segment_feed_finish (feed);
  assert_sane (feed, 100, 5 * GST_SECOND);
  g_assert_cmpuint (segment_feed_get_stat (feed, "timestamps-repaired"), >, 0);
}

/* Timestamps that jump hours ahead, and back to 0: a cut, and no time passes. */
static void
test_jumps (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, FALSE, NULL);
  static const GstClockTime starts[] = { 0, 5 * 3600 * GST_SECOND, 0, 30 * GST_SECOND };

  for (guint part = 0; part < G_N_ELEMENTS (starts); part++)
    for (guint i = 0; i < 50; i++)
      segment_feed_push (feed->video, starts[part] + i * FRAME, starts[part] + i * FRAME,
                         i % 25 == 0, 100);
  segment_feed_finish (feed);
  g_assert_cmpuint (feed->closed->len, ==, 4);
  g_assert_cmpstr (segment_feed_get_string (feed->closed, 0, "reason"), ==, "clock");
  assert_sane (feed, 200, 9 * GST_SECOND);
  for (guint i = 1; i < 4; i++)
    g_assert_cmpint (segment_feed_get_int64 (feed->closed, i, "wall-start"), ==,
                     segment_feed_get_int64 (feed->closed, i - 1, "wall-start")
                         + (gint64) segment_recording_get_uint64 (feed->closed, i - 1, "duration")
                               / 1000);
}

/* A new size between two key frames: the cut comes with the next one. */
static void
test_caps (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, FALSE, NULL);

  segment_feed_push_video (feed, 0, 30, 25, 100);
  segment_feed_set_video_caps (feed, 320);
  segment_feed_push_video (feed, 30, 100, 25, 100);
  segment_feed_finish (feed);
  g_assert_cmpuint (feed->closed->len, ==, 2);
  g_assert_cmpstr (segment_feed_get_string (feed->closed, 0, "reason"), ==, "caps");
  g_assert_cmpuint (segment_recording_get_uint64 (feed->closed, 0, "frames"), ==, 50);
  assert_sane (feed, 100, 4 * GST_SECOND);
}

/* Sound whose pictures have no place yet is not waited for at the end either. */
static void
test_dead_sound (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, TRUE, "segment-seconds", 1, NULL);

  segment_feed_push_audio (feed, 0, 20);
  segment_feed_push_video (feed, 0, 250, 5, 100);
  gst_pad_push_event (feed->video, gst_event_new_eos ());
  segment_feed_wait (feed, "eos");
  g_assert_cmpuint (segment_feed_sum (feed->closed, "frames"), ==, 250);
  g_assert_cmpuint (segment_feed_sum (feed->closed, "audio-frames"), ==, 20);
}

/* Stopped in the middle: the ".part" has every frame. */
static void
test_stop (void)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (NULL, TRUE, NULL);
  g_autofree gchar *part = g_build_filename (feed->root, "1.mp4.part", NULL);
  g_autoptr (TytoMediaFile) file = NULL;
  g_autoptr (GError) error = NULL;

  segment_feed_push_audio (feed, 0, 40);
  segment_feed_push_video (feed, 0, 33, 25, 100);
  gst_element_set_state (feed->element, GST_STATE_NULL);
  file = tyto_media_file_mend (part, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (file->frames, ==, 33);
  g_assert_cmpuint (file->audio_frames, ==, 40);
}

/* Feeds 10 s of media, tells, and waits for its end. */
static void
feed_until_killed (const gchar *root, int tell)
{
  g_autoptr (SegmentFeed) feed = segment_feed_new (root, FALSE, NULL);

  segment_feed_push_video (feed, 0, 250, 50, 1000);
  segment_feed_wait (feed, "tyto-segment-opened");
  while (segment_feed_get_stat (feed, "queued-bytes") > 0)
    g_thread_yield ();
  g_assert_cmpint (write (tell, "x", 1), ==, 1);
  for (;;)
    pause ();
}

/* SIGKILL: the ".part" has all but what was not yet a fragment. */
static void
test_kill (void)
{
  const gchar *root = g_getenv ("FEED_ROOT");
  g_autofree gchar *directory = NULL, *part = NULL;
  g_autoptr (TytoMediaFile) file = NULL;
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;
  gchar told;

  if (root != NULL) {
    feed_until_killed (root, g_ascii_strtoll (g_getenv ("FEED_TELL"), NULL, 10));
    return;
  }
  directory = g_dir_make_tmp (NULL, NULL);
  part = g_build_filename (directory, "1.mp4.part", NULL);
  g_subprocess_launcher_setenv (launcher, "FEED_ROOT", directory, TRUE);
  g_subprocess_launcher_setenv (launcher, "FEED_TELL", "3", TRUE);
  {
    int ends[2];

    g_assert_true (g_unix_open_pipe (ends, FD_CLOEXEC, &error));
    g_subprocess_launcher_take_fd (launcher, ends[1], 3);
    child = g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", "-p",
                                         "/segmentsink/fragments/kill", NULL);
    g_assert_no_error (error);
    g_subprocess_launcher_close (launcher);
    g_assert_cmpint (read (ends[0], &told, 1), ==, 1);
    close (ends[0]);
  }
  g_subprocess_force_exit (child);
  g_subprocess_wait (child, NULL, NULL);
  file = tyto_media_file_mend (part, &error);
  g_assert_no_error (error);
  /* A fragment, and the frame whose duration is not known yet. */
  g_assert_cmpuint (file->frames, >=, 250 - 13);
  temporary_tree_remove (directory);
}

/* The disk's floor is above what it has: no file, no error, a gap of every frame. */
static void
test_floor (void)
{
  g_autoptr (SegmentFeed) feed
      = segment_feed_new (NULL, FALSE, "floor-bytes", (guint64) G_MAXINT64, NULL);
  g_autofree gchar *files = NULL;

  segment_feed_push_video (feed, 0, 100, 25, 100);
  segment_feed_wait (feed, "tyto-segment-gap");
  segment_feed_push_video (feed, 100, 200, 25, 100);
  segment_feed_finish (feed);
  g_assert_null (feed->error);
  g_assert_cmpuint (feed->gaps->len, ==, 2);
  g_assert_cmpstr (segment_feed_get_string (feed->gaps, 0, "reason"), ==, "disk-full");
  g_assert_cmpstr (segment_feed_get_string (feed->gaps, 0, "state"), ==, "open");
  g_assert_cmpstr (segment_feed_get_string (feed->gaps, 1, "state"), ==, "closed");
  g_assert_cmpuint (segment_recording_get_uint64 (feed->gaps, 1, "frames"), ==, 200);
  g_assert_cmpint (segment_feed_get_int64 (feed->gaps, 1, "wall-end")
                       - segment_feed_get_int64 (feed->gaps, 1, "wall-start"),
                   ==, 8 * G_USEC_PER_SEC);
  files = segment_recording_list_files (feed->root);
  g_assert_cmpstr (files, ==, "");
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/segmentsink/fragments/long-gop", test_long_gop);
  g_test_add_func ("/segmentsink/fragments/key-frames", test_key_frames);
  g_test_add_func ("/segmentsink/fragments/lists", test_lists);
  g_test_add_func ("/segmentsink/fragments/late-sound", test_late_sound);
  g_test_add_func ("/segmentsink/fragments/early-sound", test_early_sound);
  g_test_add_func ("/segmentsink/fragments/bad-times", test_bad_times);
  g_test_add_func ("/segmentsink/fragments/jumps", test_jumps);
  g_test_add_func ("/segmentsink/fragments/caps", test_caps);
  g_test_add_func ("/segmentsink/fragments/dead-sound", test_dead_sound);
  g_test_add_func ("/segmentsink/fragments/stop", test_stop);
  g_test_add_func ("/segmentsink/fragments/kill", test_kill);
  g_test_add_func ("/segmentsink/fragments/floor", test_floor);
  return g_test_run ();
}
