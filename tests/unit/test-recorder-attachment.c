/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a worker that was there before records what is wanted now, and processes that are not our
 * children. */
#include "base/tyto-dict-digest.h"
#include "base/tyto-error.h"
#include "recorder/workers/tyto-process-handle.h"
#include "recorder/workers/tyto-worker-attachment.h"

#include <signal.h>
#include <unistd.h>

static const char *const nothing[] = { NULL };

static GVariant *
parse (const char *text)
{
  return g_variant_ref_sink (g_variant_new_parsed (text));
}

static void
assert_digest (const char *a, const char *b, gboolean same)
{
  static const char *const except[] = { "not-before", NULL };
  g_autoptr (GVariant) one = parse (a);
  g_autoptr (GVariant) other = parse (b);
  g_autofree char *digest = tyto_dict_digest (one, except);
  g_autofree char *digest_other = tyto_dict_digest (other, except);

  if (same)
    g_assert_cmpstr (digest, ==, digest_other);
  else
    g_assert_cmpstr (digest, !=, digest_other);
}

static void
test_digest (void)
{
  assert_digest ("{'a': <'1'>, 'b': <uint32 2>}", "{'b': <uint32 2>, 'a': <'1'>}", TRUE);
  assert_digest ("{'a': <'1'>, 'not-before': <int64 5>}", "{'a': <'1'>}", TRUE);
  assert_digest ("{'a': <'1'>}", "{'a': <'2'>}", FALSE);
  assert_digest ("{'a': <'1'>}", "{'b': <'1'>}", FALSE);
  assert_digest ("{'a': <uint32 1>}", "{'a': <int32 1>}", FALSE);
  assert_digest ("{'a': <'1'>}", "{'a': <'1'>, 'b': <''>}", FALSE);
}

/* Attach's answer of a worker of @version that records "front" with @settings. */
static GVariant *
make_attachment (const char *version, const char *settings)
{
  g_autoptr (GVariant) given = parse (settings);
  g_autoptr (GVariantDict) shown = g_variant_dict_new (given);
  g_autofree char *digest = tyto_dict_digest (given, nothing);
  GVariantDict camera, cameras, all;

  g_variant_dict_remove (shown, "password");
  g_variant_dict_init (&camera, NULL);
  g_variant_dict_insert_value (&camera, "settings", g_variant_dict_end (shown));
  g_variant_dict_insert (&camera, "settings-digest", "s", digest);
  g_variant_dict_init (&cameras, NULL);
  g_variant_dict_insert_value (&cameras, "front", g_variant_dict_end (&camera));
  g_variant_dict_init (&all, NULL);
  g_variant_dict_insert (&all, "version", "s", version);
  g_variant_dict_insert_value (&all, "cameras", g_variant_dict_end (&cameras));
  return g_variant_ref_sink (g_variant_dict_end (&all));
}

static gboolean
matches (const char *version, const char *settings, const char *wanted)
{
  g_autoptr (GVariant) attachment = make_attachment (version, settings);
  g_autoptr (GVariant) dict = parse (wanted);

  return tyto_worker_attachment_matches (attachment, "front", dict);
}

static void
test_matches_by_digest (void)
{
  g_assert_true (matches (TYTO_VERSION, "{'url': <'a'>, 'password': <'x'>}",
                          "{'password': <'x'>, 'url': <'a'>}"));
  g_assert_false (matches (TYTO_VERSION, "{'url': <'a'>, 'password': <'x'>}",
                           "{'url': <'a'>, 'password': <'y'>}"));
  g_assert_false (matches (TYTO_VERSION, "{'url': <'a'>}", "{'url': <'a'>, 'new': <'key'>}"));
}

static void
test_another_version_goes_on (void)
{
  g_assert_true (
      matches ("0.0", "{'url': <'a'>, 'old': <true>}", "{'url': <'a'>, 'new': <'key'>}"));
  g_assert_false (matches ("0.0", "{'url': <'a'>, 'old': <true>}", "{'url': <'b'>}"));
}

static void
test_lists_cameras (void)
{
  g_autoptr (GVariant) attachment = make_attachment ("0.0", "{'url': <'a'>}");
  g_autoptr (GVariant) wanted = parse ("{'url': <'a'>}");
  g_autoptr (GVariant) empty = parse ("@a{sv} {}");
  g_autoptr (GVariant) front = tyto_worker_attachment_look_up (attachment, "front");
  g_auto (GStrv) cameras = tyto_worker_attachment_list (attachment);
  g_auto (GStrv) none = tyto_worker_attachment_list (empty);

  g_assert_false (tyto_worker_attachment_is_current (attachment));
  g_assert_nonnull (front);
  g_assert_null (tyto_worker_attachment_look_up (attachment, "back"));
  g_assert_false (tyto_worker_attachment_matches (attachment, "back", wanted));
  g_assert_cmpuint (g_strv_length (cameras), ==, 1);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

static void
on_exited (TytoProcessHandle *handle, const char *how, char **told)
{
  g_assert_null (*told);
  *told = g_strdup (how);
}

static void
test_process_of_somebody_else (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) sleeper
      = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "sleep", "60", NULL);
  guint pid = (guint) g_ascii_strtoull (g_subprocess_get_identifier (sleeper), NULL, 10);
  g_autoptr (TytoProcessHandle) handle = tyto_process_handle_new_for_pid (pid, NULL, &error);
  g_autofree char *told = NULL;

  g_assert_no_error (error);
  g_assert_null (tyto_process_handle_new_for_pid (pid, "tyto-worker", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_signal_connect (handle, "exited", G_CALLBACK (on_exited), &told);
  g_assert_cmpuint (tyto_process_handle_get_pid (handle), ==, pid);
  tyto_process_handle_signal (handle, SIGKILL);
  while (told == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_subprocess_wait (sleeper, NULL, NULL);
  tyto_process_handle_signal (handle, SIGKILL); /* nobody is there: nobody is hit */
}

static void
test_process_of_ours (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) sleeper
      = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "sleep", "60", NULL);
  g_autoptr (TytoProcessHandle) handle = tyto_process_handle_new_for_child (sleeper);
  g_autofree char *told = NULL;

  g_signal_connect (handle, "exited", G_CALLBACK (on_exited), &told);
  tyto_process_handle_signal (handle, SIGTERM);
  while (told == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_str_has_prefix (told, "killed by signal 15"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attachment/digest", test_digest);
  g_test_add_func ("/attachment/matches-by-digest", test_matches_by_digest);
  g_test_add_func ("/attachment/another-version-goes-on", test_another_version_goes_on);
  g_test_add_func ("/attachment/lists-cameras", test_lists_cameras);
  g_test_add_func ("/process-handle/of-somebody-else", test_process_of_somebody_else);
  g_test_add_func ("/process-handle/of-ours", test_process_of_ours);
  return g_test_run ();
}
