/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recorder's own catalogue told to a shared one: the server of TYTO_TEST_POSTGRESQL. */
#include "mirror-fixture.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-broadcasts.h"
#include "store/tyto-catalogue-retention.h"
#include "store/tyto-catalogue-upkeep.h"
#include "store/tyto-catalogue-wishes.h"
#include "store/tyto-changes.h"
#include "store/tyto-sql-pg.h"
#include "store/tyto-sql-sqlite.h"

#include <string.h>

static void
enter_segments (TytoCatalogue *source, const char *camera, guint first, guint n)
{
  for (guint i = first; i < first + n; i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment (camera, i, (gint64) i * 10 * G_USEC_PER_SEC, 10 * G_USEC_PER_SEC);

    if (i == first + n - 1)
      g_assert_true (catalogue_enter_segment (source, segment, NULL));
    else
      tyto_catalogue_enter_segment_async (source, segment, NULL, NULL, NULL);
  }
}

/* Of every table something. */
static void
enter_all (TytoCatalogue *source, const char *camera)
{
  g_autofree char *run_id = g_strconcat ("RUN-", camera, NULL);
  g_autoptr (TytoRun) run = tyto_run_new (run_id, camera, "main", 5);
  g_autoptr (TytoGap) gap = tyto_gap_new (camera, "main", 900, "camera", "it's \"away\" – ☂");
  g_autoptr (TytoClip) clip = tyto_clip_new (camera, "Kept\n", 1000, 2000);

  g_assert_true (catalogue_enter_camera (source, camera, "Tür \\ \"1\"", NULL));
  g_assert_true (catalogue_enter_run (source, run, NULL));
  enter_segments (source, camera, 1, 3);
  g_assert_cmpint (catalogue_enter_gap (source, gap, NULL), >, 0);
  g_assert_true (catalogue_enter_thumbnail (source, camera, 1234567890123456, "/t/1.jpg", NULL));
  MIRROR_ENTER (source, tyto_catalogue_begin_wish_async (source, camera, "main", 1, NULL,
                                                         catalogue_keep_result, &result));
  MIRROR_ENTER (
      source, tyto_catalogue_enter_clip_async (source, clip, NULL, catalogue_keep_result, &result));
}

/* (transfer full) */
static TytoBroadcast *
make_broadcast (gint64 started_us)
{
  TytoBroadcast *broadcast = tyto_broadcast_new ("d1eb2fe8");

  broadcast->started_us = started_us;
  broadcast->duration_ms = 59900;
  broadcast->bytes = G_GUINT64_CONSTANT (5000000000);
  tyto_broadcast_set (&broadcast->stream_id, "BB52BA50-edc5-4056-a62c-6ef211d72d25");
  return broadcast;
}

static void
put_broadcast (TytoCatalogue *source, TytoBroadcast *broadcast, guint n_gaps)
{
  g_autoptr (GPtrArray) gaps
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_gap_free);

  for (guint i = 0; i < n_gaps; i++)
    g_ptr_array_add (gaps, tyto_broadcast_gap_new (i, 1000, "a.ts", "missing", "404"));
  MIRROR_ENTER (source, tyto_catalogue_put_broadcast_gaps_async (source, broadcast, gaps, NULL,
                                                                 catalogue_keep_result, &result));
}

/* Each is a row of recordings, one of broadcasts, and those of its gaps. */
static void
test_broadcasts (MirrorFixture *self, gconstpointer data)
{
  g_autoptr (TytoBroadcast) before = make_broadcast (1759687200000000);
  g_autoptr (TytoBroadcast) after = make_broadcast (1759687260999999);
  g_autoptr (TytoBroadcast) done = NULL;
  g_autoptr (TytoClip) clip = tyto_clip_new_of_broadcast (before->id, "Goal", 1, 2);

  put_broadcast (self->source, before, 3);
  MIRROR_ENTER (self->source, tyto_catalogue_enter_clip_async (self->source, clip, NULL,
                                                               catalogue_keep_result, &result));
  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 2 + 3 + 1);

  put_broadcast (self->source, after, 2);
  done = tyto_broadcast_copy (before);
  done->status = TYTO_BROADCAST_COMPLETED;
  done->completed_us = 1759687265000001;
  tyto_broadcast_set (&done->video_id, "0d1b6b0e-6f0e-4f3a-9b8e-1f4b5b0f7a11");
  tyto_broadcast_set (&done->file_path, "recordings/d1eb2fe8.mp4");
  put_broadcast (self->source, done, 1);
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==,
                    2 + 1 + 1 + 2 + 2);

  MIRROR_ENTER (self->source, tyto_catalogue_delete_broadcast_async (
                                  self->source, after->id, NULL, catalogue_keep_result, &result));
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 2 + 1 + 1);
}

/* What was mirrored by the version before goes on with the tables that came since. */
static void
test_tables_since (MirrorFixture *self, gconstpointer data)
{
  g_autoptr (TytoBroadcast) broadcast = make_broadcast (1759687200000000);
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSql) source = NULL;

  enter_all (self->source, "door");
  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  mirror_fixture_stop (self);
  put_broadcast (self->source, broadcast, 1);
  source = tyto_sql_sqlite_open (self->path, &error);
  g_assert_no_error (error);
  g_assert_true (tyto_sql_script (source,
                                  "UPDATE meta SET value = '7' WHERE key = 'mirror_table';"
                                  "DELETE FROM changes",
                                  &error));
  g_assert_no_error (error);
  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 9 + 3);
}

static void
test_before_and_after (MirrorFixture *self, gconstpointer data)
{
  enter_all (self->source, "early");
  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 9);

  enter_all (self->source, "late");
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 18);
  g_assert_cmpuint (tyto_catalogue_mirror_get_waiting (self->mirror), ==, 0);
  g_assert_cmpint (tyto_catalogue_mirror_get_oldest_us (self->mirror), ==, -1);
  g_assert_null (tyto_catalogue_mirror_get_failure (self->mirror));
  g_assert_cmpuint (self->n_failing, ==, 0);
}

/* Changed rows, gaps cut in two, rows that go and rows that come back. */
static void
test_changes (MirrorFixture *self, gconstpointer data)
{
  g_autoptr (TytoSegment) again = catalogue_test_segment ("door", 2, 20 * G_USEC_PER_SEC, 77);
  g_autoptr (TytoSegment) within = catalogue_test_segment ("door", 60, 600, 100);
  g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", 500, "camera", "");

  mirror_fixture_start (self, self->uri, "host-1");
  enter_segments (self->source, "door", 1, 50);
  g_assert_cmpint (catalogue_enter_gap (self->source, gap, NULL), >, 0);
  mirror_fixture_flush_well (self);

  g_assert_true (catalogue_end_gap (self->source, gap->id, 1000, NULL));
  g_assert_true (catalogue_enter_segment (self->source, within, NULL));
  MIRROR_ENTER (self->source,
                tyto_catalogue_delete_segment_async (self->source, "RUN-door.000002", NULL,
                                                     catalogue_keep_result, &result));
  MIRROR_ENTER (self->source,
                tyto_catalogue_delete_segment_async (self->source, "RUN-door.000003", NULL,
                                                     catalogue_keep_result, &result));
  g_assert_true (catalogue_enter_segment (self->source, again, NULL));
  MIRROR_ENTER (self->source,
                tyto_catalogue_set_archived_async (self->source, "RUN-door.000004", TRUE, NULL,
                                                   catalogue_keep_result, &result));
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==,
                    1 + 1 + 50 + 2);
}

/* What the shared one makes of it: totals as the source's. */
static void
test_totals (MirrorFixture *self, gconstpointer data)
{
  static const char query[]
      = "SELECT segments || ' ' || bytes || ' ' || frames || ' ' || gaps || ' ' || last_end_us"
        " || ' ' || longest_segment_us || ' ' || longest_gap_us || ' ' || fast_bytes || ' ' ||"
        " waiting_segments || ' ' || waiting_bytes || ' ' || waiting_thumbnails FROM cameras";
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSql) target = NULL;
  g_autoptr (TytoSql) source = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *got = NULL;

  mirror_fixture_start (self, self->uri, "host-1");
  enter_all (self->source, "door");
  enter_segments (self->source, "door", 10, 20);
  mirror_fixture_flush_well (self);
  MIRROR_ENTER (self->source,
                tyto_catalogue_delete_segment_async (self->source, "RUN-door.000029", NULL,
                                                     catalogue_keep_result, &result));
  mirror_fixture_flush_well (self);
  source = tyto_sql_sqlite_open (self->path, &error);
  target = tyto_sql_pg_open (self->uri, NULL, NULL, &error);
  g_assert_no_error (error);
  tyto_sql_find (source, tyto_sql_read_text, &expected, &error, query, "");
  tyto_sql_find (target, tyto_sql_read_text, &got, &error, query, "");
  g_assert_no_error (error);
  g_assert_nonnull (expected);
  g_assert_cmpstr (got, ==, expected);
}

/* A server that is not there; then the mirror ends and another finds it. */
static void
test_away (MirrorFixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  mirror_fixture_start (self, self->uri, "host-1");
  enter_segments (self->source, "door", 1, 5);
  mirror_fixture_flush_well (self);
  mirror_fixture_stop (self);

  mirror_fixture_start (self, "postgresql:///x?host=/nonexistent&user=tyto", "host-1");
  enter_segments (self->source, "door", 6, 5);
  g_assert_false (mirror_fixture_flush (self, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_test_message ("%s", error->message);
  g_assert_cmpuint (self->n_failing, ==, 1);
  g_assert_nonnull (tyto_catalogue_mirror_get_failure (self->mirror));
  while (tyto_catalogue_mirror_get_waiting (self->mirror) != 5)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (tyto_catalogue_mirror_get_oldest_us (self->mirror), >, 0);
  mirror_fixture_stop (self);

  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 12);
}

/* Rows that went while nobody noted it go at the target, too. */
static void
test_forgotten (MirrorFixture *self, gconstpointer data)
{
  mirror_fixture_start (self, self->uri, "host-1");
  enter_all (self->source, "door");
  enter_segments (self->source, "door", 10, 30);
  mirror_fixture_flush_well (self);
  mirror_fixture_stop (self);
  MIRROR_ENTER (self->source, tyto_catalogue_forget_mirror_async (self->source, NULL,
                                                                  catalogue_keep_result, &result));
  MIRROR_ENTER (self->source,
                tyto_catalogue_delete_segment_async (self->source, "RUN-door.000011", NULL,
                                                     catalogue_keep_result, &result));
  MIRROR_ENTER (self->source,
                tyto_catalogue_delete_segment_async (self->source, "RUN-door.000039", NULL,
                                                     catalogue_keep_result, &result));
  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 10 + 28);
}

/* Two share one; a third by the name of the first is not let in. */
static void
test_several (MirrorFixture *self, gconstpointer data)
{
  MirrorFixture other = { NULL }, third = { NULL };
  g_autoptr (GError) error = NULL;

  mirror_fixture_set_up (&other, NULL);
  mirror_fixture_set_up (&third, NULL);
  enter_all (self->source, "front");
  enter_all (other.source, "back");
  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_start (&other, self->uri, "host-2");
  mirror_fixture_flush_well (self);
  mirror_fixture_flush_well (&other);
  enter_segments (third.source, "side", 1, 1);
  mirror_fixture_start (&third, self->uri, "host-1");
  g_assert_false (mirror_fixture_flush (&third, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_test_message ("%s", error->message);

  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 9);
  g_assert_cmpuint (mirror_fixture_assert_equal (other.path, self->uri, "host-2"), ==, 9);
  mirror_fixture_tear_down (&other, NULL);
  mirror_fixture_tear_down (&third, NULL);
}

/* More than one batch at once, and how fast. */
static void
test_many (MirrorFixture *self, gconstpointer data)
{
  gint64 began_us;
  double seconds;

  enter_segments (self->source, "door", 1, 4000);
  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 4002);

  mirror_fixture_stop (self);
  enter_segments (self->source, "door", 5001, 4000);
  mirror_fixture_start (self, self->uri, "host-1");
  began_us = g_get_monotonic_time ();
  mirror_fixture_flush_well (self);
  seconds = (double) (g_get_monotonic_time () - began_us) / G_USEC_PER_SEC;
  g_test_message ("%.0f rows/s told", 4000 / seconds);
  g_assert_cmpuint (mirror_fixture_assert_equal (self->path, self->uri, "host-1"), ==, 8002);
}

/* Nothing is left out: the columns told are the tables'. */
static void
test_columns (MirrorFixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSql) source = tyto_sql_sqlite_open (self->path, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < TYTO_N_SHARED_TABLES; i++) {
    const TytoSharedTable *table = &tyto_shared_tables ()[i];
    g_autofree char *sql
        = g_strdup_printf ("SELECT name FROM pragma_table_info ('%s')", table->name);
    g_autoptr (GPtrArray) names
        = tyto_sql_collect (source, tyto_sql_read_text, g_free, &error, sql, "");

    g_assert_no_error (error);
    for (guint k = 0; k < names->len; k++) {
      const TytoSharedColumn *column = table->columns;

      while (column->name != NULL && !g_str_equal (column->name, names->pdata[k]))
        column++;
      /* The others of a camera are totals. */
      if (column->name == NULL && i != 0)
        g_error ("%s.%s is not told", table->name, (char *) names->pdata[k]);
    }
  }
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

static GPtrArray *
list_names (TytoSql *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *names = tyto_sql_collect (db, tyto_sql_read_text, g_free, &error, sql, "");

  g_assert_no_error (error);
  g_ptr_array_sort (names, compare_texts);
  return names;
}

/* Both have the same tables, columns and indexes, but for what tells recorders apart and what is
 * noted for telling. */
static void
test_schemas (MirrorFixture *self, gconstpointer data)
{
  static const struct {
    const char *sqlite;
    const char *pg;
  } queries[] = {
    { "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info (t.name) AS c"
      " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'changes'",
      "SELECT table_name || '.' || column_name FROM information_schema.columns"
      " JOIN information_schema.tables USING (table_schema, table_name)"
      " WHERE table_schema = current_schema () AND table_type = 'BASE TABLE'"
      " AND table_name <> 'recorders' AND column_name NOT IN ('recorder', 'source_id')" },
    { "SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite_%'",
      "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema ()"
      " AND indexname NOT IN (SELECT conname FROM pg_constraint)" },
    { "SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_info (t.name) AS c"
      " WHERE t.type = 'view'",
      "SELECT table_name || '.' || column_name FROM information_schema.columns"
      " JOIN information_schema.views USING (table_schema, table_name)"
      " WHERE table_schema = current_schema ()" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSql) own = tyto_sql_sqlite_open (self->path, &error);
  g_autoptr (TytoSql) shared = NULL;

  mirror_fixture_start (self, self->uri, "host-1");
  mirror_fixture_flush_well (self);
  shared = tyto_sql_pg_open (self->uri, NULL, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (queries); i++) {
    g_autoptr (GPtrArray) ours = list_names (own, queries[i].sqlite);
    g_autoptr (GPtrArray) theirs = list_names (shared, queries[i].pg);

    for (guint k = 0; k < MIN (ours->len, theirs->len); k++)
      g_assert_cmpstr (ours->pdata[k], ==, theirs->pdata[k]);
    g_assert_cmpuint (ours->len, ==, theirs->len);
    g_assert_cmpuint (ours->len, >, 15);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (MirrorFixture *self, gconstpointer data);
  } cases[] = {
    { "/catalogue-mirror/before-and-after", test_before_and_after },
    { "/catalogue-mirror/changes", test_changes },
    { "/catalogue-mirror/totals", test_totals },
    { "/catalogue-mirror/away", test_away },
    { "/catalogue-mirror/forgotten", test_forgotten },
    { "/catalogue-mirror/several", test_several },
    { "/catalogue-mirror/broadcasts", test_broadcasts },
    { "/catalogue-mirror/tables-since", test_tables_since },
    { "/catalogue-mirror/many", test_many },
    { "/catalogue-mirror/columns", test_columns },
    { "/catalogue-mirror/schemas", test_schemas },
  };

  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("TYTO_TEST_POSTGRESQL") == NULL)
    g_error ("Run it by tests/tools/postgresql.py.");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, MirrorFixture, NULL, mirror_fixture_set_up, cases[i].run,
                mirror_fixture_tear_down);
  return g_test_run ();
}
