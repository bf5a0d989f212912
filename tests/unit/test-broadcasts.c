/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Broadcasts from their announcement to their MP4, and what goes wrong on the way. */
#include "broadcast-scene.h"

#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include <glib/gstdio.h>

#define S G_TIME_SPAN_SECOND

static void
begin (Scene *scene)
{
  scene_tell (scene, TRUE, SCENE_STREAM, SCENE_T);
}

static void
end (Scene *scene)
{
  scene_tell (scene, FALSE, SCENE_STREAM, SCENE_T + 60 * S);
}

static guint
count (Scene *scene)
{
  g_autoptr (GVariant) list = scene_list (scene);

  return (guint) g_variant_n_children (list);
}

static char *
get_text (Scene *scene, guint i, const char *member)
{
  g_autoptr (GVariant) broadcast = scene_get (scene, i);

  return g_strdup (tyto_dict_string (broadcast, member, ""));
}

static guint64
get_number (Scene *scene, guint i, const char *member)
{
  g_autoptr (GVariant) broadcast = scene_get (scene, i);

  return tyto_dict_uint (broadcast, member, G_MAXUINT64);
}

static gboolean
has_segments (Scene *scene, gpointer data)
{
  return get_number (scene, 0, "segments") == 3;
}

static gboolean
has_calls (Scene *scene, gpointer data)
{
  return scene_count_calls (scene, data) > 0;
}

static gboolean
has_two_calls (Scene *scene, gpointer data)
{
  return scene_count_calls (scene, data) >= 2;
}

static gboolean
has_result (Scene *scene, gpointer data)
{
  return *(GAsyncResult **) data != NULL;
}

static gboolean
file_is_gone (Scene *scene, gpointer data)
{
  return !g_file_test (data, G_FILE_TEST_EXISTS);
}

/* The MP4 stays alone where no object store is set. */
static void
check_completed (Scene *scene, guint i)
{
  g_autofree char *id = get_text (scene, i, "id");
  g_autofree char *movie
      = g_build_filename (scene->directory, "out", ".broadcasts", id, SCENE_KEY ".mp4", NULL);
  g_autofree char *segment
      = g_build_filename (scene->directory, "out", ".broadcasts", id, "000000-0.ts", NULL);
  g_autofree char *path = get_text (scene, i, "file_path");

  g_assert_cmpstr (path, ==, movie);
  g_assert_true (g_file_test (movie, G_FILE_TEST_IS_REGULAR));
  scene_run (scene, file_is_gone, segment);
  g_assert_cmpuint (get_number (scene, i, "frames"), ==, 149);
  g_assert_cmpuint (get_number (scene, i, "bytes"), ==, 5);
}

static void
test_straight (Scene *scene, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autofree char *sha256 = NULL;
  g_autofree char *digest = NULL;
  g_autoptr (GVariant) gaps = NULL;
  g_autoptr (GVariant) items = NULL;
  g_autoptr (GError) error = NULL;

  begin (scene);
  scene_run (scene, has_segments, NULL);
  scene_await (scene, 0, "step", "collecting");
  g_assert_cmpuint (get_number (scene, 0, "segments_waiting"), ==, 2);
  end (scene);
  scene_await (scene, 0, "status", "completed");
  check_completed (scene, 0);
  sha256 = get_text (scene, 0, "sha256");
  digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "movie", -1);
  g_assert_cmpstr (sha256, ==, digest);
  id = get_text (scene, 0, "id");
  gaps = scene_call (scene, tyto_broadcasts_list_gaps_async, id, &error);
  g_assert_no_error (error);
  items = g_variant_lookup_value (gaps, "items", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_cmpuint (g_variant_n_children (items), ==, 1);
  g_assert_cmpuint (scene_count_calls (scene, "collect"), ==, 1);
  g_assert_cmpuint (scene_count_calls (scene, "join"), ==, 1);
  g_assert_cmpstr (scene->told->pdata[0], ==, "added");
  g_assert_cmpstr (scene->told->pdata[1], ==, "recording");
  g_assert_cmpstr (scene->told->pdata[2], ==, "processing");
  g_assert_cmpstr (scene->told->pdata[3], ==, "completed");
  g_assert_cmpuint (scene->told->len, ==, 4);
}

static void
test_told_twice (Scene *scene, gconstpointer data)
{
  begin (scene);
  begin (scene);
  end (scene);
  end (scene);
  begin (scene);
  scene_await (scene, 0, "status", "completed");
  end (scene);
  begin (scene);
  g_assert_cmpuint (count (scene), ==, 1);
}

static void
test_end_before_start (Scene *scene, gconstpointer data)
{
  g_autofree char *started = NULL;

  end (scene);
  begin (scene);
  scene_await (scene, 0, "status", "completed");
  started = get_text (scene, 0, "started_at");
  g_assert_cmpstr (started, ==, "2023-11-14T22:13:20.000Z");
  g_assert_cmpuint (count (scene), ==, 1);
}

/* The end of the first was lost: what came until then is not the second's. */
static void
test_lost_end (Scene *scene, gconstpointer data)
{
  g_autofree char *calls = NULL;

  begin (scene);
  scene_run (scene, has_segments, NULL);
  scene_tell (scene, TRUE, SCENE_OTHER, SCENE_T + 90 * S);
  scene_await (scene, 1, "status", "completed");
  scene_await (scene, 0, "status", "recording");
  scene_run (scene, has_two_calls, (gpointer) "collect");
  calls = scene_read_calls (scene);
  g_assert_nonnull (strstr (calls, "after -1\n"));
  g_assert_nonnull (strstr (calls, "after 1700000000000000\n"));
  scene_tell (scene, FALSE, SCENE_OTHER, SCENE_T + 120 * S);
  scene_await (scene, 0, "status", "completed");
}

static void
test_killed_while_recording (Scene *scene, gconstpointer data)
{
  begin (scene);
  scene_run (scene, has_segments, NULL);
  scene_restart (scene);
  scene_run (scene, has_two_calls, (gpointer) "collect");
  end (scene);
  scene_await (scene, 0, "status", "completed");
  check_completed (scene, 0);
}

static void
test_killed_while_finishing (Scene *scene, gconstpointer data)
{
  scene_order (scene, "finish", "hold");
  begin (scene);
  end (scene);
  scene_run (scene, has_calls, (gpointer) "end");
  scene_await (scene, 0, "step", "finishing");
  scene_order (scene, "finish", "");
  scene_restart (scene);
  scene_await (scene, 0, "status", "completed");
  check_completed (scene, 0);
}

static void
test_killed_while_joining (Scene *scene, gconstpointer data)
{
  scene_order (scene, "join", "hold");
  begin (scene);
  end (scene);
  scene_run (scene, has_calls, (gpointer) "join");
  scene_order (scene, "join", "");
  scene_restart (scene);
  scene_await (scene, 0, "status", "completed");
  check_completed (scene, 0);
}

/* What it waits for is given up at once. */
static void
test_stopped_while_joining (Scene *scene, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  GAsyncResult *result = NULL;

  scene_order (scene, "join", "hold");
  begin (scene);
  end (scene);
  scene_run (scene, has_calls, (gpointer) "join");
  tyto_broadcasts_stop_async (scene->broadcasts, scene_keep, &result);
  scene_run (scene, has_result, &result);
  g_assert_true (tyto_broadcasts_stop_finish (scene->broadcasts, result, &error));
  g_object_unref (result);
  scene_order (scene, "join", "");
  scene_restart (scene);
  scene_await (scene, 0, "status", "completed");
  g_assert_cmpuint (scene_count_calls (scene, "join"), ==, 2);
  check_completed (scene, 0);
}

static void
test_collector_dies (Scene *scene, gconstpointer data)
{
  scene_order (scene, "collect", "crash");
  begin (scene);
  scene_run (scene, has_segments, NULL);
  end (scene);
  scene_await (scene, 0, "status", "completed");
  g_assert_false (scene_stands (scene, "broadcast-collector"));
}

static void
test_assembler_dies (Scene *scene, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  scene_order (scene, "join", "crash");
  begin (scene);
  end (scene);
  scene_await (scene, 0, "status", "failed");
  g_assert_cmpuint (scene_count_calls (scene, "join"), ==, 3);
  g_assert_true (scene_stands (scene, "broadcast-failed"));
  scene_order (scene, "join", "");
  id = get_text (scene, 0, "id");
  answer = scene_call (scene, tyto_broadcasts_retry_async, id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (tyto_dict_string (answer, "status", ""), ==, "processing");
  scene_await (scene, 0, "status", "completed");
  check_completed (scene, 0);
  g_assert_false (scene_stands (scene, "broadcast-failed"));
}

static void
retry (Scene *scene)
{
  g_autofree char *id = get_text (scene, 0, "id");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = scene_call (scene, tyto_broadcasts_retry_async, id, &error);

  g_assert_no_error (error);
}

static void
test_disk_full (Scene *scene, gconstpointer data)
{
  scene_order (scene, "join", "storage");
  begin (scene);
  end (scene);
  scene_await (scene, 0, "step", "waiting");
  scene_await (scene, 0, "status", "processing");
  g_assert_true (scene_stands (scene, "broadcast-disk"));
  scene_order (scene, "join", "");
  retry (scene);
  scene_await (scene, 0, "status", "completed");
  g_assert_false (scene_stands (scene, "broadcast-disk"));
}

/* It is not begun when there is no room for its end. */
static void
test_no_room (Scene *scene, gconstpointer data)
{
  scene_order (scene, "need", "1152921504606846976");
  begin (scene);
  end (scene);
  scene_await (scene, 0, "step", "waiting");
  g_assert_cmpuint (scene_count_calls (scene, "join"), ==, 0);
  g_assert_true (scene_stands (scene, "broadcast-disk"));
  scene_order (scene, "need", "1000");
  retry (scene);
  scene_await (scene, 0, "status", "completed");
  g_assert_false (scene_stands (scene, "broadcast-disk"));
}

static void
test_nothing_usable (Scene *scene, gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autofree char *directory = NULL;
  g_autofree char *why = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) none = NULL;
  g_autoptr (GError) error = NULL;

  scene_order (scene, "join", "not-found");
  begin (scene);
  end (scene);
  scene_await (scene, 0, "status", "failed");
  id = get_text (scene, 0, "id");
  why = get_text (scene, 0, "last_error");
  g_assert_nonnull (strstr (why, "not one usable frame"));
  directory = g_build_filename (scene->directory, "out", ".broadcasts", id, NULL);
  g_assert_true (g_file_test (directory, G_FILE_TEST_IS_DIR));
  answer = scene_call (scene, tyto_broadcasts_remove_async, id, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (answer), ==, 0);
  g_assert_false (g_file_test (directory, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count (scene), ==, 0);
  none = scene_call (scene, tyto_broadcasts_remove_async, id, &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_assert_false (scene_stands (scene, "broadcast-failed"));
}

static void
test_missing (Scene *scene, gconstpointer data)
{
  scene_order (scene, "collect", "missing");
  begin (scene);
  scene_run (scene, has_segments, NULL);
  g_assert_true (scene_stands (scene, "broadcast-missing"));
  end (scene);
  scene_await (scene, 0, "status", "completed");
  g_assert_false (scene_stands (scene, "broadcast-missing"));
  g_assert_cmpuint (get_number (scene, 0, "segments_missing"), ==, 1);
}

/* --- Unannounced --- */

static void
test_idle (Scene *scene, gconstpointer data)
{
  g_autofree char *by = NULL;

  scene_order (scene, "collect", "idle");
  begin (scene);
  scene_await (scene, 0, "status", "completed");
  by = get_text (scene, 0, "ended_by");
  g_assert_cmpstr (by, ==, "bucket");
}

static void
test_playlist_over (Scene *scene, gconstpointer data)
{
  g_autofree char *by = NULL;

  scene_order (scene, "collect", "over");
  begin (scene);
  scene_await (scene, 0, "status", "completed");
  by = get_text (scene, 0, "ended_by");
  g_assert_cmpstr (by, ==, "source");
}

static gboolean
has_one (Scene *scene, gpointer data)
{
  return count (scene) == 1;
}

static void
test_found (Scene *scene, gconstpointer data)
{
  g_autofree char *stream = NULL;

  /* Too old to be live; then it is; then its announcement comes. */
  tyto_broadcasts_found (scene->broadcasts, SCENE_KEY, SCENE_T, 3600 * 1000, FALSE);
  tyto_broadcasts_found (scene->broadcasts, "no/key", SCENE_T, 0, FALSE);
  tyto_broadcasts_found (scene->broadcasts, SCENE_KEY, SCENE_T + 5 * S, 1000, FALSE);
  tyto_broadcasts_found (scene->broadcasts, SCENE_KEY, SCENE_T + 6 * S, 1000, FALSE);
  scene_run (scene, has_one, NULL);
  scene_await (scene, 0, "found_by", "bucket");
  begin (scene);
  stream = get_text (scene, 0, "stream_id");
  g_assert_cmpstr (stream, ==, SCENE_STREAM);
  end (scene);
  scene_await (scene, 0, "status", "completed");
  /* What was made until then is its own. */
  tyto_broadcasts_found (scene->broadcasts, SCENE_KEY, SCENE_T, 1000, FALSE);
  begin (scene);
  g_assert_cmpuint (count (scene), ==, 1);
}

/* --- By hand --- */

static void
test_by_hand (Scene *scene, gconstpointer data)
{
  g_autoptr (GVariant) dict
      = g_variant_ref_sink (g_variant_new_parsed ("{'stream_key': <%s>}", SCENE_KEY));
  g_autoptr (GVariant) made = NULL;
  g_autoptr (GVariant) again = NULL;
  g_autoptr (GVariant) ended = NULL;
  g_autoptr (GVariant) ended_again = NULL;
  g_autoptr (GVariant) named = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *result = NULL;
  const char *id;

  tyto_broadcasts_begin_async (scene->broadcasts, dict, NULL, scene_keep, &result);
  made = scene_finish (scene, &result, &error);
  g_assert_no_error (error);
  tyto_broadcasts_begin_async (scene->broadcasts, dict, NULL, scene_keep, &result);
  again = scene_finish (scene, &result, &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_clear_error (&error);
  id = tyto_dict_string (made, "id", "");
  ended = scene_call (scene, tyto_broadcasts_end_async, id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (tyto_dict_string (ended, "status", ""), ==, "processing");
  g_assert_cmpstr (tyto_dict_string (ended, "ended_by", ""), ==, "user");
  ended_again = scene_call (scene, tyto_broadcasts_end_async, id, &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_clear_error (&error);
  scene_await (scene, 0, "status", "completed");
  tyto_broadcasts_set_video_async (scene->broadcasts, id, SCENE_OTHER, NULL, scene_keep, &result);
  named = scene_finish (scene, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (tyto_dict_string (named, "video_id", ""), ==, SCENE_OTHER);
}

#define add(name, settings, test)                                                                  \
  g_test_add ("/broadcasts/" name, Scene, settings, scene_set_up, test, scene_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  scene_init ();
  add ("straight", NULL, test_straight);
  add ("told-twice", NULL, test_told_twice);
  add ("end-before-start", NULL, test_end_before_start);
  add ("lost-end", NULL, test_lost_end);
  add ("killed-while-recording", NULL, test_killed_while_recording);
  add ("killed-while-finishing", NULL, test_killed_while_finishing);
  add ("killed-while-joining", NULL, test_killed_while_joining);
  add ("stopped-while-joining", NULL, test_stopped_while_joining);
  add ("collector-dies", NULL, test_collector_dies);
  add ("assembler-dies", NULL, test_assembler_dies);
  add ("disk-full", NULL, test_disk_full);
  add ("no-room", NULL, test_no_room);
  add ("nothing-usable", NULL, test_nothing_usable);
  add ("missing", NULL, test_missing);
  add ("idle", "broadcast-idle-seconds=120\n", test_idle);
  add ("playlist-over", "broadcast-idle-seconds=0\n", test_playlist_over);
  add ("found", NULL, test_found);
  add ("by-hand", NULL, test_by_hand);
  return g_test_run ();
}
