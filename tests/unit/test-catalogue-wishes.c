/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When recording was wanted, and when the recorder last lived. */
#include "store/tyto-catalogue-wishes.h"

#include "base/tyto-error.h"
#include "test-catalogue-suite.h"

static gboolean
begin (TytoCatalogue *self, const char *camera, gint64 start_us, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_begin_wish_async (self, camera, "main", start_us, NULL, catalogue_keep_result,
                                   &result);
  catalogue_await (&result);
  return tyto_catalogue_enter_finish (self, result, error);
}

static gboolean
end (TytoCatalogue *self, const char *camera, gint64 end_us)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_end_wish_async (self, camera, "main", end_us, NULL, catalogue_keep_result,
                                 &result);
  catalogue_await (&result);
  return tyto_catalogue_enter_finish (self, result, NULL);
}

static gint64
get_alive (TytoCatalogue *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  gint64 alive_us = 0;

  tyto_catalogue_get_alive_async (self, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  g_assert_true (tyto_catalogue_get_alive_finish (self, result, &alive_us, NULL));
  return alive_us;
}

static gboolean
set_alive (TytoCatalogue *self, gint64 now_us)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_set_alive_async (self, now_us, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_enter_finish (self, result, NULL);
}

/* As "camera start-end, …"; a lasting one has no end. */
static void
assert_wishes (TytoCatalogue *self, const char *camera, gint64 from_us, gint64 to_us,
               const char *expected)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  tyto_catalogue_list_wishes_async (self, camera, from_us, to_us, NULL, catalogue_keep_result,
                                    &result);
  catalogue_await (&result);
  rows = tyto_catalogue_list_rows_finish (self, result, NULL);
  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++) {
    const TytoWish *wish = rows->pdata[i];

    g_assert_cmpstr (wish->stream, ==, "main");
    g_string_append_printf (text, "%s%s %" G_GINT64_FORMAT "-", i > 0 ? ", " : "", wish->camera,
                            wish->start_us);
    if (wish->end_us >= 0)
      g_string_append_printf (text, "%" G_GINT64_FORMAT, wish->end_us);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_begin_and_end (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;

  g_assert_true (end (catalogue, "door", 500));
  assert_wishes (catalogue, NULL, -1, -1, "");
  g_assert_true (begin (catalogue, "door", 1000, NULL));
  g_assert_true (begin (catalogue, "door", 1500, NULL));
  g_assert_true (begin (catalogue, "yard", 1200, NULL));
  assert_wishes (catalogue, NULL, -1, -1, "door 1000-, yard 1200-");
  g_assert_true (end (catalogue, "door", 2000));
  g_assert_true (end (catalogue, "door", 2500));
  g_assert_true (begin (catalogue, "door", 3000, NULL));
  assert_wishes (catalogue, "door", -1, -1, "door 1000-2000, door 3000-");
}

/* One that lasts goes on over restarts; one that ended where the next begins is one. */
static void
test_goes_on (CatalogueFixture *fixture)
{
  g_assert_true (begin (fixture->catalogue, "door", 1000, NULL));
  catalogue_fixture_reopen (fixture);
  g_assert_true (begin (fixture->catalogue, "door", 5000, NULL));
  assert_wishes (fixture->catalogue, "door", -1, -1, "door 1000-");
  g_assert_true (end (fixture->catalogue, "door", 6000));
  g_assert_true (begin (fixture->catalogue, "door", 6000, NULL));
  assert_wishes (fixture->catalogue, "door", -1, -1, "door 1000-");
  g_assert_true (end (fixture->catalogue, "door", 7000));
  /* The clock was set back. */
  g_assert_true (begin (fixture->catalogue, "door", 1000, NULL));
  g_assert_true (end (fixture->catalogue, "door", 500));
  assert_wishes (fixture->catalogue, "door", -1, -1, "door 1000-1000");
}

static void
test_list (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;

  for (gint64 i = 1; i <= 3; i++) {
    g_assert_true (begin (catalogue, "door", i * 1000, NULL));
    g_assert_true (end (catalogue, "door", i * 1000 + 500));
  }
  g_assert_true (begin (catalogue, "yard", 1, NULL));
  assert_wishes (catalogue, "door", 1500, 2000, "");
  assert_wishes (catalogue, "door", 1499, 2001, "door 1000-1500, door 2000-2500");
  assert_wishes (catalogue, NULL, 2400, -1, "door 2000-2500, door 3000-3500, yard 1-");
  assert_wishes (catalogue, NULL, G_MAXINT64, -1, "yard 1-");
  assert_wishes (catalogue, "none", -1, -1, "");
}

static void
test_coverage (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  const TytoCatalogueCoverage *door, *yard;

  for (guint64 i = 1; i <= 4; i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment ("door", i, (gint64) i * 1000, i == 3 ? 500 : 1000);

    g_assert_true (catalogue_enter_segment (catalogue, segment, NULL));
  }
  g_assert_true (begin (catalogue, "door", 500, NULL));
  g_assert_true (end (catalogue, "door", 4500));
  g_assert_true (begin (catalogue, "yard", 4000, NULL));
  g_assert_true (begin (catalogue, "idle", 100, NULL));
  g_assert_true (end (catalogue, "idle", 200));
  tyto_catalogue_list_coverage_async (catalogue, 1500, 4500, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  rows = tyto_catalogue_list_rows_finish (catalogue, result, NULL);
  g_assert_nonnull (rows);
  g_assert_cmpuint (rows->len, ==, 2);
  door = rows->pdata[0];
  yard = rows->pdata[1];
  g_assert_cmpstr (door->camera, ==, "door");
  g_assert_cmpint (door->wanted_us, ==, 3000);
  g_assert_cmpint (door->recorded_us, ==, 500 + 1000 + 500 + 500);
  g_assert_cmpstr (yard->camera, ==, "yard");
  g_assert_cmpint (yard->wanted_us, ==, 500);
  g_assert_cmpint (yard->recorded_us, ==, 0);
}

static void
test_bad_camera (CatalogueFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (begin (fixture->catalogue, "../door", 1, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_alive (CatalogueFixture *fixture)
{
  g_assert_cmpint (get_alive (fixture->catalogue), ==, -1);
  g_assert_true (set_alive (fixture->catalogue, 5000));
  g_assert_true (set_alive (fixture->catalogue, 6000));
  catalogue_fixture_reopen (fixture);
  g_assert_cmpint (get_alive (fixture->catalogue), ==, 6000);
  /* The clock was set back: that is when it is. */
  g_assert_true (set_alive (fixture->catalogue, 4000));
  g_assert_cmpint (get_alive (fixture->catalogue), ==, 4000);
}

const CatalogueCaseEntry *
catalogue_suite_wishes_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "wish/begin-and-end", test_begin_and_end },
    { "wish/goes-on", test_goes_on },
    { "wish/list", test_list },
    { "wish/coverage", test_coverage },
    { "wish/bad-camera", test_bad_camera },
    { "alive", test_alive },
    { NULL, NULL },
  };

  return cases;
}
