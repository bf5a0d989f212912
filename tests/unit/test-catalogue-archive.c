/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What waits for the archive, how its tries went, and where each segment's file is. */
#include "store/tyto-catalogue-archive.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-upkeep.h"
#include "test-catalogue-suite.h"

/* The entering call @start, waited for. */
#define ENTER(fixture, start, error)                                                               \
  g_autoptr (GAsyncResult) result = NULL;                                                          \
  start;                                                                                           \
  catalogue_await (&result);                                                                       \
  return tyto_catalogue_enter_finish ((fixture)->catalogue, result, error)

static gboolean
begin (CatalogueFixture *fixture, const char *id, const char *key, const char *upload,
       GError **error)
{
  ENTER (fixture,
         tyto_catalogue_begin_upload_async (fixture->catalogue, id, key, upload, NULL,
                                            catalogue_keep_result, &result),
         error);
}

static gboolean
fail (CatalogueFixture *fixture, const char *id, gint64 due_us, const char *why, GError **error)
{
  ENTER (fixture,
         tyto_catalogue_fail_upload_async (fixture->catalogue, id, due_us, why, NULL,
                                           catalogue_keep_result, &result),
         error);
}

static gboolean
hurry (CatalogueFixture *fixture, gint64 now_us)
{
  ENTER (fixture,
         tyto_catalogue_hurry_uploads_async (fixture->catalogue, now_us, NULL,
                                             catalogue_keep_result, &result),
         NULL);
}

static gboolean
finish (CatalogueFixture *fixture, const char *id, const char *key, gint64 now_us, GError **error)
{
  ENTER (fixture,
         tyto_catalogue_finish_upload_async (fixture->catalogue, id, key, "abcd", now_us, NULL,
                                             catalogue_keep_result, &result),
         error);
}

static gboolean
set_place (CatalogueFixture *fixture, const char *id, const char *tier, const char *path,
           GError **error)
{
  ENTER (fixture,
         tyto_catalogue_set_place_async (fixture->catalogue, id, tier, path, NULL,
                                         catalogue_keep_result, &result),
         error);
}

/* What is due at @now_us. */
static GPtrArray *
list_due (CatalogueFixture *fixture, gint64 now_us, gboolean newest, guint limit, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_list_due_uploads_async (fixture->catalogue, now_us, newest, limit, NULL,
                                         catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_list_rows_finish (fixture->catalogue, result, error);
}

static GPtrArray *
list_tried (CatalogueFixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_list_tried_uploads_async (fixture->catalogue, 100, NULL, catalogue_keep_result,
                                           &result);
  catalogue_await (&result);
  return tyto_catalogue_list_rows_finish (fixture->catalogue, result, NULL);
}

/* Their ids, as "a b c"; frees @uploads. */
static char *
join (GPtrArray *uploads)
{
  g_autoptr (GPtrArray) rows = uploads;
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            ((const TytoUpload *) rows->pdata[i])->id);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_due (CatalogueFixture *fixture, gint64 now_us, const char *expected)
{
  g_autofree char *ids = join (list_due (fixture, now_us, FALSE, 100, NULL));

  g_assert_cmpstr (ids, ==, expected);
}

static void
assert_waiting (CatalogueFixture *fixture, guint segments, guint thumbnails, guint tried,
                gint64 oldest_us)
{
  g_autoptr (GAsyncResult) result = NULL;
  TytoUploadTotals totals;

  tyto_catalogue_count_uploads_async (fixture->catalogue, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  g_assert_true (tyto_catalogue_count_uploads_finish (fixture->catalogue, result, &totals, NULL));
  g_assert_cmpuint (totals.segments, ==, segments);
  g_assert_cmpuint (totals.bytes, ==, 1000 * segments);
  g_assert_cmpuint (totals.thumbnails, ==, thumbnails);
  g_assert_cmpuint (totals.tried, ==, tried);
  g_assert_cmpint (totals.oldest_us, ==, oldest_us);
}

static void
enter (CatalogueFixture *fixture, const char *camera, guint64 sequence, gint64 start_us)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment (camera, sequence, start_us, 100);

  g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
}

#define DOOR_1 "RUN-door.000001"
#define DOOR_2 "RUN-door.000002"
#define YARD_1 "RUN-yard.000001"
#define THUMB  "thumbnail:door:1050"

/* Two cameras' segments and a thumbnail. */
static void
enter_some (CatalogueFixture *fixture)
{
  assert_waiting (fixture, 0, 0, 0, -1);
  enter (fixture, "door", 2, 1100);
  enter (fixture, "door", 1, 1000);
  enter (fixture, "yard", 1, 1040);
  g_assert_true (
      catalogue_enter_thumbnail (fixture->catalogue, "door", 1050, "/spool/door/1050.jpg", NULL));
}

static void
test_due (CatalogueFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *newest = NULL;
  g_autofree char *first = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  const TytoUpload *upload;

  enter_some (fixture);
  assert_due (fixture, 0, DOOR_1 " " YARD_1 " " THUMB " " DOOR_2);
  newest = join (list_due (fixture, 0, TRUE, 2, NULL));
  g_assert_cmpstr (newest, ==, DOOR_2 " " THUMB);
  first = join (list_due (fixture, 0, FALSE, 1, NULL));
  g_assert_cmpstr (first, ==, DOOR_1);
  assert_waiting (fixture, 3, 1, 0, 1000);

  rows = list_due (fixture, 0, FALSE, 3, NULL);
  upload = rows->pdata[1];
  g_assert_cmpint (upload->kind, ==, TYTO_UPLOAD_SEGMENT);
  g_assert_cmpstr (upload->camera, ==, "yard");
  g_assert_cmpstr (upload->stream, ==, "main");
  g_assert_cmpstr (upload->run, ==, "RUN-yard");
  g_assert_cmpuint (upload->sequence, ==, 1);
  g_assert_cmpstr (upload->format, ==, "mp4");
  g_assert_cmpstr (upload->path, ==, "/spool/yard/1.mp4");
  g_assert_cmpuint (upload->bytes, ==, 1000);
  g_assert_null (upload->sha256);
  g_assert_cmpint (upload->start_us, ==, 1040);
  g_assert_cmpint (upload->end_us, ==, 1140);
  g_assert_cmpstr (upload->key, ==, "");
  g_assert_cmpuint (upload->tries, ==, 0);
  upload = rows->pdata[2];
  g_assert_cmpint (upload->kind, ==, TYTO_UPLOAD_THUMBNAIL);
  g_assert_cmpstr (upload->path, ==, "/spool/door/1050.jpg");
  g_assert_cmpuint (upload->bytes, ==, 5000);
  g_assert_cmpint (upload->start_us, ==, 1050);
  g_assert_cmpstr (upload->format, ==, "jpg");

  g_assert_null (list_due (fixture, 0, FALSE, 0, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_tries (CatalogueFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  const TytoUpload *upload;

  enter_some (fixture);
  g_assert_true (begin (fixture, DOOR_1, "door/1.mp4", "", NULL));
  g_assert_true (begin (fixture, DOOR_1, "door/1.mp4", "U1", NULL));
  g_assert_true (fail (fixture, DOOR_1, 5000, "The server is down.", NULL));
  g_assert_true (fail (fixture, DOOR_1, 9000, "The server is still down.", NULL));
  g_assert_true (fail (fixture, THUMB, 7000, "Why.", NULL));
  assert_waiting (fixture, 3, 1, 2, 1000);
  assert_due (fixture, 6999, YARD_1 " " DOOR_2);
  assert_due (fixture, 7000, YARD_1 " " THUMB " " DOOR_2);

  catalogue_fixture_reopen (fixture);
  assert_due (fixture, 6999, YARD_1 " " DOOR_2);
  rows = list_tried (fixture);
  g_assert_cmpuint (rows->len, ==, 2);
  upload = rows->pdata[0];
  g_assert_cmpstr (upload->id, ==, DOOR_1);
  g_assert_cmpstr (upload->key, ==, "door/1.mp4");
  g_assert_cmpstr (upload->upload, ==, "U1");
  g_assert_cmpuint (upload->tries, ==, 2);
  g_assert_cmpint (upload->due_us, ==, 9000);
  g_assert_cmpstr (upload->last_error, ==, "The server is still down.");
  upload = rows->pdata[1];
  g_assert_cmpstr (upload->id, ==, THUMB);
  g_assert_cmpint (upload->kind, ==, TYTO_UPLOAD_THUMBNAIL);
  g_assert_cmpuint (upload->tries, ==, 1);

  g_assert_true (hurry (fixture, 6000));
  assert_due (fixture, 6000, DOOR_1 " " YARD_1 " " THUMB " " DOOR_2);

  g_assert_false (begin (fixture, "nobody.000001", "k", "", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (fail (fixture, "thumbnail:door:1", 1, "Why.", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

/* Two recordings never go to the same object. */
static void
test_key_taken (CatalogueFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  enter_some (fixture);
  g_assert_true (begin (fixture, DOOR_1, "one", "", NULL));
  g_assert_false (begin (fixture, DOOR_2, "one", "", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_clear_error (&error);
  g_assert_true (finish (fixture, DOOR_1, "one", 10, NULL));
  g_assert_false (begin (fixture, THUMB, "one", "", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_clear_error (&error);
  g_assert_true (begin (fixture, THUMB, "two", "", NULL));
  g_assert_true (finish (fixture, THUMB, "two", 10, NULL));
  g_assert_false (begin (fixture, DOOR_2, "two", "", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_clear_error (&error);
  g_assert_false (finish (fixture, DOOR_1, "three", 10, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  /* What failed before it had a key takes none. */
  g_assert_true (fail (fixture, DOOR_2, 1, "Why.", NULL));
  g_assert_true (fail (fixture, YARD_1, 1, "Why.", NULL));
}

static void
test_finish (CatalogueFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSegment) segment = NULL;

  enter_some (fixture);
  g_assert_true (begin (fixture, DOOR_1, "door/1.mp4", "U1", NULL));
  g_assert_true (finish (fixture, DOOR_1, "door/1.mp4", 77, NULL));
  g_assert_true (finish (fixture, DOOR_1, "door/1.mp4", 77, NULL)); /* told again */
  assert_waiting (fixture, 2, 1, 0, 1040);
  g_assert_true (finish (fixture, THUMB, "door/1050.jpg", 78, NULL));
  assert_waiting (fixture, 2, 0, 0, 1040);
  assert_due (fixture, 0, YARD_1 " " DOOR_2);

  segment = catalogue_get_segment (fixture->catalogue, DOOR_1, NULL);
  g_assert_true (segment->archived);
  g_assert_cmpstr (segment->object, ==, "door/1.mp4");
  g_assert_cmpstr (segment->sha256, ==, "abcd");
  g_assert_cmpint (segment->uploaded_us, ==, 77);
  g_assert_cmpstr (segment->tier, ==, "fast");

  g_assert_false (finish (fixture, "nobody.000001", "k", 1, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (finish (fixture, "thumbnail:door:1", "k", 1, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static char *
join_segments (CatalogueFixture *fixture, GAsyncResult **result)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  catalogue_await (result);
  rows = tyto_catalogue_list_rows_finish (fixture->catalogue, *result, NULL);
  g_clear_object (result);
  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "",
                            ((const TytoSegment *) rows->pdata[i])->id);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_evictable (CatalogueFixture *fixture, gint64 before_us, const char *expected)
{
  g_autofree char *ids = NULL;
  GAsyncResult *result = NULL;

  tyto_catalogue_list_evictable_async (fixture->catalogue, before_us, 100, NULL,
                                       catalogue_keep_result, &result);
  ids = join_segments (fixture, &result);
  g_assert_cmpstr (ids, ==, expected);
}

static void
assert_movable (CatalogueFixture *fixture, gint64 before_us, const char *expected)
{
  g_autofree char *ids = NULL;
  GAsyncResult *result = NULL;

  tyto_catalogue_list_movable_async (fixture->catalogue, before_us, 100, NULL,
                                     catalogue_keep_result, &result);
  ids = join_segments (fixture, &result);
  g_assert_cmpstr (ids, ==, expected);
}

static void
test_places (CatalogueFixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSegment) segment = NULL;

  enter_some (fixture);
  g_assert_true (finish (fixture, DOOR_2, "2", 50, NULL));
  g_assert_true (finish (fixture, DOOR_1, "1", 60, NULL));
  assert_evictable (fixture, 60, DOOR_2);
  assert_evictable (fixture, 61, DOOR_2 " " DOOR_1);
  assert_movable (fixture, 1100, "");
  assert_movable (fixture, 5000, DOOR_1 " " YARD_1 " " DOOR_2);

  g_assert_true (set_place (fixture, YARD_1, "slow", "/slow/yard/1.mp4", NULL));
  g_assert_true (set_place (fixture, DOOR_2, "archive", NULL, NULL));
  assert_evictable (fixture, 61, DOOR_1);
  assert_movable (fixture, 5000, DOOR_1);
  assert_waiting (fixture, 1, 1, 0, 1040);
  segment = catalogue_get_segment (fixture->catalogue, YARD_1, NULL);
  g_assert_cmpstr (segment->tier, ==, "slow");
  g_assert_cmpstr (segment->path, ==, "/slow/yard/1.mp4");
  g_clear_pointer (&segment, tyto_segment_unref);
  segment = catalogue_get_segment (fixture->catalogue, DOOR_2, NULL);
  g_assert_cmpstr (segment->tier, ==, "archive");
  g_assert_cmpstr (segment->path, ==, "/spool/door/2.mp4");

  g_assert_false (set_place (fixture, YARD_1, "archive", NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_clear_error (&error);
  g_assert_false (set_place (fixture, "nobody.000001", "slow", "/x", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static gboolean
set_archived (CatalogueFixture *fixture, const char *id, gboolean archived)
{
  ENTER (fixture,
         tyto_catalogue_set_archived_async (fixture->catalogue, id, archived, NULL,
                                            catalogue_keep_result, &result),
         NULL);
}

/* A mark on the file alone does not say which object it is; and an object may be lost. */
static void
test_without_object (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) segment = NULL;

  enter_some (fixture);
  g_assert_true (set_archived (fixture, DOOR_1, TRUE));
  assert_due (fixture, 0, DOOR_1 " " YARD_1 " " THUMB " " DOOR_2);
  assert_evictable (fixture, G_MAXINT64, "");
  g_assert_true (finish (fixture, DOOR_1, "door/1.mp4", 77, NULL));
  assert_due (fixture, 0, YARD_1 " " THUMB " " DOOR_2);
  g_assert_true (set_archived (fixture, DOOR_1, FALSE));
  assert_due (fixture, 0, DOOR_1 " " YARD_1 " " THUMB " " DOOR_2);
  assert_waiting (fixture, 3, 1, 0, 1000);
  segment = catalogue_get_segment (fixture->catalogue, DOOR_1, NULL);
  g_assert_false (segment->archived);
  g_assert_null (segment->object);
  g_assert_cmpint (segment->uploaded_us, ==, -1);
  g_assert_true (finish (fixture, DOOR_1, "door/1.mp4", 99, NULL));
}

/* A thumbnail that is known from the bucket is not on this machine. */
static void
test_thumbnail_elsewhere (CatalogueFixture *fixture)
{
  g_autofree char *path = NULL;
  gint64 taken_us = 0;

  enter_some (fixture);
  g_assert_true (catalogue_enter_thumbnail (fixture->catalogue, "door", 9000, "", NULL));
  assert_due (fixture, 0, DOOR_1 " " YARD_1 " " THUMB " " DOOR_2);
  g_assert_true (finish (fixture, "thumbnail:door:9000", "door/9000.jpg", 77, NULL));
  assert_waiting (fixture, 3, 1, 0, 1000);
  path = catalogue_latest_thumbnail (fixture->catalogue, "door", &taken_us, NULL);
  g_assert_cmpstr (path, ==, "/spool/door/1050.jpg");
  g_assert_cmpint (taken_us, ==, 1050);
}

/* A row that is entered with its place keeps it: from a bucket, or moved. */
static void
test_enter_archived (CatalogueFixture *fixture)
{
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 1000, 100);
  g_autoptr (TytoSegment) found = NULL;

  segment->archived = TRUE;
  segment->sha256 = g_strdup ("beef");
  segment->object = g_strdup ("door/1.mp4");
  segment->uploaded_us = 4000;
  segment->tier = g_strdup ("archive");
  g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
  assert_waiting (fixture, 0, 0, 0, -1);
  assert_due (fixture, 0, "");
  assert_evictable (fixture, 5000, "");

  found = catalogue_get_segment (fixture->catalogue, DOOR_1, NULL);
  g_assert_true (found->archived);
  g_assert_cmpstr (found->sha256, ==, "beef");
  g_assert_cmpstr (found->object, ==, "door/1.mp4");
  g_assert_cmpint (found->uploaded_us, ==, 4000);
  g_assert_cmpstr (found->tier, ==, "archive");
}

const CatalogueCaseEntry *
catalogue_suite_archive_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "archive/due", test_due },
    { "archive/tries", test_tries },
    { "archive/key-taken", test_key_taken },
    { "archive/finish", test_finish },
    { "archive/places", test_places },
    { "archive/without-object", test_without_object },
    { "archive/thumbnail-elsewhere", test_thumbnail_elsewhere },
    { "archive/enter-archived", test_enter_archived },
    { NULL, NULL },
  };

  return cases;
}
