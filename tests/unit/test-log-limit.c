/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-log-limit.h"

#include <string.h>

static gboolean
admit (TytoLogLimit *limit, gint64 now_us, const char *camera, const char *message)
{
  return tyto_log_limit_admit (limit, now_us, G_LOG_LEVEL_WARNING, "tyto", camera, message);
}

static void
test_burst (void)
{
  g_autoptr (TytoLogLimit) limit = tyto_log_limit_new ();
  g_autoptr (TytoLogRepeat) repeat = NULL;

  for (int i = 0; i < TYTO_LOG_LIMIT_BURST; i++)
    g_assert_true (admit (limit, i, "door", "text"));
  for (int i = 0; i < 7; i++)
    g_assert_false (admit (limit, 100 + i, "door", "text"));
  g_assert_true (admit (limit, 110, "yard", "text"));
  g_assert_true (admit (limit, 110, NULL, "text"));
  g_assert_true (admit (limit, 110, "door", "another text"));

  g_assert_cmpint (tyto_log_limit_next_over (limit), ==, TYTO_LOG_LIMIT_WINDOW_US);
  g_assert_null (tyto_log_limit_take_over (limit, TYTO_LOG_LIMIT_WINDOW_US - 1));
  repeat = tyto_log_limit_take_over (limit, TYTO_LOG_LIMIT_WINDOW_US);
  g_assert_nonnull (repeat);
  g_assert_cmpuint (repeat->left_out, ==, 7);
  g_assert_cmpint (repeat->level, ==, G_LOG_LEVEL_WARNING);
  g_assert_cmpstr (repeat->domain, ==, "tyto");
  g_assert_cmpstr (repeat->camera, ==, "door");
  g_assert_cmpstr (repeat->message, ==, "text");
  g_assert_null (tyto_log_limit_take_over (limit, TYTO_LOG_LIMIT_WINDOW_US));
  g_assert_cmpint (tyto_log_limit_next_over (limit), ==, -1);

  /* Its time begins anew. */
  g_assert_true (admit (limit, TYTO_LOG_LIMIT_WINDOW_US, "door", "text"));
}

/* Whatever comes, no more than so many texts are kept, and what was left out is still told. */
static void
test_memory_is_bounded (void)
{
  g_autoptr (TytoLogLimit) limit = tyto_log_limit_new ();
  g_autoptr (TytoLogRepeat) repeat = NULL;

  for (int i = 0; i < TYTO_LOG_LIMIT_BURST + 3; i++)
    admit (limit, 0, "door", "first");
  for (int i = 0; i < 10 * TYTO_LOG_LIMIT_TEXTS; i++) {
    g_autofree char *message = g_strdup_printf ("text %d", i);

    g_assert_true (admit (limit, 1, NULL, message));
    g_assert_cmpuint (tyto_log_limit_size (limit), <=, TYTO_LOG_LIMIT_TEXTS);
  }
  g_assert_cmpuint (tyto_log_limit_size (limit), ==, TYTO_LOG_LIMIT_TEXTS);
  repeat = tyto_log_limit_take_over (limit, 2);
  g_assert_cmpuint (repeat->left_out, ==, 3);
  g_assert_cmpstr (repeat->message, ==, "first");

  g_assert_null (tyto_log_limit_take_over (limit, 1 + TYTO_LOG_LIMIT_WINDOW_US));
  g_assert_cmpuint (tyto_log_limit_size (limit), ==, 0);
}

static void
test_long_text_is_shortened (void)
{
  g_autoptr (TytoLogLimit) limit = tyto_log_limit_new ();
  g_autoptr (TytoLogRepeat) repeat = NULL;
  g_autofree char *message = g_malloc (100001);

  memset (message, 'x', 100000);
  message[100000] = '\0';
  for (int i = 0; i <= TYTO_LOG_LIMIT_BURST; i++)
    admit (limit, 0, NULL, message);
  /* Another end makes another text. */
  message[99999] = 'y';
  g_assert_true (admit (limit, 0, NULL, message));
  repeat = tyto_log_limit_take_over (limit, TYTO_LOG_LIMIT_WINDOW_US);
  g_assert_cmpuint (strlen (repeat->message), <=, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log-limit/burst", test_burst);
  g_test_add_func ("/log-limit/memory-is-bounded", test_memory_is_bounded);
  g_test_add_func ("/log-limit/long-text-is-shortened", test_long_text_is_shortened);
  return g_test_run ();
}
