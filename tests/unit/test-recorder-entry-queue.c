/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows on their way into a catalogue that refuses when it is told to. */
#include "recorder/tyto-entry-queue.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "store/tyto-catalogue-job.h"

#define TEST_TYPE_CATALOGUE (test_catalogue_get_type ())
G_DECLARE_FINAL_TYPE (TestCatalogue, test_catalogue, TEST, CATALOGUE, TytoCatalogue)

/* Written on the catalogue's thread, read when the queue has told that a row is in. */
struct _TestCatalogue {
  TytoCatalogue parent_instance;
  GPtrArray *entered; /* (element-type utf8) */
  GMutex mutex;
  gboolean full;      /* takes nothing */
  const char *poison; /* never takes this one */
  gint64 last_gap;
};

G_DEFINE_FINAL_TYPE (TestCatalogue, test_catalogue, TYTO_TYPE_CATALOGUE)

static gboolean
take (TestCatalogue *self, const char *row, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (self->full || g_strcmp0 (row, self->poison) == 0) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "database or disk is full");
    return FALSE;
  }
  g_ptr_array_add (self->entered, g_strdup (row));
  return TRUE;
}

/* What it is asked for shows in which argument is set. */
static gboolean
perform (TytoCatalogue *catalogue, TytoCatalogueJob *job, GError **error)
{
  TestCatalogue *self = TEST_CATALOGUE (catalogue);
  g_autofree char *end = NULL;

  if (job->segment != NULL)
    return take (self, job->segment->id, error);
  if (job->camera != NULL)
    return take (self, job->camera, error);
  if (job->gap != NULL) {
    if (!take (self, "gap", error))
      return FALSE;
    job->number = ++self->last_gap;
    return TRUE;
  }
  end = g_strdup_printf ("end of %" G_GINT64_FORMAT " at %" G_GINT64_FORMAT, job->gap_id,
                         job->time_us);
  return take (self, end, error);
}

static gboolean
succeed (TytoCatalogue *self, GError **error)
{
  return TRUE;
}

static gboolean
rollback (TytoCatalogue *self)
{
  return TRUE;
}

static void
close_catalogue (TytoCatalogue *self)
{
}

static void
test_catalogue_finalize (GObject *object)
{
  TestCatalogue *self = TEST_CATALOGUE (object);

  g_ptr_array_unref (self->entered);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (test_catalogue_parent_class)->finalize (object);
}

static void
test_catalogue_class_init (TestCatalogueClass *klass)
{
  TytoCatalogueClass *catalogue_class = TYTO_CATALOGUE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_catalogue_finalize;
  catalogue_class->open = succeed;
  catalogue_class->close = close_catalogue;
  catalogue_class->perform = perform;
  catalogue_class->begin = succeed;
  catalogue_class->commit = succeed;
  catalogue_class->rollback = rollback;
}

static void
test_catalogue_init (TestCatalogue *self)
{
  self->entered = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&self->mutex);
}

typedef struct {
  TestCatalogue *catalogue;
  TytoEntryQueue *queue;
  guint n_told; /* segments told as entered */
  guint n_failing;
  guint n_recovered;
  GAsyncResult *result;
} Fixture;

static void
count_segment (TytoEntryQueue *queue, TytoSegment *segment, guint *count)
{
  (*count)++;
}

static void
count_failing (TytoEntryQueue *queue, const char *why, guint *count)
{
  g_assert_cmpstr (why, ==, "database or disk is full");
  (*count)++;
}

static void
count_recovered (TytoEntryQueue *queue, guint *count)
{
  (*count)++;
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  g_set_object ((GAsyncResult **) data, result);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->catalogue = g_object_new (TEST_TYPE_CATALOGUE, NULL);
  f->queue = tyto_entry_queue_new (TYTO_CATALOGUE (f->catalogue));
  g_signal_connect (f->queue, "segment-entered", G_CALLBACK (count_segment), &f->n_told);
  g_signal_connect (f->queue, "failing", G_CALLBACK (count_failing), &f->n_failing);
  g_signal_connect (f->queue, "recovered", G_CALLBACK (count_recovered), &f->n_recovered);
  tyto_catalogue_open_async (TYTO_CATALOGUE (f->catalogue), NULL, keep_result, &f->result);
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (tyto_catalogue_open_finish (TYTO_CATALOGUE (f->catalogue), f->result, NULL));
  g_clear_object (&f->result);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->result);
  g_assert_finalize_object (f->queue);
  tyto_catalogue_close (TYTO_CATALOGUE (f->catalogue));
  g_object_unref (f->catalogue);
}

static void
push_segment (Fixture *f, const char *id)
{
  g_autoptr (TytoSegment) segment = tyto_segment_new ();

  g_free (segment->id);
  segment->id = g_strdup (id);
  g_free (segment->camera);
  segment->camera = g_strdup ("front");
  g_free (segment->path);
  segment->path = g_strdup (id);
  tyto_entry_queue_enter_segment (f->queue, segment);
}

static void
set_full (Fixture *f, gboolean full)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&f->catalogue->mutex);

  f->catalogue->full = full;
}

static void
drain (Fixture *f)
{
  while (tyto_entry_queue_get_length (f->queue) > 0)
    g_main_context_iteration (NULL, TRUE);
}

static char *
entered (Fixture *f)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&f->catalogue->mutex);
  g_autoptr (GString) rows = g_string_new (NULL);

  for (guint i = 0; i < f->catalogue->entered->len; i++)
    g_string_append_printf (rows, "%s%s", i > 0 ? ", " : "",
                            (char *) f->catalogue->entered->pdata[i]);
  return g_string_free (g_steal_pointer (&rows), FALSE);
}

static void
test_order (Fixture *f, gconstpointer data)
{
  g_autofree char *rows = NULL;

  tyto_entry_queue_enter_camera (f->queue, "front", "Front door");
  push_segment (f, "a");
  push_segment (f, "b");
  push_segment (f, "c");
  g_assert_cmpuint (f->n_told, ==, 0); /* told when it is in, not before */
  drain (f);
  rows = entered (f);
  g_assert_cmpstr (rows, ==, "front, a, b, c");
  g_assert_cmpuint (f->n_told, ==, 3);
  g_assert_cmpuint (f->n_failing, ==, 0);
}

static void
test_keeps_and_tries_again (Fixture *f, gconstpointer data)
{
  g_autofree char *rows = NULL;

  set_full (f, TRUE);
  push_segment (f, "a");
  while (f->n_failing == 0)
    g_main_context_iteration (NULL, TRUE);
  push_segment (f, "b");
  push_segment (f, "c");
  push_segment (f, "d");
  g_assert_cmpuint (tyto_entry_queue_get_length (f->queue), ==, 4);
  g_assert_nonnull (tyto_entry_queue_get_failure (f->queue));

  set_full (f, FALSE);
  drain (f);
  rows = entered (f);
  g_assert_cmpstr (rows, ==, "a, b, c, d");
  g_assert_cmpuint (f->n_failing, ==, 1);
  g_assert_cmpuint (f->n_recovered, ==, 1);
  g_assert_null (tyto_entry_queue_get_failure (f->queue));
}

/* Life goes on: another segment whenever one is in. */
static void
push_another (TytoEntryQueue *queue, TytoSegment *segment, Fixture *f)
{
  g_autofree char *id = g_strdup_printf ("%u", f->n_told);

  if (f->n_told < 20 && tyto_entry_queue_get_failure (queue) != NULL)
    push_segment (f, id);
}

static void
test_gives_up_a_poisoned_row (Fixture *f, gconstpointer data)
{
  g_autofree char *rows = NULL;

  f->catalogue->poison = "bad";
  g_signal_connect (f->queue, "segment-entered", G_CALLBACK (push_another), f);
  push_segment (f, "bad");
  push_segment (f, "a");
  drain (f);
  rows = entered (f);
  g_assert_true (g_str_has_prefix (rows, "a, 1, 2"));
  g_assert_cmpuint (f->n_told, <, 20);
  g_assert_cmpuint (f->n_recovered, ==, 1);

  push_segment (f, "b"); /* and it works on */
  drain (f);
}

static void
test_end_waits_for_its_gap (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoGap) gap = tyto_gap_new ("front", "main", 100, "camera-offline", "");
  g_autofree char *rows = NULL;

  tyto_entry_queue_enter_gap (f->queue, gap);
  gap->end_us = 200;
  tyto_entry_queue_end_gap (f->queue, gap);
  push_segment (f, "a");
  drain (f);
  rows = entered (f);
  g_assert_cmpstr (rows, ==, "gap, end of 1 at 200, a");
  g_assert_cmpint (gap->id, ==, 1);
}

static void
test_flush (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  push_segment (f, "a");
  tyto_entry_queue_flush_async (f->queue, NULL, keep_result, &f->result);
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (tyto_entry_queue_flush_finish (f->queue, f->result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (f->n_told, ==, 1);
  g_clear_object (&f->result);

  tyto_entry_queue_flush_async (f->queue, NULL, keep_result, &f->result); /* nothing queued */
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (tyto_entry_queue_flush_finish (f->queue, f->result, &error));
}

static void
test_flush_fails (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  set_full (f, TRUE);
  push_segment (f, "a");
  tyto_entry_queue_flush_async (f->queue, NULL, keep_result, &f->result);
  while (f->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (tyto_entry_queue_flush_finish (f->queue, f->result, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "disk is full"));
  g_assert_nonnull (tyto_error_hint (error));
  set_full (f, FALSE);
  drain (f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* A row given up is warned about. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  tyto_log_install ("test");
#define ADD(name, func) g_test_add ("/entry-queue/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("order", test_order);
  ADD ("keeps-and-tries-again", test_keeps_and_tries_again);
  ADD ("gives-up-a-poisoned-row", test_gives_up_a_poisoned_row);
  ADD ("end-waits-for-its-gap", test_end_waits_for_its_gap);
  ADD ("flush", test_flush);
  ADD ("flush-fails", test_flush_fails);
  return g_test_run ();
}
