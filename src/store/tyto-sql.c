/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql.h"

#include "store/tyto-sql-driver.h"

void
tyto_sql_close (TytoSql *self)
{
  self->driver->close (self);
}

TytoSqlDialect
tyto_sql_get_dialect (TytoSql *self)
{
  return self->driver->dialect;
}

static void
set_values (TytoSqlCall *call, const char *types, va_list args)
{
  for (guint i = 0; types[i] != '\0'; i++) {
    TytoSqlValue *value = &call->values[i];

    g_assert (i < TYTO_SQL_MAX_VALUES);
    value->type = types[i] == 's' ? 's' : 'x';
    switch (types[i]) {
    case 's':
      value->text = va_arg (args, const char *);
      value->is_null = value->text == NULL;
      break;
    case 'x':
      value->integer = va_arg (args, gint64);
      break;
    case 't':
      value->integer = (gint64) va_arg (args, guint64);
      break;
    case 'e':
      value->integer = va_arg (args, gint64);
      value->is_null = value->integer == -1;
      break;
    default:
      g_assert_not_reached ();
    }
    call->n_values = i + 1;
  }
}

static gboolean
execute (TytoSql *self, TytoSqlCall *call, const char *types, va_list args, GError **error)
{
  set_values (call, types, args);
  return self->driver->execute (self, call, error);
}

gboolean
tyto_sql_run (TytoSql *self, GError **error, const char *sql, const char *types, ...)
{
  TytoSqlCall call = { .sql = sql };
  gboolean success;
  va_list args;

  va_start (args, types);
  success = execute (self, &call, types, args, error);
  va_end (args);
  return success;
}

gboolean
tyto_sql_change (TytoSql *self, gint64 *n_rows, GError **error, const char *sql, const char *types,
                 ...)
{
  TytoSqlCall call = { .sql = sql, .n_changed = n_rows };
  gboolean success;
  va_list args;

  *n_rows = 0;
  va_start (args, types);
  success = execute (self, &call, types, args, error);
  va_end (args);
  return success;
}

/* --- Rows --- */

typedef struct {
  guint n_rows;
  gint64 *integer;
  TytoSqlRead read;
  gpointer record;
  GPtrArray *rows;
} Reading;

static void
keep_integer (const TytoSqlRow *row, gpointer data)
{
  Reading *reading = data;

  if (reading->n_rows++ == 0 && !tyto_sql_row_is_null (row, 0))
    *reading->integer = tyto_sql_row_integer (row, 0);
}

static void
keep_first (const TytoSqlRow *row, gpointer data)
{
  Reading *reading = data;

  if (reading->n_rows++ == 0)
    reading->record = reading->read (row);
}

static void
keep_all (const TytoSqlRow *row, gpointer data)
{
  Reading *reading = data;

  g_ptr_array_add (reading->rows, reading->read (row));
}

gboolean
tyto_sql_get_integer (TytoSql *self, gint64 *value, GError **error, const char *sql,
                      const char *types, ...)
{
  Reading reading = { .integer = value };
  TytoSqlCall call = { .sql = sql, .each = keep_integer, .data = &reading };
  gboolean success;
  va_list args;

  va_start (args, types);
  success = execute (self, &call, types, args, error);
  va_end (args);
  return success;
}

gboolean
tyto_sql_find (TytoSql *self, TytoSqlRead read, gpointer record, GError **error, const char *sql,
               const char *types, ...)
{
  Reading reading = { .read = read };
  TytoSqlCall call = { .sql = sql, .each = keep_first, .data = &reading };
  gboolean success;
  va_list args;

  va_start (args, types);
  success = execute (self, &call, types, args, error);
  va_end (args);
  *(gpointer *) record = reading.record;
  return success;
}

GPtrArray *
tyto_sql_collect (TytoSql *self, TytoSqlRead read, GDestroyNotify free_record, GError **error,
                  const char *sql, const char *types, ...)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_record);
  Reading reading = { .read = read, .rows = rows };
  TytoSqlCall call = { .sql = sql, .each = keep_all, .data = &reading };
  gboolean success;
  va_list args;

  va_start (args, types);
  success = execute (self, &call, types, args, error);
  va_end (args);
  return success ? g_steal_pointer (&rows) : NULL;
}

gboolean
tyto_sql_script (TytoSql *self, const char *sql, GError **error)
{
  return self->driver->script (self, sql, error);
}

gboolean
tyto_sql_row_is_null (const TytoSqlRow *row, int column)
{
  return row->driver->is_null (row, column);
}

gint64
tyto_sql_row_integer (const TytoSqlRow *row, int column)
{
  return row->driver->integer (row, column);
}

guint64
tyto_sql_row_count (const TytoSqlRow *row, int column)
{
  return (guint64) row->driver->integer (row, column);
}

const char *
tyto_sql_row_text (const TytoSqlRow *row, int column)
{
  return row->driver->text (row, column);
}

char *
tyto_sql_row_dup_text (const TytoSqlRow *row, int column)
{
  return g_strdup (row->driver->text (row, column));
}

gpointer
tyto_sql_read_text (const TytoSqlRow *row)
{
  return tyto_sql_row_dup_text (row, 0);
}

/* --- Transactions --- */

gboolean
tyto_sql_begin (TytoSql *self, GError **error)
{
  return self->driver->begin (self, error);
}

gboolean
tyto_sql_commit (TytoSql *self, GError **error)
{
  return self->driver->commit (self, error);
}

gboolean
tyto_sql_rollback (TytoSql *self)
{
  return self->driver->rollback (self);
}
