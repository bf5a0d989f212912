/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only PostgreSQL can get wrong: connections that are lost, several programs at once, and what
 * the server says. The server of TYTO_TEST_POSTGRESQL. */
#include "base/tyto-error.h"
#include "store/tyto-catalogue-postgresql.h"
#include "store/tyto-catalogue-upkeep.h"
#include "test-catalogue-suite.h"

#include <libpq-fe.h>
#include <string.h>

typedef struct {
  char *uri;
  PGconn *admin; /* another program */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  static guint n_schemas;

  self->uri = g_strdup_printf ("%s&options=-ctyto.schema%%3Dfaults_%u",
                               g_getenv ("TYTO_TEST_POSTGRESQL"), ++n_schemas);
  self->admin = PQconnectdb (g_getenv ("TYTO_TEST_POSTGRESQL"));
  g_assert_cmpint (PQstatus (self->admin), ==, CONNECTION_OK);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  PQfinish (self->admin);
  g_free (self->uri);
}

/* The first value of the answer. (transfer full) (nullable) */
static char *
run_sql (Fixture *self, const char *sql)
{
  PGresult *result = PQexec (self->admin, sql);
  ExecStatusType status = PQresultStatus (result);
  char *value = NULL;

  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    g_error ("%s: %s", sql, PQresultErrorMessage (result));
  if (PQntuples (result) > 0)
    value = g_strdup (PQgetvalue (result, 0, 0));
  PQclear (result);
  return value;
}

static void
run_in_schema (Fixture *self, const char *sql)
{
  g_autofree char *set = g_strdup_printf ("SET search_path = %s", strrchr (self->uri, 'D') + 1);
  g_autofree char *none = run_sql (self, set);
  g_autofree char *answer = run_sql (self, sql);
}

static TytoCatalogue *
open_well (const char *uri)
{
  TytoCatalogue *catalogue = tyto_catalogue_postgresql_new (uri, NULL);
  g_autoptr (GError) error = NULL;

  catalogue_open (catalogue, &error);
  g_assert_no_error (error);
  return catalogue;
}

static void
close_well (TytoCatalogue *catalogue)
{
  tyto_catalogue_close (catalogue);
  g_assert_finalize_object (catalogue);
}

/* Ends all of our connections, as a server that is restarted does. */
static void
terminate (Fixture *self)
{
  g_autofree char *count
      = run_sql (self, "SELECT count (pg_terminate_backend (pid, 5000)) FROM pg_stat_activity"
                       " WHERE application_name = 'tyto'");

  g_assert_cmpstr (count, !=, "0");
}

static void
test_lost_between_calls (Fixture *self, gconstpointer data)
{
  TytoCatalogue *catalogue = open_well (self->uri);
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (TytoSegment) first = catalogue_test_segment ("door", 1, 1000, 10);
  g_autoptr (TytoSegment) second = catalogue_test_segment ("door", 2, 2000, 10);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (catalogue_enter_segment (catalogue, first, NULL));
  terminate (self);
  catalogue_enter_segment (catalogue, second, &error);
  g_assert_no_error (error);
  terminate (self);
  rows = catalogue_list_segments (catalogue, &query, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 2);
  close_well (catalogue);
}

/* Again and again while rows are on their way: each that was told as entered is there, once. */
static void
test_lost_amid_calls (Fixture *self, gconstpointer data)
{
  TytoCatalogue *catalogue = open_well (self->uri);
  GAsyncResult *results[400] = { NULL };
  g_autoptr (GPtrArray) totals = NULL;
  guint64 n_told = 0;

  for (guint64 i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment ("door", i + 1, (gint64) i * 1000, 1000);

    tyto_catalogue_enter_segment_async (catalogue, segment, NULL, catalogue_keep_result,
                                        &results[i]);
    if (i % 100 == 50)
      terminate (self);
  }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (GError) error = NULL;

    catalogue_await (&results[i]);
    if (tyto_catalogue_enter_finish (catalogue, results[i], &error))
      n_told++;
    else
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
    g_object_unref (results[i]);
  }
  totals = catalogue_list_totals (catalogue, NULL);
  g_assert_nonnull (totals);
  g_assert_cmpuint (((TytoCatalogueTotals *) totals->pdata[0])->segments, >=, n_told);
  g_assert_cmpuint (n_told, >=, 395);
  g_test_message ("%" G_GUINT64_FORMAT " of 400 were entered", n_told);
  close_well (catalogue);
}

/* Several recorders start at once on a database that is still empty. */
static void
test_at_once (Fixture *self, gconstpointer data)
{
  TytoCatalogue *catalogues[6];
  GAsyncResult *results[6] = { NULL };

  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    catalogues[i] = tyto_catalogue_postgresql_new (self->uri, NULL);
    tyto_catalogue_open_async (catalogues[i], NULL, catalogue_keep_result, &results[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (GError) error = NULL;

    catalogue_await (&results[i]);
    tyto_catalogue_open_finish (catalogues[i], results[i], &error);
    g_assert_no_error (error);
    g_object_unref (results[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    close_well (catalogues[i]);
}

static void
assert_refused (const char *uri, int code, const char *words)
{
  TytoCatalogue *catalogue = tyto_catalogue_postgresql_new (uri, "kestrel-Owl-7391");
  g_autoptr (GError) error = NULL;

  g_assert_false (catalogue_open (catalogue, &error));
  g_assert_error (error, TYTO_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strstr (error->message, "kestrel"));
  g_assert_nonnull (tyto_error_hint (error));
  close_well (catalogue);
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  g_autofree char *no_database
      = g_strdup_printf ("%s&dbname=nowhere", g_getenv ("TYTO_TEST_POSTGRESQL"));
  g_autofree char *no_user
      = g_strdup_printf ("%s&user=nobody-here", g_getenv ("TYTO_TEST_POSTGRESQL"));

  assert_refused (no_database, TYTO_ERROR_STORAGE, "does not exist");
  assert_refused (no_user, TYTO_ERROR_STORAGE, "does not exist");
  assert_refused ("postgresql://tyto:kestrel@[::1/x", TYTO_ERROR_INVALID_ARGUMENT, "URI");

  close_well (open_well (self->uri));
  run_in_schema (self, "UPDATE meta SET value = '4711' WHERE key = 'schema_version'");
  assert_refused (self->uri, TYTO_ERROR_STORAGE, "newer Tyto");
}

/* Its words, the cause and what to do; then it works again. */
static void
test_the_servers_words (Fixture *self, gconstpointer data)
{
  TytoCatalogue *catalogue = open_well (self->uri);
  g_autoptr (GError) error = NULL;

  run_in_schema (self, "ALTER TABLE cameras ADD CONSTRAINT odd CHECK (name <> 'Odd')");
  g_assert_false (catalogue_enter_camera (catalogue, "door", "Odd", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "violates check constraint \"odd\""));
  g_assert_true (catalogue_enter_camera (catalogue, "door", "Even", NULL));
  close_well (catalogue);
}

/* A call waits for a lock that another holds; leaving ends it at once. */
static void
test_left (Fixture *self, gconstpointer data)
{
  TytoCatalogue *catalogue = open_well (self->uri);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *waiting = NULL;
  gint64 began_us;

  run_in_schema (self, "BEGIN; LOCK TABLE cameras IN ACCESS EXCLUSIVE MODE");
  tyto_catalogue_enter_camera_async (catalogue, "door", "Door", NULL, catalogue_keep_result,
                                     &result);
  do {
    g_free (waiting);
    waiting = run_sql (self, "SELECT count (*) FROM pg_locks WHERE NOT granted");
  } while (g_str_equal (waiting, "0"));
  began_us = g_get_monotonic_time ();
  tyto_catalogue_postgresql_leave (TYTO_CATALOGUE_POSTGRESQL (catalogue));
  catalogue_await (&result);
  g_assert_false (tyto_catalogue_enter_finish (catalogue, result, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, 5 * G_USEC_PER_SEC);
  g_clear_object (&result);
  close_well (catalogue);
  g_free (run_sql (self, "ROLLBACK"));
}

static void
test_uris (Fixture *self, gconstpointer data)
{
  static const char *const wrong[] = { "", "mysql://x/y", "sqlite://relative", "catalogue.db" };
  g_autoptr (TytoCatalogue) file
      = tyto_catalogue_new_for_uri ("sqlite:///tmp/a%20b.db", NULL, NULL);
  g_autoptr (TytoCatalogue) one = tyto_catalogue_new_for_uri ("postgresql://h/d", NULL, NULL);
  g_autoptr (TytoCatalogue) other = tyto_catalogue_new_for_uri ("postgres://h/d", "x", NULL);

  g_assert_nonnull (file);
  g_assert_false (TYTO_IS_CATALOGUE_POSTGRESQL (file));
  g_assert_true (TYTO_IS_CATALOGUE_POSTGRESQL (one));
  g_assert_true (TYTO_IS_CATALOGUE_POSTGRESQL (other));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (tyto_catalogue_new_for_uri (wrong[i], NULL, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*run) (Fixture *self, gconstpointer data);
  } cases[] = {
    { "/postgresql-faults/lost-between-calls", test_lost_between_calls },
    { "/postgresql-faults/lost-amid-calls", test_lost_amid_calls },
    { "/postgresql-faults/at-once", test_at_once },
    { "/postgresql-faults/refused", test_refused },
    { "/postgresql-faults/the-servers-words", test_the_servers_words },
    { "/postgresql-faults/left", test_left },
    { "/postgresql-faults/uris", test_uris },
  };

  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("TYTO_TEST_POSTGRESQL") == NULL)
    g_error ("Run it by tests/tools/postgresql.py.");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].run, tear_down);
  return g_test_run ();
}
