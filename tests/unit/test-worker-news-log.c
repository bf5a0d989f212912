/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker keeps until somebody has taken it. */
#include "base/tyto-json.h"
#include "worker/tyto-capture-memory.h"
#include "worker/tyto-worker-news-log.h"

static guint64
add (TytoWorkerNewsLog *log, TytoWorkerNewsKind kind)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (g_variant_new_parsed ("{'run': <'r'>}"));
  g_autoptr (GVariant) numbered = tyto_worker_news_log_add (log, kind, "front", dict);

  g_assert_cmpstr (tyto_dict_string (numbered, "run", ""), ==, "r");
  return tyto_dict_uint (numbered, "serial", 0);
}

static void
append (TytoWorkerNewsKind kind, const char *camera, GVariant *dict, gpointer user_data)
{
  g_string_append_printf (user_data, "%s%" G_GUINT64_FORMAT " ",
                          kind == TYTO_WORKER_NEWS_THUMBNAIL_TAKEN ? "t" : "",
                          tyto_dict_uint (dict, "serial", 0));
}

static void
assert_waiting_after (TytoWorkerNewsLog *log, guint64 after, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  tyto_worker_news_log_foreach (log, after, append, text);
  g_assert_cmpstr (g_strchomp (text->str), ==, expected);
}

static void
assert_waiting (TytoWorkerNewsLog *log, const char *expected)
{
  assert_waiting_after (log, 0, expected);
}

static void
test_keeps_until_acknowledged (void)
{
  g_autoptr (TytoWorkerNewsLog) log = tyto_worker_news_log_new (100);

  g_assert_cmpuint (tyto_worker_news_log_get_next_serial (log), ==, 1);
  for (guint64 serial = 1; serial <= 4; serial++)
    g_assert_cmpuint (add (log, TYTO_WORKER_NEWS_SEGMENT_CLOSED), ==, serial);
  assert_waiting (log, "1 2 3 4");
  assert_waiting_after (log, 2, "3 4");
  assert_waiting_after (log, 4, "");
  tyto_worker_news_log_acknowledge (log, 2);
  assert_waiting (log, "3 4");
  tyto_worker_news_log_acknowledge (log, 1); /* old news */
  assert_waiting (log, "3 4");
  g_assert_cmpuint (tyto_worker_news_log_get_acknowledged (log), ==, 2);
  tyto_worker_news_log_acknowledge (log, G_MAXUINT64); /* of what was not told yet nothing is */
  g_assert_cmpuint (tyto_worker_news_log_get_acknowledged (log), ==, 4);
  g_assert_cmpuint (add (log, TYTO_WORKER_NEWS_RUN_ENDED), ==, 5);
  assert_waiting (log, "5");
}

static void
test_gives_up_thumbnails_first (void)
{
  g_autoptr (TytoWorkerNewsLog) log = tyto_worker_news_log_new (4);

  add (log, TYTO_WORKER_NEWS_RUN_STARTED);
  add (log, TYTO_WORKER_NEWS_THUMBNAIL_TAKEN);
  add (log, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  add (log, TYTO_WORKER_NEWS_THUMBNAIL_TAKEN);
  assert_waiting (log, "1 t2 3 t4");
  add (log, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  assert_waiting (log, "1 3 t4 5");
  add (log, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  assert_waiting (log, "1 3 5 6");
  add (log, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  add (log, TYTO_WORKER_NEWS_THUMBNAIL_TAKEN);
  assert_waiting (log, "5 6 7 t8");
  tyto_worker_news_log_acknowledge (log, 8);
  assert_waiting (log, "");
  g_assert_cmpuint (tyto_worker_news_log_get_length (log), ==, 0);
}

static GVariant *
get_member (TytoCaptureMemory *memory, const char *key)
{
  g_autoptr (GVariant) all = g_variant_ref_sink (tyto_capture_memory_to_variant (memory));

  return g_variant_lookup_value (all, key, NULL);
}

static void
take (TytoCaptureMemory *memory, TytoWorkerNewsKind kind, const char *text)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (g_variant_new_parsed (text));

  tyto_capture_memory_take_news (memory, kind, dict);
}

static void
test_remembers_what_is_going_on (void)
{
  g_autoptr (GVariant) settings = g_variant_ref_sink (
      g_variant_new_parsed ("{'url': <'rtsp://a/1'>, 'password': <'s3cret'>}"));
  g_autoptr (TytoCaptureMemory) memory = tyto_capture_memory_new (settings);
  g_autoptr (GVariant) shown = get_member (memory, "settings");
  g_autoptr (GVariant) digest = get_member (memory, "settings-digest");
  g_autoptr (GVariant) none = get_member (memory, "run");
  g_autoptr (GVariant) let_go = NULL;

  g_assert_false (g_variant_lookup (shown, "password", "s", NULL));
  g_assert_cmpuint (strlen (g_variant_get_string (digest, NULL)), ==, 64);
  g_assert_null (none);

  take (memory, TYTO_WORKER_NEWS_RUN_STARTED, "{'run': <'r1'>}");
  take (memory, TYTO_WORKER_NEWS_SEGMENT_OPENED, "{'path': <'/a'>}");
  take (memory, TYTO_WORKER_NEWS_SEGMENT_OPENED, "{'path': <'/b'>}");
  take (memory, TYTO_WORKER_NEWS_SEGMENT_CLOSED, "{'path': <'/a'>}"); /* the one before */
  {
    g_autoptr (GVariant) run = get_member (memory, "run");
    g_autoptr (GVariant) segment = get_member (memory, "segment");

    g_assert_cmpstr (tyto_dict_string (run, "run", ""), ==, "r1");
    g_assert_cmpstr (tyto_dict_string (segment, "path", ""), ==, "/b");
  }
  take (memory, TYTO_WORKER_NEWS_SEGMENT_CLOSED, "{'path': <'/b'>}");
  take (memory, TYTO_WORKER_NEWS_RUN_ENDED, "{'run': <'r1'>}");
  g_assert_null (get_member (memory, "run"));
  g_assert_null (get_member (memory, "segment"));

  tyto_capture_memory_let_go (memory);
  let_go = get_member (memory, "settings-digest");
  g_assert_cmpstr (g_variant_get_string (let_go, NULL), ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* warnings are due */
  g_test_add_func ("/worker-news-log/keeps-until-acknowledged", test_keeps_until_acknowledged);
  g_test_add_func ("/worker-news-log/gives-up-thumbnails-first", test_gives_up_thumbnails_first);
  g_test_add_func ("/worker-news-log/remembers", test_remembers_what_is_going_on);
  return g_test_run ();
}
