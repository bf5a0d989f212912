/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to go, in which order it goes, and what clips keep. */
#include "store/tyto-catalogue-retention.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-wishes.h"
#include "test-catalogue-suite.h"

/* The entering call @start, waited for. */
#define ENTER(fixture, start, error)                                                               \
  g_autoptr (GAsyncResult) result = NULL;                                                          \
  start;                                                                                           \
  catalogue_await (&result);                                                                       \
  return tyto_catalogue_enter_finish ((fixture)->catalogue, result, error)

/* The rows of the listing call @start. */
#define ROWS(fixture, start)                                                                       \
  g_autoptr (GAsyncResult) result = NULL;                                                          \
  start;                                                                                           \
  catalogue_await (&result);                                                                       \
  return tyto_catalogue_list_rows_finish ((fixture)->catalogue, result, NULL)

static gboolean
enter_clip (CatalogueFixture *fixture, TytoClip *clip, GError **error)
{
  ENTER (fixture,
         tyto_catalogue_enter_clip_async (fixture->catalogue, clip, NULL, catalogue_keep_result,
                                          &result),
         error);
}

static gboolean
delete_clip (CatalogueFixture *fixture, const char *id, GError **error)
{
  ENTER (fixture,
         tyto_catalogue_delete_clip_async (fixture->catalogue, id, NULL, catalogue_keep_result,
                                           &result),
         error);
}

static gboolean
mark (CatalogueFixture *fixture, const char *id, gint64 now_us, GError **error)
{
  ENTER (fixture,
         tyto_catalogue_mark_deleting_async (fixture->catalogue, id, now_us, NULL,
                                             catalogue_keep_result, &result),
         error);
}

static gboolean
finish_deletion (CatalogueFixture *fixture, const char *id)
{
  ENTER (fixture,
         tyto_catalogue_finish_deletion_async (fixture->catalogue, id, NULL, catalogue_keep_result,
                                               &result),
         NULL);
}

static gboolean
begin_upload (CatalogueFixture *fixture, const char *id, const char *key)
{
  ENTER (fixture,
         tyto_catalogue_begin_upload_async (fixture->catalogue, id, key, "", NULL,
                                            catalogue_keep_result, &result),
         NULL);
}

static gboolean
finish_upload (CatalogueFixture *fixture, const char *id, const char *key, GError **error)
{
  ENTER (fixture,
         tyto_catalogue_finish_upload_async (fixture->catalogue, id, key, "abcd", 50, NULL,
                                             catalogue_keep_result, &result),
         error);
}

static gboolean
set_place (CatalogueFixture *fixture, const char *id, const char *tier, GError **error)
{
  ENTER (fixture,
         tyto_catalogue_set_place_async (fixture->catalogue, id, tier, NULL, NULL,
                                         catalogue_keep_result, &result),
         error);
}

static gboolean
delete_thumbnail (CatalogueFixture *fixture, gint64 taken_us)
{
  ENTER (fixture,
         tyto_catalogue_delete_thumbnail_async (fixture->catalogue, "door", taken_us, NULL,
                                                catalogue_keep_result, &result),
         NULL);
}

static gboolean
forget_past (CatalogueFixture *fixture, gint64 before_us)
{
  ENTER (fixture,
         tyto_catalogue_forget_past_async (fixture->catalogue, "door", before_us, NULL,
                                           catalogue_keep_result, &result),
         NULL);
}

static GPtrArray *
list_clips (CatalogueFixture *fixture, const char *camera)
{
  ROWS (fixture, tyto_catalogue_list_clips_async (fixture->catalogue, camera, NULL, NULL,
                                                  catalogue_keep_result, &result));
}

static GPtrArray *
list_expired (CatalogueFixture *fixture, gint64 before_us, const TytoSegment *after, guint limit)
{
  ROWS (fixture, tyto_catalogue_list_expired_async (fixture->catalogue, "door", before_us, after,
                                                    limit, NULL, catalogue_keep_result, &result));
}

static GPtrArray *
list_oldest (CatalogueFixture *fixture)
{
  ROWS (fixture, tyto_catalogue_list_oldest_async (fixture->catalogue, 100, NULL,
                                                   catalogue_keep_result, &result));
}

static GPtrArray *
list_deleting (CatalogueFixture *fixture)
{
  ROWS (fixture, tyto_catalogue_list_deleting_async (fixture->catalogue, 100, NULL,
                                                     catalogue_keep_result, &result));
}

static GPtrArray *
list_thumbnails (CatalogueFixture *fixture, gint64 before_us)
{
  ROWS (fixture,
        tyto_catalogue_list_expired_thumbnails_async (fixture->catalogue, "door", before_us, 100,
                                                      NULL, catalogue_keep_result, &result));
}

static GPtrArray *
list_kept (CatalogueFixture *fixture, gint64 now_us)
{
  ROWS (fixture, tyto_catalogue_list_kept_async (fixture->catalogue, now_us, NULL,
                                                 catalogue_keep_result, &result));
}

/* The segments' sequences, as "1 2 3"; frees @rows. */
static void
assert_sequences (GPtrArray *rows, const char *expected)
{
  g_autoptr (GPtrArray) segments = rows;
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "",
                            ((const TytoSegment *) rows->pdata[i])->sequence);
  g_assert_cmpstr (text->str, ==, expected);
}

static gint64
get_expired_us (CatalogueFixture *fixture)
{
  g_autoptr (GPtrArray) kept = list_kept (fixture, 0);

  return ((const TytoKeptTotals *) kept->pdata[0])->expired_us;
}

/* Segments 1 to @n of "door", 100 µs each from 1000 on. */
static void
enter_segments (CatalogueFixture *fixture, guint n)
{
  for (guint i = 1; i <= n; i++) {
    g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", i, 900 + 100 * i, 100);

    g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
  }
}

static TytoClip *
keep (CatalogueFixture *fixture, gint64 start_us, gint64 end_us)
{
  TytoClip *clip = tyto_clip_new ("door", "Theft", start_us, end_us);

  g_assert_true (enter_clip (fixture, clip, NULL));
  return clip;
}

#define ID(n) "RUN-door.00000" #n

static void
test_clips (CatalogueFixture *fixture)
{
  g_autoptr (TytoClip) clip = keep (fixture, 2000, 3000);
  g_autoptr (TytoClip) yard = tyto_clip_new ("yard", NULL, 1000, 1001);
  g_autoptr (TytoClip) wrong = tyto_clip_new ("yard", NULL, 1000, 1000);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) some = NULL;
  g_autoptr (GPtrArray) left = NULL;
  const TytoClip *found;

  g_assert_true (enter_clip (fixture, yard, NULL));
  g_assert_false (enter_clip (fixture, wrong, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  clip->end_us = 4000;
  g_assert_true (enter_clip (fixture, clip, NULL));

  all = list_clips (fixture, NULL);
  g_assert_cmpuint (all->len, ==, 2);
  found = all->pdata[0];
  g_assert_cmpstr (found->id, ==, yard->id);
  g_assert_cmpstr (found->name, ==, "");
  found = all->pdata[1];
  g_assert_cmpstr (found->id, ==, clip->id);
  g_assert_cmpstr (found->camera, ==, "door");
  g_assert_cmpstr (found->name, ==, "Theft");
  g_assert_cmpint (found->start_us, ==, 2000);
  g_assert_cmpint (found->end_us, ==, 4000);
  g_assert_cmpint (found->created_us, ==, clip->created_us);
  some = list_clips (fixture, "yard");
  g_assert_cmpuint (some->len, ==, 1);

  g_assert_true (delete_clip (fixture, clip->id, NULL));
  g_assert_false (delete_clip (fixture, clip->id, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  left = list_clips (fixture, "door");
  g_assert_cmpuint (left->len, ==, 0);
}

static void
test_expired (CatalogueFixture *fixture)
{
  g_autoptr (TytoClip) clip = NULL;
  g_autoptr (GPtrArray) page = NULL;

  enter_segments (fixture, 6);
  assert_sequences (list_expired (fixture, 1199, NULL, 100), "1");
  assert_sequences (list_expired (fixture, 1200, NULL, 100), "1 2");
  /* It touches the end of the second and the start of the fourth: those are not in it. */
  clip = keep (fixture, 1200, 1300);
  assert_sequences (list_expired (fixture, 9999, NULL, 100), "1 2 4 5 6");
  page = list_expired (fixture, 9999, NULL, 2);
  assert_sequences (g_ptr_array_ref (page), "1 2");
  assert_sequences (list_expired (fixture, 9999, page->pdata[1], 2), "4 5");
  assert_sequences (list_oldest (fixture), "1 2 4 5 6");
  g_assert_true (finish_upload (fixture, ID (2), "2", NULL));
  g_assert_true (set_place (fixture, ID (2), "archive", NULL));
  assert_sequences (list_oldest (fixture), "1 4 5 6");
}

static void
test_mark (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = { "door", -1, -1, NULL, 100, TRUE };
  g_autoptr (TytoClip) clip = NULL;
  g_autoptr (GPtrArray) marked = NULL;
  g_autoptr (GError) error = NULL;

  enter_segments (fixture, 4);
  clip = keep (fixture, 1000, 1001);
  g_assert_false (mark (fixture, ID (1), 70, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_clear_error (&error);
  g_assert_false (mark (fixture, "nobody.000001", 70, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_true (begin_upload (fixture, ID (3), "begun"));
  g_assert_true (mark (fixture, ID (3), 70, NULL));
  g_assert_true (mark (fixture, ID (2), 71, NULL));
  g_assert_true (mark (fixture, ID (3), 99, NULL)); /* the first mark stays */
  assert_sequences (catalogue_list_segments (fixture->catalogue, &query, NULL, NULL), "1 4");
  g_assert_null (catalogue_get_segment (fixture->catalogue, ID (2), &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  assert_sequences (list_expired (fixture, 9999, NULL, 100), "4");
  assert_sequences (list_oldest (fixture), "4");
  g_assert_false (finish_upload (fixture, ID (3), "begun", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (set_place (fixture, ID (2), "slow", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);

  catalogue_fixture_reopen (fixture);
  marked = list_deleting (fixture);
  assert_sequences (g_ptr_array_ref (marked), "3 2");
  /* Whether the upload had come to its end or not: that is where an object may be. */
  g_assert_cmpstr (((const TytoSegment *) marked->pdata[0])->object, ==, "begun");
  g_assert_null (((const TytoSegment *) marked->pdata[1])->object);
}

/* What goes in order moves the mark of what has expired; what does not leaves a gap. */
static void
test_finish_deletion (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = { "door", -1, -1, NULL, 100, TRUE };
  g_autoptr (GPtrArray) gaps = NULL;
  g_autoptr (TytoClip) clip = NULL;
  const TytoGap *gap;

  enter_segments (fixture, 6);
  g_assert_true (finish_deletion (fixture, ID (1))); /* not marked: nothing happens */
  assert_sequences (catalogue_list_segments (fixture->catalogue, &query, NULL, NULL),
                    "1 2 3 4 5 6");
  g_assert_true (finish_deletion (fixture, "nobody.000001"));
  g_assert_cmpint (get_expired_us (fixture), ==, -1);

  g_assert_true (mark (fixture, ID (1), 70, NULL));
  g_assert_true (mark (fixture, ID (2), 70, NULL));
  g_assert_true (finish_deletion (fixture, ID (2)));
  g_assert_cmpint (get_expired_us (fixture), ==, 1200);
  g_assert_true (finish_deletion (fixture, ID (1)));
  g_assert_cmpint (get_expired_us (fixture), ==, 1200);
  assert_sequences (list_deleting (fixture), "");

  /* One in the middle, by hand. */
  g_assert_true (mark (fixture, ID (5), 70, NULL));
  g_assert_true (finish_deletion (fixture, ID (5)));
  g_assert_cmpint (get_expired_us (fixture), ==, 1200);
  gaps = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  g_assert_cmpuint (gaps->len, ==, 1);
  gap = gaps->pdata[0];
  g_assert_cmpstr (gap->reason, ==, "deleted");
  g_assert_cmpint (gap->start_us, ==, 1400);
  g_assert_cmpint (gap->end_us, ==, 1500);

  /* Older ones that a clip keeps do not count. */
  clip = keep (fixture, 1200, 1300);
  g_assert_true (mark (fixture, ID (4), 70, NULL));
  g_assert_true (finish_deletion (fixture, ID (4)));
  g_assert_cmpint (get_expired_us (fixture), ==, 1400);
}

static void
test_thumbnails (CatalogueFixture *fixture)
{
  g_autoptr (TytoClip) clip = keep (fixture, 1100, 1200);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GPtrArray) left = NULL;
  const TytoUpload *upload;

  for (guint i = 0; i < 4; i++)
    g_assert_true (
        catalogue_enter_thumbnail (fixture->catalogue, "door", 1000 + 100 * i, "/t.jpg", NULL));
  g_assert_true (finish_upload (fixture, "thumbnail:door:1000", "1000.jpg", NULL));
  g_assert_true (begin_upload (fixture, "thumbnail:door:1200", "1200.jpg"));
  rows = list_thumbnails (fixture, 1300);
  g_assert_cmpuint (rows->len, ==, 2);
  upload = rows->pdata[0];
  g_assert_cmpstr (upload->id, ==, "thumbnail:door:1000");
  g_assert_cmpstr (upload->key, ==, "1000.jpg");
  g_assert_cmpstr (upload->path, ==, "/t.jpg");
  g_assert_cmpint (upload->start_us, ==, 1000);
  upload = rows->pdata[1];
  g_assert_cmpstr (upload->key, ==, "1200.jpg");

  g_assert_true (delete_thumbnail (fixture, 1000));
  g_assert_true (delete_thumbnail (fixture, 1000));
  left = list_thumbnails (fixture, 1300);
  g_assert_cmpuint (left->len, ==, 1);
}

static void
enter_gap (CatalogueFixture *fixture, gint64 start_us, gint64 end_us)
{
  g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", start_us, "camera-lost", NULL);

  gap->end_us = end_us;
  g_assert_cmpint (catalogue_enter_gap (fixture->catalogue, gap, NULL), >, 0);
}

static void
test_forget_past (CatalogueFixture *fixture)
{
  const TytoCatalogueQuery query = { "door", -1, -1, NULL, 100, TRUE };
  g_autoptr (TytoClip) clip = keep (fixture, 500, 600);
  g_autoptr (GPtrArray) gaps = NULL;

  enter_segments (fixture, 1);
  enter_gap (fixture, 100, 200);
  enter_gap (fixture, 450, 550);
  enter_gap (fixture, 700, 900);
  enter_gap (fixture, 800, -1);
  g_assert_true (forget_past (fixture, 900));
  gaps = catalogue_list_gaps (fixture->catalogue, &query, NULL, NULL);
  g_assert_cmpuint (gaps->len, ==, 2);
  g_assert_cmpint (((const TytoGap *) gaps->pdata[0])->start_us, ==, 450);
  g_assert_cmpint (((const TytoGap *) gaps->pdata[1])->start_us, ==, 800);
  g_assert_cmpint (get_expired_us (fixture), ==, 900);
}

#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

static void
test_kept (CatalogueFixture *fixture)
{
  g_autoptr (GPtrArray) rows = NULL;
  const TytoKeptTotals *kept;

  /* One an hour, the first of 26 at the full hour. */
  for (guint i = 0; i < 26; i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment ("door", i + 1, (1000 + (gint64) i) * HOUR_US, 100);

    g_assert_true (catalogue_enter_segment (fixture->catalogue, segment, NULL));
  }
  g_assert_true (finish_upload (fixture, ID (1), "1", NULL));
  g_assert_true (finish_upload (fixture, ID (2), "2", NULL));
  g_assert_true (set_place (fixture, ID (1), "archive", NULL));
  g_assert_true (set_place (fixture, ID (3), "slow", NULL));
  rows = list_kept (fixture, 1025 * HOUR_US + HOUR_US / 2);
  g_assert_cmpuint (rows->len, ==, 1);
  kept = rows->pdata[0];
  g_assert_cmpstr (kept->camera, ==, "door");
  g_assert_cmpuint (kept->fast_bytes, ==, 24000);
  g_assert_cmpuint (kept->slow_bytes, ==, 1000);
  g_assert_cmpuint (kept->archive_bytes, ==, 2000);
  g_assert_cmpuint (kept->kept_bytes, ==, 26000);
  /* The 24 newest, and half of the hour before them. */
  g_assert_cmpuint (kept->day_bytes, ==, 24500);
  g_assert_cmpint (kept->first_us, ==, 1000 * HOUR_US);
  g_assert_cmpint (kept->expired_us, ==, -1);

  g_clear_pointer (&rows, g_ptr_array_unref);
  g_assert_true (mark (fixture, ID (1), 70, NULL));
  g_assert_true (finish_deletion (fixture, ID (1)));
  rows = list_kept (fixture, 1025 * HOUR_US);
  kept = rows->pdata[0];
  g_assert_cmpuint (kept->archive_bytes, ==, 1000);
  g_assert_cmpuint (kept->kept_bytes, ==, 25000);
  g_assert_cmpint (kept->first_us, ==, 1001 * HOUR_US);
  g_assert_cmpint (kept->expired_us, ==, 1000 * HOUR_US + 100);
}

const CatalogueCaseEntry *
catalogue_suite_retention_cases (void)
{
  static const CatalogueCaseEntry cases[] = {
    { "retention/clips", test_clips },
    { "retention/expired", test_expired },
    { "retention/mark", test_mark },
    { "retention/finish-deletion", test_finish_deletion },
    { "retention/thumbnails", test_thumbnails },
    { "retention/forget-past", test_forget_past },
    { "retention/kept", test_kept },
    { NULL, NULL },
  };

  return cases;
}
