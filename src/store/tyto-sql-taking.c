/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-taking.h"

#include "base/tyto-error.h"

static gboolean
check_dialect (TytoSql *db, GError **error)
{
  if (tyto_sql_get_dialect (db) == TYTO_SQL_POSTGRESQL)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Give postgresql://USER@HOST/DATABASE.",
                  "Only a PostgreSQL database can be shared.");
  return FALSE;
}

gboolean
tyto_sql_claim_recorder (TytoSql *db, const char *recorder, const char *catalogue, GError **error)
{
  g_autofree char *present = NULL;

  if (!check_dialect (db, error)
      || !tyto_sql_run (db, error,
                        "INSERT INTO recorders (name, catalogue) VALUES (?1, ?2)"
                        " ON CONFLICT (name) DO NOTHING",
                        "ss", recorder, catalogue)
      || !tyto_sql_find (db, tyto_sql_read_text, &present, error,
                         "SELECT catalogue FROM recorders WHERE name = ?1", "s", recorder))
    return FALSE;
  if (g_strcmp0 (present, catalogue) == 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE,
                  "Give this recorder a name of its own (recorder-name). If the other is gone for "
                  "good, delete its row in tyto.recorders.",
                  "Another recorder called %s tells its rows to this database.", recorder);
  return FALSE;
}

/* --- SQL of a table --- */

/* How a target column is set off from the next. */
typedef void (*AppendColumn) (GString *sql, const TytoSharedColumn *column);

static void
append_columns (GString *sql, const TytoSharedTable *table, guint first, AppendColumn append)
{
  for (guint i = first; table->columns[i].name != NULL; i++) {
    if (i > first)
      g_string_append (sql, ", ");
    append (sql, &table->columns[i]);
  }
}

static void
append_target (GString *sql, const TytoSharedColumn *column)
{
  g_string_append (sql, column->target);
}

static void
append_source (GString *sql, const TytoSharedColumn *column)
{
  g_string_append_printf (sql, "r.%s", column->name);
}

static void
append_typed (GString *sql, const TytoSharedColumn *column)
{
  g_string_append_printf (sql, "%s %s", column->name, column->type);
}

static void
append_present (GString *sql, const TytoSharedColumn *column)
{
  g_string_append_printf (sql, "t.%s", column->target);
}

static void
append_excluded (GString *sql, const TytoSharedColumn *column)
{
  g_string_append_printf (sql, "excluded.%s", column->target);
}

static void
append_set (GString *sql, const TytoSharedColumn *column)
{
  g_string_append_printf (sql, "%s = excluded.%s", column->target, column->target);
}

/* The numbers of a recorder's gaps are its own. */
static gboolean
is_numbered (const TytoSharedTable *table)
{
  return !g_str_equal (table->columns[0].name, table->columns[0].target);
}

/* ?1 recorder, ?2 rows. A row that is as told is not written again. */
static char *
build_put (const TytoSharedTable *table)
{
  GString *sql = g_string_new (NULL);

  g_string_append_printf (sql, "INSERT INTO %s AS t (", table->name);
  append_columns (sql, table, 0, append_target);
  g_string_append (sql, ", recorder) SELECT ");
  append_columns (sql, table, 0, append_source);
  g_string_append (sql, ", ?1 FROM json_to_recordset (CAST (?2 AS json)) AS r (");
  append_columns (sql, table, 0, append_typed);
  g_string_append_printf (sql, ") ON CONFLICT (%s", is_numbered (table) ? "recorder" : "");
  for (guint i = 0; i < table->n_keys; i++)
    g_string_append_printf (sql, "%s%s", i > 0 || is_numbered (table) ? ", " : "",
                            table->columns[i].target);
  g_string_append (sql, ") DO UPDATE SET ");
  append_columns (sql, table, table->n_keys, append_set);
  if (table->columns[table->n_keys].name != NULL)
    g_string_append (sql, ", ");
  g_string_append (sql, "recorder = excluded.recorder WHERE (");
  append_columns (sql, table, table->n_keys, append_present);
  g_string_append (sql, ", t.recorder) IS DISTINCT FROM (");
  append_columns (sql, table, table->n_keys, append_excluded);
  g_string_append (sql, ", excluded.recorder)");
  return g_string_free (sql, FALSE);
}

/* `CAST (k.key ->> 1 AS bigint)` */
static void
append_key_part (GString *sql, const TytoSharedTable *table, guint part, const char *key)
{
  g_string_append_printf (sql, "CAST (%s ->> %u AS %s)", key, part, table->columns[part].type);
}

/* ?1 recorder, ?2 keys */
static char *
build_delete (const TytoSharedTable *table)
{
  GString *sql = g_string_new (NULL);

  g_string_append_printf (sql,
                          "DELETE FROM %s AS t USING json_array_elements (CAST (?2 AS json))"
                          " AS k (key) WHERE t.recorder = ?1",
                          table->name);
  for (guint i = 0; i < table->n_keys; i++) {
    g_string_append_printf (sql, " AND t.%s = ", table->columns[i].target);
    append_key_part (sql, table, i, "k.key");
  }
  return g_string_free (sql, FALSE);
}

/* `t.camera, t.taken_us`, or those of what is told */
static void
append_keys (GString *sql, const TytoSharedTable *table, gboolean is_target)
{
  for (guint i = 0; i < table->n_keys; i++)
    g_string_append_printf (sql, "%s%s%s", i > 0 ? ", " : "", is_target ? "t." : "r.",
                            is_target ? table->columns[i].target : table->columns[i].name);
}

static void
append_bound (GString *sql, const TytoSharedTable *table, const char *parameter,
              const char *compare)
{
  g_autofree char *key = g_strdup_printf ("CAST (%s AS json)", parameter);

  g_string_append_printf (sql, " AND (%s IS NULL OR (", parameter);
  append_keys (sql, table, TRUE);
  g_string_append_printf (sql, ") %s (", compare);
  for (guint i = 0; i < table->n_keys; i++) {
    if (i > 0)
      g_string_append (sql, ", ");
    append_key_part (sql, table, i, key);
  }
  g_string_append (sql, "))");
}

/* What stands between two keys and was not told. ?1 recorder, ?2 rows, ?3 after, ?4 last */
static char *
build_prune (const TytoSharedTable *table)
{
  GString *sql = g_string_new (NULL);

  g_string_append_printf (sql, "DELETE FROM %s AS t WHERE t.recorder = ?1", table->name);
  append_bound (sql, table, "?3", ">");
  append_bound (sql, table, "?4", "<=");
  if (is_numbered (table))
    g_string_append_printf (sql, " AND t.%s IS NOT NULL", table->columns[0].target);
  /* Uncorrelated: the keys are hashed once. */
  g_string_append (sql, " AND (");
  append_keys (sql, table, TRUE);
  g_string_append (sql, ") NOT IN (SELECT ");
  append_keys (sql, table, FALSE);
  g_string_append (sql, " FROM json_to_recordset (CAST (?2 AS json)) AS r (");
  append_columns (sql, table, 0, append_typed);
  g_string_append (sql, "))");
  return g_string_free (sql, FALSE);
}

/* --- Taking --- */

static gboolean
put_rows (TytoSql *db, const char *recorder, const TytoChanges *changes, guint index,
          GError **error)
{
  g_autofree char *sql = build_put (&tyto_shared_tables ()[index]);

  return changes->rows[index] == NULL
         || tyto_sql_run (db, error, sql, "ss", recorder, changes->rows[index]);
}

static gboolean
delete_rows (TytoSql *db, const char *recorder, const TytoChanges *changes, guint index,
             GError **error)
{
  g_autofree char *sql = build_delete (&tyto_shared_tables ()[index]);

  return changes->deleted[index] == NULL
         || tyto_sql_run (db, error, sql, "ss", recorder, changes->deleted[index]);
}

static gboolean
prune (TytoSql *db, const char *recorder, const TytoChanges *changes, GError **error)
{
  g_autofree char *sql = build_prune (&tyto_shared_tables ()[changes->table]);
  const char *rows = changes->rows[changes->table];

  return tyto_sql_run (db, error, sql, "ssss", recorder, rows != NULL ? rows : "[]", changes->after,
                       changes->last);
}

gboolean
tyto_sql_take_changes (TytoSql *db, const char *recorder, const TytoChanges *changes,
                       GError **error)
{
  if (!check_dialect (db, error))
    return FALSE;
  for (guint i = 0; i < TYTO_N_SHARED_TABLES; i++)
    if (!put_rows (db, recorder, changes, i, error))
      return FALSE;
  for (guint i = TYTO_N_SHARED_TABLES; i > 0; i--)
    if (!delete_rows (db, recorder, changes, i - 1, error))
      return FALSE;
  return (changes->table < 0 || prune (db, recorder, changes, error))
         && tyto_sql_run (db, error, "UPDATE recorders SET told_at = now () WHERE name = ?1", "s",
                          recorder);
}
