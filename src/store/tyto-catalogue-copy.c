/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-copy.h"

#include "base/tyto-error.h"
#include "store/tyto-sql-changes.h"
#include "store/tyto-sql-migration.h"
#include "store/tyto-sql-pg.h"
#include "store/tyto-sql-sqlite.h"
#include "store/tyto-sql-taking.h"
#include "store/tyto-sql-upkeep.h"

/* Rows in one transaction of the target. */
#define PAGE 2000

typedef struct {
  TytoSql *source;
  TytoSql *target;
  const char *recorder;
  TytoCatalogueCopyProgress progress; /* nullable */
  gpointer data;
  guint64 done;
  guint64 total;
  GCancellable *cancellable; /* nullable */
} Copy;

/* From here on the source stands still for us. */
static gboolean
hold_source (Copy *self, const char *path, GError **error)
{
  gint64 version = 0;

  if (!tyto_sql_script (self->source, "BEGIN", error)
      || !tyto_sql_get_integer (self->source, &version, error, "PRAGMA user_version", ""))
    return FALSE;
  if (version == tyto_sql_migration_newest (TYTO_SQL_SQLITE))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, "Start tytod of this version on it once.",
                  "The catalogue %s is of another version of Tyto.", path);
  return FALSE;
}

static gboolean
check_alone (Copy *self, const char *target_id, GError **error)
{
  g_autofree char *target = g_strdup_printf ("%s %s", target_id, self->recorder);
  gint64 n_found = 0;

  if (!tyto_sql_get_integer (self->source, &n_found, error,
                             "SELECT count(*) FROM meta WHERE key = 'mirrored' AND value = ?1", "s",
                             target))
    return FALSE;
  if (n_found == 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE,
                  "Nothing is left to do; tytoctl status says what waits.",
                  "This catalogue tells its rows to that database already (catalogue-uri).");
  return FALSE;
}

static gboolean
claim (Copy *self, GError **error)
{
  g_autofree char *source_id = tyto_sql_get_id (self->source, error);
  g_autofree char *target_id = source_id != NULL ? tyto_sql_get_id (self->target, error) : NULL;

  return target_id != NULL && check_alone (self, target_id, error)
         && tyto_sql_claim_recorder (self->target, self->recorder, source_id, error);
}

static gboolean
count_rows (Copy *self, GError **error)
{
  for (guint i = 0; i < TYTO_N_SHARED_TABLES; i++) {
    g_autofree char *sql
        = g_strdup_printf ("SELECT count(*) FROM %s", tyto_shared_tables ()[i].name);
    gint64 n_rows = 0;

    if (!tyto_sql_get_integer (self->source, &n_rows, error, sql, ""))
      return FALSE;
    self->total += (guint64) n_rows;
  }
  return TRUE;
}

static gboolean
take (Copy *self, const TytoChanges *changes, GError **error)
{
  if (!tyto_sql_begin (self->target, error))
    return FALSE;
  if (tyto_sql_take_changes (self->target, self->recorder, changes, error))
    return tyto_sql_commit (self->target, error);
  tyto_sql_rollback (self->target);
  return FALSE;
}

static gboolean
copy_table (Copy *self, int table, GError **error)
{
  g_autofree char *after = NULL;

  do {
    g_autoptr (TytoChanges) changes = NULL;

    if (self->progress != NULL)
      self->progress (tyto_shared_tables ()[table].name, self->done, self->total, self->data);
    if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
      return FALSE;
    changes = tyto_sql_read_table (self->source, table, after, PAGE, error);
    if (changes == NULL || !take (self, changes, error))
      return FALSE;
    self->done += changes->count;
    g_free (after);
    after = g_steal_pointer (&changes->last);
  } while (after != NULL);
  return TRUE;
}

gboolean
tyto_catalogue_copy (const char *path, const char *uri, const char *password, const char *recorder,
                     TytoCatalogueCopyProgress progress, gpointer data, guint64 *total,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (TytoSql) source = tyto_sql_sqlite_open_to_read (path, error);
  g_autoptr (TytoSql) target = NULL;
  Copy self = { source, NULL, recorder, progress, data, 0, 0, cancellable };

  if (source == NULL || !hold_source (&self, path, error))
    return FALSE;
  self.target = target = tyto_sql_pg_open (uri, password, cancellable, error);
  if (target == NULL || !tyto_sql_migrate (target, tyto_sql_pg_get_name (target), error)
      || !claim (&self, error) || !count_rows (&self, error))
    return FALSE;
  *total = self.total;
  for (int i = 0; i < TYTO_N_SHARED_TABLES; i++)
    if (!copy_table (&self, i, error))
      return FALSE;
  return TRUE;
}
