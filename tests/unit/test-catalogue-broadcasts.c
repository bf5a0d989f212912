/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Broadcasts in the catalogue: they come back whole, are found and paged, and go when nobody keeps
 * them. */
#include "store/tyto-catalogue-broadcasts.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-retention.h"
#include "test-catalogue-suite.h"

#define STREAM "bb52ba50-edc5-4056-a62c-6ef211d72d25"
#define USER   "a781b655-d4e4-46a0-89da-c4f655bb24f0"
#define VIDEO  "0d1b6b0e-6f0e-4f3a-9b8e-1f4b5b0f7a11"

#define CALL(type, start, finish)                                                                  \
  g_autoptr (GAsyncResult) result = NULL;                                                          \
  type value;                                                                                      \
  start;                                                                                           \
  catalogue_await (&result);                                                                       \
  value = finish;                                                                                  \
  return value

static gboolean
put (TytoCatalogue *self, TytoBroadcast *broadcast, GError **error)
{
  CALL (gboolean,
        tyto_catalogue_put_broadcast_async (self, broadcast, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

static gboolean
put_gaps (TytoCatalogue *self, TytoBroadcast *broadcast, GPtrArray *gaps, GError **error)
{
  CALL (gboolean,
        tyto_catalogue_put_broadcast_gaps_async (self, broadcast, gaps, NULL, catalogue_keep_result,
                                                 &result),
        tyto_catalogue_enter_finish (self, result, error));
}

static gboolean
delete_broadcast (TytoCatalogue *self, const char *id, GError **error)
{
  CALL (gboolean,
        tyto_catalogue_delete_broadcast_async (self, id, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

static TytoBroadcast *
get (TytoCatalogue *self, const char *id, GError **error)
{
  CALL (TytoBroadcast *,
        tyto_catalogue_get_broadcast_async (self, id, NULL, catalogue_keep_result, &result),
        tyto_catalogue_get_broadcast_finish (self, result, error));
}

static GPtrArray *
list (TytoCatalogue *self, const TytoBroadcastQuery *query, char **next, GError **error)
{
  CALL (GPtrArray *,
        tyto_catalogue_list_broadcasts_async (self, query, NULL, catalogue_keep_result, &result),
        tyto_catalogue_list_broadcasts_finish (self, result, next, error));
}

static GPtrArray *
list_open (TytoCatalogue *self)
{
  CALL (GPtrArray *,
        tyto_catalogue_list_open_broadcasts_async (self, NULL, catalogue_keep_result, &result),
        tyto_catalogue_list_broadcasts_all_finish (self, result, NULL));
}

static GPtrArray *
list_expired (TytoCatalogue *self, gint64 before_us, const char *const *only,
              const char *const *but, guint limit)
{
  CALL (GPtrArray *,
        tyto_catalogue_list_expired_broadcasts_async (self, before_us, only, but, limit, NULL,
                                                      catalogue_keep_result, &result),
        tyto_catalogue_list_broadcasts_all_finish (self, result, NULL));
}

static GPtrArray *
find (TytoCatalogue *self, const char *stream_id, const char *stream_key, GError **error)
{
  CALL (GPtrArray *,
        tyto_catalogue_find_broadcast_async (self, stream_id, stream_key, NULL,
                                             catalogue_keep_result, &result),
        tyto_catalogue_list_broadcasts_all_finish (self, result, error));
}

static GPtrArray *
list_gaps (TytoCatalogue *self, const char *id)
{
  CALL (GPtrArray *,
        tyto_catalogue_list_broadcast_gaps_async (self, id, NULL, catalogue_keep_result, &result),
        tyto_catalogue_list_broadcast_gaps_finish (self, result, NULL));
}

static gboolean
count (TytoCatalogue *self, TytoBroadcastTotals *totals)
{
  CALL (gboolean,
        tyto_catalogue_count_broadcasts_async (self, NULL, catalogue_keep_result, &result),
        tyto_catalogue_count_broadcasts_finish (self, result, totals, NULL));
}

static gboolean
enter_clip (TytoCatalogue *self, TytoClip *clip, GError **error)
{
  CALL (gboolean,
        tyto_catalogue_enter_clip_async (self, clip, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, error));
}

static gboolean
delete_clip (TytoCatalogue *self, const char *id)
{
  CALL (gboolean, tyto_catalogue_delete_clip_async (self, id, NULL, catalogue_keep_result, &result),
        tyto_catalogue_enter_finish (self, result, NULL));
}

/* Number @n has the id "0000000n-…" and begins at @started_us. (transfer full) */
static TytoBroadcast *
make (guint n, const char *key, gint64 started_us)
{
  TytoBroadcast *broadcast = tyto_broadcast_new (key);

  g_free (broadcast->id);
  broadcast->id = g_strdup_printf ("%08x-0000-4000-8000-000000000000", n);
  broadcast->started_us = started_us;
  return broadcast;
}

static void
enter (TytoCatalogue *self, guint n, const char *key, gint64 started_us)
{
  g_autoptr (TytoBroadcast) broadcast = make (n, key, started_us);
  g_autoptr (GError) error = NULL;

  put (self, broadcast, &error);
  g_assert_no_error (error);
}

/* As @user's, with @bytes, over at @completed_us. */
static void
enter_completed (TytoCatalogue *self, guint n, const char *user, gint64 completed_us)
{
  g_autoptr (TytoBroadcast) broadcast = make (n, "key", completed_us - 10);

  broadcast->status = TYTO_BROADCAST_COMPLETED;
  broadcast->completed_us = completed_us;
  broadcast->bytes = 1000;
  tyto_broadcast_set (&broadcast->user_id, user);
  g_assert_true (put (self, broadcast, NULL));
}

/* The first digits of the ids of @rows, which it takes: "3 1". */
static void
assert_ids (GPtrArray *rows, const char *expected)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++) {
    const TytoBroadcast *row = rows->pdata[i];

    g_string_append_printf (ids, "%s%x", i > 0 ? " " : "",
                            (guint) g_ascii_strtoull (row->id, NULL, 16));
  }
  g_ptr_array_unref (rows);
  g_assert_cmpstr (ids->str, ==, expected);
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
  g_assert_cmpstr (one->upload, ==, other->upload);
  g_assert_cmpint (one->uploaded_us, ==, other->uploaded_us);
  g_assert_cmpuint (one->import_tries, ==, other->import_tries);
  g_assert_cmpint (one->import_due_us, ==, other->import_due_us);
  g_assert_cmpint (one->deleting_us, ==, other->deleting_us);
}

static void
test_comes_back_whole (CatalogueFixture *fixture)
{
  g_autoptr (TytoBroadcast) broadcast = make (1, "d1eb2fe8", 1759687200000000);
  g_autoptr (TytoBroadcast) empty = make (2, "e", 1);
  g_autoptr (TytoBroadcast) copy = NULL;
  g_autoptr (TytoBroadcast) row = NULL;
  g_autoptr (GError) error = NULL;

  enter (fixture->catalogue, 1, "before", 5);
  fill (broadcast);
  copy = tyto_broadcast_copy (broadcast);
  put (fixture->catalogue, broadcast, &error);
  g_assert_no_error (error);
  g_assert_true (put (fixture->catalogue, empty, NULL));
  catalogue_fixture_reopen (fixture);
  row = get (fixture->catalogue, "00000001-0000-4000-8000-000000000000", NULL);
  g_assert_nonnull (row);
  assert_equal (row, copy);
  tyto_broadcast_unref (row);
  row = get (fixture->catalogue, "00000002-0000-4000-8000-000000000000", NULL);
  assert_equal (row, empty);
}

static void
test_is_found (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) streamed = make (3, "other", 1000);

  enter (self, 1, "key", 100);
  enter (self, 2, "key", 200);
  tyto_broadcast_set (&streamed->stream_id, STREAM);
  g_assert_true (put (self, streamed, NULL));
  assert_ids (find (self, NULL, "key", NULL), "2");
  assert_ids (find (self, STREAM, "key", NULL), "3");
  assert_ids (find (self, "BB52BA50-EDC5-4056-A62C-6EF211D72D25", NULL, NULL), "3");
  assert_ids (find (self, VIDEO, "key", NULL), "2");
  assert_ids (find (self, VIDEO, NULL, NULL), "");
  assert_ids (find (self, NULL, "none", NULL), "");
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
    enter (self, i, "key", i < 3 ? 100 : 200); /* 5 4 3 at one time, then 2 1 */
  query.limit = 2;
  assert_ids (list (self, &query, &next, NULL), "5 4");
  query.cursor = next;
  assert_ids (list (self, &query, &last, NULL), "3 2");
  query.cursor = last;
  g_clear_pointer (&next, g_free);
  assert_ids (list (self, &query, &next, NULL), "1");
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
  g_autoptr (TytoBroadcast) full = make (1, "full", 100);
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;
  g_autoptr (GError) error = NULL;

  fill (full);
  g_assert_true (put (self, full, NULL));
  enter (self, 2, "key", 200);
  enter (self, 3, "key", 300);
  assert_ids (filter (self, NULL, NULL, NULL, NULL, -1, -1), "3 2 1");
  assert_ids (filter (self, "completed", NULL, NULL, NULL, -1, -1), "1");
  assert_ids (filter (self, "recording", NULL, "key", NULL, -1, -1), "3 2");
  assert_ids (filter (self, NULL, STREAM, NULL, NULL, -1, -1), "1");
  assert_ids (filter (self, NULL, NULL, "full", USER, -1, -1), "1");
  assert_ids (filter (self, NULL, NULL, "key", USER, -1, -1), "");
  assert_ids (filter (self, NULL, NULL, NULL, NULL, 200, 300), "2");
  query.status = "gone";
  g_assert_null (list (self, &query, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_open_and_totals (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) importing = make (4, "key", 50);
  g_autoptr (TytoBroadcast) processing = make (5, "key", 60);
  g_autoptr (TytoBroadcast) deleting = make (6, "key", 70);
  g_autoptr (TytoBroadcast) failed = make (7, "key", 80);
  TytoBroadcastTotals totals;

  g_assert_true (count (self, &totals));
  g_assert_cmpuint (totals.recording + totals.processing + totals.completed + totals.failed, ==, 0);
  enter (self, 1, "key", 100);
  enter_completed (self, 2, "", 200);
  importing->status = deleting->status = TYTO_BROADCAST_COMPLETED;
  importing->bytes = 17;
  tyto_broadcast_set (&importing->import_state, "waiting");
  processing->status = TYTO_BROADCAST_PROCESSING;
  deleting->deleting_us = 1000;
  failed->status = TYTO_BROADCAST_FAILED;
  g_assert_true (put (self, importing, NULL) && put (self, processing, NULL)
                 && put (self, deleting, NULL) && put (self, failed, NULL));
  assert_ids (list_open (self), "4 5 6 1");
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
  g_autoptr (TytoBroadcast) broadcast = make (1, "key", 100);
  g_autoptr (GPtrArray) gaps
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_gap_free);
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (gaps, tyto_broadcast_gap_new (1, 2, "x.ts", "missing", NULL));
  broadcast->deleting_us = 1000;
  g_assert_true (put_gaps (self, broadcast, gaps, NULL));
  g_assert_null (get (self, broadcast->id, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  assert_ids (filter (self, NULL, NULL, NULL, NULL, -1, -1), "");
  assert_ids (find (self, NULL, "key", NULL), "1");
  assert_ids (list_open (self), "1");
  g_assert_true (delete_broadcast (self, broadcast->id, NULL));
  g_assert_true (delete_broadcast (self, broadcast->id, NULL));
  assert_ids (list_open (self), "");
  left = list_gaps (self, broadcast->id);
  g_assert_cmpuint (left->len, ==, 0);
  g_assert_null (get (self, "no-uuid", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
test_gaps (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) broadcast = make (1, "key", 100);
  g_autoptr (GPtrArray) gaps
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_gap_free);
  g_autoptr (GPtrArray) rows = NULL;
  const TytoBroadcastGap *gap;

  for (guint i = 0; i < 12; i++)
    g_ptr_array_add (gaps, tyto_broadcast_gap_new (i * 1000, 500, "s.ts", "corrupt", "why"));
  g_assert_true (put_gaps (self, broadcast, gaps, NULL));
  rows = list_gaps (self, broadcast->id);
  g_assert_cmpuint (rows->len, ==, 12);
  gap = rows->pdata[11];
  g_assert_cmpuint (gap->offset_ms, ==, 11000);
  g_assert_cmpuint (gap->duration_ms, ==, 500);
  g_assert_cmpstr (gap->segment, ==, "s.ts");
  g_assert_cmpstr (gap->reason, ==, "corrupt");
  g_assert_cmpstr (gap->detail, ==, "why");

  g_assert_true (put (self, broadcast, NULL)); /* says nothing of gaps */
  g_ptr_array_set_size (gaps, 1);
  g_ptr_array_unref (rows);
  rows = list_gaps (self, broadcast->id);
  g_assert_cmpuint (rows->len, ==, 12);
  g_assert_true (put_gaps (self, broadcast, gaps, NULL));
  g_ptr_array_unref (rows);
  rows = list_gaps (self, broadcast->id);
  g_assert_cmpuint (rows->len, ==, 1);
}

static void
test_refused (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) first = make (1, "key", 100);
  g_autoptr (TytoBroadcast) second = make (2, "key", 200);
  g_autoptr (GError) error = NULL;

  tyto_broadcast_set (&first->object, "key.mp4");
  tyto_broadcast_set (&second->object, "key.mp4");
  g_assert_true (put (self, first, NULL));
  g_assert_true (put (self, first, NULL));
  g_assert_false (put (self, second, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_clear_error (&error);
  assert_ids (filter (self, NULL, NULL, NULL, NULL, -1, -1), "1");
  tyto_broadcast_set (&second->object, "");
  tyto_broadcast_set (&second->stream_id, "xyz");
  g_assert_false (put (self, second, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_expired (CatalogueFixture *fixture)
{
  static const char *const users[] = { "", USER, NULL };
  static const char *const one[] = { USER, NULL };
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) failed = make (9, "key", 1);

  enter (self, 1, "running", 10);
  for (guint i = 2; i <= 5; i++)
    enter_completed (self, i, i < 4 ? "" : USER, i * 1000);
  failed->status = TYTO_BROADCAST_FAILED;
  failed->completed_us = 1;
  g_assert_true (put (self, failed, NULL));
  assert_ids (list_expired (self, 5000, NULL, NULL, 100), "2 3 4");
  assert_ids (list_expired (self, 9000, NULL, NULL, 2), "2 3");
  assert_ids (list_expired (self, 9000, one, NULL, 100), "4 5");
  assert_ids (list_expired (self, 9000, NULL, one, 100), "2 3");
  assert_ids (list_expired (self, 9000, users, NULL, 3), "2 3 4");
  assert_ids (list_expired (self, 2000, NULL, NULL, 100), "");
}

/* More of others than are looked at at once hide none. */
static void
test_expired_among_many (CatalogueFixture *fixture)
{
  static const char *const one[] = { USER, NULL };
  TytoCatalogue *self = fixture->catalogue;

  for (guint i = 1; i <= 1000; i++) {
    g_autoptr (TytoBroadcast) broadcast = make (i, "key", i);

    broadcast->status = TYTO_BROADCAST_COMPLETED;
    broadcast->completed_us = i;
    tyto_catalogue_put_broadcast_async (self, broadcast, NULL, NULL, NULL);
  }
  enter_completed (self, 1001, USER, 5000);
  assert_ids (list_expired (self, 9000, one, NULL, 5), "3e9");
}

static void
test_clip_keeps (CatalogueFixture *fixture)
{
  TytoCatalogue *self = fixture->catalogue;
  g_autoptr (TytoBroadcast) broadcast = NULL;
  g_autoptr (TytoClip) clip = NULL;
  g_autoptr (TytoClip) none = NULL;
  g_autoptr (GError) error = NULL;

  enter_completed (self, 1, "", 1000);
  broadcast = get (self, "00000001-0000-4000-8000-000000000000", NULL);
  clip = tyto_clip_new_of_broadcast (broadcast->id, "goal", 990, 995);
  g_assert_true (enter_clip (self, clip, NULL));
  assert_ids (list_expired (self, 9000, NULL, NULL, 100), "");
  g_assert_false (delete_broadcast (self, broadcast->id, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_clear_error (&error);
  broadcast->deleting_us = 5000;
  g_assert_false (put (self, broadcast, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_clear_error (&error);

  g_assert_true (delete_clip (self, clip->id));
  assert_ids (list_expired (self, 9000, NULL, NULL, 100), "1");
  g_assert_true (put (self, broadcast, NULL));
  g_assert_false (enter_clip (self, clip, &error)); /* too late */
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  none = tyto_clip_new_of_broadcast (STREAM, "", 1, 2);
  g_assert_false (enter_clip (self, none, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
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
    { "broadcast/expired", test_expired },
    { "broadcast/expired-among-many", test_expired_among_many },
    { "broadcast/clip-keeps", test_clip_keeps },
    { NULL, NULL },
  };

  return cases;
}
