/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is entered comes out again, once. */
#include "base/tyto-error.h"
#include "test-catalogue-suite.h"

static const TytoCatalogueTotals *
find_totals (GPtrArray *totals, const char *camera)
{
  for (guint i = 0; i < totals->len; i++) {
    const TytoCatalogueTotals *row = totals->pdata[i];

    if (g_str_equal (row->camera, camera))
      return row;
  }
  return NULL;
}

static void
assert_totals (TytoCatalogue *catalogue, const char *camera, guint64 segments, guint64 gaps,
               gint64 last_end_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) totals = catalogue_list_totals (catalogue, &error);
  const TytoCatalogueTotals *row;

  g_assert_no_error (error);
  row = find_totals (totals, camera);
  g_assert_nonnull (row);
  g_assert_cmpuint (row->segments, ==, segments);
  g_assert_cmpuint (row->frames, ==, 10 * segments);
  g_assert_cmpuint (row->bytes, ==, 1000 * segments);
  g_assert_cmpuint (row->gaps, ==, gaps);
  g_assert_cmpint (row->last_end_us, ==, last_end_us);
}

static void
test_empty (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GPtrArray) totals = catalogue_list_totals (fixture->catalogue, NULL);
  char *cursor = fixture->storage; /* anything but NULL */
  g_autoptr (GPtrArray) segments
      = catalogue_list_segments (fixture->catalogue, &query, &cursor, NULL);
  g_autoptr (GPtrArray) gaps = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (totals->len, ==, 0);
  g_assert_cmpuint (segments->len, ==, 0);
  g_assert_null (cursor);
  g_assert_cmpuint (gaps->len, ==, 0);
  g_assert_null (catalogue_get_segment (fixture->catalogue, "R.000001", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (catalogue_latest_thumbnail (fixture->catalogue, "door", NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
test_segment_comes_back_whole (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) entered = catalogue_test_segment ("door", 7, 5000000, 2000000);
  g_autoptr (TytoSegment) found = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) expected = NULL;
  g_autoptr (GVariant) shown = NULL;

  /* Each field its own value: two that are swapped would be seen. */
  entered->monotonic_ns = 31;
  entered->camera_time_us = 4000001;
  entered->audio_frames = 33;
  entered->packets_lost = 34;
  g_free (entered->audio_codec);
  entered->audio_codec = g_strdup ("aac");
  catalogue_enter_segment (fixture->catalogue, entered, &error);
  g_assert_no_error (error);
  catalogue_fixture_reopen (fixture);

  found = catalogue_get_segment (fixture->catalogue, entered->id, &error);
  g_assert_no_error (error);
  expected = g_variant_ref_sink (tyto_segment_to_variant (entered));
  shown = g_variant_ref_sink (tyto_segment_to_variant (found));
  g_assert_cmpvariant (shown, expected);
  g_assert_cmpuint (found->monotonic_ns, ==, 31);
  g_assert_cmpuint (found->duration_ns, ==, 2000000000);
  g_assert_cmpint (found->camera_time_us, ==, 4000001);
}

static void
test_segment_twice (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) first = catalogue_test_segment ("door", 1, 1000000, 2000000);
  g_autoptr (TytoSegment) again = catalogue_test_segment ("door", 1, 9000000, 1);
  g_autoptr (TytoSegment) found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (catalogue_enter_segment (fixture->catalogue, first, &error));
  g_assert_true (catalogue_enter_segment (fixture->catalogue, again, &error));
  g_assert_no_error (error);
  found = catalogue_get_segment (fixture->catalogue, first->id, NULL);
  g_assert_cmpint (found->start_us, ==, 1000000);
  g_assert_cmpint (found->camera_time_us, ==, -1);
  assert_totals (fixture->catalogue, "door", 1, 0, 3000000);
}

static void
test_totals (CatalogueFixture *fixture)
{
  g_autoptr (GPtrArray) totals = NULL;

  g_assert_true (catalogue_enter_camera (fixture->catalogue, "idle", "Idle one", NULL));
  for (guint64 i = 1; i <= 5; i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment ("door", i, (gint64) (6 - i) * 1000, 1000);
    g_autoptr (TytoGap) gap = tyto_gap_new ("yard", "main", (gint64) i, "disk", "");

    g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
    g_assert_cmpint (catalogue_enter_gap (fixture->catalogue, gap, NULL), >, 0);
  }
  totals = catalogue_list_totals (fixture->catalogue, NULL);
  g_assert_cmpuint (totals->len, ==, 3);
  assert_totals (fixture->catalogue, "door", 5, 0, 6000);
  assert_totals (fixture->catalogue, "yard", 0, 5, -1);
  assert_totals (fixture->catalogue, "idle", 0, 0, -1);
}

static void
test_run (CatalogueFixture *fixture)
{
  g_autoptr (TytoRun) run = tyto_run_new ("R1", "door", "main", 1000);
  g_autoptr (TytoSegment) orphan = catalogue_test_segment ("yard", 1, 1000, 1000);
  g_autoptr (TytoRun) late = tyto_run_new ("RUN-yard", "yard", "main", 900);
  g_autoptr (TytoRun) unknown = tyto_run_new ("R2", "gate", "sub", 1000);
  g_autoptr (GError) error = NULL;

  /* Twice each, begun and ended; of cameras nobody entered. */
  for (int i = 0; i < 2; i++)
    catalogue_enter_run (fixture->catalogue, run, &error);
  g_assert_no_error (error);
  run->end_us = 5000;
  g_free (run->end_reason);
  run->end_reason = g_strdup ("stopped");
  for (int i = 0; i < 2; i++)
    catalogue_end_run (fixture->catalogue, run, &error);
  g_assert_no_error (error);

  /* A run that is ended before it was entered, and one that is entered after its segment. */
  unknown->end_us = 2000;
  catalogue_end_run (fixture->catalogue, unknown, &error);
  g_assert_no_error (error);
  catalogue_enter_segment (fixture->catalogue, orphan, &error);
  g_assert_no_error (error);
  catalogue_enter_run (fixture->catalogue, late, &error);
  g_assert_no_error (error);
}

static void
test_gap (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", 1000, "camera-offline", "refused");
  g_autoptr (TytoGap) same = tyto_gap_new ("door", "main", 1000, "camera-offline", "other words");
  g_autoptr (GPtrArray) open_rows = NULL;
  g_autoptr (GPtrArray) ended_rows = NULL;
  g_autoptr (GError) error = NULL;
  const TytoGap *row;
  gint64 id;

  gap->packets_lost = 11;
  gap->frames_lost = 12;
  id = catalogue_enter_gap (fixture->catalogue, gap, &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  g_assert_cmpint (gap->id, ==, id);
  g_assert_cmpint (catalogue_enter_gap (fixture->catalogue, same, NULL), ==, id);

  open_rows = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  g_assert_cmpuint (open_rows->len, ==, 1);
  row = open_rows->pdata[0];
  g_assert_cmpint (row->id, ==, id);
  g_assert_cmpint (row->end_us, ==, -1);
  g_assert_cmpstr (row->detail, ==, "refused");
  g_assert_cmpuint (row->packets_lost, ==, 11);
  g_assert_cmpuint (row->frames_lost, ==, 12);

  /* The first end stays; an unknown gap has none. */
  g_assert_true (catalogue_end_gap (fixture->catalogue, id, 4000, NULL));
  g_assert_true (catalogue_end_gap (fixture->catalogue, id, 9000, NULL));
  g_assert_false (catalogue_end_gap (fixture->catalogue, id + 1, 4000, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  ended_rows = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  row = ended_rows->pdata[0];
  g_assert_cmpint (row->end_us, ==, 4000);
}

/* A clock that was set back: the gap is empty, not negative. */
static void
test_gap_ends_before_it_began (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", 1000, "disk", "");
  gint64 id = catalogue_enter_gap (fixture->catalogue, gap, NULL);
  g_autoptr (GPtrArray) rows = NULL;

  g_assert_true (catalogue_end_gap (fixture->catalogue, id, 400, NULL));
  rows = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  g_assert_cmpint (((const TytoGap *) rows->pdata[0])->end_us, ==, 1000);
}

static void
test_thumbnail (CatalogueFixture *fixture)
{
  g_autofree char *newest = NULL;
  gint64 taken_us = 0;
  g_autoptr (GError) error = NULL;

  g_assert_true (catalogue_enter_thumbnail (fixture->catalogue, "door", 2000, "/t/2.jpg", NULL));
  g_assert_true (catalogue_enter_thumbnail (fixture->catalogue, "door", 1000, "/t/1.jpg", NULL));
  g_assert_true (catalogue_enter_thumbnail (fixture->catalogue, "door", 2000, "/t/x.jpg", NULL));
  g_assert_true (catalogue_enter_thumbnail (fixture->catalogue, "yard", 9000, "/t/9.jpg", NULL));
  newest = catalogue_latest_thumbnail (fixture->catalogue, "door", &taken_us, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (newest, ==, "/t/2.jpg");
  g_assert_cmpint (taken_us, ==, 2000);
}

static void
test_camera_ids_are_checked (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 0, 1000);
  g_autoptr (GError) error = NULL;

  g_assert_false (catalogue_enter_camera (fixture->catalogue, "../etc", "x", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (catalogue_enter_camera (fixture->catalogue, NULL, "x", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_free (segment->camera);
  segment->camera = g_strdup ("Robert'); DROP TABLE segments;--");
  g_assert_false (catalogue_enter_segment (fixture->catalogue, segment, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

/* Values are bound: no text is ever SQL. */
static void
test_awkward_text (CatalogueFixture *fixture)
{
  static const char awkward[] = "'); DROP TABLE segments; -- \" % _ ä 🦉 \n";
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 0, 1000);
  g_autoptr (TytoSegment) found = NULL;
  g_autoptr (GError) error = NULL;

  g_free (segment->path);
  segment->path = g_strdup (awkward);
  g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
  found = catalogue_get_segment (fixture->catalogue, segment->id, NULL);
  g_assert_cmpstr (found->path, ==, awkward);
  g_assert_null (catalogue_get_segment (fixture->catalogue, "x' OR '1'='1", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

const CatalogueCaseEntry *
catalogue_suite_entry_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "empty", test_empty },
    { "segment-comes-back-whole", test_segment_comes_back_whole },
    { "segment-twice", test_segment_twice },
    { "totals", test_totals },
    { "run", test_run },
    { "gap", test_gap },
    { "gap-ends-before-it-began", test_gap_ends_before_it_began },
    { "thumbnail", test_thumbnail },
    { "camera-ids-are-checked", test_camera_ids_are_checked },
    { "awkward-text", test_awkward_text },
    { NULL, NULL },
  };

  return cases;
}
