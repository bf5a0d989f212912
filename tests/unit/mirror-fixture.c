/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirror-fixture.h"

#include "store/tyto-catalogue-postgresql.h"
#include "store/tyto-catalogue-sqlite.h"
#include "store/tyto-changes.h"
#include "store/tyto-sql-pg.h"
#include "store/tyto-sql-sqlite.h"

#include <string.h>

static TytoCatalogue *
open_source (const char *path)
{
  TytoCatalogue *catalogue = tyto_catalogue_sqlite_new (path);
  g_autoptr (GError) error = NULL;

  catalogue_open (catalogue, &error);
  g_assert_no_error (error);
  return catalogue;
}

void
mirror_fixture_set_up (MirrorFixture *self, gconstpointer data)
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

void
mirror_fixture_start (MirrorFixture *self, const char *uri, const char *recorder)
{
  g_autoptr (TytoCatalogue) target = tyto_catalogue_postgresql_new (uri, NULL);

  self->mirror = tyto_catalogue_mirror_new (self->source, target, recorder);
  g_signal_connect (self->mirror, "failing", G_CALLBACK (count), &self->n_failing);
  g_signal_connect (self->mirror, "recovered", G_CALLBACK (count_recovered), &self->n_recovered);
  tyto_catalogue_mirror_start (self->mirror);
}

void
mirror_fixture_stop (MirrorFixture *self)
{
  tyto_catalogue_mirror_stop (self->mirror);
  g_clear_object (&self->mirror);
  /* What was on its way back to the mirror. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

void
mirror_fixture_tear_down (MirrorFixture *self, gconstpointer data)
{
  if (self->mirror != NULL)
    mirror_fixture_stop (self);
  tyto_catalogue_close (self->source);
  g_assert_finalize_object (self->source);
  catalogue_suite_remove_storage (self->storage);
  g_free (self->storage);
  g_free (self->path);
  g_free (self->uri);
}

gboolean
mirror_fixture_flush (MirrorFixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_mirror_flush_async (self->mirror, NULL, catalogue_keep_result, &result);
  catalogue_await (&result);
  return tyto_catalogue_mirror_flush_finish (self->mirror, result, error);
}

void
mirror_fixture_flush_well (MirrorFixture *self)
{
  g_autoptr (GError) error = NULL;

  mirror_fixture_flush (self, &error);
  g_assert_no_error (error);
}

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
guint
mirror_fixture_assert_equal (const char *path, const char *uri, const char *recorder)
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
