/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of broadcasts: what the environment says in its own words, and the buckets. */
#include "base/tyto-error.h"
#include "recorder/settings/tyto-settings.h"

#include <glib/gstdio.h>

typedef struct {
  char *directory;
  char *file;
  TytoSettings *settings;
  guint n_warnings;
} Fixture;

static GLogWriterOutput
count_warning (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  Fixture *fixture = data;

  if (level == G_LOG_LEVEL_WARNING)
    fixture->n_warnings++;
  return G_LOG_WRITER_HANDLED;
}

static Fixture the_fixture;

static void
open_settings (const char *text)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&the_fixture.settings);
  the_fixture.n_warnings = 0;
  g_assert_true (g_file_set_contents_full (the_fixture.file, text, -1,
                                           G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error));
  the_fixture.settings = tyto_settings_new (the_fixture.file, the_fixture.directory, &error);
  g_assert_no_error (error);
}

static const char *
get (const char *property)
{
  return tyto_settings_get_string (the_fixture.settings, property);
}

static void
test_defaults (void)
{
  open_settings ("");
  g_assert_cmpstr (get ("live-bucket"), ==, "live-segments");
  g_assert_cmpstr (get ("broadcast-bucket"), ==, "recordings");
  g_assert_cmpstr (get ("stream-service-url"), ==, "");
  g_assert_cmpuint (tyto_settings_get_uint (the_fixture.settings, "monitor-interval"), ==, 10);
  g_assert_cmpuint (tyto_settings_get_uint (the_fixture.settings, "segment-timeout"), ==, 30);
  g_assert_cmpuint (tyto_settings_get_uint (the_fixture.settings, "segment-tries"), ==, 3);
  g_assert_cmpuint (tyto_settings_get_uint (the_fixture.settings, "segment-retry-seconds"), ==, 5);
}

/* As the recording services of others are configured. */
static void
test_environment (void)
{
  g_autofree char *secret = NULL;
  g_autoptr (GError) error = NULL;

  g_setenv ("LIVE_BUCKET", "hls", TRUE);
  g_setenv ("MINIO_BUCKET", "shows", TRUE);
  g_setenv ("STREAM_SERVICE_URL", "http://stream-service:8082", TRUE);
  g_setenv ("VOD_SERVICE_URL", "http://vod-service:8084", TRUE);
  g_setenv ("STREAM_WEBHOOK_SECRET", "hunter2", TRUE);
  g_setenv ("MAX_RETRY_ATTEMPTS", "5", TRUE);
  open_settings ("[tyto]\nlive-bucket='other'\n");
  secret = tyto_settings_get_secret (the_fixture.settings, "stream-webhook-secret", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, "hunter2");
  g_assert_cmpstr (get ("stream-webhook-secret"), ==, "${STREAM_WEBHOOK_SECRET}");
  g_assert_cmpstr (get ("live-bucket"), ==, "hls");
  g_assert_cmpstr (get ("broadcast-bucket"), ==, "shows");
  g_assert_cmpstr (get ("s3-bucket"), ==, "shows");
  g_assert_cmpstr (get ("stream-service-url"), ==, "http://stream-service:8082");
  g_assert_cmpstr (get ("vod-service-url"), ==, "http://vod-service:8084");
  g_assert_cmpuint (tyto_settings_get_uint (the_fixture.settings, "segment-tries"), ==, 5);
  g_assert_cmpuint (the_fixture.n_warnings, ==, 0);

  g_setenv ("BROADCAST_BUCKET", "movies", TRUE);
  open_settings ("");
  g_assert_cmpstr (get ("broadcast-bucket"), ==, "movies");
  g_assert_cmpstr (get ("s3-bucket"), ==, "shows");
  g_unsetenv ("LIVE_BUCKET");
  g_unsetenv ("MINIO_BUCKET");
  g_unsetenv ("BROADCAST_BUCKET");
  g_unsetenv ("STREAM_SERVICE_URL");
  g_unsetenv ("VOD_SERVICE_URL");
  g_unsetenv ("STREAM_WEBHOOK_SECRET");
  g_unsetenv ("MAX_RETRY_ATTEMPTS");
}

static void
test_seconds (void)
{
  static const struct {
    const char *text;
    guint seconds; /* 0: not used */
  } cases[] = {
    { "10", 10 },
    { "15s", 15 },
    { "2m", 120 },
    { "1m30s", 90 },
    { "1h", 3600 },
    { "0m20s", 20 },
    { "", 7 },
    { "s", 0 },
    { "1.5s", 0 },
    { "500ms", 0 },
    { "-3s", 0 },
    { "+3s", 0 },
    { "10 s", 0 },
    { "10d", 0 },
    { "2h", 0 },
    { "0", 0 },
    { "99999999999999999999s", 0 },
    { "4294967299s", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint expected = cases[i].seconds != 0 ? cases[i].seconds : 7;

    g_setenv ("MONITOR_INTERVAL", cases[i].text, TRUE);
    open_settings ("[tyto]\nmonitor-interval=7\n");
    g_unsetenv ("MONITOR_INTERVAL");
    g_assert_cmpuint (tyto_settings_get_uint (the_fixture.settings, "monitor-interval"), ==,
                      expected);
    g_assert_cmpuint (the_fixture.n_warnings, ==, cases[i].seconds != 0 ? 0 : 1);
  }
}

#define STORE                                                                                      \
  "[tyto]\ns3-endpoint='http://127.0.0.1:7480/'\ns3-access-key='KEY'\n"                            \
  "s3-secret-key='${TYTO_TEST_S3}'\n"

/* A bucket of broadcasts needs none of segments of cameras. */
static void
test_buckets (void)
{
  g_autoptr (TytoS3Config) live = NULL;
  g_autoptr (TytoS3Config) finished = NULL;
  g_autoptr (GError) error = NULL;

  g_setenv ("TYTO_TEST_S3", "hunter2", TRUE);
  open_settings ("");
  g_assert_null (tyto_settings_get_bucket_config (the_fixture.settings, "live-bucket", &error));
  g_assert_no_error (error);
  open_settings (STORE "live-bucket='hls'\n");
  live = tyto_settings_get_bucket_config (the_fixture.settings, "live-bucket", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (live->bucket, ==, "hls");
  g_assert_cmpstr (live->secret_key, ==, "hunter2");
  finished = tyto_settings_get_bucket_config (the_fixture.settings, "broadcast-bucket", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (finished->bucket, ==, "recordings");

  open_settings (STORE "live-bucket=''\n");
  g_assert_null (tyto_settings_get_bucket_config (the_fixture.settings, "live-bucket", &error));
  g_assert_no_error (error);
  g_unsetenv ("TYTO_TEST_S3");
}

static void
test_check (void)
{
  g_autoptr (GPtrArray) problems = NULL;

  open_settings ("[tyto]\nlive-bucket='a/b'\nstream-service-url='stream-service:8082'\n"
                 "stream-webhook-secret='hunter2'\nsegment-parallel=0\n");
  g_assert_cmpuint (the_fixture.n_warnings, ==, 3);
  problems = tyto_settings_check (the_fixture.file);
  g_assert_cmpuint (problems->len, ==, 4);
  g_assert_nonnull (strstr (problems->pdata[0], "segment-parallel"));
  g_assert_nonnull (strstr (problems->pdata[1], "live-bucket: it is no name of a bucket"));
  g_assert_nonnull (strstr (problems->pdata[2], "stream-service-url"));
  g_assert_nonnull (strstr (problems->pdata[3], "stream-webhook-secret: a secret must not stand"));
  for (guint i = 0; i < problems->len; i++)
    g_assert_null (strstr (problems->pdata[i], "hunter2"));
}

int
main (int argc, char **argv)
{
  int failures;

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (count_warning, &the_fixture, NULL);
  the_fixture.directory = g_dir_make_tmp ("tyto-settings-XXXXXX", NULL);
  the_fixture.file = g_build_filename (the_fixture.directory, "tyto.conf", NULL);
  g_test_add_func ("/settings-broadcasts/defaults", test_defaults);
  g_test_add_func ("/settings-broadcasts/environment", test_environment);
  g_test_add_func ("/settings-broadcasts/seconds", test_seconds);
  g_test_add_func ("/settings-broadcasts/buckets", test_buckets);
  g_test_add_func ("/settings-broadcasts/check", test_check);
  failures = g_test_run ();
  g_clear_object (&the_fixture.settings);
  g_unlink (the_fixture.file);
  g_rmdir (the_fixture.directory);
  g_free (the_fixture.file);
  g_free (the_fixture.directory);
  return failures;
}
