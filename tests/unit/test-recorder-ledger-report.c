/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times are seconds since the epoch, from 1000 on. */
#include "recorder/ledger/tyto-ledger-report.h"

#include "base/tyto-json.h"
#include "base/tyto-time.h"

#define S G_USEC_PER_SEC

static void
wish (TytoLedgerReport *report, double start, double end)
{
  g_autoptr (TytoWish) row
      = tyto_wish_new ("door", "main", (gint64) (start * S), end < 0 ? -1 : (gint64) (end * S));

  tyto_ledger_report_add_wish (report, row);
}

static void
gap (TytoLedgerReport *report, double start, double end, const char *reason, guint64 frames)
{
  g_autoptr (TytoGap) row = tyto_gap_new ("door", "main", (gint64) (start * S), reason, "why");

  row->id = (gint64) start;
  row->end_us = end < 0 ? -1 : (gint64) (end * S);
  row->frames_lost = frames;
  tyto_ledger_report_add_gap (report, row);
}

/* One with 10 frames a second; sequences count from 1 in the order of the calls. */
static void
segment (TytoLedgerReport *report, const char *run, double start, double end, gboolean is_open)
{
  g_autoptr (TytoSegment) row = tyto_segment_new ();

  row->id = g_strdup_printf ("%s.%.0f", run, start);
  row->run = g_strdup (run);
  row->start_us = (gint64) (start * S);
  row->end_us = (gint64) (end * S);
  row->frames = (guint64) ((end - start) * 10);
  tyto_ledger_report_add_segment (report, row, is_open);
}

/* The items as "recorded 1000-1010, gap(disk) 1010-1020": whole seconds, or with a fraction. */
static char *
show_items (GVariant *dict)
{
  g_autoptr (GVariant) items = g_variant_lookup_value (dict, "items", G_VARIANT_TYPE ("aa{sv}"));
  GString *text = g_string_new (NULL);
  gint64 at_us = 0;

  for (gsize i = 0; i < g_variant_n_children (items); i++) {
    g_autoptr (GVariant) item = g_variant_get_child_value (items, i);
    const char *reason = tyto_dict_string (item, "reason", NULL);
    gint64 start_us, end_us;

    g_assert_true (tyto_time_parse (tyto_dict_string (item, "start", ""), &start_us, NULL));
    g_assert_true (tyto_time_parse (tyto_dict_string (item, "end", ""), &end_us, NULL));
    if (i > 0)
      g_assert_cmpint (start_us, ==, at_us); /* no hole, no overlap */
    at_us = end_us;
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", tyto_dict_string (item, "state", ""));
    if (reason != NULL)
      g_string_append_printf (text, "(%s)", reason);
    g_string_append_printf (text, " %g-%g", (double) start_us / S, (double) end_us / S);
  }
  return g_string_free (text, FALSE);
}

/* (transfer full): the summary */
static GVariant *
assert_items (TytoLedgerReport *report, const char *expected)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (tyto_ledger_report_make (report));
  g_autofree char *shown = show_items (dict);

  g_assert_cmpstr (shown, ==, expected);
  return g_variant_lookup_value (dict, "summary", G_VARIANT_TYPE_VARDICT);
}

static double
gap_seconds (GVariant *summary, const char *reason)
{
  g_autoptr (GVariant) gaps = g_variant_lookup_value (summary, "gaps", G_VARIANT_TYPE_VARDICT);

  return tyto_dict_double (gaps, reason, -1);
}

static void
test_nothing (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 1100 * S);
  g_autoptr (GVariant) summary = assert_items (report, "off 1000-1100");

  g_assert_cmpfloat (tyto_dict_double (summary, "off", -1), ==, 100);
  g_assert_cmpfloat (tyto_dict_double (summary, "wanted", -1), ==, 0);
  g_assert_cmpfloat (tyto_dict_double (summary, "coverage", -1), ==, -1);
}

static void
test_a_day (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 1100 * S);
  g_autoptr (GVariant) summary = NULL;

  wish (report, 1010, 1090);
  segment (report, "A", 1010.5, 1020, FALSE);
  segment (report, "A", 1020.02, 1030, FALSE); /* a frame later */
  segment (report, "A", 1030, 1040, FALSE);
  gap (report, 1040, 1050, "camera-silent", 3);
  segment (report, "B", 1050, 1090, FALSE);
  summary = assert_items (report, "off 1000-1010, gap(starting) 1010-1010.5, recorded 1010.5-1040,"
                                  " gap(camera-silent) 1040-1050, recorded 1050-1090,"
                                  " off 1090-1100");
  g_assert_cmpfloat (tyto_dict_double (summary, "wanted", -1), ==, 80);
  g_assert_cmpfloat (tyto_dict_double (summary, "recorded", -1), ==, 69.5);
  g_assert_cmpfloat (tyto_dict_double (summary, "off", -1), ==, 20);
  g_assert_cmpfloat (tyto_dict_double (summary, "unaccounted", -1), ==, 0);
  g_assert_cmpfloat (gap_seconds (summary, "camera-silent"), ==, 10);
  g_assert_cmpfloat (gap_seconds (summary, "starting"), ==, 0.5);
  g_assert_cmpfloat_with_epsilon (tyto_dict_double (summary, "coverage", -1), 69.5 / 80, 1e-9);
  g_assert_cmpuint (tyto_dict_uint (summary, "frames_recorded", 0), ==, 95 + 99 + 100 + 400);
  g_assert_cmpuint (tyto_dict_uint (summary, "frames_lost", 0), ==, 3);
}

/* What reaches over the ends of the time asked for is cut there. */
static void
test_cut (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 1100 * S);
  g_autoptr (GVariant) summary = NULL;

  wish (report, 500, -1);
  segment (report, "A", 990, 1020, FALSE);
  gap (report, 1020, -1, "camera-offline", 0);
  summary = assert_items (report, "recorded 1000-1020, gap(camera-offline) 1020-1100");
  g_assert_cmpfloat (tyto_dict_double (summary, "recorded", -1), ==, 20);
}

/* A fault of the recorder is not hidden. */
static void
test_unaccounted (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 2000 * S);
  g_autoptr (GVariant) summary = NULL;

  wish (report, 1000, 1100);
  segment (report, "A", 1000, 1010, FALSE);
  segment (report, "A", 1010.9, 1030, FALSE);
  segment (report, "A", 1032, 1100, FALSE);
  wish (report, 1500, 1700); /* and never a row */
  summary = assert_items (report, "recorded 1000-1030, unaccounted 1030-1032, recorded 1032-1100,"
                                  " off 1100-1500, gap(starting) 1500-1620,"
                                  " unaccounted 1620-1700, off 1700-2000");
  g_assert_cmpfloat (tyto_dict_double (summary, "unaccounted", -1), ==, 82);
}

/* A segment is proof, whatever gaps and wishes say. */
static void
test_segment_is_proof (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 1100 * S);
  g_autoptr (GVariant) summary = NULL;

  segment (report, "A", 1010, 1030, FALSE);
  segment (report, "B", 1025, 1040, FALSE); /* overlaps: counted once */
  gap (report, 1000, 1015, "recorder-down", 0);
  gap (report, 1020, 1060, "worker-died", 0);
  gap (report, 1050, 1070, "camera-offline", 0);
  summary = assert_items (report, "gap(recorder-down) 1000-1010, recorded 1010-1030,"
                                  " recorded 1030-1040, gap(worker-died) 1040-1060,"
                                  " gap(camera-offline) 1060-1070, off 1070-1100");
  g_assert_cmpfloat (tyto_dict_double (summary, "recorded", -1), ==, 30);
}

static void
test_within_segment (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 1060 * S);
  g_autoptr (GVariant) dict = NULL;
  g_autoptr (GVariant) summary = NULL;
  g_autoptr (GVariant) losses = NULL;
  g_autofree char *shown = NULL;

  wish (report, 1000, -1);
  segment (report, "A", 1000, 1060, FALSE);
  gap (report, 1010, 1015, "disk-slow", 50);
  gap (report, 1020, 1021, "packet-loss", 4);
  dict = g_variant_ref_sink (tyto_ledger_report_make (report));
  shown = show_items (dict);
  g_assert_cmpstr (shown, ==, "recorded 1000-1010, gap(disk-slow) 1010-1015, recorded 1015-1060");
  losses = g_variant_lookup_value (dict, "losses", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (losses), ==, 1);
  summary = g_variant_lookup_value (dict, "summary", G_VARIANT_TYPE_VARDICT);
  g_assert_cmpuint (tyto_dict_uint (summary, "frames_recorded", 0), ==, 600);
  g_assert_cmpuint (tyto_dict_uint (summary, "frames_missing", 0), ==, 4);
  g_assert_cmpuint (tyto_dict_uint (summary, "frames_lost", 0), ==, 50);
  g_assert_cmpfloat_with_epsilon (tyto_dict_double (summary, "frame_loss_percent", -1),
                                  100.0 * 54 / 654, 1e-9);
}

static void
test_open_segment (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 1030 * S);
  g_autoptr (GVariant) dict = NULL;
  g_autoptr (GVariant) items = NULL;
  g_autoptr (GVariant) item = NULL;

  wish (report, 990, -1);
  segment (report, "A", 1000, 1020, FALSE);
  segment (report, "A", 1020, 1030, TRUE);
  dict = g_variant_ref_sink (tyto_ledger_report_make (report));
  items = g_variant_lookup_value (dict, "items", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (items), ==, 1);
  item = g_variant_get_child_value (items, 0);
  g_assert_true (tyto_dict_boolean (item, "open", FALSE));
  g_assert_cmpuint (tyto_dict_uint (item, "segments", 0), ==, 2);
  g_assert_cmpuint (tyto_dict_uint (item, "frames", 0), ==, 300);
  g_assert_cmpstr (tyto_dict_string (item, "first_segment", ""), ==, "A.1000");
}

/* What retention or a person has deleted is neither missing nor wanted any more. */
static void
test_expired (void)
{
  g_autoptr (TytoLedgerReport) report = tyto_ledger_report_new ("door", 1000 * S, 1100 * S);
  g_autoptr (GVariant) summary = NULL;

  wish (report, 1005, -1);
  segment (report, "A", 1020, 1030, FALSE); /* kept by a clip */
  gap (report, 1030, 1035, "camera-silent", 0);
  tyto_ledger_report_set_expired (report, 1050 * S);
  segment (report, "A", 1050.5, 1060, FALSE);
  gap (report, 1060, 1070, "deleted", 0);
  segment (report, "A", 1070, 1090, FALSE);
  summary = assert_items (report, "expired 1000-1020, recorded 1020-1030,"
                                  " gap(camera-silent) 1030-1035, expired 1035-1050.5,"
                                  " recorded 1050.5-1060,"
                                  " expired 1060-1070, recorded 1070-1090,"
                                  " unaccounted 1090-1100");
  g_assert_cmpfloat (tyto_dict_double (summary, "expired", -1), ==, 45.5);
  g_assert_cmpfloat (gap_seconds (summary, "deleted"), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger-report/nothing", test_nothing);
  g_test_add_func ("/ledger-report/a-day", test_a_day);
  g_test_add_func ("/ledger-report/cut", test_cut);
  g_test_add_func ("/ledger-report/unaccounted", test_unaccounted);
  g_test_add_func ("/ledger-report/segment-is-proof", test_segment_is_proof);
  g_test_add_func ("/ledger-report/within-segment", test_within_segment);
  g_test_add_func ("/ledger-report/open-segment", test_open_segment);
  g_test_add_func ("/ledger-report/expired", test_expired);
  return g_test_run ();
}
