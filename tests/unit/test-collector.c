/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a collector makes of names, playlists and objects, without any server. */
#include "base/tyto-error.h"
#include "collector/tyto-bucket-playlists.h"
#include "collector/tyto-bucket-view.h"
#include "collector/tyto-name-order.h"
#include "collector/tyto-segment-fetch.h"
#include "collector/tyto-segment-list.h"

#include <string.h>

/* --- Names --- */

static void
test_names_stand_in_the_order_of_their_numbers (void)
{
  static const char *const names[] = { "a",     "a1.ts",  "a02.ts",
                                       "a2.ts", "a9.ts",  "a10.ts",
                                       "a10/1", "a10/02", "a123456789012345678901234567890.ts",
                                       "b0.ts" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    for (guint n = 0; n < G_N_ELEMENTS (names); n++) {
      int order = tyto_name_compare (names[i], names[n]);

      g_assert_cmpint ((order > 0) - (order < 0), ==, (i > n) - (i < n));
    }
  }
}

static void
test_parts_of_names (void)
{
  g_autofree char *pattern = tyto_name_pattern ("720p/live_00017.ts");
  g_autofree char *folder = tyto_name_folder ("720p/live_00017.ts");
  g_autofree char *part = tyto_source_part_name ("a#b.mp4", 10, 20);
  g_autofree char *whole = tyto_source_part_name ("a.mp4", 0, -1);
  gint64 offset, length;
  g_autofree char *split = tyto_source_part_split (part, &offset, &length);
  g_autofree char *odd = NULL;
  guint64 number;

  g_assert_cmpstr (pattern, ==, "#p/live_#.ts");
  g_assert_cmpstr (folder, ==, "720p/");
  g_assert_cmpstr (tyto_name_base ("720p/live_00017.ts"), ==, "live_00017.ts");
  g_assert_true (tyto_name_number ("720p/live_00017.mp4", &number));
  g_assert_cmpuint (number, ==, 17);
  g_assert_false (tyto_name_number ("720p/live.mp4", &number));
  g_assert_true (tyto_name_is_segment ("x/Y.TS"));
  g_assert_false (tyto_name_is_segment ("x/live.m3u8"));
  g_assert_cmpstr (tyto_name_extension ("x/Y.TS"), ==, "ts");
  g_assert_cmpstr (tyto_name_extension ("x/../../etc/passwd"), ==, "seg");
  g_assert_cmpstr (whole, ==, "a.mp4");
  g_assert_cmpstr (split, ==, "a#b.mp4");
  g_assert_cmpint (offset, ==, 10);
  g_assert_cmpint (length, ==, 20);
  odd = tyto_source_part_split ("a#bytes=x-", &offset, &length);
  g_assert_cmpstr (odd, ==, "a#bytes=x-");
  g_assert_cmpint (length, ==, -1);
}

/* --- Playlists of a bucket --- */

static void
test_playlists_name_nothing_outside_of_the_prefix (void)
{
  static const struct {
    const char *uri, *key;
  } cases[] = {
    { "seg_1.ts", "key/720p/seg_1.ts" },
    { "../seg_1.ts?token=a", "key/seg_1.ts" },
    { "./a/../seg%201.ts#x", "key/720p/seg 1.ts" },
    { "http://store:9000/live-segments/key/720p/seg_1.ts?X-Amz-Signature=1", "key/720p/seg_1.ts" },
    { "https://cdn.example/other/place/seg_1.ts", "key/720p/seg_1.ts" },
    { "/live/key/a/seg_1.ts", "key/a/seg_1.ts" },
    { "/seg_1.ts", "key/720p/seg_1.ts" },
    { "../../other/seg_1.ts", NULL },
    { "../../../../../../etc/passwd", NULL },
    { "..", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *key
        = tyto_bucket_playlists_resolve ("key/", "key/720p/live.m3u8", cases[i].uri, &error);

    g_assert_cmpstr (key, ==, cases[i].key);
    if (key == NULL)
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  }
}

/* --- Objects --- */

/* Objects of @names, separated by blanks, below "key/". (transfer full) */
static GHashTable *
make_objects (const char *names)
{
  GHashTable *objects = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                               (GDestroyNotify) tyto_s3_object_unref);
  g_auto (GStrv) all = g_strsplit (names, " ", -1);

  for (guint i = 0; all[i] != NULL; i++) {
    TytoS3Object *object = tyto_s3_object_new ();

    g_free (object->key);
    object->key = g_strconcat ("key/", all[i], NULL);
    g_free (object->etag);
    object->etag = g_strconcat ("etag-", all[i], NULL);
    object->modified_us = 1000 + i;
    g_hash_table_replace (objects, object->key, object);
  }
  return objects;
}

/* Names of @view, those that are trailing in brackets, what was skipped as "+n". (transfer full) */
static char *
show (const TytoSourceView *view)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < view->entries->len; i++) {
    const TytoSourceEntry *entry = view->entries->pdata[i];

    if (entry->skipped > 0)
      g_string_append_printf (text, "+%" G_GUINT64_FORMAT " ", entry->skipped);
    g_string_append_printf (text, entry->trailing ? "[%s] " : "%s ", entry->name);
  }
  g_strchomp (text->str);
  return g_string_free (text, FALSE);
}

static void
test_objects_alone_are_segments (void)
{
  static const struct {
    const char *objects, *view;
  } cases[] = {
    { "s10.ts s9.ts s8.ts live.m3u8 a.txt", "s8.ts s9.ts s10.ts" },
    { "v/s1.ts v/s2.ts v/s3.ts w/s1.ts w/s2.ts", "v/s1.ts v/s2.ts v/s3.ts" },
    { "video1.ts video2.ts video3.ts audio1.ts", "video1.ts video2.ts video3.ts" },
    { "a.ts c.ts b.ts", "a.ts b.ts c.ts" },
    { "s1.ts s2.ts s5.ts s6.ts", "s1.ts s2.ts +2 s5.ts s6.ts" },
    { "s0.ts s4.ts s8.ts s12.ts", "s0.ts s4.ts s8.ts s12.ts" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GHashTable) objects = make_objects (cases[i].objects);
    g_autoptr (TytoSourceView) view = tyto_bucket_view_new (objects, "key/", NULL, 0);
    g_autofree char *shown = show (view);

    g_assert_cmpstr (shown, ==, cases[i].view);
    g_assert_cmpint (view->target_us, ==, -1);
  }
}

static void
test_what_is_behind_a_hole_is_held_back (void)
{
  g_autoptr (GHashTable) held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) objects = make_objects ("s1.ts s2.ts s4.ts s5.ts");
  static const struct {
    gint64 now_s;
    const char *view;
  } steps[]
      = { { 100, "s1.ts s2.ts" }, { 109, "s1.ts s2.ts" }, { 110, "s1.ts s2.ts +1 s4.ts s5.ts" } };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    g_autoptr (TytoSourceView) view
        = tyto_bucket_view_new (objects, "key/", held, steps[i].now_s * G_USEC_PER_SEC);
    g_autofree char *shown = show (view);

    g_assert_cmpstr (shown, ==, steps[i].view);
  }
}

static void
test_fragments_have_their_initialization_section (void)
{
  g_autoptr (GHashTable) objects = make_objects ("init_0.mp4 s1.m4s s2.m4s");
  g_autoptr (TytoSourceView) view = tyto_bucket_view_new (objects, "key/", NULL, 0);
  const TytoSourceEntry *entry = view->entries->pdata[0];
  g_autofree char *shown = show (view);

  g_assert_cmpstr (shown, ==, "s1.m4s s2.m4s");
  g_assert_cmpstr (entry->map, ==, "key/init_0.mp4");
}

/* --- Lists --- */

/* A view of a playlist: segments "PREFIXn.ts" from @first to @last, modified at @modified_us. */
static TytoSourceView *
make_view (const char *prefix, gint64 first, gint64 last, gint64 modified_us)
{
  TytoSourceView *view = tyto_source_view_new (0);

  for (gint64 n = first; n <= last; n++) {
    g_autofree char *name = g_strdup_printf ("%s%" G_GINT64_FORMAT ".ts", prefix, n);
    TytoSourceEntry *entry = tyto_source_entry_new (name, name);

    entry->sequence = n;
    entry->duration_us = G_USEC_PER_SEC;
    g_ptr_array_add (view->entries, entry);
  }
  view->modified_us = modified_us;
  view->whole = TRUE;
  return view;
}

/* Takes @view (taken) and says what was added: names, "D" before those with a discontinuity, "?n"
 * for what was passed unseen. (transfer full) */
static char *
take (TytoSegmentList *list, TytoSourceView *view, gboolean final)
{
  g_autoptr (TytoSourceView) owned = view;
  g_autoptr (GPtrArray) added = g_ptr_array_new ();
  GString *text = g_string_new (NULL);

  tyto_segment_list_take (list, view, final, added);
  for (guint i = 0; i < added->len; i++) {
    const TytoHlsSegment *record = ((const TytoListedSegment *) added->pdata[i])->record;

    if (record->state == TYTO_HLS_UNLISTED)
      g_string_append_printf (text, "?%" G_GUINT64_FORMAT " ", record->count);
    else
      g_string_append_printf (text, "%s%s ", record->discontinuity ? "D" : "", record->name);
  }
  g_strchomp (text->str);
  return g_string_free (text, FALSE);
}

static void
assert_takes (TytoSegmentList *list, TytoSourceView *view, const char *expected)
{
  g_autofree char *added = take (list, view, FALSE);

  g_assert_cmpstr (added, ==, expected);
}

static void
test_a_window_slides (void)
{
  g_autoptr (TytoSegmentList) list = tyto_segment_list_new (0);
  g_autoptr (TytoSourceView) begun = make_view ("s", 5, 7, -1);
  g_autoptr (TytoSourceView) empty = tyto_source_view_new (0);
  g_autoptr (TytoSourceView) passed = make_view ("s", 12, 13, -1);
  GPtrArray *segments;

  g_assert_true (tyto_segment_list_has_hole (list, begun)); /* s4 may have been there */
  g_assert_false (tyto_segment_list_has_hole (list, empty));
  assert_takes (list, make_view ("s", 5, 7, -1), "s5.ts s6.ts s7.ts");
  assert_takes (list, make_view ("s", 5, 7, -1), "");
  assert_takes (list, make_view ("s", 6, 8, -1), "s8.ts");
  g_assert_false (tyto_segment_list_has_hole (list, begun));
  assert_takes (list, make_view ("s", 5, 7, -1), ""); /* a cache's */
  g_assert_true (tyto_segment_list_has_hole (list, passed));
  assert_takes (list, g_steal_pointer (&passed), "?3 s12.ts s13.ts");
  segments = tyto_segment_list_get_segments (list);
  g_assert_cmpuint (((TytoListedSegment *) segments->pdata[4])->record->position, ==, 4);
  g_assert_cmpuint (((TytoListedSegment *) segments->pdata[5])->record->position, ==, 7);
}

static void
test_a_playlist_begins_anew (void)
{
  g_autoptr (TytoSegmentList) list = tyto_segment_list_new (0);
  TytoSourceView *dated = make_view ("s", 0, 1, -1);

  assert_takes (list, make_view ("s", 0, 2, 10), "s0.ts s1.ts s2.ts");
  assert_takes (list, make_view ("new", 0, 0, 20), "Dnew0.ts");
  assert_takes (list, make_view ("new", 0, 4, 30), "new1.ts new2.ts new3.ts new4.ts");
  assert_takes (list, make_view ("new", 8, 9, 40), "?3 new8.ts new9.ts");
  assert_takes (list, make_view ("new", 0, 2, 35), ""); /* older than what was seen */
  assert_takes (list, make_view ("new", 0, 2, 50), "Dnew0.ts new1.ts new2.ts");
  /* A path with another token each time is the same segment. */
  assert_takes (list, make_view ("token2/new", 1, 3, 60), "token2/new3.ts");
  /* Dates tell. */
  for (guint i = 0; i < 2; i++)
    ((TytoSourceEntry *) dated->entries->pdata[i])->time_us = (gint64) i * G_USEC_PER_SEC;
  list = (tyto_segment_list_free (list), tyto_segment_list_new (0));
  assert_takes (list, dated, "s0.ts s1.ts");
  dated = make_view ("s", 0, 2, -1);
  for (guint i = 0; i < 3; i++)
    ((TytoSourceEntry *) dated->entries->pdata[i])->time_us = (gint64) (i + 60) * G_USEC_PER_SEC;
  assert_takes (list, dated, "Ds0.ts s1.ts s2.ts");
}

static void
test_objects_fill_what_the_playlist_passed (void)
{
  g_autoptr (TytoSegmentList) list = tyto_segment_list_new (0);
  g_autoptr (GHashTable) objects = make_objects ("s1.ts s2.ts s4.ts s5.ts s6.ts s7.ts s8.ts");
  TytoSourceView *view = make_view ("s", 1, 1, -1);
  g_autofree char *last = NULL;

  assert_takes (list, view, "s1.ts");
  view = make_view ("s", 5, 6, -1);
  for (guint i = 0; i < view->entries->len; i++) {
    TytoSourceEntry *entry = view->entries->pdata[i];
    char *key = g_strconcat ("key/", entry->location, NULL);

    g_free (entry->location);
    entry->location = key;
  }
  tyto_bucket_view_complete (view, objects, "key/");
  assert_takes (list, view, "s2.ts s4.ts ?1 s5.ts s6.ts");
  view = make_view ("s", 6, 6, -1);
  g_free (((TytoSourceEntry *) view->entries->pdata[0])->location);
  ((TytoSourceEntry *) view->entries->pdata[0])->location = g_strdup ("key/s6.ts");
  tyto_bucket_view_complete (view, objects, "key/");
  last = take (list, view, TRUE);
  g_assert_cmpstr (last, ==, "s7.ts s8.ts");
}

static void
test_a_list_goes_on_where_an_earlier_process_was (void)
{
  g_autoptr (TytoSegmentList) list = tyto_segment_list_new (0);
  static const gint64 sequences[] = { 3, 4, 0, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (sequences); i++) {
    TytoHlsSegment *record = tyto_hls_segment_new (i, 0);

    record->sequence = sequences[i];
    g_free (record->name);
    record->name = g_strdup_printf ("s%" G_GINT64_FORMAT ".ts", sequences[i]);
    tyto_segment_list_restore (list, record);
  }
  assert_takes (list, make_view ("s", 0, 2, -1), "s2.ts");
  assert_takes (list, make_view ("s", 1, 4, -1), "s3.ts s4.ts");
}

/* --- Failures --- */

static void
test_failures_are_told_apart (void)
{
  static const struct {
    GQuark (*domain) (void);
    int code;
    TytoFetchFailure failure;
  } cases[] = {
    { tyto_error_quark, TYTO_ERROR_NOT_FOUND, TYTO_FETCH_ABSENT },
    { tyto_error_quark, TYTO_ERROR_FORBIDDEN, TYTO_FETCH_ABSENT },
    { tyto_error_quark, TYTO_ERROR_TIMED_OUT, TYTO_FETCH_LATE },
    { tyto_error_quark, TYTO_ERROR_UNAVAILABLE, TYTO_FETCH_AWAY },
    { tyto_error_quark, TYTO_ERROR_STORAGE, TYTO_FETCH_LOCAL },
    { tyto_error_quark, TYTO_ERROR_TOO_LARGE, TYTO_FETCH_NEVER },
    { g_io_error_quark, G_IO_ERROR_PARTIAL_INPUT, TYTO_FETCH_AWAY },
    { g_io_error_quark, G_IO_ERROR_CONNECTION_REFUSED, TYTO_FETCH_AWAY },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = g_error_new_literal (cases[i].domain (), cases[i].code, "x");

    g_assert_cmpint (tyto_fetch_judge (error), ==, cases[i].failure);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/collector/names/order", test_names_stand_in_the_order_of_their_numbers);
  g_test_add_func ("/collector/names/parts", test_parts_of_names);
  g_test_add_func ("/collector/playlists/prefix",
                   test_playlists_name_nothing_outside_of_the_prefix);
  g_test_add_func ("/collector/objects/alone", test_objects_alone_are_segments);
  g_test_add_func ("/collector/objects/held", test_what_is_behind_a_hole_is_held_back);
  g_test_add_func ("/collector/objects/init", test_fragments_have_their_initialization_section);
  g_test_add_func ("/collector/list/window", test_a_window_slides);
  g_test_add_func ("/collector/list/anew", test_a_playlist_begins_anew);
  g_test_add_func ("/collector/list/objects", test_objects_fill_what_the_playlist_passed);
  g_test_add_func ("/collector/list/restore", test_a_list_goes_on_where_an_earlier_process_was);
  g_test_add_func ("/collector/failures", test_failures_are_told_apart);
  return g_test_run ();
}
