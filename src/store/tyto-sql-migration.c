/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-migration.h"

#include "base/tyto-error.h"
#include "tyto-store-resources.h"

#include <string.h>

#define FOLDER "/org/tyto/store/migrations/"

/* "Tyto" in ASCII; set by the first script. */
#define APPLICATION_ID 0x5479746f

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The scripts' names, the first first: 0001-….sql is what leads to version 1. (transfer full) */
static char **
list_scripts (void)
{
  char **names = g_resource_enumerate_children (tyto_store_get_resource (), FOLDER, 0, NULL);

  g_assert (names != NULL);
  qsort (names, g_strv_length (names), sizeof *names, compare);
  return names;
}

guint
tyto_sql_migration_newest (void)
{
  g_auto (GStrv) names = list_scripts ();

  return g_strv_length (names);
}

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
run_script (TytoSql *db, const char *name, guint version, GError **error)
{
  g_autofree char *resource = g_strconcat (FOLDER, name, NULL);
  g_autofree char *set_version = g_strdup_printf ("PRAGMA user_version = %u", version);
  g_autoptr (GBytes) sql = g_resource_lookup_data (tyto_store_get_resource (), resource, 0, error);
  g_autoptr (GError) reason = NULL;
  gint64 present = 0;

  if (sql == NULL || !tyto_sql_get_integer (db, &present, error, "PRAGMA user_version", ""))
    return FALSE;
  if (present >= version)
    return TRUE;
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

gboolean
tyto_sql_migrate (TytoSql *db, const char *path, GError **error)
{
  g_auto (GStrv) names = list_scripts ();
  guint newest = g_strv_length (names);
  gint64 version = 0;

  if (!tyto_sql_get_integer (db, &version, error, "PRAGMA user_version", "")
      || !check_owner (db, path, version, error))
    return FALSE;
  if (version > newest) {
    tyto_set_error (error, TYTO_ERROR_STORAGE,
                    "Install that version of Tyto again, or give another path.",
                    "The catalogue %s was made by a newer Tyto: its version is %" G_GINT64_FORMAT
                    ", the newest known here is %u.",
                    path, version, newest);
    return FALSE;
  }

  /* Kept in the file: not before we know that it is ours. Where the file system cannot do it,
   * SQLite goes on with its rollback journal, which is as durable. */
  if (!tyto_sql_script (db, "PRAGMA journal_mode = WAL", error))
    return FALSE;
  for (guint i = (guint) version; i < newest; i++) {
    if (!tyto_sql_begin (db, error))
      return FALSE;
    if (!run_script (db, names[i], i + 1, error)) {
      tyto_sql_rollback (db);
      return FALSE;
    }
    if (!tyto_sql_commit (db, error))
      return FALSE;
  }
  return TRUE;
}
