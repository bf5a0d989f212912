/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-changes.h"

/* --- Whether and where --- */

static gboolean
set_meta (TytoSql *db, const char *key, const char *value, GError **error)
{
  return tyto_sql_run (db, error,
                       "INSERT INTO meta (key, value) VALUES (?1, ?2)"
                       " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                       "ss", key, value);
}

/* @value: (out) (transfer full): NULL when it is not there */
static gboolean
get_meta (TytoSql *db, const char *key, char **value, GError **error)
{
  return tyto_sql_find (db, tyto_sql_read_text, value, error,
                        "SELECT value FROM meta WHERE key = ?1", "s", key);
}

gboolean
tyto_sql_keep_place (TytoSql *db, int table, const char *after, GError **error)
{
  g_autofree char *index = g_strdup_printf ("%d", table);

  return set_meta (db, "mirror_table", index, error)
         && set_meta (db, "mirror_key", after != NULL ? after : "", error);
}

gboolean
tyto_sql_start_changes (TytoSql *db, const char *target, gint64 *table, char **after,
                        GError **error)
{
  g_autofree char *present = NULL;
  g_autofree char *index = NULL;
  g_autofree char *key = NULL;

  if (!get_meta (db, "mirrored", &present, error))
    return FALSE;
  if (g_strcmp0 (present, target) != 0
      && (!tyto_sql_run (db, error, "DELETE FROM changes", "")
          || !set_meta (db, "mirrored", target, error)
          || !tyto_sql_keep_place (db, 0, NULL, error)))
    return FALSE;
  if (!get_meta (db, "mirror_table", &index, error) || !get_meta (db, "mirror_key", &key, error))
    return FALSE;
  *table = index != NULL ? g_ascii_strtoll (index, NULL, 10) : 0;
  *after = key != NULL && *key != '\0' ? g_steal_pointer (&key) : NULL;
  return TRUE;
}

gboolean
tyto_sql_stop_changes (TytoSql *db, GError **error)
{
  return tyto_sql_run (db, error,
                       "DELETE FROM meta WHERE key IN ('mirrored', 'mirror_table', 'mirror_key')",
                       "")
         && tyto_sql_run (db, error, "DELETE FROM changes", "");
}

gboolean
tyto_sql_count_changes (TytoSql *db, gint64 *count, gint64 *oldest_us, GError **error)
{
  *count = 0;
  *oldest_us = -1;
  /* They are numbered without holes and go from the front. */
  return tyto_sql_get_integer (db, count, error,
                               "SELECT (SELECT max (seq) FROM changes)"
                               " - (SELECT min (seq) FROM changes) + 1",
                               "")
         && tyto_sql_get_integer (db, oldest_us, error,
                                  "SELECT at_us FROM changes ORDER BY seq LIMIT 1", "");
}

/* --- Rows as JSON --- */

/* `json_object ('id', t.id, …)` */
static void
append_object (GString *sql, const TytoSharedTable *table)
{
  g_string_append (sql, "json_object (");
  for (const TytoSharedColumn *column = table->columns; column->name != NULL; column++)
    g_string_append_printf (sql, "%s'%s', t.%s", column != table->columns ? ", " : "", column->name,
                            column->name);
  g_string_append (sql, ")");
}

/* `t.camera = c.key_1 AND …` */
static void
append_match (GString *sql, const TytoSharedTable *table)
{
  for (guint i = 0; i < table->n_keys; i++)
    g_string_append_printf (sql, "%st.%s = c.key_%u", i > 0 ? " AND " : "", table->columns[i].name,
                            i + 1);
}

/* `[]` becomes NULL. What is not UTF-8 in a path is nobody's reason to stop. */
static void
take_array (char **array, char *text)
{
  if (text != NULL && !g_str_equal (text, "[]"))
    *array = g_utf8_make_valid (text, -1);
  g_free (text);
}

static gboolean
read_noted (TytoSql *db, guint index, gint64 last_seq, TytoChanges *changes, GError **error)
{
  const TytoSharedTable *table = &tyto_shared_tables ()[index];
  g_autoptr (GString) rows = g_string_new ("SELECT json_group_array (");
  g_autoptr (GString) deleted = g_string_new (NULL);
  char *text;

  append_object (rows, table);
  g_string_append_printf (rows,
                          ") FROM (SELECT DISTINCT key_1, key_2, key_3 FROM changes WHERE seq <= ?1"
                          " AND name = '%s') AS c CROSS JOIN %s AS t ON ",
                          table->name, table->name);
  append_match (rows, table);
  if (!tyto_sql_find (db, tyto_sql_read_text, &text, error, rows->str, "x", last_seq))
    return FALSE;
  take_array (&changes->rows[index], text);

  /* Of a row that was deleted and is there again, only that it is there. One that is missing but
   * whose deletion was not read yet is told of by that one. */
  g_string_append (deleted, "SELECT json_group_array (json_array (c.key_1");
  for (guint i = 1; i < table->n_keys; i++)
    g_string_append_printf (deleted, ", c.key_%u", i + 1);
  g_string_append_printf (deleted,
                          ")) FROM (SELECT DISTINCT key_1, key_2, key_3 FROM changes"
                          " WHERE seq <= ?1 AND name = '%s' AND deleted = 1) AS c"
                          " WHERE NOT EXISTS (SELECT 1 FROM %s AS t WHERE ",
                          table->name, table->name);
  append_match (deleted, table);
  g_string_append (deleted, ")");
  if (!tyto_sql_find (db, tyto_sql_read_text, &text, error, deleted->str, "x", last_seq))
    return FALSE;
  take_array (&changes->deleted[index], text);
  return TRUE;
}

TytoChanges *
tyto_sql_read_changes (TytoSql *db, guint limit, GError **error)
{
  g_autoptr (TytoChanges) changes = tyto_changes_new ();
  gint64 first = 0;

  if (!tyto_sql_get_integer (db, &first, error, "SELECT min (seq) FROM changes", "")
      || !tyto_sql_get_integer (db, &changes->last_seq, error,
                                "SELECT max (seq) FROM changes WHERE seq < ?1", "x",
                                first + (gint64) limit))
    return NULL;
  if (changes->last_seq == 0)
    return g_steal_pointer (&changes);
  changes->count = (guint) (changes->last_seq - first + 1);
  for (guint i = 0; i < TYTO_N_SHARED_TABLES; i++)
    if (!read_noted (db, i, changes->last_seq, changes, error))
      return NULL;
  return g_steal_pointer (&changes);
}

gboolean
tyto_sql_forget_changes (TytoSql *db, gint64 last_seq, GError **error)
{
  return tyto_sql_run (db, error, "DELETE FROM changes WHERE seq <= ?1", "x", last_seq);
}

/* --- A whole table --- */

/* `camera, taken_us` */
static char *
list_keys (const TytoSharedTable *table)
{
  g_autoptr (GString) keys = g_string_new (NULL);

  for (guint i = 0; i < table->n_keys; i++)
    g_string_append_printf (keys, "%s%s", i > 0 ? ", " : "", table->columns[i].name);
  return g_strdup (keys->str);
}

/* The rows of the page, as a subquery. ?1 the key before it, ?2 rows */
static void
append_page (GString *sql, const TytoSharedTable *table, const char *keys, gboolean has_after)
{
  g_string_append_printf (sql, "SELECT * FROM %s", table->name);
  if (has_after) {
    g_string_append_printf (sql, " WHERE (%s) > (", keys);
    for (guint i = 0; i < table->n_keys; i++)
      g_string_append_printf (sql, "%sjson_extract (?1, '$[%u]')", i > 0 ? ", " : "", i);
    g_string_append (sql, ")");
  }
  g_string_append_printf (sql, " ORDER BY %s LIMIT ?2", keys);
}

TytoChanges *
tyto_sql_read_table (TytoSql *db, int index, const char *after, guint limit, GError **error)
{
  const TytoSharedTable *table = &tyto_shared_tables ()[index];
  g_autoptr (TytoChanges) changes = tyto_changes_new ();
  g_autoptr (GString) rows = g_string_new ("SELECT json_group_array (");
  g_autoptr (GString) last = g_string_new (NULL);
  g_autofree char *keys = list_keys (table);
  g_autofree char *end = NULL;
  gint64 count = 0;
  char *text;

  changes->table = index;
  changes->after = g_strdup (after);
  append_object (rows, table);
  g_string_append (rows, ") FROM (");
  append_page (rows, table, keys, after != NULL);
  g_string_append (rows, ") AS t");
  if (!tyto_sql_find (db, tyto_sql_read_text, &text, error, rows->str, "sx", after, (gint64) limit))
    return NULL;
  take_array (&changes->rows[index], text);
  if (changes->rows[index] == NULL)
    return g_steal_pointer (&changes);

  if (!tyto_sql_get_integer (db, &count, error, "SELECT json_array_length (?1)", "s",
                             changes->rows[index]))
    return NULL;
  changes->count = (guint) count;
  if (changes->count < limit)
    return g_steal_pointer (&changes);
  g_string_append_printf (last, "SELECT json_array (%s) FROM (", keys);
  append_page (last, table, keys, after != NULL);
  g_string_append (last, ") LIMIT 1 OFFSET ?2 - 1");
  if (!tyto_sql_find (db, tyto_sql_read_text, &changes->last, error, last->str, "sx", after,
                      (gint64) limit))
    return NULL;
  return g_steal_pointer (&changes);
}
