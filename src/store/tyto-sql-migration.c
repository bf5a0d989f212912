/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-migration.h"

#include "base/tyto-error.h"
#include "tyto-store-resources.h"

#include <string.h>

#define SQLITE_FOLDER "/org/tyto/store/migrations/"
#define PG_FOLDER     "/org/tyto/store/migrations/pg/"

/* "Tyto" in ASCII; set by the first script of SQLite, and PostgreSQL's advisory lock. */
#define APPLICATION_ID 0x5479746f

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The scripts' names, the first first: 0001-….sql is what leads to version 1. (transfer full) */
static char **
list_scripts (const char *folder)
{
  g_auto (GStrv) names
      = g_resource_enumerate_children (tyto_store_get_resource (), folder, 0, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  char **scripts;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (g_str_has_suffix (names[i], ".sql")) /* not the other's folder */
      g_strv_builder_add (builder, names[i]);
  scripts = g_strv_builder_end (builder);
  qsort (scripts, g_strv_length (scripts), sizeof *scripts, compare);
  return scripts;
}

guint
tyto_sql_migration_newest (TytoSqlDialect dialect)
{
  g_auto (GStrv) names = list_scripts (dialect == TYTO_SQL_SQLITE ? SQLITE_FOLDER : PG_FOLDER);

  return g_strv_length (names);
}

static gboolean
refuse_newer (const char *name, gint64 version, guint newest, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_STORAGE,
                  "Install that version of Tyto again, or give another catalogue.",
                  "The catalogue %s was made by a newer Tyto: its version is %" G_GINT64_FORMAT
                  ", the newest known here is %u.",
                  name, version, newest);
  return FALSE;
}

/* @set_version: what to run behind it */
static gboolean
run_script (TytoSql *db, const char *folder, const char *name, const char *set_version,
            GError **error)
{
  g_autofree char *resource = g_strconcat (folder, name, NULL);
  g_autoptr (GBytes) sql = g_resource_lookup_data (tyto_store_get_resource (), resource, 0, error);
  g_autoptr (GError) reason = NULL;

  if (sql == NULL)
    return FALSE;
  /* GResource puts a NUL after each file. */
  if (!tyto_sql_script (db, g_bytes_get_data (sql, NULL), &reason)
      || !tyto_sql_script (db, set_version, &reason)) {
    g_autofree char *why = tyto_error_why (reason);
    const char *hint = tyto_error_hint (reason);

    tyto_set_error (error, TYTO_ERROR_STORAGE,
                    hint != NULL ? hint
                                 : "It is as it was before. Move it aside for an empty catalogue; "
                                   "the recordings themselves are not touched.",
                    "Migration %s failed: %s", name, why);
    return FALSE;
  }
  return TRUE;
}

/* --- SQLite --- */

static gboolean
check_owner (TytoSql *db, const char *path, gint64 version, GError **error)
{
  gint64 application_id = 0, n_tables = 0;

  if (!tyto_sql_get_integer (db, &application_id, error, "PRAGMA application_id", "")
      || !tyto_sql_get_integer (db, &n_tables, error, "SELECT count(*) FROM sqlite_schema", ""))
    return FALSE;
  if (application_id == APPLICATION_ID || (application_id == 0 && version == 0 && n_tables == 0))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, "Give another path for the catalogue.",
                  "%s is a database, but not one of Tyto's.", path);
  return FALSE;
}

/* In a transaction, which another process may have used to migrate just before us. */
static gboolean
step_sqlite (TytoSql *db, const char *name, guint version, GError **error)
{
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %u", version);
  gint64 present = 0;

  if (!tyto_sql_get_integer (db, &present, error, "PRAGMA user_version", ""))
    return FALSE;
  return present >= version || run_script (db, SQLITE_FOLDER, name, set_version, error);
}

static gboolean
migrate_sqlite (TytoSql *db, const char *path, GError **error)
{
  g_auto (GStrv) names = list_scripts (SQLITE_FOLDER);
  guint newest = g_strv_length (names);
  gint64 version = 0;

  if (!tyto_sql_get_integer (db, &version, error, "PRAGMA user_version", "")
      || !check_owner (db, path, version, error))
    return FALSE;
  if (version > newest)
    return refuse_newer (path, version, newest, error);

  /* Kept in the file: not before we know that it is ours. Where the file system cannot do it,
   * SQLite goes on with its rollback journal, which is as durable. */
  if (!tyto_sql_script (db, "PRAGMA journal_mode = WAL", error))
    return FALSE;
  for (guint i = (guint) version; i < newest; i++) {
    if (!tyto_sql_begin (db, error))
      return FALSE;
    if (!step_sqlite (db, names[i], i + 1, error)) {
      tyto_sql_rollback (db);
      return FALSE;
    }
    if (!tyto_sql_commit (db, error))
      return FALSE;
  }
  return TRUE;
}

/* --- PostgreSQL --- */

/* @version: 0 for a schema without our tables, and for none */
static gboolean
read_pg_version (TytoSql *db, gint64 *version, GError **error)
{
  gint64 has_meta = 0;

  *version = 0;
  if (!tyto_sql_get_integer (db, &has_meta, error,
                             "SELECT CASE WHEN to_regclass ('meta') IS NULL THEN 0 ELSE 1 END", ""))
    return FALSE;
  return has_meta == 0
         || tyto_sql_get_integer (db, version, error,
                                  "SELECT CAST (value AS BIGINT) FROM meta"
                                  " WHERE key = 'schema_version'",
                                  "");
}

static gboolean
lock_schema (TytoSql *db, GError **error)
{
  /* search_path names a schema that is perhaps not there yet. */
  static const char make_schema[]
      = "DO $$ BEGIN IF current_schema () IS NULL THEN"
        " EXECUTE 'CREATE SCHEMA ' || current_setting ('search_path'); END IF; END $$";

  return tyto_sql_run (
             db, error,
             "SELECT pg_advisory_xact_lock (CAST (?1 AS INTEGER), hashtext (current_setting"
             " ('search_path')))",
             "x", (gint64) APPLICATION_ID)
         && tyto_sql_script (db, make_schema, error);
}

static gboolean
step_pg (TytoSql *db, char **names, GError **error)
{
  gint64 version;

  /* Another may have done it while we waited for the lock. */
  if (!lock_schema (db, error) || !read_pg_version (db, &version, error))
    return FALSE;
  for (guint i = (guint) version; i < g_strv_length (names); i++) {
    g_autofree char *set_version
        = g_strdup_printf ("INSERT INTO meta VALUES ('schema_version', '%u')"
                           " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                           i + 1);

    if (!run_script (db, PG_FOLDER, names[i], set_version, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
migrate_pg (TytoSql *db, const char *name, GError **error)
{
  g_auto (GStrv) names = list_scripts (PG_FOLDER);
  guint newest = g_strv_length (names);
  gint64 version;

  if (!read_pg_version (db, &version, error))
    return FALSE;
  if (version > newest)
    return refuse_newer (name, version, newest, error);
  if (version == newest)
    return TRUE;

  if (!tyto_sql_begin (db, error))
    return FALSE;
  if (!step_pg (db, names, error)) {
    tyto_sql_rollback (db);
    return FALSE;
  }
  return tyto_sql_commit (db, error);
}

gboolean
tyto_sql_migrate (TytoSql *db, const char *name, GError **error)
{
  return tyto_sql_get_dialect (db) == TYTO_SQL_SQLITE ? migrate_sqlite (db, name, error)
                                                      : migrate_pg (db, name, error);
}
