/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the database's file may be when it is opened: new, older, newer, another's, damaged. */
#include "base/tyto-error.h"
#include "store/tyto-catalogue-sqlite.h"
#include "test-catalogue-suite.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  char *storage;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->storage = catalogue_suite_new_storage ();
  fixture->path = g_build_filename (fixture->storage, "catalogue.db", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  catalogue_suite_remove_storage (fixture->storage);
  g_free (fixture->storage);
  g_free (fixture->path);
}

/* Runs @sql past the catalogue. */
static void
run_sql (const char *path, const char *sql)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s: %s", sql, sqlite3_errmsg (db));
  sqlite3_close (db);
}

/* The first column of the first row. (transfer full) */
static char *
ask_sql (const char *path, const char *sql)
{
  sqlite3 *db;
  sqlite3_stmt *statement;
  char *answer = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  if (sqlite3_step (statement) == SQLITE_ROW)
    answer = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return answer;
}

static void
assert_sql (const char *path, const char *sql, const char *expected)
{
  g_autofree char *answer = ask_sql (path, sql);

  g_assert_cmpstr (answer, ==, expected);
}

static TytoCatalogue *
open_well (const char *path)
{
  TytoCatalogue *catalogue = tyto_catalogue_sqlite_new (path);
  g_autoptr (GError) error = NULL;

  catalogue_open (catalogue, &error);
  g_assert_no_error (error);
  return catalogue;
}

static void
close_well (TytoCatalogue *catalogue)
{
  tyto_catalogue_close (catalogue);
  /* Calls that nobody asks after still come back. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (catalogue);
}

/* Opening fails as storage does, with @words in what it says and a hint what to do. */
static void
assert_refused (const char *path, const char *words)
{
  g_autoptr (TytoCatalogue) catalogue = tyto_catalogue_sqlite_new (path);
  g_autoptr (GPtrArray) totals = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (catalogue_open (catalogue, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (tyto_error_hint (error));
  totals = catalogue_list_totals (catalogue, NULL);
  g_assert_null (totals);
}

static char *
checksum (const char *path)
{
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) contents, length);
}

static void
test_new (Fixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_build_filename (fixture->storage, "a", "b", NULL);
  g_autofree char *above = g_path_get_dirname (deep);
  g_autofree char *path = g_build_filename (deep, "catalogue.db", NULL);
  struct stat file, directory;

  close_well (open_well (path));
  g_assert_cmpint (g_stat (path, &file), ==, 0);
  g_assert_cmpint (g_stat (deep, &directory), ==, 0);
  g_assert_cmpint (file.st_mode & 0777, ==, 0600);
  g_assert_cmpint (directory.st_mode & 0777, ==, 0700);
  assert_sql (path, "PRAGMA user_version", "6");
  assert_sql (path, "PRAGMA application_id", "1417245807");
  assert_sql (path, "PRAGMA journal_mode", "wal");
  assert_sql (path, "PRAGMA integrity_check", "ok");
  assert_sql (path, "SELECT length (value) || substr (value, 15, 1) FROM meta WHERE key = 'id'",
              "364");
  catalogue_suite_remove_storage (deep);
  catalogue_suite_remove_storage (above);
}

/* A catalogue with rows of version 1, made by the script of version 1. */
static void
make_version_1 (const char *path)
{
  g_autoptr (GBytes) script
      = g_resources_lookup_data ("/org/tyto/store/migrations/0001-ledger.sql", 0, NULL);

  g_assert_nonnull (script);
  run_sql (path, g_bytes_get_data (script, NULL));
  run_sql (path,
           "PRAGMA user_version = 1;"
           "INSERT INTO cameras (id, name) VALUES ('door', 'Door'), ('idle', 'Idle');"
           "INSERT INTO runs (id, camera, stream, start_us) VALUES ('R', 'door', 'main', 1000);"
           "INSERT INTO segments VALUES"
           " ('R.000001', 'door', 'main', 'R', 1, '/1', 'mp4', 'h264', '', 1000, 9000, 0, NULL,"
           "  8000000, 10, 1, 0, 100, 0),"
           " ('R.000002', 'door', 'main', 'R', 2, '/2', 'mp4', 'h264', '', 9000, 9500, 0, NULL,"
           "  500000, 20, 1, 0, 200, 0);"
           "INSERT INTO gaps VALUES (5, 'door', 'main', 100, 900, 'disk', '', 0, 0);");
}

static void
test_older (Fixture *fixture, gconstpointer data)
{
  TytoCatalogueQuery query = { "door", 8000, 8500, NULL, 10, FALSE };
  g_autoptr (GPtrArray) totals = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  TytoCatalogue *catalogue;
  const TytoCatalogueTotals *door;

  make_version_1 (fixture->path);
  catalogue = open_well (fixture->path);
  totals = catalogue_list_totals (catalogue, NULL);
  g_assert_cmpuint (totals->len, ==, 2);
  door = totals->pdata[0];
  g_assert_cmpstr (door->camera, ==, "door");
  g_assert_cmpuint (door->segments, ==, 2);
  g_assert_cmpuint (door->bytes, ==, 300);
  g_assert_cmpuint (door->frames, ==, 30);
  g_assert_cmpuint (door->gaps, ==, 1);
  g_assert_cmpint (door->last_end_us, ==, 9500);
  g_assert_cmpint (((const TytoCatalogueTotals *) totals->pdata[1])->last_end_us, ==, -1);
  /* The longest segment was measured, too: else this one, that began long before, is not found. */
  rows = catalogue_list_segments (catalogue, &query, NULL, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  close_well (catalogue);
  assert_sql (fixture->path, "PRAGMA user_version", "6");
  close_well (open_well (fixture->path));
}

/* The scripts up to @version, as the version of Tyto then ran them. */
static void
make_version (const char *path, const char *const *scripts, guint version)
{
  g_autofree char *pragma = g_strdup_printf ("PRAGMA user_version = %u", version);

  for (guint i = 0; i < version; i++) {
    g_autofree char *resource = g_strconcat ("/org/tyto/store/migrations/", scripts[i], NULL);
    g_autoptr (GBytes) script = g_resources_lookup_data (resource, 0, NULL);

    g_assert_nonnull (script);
    run_sql (path, g_bytes_get_data (script, NULL));
  }
  run_sql (path, pragma);
}

/* Clips get a new table: what is in the old one stays, and is told when it changes. */
static void
test_clips_of_version_5 (Fixture *fixture, gconstpointer data)
{
  static const char *const scripts[]
      = { "0001-ledger.sql", "0002-totals.sql", "0003-durability.sql", "0004-archive.sql",
          "0005-changes.sql" };

  make_version (fixture->path, scripts, G_N_ELEMENTS (scripts));
  run_sql (fixture->path, "INSERT INTO cameras (id, name) VALUES ('door', 'Door');"
                          "INSERT INTO meta VALUES ('mirrored', 'x');"
                          "INSERT INTO clips VALUES ('c', 'door', 'Parcel', 1, 2, 3);"
                          "DELETE FROM changes");
  close_well (open_well (fixture->path));
  assert_sql (fixture->path,
              "SELECT camera || ' ' || name || ' ' || start_us || ' ' || end_us || ' ' ||"
              " created_us || coalesce (broadcast, '') FROM clips",
              "door Parcel 1 2 3");
  assert_sql (fixture->path, "SELECT count(*) FROM changes", "0");
  run_sql (fixture->path, "DELETE FROM clips");
  assert_sql (fixture->path, "SELECT name || ' ' || key_1 || ' ' || deleted FROM changes",
              "clips c 1");
  assert_sql (fixture->path, "SELECT count(*) FROM recording", "0"); /* the view holds */
  assert_sql (fixture->path, "PRAGMA foreign_key_check", NULL);
}

/* A script that fails leaves the version before, whole. */
static void
test_migration_fails (Fixture *fixture, gconstpointer data)
{
  make_version_1 (fixture->path);
  run_sql (fixture->path, "ALTER TABLE cameras ADD COLUMN gaps");
  assert_refused (fixture->path, "0002-totals.sql");
  assert_sql (fixture->path, "PRAGMA user_version", "1");
  assert_sql (fixture->path, "SELECT count(*) FROM pragma_table_info ('cameras')", "3");
  assert_sql (fixture->path, "SELECT count(*) FROM segments", "2");
}

static void
test_newer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  close_well (open_well (fixture->path));
  run_sql (fixture->path, "PRAGMA user_version = 4711");
  before = checksum (fixture->path);
  assert_refused (fixture->path, "newer");
  after = checksum (fixture->path);
  g_assert_cmpstr (before, ==, after);
}

static void
test_of_another_program (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  run_sql (fixture->path, "CREATE TABLE bookmarks (url TEXT)");
  before = checksum (fixture->path);
  assert_refused (fixture->path, "not one of Tyto's");
  after = checksum (fixture->path);
  g_assert_cmpstr (before, ==, after);
}

static void
test_no_database (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strnfill (5000, 'x');
  g_autofree char *kept = NULL;

  g_assert_true (g_file_set_contents (fixture->path, text, -1, NULL));
  assert_refused (fixture->path, "not a database");
  g_assert_true (g_file_get_contents (fixture->path, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, text);
}

static void
test_no_place (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (fixture->storage, "file", NULL);
  g_autofree char *below = g_build_filename (file, "catalogue.db", NULL);

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  assert_refused (below, "cannot be made");
  assert_refused ("/proc/tyto/catalogue.db", "cannot be made");
  assert_refused (fixture->storage, "unable to open");
}

/* Damaged in the middle: said so when the damage is met, with what to do. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  TytoCatalogueQuery query = { NULL, -1, -1, NULL, 1000, TRUE };
  TytoCatalogue *catalogue = open_well (fixture->path);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  gsize length;

  for (guint64 i = 1; i <= 500; i++) {
    g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", i, (gint64) i, 1);

    tyto_catalogue_enter_segment_async (catalogue, segment, NULL, NULL, NULL);
  }
  close_well (catalogue);
  g_assert_true (g_file_get_contents (fixture->path, &contents, &length, NULL));
  /* Behind the schema. */
  memset (contents + length - length / 4, 0x5a, length / 4);
  g_assert_true (g_file_set_contents (fixture->path, contents, (gssize) length, NULL));

  catalogue = open_well (fixture->path);
  rows = catalogue_list_segments (catalogue, &query, NULL, &error);
  g_assert_null (rows);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "malformed"));
  g_assert_nonnull (strstr (tyto_error_hint (error), "aside"));
  close_well (catalogue);
}

/* What a row implies is really there, and what replaces it, too. */
static void
test_runs (Fixture *fixture, gconstpointer data)
{
  TytoCatalogue *catalogue = open_well (fixture->path);
  g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", 1, 5000, 1000);
  g_autoptr (TytoRun) run = tyto_run_new (segment->run, "door", "main", 4900);
  g_autoptr (TytoRun) again = tyto_run_new (segment->run, "door", "main", 1);

  g_assert_true (catalogue_enter_segment (catalogue, segment, NULL));
  assert_sql (fixture->path, "SELECT name FROM cameras", "door");
  assert_sql (fixture->path, "SELECT start_us || ' ' || implied FROM runs", "5000 1");
  run->width = 640;
  g_assert_true (catalogue_enter_run (catalogue, run, NULL));
  g_assert_true (catalogue_enter_run (catalogue, again, NULL));
  assert_sql (fixture->path, "SELECT start_us || ' ' || implied || ' ' || width FROM runs",
              "4900 0 640");
  g_assert_true (catalogue_enter_camera (catalogue, "door", "Front door", NULL));
  assert_sql (fixture->path, "SELECT name FROM cameras", "Front door");

  run->end_us = 9000;
  run->frames_received = 77;
  g_assert_true (catalogue_end_run (catalogue, run, NULL));
  again->end_us = 1;
  g_assert_true (catalogue_end_run (catalogue, again, NULL));
  assert_sql (fixture->path, "SELECT end_us || ' ' || frames_received FROM runs", "9000 77");
  assert_sql (fixture->path, "PRAGMA foreign_key_check", NULL);
  close_well (catalogue);
}

/* Totals follow what is deleted: retention will. */
static void
test_totals_follow_deletion (Fixture *fixture, gconstpointer data)
{
  TytoCatalogue *catalogue = open_well (fixture->path);

  for (guint64 i = 1; i <= 3; i++) {
    g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", i, (gint64) i * 1000, 1000);
    g_autoptr (TytoGap) gap = tyto_gap_new ("door", "main", (gint64) i, "packet-loss", "");

    g_assert_true (catalogue_enter_segment (catalogue, segment, NULL));
    g_assert_cmpint (catalogue_enter_gap (catalogue, gap, NULL), >, 0);
  }
  run_sql (fixture->path, "DELETE FROM segments WHERE sequence = 1; DELETE FROM gaps WHERE id = 1");
  assert_sql (fixture->path,
              "SELECT segments || ' ' || bytes || ' ' || frames || ' ' || gaps || ' ' ||"
              " last_end_us FROM cameras",
              "2 2000 20 2 4000");
  run_sql (fixture->path, "DELETE FROM segments WHERE sequence = 3");
  assert_sql (fixture->path, "SELECT last_end_us FROM cameras", "3000");
  run_sql (fixture->path, "DELETE FROM segments");
  assert_sql (fixture->path,
              "SELECT segments || ' ' || coalesce (last_end_us, 'none') FROM cameras", "0 none");
  close_well (catalogue);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (Fixture *, gconstpointer);
  } cases[] = {
    { "/sqlite-schema/new", test_new },
    { "/sqlite-schema/older", test_older },
    { "/sqlite-schema/clips-of-version-5", test_clips_of_version_5 },
    { "/sqlite-schema/migration-fails", test_migration_fails },
    { "/sqlite-schema/newer", test_newer },
    { "/sqlite-schema/of-another-program", test_of_another_program },
    { "/sqlite-schema/no-database", test_no_database },
    { "/sqlite-schema/no-place", test_no_place },
    { "/sqlite-schema/damaged", test_damaged },
    { "/sqlite-schema/runs", test_runs },
    { "/sqlite-schema/totals-follow-deletion", test_totals_follow_deletion },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].run, tear_down);
  return g_test_run ();
}
