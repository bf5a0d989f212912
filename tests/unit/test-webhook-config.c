/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be said about a webhook, and how the settings keep it. */
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "recorder/settings/tyto-settings.h"

#include <glib/gstdio.h>
#include <string.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER  "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

static gboolean
apply (TytoWebhookConfig *config, const char *json, GError **error)
{
  g_autoptr (GVariant) dict = tyto_json_to_variant (json, -1, NULL);

  g_assert_nonnull (dict);
  return tyto_webhook_config_apply (config, dict, error);
}

static void
test_members (void)
{
  g_autoptr (TytoWebhookConfig) config = tyto_webhook_config_new ("a");
  g_autoptr (GError) error = NULL;

  g_assert_true (apply (config, "{\"url\": \"https://example.org/x?y=1\"}", &error));
  g_assert_no_error (error);
  g_assert_true (tyto_webhook_config_wants (config, "alert.raised"));
  g_assert_true (tyto_webhook_config_wants (config, "alert.cleared"));
  g_assert_false (tyto_webhook_config_wants (config, "segment.closed"));
  g_assert_true (apply (config,
                        "{\"events\": [\"segment.closed\", \"gap.opened\", \"segment.closed\"],"
                        " \"secret\": \"" SECRET "\"}",
                        &error));
  g_assert_cmpuint (g_strv_length (config->events), ==, 2);
  g_assert_true (tyto_webhook_config_wants (config, "segment.closed"));
  g_assert_false (tyto_webhook_config_wants (config, "alert.raised"));
  g_assert_cmpstr (config->secret, ==, SECRET);
  g_assert_true (apply (config, "{\"events\": null, \"enabled\": false}", &error));
  g_assert_cmpuint (g_strv_length (config->events), ==, 2);
  g_assert_false (tyto_webhook_config_wants (config, "alert.raised"));
  g_assert_true (apply (config, "{\"enabled\": null}", &error));
  g_assert_true (tyto_webhook_config_wants (config, "alert.raised"));
}

static void
test_wrong_members (void)
{
  static const char *const wrong[] = {
    "{}", /* no url */
    "{\"url\": \"\"}",
    "{\"url\": 5}",
    "{\"url\": \"ftp://example.org/\"}",
    "{\"url\": \"https:///x\"}",
    "{\"url\": \"example.org\"}",
    "{\"url\": \"https://user:hunter2@example.org/\"}",
    "{\"url\": \"https://user@example.org/\"}",
    "{\"url\": \"https://example.org/#x\"}",
    "{\"url\": \"http://169.254.169.254/latest\"}",
    "{\"url\": \"http://[fe80::1]/\"}",
    "{\"url\": \"http://[::ffff:169.254.169.254]/\"}",
    "{\"url\": \"http://0.0.0.0/\"}",
    "{\"url\": \"http://example.org/\", \"events\": []}",
    "{\"url\": \"http://example.org/\", \"events\": \"alert.raised\"}",
    "{\"url\": \"http://example.org/\", \"events\": [\"alert\"]}",
    "{\"url\": \"http://example.org/\", \"events\": [1]}",
    "{\"url\": \"http://example.org/\", \"enabled\": \"yes\"}",
    "{\"url\": \"http://example.org/\", \"secret\": \"hunter2\"}",
    "{\"url\": \"http://example.org/\", \"colour\": \"red\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (TytoWebhookConfig) config = tyto_webhook_config_new ("a");
    g_autoptr (GError) error = NULL;

    g_test_message ("%s", wrong[i]);
    g_assert_false (apply (config, wrong[i], &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_assert_null (strstr (error->message, "hunter2"));
  }
}

typedef struct {
  char *directory;
  char *file;
  TytoSettings *settings;
  guint changed;
} Fixture;

static void
on_changed (TytoSettings *settings, const char *id, Fixture *fixture)
{
  g_assert_cmpstr (id, ==, "a");
  fixture->changed++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("tyto-webhook-XXXXXX", NULL);
  fixture->file = g_build_filename (fixture->directory, "tyto.conf", NULL);
  fixture->settings = tyto_settings_new (fixture->file, fixture->directory, NULL);
  g_assert_nonnull (fixture->settings);
  g_signal_connect (fixture->settings, "webhook-changed", G_CALLBACK (on_changed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *secrets = g_build_filename (fixture->directory, "secrets", NULL);

  g_clear_object (&fixture->settings);
  g_rmdir (secrets); /* empty: what was kept has gone with its webhook */
  g_unlink (fixture->file);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0);
  g_free (fixture->directory);
  g_free (fixture->file);
}

static void
test_is_kept (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoWebhookConfig) config = tyto_webhook_config_new ("a");
  g_autoptr (TytoWebhookConfig) read = NULL;
  g_autoptr (TytoSettings) again = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) secrets = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (apply (config,
                        "{\"url\": \"http://example.org/\", \"secret\": \"" SECRET "\","
                        " \"events\": [\"gap.opened\"], \"enabled\": false}",
                        &error));
  g_assert_true (tyto_settings_set_webhook (fixture->settings, config, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->changed, ==, 1);
  g_assert_true (g_file_get_contents (fixture->file, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "[webhooks/a]"));
  g_assert_null (strstr (text, "whsec_"));

  again = tyto_settings_new (fixture->file, fixture->directory, &error);
  read = tyto_settings_get_webhook (again, "a");
  g_assert_true (tyto_webhook_config_equal (read, config));
  secrets = tyto_settings_get_webhook_secrets (again, read, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (secrets[0], ==, SECRET);

  g_assert_true (tyto_settings_remove_webhook (fixture->settings, "a", &error));
  g_assert_cmpuint (fixture->changed, ==, 2);
  g_assert_false (tyto_settings_remove_webhook (fixture->settings, "a", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
test_secret_by_reference (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoWebhookConfig) config = tyto_webhook_config_new ("a");
  g_auto (GStrv) secrets = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (apply (
      config, "{\"url\": \"http://example.org/\", \"secret\": \"${TYTO_TEST_HOOK}\"}", &error));
  g_assert_true (tyto_settings_set_webhook (fixture->settings, config, &error));
  g_assert_null (tyto_settings_get_webhook_secrets (fixture->settings, config, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_setenv ("TYTO_TEST_HOOK", SECRET "\n" OTHER " 2020-01-01T00:00:00Z\n", TRUE);
  secrets = tyto_settings_get_webhook_secrets (fixture->settings, config, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (secrets), ==, 1);
  g_unsetenv ("TYTO_TEST_HOOK");
  g_assert_true (tyto_settings_remove_webhook (fixture->settings, "a", &error));
}

static void
test_check_finds_mistakes (Fixture *fixture, gconstpointer data)
{
  static const char text[] = "[webhooks/a]\nurl='http://169.254.169.254/'\nevents=['x']\n"
                             "colour='red'\n[webhooks/b]\nurl='http://example.org/'\n";
  g_autoptr (GPtrArray) problems = NULL;

  g_signal_handlers_disconnect_by_data (fixture->settings, fixture);
  g_assert_true (g_file_set_contents_full (fixture->file, text, -1, 0, 0600, NULL));
  problems = tyto_settings_check (fixture->file);
  g_assert_cmpuint (problems->len, ==, 2); /* the colour, and that it cannot be used */
  g_assert_nonnull (strstr (problems->pdata[0], "colour"));
  g_assert_nonnull (strstr (problems->pdata[1], "[webhooks/a]"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Warnings of a wrong file are what is tested. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_test_add_func ("/webhook-config/members", test_members);
  g_test_add_func ("/webhook-config/wrong-members", test_wrong_members);
  g_test_add ("/webhook-config/is-kept", Fixture, NULL, set_up, test_is_kept, tear_down);
  g_test_add ("/webhook-config/secret-by-reference", Fixture, NULL, set_up,
              test_secret_by_reference, tear_down);
  g_test_add ("/webhook-config/check", Fixture, NULL, set_up, test_check_finds_mistakes, tear_down);
  return g_test_run ();
}
