/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-driver.h: what stands behind a #TytoSql: one implementation a database. Inside src/store
 * only. */
#pragma once

#include "store/tyto-sql.h"

G_BEGIN_DECLS

#define TYTO_SQL_MAX_VALUES 40

/* TytoSqlValue: @type: 's' text, 'x' integer; @is_null: SQL's NULL of that type */
typedef struct {
  char type;
  gboolean is_null;
  const char *text;
  gint64 integer;
} TytoSqlValue;

/**
 * TytoSqlCall: a statement on its way to the database.
 * @each: (nullable): called at each row
 * @n_changed: (nullable): where to put how many rows were changed. Without it and @each nobody
 * needs a result.
 */
typedef struct {
  const char *sql;
  TytoSqlValue values[TYTO_SQL_MAX_VALUES];
  guint n_values;
  void (*each) (const TytoSqlRow *row, gpointer data);
  gpointer data;
  gint64 *n_changed;
} TytoSqlCall;

typedef struct {
  TytoSqlDialect dialect;
  gboolean (*execute) (TytoSql *self, const TytoSqlCall *call, GError **error);
  gboolean (*script) (TytoSql *self, const char *sql, GError **error);
  gboolean (*begin) (TytoSql *self, GError **error);
  gboolean (*commit) (TytoSql *self, GError **error);
  gboolean (*rollback) (TytoSql *self);
  void (*close) (TytoSql *self); /* frees it */

  gboolean (*is_null) (const TytoSqlRow *row, int column);
  gint64 (*integer) (const TytoSqlRow *row, int column);
  const char *(*text) (const TytoSqlRow *row, int column);
} TytoSqlDriver;

/* TytoSql: the first member of each driver's connection.
 * @depth: open transactions: 0, 1, or 2 with an inner one */
struct _TytoSql {
  const TytoSqlDriver *driver;
  guint depth;
};

struct _TytoSqlRow {
  const TytoSqlDriver *driver;
  gpointer native;
  int index; /* of the row in @native, where that holds several */
};

G_END_DECLS
