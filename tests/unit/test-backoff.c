/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-backoff.h"

static void
test_doubles_up_to_the_maximum (void)
{
  static const guint expected[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000 };
  TytoBackoff backoff = TYTO_BACKOFF_INIT;

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpuint (tyto_backoff_next (&backoff), ==, expected[i]);
  g_assert_cmpuint (backoff.failures, ==, G_N_ELEMENTS (expected));

  tyto_backoff_reset (&backoff);
  g_assert_cmpuint (backoff.failures, ==, 0);
  g_assert_cmpuint (tyto_backoff_next (&backoff), ==, 1000);
}

static void
test_never_overflows (void)
{
  TytoBackoff endless = { G_MAXUINT - 1, G_MAXUINT, G_MAXUINT };
  TytoBackoff none = { 0, 30000, G_MAXUINT - 1 };
  TytoBackoff larger = { 5000, 3000, 0 };

  g_assert_cmpuint (tyto_backoff_next (&endless), ==, G_MAXUINT);
  g_assert_cmpuint (endless.failures, ==, G_MAXUINT);
  g_assert_cmpuint (tyto_backoff_next (&none), ==, 0);
  g_assert_cmpuint (tyto_backoff_next (&larger), ==, 3000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/doubles", test_doubles_up_to_the_maximum);
  g_test_add_func ("/backoff/never-overflows", test_never_overflows);
  return g_test_run ();
}
