/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Broadcasts in the catalogue: they come back whole, are found and paged, and go when nobody keeps
 * them. */
#include "catalogue-broadcast-calls.h"

#include "base/tyto-error.h"

#define STREAM "bb52ba50-edc5-4056-a62c-6ef211d72d25"
#define USER   "a781b655-d4e4-46a0-89da-c4f655bb24f0"
#define VIDEO  "0d1b6b0e-6f0e-4f3a-9b8e-1f4b5b0f7a11"

static GPtrArray *
list (TytoCatalogue *self, const TytoBroadcastQuery *query, char **next, GError **error)
{
  CATALOGUE_CALL (
      GPtrArray *,
      tyto_catalogue_list_broadcasts_async (self, query, NULL, catalogue_keep_result, &result),
      tyto_catalogue_list_broadcasts_finish (self, result, next, error));
}

static GPtrArray *
list_open (TytoCatalogue *self)
{
  CATALOGUE_CALL (
      GPtrArray *,
      tyto_catalogue_list_open_broadcasts_async (self, NULL, catalogue_keep_result, &result),
      tyto_catalogue_list_rows_finish (self, result, NULL));
}

static GPtrArray *
find (TytoCatalogue *self, const char *stream_id, const char *stream_key, GError **error)
{
  CATALOGUE_CALL (GPtrArray *,
                  tyto_catalogue_find_broadcast_async (self, stream_id, stream_key, NULL,
                                                       catalogue_keep_result, &result),
                  tyto_catalogue_list_rows_finish (self, result, error));
}

static GPtrArray *
list_gaps (TytoCatalogue *self, const char *id)
{
  CATALOGUE_CALL (
      GPtrArray *,
      tyto_catalogue_list_broadcast_gaps_async (self, id, NULL, catalogue_keep_result, &result),
      tyto_catalogue_list_rows_finish (self, result, NULL));
}

static gboolean
count (TytoCatalogue *self, TytoBroadcastTotals *totals)
{
  CATALOGUE_CALL (
      gboolean, tyto_catalogue_count_broadcasts_async (self, NULL, catalogue_keep_result, &result),
      tyto_catalogue_count_broadcasts_finish (self, result, totals, NULL));
}

static void
fill (TytoBroadcast *broadcast)
{
  tyto_broadcast_set (&broadcast->stream_id, STREAM);
  tyto_broadcast_set (&broadcast->video_id, VIDEO);
  tyto_broadcast_set (&broadcast->user_id, USER);
  tyto_broadcast_set (&broadcast->source, "https://cdn/x.m3u8?é='1'");
  tyto_broadcast_set (&broadcast->found_by, "webhook");
  tyto_broadcast_set (&broadcast->ended_by, "service");
  tyto_broadcast_set (&broadcast->file_path, "recordings/key.mp4");
  tyto_broadcast_set (&broadcast->video_codec, "h264");
  tyto_broadcast_set (&broadcast->audio_codec, "aac");
  tyto_broadcast_set (&broadcast->path, "/spool/.broadcasts/x/key.mp4");
  tyto_broadcast_set (&broadcast->object, "key.mp4");
  tyto_broadcast_set (&broadcast->upload, "UPLOAD");
  tyto_broadcast_set (&broadcast->sha256, "ab");
  tyto_broadcast_set (&broadcast->last_error, "Oops");
  tyto_broadcast_set (&broadcast->import_state, "refused");
  tyto_broadcast_set (&broadcast->import_error, "403");
  broadcast->status = TYTO_BROADCAST_COMPLETED;
  broadcast->bytes = G_GUINT64_CONSTANT (5000000000);
  broadcast->duration_ms = 59900;
  broadcast->media_ms = 60000;
  broadcast->ended_us = 1759687260000000;
  broadcast->completed_us = 1759687265000001;
  broadcast->newest_us = 4;
  broadcast->segments = 5;
  broadcast->missing = 6;
  broadcast->collected_bytes = 7;
  broadcast->frames = 8;
  broadcast->audio_frames = 9;
  broadcast->width = 10;
  broadcast->height = 11;
  broadcast->uploaded_us = 12;
  broadcast->tries = 13;
  broadcast->due_us = 14;
  broadcast->import_tries = 15;
  broadcast->import_due_us = 16;
}

/* All that is shown is equal, and what is not shown too. */
static void
assert_equal (const TytoBroadcast *one, const TytoBroadcast *other)
{
  g_autoptr (GVariant) left = g_variant_ref_sink (tyto_broadcast_to_variant (one));
  g_autoptr (GVariant) right = g_variant_ref_sink (tyto_broadcast_to_variant (other));
  g_autofree char *expected = g_variant_print (left, FALSE);
  g_autofree char *actual = g_variant_print (right, FALSE);

  g_assert_cmpstr (actual, ==, expected);
  g_assert_cmpint (one->newest_us, ==, other->newest_us);
  g_assert_cmpuint (one->media_ms, ==, other->media_ms);
  g_assert_cmpstr (one->object, ==, other->object); /* NULL stays NULL */
  g_assert_cmpstr (one->sha256, ==, other->sha256);
  g_assert_cmpstr (one->upload, ==, other->upload);
  g_assert_cmpint (one->uploaded_us, ==, other->uploaded_us);
  g_assert_cmpuint (one->import_tries, ==, other->import_tries);
  g_assert_cmpint (one->import_due_us, ==, other->import_due_us);
  g_assert_cmpint (one->deleting_us, ==, other->deleting_us);
}

static void
test_comes_back_whole (CatalogueFixture *fixture)
{
  g_autoptr (TytoBroadcast) broadcast = catalogue_test_broadcast (1, "d1eb2fe8", 1759687200000000);
  g_autoptr (TytoBroadcast) empty = catalogue_test_broadcast (2, "e", 1);
  g_autoptr (TytoBroadcast) copy = NULL;
  g_autoptr (TytoBroadcast) row = NULL;
  g_autoptr (GError) error = NULL;

  catalogue_enter_broadcast (fixture->catalogue, 1, "before", 5);
  fill (broadcast);
  copy = tyto_broadcast_copy (broadcast);
  catalogue_put_broadcast (fixture->catalogue, broadcast, &error);
  g_assert_no_error (error);
  g_assert_true (catalogue_put_broadcast (fixture->catalogue, empty, NULL));
  catalogue_fixture_reopen (fixture);
  row = catalogue_get_broadcast (fixture->catalogue, "00000001-0000-4000-8000-000000000000", NULL);
  g_assert_nonnull (row);
  assert_equal (row, copy);
  tyto_broadcast_unref (row);
  row = catalogue_get_broadcast (fixture->catalogue, "00000002-0000-4000-8000-000000000000", NULL);
  assert_equal (row, empty);
}

static void
test_is_found (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) streamed = catalogue_test_broadcast (3, "other", 1000);

  catalogue_enter_broadcast (self, 1, "key", 100);
  catalogue_enter_broadcast (self, 2, "key", 200);
  tyto_broadcast_set (&streamed->stream_id, STREAM);
  g_assert_true (catalogue_put_broadcast (self, streamed, NULL));
  catalogue_assert_broadcasts (find (self, NULL, "key", NULL), "2");
  catalogue_assert_broadcasts (find (self, STREAM, "key", NULL), "3");
  catalogue_assert_broadcasts (find (self, "BB52BA50-EDC5-4056-A62C-6EF211D72D25", NULL, NULL),
                               "3");
  catalogue_assert_broadcasts (find (self, VIDEO, "key", NULL), "2");
  catalogue_assert_broadcasts (find (self, VIDEO, NULL, NULL), "");
  catalogue_assert_broadcasts (find (self, NULL, "none", NULL), "");
}

static void
test_pages (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;
  g_autofree char *next = NULL;
  g_autofree char *last = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 5; i++)
    catalogue_enter_broadcast (self, i, "key", i < 3 ? 100 : 200); /* 5 4 3 at one time, then 2 1 */
  query.limit = 2;
  catalogue_assert_broadcasts (list (self, &query, &next, NULL), "5 4");
  query.cursor = next;
  catalogue_assert_broadcasts (list (self, &query, &last, NULL), "3 2");
  query.cursor = last;
  g_clear_pointer (&next, g_free);
  catalogue_assert_broadcasts (list (self, &query, &next, NULL), "1");
  g_assert_null (next);

  query.cursor = "s:1:1";
  g_assert_null (list (self, &query, &next, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static GPtrArray *
filter (TytoCatalogue *self, const char *status, const char *stream_id, const char *stream_key,
        const char *user_id, gint64 from_us, gint64 to_us)
{
  TytoBroadcastQuery query = { status, stream_id, stream_key, user_id, from_us, to_us, NULL, 100 };

  return list (self, &query, NULL, NULL);
}

static void
test_filters (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) full = catalogue_test_broadcast (1, "full", 100);
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;
  g_autoptr (GError) error = NULL;

  fill (full);
  g_assert_true (catalogue_put_broadcast (self, full, NULL));
  catalogue_enter_broadcast (self, 2, "key", 200);
  catalogue_enter_broadcast (self, 3, "key", 300);
  catalogue_assert_broadcasts (filter (self, NULL, NULL, NULL, NULL, -1, -1), "3 2 1");
  catalogue_assert_broadcasts (filter (self, "completed", NULL, NULL, NULL, -1, -1), "1");
  catalogue_assert_broadcasts (filter (self, "recording", NULL, "key", NULL, -1, -1), "3 2");
  catalogue_assert_broadcasts (filter (self, NULL, STREAM, NULL, NULL, -1, -1), "1");
  catalogue_assert_broadcasts (filter (self, NULL, NULL, "full", USER, -1, -1), "1");
  catalogue_assert_broadcasts (filter (self, NULL, NULL, "key", USER, -1, -1), "");
  catalogue_assert_broadcasts (filter (self, NULL, NULL, NULL, NULL, 200, 300), "2");
  query.status = "gone";
  g_assert_null (list (self, &query, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_open_and_totals (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) importing = catalogue_test_broadcast (4, "key", 50);
  g_autoptr (TytoBroadcast) processing = catalogue_test_broadcast (5, "key", 60);
  g_autoptr (TytoBroadcast) deleting = catalogue_test_broadcast (6, "key", 70);
  g_autoptr (TytoBroadcast) failed = catalogue_test_broadcast (7, "key", 80);
  TytoBroadcastTotals totals;

  g_assert_true (count (self, &totals));
  g_assert_cmpuint (totals.recording + totals.processing + totals.completed + totals.failed, ==, 0);
  catalogue_enter_broadcast (self, 1, "key", 100);
  catalogue_enter_completed (self, 2, "", 200);
  importing->status = deleting->status = TYTO_BROADCAST_COMPLETED;
  importing->bytes = 17;
  tyto_broadcast_set (&importing->import_state, "waiting");
  processing->status = TYTO_BROADCAST_PROCESSING;
  deleting->deleting_us = 1000;
  failed->status = TYTO_BROADCAST_FAILED;
  g_assert_true (catalogue_put_broadcast (self, importing, NULL)
                 && catalogue_put_broadcast (self, processing, NULL)
                 && catalogue_put_broadcast (self, deleting, NULL)
                 && catalogue_put_broadcast (self, failed, NULL));
  catalogue_assert_broadcasts (list_open (self), "4 5 6 1");
  g_assert_true (count (self, &totals));
  g_assert_cmpuint (totals.recording, ==, 1);
  g_assert_cmpuint (totals.processing, ==, 1);
  g_assert_cmpuint (totals.completed, ==, 2);
  g_assert_cmpuint (totals.failed, ==, 1);
  g_assert_cmpuint (totals.bytes, ==, 1017);
}

/* What is being deleted is shown nowhere, and goes with all that is of it. */
static void
test_deletion (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) broadcast = catalogue_test_broadcast (1, "key", 100);
  g_autoptr (GPtrArray) gaps
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_gap_free);
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (gaps, tyto_broadcast_gap_new (1, 2, "x.ts", "missing", NULL));
  broadcast->deleting_us = 1000;
  g_assert_true (catalogue_put_broadcast_gaps (self, broadcast, gaps, NULL));
  g_assert_null (catalogue_get_broadcast (self, broadcast->id, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  catalogue_assert_broadcasts (filter (self, NULL, NULL, NULL, NULL, -1, -1), "");
  catalogue_assert_broadcasts (find (self, NULL, "key", NULL), "1");
  catalogue_assert_broadcasts (list_open (self), "1");
  g_assert_true (catalogue_delete_broadcast (self, broadcast->id, NULL));
  g_assert_true (catalogue_delete_broadcast (self, broadcast->id, NULL));
  catalogue_assert_broadcasts (list_open (self), "");
  left = list_gaps (self, broadcast->id);
  g_assert_cmpuint (left->len, ==, 0);
  g_assert_null (catalogue_get_broadcast (self, "no-uuid", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
test_gaps (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) broadcast = catalogue_test_broadcast (1, "key", 100);
  g_autoptr (GPtrArray) gaps
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_gap_free);
  g_autoptr (GPtrArray) rows = NULL;
  const TytoBroadcastGap *gap;

  for (guint i = 0; i < 12; i++)
    g_ptr_array_add (gaps, tyto_broadcast_gap_new (i * 1000, 500, "s.ts", "corrupt", "why"));
  g_assert_true (catalogue_put_broadcast_gaps (self, broadcast, gaps, NULL));
  rows = list_gaps (self, broadcast->id);
  g_assert_cmpuint (rows->len, ==, 12);
  gap = rows->pdata[11];
  g_assert_cmpuint (gap->offset_ms, ==, 11000);
  g_assert_cmpuint (gap->duration_ms, ==, 500);
  g_assert_cmpstr (gap->segment, ==, "s.ts");
  g_assert_cmpstr (gap->reason, ==, "corrupt");
  g_assert_cmpstr (gap->detail, ==, "why");

  g_assert_true (catalogue_put_broadcast (self, broadcast, NULL)); /* says nothing of gaps */
  g_ptr_array_set_size (gaps, 1);
  g_ptr_array_unref (rows);
  rows = list_gaps (self, broadcast->id);
  g_assert_cmpuint (rows->len, ==, 12);
  g_assert_true (catalogue_put_broadcast_gaps (self, broadcast, gaps, NULL));
  g_ptr_array_unref (rows);
  rows = list_gaps (self, broadcast->id);
  g_assert_cmpuint (rows->len, ==, 1);
}

static void
test_refused (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) first = catalogue_test_broadcast (1, "key", 100);
  g_autoptr (TytoBroadcast) second = catalogue_test_broadcast (2, "key", 200);
  g_autoptr (GError) error = NULL;

  tyto_broadcast_set (&first->object, "key.mp4");
  tyto_broadcast_set (&second->object, "key.mp4");
  g_assert_true (catalogue_put_broadcast (self, first, NULL));
  g_assert_true (catalogue_put_broadcast (self, first, NULL));
  g_assert_false (catalogue_put_broadcast (self, second, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_clear_error (&error);
  catalogue_assert_broadcasts (filter (self, NULL, NULL, NULL, NULL, -1, -1), "1");
  g_clear_pointer (&second->object, g_free);
  tyto_broadcast_set (&second->stream_id, "xyz");
  g_assert_false (catalogue_put_broadcast (self, second, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

const CatalogueCaseEntry *
catalogue_suite_broadcasts_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "broadcast/comes-back-whole", test_comes_back_whole },
    { "broadcast/is-found", test_is_found },
    { "broadcast/pages", test_pages },
    { "broadcast/filters", test_filters },
    { "broadcast/open-and-totals", test_open_and_totals },
    { "broadcast/deletion", test_deletion },
    { "broadcast/gaps", test_gaps },
    { "broadcast/refused", test_refused },
    { NULL, NULL },
  };

  return cases;
}
