/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a worker tells what: the news of segments together, all in its order, none twice. */
#include "base/tyto-json.h"
#include "worker/tyto-worker-teller.h"

typedef struct {
  TytoLinkWorker1 *skeleton;
  TytoWorkerTeller *teller;
  GString *told; /* of each piece of news a letter and its serial; of all else a letter */
} Fixture;

#define ON_NEWS(function, letter)                                                                  \
  static void function (TytoLinkWorker1 *skeleton, const char *camera, GVariant *dict,             \
                        GString *told)                                                             \
  {                                                                                                \
    g_string_append_printf (told, letter "%" G_GUINT64_FORMAT " ",                                 \
                            tyto_dict_uint (dict, "serial", 0));                                   \
  }

ON_NEWS (on_run_started, "R")
ON_NEWS (on_run_ended, "E")
ON_NEWS (on_segment_opened, "o")
ON_NEWS (on_segment_closed, "c")
ON_NEWS (on_gap, "G")
ON_NEWS (on_thumbnail_taken, "t")

/* Several in one message. */
static void
on_pieces (TytoLinkWorker1 *skeleton, GVariant *pieces, GString *told)
{
  static const struct {
    const char *name;
    const char *letter;
  } letters[] = {
    { "RunStarted", "R" },    { "RunEnded", "E" }, { "SegmentOpened", "o" },
    { "SegmentClosed", "c" }, { "Gap", "G" },      { "ThumbnailTaken", "t" },
  };
  GVariantIter iter;
  const char *name, *camera;
  GVariant *dict;

  g_string_append (told, "[ ");
  g_variant_iter_init (&iter, pieces);
  while (g_variant_iter_loop (&iter, "(&s&s@a{sv})", &name, &camera, &dict)) {
    g_assert_cmpstr (camera, ==, "front");
    for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
      if (g_str_equal (letters[i].name, name))
        g_string_append_printf (told, "%s%" G_GUINT64_FORMAT " ", letters[i].letter,
                                tyto_dict_uint (dict, "serial", 0));
  }
  g_string_append (told, "] ");
}

static void
on_state (TytoLinkWorker1 *skeleton, const char *camera, const char *state, GVariant *details,
          GString *told)
{
  g_string_append (told, "S ");
}

static void
on_statistics (TytoLinkWorker1 *skeleton, GVariant *cameras, GString *told)
{
  g_string_append (told, "F ");
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->told = g_string_new (NULL);
  f->skeleton = tyto_link_worker1_skeleton_new ();
  f->teller = tyto_worker_teller_new (f->skeleton);
  g_object_connect (f->skeleton, "signal::run-started", on_run_started, f->told,
                    "signal::run-ended", on_run_ended, f->told, "signal::segment-opened",
                    on_segment_opened, f->told, "signal::segment-closed", on_segment_closed,
                    f->told, "signal::gap", on_gap, f->told, "signal::thumbnail-taken",
                    on_thumbnail_taken, f->told, "signal::news", on_pieces, f->told,
                    "signal::camera-state", on_state, f->told, "signal::statistics", on_statistics,
                    f->told, NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->teller);
  g_object_unref (f->skeleton);
  g_string_free (f->told, TRUE);
}

static void
take (Fixture *f, TytoWorkerNewsKind kind)
{
  g_autoptr (GVariant) dict = g_variant_ref_sink (g_variant_new_parsed ("{'path': <'/s/1'>}"));

  tyto_worker_teller_take_news (f->teller, kind, "front", dict);
}

/* What was told since this was last asked. */
static void
assert_told (Fixture *f, const char *expected)
{
  g_assert_cmpstr (g_strchomp (f->told->str), ==, expected);
  g_string_truncate (f->told, 0);
}

/* A turn of the main loop in which something is told. */
static void
wait_told (Fixture *f)
{
  while (f->told->len == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
attach (Fixture *f)
{
  tyto_worker_teller_attach (f->teller);
  assert_told (f, "");
  take (f, TYTO_WORKER_NEWS_RUN_STARTED);
  assert_told (f, "R1");
}

static void
test_together (Fixture *f, gconstpointer data)
{
  gint64 began_us = g_get_monotonic_time ();

  tyto_worker_teller_attach (f->teller);
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  assert_told (f, "o1"); /* there was none before it */
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  take (f, TYTO_WORKER_NEWS_THUMBNAIL_TAKEN);
  assert_told (f, "");
  g_assert_true (tyto_worker_teller_has_news (f->teller));
  wait_told (f);
  assert_told (f, "[ c2 o3 t4 ]");
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=,
                   TYTO_WORKER_TOGETHER_MS * G_TIME_SPAN_MILLISECOND);
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  assert_told (f, ""); /* they count as the latest */
  wait_told (f);
  assert_told (f, "c5");
}

/* Of no camera. (transfer full) */
static GVariant *
make_statistics (void)
{
  GDBusSignalInfo *info
      = g_dbus_interface_info_lookup_signal (tyto_link_worker1_interface_info (), "Statistics");

  return g_variant_ref_sink (g_variant_new (info->args[0]->signature, NULL));
}

static void
test_order (Fixture *f, gconstpointer data)
{
  static const TytoWorkerNewsKind at_once[]
      = { TYTO_WORKER_NEWS_RUN_STARTED, TYTO_WORKER_NEWS_GAP, TYTO_WORKER_NEWS_RUN_ENDED };
  static const char *const told[] = { "[ c3 R4 ]", "[ c5 G6 ]", "[ c7 E8 ]" };
  g_autoptr (GVariant) details = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  g_autoptr (GVariant) statistics = make_statistics ();

  attach (f);
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  assert_told (f, "o2");
  for (guint i = 0; i < G_N_ELEMENTS (at_once); i++) {
    take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
    assert_told (f, "");
    take (f, at_once[i]);
    assert_told (f, told[i]);
  }
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  tyto_worker_teller_take_state (f->teller, "front", "recording", details);
  assert_told (f, "o9 S");
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  tyto_worker_teller_take_statistics (f->teller, statistics);
  assert_told (f, "c10 F");
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  tyto_worker_teller_flush (f->teller);
  assert_told (f, "c11");
  tyto_worker_teller_flush (f->teller);
  assert_told (f, "");
}

static void
add_camera (Fixture *f)
{
  g_autoptr (GVariant) settings = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));

  tyto_worker_teller_add_camera (f->teller, "front", settings);
}

static void
test_attach (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) attachment = NULL;

  add_camera (f);
  take (f, TYTO_WORKER_NEWS_RUN_STARTED);
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  assert_told (f, ""); /* nobody listens */
  tyto_worker_teller_attach (f->teller);
  assert_told (f, "R1 o2 S");
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  assert_told (f, "c3");
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  assert_told (f, "");
  tyto_worker_teller_acknowledge (f->teller, 1);
  attachment = g_variant_ref_sink (tyto_worker_teller_get_attachment (f->teller, FALSE));
  g_assert_cmpuint (tyto_dict_uint (attachment, "next-serial", 0), ==, 5);
  tyto_worker_teller_attach (f->teller); /* the next client */
  assert_told (f, "o2 c3 o4 S");         /* with what waited */
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  wait_told (f);
  assert_told (f, "c5"); /* and that not once more */
}

static void
test_detach (Fixture *f, gconstpointer data)
{
  attach (f);
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  assert_told (f, "o2");
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  tyto_worker_teller_detach (f->teller);
  g_assert_null (g_main_context_find_source_by_user_data (NULL, f->teller));
  tyto_worker_teller_flush (f->teller);
  take (f, TYTO_WORKER_NEWS_RUN_ENDED);
  assert_told (f, "");
  tyto_worker_teller_attach (f->teller);
  assert_told (f, "R1 o2 c3 E4");
}

static void
test_finalize (Fixture *f, gconstpointer data)
{
  gpointer teller = f->teller;

  attach (f);
  take (f, TYTO_WORKER_NEWS_SEGMENT_OPENED);
  take (f, TYTO_WORKER_NEWS_SEGMENT_CLOSED);
  g_assert_nonnull (g_main_context_find_source_by_user_data (NULL, teller));
  g_clear_object (&f->teller);
  g_assert_null (g_main_context_find_source_by_user_data (NULL, teller));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } table[] = {
    { "/worker/teller/together", test_together }, { "/worker/teller/order", test_order },
    { "/worker/teller/attach", test_attach },     { "/worker/teller/detach", test_detach },
    { "/worker/teller/finalize", test_finalize },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_test_add (table[i].path, Fixture, NULL, set_up, table[i].test, tear_down);
  return g_test_run ();
}
