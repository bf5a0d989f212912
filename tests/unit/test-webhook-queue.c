/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What waits for a webhook, over a real catalogue and over one that takes nothing. */
#include "recorder/webhooks/tyto-webhook-queue.h"

#include "base/tyto-time.h"
#include "store/tyto-catalogue-sqlite.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

typedef struct {
  char *directory;
  TytoCatalogue *catalogue;
  TytoWebhookQueue *queue;
  guint changed;
  guint64 dropped;
} Fixture;

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
give_up (gpointer data)
{
  g_error ("waited 20 s in vain");
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition holds. */
#define WAIT_UNTIL(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint deadline_id = g_timeout_add_seconds (20, give_up, NULL);                                 \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (deadline_id);                                                                 \
  }                                                                                                \
  G_STMT_END

static void
on_changed (TytoWebhookQueue *queue, Fixture *fixture)
{
  fixture->changed++;
}

static void
on_dropped (TytoWebhookQueue *queue, guint64 n, Fixture *fixture)
{
  fixture->dropped += n;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *path = NULL;

  fixture->directory = g_dir_make_tmp ("tyto-webhook-queue-XXXXXX", NULL);
  path = g_build_filename (fixture->directory, "catalogue.db", NULL);
  fixture->catalogue = tyto_catalogue_sqlite_new (path);
  tyto_catalogue_open_async (fixture->catalogue, NULL, keep_result, &result);
  WAIT_UNTIL (result != NULL);
  g_assert_true (tyto_catalogue_open_finish (fixture->catalogue, result, NULL));
  fixture->queue = tyto_webhook_queue_new (fixture->catalogue, "hook");
  g_signal_connect (fixture->queue, "changed", G_CALLBACK (on_changed), fixture);
  g_signal_connect (fixture->queue, "dropped", G_CALLBACK (on_dropped), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name;

  g_clear_object (&fixture->queue);
  tyto_catalogue_close (fixture->catalogue);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->catalogue);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (fixture->directory, name, NULL);

    g_unlink (path);
  }
  g_rmdir (fixture->directory);
  g_free (fixture->directory);
}

/* Pushes @body and waits until that is done, one way or the other. */
static void
push (Fixture *fixture, const char *body)
{
  guint before = fixture->changed;

  tyto_webhook_queue_push (fixture->queue, body);
  WAIT_UNTIL (fixture->changed > before);
}

static TytoDelivery *
take (Fixture *fixture, gint64 *due_us)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_webhook_queue_next_async (fixture->queue, keep_result, &result);
  WAIT_UNTIL (result != NULL);
  return tyto_webhook_queue_next_finish (fixture->queue, result, due_us);
}

static void
assert_next (Fixture *fixture, const char *body)
{
  gint64 due_us;
  g_autoptr (TytoDelivery) delivery = take (fixture, &due_us);

  g_assert_cmpstr (delivery != NULL ? delivery->body : NULL, ==, body);
}

/* Ends the next one, which is @body. */
static void
end_next (Fixture *fixture, const char *body)
{
  gint64 due_us;
  guint before = fixture->changed;
  g_autoptr (TytoDelivery) delivery = take (fixture, &due_us);

  g_assert_nonnull (delivery);
  g_assert_cmpstr (delivery->body, ==, body);
  tyto_webhook_queue_end (fixture->queue, delivery);
  WAIT_UNTIL (fixture->changed > before);
}

static void
test_first_in_first_out (Fixture *fixture, gconstpointer data)
{
  if (data != NULL) /* it takes nothing: all is in memory */
    tyto_catalogue_close (fixture->catalogue);
  push (fixture, "one");
  push (fixture, "two");
  g_assert_cmpuint (tyto_webhook_queue_get_pending (fixture->queue), ==, 2);
  assert_next (fixture, "one"); /* asked only, not ended */
  end_next (fixture, "one");
  end_next (fixture, "two");
  g_assert_cmpuint (tyto_webhook_queue_get_pending (fixture->queue), ==, 0);
  assert_next (fixture, NULL);
}

static void
test_postponed (Fixture *fixture, gconstpointer data)
{
  gint64 now_us = tyto_time_now ();
  gint64 due_us;
  guint before;
  g_autoptr (TytoDelivery) one = NULL;

  if (data != NULL)
    tyto_catalogue_close (fixture->catalogue);
  push (fixture, "one");
  push (fixture, "two");
  one = take (fixture, &due_us);
  before = fixture->changed;
  tyto_webhook_queue_postpone (fixture->queue, one, now_us + G_TIME_SPAN_HOUR, "500");
  WAIT_UNTIL (fixture->changed > before);
  g_assert_cmpuint (tyto_webhook_queue_get_pending (fixture->queue), ==, 2);
  end_next (fixture, "two");
  g_assert_null (take (fixture, &due_us));
  if (data == NULL)
    g_assert_cmpint (due_us, ==, now_us + G_TIME_SPAN_HOUR);
  else /* the catalogue is asked again sooner */
    g_assert_cmpint (due_us, <, now_us + G_TIME_SPAN_MINUTE);
}

/* Its clock was ahead of today's by a day when it was made. */
static void
test_clock_set_back (Fixture *fixture, gconstpointer data)
{
  gint64 now_us = tyto_time_now ();
  gint64 due_us;
  guint before;
  g_autoptr (TytoDelivery) one = NULL;

  push (fixture, "one");
  one = take (fixture, &due_us);
  before = fixture->changed;
  tyto_webhook_queue_postpone (fixture->queue, one, now_us + 2 * G_TIME_SPAN_DAY, "500");
  WAIT_UNTIL (fixture->changed > before);
  end_next (fixture, "one");
}

/* Has @sql done by a connection of its own. */
static void
execute (Fixture *fixture, const char *sql)
{
  g_autofree char *path = g_build_filename (fixture->directory, "catalogue.db", NULL);
  sqlite3 *database = NULL;

  g_assert_cmpint (sqlite3_open (path, &database), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (database, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (database);
}

/* What was sent is not sent again, though the catalogue does not take that it was. */
static void
test_outcome_is_not_taken (Fixture *fixture, gconstpointer data)
{
  gint64 due_us;
  guint before;
  g_autoptr (TytoDelivery) one = NULL;

  tyto_webhook_queue_set_retry (fixture->queue, 300);
  push (fixture, "one");
  push (fixture, "two");
  one = take (fixture, &due_us);
  execute (fixture, "CREATE TRIGGER full BEFORE DELETE ON deliveries"
                    " BEGIN SELECT RAISE (ABORT, 'no space'); END");
  before = fixture->changed;
  tyto_webhook_queue_end (fixture->queue, one);
  g_assert_null (take (fixture, &due_us));
  push (fixture, "three"); /* by then the catalogue has refused */
  g_assert_null (take (fixture, &due_us));
  g_assert_cmpuint (fixture->changed, ==, before + 1);
  execute (fixture, "DROP TRIGGER full");
  WAIT_UNTIL (fixture->changed > before + 1);
  end_next (fixture, "two");
  end_next (fixture, "three");
}

/* What cannot be kept is sent nevertheless. */
static void
test_catalogue_fails_after_the_try (Fixture *fixture, gconstpointer data)
{
  gint64 due_us;
  g_autoptr (TytoDelivery) one = NULL;

  push (fixture, "one");
  one = take (fixture, &due_us);
  tyto_catalogue_close (fixture->catalogue);
  tyto_webhook_queue_end (fixture->queue, one);
  push (fixture, "the catalogue fails");
  end_next (fixture, "the catalogue fails");
  assert_next (fixture, NULL);
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  guint limit = data != NULL ? TYTO_WEBHOOK_QUEUE_MEMORY : TYTO_WEBHOOK_QUEUE_ROWS;

  if (data != NULL)
    tyto_catalogue_close (fixture->catalogue);
  for (guint i = 0; i < limit; i++)
    tyto_webhook_queue_push (fixture->queue, i == 0 ? "first" : "x");
  WAIT_UNTIL (fixture->changed == limit);
  g_assert_cmpuint (fixture->dropped, ==, 0);
  assert_next (fixture, "first");
  tyto_webhook_queue_push (fixture->queue, "last");
  WAIT_UNTIL (fixture->dropped > 0);
  g_assert_cmpuint (tyto_webhook_queue_get_pending (fixture->queue), ==,
                    limit + 1 - fixture->dropped);
  assert_next (fixture, "x");
}

static void
test_counts_an_earlier_life (Fixture *fixture, gconstpointer data)
{
  g_autoptr (TytoWebhookQueue) later = tyto_webhook_queue_new (fixture->catalogue, "hook");
  g_autoptr (TytoWebhookQueue) other = tyto_webhook_queue_new (fixture->catalogue, "other");

  push (fixture, "one");
  push (fixture, "two");
  tyto_webhook_queue_start (later);
  tyto_webhook_queue_start (other);
  WAIT_UNTIL (tyto_webhook_queue_get_pending (later) == 2);
  g_assert_cmpuint (tyto_webhook_queue_get_pending (other), ==, 0);
  tyto_webhook_queue_clear (later);
  assert_next (fixture, NULL);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    const void *data; /* not NULL: with a catalogue that takes nothing */
    void (*test) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/webhook-queue/first-in-first-out", NULL, test_first_in_first_out },
    { "/webhook-queue/first-in-first-out/memory", "", test_first_in_first_out },
    { "/webhook-queue/postponed", NULL, test_postponed },
    { "/webhook-queue/postponed/memory", "", test_postponed },
    { "/webhook-queue/clock-set-back", NULL, test_clock_set_back },
    { "/webhook-queue/outcome-is-not-taken", NULL, test_outcome_is_not_taken },
    { "/webhook-queue/catalogue-fails", NULL, test_catalogue_fails_after_the_try },
    { "/webhook-queue/too-many", NULL, test_too_many },
    { "/webhook-queue/too-many/memory", "", test_too_many },
    { "/webhook-queue/earlier-life", NULL, test_counts_an_earlier_life },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, cases[i].data, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
