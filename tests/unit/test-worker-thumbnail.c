/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a thumbnail: its size, its decoders, its branch, its file. */
#include "base/tyto-error.h"
#include "worker/tyto-pipeline-text.h"
#include "worker/tyto-thumbnail-branch.h"
#include "worker/tyto-thumbnail-decoders.h"
#include "worker/tyto-thumbnail-file.h"

#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <malloc.h>

#define PICTURES      8
#define PICTURE_BYTES (320 * 180 * 3 / 2) /* decoded */

static void
check_fit (const char *text, guint expected_width, guint expected_height)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);
  guint width, height;

  tyto_thumbnail_decoders_fit (caps, 640, 360, &width, &height);
  g_assert_cmpuint (width, ==, expected_width);
  g_assert_cmpuint (height, ==, expected_height);
}

static void
test_fit (void)
{
  check_fit ("video/x-h264, width=1920, height=1080", 640, 360);
  check_fit ("video/x-h264, width=1600, height=1200", 480, 360);
  check_fit ("video/x-h264, width=3840, height=1080", 640, 180);
  check_fit ("video/x-h264, width=320, height=240", 320, 240); /* never larger */
  check_fit ("video/x-h264, width=1080, height=1920", 202, 360);
  check_fit ("video/x-h264, width=704, height=576, pixel-aspect-ratio=16/11", 640, 360);
  check_fit ("video/x-h264", 640, 360);
}

static char *
write_or_fail (const char *root, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  /* 2026-11-21 02:08:00.9 UTC */
  char *path = tyto_thumbnail_file_write (root, "cam1", G_GINT64_CONSTANT (1795226880900000), bytes,
                                          &error);
  g_assert_no_error (error);
  return path;
}

static void
check_content (const char *path, const char *expected)
{
  g_autofree char *content = NULL;
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected);
}

static void
test_file (void)
{
  g_autofree char *root = g_dir_make_tmp ("tyto-thumbnail-XXXXXX", NULL);
  g_autofree char *first = write_or_fail (root, "one");
  g_autofree char *second = write_or_fail (root, "two");
  g_autofree char *day = g_build_filename (root, "cam1", "2026-11-21", NULL);
  g_autofree char *expected = g_build_filename (day, "02-08-00.jpg", NULL);
  g_autofree char *taken = g_build_filename (day, "02-08-00-1.jpg", NULL);
  g_autofree char *part = g_build_filename (day, "02-08-00.jpg.part", NULL);

  g_assert_cmpstr (first, ==, expected);
  g_assert_cmpstr (second, ==, taken);
  check_content (first, "one");
  check_content (second, "two");
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));

  /* Where a directory should be is a file. */
  g_autoptr (GBytes) bytes = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;
  g_assert_null (tyto_thumbnail_file_write (first, "cam1", 0, bytes, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);

  g_unlink (first);
  g_unlink (second);
  g_rmdir (day);
  g_autofree char *camera = g_build_filename (root, "cam1", NULL);
  g_rmdir (camera);
  g_rmdir (root);
}

/* One encoded key frame. */
static GstSample *
make_key_frame (const char *encoder)
{
  g_autofree char *line
      = g_strdup_printf ("videotestsrc num-buffers=1 ! "
                         "video/x-raw,format=I420,width=320,height=180 ! %s ! appsink sync=false "
                         "name=out",
                         encoder);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  GstSample *sample;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  sample = gst_app_sink_pull_sample (GST_APP_SINK (out));
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_nonnull (sample);
  return sample;
}

typedef struct {
  GstElement *pipeline;
  TytoThumbnailBranch *branch;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  /* What the pipeline's line begins with; it sends nothing. */
  GstElement *source = gst_element_factory_make ("fakesrc", NULL);
  GstElement *tee = gst_element_factory_make ("tee", NULL);

  fixture->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  gst_bin_add_many (GST_BIN (fixture->pipeline), source, tee, NULL);
  gst_element_set_locked_state (source, TRUE);
  gst_element_link (source, tee);
  fixture->branch = tyto_thumbnail_branch_new (GST_BIN (fixture->pipeline), tee, 160, 90, &error);
  g_assert_no_error (error);
  gst_element_set_state (fixture->pipeline, GST_STATE_PLAYING);
  g_autoptr (GstPad) pad
      = gst_element_get_static_pad (tyto_thumbnail_branch_get_valve (fixture->branch), "sink");
  gst_pad_send_event (pad, gst_event_new_stream_start ("test"));
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  gst_element_set_state (fixture->pipeline, GST_STATE_NULL);
  g_object_unref (fixture->branch);
  gst_object_unref (fixture->pipeline);
}

static GBytes *
decode (Fixture *fixture, GstSample *sample, GError **error)
{
  GstElement *valve = tyto_thumbnail_branch_get_valve (fixture->branch);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (valve, "sink");
  guint width = 0, height = 0;
  GBytes *jpeg;

  gst_pad_send_event (pad, gst_event_new_caps (gst_sample_get_caps (sample)));
  gst_pad_send_event (pad, gst_event_new_segment (gst_sample_get_segment (sample)));
  jpeg = tyto_thumbnail_branch_decode (fixture->branch, gst_sample_get_buffer (sample),
                                       gst_sample_get_caps (sample), &width, &height, error);
  if (jpeg != NULL) {
    g_assert_cmpuint (width, ==, 160);
    g_assert_cmpuint (height, ==, 90);
    g_assert_cmpmem (g_bytes_get_data (jpeg, NULL), 2, "\xff\xd8", 2);
  }
  return jpeg;
}

/* What a picture is made with is in the pipeline only while it is shown. */
static void
check_shown (Fixture *fixture)
{
  GstElement *valve = tyto_thumbnail_branch_get_valve (fixture->branch);
  g_autoptr (GstPad) exit = gst_element_get_static_pad (valve, "src");
  gboolean drops = FALSE;

  g_object_get (valve, "drop", &drops, NULL);
  g_assert_true (drops);
  g_assert_cmpint (GST_BIN_NUMCHILDREN (fixture->pipeline), ==, 3);
  tyto_thumbnail_branch_show (fixture->branch);
  g_autofree char *line = tyto_pipeline_text_launch (GST_BIN (fixture->pipeline));
  g_assert_true (gst_pad_is_linked (exit));
  tyto_thumbnail_branch_hide (fixture->branch);
  g_assert_false (gst_pad_is_linked (exit));
  g_assert_cmpint (GST_BIN_NUMCHILDREN (fixture->pipeline), ==, 3);
  g_assert_true (
      g_regex_match_simple ("! valve drop=true ! h26[45]parse ! \\w+( \\S+)? ! "
                            "videoconvertscale( \\S+)? ! video/x-raw,\\S+ ! jpegenc quality=80$",
                            line, 0, 0));
}

static void
decode_or_fail (Fixture *fixture, GstSample *sample)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) jpeg = decode (fixture, sample, &error);

  g_assert_no_error (error);
  g_assert_nonnull (jpeg);
}

static gsize
allocated (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

static void
test_decode (Fixture *fixture, gconstpointer encoder)
{
  g_autoptr (GstSample) sample = make_key_frame (encoder);
  gsize before;

  decode_or_fail (fixture, sample); /* loads the plugins */
  before = allocated ();
  for (guint i = 0; i < PICTURES; i++)
    decode_or_fail (fixture, sample);
  g_assert_cmpuint (allocated () - MIN (before, allocated ()), <, PICTURES * PICTURE_BYTES / 2);
  check_shown (fixture);
}

/* A broken picture is an error in time and does no harm to the next one. */
static void
test_broken (Fixture *fixture, gconstpointer encoder)
{
  g_autoptr (GstSample) sample = make_key_frame (encoder);
  g_autoptr (GstBuffer) zeros = gst_buffer_new_allocate (NULL, 1000, NULL);
  gst_buffer_memset (zeros, 0, 0, 1000);
  g_autoptr (GstSample) broken
      = gst_sample_new (zeros, gst_sample_get_caps (sample), gst_sample_get_segment (sample), NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (decode (fixture, broken, &error));
  g_assert_nonnull (error);
  g_autoptr (GBytes) jpeg = decode (fixture, sample, NULL);
  g_assert_nonnull (jpeg);

  tyto_thumbnail_branch_cancel (fixture->branch);
  g_assert_null (decode (fixture, sample, NULL));
}

int
main (int argc, char **argv)
{
  static const char h264[] = "x264enc ! video/x-h264,profile=high,stream-format=avc";
  static const char h265[] = "x265enc ! h265parse ! video/x-h265,stream-format=hvc1";

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/thumbnail/fit", test_fit);
  g_test_add_func ("/worker/thumbnail/file", test_file);
  g_test_add ("/worker/thumbnail/h264", Fixture, h264, set_up, test_decode, tear_down);
  g_test_add ("/worker/thumbnail/h265", Fixture, h265, set_up, test_decode, tear_down);
  g_test_add ("/worker/thumbnail/broken", Fixture, h264, set_up, test_broken, tear_down);
  return g_test_run ();
}
