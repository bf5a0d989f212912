/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-sha256.h"

#include <string.h>

/* The examples of FIPS 180-2, appendix B, and that of nothing. */
static void
test_examples (void)
{
  static const char *const table[][2] = {
    { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *hex = tyto_sha256_of (table[i][0], strlen (table[i][0]));

    g_assert_cmpstr (hex, ==, table[i][1]);
  }
}

/* In pieces of any size, it is what GLib says. */
static void
test_pieces (void)
{
  g_autoptr (TytoSha256) sum = tyto_sha256_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (guint round = 0; round < 3; round++) {
    g_autoptr (GChecksum) expected = g_checksum_new (G_CHECKSUM_SHA256);
    g_autofree char *hex = NULL;

    for (guint piece = 0; piece < 50; piece++) {
      guchar block[1000];
      gsize length = (gsize) g_rand_int_range (random, 0, sizeof block);

      for (gsize i = 0; i < length; i++)
        block[i] = (guchar) g_rand_int (random);
      tyto_sha256_update (sum, block, length);
      g_checksum_update (expected, block, (gssize) length);
    }
    hex = tyto_sha256_finish (sum);
    g_assert_cmpstr (hex, ==, g_checksum_get_string (expected));
  }
}

static void
test_nothing (void)
{
  g_autofree char *hex = tyto_sha256_of (NULL, 0);

  g_assert_true (g_str_has_prefix (hex, "e3b0c442"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sha256/examples", test_examples);
  g_test_add_func ("/sha256/pieces", test_pieces);
  g_test_add_func ("/sha256/nothing", test_nothing);
  return g_test_run ();
}
