/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The catalogue stays true to the files: open segments, rows that go, gaps that turn out shorter.
 */
#include "store/tyto-catalogue-upkeep.h"

#include "base/tyto-error.h"
#include "test-catalogue-suite.h"

static gboolean
await_entry (TytoCatalogue *self, GAsyncResult **result, GError **error)
{
  gboolean success;

  catalogue_await (result);
  success = tyto_catalogue_enter_finish (self, *result, error);
  g_clear_object (result);
  return success;
}

static gboolean
open_segment (TytoCatalogue *self, TytoSegment *segment)
{
  GAsyncResult *result = NULL;

  tyto_catalogue_open_segment_async (self, segment, NULL, catalogue_keep_result, &result);
  return await_entry (self, &result, NULL);
}

static gboolean
set_archived (TytoCatalogue *self, const char *id, gboolean archived, GError **error)
{
  GAsyncResult *result = NULL;

  tyto_catalogue_set_archived_async (self, id, archived, NULL, catalogue_keep_result, &result);
  return await_entry (self, &result, error);
}

static gboolean
delete_segment (TytoCatalogue *self, const char *id)
{
  GAsyncResult *result = NULL;

  tyto_catalogue_delete_segment_async (self, id, NULL, catalogue_keep_result, &result);
  return await_entry (self, &result, NULL);
}

static gboolean
move_gap_start (TytoCatalogue *self, gint64 id, gint64 start_us)
{
  GAsyncResult *result = NULL;

  tyto_catalogue_move_gap_start_async (self, id, start_us, NULL, catalogue_keep_result, &result);
  return await_entry (self, &result, NULL);
}

static gint64
replace_by_gap (TytoCatalogue *self, const char *id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_replace_segment_by_gap_async (self, id, "file-missing", "No such file", NULL,
                                               catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_replace_segment_by_gap_finish (self, result, error);
}

static GPtrArray *
list_open (TytoCatalogue *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *rows;

  tyto_catalogue_list_open_segments_async (self, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  rows = tyto_catalogue_list_rows_finish (self, result, &error);
  g_assert_no_error (error);
  return rows;
}

static GPtrArray *
list_open_runs (TytoCatalogue *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  GPtrArray *rows;

  tyto_catalogue_list_open_runs_async (self, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  rows = tyto_catalogue_list_rows_finish (self, result, NULL);
  g_assert_nonnull (rows);
  return rows;
}

static char *
get_id (TytoCatalogue *self)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_get_id_async (self, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_get_id_finish (self, result, NULL);
}

static gint64
enter_gap (TytoCatalogue *self, gint64 start_us, gint64 end_us, const char *reason)
{
  g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", start_us, reason, "why");

  gap->end_us = end_us;
  return catalogue_enter_gap (self, gap, NULL);
}

/* All gaps of the camera "door", the oldest first, as "start-end reason, …"; an open end is "". */
static void
assert_gaps (TytoCatalogue *self, const char *expected)
{
  const TytoCatalogueQuery query = { "door", -1, -1, NULL, 100, TRUE };
  g_autoptr (GPtrArray) gaps = catalogue_list_gaps (self, &query, NULL, NULL);
  g_autoptr (GPtrArray) totals = catalogue_list_totals (self, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_nonnull (gaps);
  for (guint i = 0; i < gaps->len; i++) {
    const TytoGap *gap = gaps->pdata[i];

    g_string_append_printf (text, "%s%" G_GINT64_FORMAT "-", i > 0 ? ", " : "", gap->start_us);
    if (gap->end_us >= 0)
      g_string_append_printf (text, "%" G_GINT64_FORMAT, gap->end_us);
    g_string_append_printf (text, " %s", gap->reason);
  }
  g_assert_cmpstr (text->str, ==, expected);
  g_assert_cmpuint (((const TytoCatalogueTotals *) totals->pdata[0])->gaps, ==, gaps->len);
}

static void
enter_segment (TytoCatalogue *self, guint64 sequence, gint64 start_us, gint64 end_us)
{
  g_autoptr (TytoSegment) segment
      = catalogue_test_segment ("door", sequence, start_us, end_us - start_us);

  g_assert_true (catalogue_enter_segment (self, segment, NULL));
}

static void
test_open_segments (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) first = catalogue_test_segment ("door", 1, 5000, 1000);
  g_autoptr (TytoSegment) second = catalogue_test_segment ("yard", 1, 4000, 1000);
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) between = NULL;
  g_autoptr (GPtrArray) after = NULL;
  GAsyncResult *result = NULL;
  const TytoSegment *row;

  first->monotonic_ns = 31;
  first->clock_offset_us = -32;
  g_assert_true (open_segment (fixture->catalogue, first));
  g_assert_true (open_segment (fixture->catalogue, second));
  g_assert_true (open_segment (fixture->catalogue, first));
  catalogue_fixture_reopen (fixture);
  before = list_open (fixture->catalogue);
  g_assert_cmpuint (before->len, ==, 2);
  row = before->pdata[1];
  g_assert_cmpstr (row->id, ==, first->id);
  g_assert_cmpstr (row->camera, ==, "door");
  g_assert_cmpstr (row->stream, ==, "main");
  g_assert_cmpstr (row->run, ==, first->run);
  g_assert_cmpuint (row->sequence, ==, 1);
  g_assert_cmpstr (row->path, ==, first->path);
  g_assert_cmpstr (row->format, ==, "mp4");
  g_assert_cmpstr (row->video_codec, ==, "h264");
  g_assert_cmpint (row->start_us, ==, 5000);
  g_assert_cmpint (row->end_us, ==, -1);
  g_assert_cmpuint (row->monotonic_ns, ==, 31);
  g_assert_cmpint (row->clock_offset_us, ==, -32);

  /* Finished, it is no longer open, and a late word of its opening does not make it so. */
  g_assert_true (catalogue_enter_segment (fixture->catalogue, first, NULL));
  g_assert_true (open_segment (fixture->catalogue, first));
  between = list_open (fixture->catalogue);
  g_assert_cmpuint (between->len, ==, 1);
  g_assert_cmpstr (((const TytoSegment *) between->pdata[0])->camera, ==, "yard");

  tyto_catalogue_forget_open_segment_async (fixture->catalogue, second->id, NULL,
                                            catalogue_keep_result, &result);
  g_assert_true (await_entry (fixture->catalogue, &result, NULL));
  tyto_catalogue_forget_open_segment_async (fixture->catalogue, "none.000001", NULL,
                                            catalogue_keep_result, &result);
  g_assert_true (await_entry (fixture->catalogue, &result, NULL));
  after = list_open (fixture->catalogue);
  g_assert_cmpuint (after->len, ==, 0);
}

static void
test_more_of_a_segment (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 5000, 1000);
  g_autoptr (TytoSegment) plain = catalogue_test_segment ("door", 2, 6000, 1000);
  g_autoptr (TytoSegment) found = NULL;
  g_autoptr (TytoSegment) found_plain = NULL;

  segment->cut_reason = g_strdup ("clock");
  segment->clock_source = g_strdup ("camera");
  segment->clock_offset_us = -70;
  segment->frames_missing = 71;
  segment->recovered = TRUE;
  g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
  g_assert_true (catalogue_enter_segment (fixture->catalogue, plain, NULL));
  found = catalogue_get_segment (fixture->catalogue, segment->id, NULL);
  g_assert_cmpstr (found->cut_reason, ==, "clock");
  g_assert_cmpstr (found->clock_source, ==, "camera");
  g_assert_cmpint (found->clock_offset_us, ==, -70);
  g_assert_cmpuint (found->frames_missing, ==, 71);
  g_assert_true (found->recovered);
  g_assert_false (found->archived);
  found_plain = catalogue_get_segment (fixture->catalogue, plain->id, NULL);
  g_assert_cmpstr (found_plain->cut_reason, ==, "");
  g_assert_cmpstr (found_plain->clock_source, ==, "system");
  g_assert_false (found_plain->recovered);
}

static void
test_archived (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 5000, 1000);
  g_autoptr (TytoSegment) marked = NULL;
  g_autoptr (TytoSegment) unmarked = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
  g_assert_true (set_archived (fixture->catalogue, segment->id, TRUE, NULL));
  marked = catalogue_get_segment (fixture->catalogue, segment->id, NULL);
  g_assert_true (marked->archived);
  g_assert_true (set_archived (fixture->catalogue, segment->id, FALSE, NULL));
  unmarked = catalogue_get_segment (fixture->catalogue, segment->id, NULL);
  g_assert_false (unmarked->archived);
  g_assert_false (set_archived (fixture->catalogue, "none.000001", TRUE, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
test_delete (CatalogueFixture *fixture)
{
  g_autoptr (GPtrArray) totals = NULL;

  enter_segment (fixture->catalogue, 1, 1000, 2000);
  enter_segment (fixture->catalogue, 2, 2000, 3000);
  g_assert_true (delete_segment (fixture->catalogue, "RUN-door.000001"));
  g_assert_true (delete_segment (fixture->catalogue, "RUN-door.000001"));
  g_assert_null (catalogue_get_segment (fixture->catalogue, "RUN-door.000001", NULL));
  totals = catalogue_list_totals (fixture->catalogue, NULL);
  g_assert_cmpuint (((const TytoCatalogueTotals *) totals->pdata[0])->segments, ==, 1);
}

static void
test_replace_by_gap (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = { "door", -1, -1, NULL, 100, TRUE };
  g_autoptr (GPtrArray) gaps = NULL;
  g_autoptr (GError) error = NULL;
  const TytoGap *gap;

  enter_segment (fixture->catalogue, 1, 1000, 2000);
  g_assert_cmpint (replace_by_gap (fixture->catalogue, "RUN-door.000001", &error), >, 0);
  g_assert_no_error (error);
  g_assert_null (catalogue_get_segment (fixture->catalogue, "RUN-door.000001", NULL));
  assert_gaps (fixture->catalogue, "1000-2000 file-missing");
  gaps = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  gap = gaps->pdata[0];
  g_assert_cmpstr (gap->detail, ==, "No such file");
  g_assert_cmpuint (gap->frames_lost, ==, 10);
  g_assert_cmpint (replace_by_gap (fixture->catalogue, "RUN-door.000001", &error), ==, -1);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  assert_gaps (fixture->catalogue, "1000-2000 file-missing");
}

static void
test_move_gap_start (CatalogueFixture *fixture)
{
  gint64 closed = enter_gap (fixture->catalogue, 1000, 2000, "worker-died");
  gint64 open = enter_gap (fixture->catalogue, 3000, -1, "worker-died");

  g_assert_true (move_gap_start (fixture->catalogue, open, 3500));
  g_assert_true (move_gap_start (fixture->catalogue, open, 3200));
  assert_gaps (fixture->catalogue, "1000-2000 worker-died, 3500- worker-died");
  g_assert_true (move_gap_start (fixture->catalogue, closed, 1500));
  assert_gaps (fixture->catalogue, "1500-2000 worker-died, 3500- worker-died");
  g_assert_true (move_gap_start (fixture->catalogue, closed, 2000));
  g_assert_true (move_gap_start (fixture->catalogue, closed, 2100));
  assert_gaps (fixture->catalogue, "3500- worker-died");
  /* The same gap is there already: one of them is enough. */
  closed = enter_gap (fixture->catalogue, 1000, 9000, "worker-died");
  g_assert_true (move_gap_start (fixture->catalogue, closed, 3500));
  assert_gaps (fixture->catalogue, "3500- worker-died");
}

/* A second is never both recorded and a gap: the segment is proof. */
static void
test_segment_cuts_gaps (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;
  gint64 open;

  enter_gap (catalogue, 1000, 2000, "camera-offline");
  enter_segment (catalogue, 1, 1500, 2500);
  assert_gaps (catalogue, "1000-1500 camera-offline");
  enter_segment (catalogue, 2, 500, 1200);
  assert_gaps (catalogue, "1200-1500 camera-offline");
  enter_segment (catalogue, 3, 1300, 1400);
  assert_gaps (catalogue, "1200-1300 camera-offline, 1400-1500 camera-offline");
  enter_segment (catalogue, 4, 1200, 1300);
  enter_segment (catalogue, 5, 1400, 1500);
  assert_gaps (catalogue, "");

  /* An open one keeps its id: whoever opened it will end it. */
  open = enter_gap (catalogue, 5000, -1, "worker-died");
  enter_segment (catalogue, 6, 5000, 6000);
  assert_gaps (catalogue, "6000- worker-died");
  enter_segment (catalogue, 7, 7000, 8000);
  assert_gaps (catalogue, "6000-7000 worker-died, 8000- worker-died");
  g_assert_true (catalogue_end_gap (catalogue, open, 9000, NULL));
  assert_gaps (catalogue, "6000-7000 worker-died, 8000-9000 worker-died");
}

/* The gap comes after a segment that reaches into it: it begins where that one ends. */
static void
test_gap_begins_behind_segment (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;
  gint64 id;

  enter_segment (catalogue, 1, 1000, 2000);
  id = enter_gap (catalogue, 1500, 2500, "worker-died");
  g_assert_cmpint (enter_gap (catalogue, 1500, 2500, "worker-died"), ==, id);
  enter_gap (catalogue, 1200, 1800, "recorder-down");
  enter_gap (catalogue, 1300, 1400, "packet-loss");
  enter_gap (catalogue, 1900, -1, "camera-offline");
  assert_gaps (catalogue, "1300-1400 packet-loss, 1800-1800 recorder-down,"
                          " 2000-2500 worker-died, 2000- camera-offline");
}

/* What a gap lost in all is known when it is over. */
static void
test_finish_gap (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = { "door", -1, -1, NULL, 100, TRUE };
  g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", 1000, "disk-slow", "");
  g_autoptr (GPtrArray) rows = NULL;
  GAsyncResult *result = NULL;
  const TytoGap *row;

  g_assert_cmpint (catalogue_enter_gap (fixture->catalogue, gap, NULL), >, 0);
  gap->end_us = 1500;
  gap->frames_lost = 12;
  gap->packets_lost = 13;
  tyto_catalogue_finish_gap_async (fixture->catalogue, gap, NULL, catalogue_keep_result, &result);
  g_assert_true (await_entry (fixture->catalogue, &result, NULL));
  rows = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  row = rows->pdata[0];
  g_assert_cmpint (row->end_us, ==, 1500);
  g_assert_cmpuint (row->frames_lost, ==, 12);
  g_assert_cmpuint (row->packets_lost, ==, 13);
}

/* What lies within a segment, what only touches it and what is another's stays. */
static void
test_segment_leaves_other_gaps (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;
  g_autoptr (TytoGap) of_yard = tyto_gap_new ("yard", "main", 1000, "camera-offline", "");
  g_autoptr (TytoGap) of_sub = tyto_gap_new ("door", "sub", 1200, "camera-offline", "");

  of_sub->end_us = 1300;
  enter_gap (catalogue, 500, 1000, "camera-silent");
  enter_gap (catalogue, 1100, 1150, "packet-loss");
  enter_gap (catalogue, 1160, 1170, "disk-slow");
  enter_gap (catalogue, 2000, 2500, "camera-silent");
  g_assert_cmpint (catalogue_enter_gap (catalogue, of_yard, NULL), >, 0);
  g_assert_cmpint (catalogue_enter_gap (catalogue, of_sub, NULL), >, 0);
  enter_segment (catalogue, 1, 1000, 2000);
  enter_segment (catalogue, 1, 1000, 2000);
  assert_gaps (catalogue, "500-1000 camera-silent, 1100-1150 packet-loss, 1160-1170 disk-slow,"
                          " 1200-1300 camera-offline, 2000-2500 camera-silent");
}

static TytoRun *
enter_run (TytoCatalogue *self, const char *id, gint64 start_us)
{
  TytoRun *run = tyto_run_new (id, "door", "main", start_us);

  g_free (run->transport);
  run->transport = g_strdup ("tcp");
  run->width = 640;
  g_assert_true (catalogue_enter_run (self, run, NULL));
  return run;
}

/* The runs that nobody ended, as far as their segments reach. */
static void
test_open_runs (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 1000, 500);
  g_autoptr (TytoRun) run = enter_run (self, segment->run, 900);
  g_autoptr (TytoRun) empty = enter_run (self, "EMPTY", 5000);
  g_autoptr (TytoRun) ended = enter_run (self, "ENDED", 6000);
  g_autoptr (GPtrArray) runs = NULL;
  const TytoRun *found;

  enter_segment (self, 1, 1000, 1500);
  enter_segment (self, 2, 1500, 2700);
  ended->end_us = 6100;
  g_assert_true (catalogue_end_run (self, ended, NULL));
  runs = list_open_runs (self);
  g_assert_cmpuint (runs->len, ==, 2);
  found = runs->pdata[0];
  g_assert_cmpstr (found->id, ==, segment->run);
  g_assert_cmpstr (found->camera, ==, "door");
  g_assert_cmpstr (found->transport, ==, "tcp");
  g_assert_cmpuint (found->width, ==, 640);
  g_assert_cmpint (found->start_us, ==, 900);
  g_assert_cmpint (found->end_us, ==, 2700);
  g_assert_cmpuint (found->frames_recorded, ==, 2 * segment->frames);
  g_assert_cmpuint (found->packets_lost, ==, 2 * segment->packets_lost);
  found = runs->pdata[1];
  g_assert_cmpstr (found->id, ==, "EMPTY");
  g_assert_cmpint (found->end_us, ==, 5000);
}

static void
test_identity (CatalogueFixture *fixture)
{
  g_autofree char *id = get_id (fixture->catalogue);
  g_autofree char *again = NULL;

  g_assert_true (g_uuid_string_is_valid (id));
  catalogue_fixture_reopen (fixture);
  again = get_id (fixture->catalogue);
  g_assert_cmpstr (again, ==, id);
}

const CatalogueCaseEntry *
catalogue_suite_upkeep_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "open-segments", test_open_segments },
    { "more-of-a-segment", test_more_of_a_segment },
    { "archived", test_archived },
    { "delete", test_delete },
    { "replace-by-gap", test_replace_by_gap },
    { "move-gap-start", test_move_gap_start },
    { "segment-cuts-gaps", test_segment_cuts_gaps },
    { "finish-gap", test_finish_gap },
    { "gap-begins-behind-segment", test_gap_begins_behind_segment },
    { "segment-leaves-other-gaps", test_segment_leaves_other_gaps },
    { "open-runs", test_open_runs },
    { "identity", test_identity },
    { NULL, NULL },
  };

  return cases;
}
