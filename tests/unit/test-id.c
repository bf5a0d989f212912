/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "base/tyto-id.h"

#define SIXTY_FOUR "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
test_camera_ids (void)
{
  static const char *const good[] = {
    "a", "front-door", "CAM_1", "_", "-", SIXTY_FOUR, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
  };
  static const char *const bad[]
      = { "", "a b", "a/b", "..", "ä", "a\n", SIXTY_FOUR "0", "cam.1", "%2e" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (tyto_id_is_valid (good[i]) && tyto_id_check (good[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (tyto_id_is_valid (bad[i]));
    g_assert_false (tyto_id_check (bad[i], &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull (tyto_error_hint (error));
  }
  g_assert_false (tyto_id_is_valid (NULL));
  g_assert_false (tyto_id_check (NULL, NULL));
}

static void
test_run_ids (void)
{
  const gint64 start_us = G_GINT64_CONSTANT (1795226880999999); /* 2026-11-21T02:08:00.999999Z */
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *later = tyto_run_id_new (start_us + G_USEC_PER_SEC);
  g_autofree char *before_epoch = tyto_run_id_new (-1);

  for (int i = 0; i < 1000; i++) {
    char *id = tyto_run_id_new (start_us);

    g_assert_true (g_regex_match_simple ("^20261121T020800Z-[0-9a-f]{12}$", id, 0, 0));
    g_assert_cmpstr (id, <, later);
    g_assert_true (g_hash_table_add (seen, id));
  }
  g_assert_true (g_str_has_prefix (before_epoch, "19691231T235959Z-"));
}

static void
test_segment_ids (void)
{
  g_autofree char *first = tyto_segment_id_new ("R", 1);
  g_autofree char *large = tyto_segment_id_new ("R", 12345678);

  g_assert_cmpstr (first, ==, "R.000001");
  g_assert_cmpstr (large, ==, "R.12345678");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/id/camera", test_camera_ids);
  g_test_add_func ("/id/run", test_run_ids);
  g_test_add_func ("/id/segment", test_segment_ids);
  return g_test_run ();
}
