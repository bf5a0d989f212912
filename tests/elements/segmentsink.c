/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segmentsink-recording.h"

#include <string.h>

#define H264 "x264enc key-int-max=10 bitrate=256 speed-preset=ultrafast"
#define H265 "x265enc key-int-max=10 bitrate=256 speed-preset=ultrafast option-string=open-gop=0"
#define PICTURES                                                                                   \
  "videotestsrc num-buffers=110 pattern=ball ! video/x-raw,width=160,height=128,framerate=25/1 ! "
#define BRANCHES                                                                                   \
  " ! tee name=t ! queue ! parse ! s.video t. ! queue ! parse ! "                                  \
  "codec,stream-format=byte-stream,alignment=au ! filesink location=ROOT/reference "
#define SINK " segmentsink name=s camera=door run=r1 root=ROOT/recordings segment-seconds=1 "
#define SOUND                                                                                      \
  " audiotestsrc num-buffers=205 samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=1 ! "     \
  "voaacenc ! aacparse ! queue ! s.audio_0 "
#define OPUS                                                                                       \
  " audiotestsrc num-buffers=220 samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=2 ! "      \
  "opusenc ! opusparse ! queue ! s.audio_0 "
#define TELEPHONE                                                                                  \
  " audiotestsrc num-buffers=220 samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! "       \
  "mulawenc ! queue ! s.audio_0 "

typedef struct {
  const gchar *path; /* of the test */
  const gchar *format;
  gboolean h265;
  const gchar *options; /* of the encoder */
  const gchar *sound;   /* (nullable) */
  const gchar *audio_codec;
} Accounting;

static const Accounting accountings[] = {
  { "mp4/h264", "mp4", FALSE, "bframes=0", NULL, "" },
  { "mp4/h264/b-frames", "mp4", FALSE, "bframes=2", SOUND, "aac" },
  { "mp4/h264/aac", "mp4", FALSE, "bframes=0", SOUND, "aac" },
  { "mp4/h264/g711", "mp4", FALSE, "bframes=0", TELEPHONE, "aac" },
  { "mp4/h265/aac", "mp4", TRUE, "", SOUND, "aac" },
  { "mp4/h264/opus", "mp4", FALSE, "bframes=2", OPUS, "opus" },
  { "mp4/splitmuxsink/h264/b-frames", "mp4 engine=splitmuxsink", FALSE, "bframes=2", SOUND, "aac" },
  { "mp4/splitmuxsink/h265", "mp4 engine=splitmuxsink", TRUE, "", NULL, "" },
  { "ts/h264/b-frames", "ts", FALSE, "bframes=2", SOUND, "aac" },
  { "ts/h265", "ts", TRUE, "", NULL, "" },
  { "ts/h264/g711", "ts", FALSE, "bframes=0", TELEPHONE, "aac" },
  { "mkv/h264/g711", "mkv", FALSE, "bframes=0", TELEPHONE, "pcmu" },
  { "mkv/h265/aac", "mkv", TRUE, "", SOUND, "aac" },
};

static SegmentRecording *
record_accounting (const Accounting *test)
{
  g_autoptr (GString) line = g_string_new (PICTURES);

  g_string_append_printf (line, "%s %s" BRANCHES, test->h265 ? H265 : H264, test->options);
  g_string_replace (line, "codec", test->h265 ? "video/x-h265" : "video/x-h264", 0);
  g_string_replace (line, "parse", test->h265 ? "h265parse" : "h264parse", 0);
  g_string_append_printf (line, SINK "format=%s %s", test->format,
                          test->sound != NULL ? test->sound : "");
  return segment_recording_run (line->str);
}

static void
assert_segment (SegmentRecording *recording, guint i, const Accounting *test, GPtrArray *pictures)
{
  guint before = pictures->len;
  const gchar *path = segment_recording_get_string (recording->closed, i, "path");
  guint64 audio_frames = segment_recording_get_uint64 (recording->closed, i, "audio-frames");
  guint64 duration = segment_recording_get_uint64 (recording->closed, i, "duration");
  g_autofree gchar *probed = segment_recording_probe (path, NULL, "format=duration,size");
  gchar *rest;
  gdouble seconds = g_ascii_strtod (probed, &rest);

  g_assert_cmpuint (segment_recording_decode (path, pictures), >=, audio_frames > 0);
  g_assert_cmpuint (pictures->len - before, ==,
                    segment_recording_get_uint64 (recording->closed, i, "frames"));
  if (test->sound != NULL)
    g_assert_cmpuint (segment_recording_count_frames (path, "a"), ==, audio_frames);
  else
    g_assert_cmpuint (audio_frames, ==, 0);
  /* Sound may start up to a frame of its own after the pictures, which ffprobe adds to its length,
   * and outlast them by as much: 128 ms of AAC at 8 kHz. */
  g_assert_cmpfloat_with_epsilon (seconds, (gdouble) duration / GST_SECOND, 0.26);
  g_assert_cmpuint (g_ascii_strtoull (rest, NULL, 10), ==,
                    segment_recording_get_uint64 (recording->closed, i, "bytes"));
  g_assert_cmpstr (segment_recording_get_string (recording->closed, i, "audio-codec"), ==,
                   test->audio_codec);
  g_assert_cmpstr (segment_recording_get_string (recording->closed, i, "video-codec"), ==,
                   test->h265 ? "h265" : "h264");
}

/* Each segment begins where the one before ended, on a boundary of the wall clock. */
static void
assert_row (SegmentRecording *recording, guint i)
{
  guint last = recording->closed->len - 1;
  gint64 wall = segment_recording_get_int64 (recording->closed, i, "wall-start");

  g_assert_cmpuint (segment_recording_get_uint64 (recording->closed, i, "sequence"), ==, i + 1);
  g_assert_cmpint (segment_recording_get_int64 (recording->opened, i, "wall-start"), ==, wall);
  g_assert_cmpstr (segment_recording_get_string (recording->opened, i, "path"), ==,
                   segment_recording_get_string (recording->closed, i, "path"));
  g_assert_cmpstr (segment_recording_get_string (recording->closed, i, "reason"), ==,
                   i < last ? "boundary" : "eos");
  if (i == 0)
    return;
  /* A key frame comes each 400 ms. */
  g_assert_cmpint (wall % G_USEC_PER_SEC, <, 400 * 1000);
  g_assert_cmpuint (segment_recording_get_uint64 (recording->closed, i - 1, "running-start")
                        + segment_recording_get_uint64 (recording->closed, i - 1, "duration"),
                    ==, segment_recording_get_uint64 (recording->closed, i, "running-start"));
  g_assert_cmpuint (segment_recording_get_uint64 (recording->closed, i - 1, "monotonic-start")
                        + segment_recording_get_uint64 (recording->closed, i - 1, "duration"),
                    ==, segment_recording_get_uint64 (recording->closed, i, "monotonic-start"));
}

static void
test_accounting (gconstpointer data)
{
  const Accounting *test = data;
  g_autoptr (SegmentRecording) recording = record_accounting (test);
  g_autoptr (GPtrArray) expected = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) recorded = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *reference = g_build_filename (recording->root, "reference", NULL);

  g_assert_null (recording->error);
  g_assert_cmpuint (recording->closed->len, >=, 4);
  g_assert_cmpuint (recording->opened->len, ==, recording->closed->len);
  for (guint i = 0; i < recording->closed->len; i++) {
    g_assert_true (g_str_has_prefix (recording->order->str + 2 * i, "oc"));
    assert_row (recording, i);
    assert_segment (recording, i, test, recorded);
  }
  g_assert_true (g_str_has_suffix (recording->order->str, "cE"));
  g_assert_cmpuint (segment_recording_sum (recording->closed, "frames"), ==, 110);

  segment_recording_decode (reference, expected);
  g_assert_cmpuint (recorded->len, ==, expected->len);
  for (guint i = 0; i < expected->len; i++)
    g_assert_cmpstr (recorded->pdata[i], ==, expected->pdata[i]);
}

static void
test_sound_alone (gconstpointer data)
{
  g_autofree gchar *line = g_strdup_printf (SINK "format=%s " SOUND, (const gchar *) data);
  g_autoptr (SegmentRecording) recording = segment_recording_run (line);

  g_assert_null (recording->error);
  g_assert_cmpuint (recording->closed->len, >=, 4);
  for (guint i = 0; i < recording->closed->len; i++) {
    const gchar *path = segment_recording_get_string (recording->closed, i, "path");

    g_assert_cmpuint (segment_recording_decode (path, NULL), >, 0);
    g_assert_cmpuint (segment_recording_count_frames (path, "a"), ==,
                      segment_recording_get_uint64 (recording->closed, i, "audio-frames"));
    g_assert_cmpstr (segment_recording_get_string (recording->closed, i, "video-codec"), ==, "");
    /* AAC at 48 kHz: a frame each 21.3 ms. */
    if (i > 0)
      g_assert_cmpint (segment_recording_get_int64 (recording->closed, i, "wall-start")
                           % G_USEC_PER_SEC,
                       <, 22 * 1000);
  }
  g_assert_cmpuint (segment_recording_sum (recording->closed, "frames"), ==, 0);
}

/* A new size in mid-stream: each file has one. */
static void
test_caps_change (gconstpointer data)
{
  g_autofree gchar *line = g_strdup_printf (
      "concat name=c ! s.video segmentsink name=s format=%s root=ROOT segment-seconds=UNDIVIDED "
      "videotestsrc num-buffers=35 ! video/x-raw,width=160,height=128 ! " H264 " ! h264parse ! c. "
      "videotestsrc num-buffers=25 ! video/x-raw,width=320,height=192 ! " H264 " ! h264parse ! c.",
      (const gchar *) data);
  g_autoptr (SegmentRecording) recording = segment_recording_run (line);
  static const gchar *const widths[] = { "160\n", "320\n" };
  static const gchar *const reasons[] = { "caps", "eos" };
  static const guint64 frames[] = { 35, 25 };

  g_assert_null (recording->error);
  g_assert_cmpstr (recording->order->str, ==, "ococE");
  for (guint i = 0; i < 2; i++) {
    const gchar *path = segment_recording_get_string (recording->closed, i, "path");
    g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (g_free);
    g_autofree gchar *width = segment_recording_probe (path, "v", "stream=width");

    segment_recording_decode (path, pictures);
    g_assert_true (g_str_has_prefix (width, widths[i]));
    g_assert_cmpstr (segment_recording_get_string (recording->closed, i, "reason"), ==, reasons[i]);
    g_assert_cmpuint (segment_recording_get_uint64 (recording->closed, i, "frames"), ==, frames[i]);
    g_assert_cmpuint (pictures->len, ==, frames[i]);
  }
}

/* Sound that never comes must not hold the pictures up. */
static void
test_no_sound (gconstpointer data)
{
  g_autofree gchar *line = g_strdup_printf (PICTURES H264 " ! h264parse ! queue ! s.video " SINK
                                                          "format=%s audiotestsrc num-buffers=0 ! "
                                                          "voaacenc ! aacparse ! s.audio_0",
                                            (const gchar *) data);
  g_autoptr (SegmentRecording) recording = segment_recording_run (line);

  g_assert_null (recording->error);
  g_assert_cmpuint (segment_recording_sum (recording->closed, "frames"), ==, 110);
}

/* Nor may sound that stops: splitmuxsink waits for it and gives it up after 5 s, our own engine
 * never does. */
static void
test_stalled_sound (gconstpointer data)
{
  const gchar *options = data;
  gboolean waits = strstr (options, "splitmuxsink") != NULL;
  g_autofree gchar *line = g_strdup_printf (
      PICTURES H264 " ! h264parse ! queue ! s.video " SINK
                    "%s appsrc name=sound format=time caps=audio/x-mulaw,rate=8000,channels=1 ! "
                    "s.audio_0",
      options);
  g_autoptr (SegmentRecording) recording = segment_recording_new (line);
  g_autoptr (GstElement) sound = gst_bin_get_by_name (GST_BIN (recording->pipeline), "sound");
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 8000, NULL);
  GstFlowReturn flow;

  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  gst_buffer_memset (buffer, 0, 0x7f, 8000);
  g_signal_emit_by_name (sound, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
  if (waits)
    segment_recording_play_until (recording, "w");
  segment_recording_play_until (recording, "Ee");
  g_assert_null (recording->error);
  g_assert_cmpuint (strchr (recording->order->str, 'w') != NULL, ==, waits);
  g_assert_cmpuint (segment_recording_sum (recording->closed, "frames"), ==, 110);
  g_assert_cmpuint (segment_recording_sum (recording->closed, "audio-frames"), >, 0);
}

int
main (int argc, char **argv)
{
  static const gchar *const formats[] = { "mp4", "ts", "mkv" };

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (accountings); i++) {
    g_autofree gchar *path = g_strconcat ("/segmentsink/frames/", accountings[i].path, NULL);

    g_test_add_data_func (path, &accountings[i], test_accounting);
  }
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree gchar *alone = g_strconcat ("/segmentsink/sound-alone/", formats[i], NULL);
    g_autofree gchar *caps = g_strconcat ("/segmentsink/caps-change/", formats[i], NULL);
    g_autofree gchar *silent = g_strconcat ("/segmentsink/no-sound/", formats[i], NULL);

    g_test_add_data_func (alone, formats[i], test_sound_alone);
    g_test_add_data_func (caps, formats[i], test_caps_change);
    g_test_add_data_func (silent, formats[i], test_no_sound);
  }
  g_test_add_data_func ("/segmentsink/stalled-sound/fragments", "engine=fragments",
                        test_stalled_sound);
  g_test_add_data_func ("/segmentsink/stalled-sound/splitmuxsink", "engine=splitmuxsink",
                        test_stalled_sound);
  return g_test_run ();
}
