/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keyfile, edits of it while we run, the environment, and where passwords stay. */
#include "base/tyto-error.h"
#include "recorder/settings/tyto-settings.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct {
  char *directory;
  char *file;
  TytoSettings *settings;
  GPtrArray *changed; /* ids told by "camera-changed" */
} Fixture;

/* The last warning: g_test_expect_message() does not see structured logging. */
static char last_warning[512];

static GLogWriterOutput
keep_warning (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer data)
{
  for (gsize i = 0; i < n; i++) {
    if (level == G_LOG_LEVEL_WARNING && g_str_equal (fields[i].key, "MESSAGE"))
      g_strlcpy (last_warning, fields[i].value, sizeof last_warning);
  }
  return G_LOG_WRITER_HANDLED;
}

static void
on_camera_changed (TytoSettings *settings, const char *id, Fixture *fixture)
{
  g_ptr_array_add (fixture->changed, g_strdup (id));
}

static void
write_file (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (fixture->file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

static void
open_settings (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&fixture->settings);
  fixture->settings = tyto_settings_new (fixture->file, fixture->directory, &error);
  g_assert_no_error (error);
  g_signal_connect (fixture->settings, "camera-changed", G_CALLBACK (on_camera_changed), fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("tyto-settings-XXXXXX", NULL);
  fixture->file = g_build_filename (fixture->directory, "tyto.conf", NULL);
  fixture->changed = g_ptr_array_new_with_free_func (g_free);
  if (data != NULL)
    write_file (fixture, data);
  open_settings (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *secrets = g_build_filename (fixture->directory, "secrets", NULL);
  g_autoptr (GDir) dir = g_dir_open (secrets, 0, NULL);
  const char *name;

  g_clear_object (&fixture->settings);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (secrets, name, NULL);
    g_unlink (path);
  }
  g_rmdir (secrets);
  g_unlink (fixture->file);
  g_rmdir (fixture->directory);
  g_ptr_array_unref (fixture->changed);
  g_free (fixture->directory);
  g_free (fixture->file);
}

static gboolean
give_up (gpointer user_data)
{
  g_error ("waited 30 s in vain");
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition holds. */
#define WAIT_UNTIL(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint deadline_id = g_timeout_add_seconds (30, give_up, NULL);                                 \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (deadline_id);                                                                 \
  }                                                                                                \
  G_STMT_END

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  g_autofree char *recordings = g_build_filename (fixture->directory, "recordings", NULL);
  struct stat info;

  g_assert_cmpuint (tyto_settings_get_uint (fixture->settings, "http-port"), ==, 8083);
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "format"), ==, "mp4");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "output-dir"), ==, recordings);
  g_assert_cmpint (g_stat (fixture->file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

static void
test_reads_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoCameraConfig) camera = tyto_settings_get_camera (fixture->settings, "front");
  g_autoptr (TytoCameraConfig) effective = NULL;

  g_assert_cmpuint (tyto_settings_get_uint (fixture->settings, "segment-seconds"), ==, 60);
  g_assert_nonnull (camera);
  g_assert_cmpstr (camera->url, ==, "rtsp://10.0.0.9/a");
  effective = tyto_settings_resolve (fixture->settings, camera);
  g_assert_cmpuint (effective->segment_seconds, ==, 60);
  g_assert_cmpstr (effective->format, ==, "ts");
  g_assert_cmpstr (effective->path_template, ==, "{camera}/%Y-%m-%d/%H-%M-%S.ts");
}

static void
test_follows_edits (Fixture *fixture, gconstpointer data)
{
  guint notified = 0;

  g_signal_connect_swapped (fixture->settings, "notify::segment-seconds",
                            G_CALLBACK (g_atomic_int_inc), &notified);
  write_file (fixture, "[tyto]\nsegment-seconds=30\n[cameras/yard]\nurl='rtsp://10.0.0.8/b'\n");
  WAIT_UNTIL (notified > 0 && fixture->changed->len >= 2);
  g_assert_cmpuint (tyto_settings_get_uint (fixture->settings, "segment-seconds"), ==, 30);
  g_assert_true (g_ptr_array_find_with_equal_func (fixture->changed, "front", g_str_equal, NULL));
  g_assert_true (g_ptr_array_find_with_equal_func (fixture->changed, "yard", g_str_equal, NULL));
  g_assert_null (tyto_settings_get_camera (fixture->settings, "front"));
}

static void
test_password_stays_out_of_the_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoCameraConfig) camera = tyto_camera_config_new ("gate");
  g_autoptr (TytoCameraConfig) again = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *secret = g_build_filename (fixture->directory, "secrets", "camera-gate", NULL);
  struct stat info;

  g_free (camera->url);
  camera->url = g_strdup ("rtsp://10.0.0.7/");
  g_free (camera->password);
  camera->password = g_strdup ("hunter2");
  g_free (camera->owner);
  camera->owner = g_strdup ("acme");
  camera->retention_days = 0;
  camera->retention_mib = 7;
  g_assert_true (tyto_settings_set_camera (fixture->settings, camera, &error));
  g_assert_cmpuint (fixture->changed->len, ==, 1);
  g_assert_true (g_file_get_contents (fixture->file, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "[cameras/gate]"));
  g_assert_null (strstr (text, "hunter2"));
  g_assert_cmpint (g_stat (secret, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);

  open_settings (fixture);
  again = tyto_settings_get_camera (fixture->settings, "gate");
  g_assert_nonnull (again);
  g_assert_cmpstr (again->password, ==, "hunter2");
  g_assert_cmpstr (again->owner, ==, "acme");
  g_assert_cmpint (again->retention_days, ==, 0);
  g_assert_cmpuint (again->retention_mib, ==, 7);

  g_assert_true (tyto_settings_remove_camera (fixture->settings, "gate", &error));
  g_assert_false (g_file_test (secret, G_FILE_TEST_EXISTS));
  g_assert_null (tyto_settings_get_camera (fixture->settings, "gate"));
  g_assert_false (tyto_settings_remove_camera (fixture->settings, "gate", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
test_reference (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoCameraConfig) camera = tyto_settings_get_camera (fixture->settings, "front");
  g_autoptr (GError) error = NULL;
  g_autofree char *password = NULL;

  g_assert_null (tyto_settings_get_camera_password (fixture->settings, camera, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_setenv ("TYTO_TEST_FRONT", "s3cret", TRUE);
  password = tyto_settings_get_camera_password (fixture->settings, camera, &error);
  g_unsetenv ("TYTO_TEST_FRONT");
  g_assert_no_error (error);
  g_assert_cmpstr (password, ==, "s3cret");
}

static void
test_environment_overrides (Fixture *fixture, gconstpointer data)
{
  g_setenv ("SEGMENT_SECONDS", "3600", TRUE);
  g_setenv ("LOG_LEVEL", "WARN", TRUE);
  g_setenv ("PORT", "80833", TRUE);
  open_settings (fixture);
  g_assert_nonnull (strstr (last_warning, "PORT=80833 is not used"));
  g_unsetenv ("SEGMENT_SECONDS");
  g_unsetenv ("LOG_LEVEL");
  g_unsetenv ("PORT");
  g_assert_cmpuint (tyto_settings_get_uint (fixture->settings, "segment-seconds"), ==, 3600);
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "log-level"), ==, "warning");
  g_assert_cmpuint (tyto_settings_get_uint (fixture->settings, "http-port"), ==, 8083);
}

static void
test_check_finds_faults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) problems = tyto_settings_check (fixture->file);

  g_assert_cmpuint (problems->len, ==, 0);
  write_file (fixture, "[tyto]\nformat=mp4\nsegment-seconds=0\ncolour='red'\n[other]\nx=1\n"
                       "[cameras/a]\nname='A'\n");
  g_ptr_array_unref (problems);
  problems = tyto_settings_check (fixture->file);
  g_assert_cmpuint (problems->len, ==, 5);
  g_assert_nonnull (strstr (problems->pdata[0], "quotes"));
  g_assert_nonnull (strstr (problems->pdata[1], "within"));
  g_assert_nonnull (strstr (problems->pdata[2], "colour"));
  g_assert_nonnull (strstr (problems->pdata[3], "[other]"));
  g_assert_nonnull (strstr (problems->pdata[4], "no url"));
  g_assert_nonnull (strstr (last_warning, "it has no url"));

  write_file (fixture, "[tyto]\narchive-key-template='../{camera}'\n");
  g_ptr_array_unref (problems);
  problems = tyto_settings_check (fixture->file);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (problems->pdata[0], "archive-key-template"));
}

/* --- The archive and the services --- */

static void
test_archive_environment (Fixture *fixture, gconstpointer data)
{
  g_autofree char *secret = NULL;
  g_autoptr (GError) error = NULL;

  g_setenv ("MINIO_ENDPOINT", "minio:9000", TRUE);
  g_setenv ("MINIO_USE_SSL", "true", TRUE);
  g_setenv ("MINIO_BUCKET", "recordings", TRUE);
  g_setenv ("MINIO_ACCESS_KEY", "minioadmin", TRUE);
  g_setenv ("MINIO_SECRET_KEY", "minioadmin123", TRUE);
  g_setenv ("STREAM_COUNTER_URL", "http://stream-counter:8087", TRUE);
  g_setenv ("VMS_SERVICE_URL", "vms-service:8081", TRUE);
  open_settings (fixture);
  g_assert_nonnull (strstr (last_warning, "VMS_SERVICE_URL is not used"));
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "vms-service-url"), ==, "");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "stream-counter-url"), ==,
                   "http://stream-counter:8087");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "s3-endpoint"), ==,
                   "https://minio:9000");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "s3-bucket"), ==, "recordings");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "s3-secret-key"), ==,
                   "${MINIO_SECRET_KEY}");
  secret = tyto_settings_get_secret (fixture->settings, "s3-secret-key", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, "minioadmin123");

  /* Keys of one name go together, whatever else is set. */
  g_setenv ("S3_ACCESS_KEY_ID", "mine", TRUE);
  g_setenv ("S3_ENDPOINT", "http://127.0.0.1:8333/", TRUE);
  open_settings (fixture);
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "s3-access-key"), ==,
                   "${S3_ACCESS_KEY_ID}");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "s3-endpoint"), ==,
                   "http://127.0.0.1:8333/");
  g_unsetenv ("S3_ACCESS_KEY_ID");
  g_unsetenv ("S3_ENDPOINT");
  g_unsetenv ("MINIO_ENDPOINT");
  g_unsetenv ("MINIO_USE_SSL");
  g_unsetenv ("MINIO_BUCKET");
  g_unsetenv ("MINIO_ACCESS_KEY");
  g_unsetenv ("MINIO_SECRET_KEY");
  g_unsetenv ("STREAM_COUNTER_URL");
  g_unsetenv ("VMS_SERVICE_URL");
}

static void
test_s3_config (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoS3Config) config = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (tyto_settings_get_s3_config (fixture->settings, &error));
  g_assert_no_error (error);
  write_file (fixture, "[tyto]\ns3-endpoint='http://127.0.0.1:7480/'\ns3-bucket='tyto'\n"
                       "s3-access-key='KEY'\ns3-secret-key='${TYTO_TEST_S3}'\n"
                       "s3-addressing='virtual'\nupload-timeout=30\n");
  open_settings (fixture);
  g_assert_null (tyto_settings_get_s3_config (fixture->settings, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_setenv ("TYTO_TEST_S3", "hunter2", TRUE);
  config = tyto_settings_get_s3_config (fixture->settings, &error);
  g_unsetenv ("TYTO_TEST_S3");
  g_assert_no_error (error);
  g_assert_cmpstr (config->endpoint, ==, "http://127.0.0.1:7480");
  g_assert_cmpstr (config->bucket, ==, "tyto");
  g_assert_cmpstr (config->access_key, ==, "KEY");
  g_assert_cmpstr (config->secret_key, ==, "hunter2");
  g_assert_cmpint (config->addressing, ==, TYTO_S3_ADDRESSING_VIRTUAL);
  g_assert_cmpuint (config->timeout, ==, 30);
}

static void
assert_database (Fixture *fixture, const char *uri, const char *password)
{
  g_autofree char *secret = NULL;
  g_autoptr (GError) error = NULL;

  open_settings (fixture);
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "catalogue-uri"), ==, uri);
  secret = tyto_settings_get_secret (fixture->settings, "catalogue-password", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, password);
}

static void
test_database_environment (Fixture *fixture, gconstpointer data)
{
  g_setenv ("DATABASE_URL", "postgresql://me:p%40ss@db.example:5433/vod?sslmode=require", TRUE);
  assert_database (fixture, "postgresql://me@db.example:5433/vod?sslmode=require", "p@ss");
  g_unsetenv ("DATABASE_URL");

  g_setenv ("DB_HOST", "postgres", TRUE);
  g_setenv ("DB_PORT", "5432", TRUE);
  g_setenv ("DB_USER", "streaming_user", TRUE);
  g_setenv ("DB_PASSWORD", "streaming_pass", TRUE);
  g_setenv ("DB_NAME", "vod_db", TRUE);
  assert_database (fixture, "postgresql://streaming_user@postgres:5432/vod_db", "streaming_pass");
  g_unsetenv ("DB_HOST");
  g_unsetenv ("DB_PORT");
  g_unsetenv ("DB_USER");
  g_unsetenv ("DB_NAME");

  g_setenv ("POSTGRES_HOST", "postgres_db", TRUE);
  assert_database (fixture, "postgresql://postgres_db/", "streaming_pass");
  g_unsetenv ("POSTGRES_HOST");
  g_unsetenv ("DB_PASSWORD");

  g_setenv ("DATABASE_URL", "mysql://me:hunter2@db/vod", TRUE);
  open_settings (fixture);
  g_unsetenv ("DATABASE_URL");
  g_assert_nonnull (strstr (last_warning, "DATABASE_URL is not used"));
  g_assert_null (strstr (last_warning, "hunter2"));
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "catalogue-uri"), ==, "");
}

#define IN_THE_CLEAR                                                                               \
  "[tyto]\ns3-secret-key='hunter2'\ncatalogue-uri='postgresql://a:hunter2@b/c'\n"                  \
  "retention-time='25:00'\ns3-endpoint='https://store/bucket'\n"                                   \
  "retention-owners={'acme': 'gold'}\n"

static void
test_meanings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) problems = tyto_settings_check (fixture->file);
  g_autofree char *secret = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (problems->len, ==, 5);
  g_assert_nonnull (strstr (problems->pdata[0], "s3-endpoint: a path"));
  g_assert_nonnull (strstr (problems->pdata[1], "s3-secret-key: a secret must not stand"));
  g_assert_nonnull (strstr (problems->pdata[2], "retention-time"));
  g_assert_nonnull (strstr (problems->pdata[3], "catalogue-uri: a password must not"));
  g_assert_nonnull (strstr (problems->pdata[4], "has no plan 'gold'"));
  for (guint i = 0; i < problems->len; i++)
    g_assert_null (strstr (problems->pdata[i], "hunter2"));

  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "retention-time"), ==, "03:00");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "catalogue-uri"), ==, "");
  secret = tyto_settings_get_secret (fixture->settings, "s3-secret-key", &error);
  g_assert_null (secret);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_assert_null (strstr (error->message, "hunter2"));
}

static void
test_plans (Fixture *fixture, gconstpointer data)
{
  guint days = 0;

  g_assert_true (tyto_settings_get_plan_days (fixture->settings, "premium", &days));
  g_assert_cmpuint (days, ==, 30);
  g_assert_false (tyto_settings_get_plan_days (fixture->settings, "gold", &days));
  g_assert_null (tyto_settings_get_owner_plan (fixture->settings, "acme"));
  write_file (fixture, "[tyto]\nretention-plans={'gold': 90}\nretention-owners={'acme': 'gold'}\n");
  open_settings (fixture);
  g_assert_true (tyto_settings_get_plan_days (fixture->settings, "gold", &days));
  g_assert_cmpuint (days, ==, 90);
  g_assert_cmpstr (tyto_settings_get_owner_plan (fixture->settings, "acme"), ==, "gold");
  g_assert_cmpstr (tyto_settings_get_string (fixture->settings, "recorder-name"), ==,
                   g_get_host_name ());
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tyto_settings_flush_finish (TYTO_SETTINGS (source), result, &error));
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

/* What a power cut leaves cannot be asked here: that it is brought to the disk is seen by strace.
 */
static void
test_flush (Fixture *fixture, gconstpointer data)
{
  gboolean done = FALSE;

  tyto_settings_flush_async (fixture->settings, NULL, on_flushed, &done);
  WAIT_UNTIL (done);
}

#define SAMPLE                                                                                     \
  "[tyto]\nsegment-seconds=60\n"                                                                   \
  "[cameras/front]\nurl='rtsp://10.0.0.9/a'\nformat='ts'\npassword='${TYTO_TEST_FRONT}'\n"

static void
test_encoding (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSettings) settings = NULL;
  g_autoptr (GPtrArray) problems = NULL;

  write_file (fixture, "[tyto]\nformat='\xe4'\n");
  settings = tyto_settings_new (fixture->file, fixture->directory, &error);
  g_assert_null (settings);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  problems = tyto_settings_check (fixture->file);
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_nonnull (strstr (problems->pdata[0], "see byte 16"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (keep_warning, NULL, NULL);
#define ADD(name, text, func) g_test_add ("/settings/" name, Fixture, text, set_up, func, tear_down)
  ADD ("defaults", NULL, test_defaults);
  ADD ("reads-file", SAMPLE, test_reads_file);
  ADD ("follows-edits", SAMPLE, test_follows_edits);
  ADD ("password-stays-out-of-the-file", NULL, test_password_stays_out_of_the_file);
  ADD ("reference", SAMPLE, test_reference);
  ADD ("environment-overrides", NULL, test_environment_overrides);
  ADD ("check-finds-faults", SAMPLE, test_check_finds_faults);
  ADD ("encoding", NULL, test_encoding);
  ADD ("archive-environment", NULL, test_archive_environment);
  ADD ("s3-config", NULL, test_s3_config);
  ADD ("database-environment", NULL, test_database_environment);
  ADD ("meanings", IN_THE_CLEAR, test_meanings);
  ADD ("plans", NULL, test_plans);
  ADD ("flush", NULL, test_flush);
#undef ADD
  return g_test_run ();
}
