/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suite over SQLite; what only SQLite can get wrong is in test-catalogue-sqlite-*.c, and here:
 * no query looks through a table that grows. With millions of rows each must find its own by an
 * index. What SQLite is asked by the whole suite is kept, and its plans are looked at afterwards.
 */
#include "store/tyto-catalogue-sqlite.h"
#include "test-catalogue-suite.h"

#include <sqlite3.h>
#include <string.h>

/* Tables whose rows are few: one a camera, one a clip, one an upload that failed, one for each time
 * somebody wished to record. */
static const char *const small[]
    = { "cameras",    "clips",         "uploads", "meta",          "json_each",
        "deliveries", "open_segments", "changes", "sqlite_master", "wishes" };

/* Where several indexes would do, by far not all are as good. */
static const struct {
  const char *sql; /* in the query */
  const char *index;
} wanted[] = {
  { "s.object IS NULL AND s.tier <> 'archive'", "segments_to_upload" },
  { "uploaded_us < ?1 ORDER BY uploaded_us", "segments_to_evict" },
  { "end_us < ?1 ORDER BY end_us", "segments_to_move" },
  { "WHERE tier <> 'archive' AND deleting_us IS NULL AND NOT EXISTS", "segments_local" },
  { "ORDER BY deleting_us, id", "segments_deleting" },
  { "camera = ?1 AND (start_us, id) > (?2, ?3)", "segments_by_camera" },
  { "r.stream_id = as_uuid", "idx_recordings_stream_id" },
  { "b.completed_us < ?1", "broadcasts_by_completion" },
  { "b.stream_key = ?1 ORDER BY", "broadcasts_by_key" },
};

static GMutex lock;
static GHashTable *statements; /* (element-type utf8): what was asked; under the lock */

static int
on_statement (unsigned int event, void *context, void *statement, void *text)
{
  const char *sql = sqlite3_sql (statement);

  g_mutex_lock (&lock);
  if (sql != NULL && !g_hash_table_contains (statements, sql))
    g_hash_table_add (statements, g_strdup (sql));
  g_mutex_unlock (&lock);
  return 0;
}

static int
on_connection (sqlite3 *db, const char **message, const struct sqlite3_api_routines *api)
{
  sqlite3_trace_v2 (db, SQLITE_TRACE_STMT, on_statement, NULL);
  return SQLITE_OK;
}

static TytoCatalogue *
create (gpointer data, const char *storage)
{
  g_autofree char *path = g_build_filename (storage, "catalogue.db", NULL);

  return tyto_catalogue_sqlite_new (path);
}

static void
compare_numbers (sqlite3_context *context, int n, sqlite3_value **values)
{
  sqlite3_result_int64 (context, 0);
}

/* A database with the schema, opened without a trace. */
static sqlite3 *
open_database (const char *storage)
{
  static const char *const types[] = { "as_uuid", "as_timestamp", "as_status" };
  g_autofree char *path = g_build_filename (storage, "catalogue.db", NULL);
  TytoCatalogue *catalogue = create (NULL, storage);
  sqlite3 *db = NULL;

  g_assert_true (catalogue_open (catalogue, NULL));
  tyto_catalogue_close (catalogue);
  g_object_unref (catalogue);
  sqlite3_cancel_auto_extension ((void (*) (void)) on_connection);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  sqlite3_create_function (db, "greatest", 2, SQLITE_UTF8, NULL, compare_numbers, NULL, NULL);
  sqlite3_create_function (db, "least", 2, SQLITE_UTF8, NULL, compare_numbers, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    sqlite3_create_function (db, types[i], 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                             compare_numbers, NULL, NULL);
  return db;
}

/* "SCAN segments AS s" or "SCAN s", but not with an index: that is a walk in its order, which ends
 * at the LIMIT. */
static gboolean
is_walk (const char *step)
{
  const char *table;

  if (!g_str_has_prefix (step, "SCAN ") || strstr (step, " USING ") != NULL
      || strstr (step, "CONSTANT ROW") != NULL || strstr (step, "VIRTUAL TABLE") != NULL)
    return FALSE;
  table = step + strlen ("SCAN ");
  if (*table == '(' || g_str_equal (table, "a") || g_str_equal (table, "b")
      || g_str_equal (table, "older"))
    return FALSE; /* a subquery's rows */
  for (guint i = 0; i < G_N_ELEMENTS (small); i++)
    if (g_str_has_prefix (table, small[i]))
      return FALSE;
  return TRUE;
}

static gboolean seen[G_N_ELEMENTS (wanted)];

static guint
check_indexes (const char *sql, const char *plan)
{
  guint n_wrong = 0;

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    if (strstr (sql, wanted[i].sql) == NULL)
      continue;
    seen[i] = TRUE;
    if (strstr (plan, wanted[i].index) == NULL) {
      g_test_message ("not by %s: %s\n%s", wanted[i].index, sql, plan);
      n_wrong++;
    }
  }
  return n_wrong;
}

static guint
check_plan (sqlite3 *db, const char *sql)
{
  g_autofree char *explain = g_strconcat ("EXPLAIN QUERY PLAN ", sql, NULL);
  g_autoptr (GString) plan = g_string_new (NULL);
  sqlite3_stmt *statement = NULL;
  guint n_walks = 0;

  g_assert_cmpint (sqlite3_prepare_v2 (db, explain, -1, &statement, NULL), ==, SQLITE_OK);
  while (sqlite3_step (statement) == SQLITE_ROW) {
    const char *step = (const char *) sqlite3_column_text (statement, 3);

    g_string_append_printf (plan, "%s\n", step);
    if (is_walk (step)) {
      g_test_message ("%s: %s", step, sql);
      n_walks++;
    }
  }
  sqlite3_finalize (statement);
  return n_walks + check_indexes (sql, plan->str);
}

static gboolean
is_query (const char *sql)
{
  static const char *const verbs[] = { "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH " };

  if (strstr (sql, "clips_before") != NULL) /* a migration's, whose table is gone */
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_has_prefix (sql, verbs[i]))
      return TRUE;
  return FALSE;
}

/* The last test: those before it have asked all there is to ask. */
static void
test_plans (void)
{
  g_autofree char *storage = catalogue_suite_new_storage ();
  sqlite3 *db = open_database (storage);
  guint n_queries = 0, n_walks = 0;
  GHashTableIter iter;
  gpointer sql;

  g_hash_table_iter_init (&iter, statements);
  while (g_hash_table_iter_next (&iter, &sql, NULL))
    if (is_query (sql)) {
      n_queries++;
      n_walks += check_plan (db, sql);
    }
  sqlite3_close (db);
  catalogue_suite_remove_storage (storage);
  g_test_message ("%u queries", n_queries);
  g_assert_cmpuint (n_queries, >, 40);
  g_assert_cmpuint (n_walks, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_assert_true (seen[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sqlite3_auto_extension ((void (*) (void)) on_connection);
  catalogue_suite_add ("/catalogue/sqlite", create, NULL);
  g_test_add_func ("/plans/indexed", test_plans);
  return g_test_run ();
}
