/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A recorder's own catalogue told to a shared one: the server of TYTO_TEST_POSTGRESQL. */
#include "store/tyto-catalogue-mirror.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-postgresql.h"
#include "store/tyto-catalogue-retention.h"
#include "store/tyto-catalogue-sqlite.h"
#include "store/tyto-catalogue-upkeep.h"
#include "store/tyto-catalogue-wishes.h"
#include "store/tyto-changes.h"
#include "store/tyto-sql-pg.h"
#include "store/tyto-sql-sqlite.h"
#include "test-catalogue-suite.h"

#include <string.h>

typedef struct {
  char *storage;
  char *path;
  char *uri;
  TytoCatalogue *source;
  TytoCatalogueMirror *mirror; /* nullable */
  guint n_failing;
  guint n_recovered;
} Fixture;

static TytoCatalogue *
open_source (const char *path)
{
  TytoCatalogue *catalogue = tyto_catalogue_sqlite_new (path);
  g_autoptr (GError) error = NULL;

  catalogue_open (catalogue, &error);
  g_assert_no_error (error);
  return catalogue;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *name = NULL;

  self->storage = catalogue_suite_new_storage ();
  name = g_path_get_basename (self->storage);
  self->path = g_build_filename (self->storage, "catalogue.db", NULL);
  self->uri = g_strdup_printf ("%s&options=-ctyto.schema%%3Dmirror_%s",
                               g_getenv ("TYTO_TEST_POSTGRESQL"), name + strspn (name, "."));
  self->source = open_source (self->path);
}

static void
count (TytoCatalogueMirror *mirror, const char *why, guint *n)
{
  (*n)++;
}

static void
count_recovered (TytoCatalogueMirror *mirror, guint *n)
{
  (*n)++;
}

static void
start_mirror (Fixture *self, const char *uri, const char *recorder)
{
  g_autoptr (TytoCatalogue) target = tyto_catalogue_postgresql_new (uri, NULL);

  self->mirror = tyto_catalogue_mirror_new (self->source, target, recorder);
  g_signal_connect (self->mirror, "failing", G_CALLBACK (count), &self->n_failing);
  g_signal_connect (self->mirror, "recovered", G_CALLBACK (count_recovered), &self->n_recovered);
  tyto_catalogue_mirror_start (self->mirror);
}

static void
stop_mirror (Fixture *self)
{
  tyto_catalogue_mirror_stop (self->mirror);
  g_clear_object (&self->mirror);
  /* What was on its way back to the mirror. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->mirror != NULL)
    stop_mirror (self);
  tyto_catalogue_close (self->source);
  g_assert_finalize_object (self->source);
  catalogue_suite_remove_storage (self->storage);
  g_free (self->storage);
  g_free (self->path);
  g_free (self->uri);
}

static gboolean
flush (Fixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_mirror_flush_async (self->mirror, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_mirror_flush_finish (self->mirror, result, error);
}

static void
flush_well (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  flush (self, &error);
  g_assert_no_error (error);
}

/* A call that ends with tyto_catalogue_enter_finish(). */
#define ENTER(source, call)                                                                        \
  do {                                                                                             \
    g_autoptr (GAsyncResult) result = NULL;                                                        \
    g_autoptr (GError) why = NULL;                                                                 \
    call;                                                                                          \
    catalogue_await (&result);                                                                     \
    tyto_catalogue_enter_finish (source, result, &why);                                            \
    g_assert_no_error (why);                                                                       \
  } while (0)

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* All of a table's rows, each as one text. @recorder: of the shared database; NULL: our own */
static GPtrArray *
list_rows (TytoSql *db, const TytoSharedTable *table, const char *recorder)
{
  g_autoptr (GString) sql = g_string_new ("SELECT ");
  g_autoptr (GError) error = NULL;
  GPtrArray *rows;

  for (const TytoSharedColumn *column = table->columns; column->name != NULL; column++)
    g_string_append_printf (sql, "%scoalesce (CAST (%s AS TEXT), '~')",
                            column != table->columns ? " || '|' || " : "",
                            recorder != NULL ? column->target : column->name);
  g_string_append_printf (sql, " FROM %s", table->name);
  if (recorder != NULL)
    g_string_append_printf (sql, " WHERE recorder = '%s'", recorder);
  rows = tyto_sql_collect (db, tyto_sql_read_text, g_free, &error, sql->str, "");
  g_assert_no_error (error);
  g_ptr_array_sort (rows, compare_texts);
  return rows;
}

/* Row by row, column by column. Gives how many there are. */
static guint
assert_equal (const char *path, const char *uri, const char *recorder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSql) source = tyto_sql_sqlite_open (path, &error);
  g_autoptr (TytoSql) target = tyto_sql_pg_open (uri, NULL, NULL, &error);
  guint n_rows = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < TYTO_N_SHARED_TABLES; i++) {
    const TytoSharedTable *table = &tyto_shared_tables ()[i];
    g_autoptr (GPtrArray) told = list_rows (source, table, NULL);
    g_autoptr (GPtrArray) taken = list_rows (target, table, recorder);

    g_assert_cmpuint (told->len, ==, taken->len);
    for (guint k = 0; k < told->len; k++)
      g_assert_cmpstr (told->pdata[k], ==, taken->pdata[k]);
    n_rows += told->len;
  }
  return n_rows;
}

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
  ENTER (source, tyto_catalogue_begin_wish_async (source, camera, "main", 1, NULL,
                                                  catalogue_keep_result, &result));
  ENTER (source,
         tyto_catalogue_enter_clip_async (source, clip, NULL, catalogue_keep_result, &result));
}

static void
test_before_and_after (Fixture *self, gconstpointer data)
{
  enter_all (self->source, "early");
  start_mirror (self, self->uri, "host-1");
  flush_well (self);
  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 9);

  enter_all (self->source, "late");
  flush_well (self);
  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 18);
  g_assert_cmpuint (tyto_catalogue_mirror_get_waiting (self->mirror), ==, 0);
  g_assert_cmpint (tyto_catalogue_mirror_get_oldest_us (self->mirror), ==, -1);
  g_assert_null (tyto_catalogue_mirror_get_failure (self->mirror));
  g_assert_cmpuint (self->n_failing, ==, 0);
}

/* Changed rows, gaps cut in two, rows that go and rows that come back. */
static void
test_changes (Fixture *self, gconstpointer data)
{
  g_autoptr (TytoSegment) again = catalogue_test_segment ("door", 2, 20 * G_USEC_PER_SEC, 77);
  g_autoptr (TytoSegment) within = catalogue_test_segment ("door", 60, 600, 100);
  g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", 500, "camera", "");

  start_mirror (self, self->uri, "host-1");
  enter_segments (self->source, "door", 1, 50);
  g_assert_cmpint (catalogue_enter_gap (self->source, gap, NULL), >, 0);
  flush_well (self);

  g_assert_true (catalogue_end_gap (self->source, gap->id, 1000, NULL));
  g_assert_true (catalogue_enter_segment (self->source, within, NULL));
  ENTER (self->source, tyto_catalogue_delete_segment_async (self->source, "RUN-door.000002", NULL,
                                                            catalogue_keep_result, &result));
  ENTER (self->source, tyto_catalogue_delete_segment_async (self->source, "RUN-door.000003", NULL,
                                                            catalogue_keep_result, &result));
  g_assert_true (catalogue_enter_segment (self->source, again, NULL));
  ENTER (self->source, tyto_catalogue_set_archived_async (self->source, "RUN-door.000004", TRUE,
                                                          NULL, catalogue_keep_result, &result));
  flush_well (self);
  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 1 + 1 + 50 + 2);
}

/* What the shared one makes of it: totals as the source's. */
static void
test_totals (Fixture *self, gconstpointer data)
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

  start_mirror (self, self->uri, "host-1");
  enter_all (self->source, "door");
  enter_segments (self->source, "door", 10, 20);
  flush_well (self);
  ENTER (self->source, tyto_catalogue_delete_segment_async (self->source, "RUN-door.000029", NULL,
                                                            catalogue_keep_result, &result));
  flush_well (self);
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
test_away (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  start_mirror (self, self->uri, "host-1");
  enter_segments (self->source, "door", 1, 5);
  flush_well (self);
  stop_mirror (self);

  start_mirror (self, "postgresql:///x?host=/nonexistent&user=tyto", "host-1");
  enter_segments (self->source, "door", 6, 5);
  g_assert_false (flush (self, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_test_message ("%s", error->message);
  g_assert_cmpuint (self->n_failing, ==, 1);
  g_assert_nonnull (tyto_catalogue_mirror_get_failure (self->mirror));
  while (tyto_catalogue_mirror_get_waiting (self->mirror) != 5)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (tyto_catalogue_mirror_get_oldest_us (self->mirror), >, 0);
  stop_mirror (self);

  start_mirror (self, self->uri, "host-1");
  flush_well (self);
  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 12);
}

/* Rows that went while nobody noted it go at the target, too. */
static void
test_forgotten (Fixture *self, gconstpointer data)
{
  start_mirror (self, self->uri, "host-1");
  enter_all (self->source, "door");
  enter_segments (self->source, "door", 10, 30);
  flush_well (self);
  stop_mirror (self);
  ENTER (self->source,
         tyto_catalogue_forget_mirror_async (self->source, NULL, catalogue_keep_result, &result));
  ENTER (self->source, tyto_catalogue_delete_segment_async (self->source, "RUN-door.000011", NULL,
                                                            catalogue_keep_result, &result));
  ENTER (self->source, tyto_catalogue_delete_segment_async (self->source, "RUN-door.000039", NULL,
                                                            catalogue_keep_result, &result));
  start_mirror (self, self->uri, "host-1");
  flush_well (self);
  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 10 + 28);
}

/* Two share one; a third by the name of the first is not let in. */
static void
test_several (Fixture *self, gconstpointer data)
{
  Fixture other = { NULL }, third = { NULL };
  g_autoptr (GError) error = NULL;

  set_up (&other, NULL);
  set_up (&third, NULL);
  enter_all (self->source, "front");
  enter_all (other.source, "back");
  start_mirror (self, self->uri, "host-1");
  start_mirror (&other, self->uri, "host-2");
  flush_well (self);
  flush_well (&other);
  enter_segments (third.source, "side", 1, 1);
  start_mirror (&third, self->uri, "host-1");
  g_assert_false (flush (&third, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_test_message ("%s", error->message);

  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 9);
  g_assert_cmpuint (assert_equal (other.path, self->uri, "host-2"), ==, 9);
  tear_down (&other, NULL);
  tear_down (&third, NULL);
}

/* More than one batch at once, and how fast. */
static void
test_many (Fixture *self, gconstpointer data)
{
  gint64 began_us;
  double seconds;

  enter_segments (self->source, "door", 1, 4000);
  start_mirror (self, self->uri, "host-1");
  flush_well (self);
  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 4002);

  stop_mirror (self);
  enter_segments (self->source, "door", 5001, 4000);
  start_mirror (self, self->uri, "host-1");
  began_us = g_get_monotonic_time ();
  flush_well (self);
  seconds = (double) (g_get_monotonic_time () - began_us) / G_USEC_PER_SEC;
  g_test_message ("%.0f rows/s told", 4000 / seconds);
  g_assert_cmpuint (assert_equal (self->path, self->uri, "host-1"), ==, 8002);
}

/* Nothing is left out: the columns told are the tables'. */
static void
test_columns (Fixture *self, gconstpointer data)
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
test_schemas (Fixture *self, gconstpointer data)
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

  start_mirror (self, self->uri, "host-1");
  flush_well (self);
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
    void (*run) (Fixture *self, gconstpointer data);
  } cases[] = {
    { "/catalogue-mirror/before-and-after", test_before_and_after },
    { "/catalogue-mirror/changes", test_changes },
    { "/catalogue-mirror/totals", test_totals },
    { "/catalogue-mirror/away", test_away },
    { "/catalogue-mirror/forgotten", test_forgotten },
    { "/catalogue-mirror/several", test_several },
    { "/catalogue-mirror/many", test_many },
    { "/catalogue-mirror/columns", test_columns },
    { "/catalogue-mirror/schemas", test_schemas },
  };

  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("TYTO_TEST_POSTGRESQL") == NULL)
    g_error ("Run it by tests/tools/postgresql.py.");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].run, tear_down);
  return g_test_run ();
}
