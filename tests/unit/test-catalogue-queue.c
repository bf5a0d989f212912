/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many calls at once: in order, apart when they fail, in the caller's context, until the end. */
#include "base/tyto-error.h"
#include "test-catalogue-suite.h"

#include <glib/gstdio.h>

#define MANY 300

static void
enter_many (TytoCatalogue *catalogue, GAsyncResult **results)
{
  for (guint64 i = 0; i < MANY; i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment ("door", i + 1, (gint64) i * 1000, 1000);

    tyto_catalogue_enter_segment_async (catalogue, segment, NULL, catalogue_keep_result,
                                        &results[i]);
  }
}

static guint64
count_segments (TytoCatalogue *catalogue)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) totals = catalogue_list_totals (catalogue, &error);
  guint64 count = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < totals->len; i++)
    count += ((const TytoCatalogueTotals *) totals->pdata[i])->segments;
  return count;
}

/* A later call sees what an earlier one wrote, though nobody waited. */
static void
test_later_sees_earlier (CatalogueFixture *fixture)
{
  GAsyncResult *results[MANY] = { NULL };

  enter_many (fixture->catalogue, results);
  g_assert_cmpuint (count_segments (fixture->catalogue), ==, MANY);
  for (int i = 0; i < MANY; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_nonnull (results[i]);
    g_assert_true (tyto_catalogue_enter_finish (fixture->catalogue, results[i], &error));
    g_assert_no_error (error);
    g_object_unref (results[i]);
  }
}

/* Among rows that share a transaction, one that fails leaves the others alone. */
static void
test_failures_stay_apart (CatalogueFixture *fixture)
{
  GAsyncResult *results[30] = { NULL };
  g_autoptr (GPtrArray) totals = NULL;

  for (guint64 i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment (i % 3 == 1 ? "bad" : "door", i + 1, (gint64) i * 1000, 1000);

    if (i % 3 == 1)
      g_clear_pointer (&segment->path, g_free); /* a row may not be without */
    if (i % 3 == 2)
      tyto_catalogue_end_gap_async (fixture->catalogue, 4711, 1, NULL, catalogue_keep_result,
                                    &results[i]);
    else
      tyto_catalogue_enter_segment_async (fixture->catalogue, segment, NULL, catalogue_keep_result,
                                          &results[i]);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (GError) error = NULL;

    catalogue_await (&results[i]);
    tyto_catalogue_enter_finish (fixture->catalogue, results[i], &error);
    if (i % 3 == 0)
      g_assert_no_error (error);
    else
      g_assert_true (g_error_matches (error, TYTO_ERROR,
                                      i % 3 == 1 ? TYTO_ERROR_STORAGE : TYTO_ERROR_NOT_FOUND));
    g_object_unref (results[i]);
  }
  catalogue_fixture_reopen (fixture);
  g_assert_cmpuint (count_segments (fixture->catalogue), ==, G_N_ELEMENTS (results) / 3);
  /* What failed left nothing behind, not even the camera that it implied. */
  totals = catalogue_list_totals (fixture->catalogue, NULL);
  g_assert_cmpuint (totals->len, ==, 1);
}

static void
test_cancelled_before (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 0, 1000);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  tyto_catalogue_enter_segment_async (fixture->catalogue, segment, cancellable,
                                      catalogue_keep_result, &result);
  catalogue_await (&result);
  g_assert_false (tyto_catalogue_enter_finish (fixture->catalogue, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (count_segments (fixture->catalogue), ==, 0);
}

/* Cancelled while they wait or run: each says truly whether its row is there. */
static void
test_cancelled_meanwhile (CatalogueFixture *fixture)
{
  GAsyncResult *results[MANY] = { NULL };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint64 entered = 0;

  for (guint64 i = 0; i < MANY; i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment ("door", i + 1, (gint64) i * 1000, 1000);

    tyto_catalogue_enter_segment_async (fixture->catalogue, segment, cancellable,
                                        catalogue_keep_result, &results[i]);
  }
  g_cancellable_cancel (cancellable);
  for (int i = 0; i < MANY; i++) {
    g_autoptr (GError) error = NULL;

    catalogue_await (&results[i]);
    if (tyto_catalogue_enter_finish (fixture->catalogue, results[i], &error))
      entered++;
    else
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_object_unref (results[i]);
  }
  g_test_message ("%" G_GUINT64_FORMAT " of %d were entered", entered, MANY);
  g_assert_cmpuint (count_segments (fixture->catalogue), ==, entered);
}

typedef struct {
  TytoCatalogue *catalogue;
  int number;
  guint64 done;
  gboolean elsewhere; /* a callback came in another thread */
} Caller;

static gpointer
call_from_thread (gpointer data)
{
  Caller *self = data;
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autofree char *camera = g_strdup_printf ("cam%d", self->number);

  g_main_context_push_thread_default (context);
  for (guint64 i = 1; i <= 50; i++) {
    g_autoptr (TytoSegment) segment = catalogue_test_segment (camera, i, (gint64) i, 1);
    g_autoptr (GAsyncResult) result = NULL;

    tyto_catalogue_enter_segment_async (self->catalogue, segment, NULL, catalogue_keep_result,
                                        &result);
    while (result == NULL)
      g_main_context_iteration (context, TRUE);
    self->elsewhere |= g_task_get_context (G_TASK (result)) != context;
    self->done += tyto_catalogue_enter_finish (self->catalogue, result, NULL);
  }
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_callers_in_threads (CatalogueFixture *fixture)
{
  Caller callers[4];
  GThread *threads[4];

  for (int i = 0; i < 4; i++) {
    callers[i] = (Caller){ fixture->catalogue, i, 0, FALSE };
    threads[i] = g_thread_new ("caller", call_from_thread, &callers[i]);
  }
  for (int i = 0; i < 4; i++) {
    g_thread_join (threads[i]);
    g_assert_cmpuint (callers[i].done, ==, 50);
    g_assert_false (callers[i].elsewhere);
  }
  g_assert_cmpuint (count_segments (fixture->catalogue), ==, 200);
}

/* Closing waits for what is queued; what comes later is told so. */
static void
test_close_waits (CatalogueFixture *fixture)
{
  GAsyncResult *results[MANY] = { NULL };
  g_autoptr (TytoSegment) late = catalogue_test_segment ("door", MANY + 1, 0, 1000);
  g_autoptr (GError) error = NULL;

  enter_many (fixture->catalogue, results);
  tyto_catalogue_close (fixture->catalogue);
  tyto_catalogue_close (fixture->catalogue);
  g_assert_false (catalogue_enter_segment (fixture->catalogue, late, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  for (int i = 0; i < MANY; i++) {
    catalogue_await (&results[i]);
    g_assert_true (tyto_catalogue_enter_finish (fixture->catalogue, results[i], NULL));
    g_object_unref (results[i]);
  }
  catalogue_fixture_reopen (fixture);
  g_assert_cmpuint (count_segments (fixture->catalogue), ==, MANY);
}

static void
test_open_once (CatalogueFixture *fixture)
{
  g_autofree char *storage = catalogue_suite_new_storage ();
  g_autoptr (TytoCatalogue) unopened = fixture->factory (fixture->data, storage);
  g_autoptr (GPtrArray) totals = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (catalogue_open (fixture->catalogue, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_clear_error (&error);
  g_assert_cmpuint (count_segments (fixture->catalogue), ==, 0);

  totals = catalogue_list_totals (unopened, &error);
  g_assert_null (totals);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_rmdir (storage);
}

static void
on_gone (gpointer data, GObject *where_the_object_was)
{
  g_atomic_int_set ((int *) data, 1);
  g_main_context_wakeup (NULL);
}

/* Whoever lets go last, be it the catalogue's own thread: what is queued is still done, and the
 * catalogue goes. */
static void
test_last_reference (CatalogueFixture *fixture)
{
  for (int i = 0; i < 50; i++) {
    g_autofree char *storage = g_strdup_printf ("%s-%d", fixture->storage, i);
    TytoCatalogue *catalogue = fixture->factory (fixture->data, storage);
    g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 0, 1000);
    int gone = 0;

    g_object_weak_ref (G_OBJECT (catalogue), on_gone, &gone);
    tyto_catalogue_open_async (catalogue, NULL, NULL, NULL);
    tyto_catalogue_enter_segment_async (catalogue, segment, NULL, NULL, NULL);
    g_object_unref (catalogue);
    while (!g_atomic_int_get (&gone))
      g_main_context_iteration (NULL, TRUE);

    catalogue = fixture->factory (fixture->data, storage);
    g_assert_true (catalogue_open (catalogue, NULL));
    g_assert_cmpuint (count_segments (catalogue), ==, 1);
    tyto_catalogue_close (catalogue);
    g_object_unref (catalogue);
    catalogue_suite_remove_storage (storage);
  }
}

const CatalogueCaseEntry *
catalogue_suite_queue_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "later-sees-earlier", test_later_sees_earlier },
    { "failures-stay-apart", test_failures_stay_apart },
    { "cancelled-before", test_cancelled_before },
    { "cancelled-meanwhile", test_cancelled_meanwhile },
    { "callers-in-threads", test_callers_in_threads },
    { "close-waits", test_close_waits },
    { "open-once", test_open_once },
    { "last-reference", test_last_reference },
    { NULL, NULL },
  };

  return cases;
}
