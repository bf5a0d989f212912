/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-gaps.h"

#include "base/tyto-json.h"

typedef struct {
  TytoCaptureGaps gaps;
  GString *told; /* "reason start-end frames/bytes; " for each; no end while it is open */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->gaps = (TytoCaptureGaps){ 0 };
  f->told = g_string_new (NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  tyto_capture_gaps_clear (&f->gaps);
  g_string_free (f->told, TRUE);
}

static void
tell (gpointer owner, GVariant *gap)
{
  Fixture *f = owner;
  gint64 end = tyto_dict_int (gap, "wall-end", -1);

  g_string_append_printf (f->told, "%s %" G_GINT64_FORMAT "-", tyto_dict_string (gap, "reason", ""),
                          tyto_dict_int (gap, "wall-start", -1) / G_USEC_PER_SEC);
  if (end >= 0)
    g_string_append_printf (
        f->told, "%" G_GINT64_FORMAT " %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
        end / G_USEC_PER_SEC, tyto_dict_uint (gap, "frames", 0), tyto_dict_uint (gap, "bytes", 0));
  g_string_append (f->told, "; ");
}

/* segmentsink tells a gap from @start to @end, in s; -1: it has begun. */
static void
take (Fixture *f, const char *reason, gint64 start, gint64 end)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_dict_insert (&dict, "wall-start", "x", start * G_USEC_PER_SEC);
  if (end >= 0)
    g_variant_dict_insert (&dict, "wall-end", "x", end * G_USEC_PER_SEC);
  g_variant_dict_insert (&dict, "frames", "t", (guint64) (end < 0 ? 0 : 25));
  g_variant_dict_insert (&dict, "bytes", "t", (guint64) (end < 0 ? 0 : 1000));
  tyto_capture_gaps_take (&f->gaps, g_variant_dict_end (&dict), tell, f);
}

static void
open_segment (Fixture *f, gint64 start)
{
  tyto_capture_gaps_segment_opened (&f->gaps, start * G_USEC_PER_SEC, tell, f);
}

/* A full disk: each second a segment that comes to nothing. */
static void
test_pause (Fixture *f, gconstpointer data)
{
  open_segment (f, 50);
  for (gint64 second = 100; second < 160; second++) {
    take (f, "disk-full", second, -1);
    take (f, "disk-full", second, second + 1);
  }
  g_assert_cmpstr (f->told->str, ==, "disk-full 100-; ");
  open_segment (f, 160);
  g_assert_cmpstr (f->told->str, ==, "disk-full 100-; disk-full 100-160 1500/60000; ");
  tyto_capture_gaps_flush (&f->gaps, tell, f);
  take (f, "disk-full", 161, -1);
  take (f, "disk-full", 161, 162);
  tyto_capture_gaps_flush (&f->gaps, tell, f); /* the run ends */
  g_assert_true (
      g_str_has_suffix (f->told->str, "60000; disk-full 161-; disk-full 161-162 25/1000; "));
}

static void
test_apart (Fixture *f, gconstpointer data)
{
  take (f, "disk-slow", 100, -1);
  take (f, "disk-slow", 100, 101);
  take (f, "disk", 101, -1);
  take (f, "disk", 101, 102);
  take (f, "disk", 104, -1);
  g_assert_cmpstr (f->told->str, ==,
                   "disk-slow 100-; disk-slow 100-101 25/1000; disk 101-; disk 101-102 25/1000; "
                   "disk 104-; ");
}

/* The next segment was there before the gap was known. */
static void
test_known_late (Fixture *f, gconstpointer data)
{
  open_segment (f, 103);
  take (f, "disk", 100, -1);
  take (f, "disk", 100, 103);
  g_assert_cmpstr (f->told->str, ==, "disk 100-; disk 100-103 25/1000; ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/worker/gaps/pause", Fixture, NULL, set_up, test_pause, tear_down);
  g_test_add ("/worker/gaps/apart", Fixture, NULL, set_up, test_apart, tear_down);
  g_test_add ("/worker/gaps/known-late", Fixture, NULL, set_up, test_known_late, tear_down);
  return g_test_run ();
}
