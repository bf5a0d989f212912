/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-exposition.h"
#include "api/http/tyto-http-metrics-cameras.h"
#include "api/http/tyto-http-recording-plan.h"

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

static void
test_cameras (void)
{
  g_autoptr (GVariant) cameras = g_variant_ref_sink (g_variant_new_parsed (
      "[{'id': <'a'>, 'state': <'recording'>, 'segments': <uint64 7>, 'bytes': <uint64 9>,"
      "  'worker_restarts': <uint64 2>, 'loss_ratio': <0.5>},"
      " {'id': <'b'>, 'state': <'parked'>}]"));
  g_autoptr (GString) out = g_string_new (NULL);
  static const char *const lines[] = {
    "camera_stream_connected{camera_id=\"a\"} 1\n",
    "camera_stream_connected{camera_id=\"b\"} 0\n",
    "camera_segments_recorded_total{camera_id=\"a\"} 7\n",
    "camera_ffmpeg_restarts_total{camera_id=\"a\"} 2\n",
    "camera_recording_bytes_total{camera_id=\"a\"} 9\n",
    "recording_segments_count{camera_id=\"a\"} 7\n",
    "recording_bytes_total{camera_id=\"a\"} 9\n",
    "tyto_camera_state{camera=\"b\",state=\"parked\"} 1\n",
    "tyto_camera_state{camera=\"b\",state=\"recording\"} 0\n",
    "tyto_camera_packet_loss_ratio{camera=\"a\"} 0.5\n",
  };

  tyto_http_metrics_cameras_write (out, cameras);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_test_message ("%s", lines[i]);
    g_assert_nonnull (strstr (out->str, lines[i]));
  }
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
  g_test_add_func ("/http/metrics/sizes", test_sizes);
  return g_test_run ();
}
