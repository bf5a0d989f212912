/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* camerasrc alone in a GstHarness: each frame as it leaves the pad. */
#include <gst/check/gstharness.h>

#include "camerasrc-camera.h"

#define FRAMES 60

static GstStaticPadTemplate sink_template
    = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static void
on_pad_added (GstElement *element, GstPad *pad, GstHarness *harness)
{
  gst_harness_add_element_src_pad (harness, pad);
}

/* @caps: what the harness's pad takes */
static GstHarness *
harness_new (const gchar *location, const gchar *caps)
{
  GstElement *element = gst_element_factory_make ("camerasrc", NULL);
  GstHarness *harness = gst_harness_new_empty ();

  g_object_set (gst_object_ref_sink (element), "location", location, "batch", 0, NULL);
  gst_util_set_object_arg (G_OBJECT (element), "engine", camera_test_engine ());
  g_signal_connect (element, "pad-added", G_CALLBACK (on_pad_added), harness);
  gst_harness_add_element_full (harness, element, NULL, NULL, &sink_template, NULL);
  gst_object_unref (element);
  gst_harness_use_systemclock (harness);
  gst_harness_set_sink_caps_str (harness, caps);
  gst_harness_play (harness);
  return harness;
}

static GstBuffer *
pull (GstHarness *harness)
{
  GstBuffer *buffer = gst_harness_pull (harness);

  g_assert_nonnull (buffer);
  return buffer;
}

/* 25 frames a second are 40 ms apart, from the first on, whatever the network does. */
static void
test_times (void)
{
  Camera *camera = camera_new ("--fps", "25", NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  GstHarness *harness = harness_new (address, "video/x-h264,stream-format=avc,alignment=au");
  GstClockTime last = GST_CLOCK_TIME_NONE;

  for (guint i = 0; i < FRAMES; i++) {
    g_autoptr (GstBuffer) buffer = pull (harness);

    g_assert_cmpint (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT), ==,
                     i > 0 && i % 25 != 0);
    if (i > 0)
      g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, last + 40 * GST_MSECOND);
    last = GST_BUFFER_PTS (buffer);
  }
  gst_harness_teardown (harness);
  camera_free (camera);
}

/* rtspsrc's parser gives what is asked for downstream; the engine lean gives avc alone. */
static void
test_byte_stream (void)
{
  static const guint8 start_code[] = { 0, 0, 0, 1 };
  Camera *camera = camera_new ("--fps", "25", NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  GstHarness *harness
      = harness_new (address, "video/x-h264,stream-format=byte-stream,alignment=au");
  g_autoptr (GstBuffer) buffer = pull (harness);

  g_assert_cmpint (gst_buffer_memcmp (buffer, 0, start_code, sizeof start_code), ==, 0);
  gst_harness_teardown (harness);
  camera_free (camera);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camerasrc/harness/times", test_times);
  if (g_str_equal (camera_test_engine (), "rtspsrc"))
    g_test_add_func ("/camerasrc/harness/byte-stream", test_byte_stream);
  return camera_test_run ();
}
