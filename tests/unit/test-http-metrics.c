/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-exposition.h"
#include "api/http/tyto-http-metrics-cameras.h"
#include "api/http/tyto-http-recording-plan.h"
#include "base/tyto-json.h"
#include "recorder/cameras/tyto-camera-events.h"
#include "temporary-tree.h"

#include <math.h>

static void
assert_sample (double value, const char *expected)
{
  g_autoptr (GString) out = g_string_new (NULL);

  tyto_http_exposition_sample (out, "m", NULL, NULL, value);
  g_assert_cmpstr (out->str, ==, expected);
}

static void
test_values (void)
{
  assert_sample (0, "m 0\n");
  assert_sample (-3, "m -3\n");
  assert_sample (56778342400.0, "m 56778342400\n");
  assert_sample (0.25, "m 0.25\n");
  assert_sample (1795230140.125, "m 1795230140.125\n");
  assert_sample (1e300, "m 1e+300\n");
  assert_sample (NAN, "m NaN\n");
  assert_sample (INFINITY, "m +Inf\n");
  assert_sample (-INFINITY, "m -Inf\n");
}

static void
test_escaping (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  tyto_http_exposition_family (out, "m", "counter", "a \\ \"b\"\nc");
  tyto_http_exposition_sample (out, "m", "l", "a \\ \"b\"\nc", 1);
  tyto_http_exposition_sample2 (out, "m", "l", "1", "k", "2", 1);
  g_assert_cmpstr (out->str, ==,
                   "# HELP m a \\\\ \"b\"\\nc\n# TYPE m counter\n"
                   "m{l=\"a \\\\ \\\"b\\\"\\nc\"} 1\nm{l=\"1\",k=\"2\"} 1\n");
}

static TytoCamera *
make_camera (TytoSettings *settings, const char *id)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new (id);

  return tyto_camera_new (settings, config);
}

static void
record (TytoCamera *camera)
{
  g_autoptr (GVariant) run
      = g_variant_ref_sink (g_variant_new_parsed ("{'run': <'1'>, 'wall-start': <int64 0>}"));
  g_autoptr (GVariant) segment = g_variant_ref_sink (g_variant_new_parsed (
      "{'camera': <'a'>, 'run': <'1'>, 'sequence': <uint64 1>, 'format': <'mp4'>, 'path': "
      "<'a.mp4'>, 'monotonic-start': <uint64 0>, 'wall-start': <int64 0>,"
      " 'duration': <uint64 1000>, 'frames': <uint64 7>, 'bytes': <uint64 9>}"));
  const TytoCameraFigures figures
      = { .run = "1", .counted = { .packets_received = 30, .packets_lost = 10 } };

  tyto_camera_ask (camera, 0);
  tyto_camera_run_started (camera, run);
  tyto_camera_set_state (camera, TYTO_CAMERA_STATE_RECORDING, NULL);
  tyto_camera_segment_closed (camera, segment);
  tyto_camera_statistics (camera, &figures);
}

static void
test_cameras (void)
{
  g_autofree char *directory = g_dir_make_tmp ("tyto-metrics-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (directory, "tyto.conf", NULL);
  g_autoptr (TytoSettings) settings = tyto_settings_new (file, directory, NULL);
  g_autoptr (TytoCamera) recorded = make_camera (settings, "a");
  g_autoptr (TytoCamera) parked = make_camera (settings, "b");
  g_autoptr (GPtrArray) cameras = g_ptr_array_new ();
  g_autoptr (GString) out = g_string_new (NULL);
  static const char *const lines[] = {
    "camera_stream_connected{camera_id=\"a\"} 1\n",
    "camera_stream_connected{camera_id=\"b\"} 0\n",
    "camera_segments_recorded_total{camera_id=\"a\"} 1\n",
    "camera_ffmpeg_restarts_total{camera_id=\"b\"} 1\n",
    "camera_recording_bytes_total{camera_id=\"a\"} 9\n",
    "recording_segments_count{camera_id=\"a\"} 1\n",
    "recording_bytes_total{camera_id=\"a\"} 9\n",
    "tyto_camera_frames_recorded_total{camera=\"a\"} 7\n",
    "tyto_camera_packets_received_total{camera=\"a\"} 30\n",
    "tyto_camera_packets_lost_total{camera=\"a\"} 10\n",
    "tyto_camera_gaps_total{camera=\"a\"} 0\n",
    "tyto_camera_gaps_total{camera=\"b\"} 1\n",
    "tyto_camera_state{camera=\"b\",state=\"parked\"} 1\n",
    "tyto_camera_state{camera=\"b\",state=\"recording\"} 0\n",
    "tyto_camera_packet_loss_ratio{camera=\"a\"} 0.25\n",
    "tyto_camera_gap_seconds_total{camera=\"b\",reason=\"worker-died\"} ",
  };

  record (recorded);
  tyto_camera_ask (parked, 0);
  tyto_camera_worker_died (parked, "signal 11", "", TRUE);
  g_ptr_array_add (cameras, recorded);
  g_ptr_array_add (cameras, parked);
  tyto_http_metrics_cameras_write (out, cameras);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_test_message ("%s", lines[i]);
    g_assert_nonnull (strstr (out->str, lines[i]));
  }
  g_assert_null (strstr (out->str, "tyto_camera_coverage_ratio{"));
  temporary_tree_remove (directory);
}

/* What the list of cameras is made of, and what D-Bus gives of one. */
static void
test_camera_is_told_alike (void)
{
  g_autofree char *directory = g_dir_make_tmp ("tyto-metrics-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (directory, "tyto.conf", NULL);
  g_autoptr (TytoSettings) settings = tyto_settings_new (file, directory, NULL);
  g_autoptr (TytoCamera) camera = make_camera (settings, "a");
  g_autoptr (GString) text = g_string_new ("{");
  TytoMembers members = { .json = text };
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *expected = NULL;

  record (camera);
  tyto_camera_set_coverage (camera, 0.5);
  tyto_camera_describe (camera, &members);
  g_string_append_c (text, '}');
  variant = g_variant_ref_sink (tyto_camera_to_variant (camera));
  expected = tyto_json_from_variant (variant, FALSE);
  g_assert_cmpstr (text->str, ==, expected);
  g_assert_nonnull (strstr (expected, "\"gap_seconds\":{},\"coverage\":0.5}"));
  temporary_tree_remove (directory);
}

static void
test_sizes (void)
{
  static const struct {
    guint64 bytes;
    const char *text;
  } sizes[] = {
    { 0, "0 B" },
    { 999, "999 B" },
    { 1000, "1.0 kB" },
    { 999949, "999.9 kB" },
    { 999950, "1.0 MB" },
    { 45200000000, "45.2 GB" },
    { G_MAXUINT64, "18446.7 PB" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autofree char *text = tyto_http_recording_plan_format_size (sizes[i].bytes);

    g_assert_cmpstr (text, ==, sizes[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/metrics/values", test_values);
  g_test_add_func ("/http/metrics/escaping", test_escaping);
  g_test_add_func ("/http/metrics/cameras", test_cameras);
  g_test_add_func ("/http/metrics/camera-is-told-alike", test_camera_is_told_alike);
  g_test_add_func ("/http/metrics/sizes", test_sizes);
  return g_test_run ();
}
