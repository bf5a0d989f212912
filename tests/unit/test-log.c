/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each case logs in a process of its own (the writer is installed once), whose stderr is read. */
#include "base/tyto-json.h"
#include "base/tyto-log.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>

static void
log_levels (void)
{
  for (const char *const *level
       = (const char *const[]){ "debug", "info", "warning", "error", NULL };
       *level != NULL; level++) {
    g_assert_true (tyto_log_set_level (*level));
    g_assert_false (tyto_log_set_level ("verbose"));
    tyto_log_camera ("door", G_LOG_LEVEL_DEBUG, "D at %s", *level);
    tyto_log_camera ("door", G_LOG_LEVEL_INFO, "I at %s", *level);
    g_message ("M at %s", *level);
    g_warning ("W at %s", *level);
    g_critical ("C at %s", *level);
  }
}

static void
log_text (void)
{
  tyto_log_camera ("front-door", G_LOG_LEVEL_MESSAGE, "one\ntwo\x1b[31m\xff");
  g_warning ("plain");
}

static void
log_json (void)
{
  g_assert_true (tyto_log_set_format ("json"));
  g_assert_false (tyto_log_set_format ("xml"));
  tyto_log_camera ("front-door", G_LOG_LEVEL_WARNING, "a \"quoted\"\nword");
  g_message ("plain");
}

static gboolean
on_over (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
log_repeats (void)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  for (int i = 0; i < 1000; i++)
    tyto_log_camera ("door", G_LOG_LEVEL_WARNING, "again");
  /* Ends by itself a second after what was left out has been said. */
  g_timeout_add_seconds_full (G_PRIORITY_LOW, 11, on_over, loop, NULL);
  g_main_loop_run (loop);
}

static gpointer
log_from_thread (gpointer data)
{
  for (int i = 0; i < 500; i++)
    g_message ("thread %d line %d", GPOINTER_TO_INT (data), i);
  return NULL;
}

static void
log_threads (void)
{
  GThread *threads[4];

  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("log", log_from_thread, GINT_TO_POINTER (i));
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
}

static void
log_critical (void)
{
  g_assert_true (tyto_log_set_level ("error"));
  g_critical ("the last words");
}

static const struct {
  const char *name;
  void (*log) (void);
} children[] = {
  { "levels", log_levels },   { "text", log_text },       { "json", log_json },
  { "repeats", log_repeats }, { "threads", log_threads }, { "critical", log_critical },
};

/* What the child wrote to stderr; it must end well, or by @signal when that is not 0. */
static char *
run_child (const char *name, const char *g_debug, int signal)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) child = NULL;
  g_autoptr (GBytes) output = NULL;

  g_subprocess_launcher_setenv (launcher, "G_DEBUG", g_debug, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "G_MESSAGES_DEBUG");
  g_subprocess_launcher_unsetenv (launcher, "JOURNAL_STREAM");
  child = g_subprocess_launcher_spawn (launcher, &error, "/proc/self/exe", "--child", name, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate (child, NULL, NULL, NULL, &output, &error);
  g_assert_no_error (error);
  if (signal != 0) {
    g_assert_true (g_subprocess_get_if_signaled (child));
    g_assert_cmpint (g_subprocess_get_term_sig (child), ==, signal);
  } else {
    g_assert_true (g_subprocess_get_successful (child));
  }
  return g_strndup (g_bytes_get_data (output, NULL), g_bytes_get_size (output));
}

static void
test_levels (void)
{
  g_autofree char *output = run_child ("levels", "", 0);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (output), "\n", -1);
  static const char *const expected[] = {
    " D door: D at debug",     " D door: I at debug",   " I tyto-x: M at debug",
    " W tyto-x: W at debug",   " E tyto-x: C at debug", " I tyto-x: M at info",
    " W tyto-x: W at info",    " E tyto-x: C at info",  " W tyto-x: W at warning",
    " E tyto-x: C at warning", " E tyto-x: C at error",
  };

  g_assert_cmpuint (g_strv_length (lines), ==, G_N_ELEMENTS (expected));
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_true (g_str_has_suffix (lines[i], expected[i]));
}

/* One line a message, nothing a terminal would obey. */
static void
test_text (void)
{
  g_autofree char *output = run_child ("text", "", 0);

  g_test_message ("%s", output);
  g_assert_true (g_regex_match_simple ("^[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3} I front-door: "
                                       "one two\\\\x1b\\[31m\xef\xbf\xbd\n"
                                       "[0-9:.]{12} W tyto-x: plain\n$",
                                       output, 0, 0));
}

static void
test_json (void)
{
  g_autofree char *output = run_child ("json", "", 0);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (output), "\n", -1);
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) second = NULL;

  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  first = tyto_json_to_variant (lines[0], -1, NULL);
  second = tyto_json_to_variant (lines[1], -1, NULL);
  g_assert_true (g_regex_match_simple ("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z$",
                                       tyto_dict_string (first, "time", ""), 0, 0));
  g_assert_cmpstr (tyto_dict_string (first, "level", ""), ==, "warning");
  g_assert_cmpstr (tyto_dict_string (first, "domain", ""), ==, "tyto");
  g_assert_cmpstr (tyto_dict_string (first, "camera", ""), ==, "front-door");
  g_assert_cmpstr (tyto_dict_string (first, "message", ""), ==, "a \"quoted\"\nword");
  g_assert_cmpstr (tyto_dict_string (second, "level", ""), ==, "info");
  g_assert_null (tyto_dict_string (second, "camera", NULL));
  g_assert_cmpstr (tyto_dict_string (second, "message", ""), ==, "plain");
}

/* 20 of 1000 come out, and after 10 s, though nothing else is logged, how many were left out. */
static void
test_repeats (void)
{
  g_autofree char *output = run_child ("repeats", "", 0);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (output), "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 21);
  g_assert_true (g_str_has_suffix (lines[19], " W door: again"));
  g_assert_true (g_str_has_suffix (lines[20], " W door: 980 more in 10 s were left out of: again"));
}

static void
test_threads (void)
{
  g_autofree char *output = run_child ("threads", "", 0);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (output), "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 2000);
  for (guint i = 0; i < 2000; i++)
    g_assert_true (
        g_regex_match_simple ("^[0-9:.]{12} I tyto-x: thread [0-3] line [0-9]+$", lines[i], 0, 0));
}

/* Our writer stands in for GLib's, where fatal criticals would be seen to. */
static void
test_fatal_criticals (void)
{
  g_autofree char *fatal = run_child ("critical", "fatal-criticals", SIGABRT);
  g_autofree char *survived = run_child ("critical", "", 0);

  g_assert_nonnull (strstr (fatal, " E tyto-x: the last words\n"));
  g_assert_nonnull (strstr (survived, " E tyto-x: the last words\n"));
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--child")) {
    tyto_log_install ("tyto-x");
    for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
      if (g_str_equal (argv[2], children[i].name)) {
        children[i].log ();
        return 0;
      }
    return 1;
  }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/levels", test_levels);
  g_test_add_func ("/log/text", test_text);
  g_test_add_func ("/log/json", test_json);
  g_test_add_func ("/log/repeats", test_repeats);
  g_test_add_func ("/log/threads", test_threads);
  g_test_add_func ("/log/fatal-criticals", test_fatal_criticals);
  return g_test_run ();
}
