/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a run tells: the reasons of its end, its statistics, its pipeline in words. */
#include "worker/tyto-capture-fault.h"
#include "worker/tyto-capture-stats.h"
#include "worker/tyto-pipeline-text.h"

#include <string.h>

static void
check_reason (GQuark domain, int code, gboolean from_camera, gboolean silent, const char *expected)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, "x");
  g_assert_cmpstr (tyto_capture_fault_reason (error, from_camera, silent), ==, expected);
}

static void
test_reasons (void)
{
  GQuark resource = GST_RESOURCE_ERROR;

  check_reason (resource, GST_RESOURCE_ERROR_NOT_AUTHORIZED, TRUE, FALSE, "camera-refused");
  check_reason (resource, GST_RESOURCE_ERROR_NOT_FOUND, TRUE, FALSE, "camera-refused");
  check_reason (resource, GST_RESOURCE_ERROR_OPEN_READ, TRUE, FALSE, "camera-offline");
  check_reason (resource, GST_RESOURCE_ERROR_READ, TRUE, FALSE, "camera-ended");
  check_reason (resource, GST_RESOURCE_ERROR_READ, TRUE, TRUE, "camera-silent");
  check_reason (GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND, TRUE, FALSE, "camera-refused");
  check_reason (resource, GST_RESOURCE_ERROR_NO_SPACE_LEFT, FALSE, FALSE, "disk");
  check_reason (resource, GST_RESOURCE_ERROR_WRITE, FALSE, TRUE, "disk");
  check_reason (GST_CORE_ERROR, GST_CORE_ERROR_NEGOTIATION, FALSE, FALSE, "internal");
}

/* camerasrc's; its last frame came a second ago. (transfer full) */
static GstStructure *
make_source (void)
{
  return gst_structure_new (
      "camerasrc-stats", "packets-received", G_TYPE_UINT64, G_GUINT64_CONSTANT (9000),
      "packets-lost", G_TYPE_UINT64, G_GUINT64_CONSTANT (3), "frames-received", G_TYPE_UINT64,
      G_GUINT64_CONSTANT (251), "frames-missing", G_TYPE_UINT64, G_GUINT64_CONSTANT (1),
      "last-frame-monotonic-us", G_TYPE_INT64, g_get_monotonic_time () - G_USEC_PER_SEC, NULL);
}

static gboolean
is_a_second_ago (gint64 wall_us)
{
  return ABS (g_get_real_time () - G_USEC_PER_SEC - wall_us) < G_USEC_PER_SEC / 2;
}

static void
test_statistics (void)
{
  TytoCaptureStats stats = { .frames_recorded = 250 };
  g_autoptr (GstStructure) source = make_source ();
  g_autoptr (GstStructure) clock = gst_structure_new (
      "camerasrc-clock", "camera-time", G_TYPE_INT64, G_GINT64_CONSTANT (5000000), "running-time",
      G_TYPE_UINT64, 2 * GST_SECOND, NULL);
  gint64 camera_us = 0, last = 0, offset = 0;
  guint64 value = 0;
  GVariantDict dict;

  g_assert_false (tyto_capture_stats_camera_time (&stats, 0, &camera_us));
  tyto_capture_stats_take_clock (&stats, clock, 4000000);
  g_assert_true (tyto_capture_stats_camera_time (&stats, GST_SECOND, &camera_us));
  g_assert_cmpint (camera_us, ==, 4000000);

  g_variant_dict_init (&dict, NULL);
  tyto_capture_stats_insert (&stats, source, &dict);
  g_assert_true (g_variant_dict_lookup (&dict, "frames-recorded", "t", &value) && value == 250);
  g_assert_true (g_variant_dict_lookup (&dict, "frames-received", "t", &value) && value == 251);
  g_assert_true (g_variant_dict_lookup (&dict, "packets-lost", "t", &value) && value == 3);
  g_assert_true (g_variant_dict_lookup (&dict, "key-frames", "t", &value) && value == 0);
  g_assert_true (g_variant_dict_lookup (&dict, "camera-clock-offset", "x", &offset));
  g_assert_cmpint (offset, ==, 1000000);
  g_assert_true (g_variant_dict_lookup (&dict, "last-frame", "x", &last));
  g_assert_true (is_a_second_ago (last));
  g_variant_dict_clear (&dict);
}

/* What is told every 2 s of each camera. */
static void
test_figures (void)
{
  TytoCaptureStats stats = { .frames_recorded = 250 };
  g_autoptr (GstStructure) source = make_source ();
  g_autoptr (GVariant) counted
      = g_variant_ref_sink (tyto_capture_stats_to_figures (&stats, "run", source));
  g_autoptr (GVariant) known = NULL, expected = NULL;
  gint64 last = 0;

  g_variant_get_child (counted, 1, "x", &last);
  g_assert_true (is_a_second_ago (last));
  expected = g_variant_ref_sink (g_variant_new ("(sxbxttttt)", "run", last, FALSE, (gint64) 0,
                                                (guint64) 9000, (guint64) 3, (guint64) 251,
                                                (guint64) 250, (guint64) 1));
  g_assert_true (g_variant_equal (counted, expected));

  stats.clock_known = TRUE;
  stats.clock_offset_us = -70;
  known = g_variant_ref_sink (tyto_capture_stats_to_figures (&stats, "run", NULL));
  g_clear_pointer (&expected, g_variant_unref);
  expected = g_variant_ref_sink (g_variant_new_parsed (
      "('run', int64 0, true, int64 -70, uint64 0, uint64 0, uint64 0, uint64 250, uint64 0)"));
  g_assert_true (g_variant_equal (known, expected));
}

/* What is told of a pipeline makes the same pipeline again. */
static void
test_launch_text (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (
      "videotestsrc num-buffers=7 pattern=ball ! tee name=t  t. ! queue max-size-buffers=2 ! "
      "video/x-raw,width=64 ! filesink location=\"/tmp/it's here\" async=false  t. ! valve "
      "drop=true ! (bin.( identity ))",
      &error);
  g_assert_no_error (error);
  g_autofree char *text = tyto_pipeline_text_launch (GST_BIN (pipeline));

  g_assert_true (g_str_has_prefix (text, "videotestsrc "));
  g_assert_nonnull (strstr (text, "pattern=ball"));
  g_assert_nonnull (strstr (text, "num-buffers=7"));
  g_assert_nonnull (strstr (text, "! tee name=t "));
  g_assert_nonnull (strstr (text, "queue max-size-buffers=2 ! video/x-raw,width=64 ! "));
  g_assert_nonnull (strstr (text, "valve drop=true ! identity"));
  g_assert_null (strstr (text, "max-size-bytes"));

  int argc;
  g_auto (GStrv) argv = NULL;
  g_assert_true (g_shell_parse_argv (text, &argc, &argv, &error));
  g_autoptr (GstElement) again = gst_parse_launchv ((const char **) argv, &error);
  g_assert_no_error (error);
  g_autofree char *text_again = tyto_pipeline_text_launch (GST_BIN (again));
  g_assert_cmpstr (text_again, ==, text);
}

static void
test_no_secrets (void)
{
  static const char *const secrets[] = { "word", "two words; \"quoted\"", "back\\slash", "ü" };

  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++) {
    g_autoptr (GstElement) pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
    GstElement *source = gst_element_factory_make ("rtspsrc", "source");
    g_autofree char *secret = g_strdup_printf ("S3CRET%sS3CRET", secrets[i]);

    g_object_set (source, "location", "rtsp://192.0.2.7/s", "user-id", "viewer", "user-pw", secret,
                  "proxy-pw", secret, NULL);
    gst_bin_add (GST_BIN (pipeline), source);
    g_autofree char *text = tyto_pipeline_text_launch (GST_BIN (pipeline));
    g_autofree char *dot = tyto_pipeline_text_dot (GST_BIN (pipeline));
    g_assert_nonnull (strstr (text, "user-id=viewer"));
    g_assert_nonnull (strstr (dot, "user-id="));
    g_assert_null (strstr (text, "S3CRET"));
    g_assert_null (strstr (dot, "S3CRET"));
    g_object_set (source, "proxy-pw", NULL, NULL); /* rtspsrc 1.22 does not free it */
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/run/reasons", test_reasons);
  g_test_add_func ("/worker/run/statistics", test_statistics);
  g_test_add_func ("/worker/run/figures", test_figures);
  g_test_add_func ("/worker/run/launch-text", test_launch_text);
  g_test_add_func ("/worker/run/no-secrets", test_no_secrets);
  return g_test_run ();
}
