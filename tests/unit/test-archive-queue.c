/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The upload queue over a real catalogue, with a target that does what it is told. */
#include "archive-target.h"
#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/archive/tyto-local-copies.h"
#include "recorder/archive/tyto-upload-queue.h"
#include "recorder/spool/tyto-spool-mark.h"
#include "store/tyto-catalogue-retention.h"
#include "store/tyto-catalogue-sqlite.h"
#include "test-catalogue-suite.h"

#include <glib/gstdio.h>
#include <string.h>

#define S        G_TIME_SPAN_SECOND
#define TEMPLATE "{camera}/%Y-%m-%d/%H-%M-%S.{format}"
#define BASE_US  (1700000000 * S)

/* --- The scene --- */

typedef struct {
  char *storage;
  TytoCatalogue *catalogue;
  TestTarget *target;
  TytoUploadQueue *queue;
  guint n_done;
  guint n_failed;
  TytoUploadOutcome outcome; /* the last */
  GError *error;             /* the last */
} Scene;

static void
on_done (Scene *scene, TytoUploadJob *job, guint outcome, double seconds)
{
  scene->n_done++;
  scene->outcome = outcome;
}

static void
on_failed (Scene *scene, TytoUploadJob *job, const GError *error, guint tries)
{
  scene->n_failed++;
  g_clear_error (&scene->error);
  scene->error = g_error_copy (error);
}

static void
set_up (Scene *scene, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  scene->storage = catalogue_suite_new_storage ();
  path = g_build_filename (scene->storage, "catalogue.db", NULL);
  scene->catalogue = tyto_catalogue_sqlite_new (path);
  catalogue_open (scene->catalogue, &error);
  g_assert_no_error (error);
  scene->target = g_object_new (TEST_TYPE_TARGET, NULL);
  scene->queue = tyto_upload_queue_new (scene->catalogue, TYTO_ARCHIVE_TARGET (scene->target));
  tyto_upload_queue_set_limits (scene->queue, 1, TEMPLATE);
  g_signal_connect_swapped (scene->queue, "done", G_CALLBACK (on_done), scene);
  g_signal_connect_swapped (scene->queue, "failed", G_CALLBACK (on_failed), scene);
}

static void
tear_down (Scene *scene, gconstpointer data)
{
  GAsyncResult *result = NULL;

  tyto_upload_queue_stop_async (scene->queue, catalogue_keep_result, &result);
  catalogue_await (&result);
  g_object_unref (result);
  g_object_unref (scene->queue);
  g_object_unref (scene->target);
  tyto_catalogue_close (scene->catalogue);
  g_object_unref (scene->catalogue);
  catalogue_suite_remove_storage (scene->storage);
  g_free (scene->storage);
  g_clear_error (&scene->error);
}

/* Segment @sequence of @camera at @start_us, with a file of its own; its id. (transfer full) */
static char *
add_segment (Scene *scene, const char *camera, guint64 sequence, gint64 start_us)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment (camera, sequence, start_us, S);
  g_autofree char *name = g_strdup_printf ("%s-%" G_GUINT64_FORMAT ".mp4", camera, sequence);
  g_autofree char *text = g_strdup_printf ("media of %s", name);
  g_autoptr (GError) error = NULL;

  g_free (segment->path);
  segment->path = g_build_filename (scene->storage, name, NULL);
  segment->bytes = strlen (text);
  g_assert_true (g_file_set_contents (segment->path, text, -1, NULL));
  catalogue_enter_segment (scene->catalogue, segment, &error);
  g_assert_no_error (error);
  return g_strdup (segment->id);
}

static TytoSegment *
get_segment (Scene *scene, const char *id)
{
  return catalogue_get_segment (scene->catalogue, id, NULL);
}

#define wait_for(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 _until = g_get_monotonic_time () + 60 * S;                                              \
    while (!(condition)) {                                                                         \
      g_assert_cmpint (g_get_monotonic_time (), <, _until);                                        \
      g_main_context_iteration (NULL, FALSE);                                                      \
    }                                                                                              \
  }                                                                                                \
  G_STMT_END

static gboolean
wait_enter (TytoCatalogue *catalogue, GAsyncResult *result)
{
  gboolean done = tyto_catalogue_enter_finish (catalogue, result, NULL);

  g_object_unref (result);
  return done;
}

/* --- The cases --- */

static void
test_by_turns (Scene *scene, gconstpointer data)
{
  static const guint expected[] = { 1, 6, 2, 5, 3, 4 };

  for (guint i = 1; i <= 6; i++)
    g_free (add_segment (scene, "cam1", i, BASE_US + i * S));
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 6);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree char *end = g_strdup_printf (".%06u", expected[i]);

    g_assert_true (g_str_has_suffix (scene->target->sent->pdata[i], end));
  }
  g_assert_cmpuint (scene->target->sent->len, ==, 6);
}

static void
test_done_means_all_of_it (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  g_autoptr (TytoSegment) segment = NULL;
  g_autofree char *sha256 = NULL;
  guint64 size;

  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 1);
  segment = get_segment (scene, id);
  g_assert_true (segment->archived);
  g_assert_cmpstr (segment->object, ==, "cam1/2023-11-14/22-13-20.mp4");
  g_assert_true (tyto_spool_is_archived (segment->path, &size, &sha256));
  g_assert_cmpstr (sha256, ==, segment->sha256);
  g_assert_cmpuint (size, ==, segment->bytes);
  g_assert_cmpint (scene->outcome, ==, TYTO_UPLOAD_SENT);
}

static void
test_many_at_a_time (Scene *scene, gconstpointer data)
{
  for (guint i = 1; i <= 200; i++)
    g_free (add_segment (scene, "cam1", i, BASE_US + i * S));
  tyto_upload_queue_set_limits (scene->queue, 7, TEMPLATE);
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 200);
  wait_for (tyto_upload_queue_is_idle (scene->queue));
  g_assert_cmpuint (scene->target->sent->len, ==, 200); /* each once */
  g_assert_cmpuint (g_hash_table_size (scene->target->objects), ==, 200);
}

static void
test_dead_store_costs_a_request (Scene *scene, gconstpointer data)
{
  for (guint i = 1; i <= 50; i++)
    g_free (add_segment (scene, "cam1", i, BASE_US + i * S));
  scene->target->failing = TRUE;
  scene->target->failure = TYTO_ERROR_UNAVAILABLE;
  tyto_upload_queue_start (scene->queue);
  wait_for (tyto_upload_queue_is_open (scene->queue));
  g_assert_cmpuint (scene->target->sent->len, ==, 3);
  tyto_upload_queue_wake (scene->queue);
  wait_for (scene->n_failed == 3);
  g_assert_cmpuint (scene->target->sent->len, ==, 3);
  g_assert_cmpint (tyto_upload_queue_get_probe_us (scene->queue), >, tyto_time_now () + 3 * S);
}

static void
on_hurried (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true (tyto_upload_queue_hurry_finish (TYTO_UPLOAD_QUEUE (source), result, NULL));
}

static void
test_all_due_on_recovery (Scene *scene, gconstpointer data)
{
  for (guint i = 1; i <= 20; i++)
    g_free (add_segment (scene, "cam1", i, BASE_US + i * S));
  scene->target->failing = TRUE;
  scene->target->failure = TYTO_ERROR_TIMED_OUT;
  tyto_upload_queue_start (scene->queue);
  wait_for (tyto_upload_queue_is_open (scene->queue));
  scene->target->failing = FALSE;
  tyto_upload_queue_hurry_async (scene->queue, on_hurried, NULL);
  wait_for (scene->n_done == 20);
  g_assert_false (tyto_upload_queue_is_open (scene->queue));
  g_assert_cmpuint (scene->target->sent->len, ==, 23);
}

static void
test_one_bad_file_holds_up_nobody (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  g_autoptr (TytoSegment) segment = get_segment (scene, id);

  g_assert_cmpint (g_unlink (segment->path), ==, 0);
  for (guint i = 2; i <= 9; i++)
    g_free (add_segment (scene, "cam1", i, BASE_US + i * S));
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 8);
  g_assert_cmpuint (scene->n_failed, ==, 1);
  g_assert_error (scene->error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_false (tyto_upload_queue_is_open (scene->queue));
}

/* Row missing, object there: as after a crash between the two. */
static void
test_adopts_without_sending (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  g_autoptr (TytoSegment) before = get_segment (scene, id);
  g_autoptr (TytoSegment) after = NULL;
  g_autofree char *text = NULL;
  g_autofree char *sha256 = NULL;
  static const char key[] = "cam1/2023-11-14/22-13-20.mp4";

  g_assert_true (g_file_get_contents (before->path, &text, NULL, NULL));
  sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  g_hash_table_insert (scene->target->objects, g_strdup (key),
                       tyto_archive_object_new (key, strlen (text), sha256, id));
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 1);
  g_assert_cmpuint (scene->target->sent->len, ==, 0);
  g_assert_cmpint (scene->outcome, ==, TYTO_UPLOAD_ADOPTED);
  after = get_segment (scene, id);
  g_assert_true (after->archived);
  g_assert_cmpstr (after->sha256, ==, sha256);
  g_assert_true (tyto_spool_is_archived (after->path, NULL, NULL));
}

static void
test_never_over_another (Scene *scene, gconstpointer data)
{
  /* Two streams of one camera in the same second, and somebody else's object. */
  g_autofree char *one = add_segment (scene, "cam1", 1, BASE_US);
  g_autofree char *other = add_segment (scene, "cam1", 2, BASE_US + 1000);
  g_autofree char *third = add_segment (scene, "cam2", 1, BASE_US);
  g_autoptr (TytoSegment) first = NULL;
  g_autoptr (TytoSegment) second = NULL;
  g_autoptr (TytoSegment) foreign = NULL;
  static const char key[] = "cam2/2023-11-14/22-13-20.mp4";

  g_hash_table_insert (scene->target->objects, g_strdup (key),
                       tyto_archive_object_new (key, 5, NULL, NULL));
  tyto_upload_queue_set_limits (scene->queue, 3, TEMPLATE);
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 3);
  first = get_segment (scene, one);
  second = get_segment (scene, other);
  foreign = get_segment (scene, third);
  g_assert_cmpstr (first->object, !=, second->object);
  g_assert_cmpstr (foreign->object, !=, key);
  g_assert_true (g_str_has_prefix (foreign->object, "cam2/2023-11-14/22-13-20-RUN-cam2-000001"));
  g_assert_cmpuint (g_hash_table_size (scene->target->objects), ==, 4);
  g_assert_cmpuint (((TytoArchiveObject *) g_hash_table_lookup (scene->target->objects, key))->size,
                    ==, 5);
}

static void
test_spoilt_is_not_done (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  g_autoptr (TytoSegment) segment = NULL;

  scene->target->spoils = TRUE;
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_failed == 1);
  g_assert_error (scene->error, TYTO_ERROR, TYTO_ERROR_INTERNAL);
  segment = get_segment (scene, id);
  g_assert_false (segment->archived);
  g_assert_false (tyto_spool_is_archived (segment->path, NULL, NULL));
}

static void
test_multipart_is_kept_before_parts (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  g_autoptr (TytoSegment) segment = NULL;

  scene->target->begins = TRUE; /* go_on() asserts that it was kept before */
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 1);
  segment = get_segment (scene, id);
  g_assert_true (segment->archived);
}

typedef struct {
  Scene *scene;
  const char *id;
} Deletion;

/* Retention deletes the row while the file is being sent. */
static void
delete_row (gpointer target, gpointer data)
{
  const Deletion *deletion = data;
  TytoCatalogue *catalogue = deletion->scene->catalogue;

  tyto_catalogue_mark_deleting_async (catalogue, deletion->id, tyto_time_now (), NULL, NULL, NULL);
  tyto_catalogue_finish_deletion_async (catalogue, deletion->id, NULL, NULL, NULL);
}

static void
test_row_gone_meanwhile (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  Deletion deletion = { scene, id };

  scene->target->on_send = delete_row;
  scene->target->on_send_data = &deletion;
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 1);
  g_assert_cmpint (scene->outcome, ==, TYTO_UPLOAD_GONE);
  g_assert_cmpuint (g_hash_table_size (scene->target->objects), ==, 0);
  g_assert_cmpuint (scene->target->removed->len, ==, 1);
}

static void
test_goes_on_after_a_stop (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  GAsyncResult *result = NULL;
  g_autoptr (TytoSegment) segment = NULL;

  scene->target->holds = TRUE;
  tyto_upload_queue_start (scene->queue);
  wait_for (g_hash_table_size (scene->target->waiting) == 1);
  tyto_upload_queue_stop_async (scene->queue, catalogue_keep_result, &result);
  test_target_complete (scene->target, g_hash_table_lookup (scene->target->waiting, id));
  catalogue_await (&result);
  g_object_unref (result);
  g_assert_cmpuint (scene->n_done + scene->n_failed, ==, 0);
  scene->target->holds = FALSE;
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 1);
  segment = get_segment (scene, id);
  g_assert_true (segment->archived);
}

/* Marked, made room, and only then died before the row was finished. */
static void
test_file_gone_but_archived (Scene *scene, gconstpointer data)
{
  g_autofree char *id = add_segment (scene, "cam1", 1, BASE_US);
  g_autoptr (TytoSegment) before = get_segment (scene, id);
  g_autoptr (TytoSegment) after = NULL;
  GAsyncResult *result = NULL;
  static const char key[] = "cam1/somewhere.mp4";

  tyto_catalogue_begin_upload_async (scene->catalogue, id, key, "", NULL, catalogue_keep_result,
                                     &result);
  catalogue_await (&result);
  g_assert_true (wait_enter (scene->catalogue, result));
  g_hash_table_insert (scene->target->objects, g_strdup (key),
                       tyto_archive_object_new (key, before->bytes, "ab", id));
  g_assert_cmpint (g_unlink (before->path), ==, 0);
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 1);
  after = get_segment (scene, id);
  g_assert_true (after->archived);
  g_assert_cmpstr (after->object, ==, key);
}

/* --- Local copies --- */

static void
count (guint *n)
{
  (*n)++;
}

static void
test_local_copy_goes (Scene *scene, gconstpointer data)
{
  g_autofree char *one = add_segment (scene, "cam1", 1, BASE_US);
  g_autofree char *other = add_segment (scene, "cam1", 2, BASE_US + 5 * S);
  g_autofree char *lost = add_segment (scene, "cam1", 3, BASE_US + 9 * S);
  g_autoptr (TytoLocalCopies) copies = tyto_local_copies_new (scene->catalogue);
  TytoArchiveTarget *target = TYTO_ARCHIVE_TARGET (scene->target);
  g_autoptr (TytoSegment) gone = NULL;
  g_autoptr (TytoSegment) kept = NULL;
  g_autoptr (TytoSegment) again = NULL;
  guint n_evicted = 0, n_lost = 0;

  g_signal_connect_swapped (copies, "evicted", G_CALLBACK (count), &n_evicted);
  g_signal_connect_swapped (copies, "lost", G_CALLBACK (count), &n_lost);
  tyto_upload_queue_start (scene->queue);
  wait_for (scene->n_done == 3);
  tyto_upload_queue_stop (scene->queue);
  kept = get_segment (scene, other);
  g_assert_true (tyto_spool_unmark_archived (kept->path, NULL));
  again = get_segment (scene, lost);
  g_hash_table_remove (scene->target->objects, again->object);
  tyto_local_copies_run (copies, target, BASE_US);
  tyto_local_copies_run (copies, target, tyto_time_now () + S); /* one is under way */
  wait_for (n_evicted + n_lost == 0 || n_evicted == 1);
  while (n_evicted < 1 || n_lost < 1) {
    tyto_local_copies_run (copies, target, tyto_time_now () + S);
    g_main_context_iteration (NULL, TRUE);
  }
  gone = get_segment (scene, one);
  g_assert_cmpstr (gone->tier, ==, "archive");
  g_assert_false (g_file_test (gone->path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (kept->path, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (again->path, G_FILE_TEST_EXISTS));
  tyto_segment_unref (again);
  again = get_segment (scene, lost);
  g_assert_false (again->archived);
  g_assert_false (tyto_spool_is_archived (again->path, NULL, NULL));
  tyto_upload_queue_start (scene->queue); /* it is sent once more */
  wait_for (scene->n_done == 4);
}

static void
add (const char *name, void (*test) (Scene *, gconstpointer))
{
  g_autofree char *path = g_strconcat ("/archive/queue/", name, NULL);

  g_test_add (path, Scene, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* warnings are expected */
  add ("by-turns", test_by_turns);
  add ("done-means-all-of-it", test_done_means_all_of_it);
  add ("many-at-a-time", test_many_at_a_time);
  add ("dead-store-costs-a-request", test_dead_store_costs_a_request);
  add ("all-due-on-recovery", test_all_due_on_recovery);
  add ("one-bad-file", test_one_bad_file_holds_up_nobody);
  add ("adopts-without-sending", test_adopts_without_sending);
  add ("never-over-another", test_never_over_another);
  add ("spoilt-is-not-done", test_spoilt_is_not_done);
  add ("multipart-is-kept", test_multipart_is_kept_before_parts);
  add ("row-gone-meanwhile", test_row_gone_meanwhile);
  add ("goes-on-after-a-stop", test_goes_on_after_a_stop);
  add ("file-gone-but-archived", test_file_gone_but_archived);
  add ("local-copy-goes", test_local_copy_goes);
  return g_test_run ();
}
