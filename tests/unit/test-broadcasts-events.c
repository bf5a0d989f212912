/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from announcements that are lost, late, repeated or out of order; and names. */
#include "base/tyto-error.h"
#include "recorder/broadcasts/tyto-broadcast-events.h"
#include "recorder/broadcasts/tyto-broadcast-names.h"

#define S     G_TIME_SPAN_SECOND
#define T     G_GINT64_CONSTANT (1700000000000000)
#define ONE   "bb52ba50-edc5-4056-a62c-6ef211d72d25"
#define TWO   "a781b655-d4e4-46a0-89da-c4f655bb24f0"
#define KEY   "d1eb2fe800d01c797c84f0b622e474d9"
#define LIVE  TYTO_BROADCAST_RECORDING
#define OVER  TYTO_BROADCAST_COMPLETED
#define BEGUN TYTO_BROADCAST_PROCESSING

static TytoBroadcast *
make (const char *stream, const char *by, TytoBroadcastStatus status, gint64 started_us,
      gint64 ended_us)
{
  TytoBroadcast *broadcast = tyto_broadcast_new (KEY);

  tyto_broadcast_set (&broadcast->stream_id, stream);
  tyto_broadcast_set (&broadcast->found_by, by);
  broadcast->status = status;
  broadcast->started_us = started_us;
  broadcast->ended_us = ended_us;
  return broadcast;
}

static TytoBroadcastVerdict
judge (gboolean started, const char *stream, gint64 at_us, const TytoBroadcast *of_stream,
       const TytoBroadcast *of_key)
{
  const TytoStreamEvent event = { .started = started,
                                  .stream_id = stream,
                                  .stream_key = KEY,
                                  .user_id = "",
                                  .at_us = at_us,
                                  .playlist_url = "" };
  const TytoBroadcast *which;
  TytoBroadcastVerdict verdict = tyto_broadcast_judge (&event, of_stream, of_key, &which);

  if (verdict == TYTO_BROADCAST_BEGIN || verdict == TYTO_BROADCAST_BEGIN_END)
    g_assert_null (which);
  else if (verdict != TYTO_BROADCAST_NOTHING)
    g_assert_true (which != NULL && (which == of_stream || which == of_key));
  return verdict;
}

#define assert_judged(verdict, ...) g_assert_cmpint (judge (__VA_ARGS__), ==, verdict)

static void
test_in_order (void)
{
  g_autoptr (TytoBroadcast) live = make (ONE, "webhook", LIVE, T, -1);
  g_autoptr (TytoBroadcast) over = make (ONE, "webhook", BEGUN, T, T + 60 * S);

  assert_judged (TYTO_BROADCAST_BEGIN, TRUE, ONE, T, NULL, NULL);
  assert_judged (TYTO_BROADCAST_END, FALSE, ONE, T + 60 * S, live, live);
  /* It is announced again, under the same stream or another one. */
  assert_judged (TYTO_BROADCAST_BEGIN, TRUE, ONE, T + 90 * S, over, over);
  assert_judged (TYTO_BROADCAST_BEGIN, TRUE, TWO, T + 90 * S, NULL, over);
}

static void
test_twice (void)
{
  g_autoptr (TytoBroadcast) live = make (ONE, "webhook", LIVE, T, -1);
  g_autoptr (TytoBroadcast) over = make (ONE, "webhook", OVER, T, T + 60 * S);

  assert_judged (TYTO_BROADCAST_NOTHING, TRUE, ONE, T, live, live);
  assert_judged (TYTO_BROADCAST_NOTHING, TRUE, ONE, T + 2 * S, live, live);
  assert_judged (TYTO_BROADCAST_NOTHING, FALSE, ONE, T + 60 * S, over, over);
  assert_judged (TYTO_BROADCAST_NOTHING, FALSE, ONE, T + 62 * S, over, over);
  /* The start comes once more when all is over. */
  assert_judged (TYTO_BROADCAST_NOTHING, TRUE, ONE, T, over, over);
  assert_judged (TYTO_BROADCAST_NOTHING, TRUE, ONE, T + 60 * S, over, over);
}

static void
test_out_of_order (void)
{
  g_autoptr (TytoBroadcast) ended = make (ONE, "webhook", BEGUN, T + 60 * S, T + 60 * S);
  g_autoptr (TytoBroadcast) second = make (ONE, "webhook", LIVE, T + 90 * S, -1);
  g_autoptr (TytoBroadcast) by_hand = make (ONE, "user", LIVE, T + 90 * S, -1);

  assert_judged (TYTO_BROADCAST_BEGIN_END, FALSE, ONE, T + 60 * S, NULL, NULL);
  /* Its start comes after its end: it tells when it was. */
  assert_judged (TYTO_BROADCAST_NAME, TRUE, ONE, T, ended, ended);
  assert_judged (TYTO_BROADCAST_NOTHING, FALSE, ONE, T + 60 * S, ended, ended);
  /* The end of the first comes when the second runs. */
  assert_judged (TYTO_BROADCAST_NOTHING, FALSE, ONE, T + 60 * S, second, second);
  /* What a person began is by our clock. */
  assert_judged (TYTO_BROADCAST_END, FALSE, ONE, T + 60 * S, by_hand, by_hand);
}

static void
test_lost (void)
{
  g_autoptr (TytoBroadcast) live = make (ONE, "webhook", LIVE, T, -1);

  /* The end of the one before was lost; announcements of streams before it are of no use. */
  assert_judged (TYTO_BROADCAST_REPLACE, TRUE, TWO, T + 60 * S, NULL, live);
  assert_judged (TYTO_BROADCAST_NOTHING, TRUE, TWO, T - 60 * S, NULL, live);
  assert_judged (TYTO_BROADCAST_END, FALSE, TWO, T + 60 * S, NULL, live);
  assert_judged (TYTO_BROADCAST_NOTHING, FALSE, TWO, T - 60 * S, NULL, live);
}

static void
test_found_by_its_segments (void)
{
  g_autoptr (TytoBroadcast) live = make ("", "bucket", LIVE, T, -1);
  g_autoptr (TytoBroadcast) over = make ("", "bucket", BEGUN, T, T + 60 * S);

  assert_judged (TYTO_BROADCAST_NAME, TRUE, ONE, T - S, NULL, live);
  assert_judged (TYTO_BROADCAST_NAME_END, FALSE, ONE, T + 60 * S, NULL, live);
  assert_judged (TYTO_BROADCAST_NAME, TRUE, ONE, T - S, NULL, over);
  assert_judged (TYTO_BROADCAST_NAME, FALSE, ONE, T + 70 * S, NULL, over);
  /* Another one. */
  assert_judged (TYTO_BROADCAST_BEGIN, TRUE, ONE, T + 70 * S, NULL, over);
  assert_judged (TYTO_BROADCAST_BEGIN_END, FALSE, ONE, T + 60 * S + 2 * TYTO_BROADCAST_LATE_US,
                 NULL, over);
}

static void
test_keys (void)
{
  static const char *const good[]
      = { "a", KEY, "A-b_9", "0123456789012345678901234567890123456789012345678901234567890123" };
  static const char *const bad[]
      = { "",
          "a/b",
          "..",
          "a b",
          "é",
          "a.mp4",
          "01234567890123456789012345678901234567890123456789012345678901234" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (tyto_broadcast_check_key (good[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (tyto_broadcast_check_key (bad[i], NULL));
  g_assert_false (tyto_broadcast_check_key ("a/../b", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_urls (void)
{
  static const char *const good[]
      = { "", "http://127.0.0.1:8080/live.m3u8", "https://a.example/x/y.m3u8?token=1" };
  static const char *const bad[] = { "file:///etc/passwd",
                                     "ftp://a.example/x",
                                     "live.m3u8",
                                     "http:///x",
                                     "https://user:word@a.example/x.m3u8",
                                     "https://user@a.example/x" };
  g_autofree char *long_one = g_strnfill (5000, 'a');
  g_autofree char *long_url = g_strconcat ("http://a.example/", long_one, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (tyto_broadcast_check_url (good[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (tyto_broadcast_check_url (bad[i], NULL));
  g_assert_false (tyto_broadcast_check_url (long_url, NULL));
  g_assert_true (tyto_broadcast_check_uuid ("stream_id", "", NULL));
  g_assert_true (tyto_broadcast_check_uuid ("stream_id", ONE, NULL));
  g_assert_false (tyto_broadcast_check_uuid ("stream_id", "xyz-stream-id", NULL));
}

static void
test_objects (void)
{
  g_autoptr (TytoBroadcast) broadcast = make (ONE, "webhook", OVER, T, T + 60 * S);
  g_autofree char *first = tyto_broadcast_next_object (broadcast, NULL);
  g_autofree char *second = tyto_broadcast_next_object (broadcast, first);
  g_autofree char *third = tyto_broadcast_next_object (broadcast, second);
  g_autofree char *own = g_strconcat (KEY "-", broadcast->id, ".mp4", NULL);
  g_autofree char *strange = tyto_broadcast_next_object (broadcast, "something else");
  g_autofree char *movie = tyto_broadcast_get_movie (broadcast, "/out");
  g_autofree char *place = g_strconcat ("/out/.broadcasts/", broadcast->id, "/" KEY ".mp4", NULL);

  g_assert_cmpstr (first, ==, KEY ".mp4");
  g_assert_cmpstr (second, ==, KEY "-20231114T221320Z.mp4");
  g_assert_cmpstr (third, ==, own);
  g_assert_null (tyto_broadcast_next_object (broadcast, third));
  g_assert_cmpstr (strange, ==, own);
  g_assert_cmpstr (movie, ==, place);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/broadcasts/events/in-order", test_in_order);
  g_test_add_func ("/broadcasts/events/twice", test_twice);
  g_test_add_func ("/broadcasts/events/out-of-order", test_out_of_order);
  g_test_add_func ("/broadcasts/events/lost", test_lost);
  g_test_add_func ("/broadcasts/events/found", test_found_by_its_segments);
  g_test_add_func ("/broadcasts/names/keys", test_keys);
  g_test_add_func ("/broadcasts/names/urls", test_urls);
  g_test_add_func ("/broadcasts/names/objects", test_objects);
  return g_test_run ();
}
