/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to web hooks wait in the catalogue, and go in the order in which they were made. */
#include "store/tyto-catalogue-deliveries.h"

#include "base/tyto-error.h"
#include "test-catalogue-suite.h"

static void
push_to (TytoCatalogue *self, const char *endpoint, const char *id, const char *body,
         gint64 created_us)
{
  g_autoptr (TytoDelivery) delivery = tyto_delivery_new (id, endpoint, body, created_us);
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_push_delivery_async (self, delivery, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  g_assert_true (tyto_catalogue_enter_finish (self, result, NULL));
}

static void
push (TytoCatalogue *self, const char *id, const char *body, gint64 created_us)
{
  push_to (self, "https://hook", id, body, created_us);
}

static gboolean
update (TytoCatalogue *self, const char *id, gint64 due_us, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_update_delivery_async (self, id, due_us, 3, "500 Oops", NULL,
                                        catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_enter_finish (self, result, error);
}

static gboolean
delete_delivery (TytoCatalogue *self, const char *id)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_delete_delivery_async (self, id, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_enter_finish (self, result, NULL);
}

static TytoDelivery *
find_next (TytoCatalogue *self, gint64 now_us)
{
  g_autoptr (GAsyncResult) result = NULL;
  TytoDelivery *delivery;

  tyto_catalogue_next_delivery_async (self, "https://hook", now_us, NULL, catalogue_keep_result,
                                      &result);
  catalogue_await (&result);
  g_assert_true (tyto_catalogue_next_delivery_finish (self, result, &delivery, NULL));
  return delivery;
}

static void
assert_next (TytoCatalogue *self, gint64 now_us, const char *expected)
{
  g_autoptr (TytoDelivery) delivery = find_next (self, now_us);

  g_assert_cmpstr (delivery != NULL ? delivery->id : NULL, ==, expected);
}

static guint64
trim (TytoCatalogue *self, const char *endpoint, guint keep)
{
  g_autoptr (GAsyncResult) result = NULL;
  guint64 n = 4711;

  tyto_catalogue_trim_deliveries_async (self, endpoint, keep, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  g_assert_true (tyto_catalogue_count_deliveries_finish (self, result, &n, NULL));
  return n;
}

static void
assert_endpoints (TytoCatalogue *self, const char *expected)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *text = NULL;

  tyto_catalogue_list_delivery_endpoints_async (self, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  rows = tyto_catalogue_list_rows_finish (self, result, NULL);
  g_assert_nonnull (rows);
  g_ptr_array_add (rows, NULL);
  text = g_strjoinv (" ", (char **) rows->pdata);
  g_assert_cmpstr (text, ==, expected);
}

static guint64
count (TytoCatalogue *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  guint64 n = 4711;

  tyto_catalogue_count_deliveries_async (self, "https://hook", NULL, catalogue_keep_result,
                                         &result);
  catalogue_await (&result);
  g_assert_true (tyto_catalogue_count_deliveries_finish (self, result, &n, NULL));
  return n;
}

static void
test_queue (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;

  g_assert_cmpuint (count (catalogue), ==, 0);
  assert_next (catalogue, G_MAXINT64, NULL);
  push (catalogue, "b", "two", 2000);
  push (catalogue, "a", "one", 1000);
  push (catalogue, "c", "three", 3000);
  assert_next (catalogue, 0, "a");
  assert_next (catalogue, 9000, "a");
  g_assert_true (update (catalogue, "a", 5000, NULL));
  assert_next (catalogue, 0, "b");
  assert_next (catalogue, 4999, "b");
  assert_next (catalogue, 5000, "a"); /* it was made first */
  g_assert_cmpuint (count (catalogue), ==, 3);
  g_assert_true (delete_delivery (catalogue, "b"));
  g_assert_true (delete_delivery (catalogue, "b"));
  assert_next (catalogue, 4999, "c");
  g_assert_true (delete_delivery (catalogue, "c"));
  assert_next (catalogue, 0, "a");
  g_assert_cmpuint (count (catalogue), ==, 1);
}

/* Who does not answer hides nobody else's. */
static void
test_endpoints_are_apart (CatalogueFixture *fixture)
{
  TytoCatalogue *catalogue = fixture->catalogue;

  assert_endpoints (catalogue, "");
  push_to (catalogue, "other", "x", "x", 1);
  push_to (catalogue, "other", "y", "y", 3);
  push_to (catalogue, "other", "z", "z", 2);
  push (catalogue, "a", "one", 1000);
  assert_next (catalogue, G_MAXINT64, "a");
  g_assert_cmpuint (count (catalogue), ==, 1);
  assert_endpoints (catalogue, "https://hook other");
  g_assert_cmpuint (trim (catalogue, "other", 5), ==, 0);
  g_assert_cmpuint (trim (catalogue, "other", 1), ==, 2);
  g_assert_true (delete_delivery (catalogue, "y"));
  assert_endpoints (catalogue, "https://hook");
  g_assert_cmpuint (trim (catalogue, "https://hook", 0), ==, 1);
  assert_endpoints (catalogue, "");
}

static void
test_comes_back_whole (CatalogueFixture *fixture)
{
  g_autoptr (TytoDelivery) row = NULL;

  push (fixture->catalogue, "a", "{\"é\": 1}", 1000);
  push (fixture->catalogue, "a", "another", 1);
  g_assert_true (update (fixture->catalogue, "a", 5000, NULL));
  catalogue_fixture_reopen (fixture);
  row = find_next (fixture->catalogue, 5000);
  g_assert_cmpstr (row->id, ==, "a");
  g_assert_cmpstr (row->endpoint, ==, "https://hook");
  g_assert_cmpstr (row->body, ==, "{\"é\": 1}");
  g_assert_cmpint (row->created_us, ==, 1000);
  g_assert_cmpint (row->due_us, ==, 5000);
  g_assert_cmpuint (row->tries, ==, 3);
  g_assert_cmpstr (row->last_error, ==, "500 Oops");
}

static void
test_errors (CatalogueFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (update (fixture->catalogue, "none", 1, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

const CatalogueCaseEntry *
catalogue_suite_deliveries_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "delivery/queue", test_queue },
    { "delivery/endpoints-are-apart", test_endpoints_are_apart },
    { "delivery/comes-back-whole", test_comes_back_whole },
    { "delivery/errors", test_errors },
    { NULL, NULL },
  };

  return cases;
}
