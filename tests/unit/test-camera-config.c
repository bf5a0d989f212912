/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a person may say about a camera, and what is refused. */
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/cameras/tyto-camera-config.h"

/* @json applied to a new camera "front". */
static gboolean
apply (TytoCameraConfig *config, const char *json, GError **error)
{
  g_autoptr (GVariant) dict = tyto_json_to_variant (json, -1, error);

  g_assert_nonnull (dict);
  return tyto_camera_config_apply (config, dict, error);
}

static void
assert_refused (const char *json, const char *part)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  g_autoptr (GError) error = NULL;

  g_assert_false (apply (config, json, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  if (strstr (error->message, part) == NULL)
    g_error ("\"%s\" says nothing of \"%s\"", error->message, part);
}

static void
test_applies_members (void)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  g_autoptr (GError) error = NULL;

  apply (
      config,
      "{\"name\": \"Front door\", \"url\": \"rtsp://10.0.0.9:554/a?x=1\", \"transport\": \"udp\","
      " \"enabled\": false, \"audio\": false, \"segment_seconds\": 60, \"format\": \"ts\","
      " \"path_template\": \"{camera}/%H.ts\"}",
      &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->name, ==, "Front door");
  g_assert_cmpstr (config->url, ==, "rtsp://10.0.0.9:554/a?x=1");
  g_assert_cmpstr (config->transport, ==, "udp");
  g_assert_false (config->enabled);
  g_assert_false (config->audio);
  g_assert_cmpuint (config->segment_seconds, ==, 60);
  g_assert_cmpstr (config->format, ==, "ts");
  g_assert_cmpstr (config->path_template, ==, "{camera}/%H.ts");
}

static void
test_retention (void)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  g_autoptr (TytoCameraConfig) other = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (config->retention_days, ==, -1);
  apply (config,
         "{\"owner\": \"anna\", \"plan\": \"pro\", \"retention_days\": 0,"
         " \"retention_mib\": 2048}",
         &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->owner, ==, "anna");
  g_assert_cmpstr (config->plan, ==, "pro");
  g_assert_cmpint (config->retention_days, ==, 0);
  g_assert_cmpuint (config->retention_mib, ==, 2048);
  other = tyto_camera_config_copy (config);
  g_assert_true (tyto_camera_config_equal (config, other));

  /* What is not said stays; -1 takes the days back. */
  g_assert_true (apply (other, "{\"name\": \"Front\"}", &error));
  g_assert_cmpint (other->retention_days, ==, 0);
  g_assert_true (apply (other, "{\"retention_days\": -1}", &error));
  g_assert_cmpint (other->retention_days, ==, -1);
  g_assert_false (tyto_camera_config_equal (config, other));

  assert_refused ("{\"retention_days\": -2}", "retention_days");
  assert_refused ("{\"retention_days\": 36501}", "retention_days");
  assert_refused ("{\"retention_days\": \"7\"}", "retention_days");
  assert_refused ("{\"retention_mib\": -1}", "retention_mib");
  assert_refused ("{\"plan\": \"a\\u0007\"}", "plan");
}

static void
test_defaults (void)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  g_autoptr (GError) error = NULL;

  g_assert_true (apply (config, "{\"url\": \"rtsp://h/\", \"name\": \"\"}", &error));
  g_assert_cmpstr (config->name, ==, "front");
  g_assert_cmpstr (config->transport, ==, "tcp");
  g_assert_true (config->enabled);
  g_assert_true (config->audio);
  g_assert_cmpuint (config->segment_seconds, ==, 0);
}

static void
test_credentials_leave_the_url (void)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) shown = NULL;
  g_autofree char *json = NULL;

  g_assert_true (
      apply (config, "{\"url\": \"rtsp://me:se%40cret@10.0.0.9:554/a%20b?c=%2F\"}", &error));
  g_assert_cmpstr (config->url, ==, "rtsp://10.0.0.9:554/a%20b?c=%2F");
  g_assert_cmpstr (config->user, ==, "me");
  g_assert_cmpstr (config->password, ==, "se@cret");

  shown = g_variant_ref_sink (tyto_camera_config_to_variant (config));
  json = tyto_json_from_variant (shown, FALSE);
  g_assert_null (strstr (json, "cret"));
  g_assert_true (tyto_dict_boolean (shown, "has_password", FALSE));
}

static void
test_refuses (void)
{
  assert_refused ("{\"url\": \"http://h/\"}", "url");
  assert_refused ("{\"url\": \"rtsp://\"}", "url");
  assert_refused ("{\"url\": \"rtsp://h:99999/\"}", "URL");
  assert_refused ("{\"url\": 5}", "url");
  assert_refused ("{\"url\": \"rtsp://h/\\u0007\"}", "control");
  assert_refused ("{\"url\": \"rtsp://h/\", \"colour\": 1}", "colour");
  assert_refused ("{\"transport\": \"smoke\"}", "transport");
  assert_refused ("{\"format\": \"avi\"}", "format");
  assert_refused ("{\"segment_seconds\": 86401}", "segment_seconds");
  assert_refused ("{\"segment_seconds\": 1.5}", "segment_seconds");
  assert_refused ("{\"enabled\": \"yes\"}", "enabled");
  assert_refused ("{\"path_template\": \"../x.mp4\"}", "path_template");
  assert_refused ("{\"path_template\": \"/etc/%H.mp4\"}", "path_template");
  assert_refused ("{\"path_template\": \"a//b.mp4\"}", "path_template");
  assert_refused ("{\"path_template\": \"{who}/%H.mp4\"}", "{who}");
  assert_refused ("{\"path_template\": \"{camera/%H.mp4\"}", "path_template");
}

static void
test_copy_is_equal (void)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new ("front");
  g_autoptr (TytoCameraConfig) copy = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (apply (config, "{\"url\": \"rtsp://u:p@h/\", \"format\": \"mkv\"}", &error));
  copy = tyto_camera_config_copy (config);
  g_assert_true (tyto_camera_config_equal (config, copy));
  g_assert_true (apply (copy, "{\"password\": \"other\"}", &error));
  g_assert_false (tyto_camera_config_equal (config, copy));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-config/applies-members", test_applies_members);
  g_test_add_func ("/camera-config/defaults", test_defaults);
  g_test_add_func ("/camera-config/retention", test_retention);
  g_test_add_func ("/camera-config/credentials-leave-the-url", test_credentials_leave_the_url);
  g_test_add_func ("/camera-config/refuses", test_refuses);
  g_test_add_func ("/camera-config/copy-is-equal", test_copy_is_equal);
  return g_test_run ();
}
