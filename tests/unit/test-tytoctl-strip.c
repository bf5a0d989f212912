/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-strip.h"

#include "base/tyto-time.h"

/* Seconds since the epoch. */
static void
add (GVariantBuilder *items, const char *state, double start, double end)
{
  g_autofree char *start_text = tyto_time_format ((gint64) (start * G_USEC_PER_SEC));
  g_autofree char *end_text = tyto_time_format ((gint64) (end * G_USEC_PER_SEC));

  g_variant_builder_open (items, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (items, "{sv}", "state", g_variant_new_string (state));
  g_variant_builder_add (items, "{sv}", "start", g_variant_new_string (start_text));
  g_variant_builder_add (items, "{sv}", "end", g_variant_new_string (end_text));
  g_variant_builder_close (items);
}

static void
assert_strip (GVariantBuilder *builder, guint width, const char *expected)
{
  g_autoptr (GVariant) items = g_variant_ref_sink (g_variant_builder_end (builder));
  g_autofree char *strip = ctl_strip_render (items, 0, 100 * G_TIME_SPAN_SECOND, width, FALSE);

  g_assert_cmpstr (strip, ==, expected);
}

static void
test_states (void)
{
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  add (&items, "off", 0, 20);
  add (&items, "recorded", 20, 45);
  add (&items, "gap", 45, 65);
  add (&items, "recorded", 65, 80);
  add (&items, "unaccounted", 80, 82);
  add (&items, "recorded", 82, 100);
  assert_strip (&items, 10, "··██▒░▒█?█");
}

/* A cell is green though a few ms of it are not; half a cell's gap is seen. */
static void
test_resolution (void)
{
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  add (&items, "recorded", 0, 30);
  add (&items, "gap", 30, 30.005);
  add (&items, "recorded", 30.005, 100);
  assert_strip (&items, 5, "█████");
}

static void
test_odd_width (void)
{
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  add (&items, "recorded", -50, 200);
  assert_strip (&items, 7, "███████");
}

static void
test_nothing (void)
{
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_builder_end (&items));
  g_autofree char *strip = ctl_strip_render (none, 5, 5, 3, FALSE);

  g_assert_cmpstr (strip, ==, "···");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tytoctl/strip/states", test_states);
  g_test_add_func ("/tytoctl/strip/resolution", test_resolution);
  g_test_add_func ("/tytoctl/strip/odd-width", test_odd_width);
  g_test_add_func ("/tytoctl/strip/nothing", test_nothing);
  return g_test_run ();
}
