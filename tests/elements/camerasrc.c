/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* camerasrc against the simulated camera: what comes out of it, and how it ends. */
#include <string.h>

#include "camerasrc-camera.h"

typedef struct {
  const gchar *codec;
  const gchar *audio;
  const gchar *transport;
} Streams;

static void
check_start (Run *run, const Streams *of)
{
  const GstStructure *s = run_message (run, "camerasrc-streams");
  const GstStructure *started = run_message (run, "camerasrc-started");
  guint64 running_time;
  gint width;

  g_assert_cmpstr (gst_structure_get_string (s, "video-codec"), ==, of->codec);
  g_assert_cmpstr (gst_structure_get_string (s, "audio-codec"), ==,
                   g_str_equal (of->audio, "none") ? NULL : of->audio);
  g_assert_cmpstr (gst_structure_get_string (s, "transport"), ==, of->transport);
  g_assert_cmpstr (gst_structure_get_string (s, "engine"), ==,
                   g_str_equal (of->transport, "tcp") ? camera_test_engine () : "rtspsrc");
  g_assert_true (gst_structure_has_field (s, "session-timeout"));
  g_assert_true (gst_structure_get_uint64 (started, "running-time", &running_time));
  g_assert_true (gst_structure_get_int (started, "width", &width));
  g_assert_cmpint (width, ==, 320);
  g_assert_cmpuint (running_time, ==, run->first_pts);
  g_assert_true (run->first_is_key);
  g_assert_false (run->data_before_pads);
}

static void
test_streams (gconstpointer data)
{
  const Streams *of = data;
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new ("--codec", of->codec, "--audio", of->audio, NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, "transport", of->transport, NULL);
  run_until_frames (run, 30);
  run_until_message (run, "camerasrc-started");
  check_start (run, of);
  run_end (run);

  g_assert_no_error (run->error);
  g_assert_false (run->dts_fell);
  g_assert_false (run->dts_after_pts);
  g_assert_false (run->stamp_missing);
  g_assert_cmpuint (run_stat (run, "frames-received"), ==, run->video);
  g_assert_cmpuint (run_stat (run, "audio-frames"), ==, run->audio);
  g_assert_cmpuint (run_stat (run, "key-frames"), >=, 2);
  g_assert_cmpuint (run_stat (run, "packets-lost"), ==, 0);
  g_assert_cmpuint (run_stat (run, "frames-without-pts"), ==, 0);
  g_assert_cmpuint (run->audio == 0, ==, g_str_equal (of->audio, "none"));
  g_assert_true (run->audio == 0 || run->first_audio_pts >= run->first_pts);
  run_free (run);
  camera_free (camera);
}

static void
test_b_frames (void)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new ("--bframes", "2", NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, NULL);
  run_until_frames (run, 40);
  g_assert_false (run->dts_fell);
  run_end (run);
  run_free (run);
  camera_free (camera);
}

static void
test_without_audio (void)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new ("--audio", "aac", NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, "audio", "false", NULL);
  run_until_frames (run, 5);
  g_assert_null (gst_structure_get_string (run_message (run, "camerasrc-streams"), "audio-codec"));
  run_end (run);
  g_assert_cmpuint (run->audio, ==, 0);
  run_free (run);
  camera_free (camera);
}

static void
test_clock (void)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new ("--report-interval", "200", NULL);
  const GstStructure *s;
  GstClockTime base, running_time;
  gint64 camera_time, expected;
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, NULL);
  run_until_message (run, "camerasrc-clock");
  s = run_message (run, "camerasrc-clock");
  g_assert_true (gst_structure_get_int64 (s, "camera-time", &camera_time));
  g_assert_true (gst_structure_get_uint64 (s, "running-time", &running_time));

  /* The camera's clock is this machine's, and frames take no time from it. */
  base = gst_element_get_base_time (run->pipeline);
  expected = g_get_real_time () - (g_get_monotonic_time () - (gint64) (base + running_time) / 1000);
  g_assert_cmpint (ABS (camera_time - expected), <, 150 * 1000);
  run_end (run);
  run_free (run);
  camera_free (camera);
}

/* Each frame of the camera's is there, and none is cut off at the end. */
static void
test_eos_loses_nothing (void)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new ("--audio", "aac", NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, NULL);
  run_until_frames (run, 50);
  run_end (run);
  g_assert_false (run->stamp_missing);
  g_assert_cmpuint (run->n_errors, ==, 0);
  run_free (run);
  camera_free (camera);
}

static void
test_eos_before_connect (void)
{
  Run *run = run_new ("rtsp://127.0.0.1:1/none", NULL);

  run_end (run);
  run_free (run);
}

static void
test_again (void)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new (NULL, NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, NULL);
  run_until_frames (run, 5);
  gst_element_set_state (run->pipeline, GST_STATE_NULL);
  g_assert_cmpuint (run->source->numsrcpads, ==, 0);
  run->video = 0;
  run->last_stamp = -1;
  run->no_more_pads = FALSE;
  gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  run_until_frames (run, 5);
  g_assert_true (run->first_is_key);
  run_free (run);
  camera_free (camera);
}

int
main (int argc, char **argv)
{
  static const Streams streams[] = {
    { "h264", "none", "tcp" }, { "h264", "aac", "tcp" },  { "h264", "aac", "udp" },
    { "h264", "pcma", "tcp" }, { "h265", "none", "udp" }, { "h265", "pcmu", "tcp" },
    { "h265", "opus", "tcp" },
  };

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++) {
    g_autofree gchar *path = g_strdup_printf ("/camerasrc/streams/%s-%s-%s", streams[i].codec,
                                              streams[i].audio, streams[i].transport);

    g_test_add_data_func (path, &streams[i], test_streams);
  }
  g_test_add_func ("/camerasrc/b-frames", test_b_frames);
  g_test_add_func ("/camerasrc/without-audio", test_without_audio);
  g_test_add_func ("/camerasrc/clock", test_clock);
  g_test_add_func ("/camerasrc/eos-loses-nothing", test_eos_loses_nothing);
  g_test_add_func ("/camerasrc/eos-before-connect", test_eos_before_connect);
  g_test_add_func ("/camerasrc/again", test_again);
  return camera_test_run ();
}
