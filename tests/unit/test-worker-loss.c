/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-loss.h"

#include "base/tyto-json.h"

#define S G_USEC_PER_SEC

static void
assert_gap (GVariant *floating, gint64 start, gint64 end, guint64 frames, guint64 packets)
{
  g_autoptr (GVariant) gap = NULL;

  g_assert_nonnull (floating);
  gap = g_variant_ref_sink (floating);
  g_assert_cmpstr (tyto_dict_string (gap, "run", ""), ==, "R");
  g_assert_cmpstr (tyto_dict_string (gap, "reason", ""), ==, "packet-loss");
  g_assert_cmpint (tyto_dict_int (gap, "wall-start", -1), ==, start);
  g_assert_cmpint (tyto_dict_int (gap, "wall-end", -1), ==, end);
  g_assert_cmpuint (tyto_dict_uint (gap, "frames", 99), ==, frames);
  g_assert_cmpuint (tyto_dict_uint (gap, "packets", 99), ==, packets);
}

static void
test_joined (void)
{
  TytoCaptureLoss loss = { 0 };

  g_assert_null (tyto_capture_loss_flush (&loss, "R"));
  g_assert_null (tyto_capture_loss_add (&loss, "R", 100 * S, 101 * S, 2, 3));
  g_assert_null (tyto_capture_loss_add (&loss, "R", 110 * S, 111 * S, 1, 7));
  assert_gap (tyto_capture_loss_flush (&loss, "R"), 100 * S, 111 * S, 3, 7);
  g_assert_null (tyto_capture_loss_flush (&loss, "R"));
}

static void
test_apart (void)
{
  TytoCaptureLoss loss = { 0 };

  g_assert_null (tyto_capture_loss_add (&loss, "R", 100 * S, 101 * S, 2, 3));
  assert_gap (tyto_capture_loss_add (&loss, "R", 112 * S, 113 * S, 5, 10), 100 * S, 101 * S, 2, 3);
  assert_gap (tyto_capture_loss_flush (&loss, "R"), 112 * S, 113 * S, 5, 7);
}

static void
test_of_segments (void)
{
  TytoCaptureLoss loss = { 0 };
  const guint64 so_far[] = { 4, 4, 9 };
  const guint64 expected[] = { 4, 0, 5 };

  for (guint i = 0; i < G_N_ELEMENTS (so_far); i++) {
    g_auto (GVariantDict) segment = G_VARIANT_DICT_INIT (NULL);
    guint64 missing = 99;

    tyto_capture_loss_insert (&loss, so_far[i], &segment);
    g_assert_true (g_variant_dict_lookup (&segment, "frames-missing", "t", &missing));
    g_assert_cmpuint (missing, ==, expected[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/loss/joined", test_joined);
  g_test_add_func ("/worker/loss/apart", test_apart);
  g_test_add_func ("/worker/loss/of-segments", test_of_segments);
  return g_test_run ();
}
