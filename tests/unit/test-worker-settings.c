/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "worker/tyto-capture-settings.h"

#include <string.h>

static TytoCaptureSettings *
read_text (const char *text, GError **error)
{
  g_autoptr (GVariant) dict = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  g_assert_nonnull (dict);
  return tyto_capture_settings_new (dict, error);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoCaptureSettings) settings
      = read_text ("{'url': <'rtsp://192.0.2.7/stream'>}", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (settings->transport, ==, "tcp");
  g_assert_cmpstr (settings->format, ==, "mp4");
  g_assert_cmpstr (settings->path_template, ==, "{camera}/%Y-%m-%d/%H-%M-%S.mp4");
  g_assert_cmpstr (settings->thumbnail_root, ==, "./thumbnails");
  g_assert_cmpstr (settings->password, ==, "");
  g_assert_true (settings->audio);
  g_assert_cmpuint (settings->segment_seconds, ==, 900);
  g_assert_cmpuint (settings->thumbnail_seconds, ==, 300);
  g_assert_cmpuint (settings->thumbnail_width, ==, 640);
  g_assert_cmpuint (settings->thumbnail_height, ==, 360);
  g_assert_cmpuint (settings->retry_initial_ms, ==, 1000);
}

static void
test_given (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoCaptureSettings) settings = read_text (
      "{'url': <'rtsps://camera.example:322/s'>, 'user': <'viewer'>, 'password': <'word'>,"
      " 'transport': <'udp'>, 'audio': <false>, 'format': <'ts'>, 'root': <'/srv'>,"
      " 'segment-seconds': <uint32 60>, 'connect-delay': <uint32 250>}",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (settings->user, ==, "viewer");
  g_assert_cmpstr (settings->password, ==, "word");
  g_assert_cmpstr (settings->transport, ==, "udp");
  g_assert_cmpstr (settings->path_template, ==, "{camera}/%Y-%m-%d/%H-%M-%S.ts");
  g_assert_cmpstr (settings->thumbnail_root, ==, "/srv/thumbnails");
  g_assert_false (settings->audio);
  g_assert_cmpuint (settings->segment_seconds, ==, 60);
  g_assert_cmpuint (settings->connect_delay_ms, ==, 250);
}

static void
test_refused (void)
{
  static const char *const wrong[] = {
    "{'user': <'viewer'>}",
    "{'url': <uint32 1>}",
    "{'url': <'http://192.0.2.7/'>}",
    "{'url': <'192.0.2.7'>}",
    "{'url': <'rtsp://viewer:word@192.0.2.7/'>}",
    "{'url': <'rtsp://192.0.2.7/'>, 'format': <'avi'>}",
    "{'url': <'rtsp://192.0.2.7/'>, 'transport': <'TCP'>}",
    "{'url': <'rtsp://192.0.2.7/'>, 'segment-seconds': <uint32 86401>}",
    "{'url': <'rtsp://192.0.2.7/'>, 'thumbnail-width': <uint32 0>}",
    "{'url': <'rtsp://192.0.2.7/'>, 'audio': <'yes'>}",
    "{'url': <'rtsp://192.0.2.7/'>, 'pasword': <'x'>}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (read_text (wrong[i], &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_assert_null (strstr (error->message, "word@"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/settings/defaults", test_defaults);
  g_test_add_func ("/worker/settings/given", test_given);
  g_test_add_func ("/worker/settings/refused", test_refused);
  return g_test_run ();
}
