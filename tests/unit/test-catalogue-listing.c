/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which rows a query gives, in which order, and page by page. */
#include "base/tyto-error.h"
#include "test-catalogue-suite.h"

#include <string.h>

static void
enter (CatalogueFixture *fixture, const char *camera, guint64 sequence, gint64 start_us,
       gint64 length_us)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment (camera, sequence, start_us, length_us);
  g_autoptr (GError) error = NULL;

  catalogue_enter_segment (fixture->catalogue, segment, &error);
  g_assert_no_error (error);
}

static void
enter_gap (CatalogueFixture *fixture, const char *camera, gint64 start_us, gint64 end_us)
{
  g_autoptr (TytoGap) gap = tyto_gap_new (camera, "main", start_us, "disk", NULL);

  gap->end_us = end_us;
  g_assert_cmpint (catalogue_enter_gap (fixture->catalogue, gap, NULL), >, 0);
}

/* All pages of @query as "CAMERA/START …"; checks that no page but the last is short. */
static char *
walk_segments (CatalogueFixture *fixture, TytoCatalogueQuery query)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *cursor = NULL;

  do {
    g_autoptr (GError) error = NULL;
    g_autofree char *next = NULL;
    g_autoptr (GPtrArray) rows = NULL;

    query.cursor = cursor;
    rows = catalogue_list_segments (fixture->catalogue, &query, &next, &error);
    g_assert_no_error (error);
    if (next != NULL)
      g_assert_cmpuint (rows->len, ==, query.limit);
    for (guint i = 0; i < rows->len; i++) {
      const TytoSegment *row = rows->pdata[i];

      g_string_append_printf (text, "%s%s/%" G_GINT64_FORMAT, text->len > 0 ? " " : "", row->camera,
                              row->start_us);
    }
    g_free (cursor);
    cursor = g_steal_pointer (&next);
  } while (cursor != NULL);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
walk_gaps (CatalogueFixture *fixture, TytoCatalogueQuery query)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *cursor = NULL;

  do {
    g_autoptr (GError) error = NULL;
    g_autofree char *next = NULL;
    g_autoptr (GPtrArray) rows = NULL;

    query.cursor = cursor;
    rows = catalogue_list_gaps (fixture->catalogue, &query, &next, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < rows->len; i++) {
      const TytoGap *row = rows->pdata[i];

      g_string_append_printf (text, "%s%s/%" G_GINT64_FORMAT, text->len > 0 ? " " : "", row->camera,
                              row->start_us);
    }
    g_free (cursor);
    cursor = g_steal_pointer (&next);
  } while (cursor != NULL);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_segments (CatalogueFixture *fixture, const char *camera, gint64 from_us, gint64 to_us,
                 gboolean ascending, const char *expected)
{
  for (guint limit = 1; limit <= 4; limit++) {
    g_autofree char *text = walk_segments (
        fixture, (TytoCatalogueQuery){ camera, from_us, to_us, NULL, limit, ascending });

    g_assert_cmpstr (text, ==, expected);
  }
}

static void
assert_gaps (CatalogueFixture *fixture, const char *camera, gint64 from_us, gint64 to_us,
             gboolean ascending, const char *expected)
{
  for (guint limit = 1; limit <= 3; limit++) {
    g_autofree char *text = walk_gaps (
        fixture, (TytoCatalogueQuery){ camera, from_us, to_us, NULL, limit, ascending });

    g_assert_cmpstr (text, ==, expected);
  }
}

static void
test_order (CatalogueFixture *fixture)
{
  enter (fixture, "door", 2, 2000, 1000);
  enter (fixture, "door", 1, 1000, 1000);
  enter (fixture, "yard", 1, 1500, 1000);
  enter (fixture, "door", 3, 3000, 1000);

  assert_segments (fixture, NULL, -1, -1, FALSE, "door/3000 door/2000 yard/1500 door/1000");
  assert_segments (fixture, NULL, -1, -1, TRUE, "door/1000 yard/1500 door/2000 door/3000");
  assert_segments (fixture, "door", -1, -1, FALSE, "door/3000 door/2000 door/1000");
  assert_segments (fixture, "door", -1, -1, TRUE, "door/1000 door/2000 door/3000");
  assert_segments (fixture, "gate", -1, -1, TRUE, "");
}

/* Many cameras cut at the same moment: ids decide, and no page loses or repeats a row. */
static void
test_equal_starts (CatalogueFixture *fixture)
{
  static const char *const cameras[] = { "a", "b", "c", "d", "e", "f", "g" };

  for (gsize i = 0; i < G_N_ELEMENTS (cameras); i++)
    enter (fixture, cameras[i], 1, 1000, 500);
  enter (fixture, "a", 2, 2000, 500);
  assert_segments (fixture, NULL, -1, -1, TRUE,
                   "a/1000 b/1000 c/1000 d/1000 e/1000 f/1000 g/1000 a/2000");
  assert_segments (fixture, NULL, -1, -1, FALSE,
                   "a/2000 g/1000 f/1000 e/1000 d/1000 c/1000 b/1000 a/1000");
  assert_segments (fixture, NULL, 1200, 1300, FALSE,
                   "g/1000 f/1000 e/1000 d/1000 c/1000 b/1000 a/1000");
}

/* [from, to): what only touches does not overlap; a long row from long before does. */
static void
test_overlap (CatalogueFixture *fixture)
{
  enter (fixture, "door", 1, 100, 7900);
  for (guint64 i = 1; i <= 8; i++)
    enter (fixture, "yard", i, (gint64) i * 1000, 1000);

  assert_segments (fixture, "yard", 3000, 5000, TRUE, "yard/3000 yard/4000");
  assert_segments (fixture, "yard", 3001, 5001, TRUE, "yard/3000 yard/4000 yard/5000");
  assert_segments (fixture, "yard", 2999, 4999, TRUE, "yard/2000 yard/3000 yard/4000");
  assert_segments (fixture, "yard", 3500, 3501, FALSE, "yard/3000");
  assert_segments (fixture, "yard", 7500, -1, FALSE, "yard/8000 yard/7000");
  assert_segments (fixture, "yard", -1, 2000, FALSE, "yard/1000");
  assert_segments (fixture, "yard", 5000, 3000, FALSE, "");
  assert_segments (fixture, NULL, 7500, -1, FALSE, "yard/8000 yard/7000 door/100");
  assert_segments (fixture, NULL, 8000, -1, TRUE, "yard/8000");
  assert_segments (fixture, "door", 7999, 8000, TRUE, "door/100");
  assert_segments (fixture, "door", 8000, 9000, TRUE, "");
  assert_segments (fixture, NULL, 0, 100, TRUE, "");
}

static void
test_gap_overlap (CatalogueFixture *fixture)
{
  enter_gap (fixture, "door", 100, 7000);
  enter_gap (fixture, "door", 8000, -1);
  enter_gap (fixture, "yard", 50, -1);
  enter_gap (fixture, "yard", 6000, 6000);
  enter_gap (fixture, "gate", 1, 2);

  assert_gaps (fixture, NULL, -1, -1, TRUE, "gate/1 yard/50 door/100 yard/6000 door/8000");
  assert_gaps (fixture, NULL, -1, -1, FALSE, "door/8000 yard/6000 door/100 yard/50 gate/1");
  /* An open gap lasts. */
  assert_gaps (fixture, "yard", 99000, -1, FALSE, "yard/50");
  assert_gaps (fixture, NULL, 7000, -1, TRUE, "yard/50 door/8000");
  assert_gaps (fixture, "door", 6999, 8000, TRUE, "door/100");
  /* An empty one is found where it is. */
  assert_gaps (fixture, "yard", 6000, 6001, FALSE, "yard/6000 yard/50");
  assert_gaps (fixture, "yard", 6001, 6002, FALSE, "yard/50");
  assert_gaps (fixture, "gate", 2, -1, FALSE, "");
}

/* Ids of gaps are numbers: 10 comes after 9. */
static void
test_equal_gap_starts (CatalogueFixture *fixture)
{
  g_autoptr (GString) expected = g_string_new (NULL);

  for (int i = 1; i <= 12; i++) {
    g_autofree char *camera = g_strdup_printf ("cam%d", i);

    enter_gap (fixture, camera, 1000, 2000);
    g_string_append_printf (expected, "%s%s/1000", i > 1 ? " " : "", camera);
  }
  assert_gaps (fixture, NULL, -1, -1, TRUE, expected->str);
}

/* A row that is entered while somebody turns the pages shifts nothing. */
static void
test_pages_are_stable (CatalogueFixture *fixture)
{
  TytoCatalogueQuery query = { "door", -1, -1, NULL, 2, FALSE };
  g_autofree char *cursor = NULL;
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;

  for (guint64 i = 1; i <= 4; i++)
    enter (fixture, "door", i, (gint64) i * 1000, 1000);
  first = catalogue_list_segments (fixture->catalogue, &query, &cursor, NULL);
  g_assert_cmpuint (first->len, ==, 2);
  enter (fixture, "door", 5, 5000, 1000);
  query.cursor = cursor;
  second = catalogue_list_segments (fixture->catalogue, &query, NULL, NULL);
  g_assert_cmpuint (second->len, ==, 2);
  g_assert_cmpint (((const TytoSegment *) second->pdata[0])->start_us, ==, 2000);
  g_assert_cmpint (((const TytoSegment *) second->pdata[1])->start_us, ==, 1000);
}

static void
test_foreign_cursors (CatalogueFixture *fixture)
{
  TytoCatalogueQuery query = { NULL, -1, -1, NULL, 1, FALSE };
  static const char *const foreign[] = { "",
                                         "x",
                                         "czoxMDAw",
                                         "not base64!",
                                         "czoxOlIuMDAwMDAx=",
                                         "czoxOlIuMDAwMDAx%00",
                                         "Zzo5OTk5OTk5OTk5OTk5OTk5OTk5OTk6MQ" };
  g_autofree char *cursor = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *long_cursor = g_strnfill (100000, 'A');

  enter (fixture, "door", 1, 1000, 1000);
  enter (fixture, "door", 2, 2000, 1000);
  rows = catalogue_list_segments (fixture->catalogue, &query, &cursor, NULL);
  g_assert_nonnull (cursor);
  g_assert_cmpuint (strspn (cursor, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_"), ==,
                    strlen (cursor));

  for (gsize i = 0; i <= G_N_ELEMENTS (foreign); i++) {
    query.cursor = i < G_N_ELEMENTS (foreign) ? foreign[i] : long_cursor;
    g_assert_null (catalogue_list_segments (fixture->catalogue, &query, NULL, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_clear_error (&error);
  }
  /* A segment's cursor is none of a gap's. */
  query.cursor = cursor;
  g_assert_null (catalogue_list_gaps (fixture->catalogue, &query, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_limits (CatalogueFixture *fixture)
{
  static const guint refused[] = { 0, 1001, G_MAXUINT };
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    query.limit = refused[i];
    g_assert_null (catalogue_list_segments (fixture->catalogue, &query, NULL, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_clear_error (&error);
  }
  query.limit = 1000;
  rows = catalogue_list_segments (fixture->catalogue, &query, NULL, &error);
  g_assert_no_error (error);
}

const CatalogueCaseEntry *
catalogue_suite_listing_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "order", test_order },
    { "equal-starts", test_equal_starts },
    { "overlap", test_overlap },
    { "gap-overlap", test_gap_overlap },
    { "equal-gap-starts", test_equal_gap_starts },
    { "pages-are-stable", test_pages_are_stable },
    { "foreign-cursors", test_foreign_cursors },
    { "limits", test_limits },
    { NULL, NULL },
  };

  return cases;
}
