/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages to web hooks wait in the catalogue, in the order in which they are due. */
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

static GPtrArray *
list_due (TytoCatalogue *self, gint64 now_us, guint limit, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_list_due_deliveries_async (self, "https://hook", now_us, limit, NULL,
                                            catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_list_due_deliveries_finish (self, result, error);
}

static void
assert_due (TytoCatalogue *self, gint64 now_us, guint limit, const char *expected)
{
  g_autoptr (GPtrArray) rows = list_due (self, now_us, limit, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            ((const TytoDelivery *) rows->pdata[i])->id);
  g_assert_cmpstr (text->str, ==, expected);
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
  rows = tyto_catalogue_list_delivery_endpoints_finish (self, result, NULL);
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
  push (catalogue, "b", "two", 2000);
  push (catalogue, "a", "one", 1000);
  push (catalogue, "c", "three", 3000);
  assert_due (catalogue, 999, 10, "");
  assert_due (catalogue, 2000, 10, "a b");
  assert_due (catalogue, G_MAXINT64, 1, "a");
  g_assert_true (update (catalogue, "a", 5000, NULL));
  assert_due (catalogue, G_MAXINT64, 10, "b c a");
  g_assert_cmpuint (count (catalogue), ==, 3);
  g_assert_true (delete_delivery (catalogue, "b"));
  g_assert_true (delete_delivery (catalogue, "b"));
  assert_due (catalogue, G_MAXINT64, 10, "c a");
  g_assert_cmpuint (count (catalogue), ==, 2);
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
  assert_due (catalogue, G_MAXINT64, 1, "a");
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
  g_autoptr (GPtrArray) rows = NULL;
  const TytoDelivery *row;

  push (fixture->catalogue, "a", "{\"é\": 1}", 1000);
  push (fixture->catalogue, "a", "another", 1);
  g_assert_true (update (fixture->catalogue, "a", 5000, NULL));
  catalogue_fixture_reopen (fixture);
  rows = list_due (fixture->catalogue, 5000, 1, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  row = rows->pdata[0];
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
  g_clear_error (&error);
  g_assert_null (list_due (fixture->catalogue, 1, 0, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
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
