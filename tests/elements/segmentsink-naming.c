/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segmentsink-recording.h"
#include "temporary-tree.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define ENCODER                                                                                    \
  " ! video/x-raw,width=160,height=128,framerate=25/1 ! "                                          \
  "x264enc key-int-max=10 speed-preset=ultrafast ! h264parse ! "
#define PICTURES "videotestsrc num-buffers=60" ENCODER
#define SINK     PICTURES "segmentsink name=s camera=door run=r1 root=ROOT "

static void
test_template (void)
{
  g_autoptr (SegmentRecording) recording
      = segment_recording_run (SINK "location={camera}/%Y/{run}-{sequence}.mp4 start-sequence=7 "
                                    "segment-seconds=UNDIVIDED");
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *expected = g_date_time_format (now, "door/%Y/r1-7.mp4");
  g_autofree gchar *path = g_build_filename (recording->root, expected, NULL);
  g_autofree gchar *files = segment_recording_list_files (recording->root);

  g_assert_null (recording->error);
  g_assert_cmpstr (segment_recording_get_string (recording->closed, 0, "path"), ==, path);
  g_assert_cmpuint (segment_recording_get_uint64 (recording->closed, 0, "sequence"), ==, 7);
  g_assert_cmpstr (files, ==, expected);
}

static void
test_collision (void)
{
  g_autoptr (SegmentRecording) recording
      = segment_recording_new (SINK "location=same.mp4 segment-seconds=1");
  g_autofree gchar *taken = g_build_filename (recording->root, "same.mp4", NULL);
  g_autofree gchar *contents = NULL;
  g_autofree gchar *files = NULL;

  g_assert_true (g_file_set_contents (taken, "precious", -1, NULL));
  segment_recording_play_until (recording, "Ee");
  g_assert_null (recording->error);
  g_assert_true (g_file_get_contents (taken, &contents, NULL, NULL));
  g_assert_cmpstr (contents, ==, "precious");
  files = segment_recording_list_files (recording->root);
  g_assert_true (g_str_has_prefix (files, "same-1.mp4 same-2.mp4 "));
  g_assert_true (g_str_has_suffix (files, " same.mp4"));
  g_assert_cmpuint (segment_recording_sum (recording->closed, "frames"), ==, 60);
}

static void
test_metadata (gconstpointer data)
{
  const gchar *format = data;
  g_autofree gchar *line = g_strdup_printf (SINK "format=%s segment-seconds=UNDIVIDED", format);
  g_autoptr (SegmentRecording) recording = segment_recording_run (line);
  const gchar *path = segment_recording_get_string (recording->closed, 0, "path");
  gint64 wall = segment_recording_get_int64 (recording->closed, 0, "wall-start");
  g_autoptr (GDateTime) second = g_date_time_new_from_unix_utc (wall / G_USEC_PER_SEC);
  g_autofree gchar *start = g_date_time_format (second, "start=%Y-%m-%dT%H:%M:%S");
  g_autofree gchar *identity
      = g_strdup_printf ("run=r1 sequence=1 %s.%06dZ", start, (int) (wall % G_USEC_PER_SEC));
  g_autofree gchar *tags
      = segment_recording_probe (path, NULL, "format_tags:program_tags:format=start_time");

  g_assert_nonnull (strstr (tags, "door\n"));
  if (g_str_equal (format, "mkv")) {
    /* matroskamux escapes spaces. */
    g_auto (GStrv) parts = g_strsplit (tags, "\\", -1);
    g_autofree gchar *plain = g_strjoinv ("", parts);

    g_assert_nonnull (strstr (plain, identity));
  } else {
    g_assert_nonnull (strstr (tags, identity));
  }
  /* mpegtsmux starts its clock at an hour. */
  g_assert_nonnull (strstr (tags, g_str_equal (format, "ts") ? "3601.0" : "0.0"));
}

static void
assert_refused (const gchar *settings, const gchar *reason)
{
  g_autofree gchar *line = g_strconcat (SINK, settings, NULL);
  g_autoptr (SegmentRecording) recording = segment_recording_run (line);
  g_autofree gchar *files = segment_recording_list_files (recording->root);

  g_assert_nonnull (recording->error);
  g_assert_nonnull (strstr (recording->error, reason));
  g_assert_cmpstr (files, ==, "");
}

static void
test_refused (void)
{
  assert_refused ("location={nope}.mp4", "unknown word {nope}");
  assert_refused ("location=../a.mp4", "leads out of its directory");
  assert_refused ("camera=../a", "camera id");
  assert_refused ("run=a/b", "run id");
}

/* A run that ends before its first frame leaves nothing. */
static void
test_empty (gconstpointer data)
{
  g_autofree gchar *line = g_strdup_printf (
      "videotestsrc num-buffers=5 ! x264enc ! h264parse ! identity drop-probability=1 ! "
      "segmentsink name=s root=ROOT format=%s",
      (const gchar *) data);
  g_autoptr (SegmentRecording) recording = segment_recording_run (line);
  g_autofree gchar *files = segment_recording_list_files (recording->root);

  g_assert_cmpstr (recording->order->str, ==, "E");
  g_assert_cmpstr (files, ==, "");
}

static void
test_root_is_file (void)
{
  g_autoptr (SegmentRecording) recording
      = segment_recording_new (PICTURES "segmentsink name=s root=ROOT/file");
  g_autofree gchar *file = g_build_filename (recording->root, "file", NULL);

  g_assert_true (g_file_set_contents (file, "", -1, NULL));
  segment_recording_play_until (recording, "e");
  g_assert_nonnull (strstr (recording->error, "Could not make the directory"));
  g_assert_nonnull (strstr (recording->error, "Choose another root"));
}

/* A file-size limit fails a write in the middle. The next key frame is tried in a new file; when
 * that fails as well, and again, the disk is given up. */
static void
test_write_error (void)
{
  g_autoptr (SegmentRecording) recording = NULL;
  g_autofree gchar *files = NULL;

  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
    return;
  }
  /* Without end: a failure takes what waits behind it along, however much that is. */
  recording = segment_recording_new (
      "videotestsrc" ENCODER "segmentsink name=s camera=door run=r1 root=ROOT location=a.mp4 "
      "segment-seconds=UNDIVIDED fragment-ms=200");
  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &(struct rlimit){ 20000, 20000 });
  segment_recording_play_until (recording, "e");
  gst_element_set_state (recording->pipeline, GST_STATE_NULL);
  g_assert_nonnull (strstr (recording->error, "Could not write to the segment"));
  g_assert_cmpuint (recording->closed->len, ==, 0);
  files = segment_recording_list_files (recording->root);
  g_assert_true (g_str_has_suffix (files, "a.mp4.part"));
  g_assert_null (strstr (files, ".mp4 "));
}

/* Stopped without EOS: no hang, and what is unfinished keeps the name that says so. */
static void
test_stop (void)
{
  g_autoptr (SegmentRecording) recording = segment_recording_new (
      "videotestsrc is-live=true ! video/x-raw,width=160,height=128 ! x264enc key-int-max=5 "
      "tune=zerolatency ! h264parse ! segmentsink name=s root=ROOT location=a.mp4 fragment-ms=100 "
      "segment-seconds=UNDIVIDED");
  g_autofree gchar *files = NULL;

  segment_recording_play_until (recording, "o");
  gst_element_set_state (recording->pipeline, GST_STATE_NULL);
  files = segment_recording_list_files (recording->root);
  g_assert_cmpstr (files, ==, "a.mp4.part");
  g_assert_cmpuint (recording->closed->len, ==, 0);
}

/* The same element records again after NULL. */
static void
test_again (void)
{
  g_autoptr (SegmentRecording) recording
      = segment_recording_new (SINK "location=a.mp4 segment-seconds=UNDIVIDED");

  segment_recording_play_until (recording, "E");
  gst_element_set_state (recording->pipeline, GST_STATE_NULL);
  segment_recording_play_until (recording, "E");
  g_assert_cmpstr (recording->order->str, ==, "ocEocE");
  g_assert_true (
      g_str_has_suffix (segment_recording_get_string (recording->closed, 1, "path"), "/a-1.mp4"));
  g_assert_cmpuint (segment_recording_sum (recording->closed, "frames"), ==, 120);
}

static GstBuffer *
make_frame (guint number, gboolean key)
{
  GstBuffer *buffer
      = gst_buffer_new_memdup (key ? "\0\0\0\1\x65\x88\x80" : "\0\0\0\1\x41\x9a\x80", 7);

  GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = number * 40 * GST_MSECOND;
  if (!key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

/* A pad of the test's own, linked to @element when that plays already, as a camera's pads are. */
static GstPad *
link_pad (GstElement *element)
{
  g_autoptr (GstPad) peer = NULL;
  GstPad *pad = gst_pad_new ("src", GST_PAD_SRC);
  g_autoptr (GstCaps) caps
      = gst_caps_from_string ("video/x-h264,stream-format=avc,alignment=au,width=160,height=128,"
                              "framerate=25/1,codec_data=(buffer)"
                              "0142c00bffe100056742c00bda01000468ce3c80");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_element_set_state (element, GST_STATE_PLAYING);
  peer = gst_element_request_pad_simple (element, "video");
  gst_pad_set_active (pad, TRUE);
  g_assert_cmpint (gst_pad_link (pad, peer), ==, GST_PAD_LINK_OK);
  g_assert_true (gst_pad_push_event (pad, gst_event_new_stream_start ("test")));
  g_assert_true (gst_pad_push_event (pad, gst_event_new_caps (caps)));
  g_assert_true (gst_pad_push_event (pad, gst_event_new_segment (&segment)));
  return pad;
}

/* What a parser may do besides pushing neat buffers: frames before the first key frame, lists,
 * frames without a timestamp, gaps. */
static void
test_untidy_input (void)
{
  g_autofree gchar *root = g_dir_make_tmp (NULL, NULL);
  g_autoptr (GstBus) bus = gst_bus_new ();
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstElement) element
      = gst_object_ref_sink (gst_element_factory_make ("segmentsink", NULL));
  g_autoptr (GstPad) pad = NULL;
  GstBufferList *list = gst_buffer_list_new ();
  GstBuffer *timeless = make_frame (5, FALSE);
  guint64 frames = 0;

  g_object_set (element, "root", root, "segment-seconds", segment_recording_undivided (), NULL);
  gst_util_set_object_arg (G_OBJECT (element), "format", "mkv");
  gst_element_set_bus (element, bus);
  pad = link_pad (element);
  GST_BUFFER_PTS (timeless) = GST_BUFFER_DTS (timeless) = GST_CLOCK_TIME_NONE;

  g_assert_cmpint (gst_pad_push (pad, make_frame (0, FALSE)), ==, GST_FLOW_OK);
  g_assert_true (gst_pad_push_event (pad, gst_event_new_gap (0, 40 * GST_MSECOND)));
  g_assert_cmpint (gst_pad_push (pad, make_frame (2, TRUE)), ==, GST_FLOW_OK);
  gst_buffer_list_add (list, make_frame (3, FALSE));
  gst_buffer_list_add (list, make_frame (4, FALSE));
  g_assert_cmpint (gst_pad_push_list (pad, list), ==, GST_FLOW_OK);
  g_assert_cmpint (gst_pad_push (pad, timeless), ==, GST_FLOW_OK);
  g_assert_true (gst_pad_push_event (pad, gst_event_new_eos ()));

  do {
    g_clear_pointer (&message, gst_message_unref);
    message = gst_bus_timed_pop_filtered (bus, 10 * GST_SECOND, GST_MESSAGE_ELEMENT);
    g_assert_nonnull (message);
  } while (!gst_message_has_name (message, "tyto-segment-closed"));
  gst_structure_get_uint64 (gst_message_get_structure (message), "frames", &frames);
  g_assert_cmpuint (frames, ==, 4);

  gst_element_set_state (element, GST_STATE_NULL);
  gst_pad_set_active (pad, FALSE);
  gst_element_set_bus (element, NULL);
  temporary_tree_remove (root);
}

/* The subprocess loads the leaks tracer, which reports when GStreamer is shut down. */
static void
test_leaks (void)
{
  if (g_test_subprocess ()) {
    g_autoptr (SegmentRecording) recording = segment_recording_run (
        SINK "segment-seconds=1 audiotestsrc num-buffers=20 ! audio/x-raw,rate=8000,channels=1 ! "
             "alawenc ! queue ! s.audio_0");

    g_assert_null (recording->error);
    return;
  }
  g_setenv ("GST_TRACERS", "leaks", TRUE);
  g_setenv ("GST_DEBUG", "GST_TRACER:7", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_unsetenv ("GST_TRACERS");
  g_unsetenv ("GST_DEBUG");
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*GST_TRACER*");
  g_test_trap_assert_stderr_unmatched ("*object-alive, type-name=(string)Gst*");
}

int
main (int argc, char **argv)
{
  static const gchar *const formats[] = { "mp4", "ts", "mkv" };
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/segmentsink/template", test_template);
  g_test_add_func ("/segmentsink/collision", test_collision);
  g_test_add_func ("/segmentsink/refused", test_refused);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree gchar *metadata = g_strconcat ("/segmentsink/metadata/", formats[i], NULL);
    g_autofree gchar *empty = g_strconcat ("/segmentsink/empty/", formats[i], NULL);

    g_test_add_data_func (metadata, formats[i], test_metadata);
    g_test_add_data_func (empty, formats[i], test_empty);
  }
  g_test_add_func ("/segmentsink/root-is-file", test_root_is_file);
  g_test_add_func ("/segmentsink/write-error", test_write_error);
  g_test_add_func ("/segmentsink/stop", test_stop);
  g_test_add_func ("/segmentsink/again", test_again);
  g_test_add_func ("/segmentsink/untidy-input", test_untidy_input);
  g_test_add_func ("/segmentsink/leaks", test_leaks);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
