/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-sql.h: one connection to a database, whichever it is: prepared statements, nested
 * transactions, and the database's errors as TYTO_ERROR_STORAGE. Used from one thread. Inside
 * src/store only.
 *
 * Each query stands once, in SQL that SQLite (3.35) and PostgreSQL (13) both take: parameters are
 * ?1, ?2, …; the larger and smaller of integers are greatest (a, b) and least (a, b); what an
 * INSERT made comes by RETURNING; a column of the table in ON CONFLICT … DO UPDATE has the table's
 * name before it; all numbers are 64-bit integers; truth is 0 or 1; texts for columns that
 * PostgreSQL has types for are as_uuid (?1), as_timestamp (?1), as_status (?1).
 *
 * Values follow @types, a letter each: 's' const char * (NULL is SQL's NULL), 'x' gint64, 't'
 * guint64 (below 2^63), 'e' gint64 of which -1 is SQL's NULL.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _TytoSql TytoSql;
typedef struct _TytoSqlRow TytoSqlRow;

typedef enum { TYTO_SQL_SQLITE, TYTO_SQL_POSTGRESQL } TytoSqlDialect;

/* Makes a record of the present row. */
typedef gpointer (*TytoSqlRead) (const TytoSqlRow *row);

void tyto_sql_close (TytoSql *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSql, tyto_sql_close)

TytoSqlDialect tyto_sql_get_dialect (TytoSql *self);

/* Runs a statement whose rows nobody needs. In a transaction a server may be told of it without
 * waiting: its error is then that of a later call, at the latest of the commit. */
gboolean tyto_sql_run (TytoSql *self, GError **error, const char *sql, const char *types, ...);

/* The same, waiting. @n_rows: (out): how many rows it inserted, changed or deleted. */
gboolean tyto_sql_change (TytoSql *self, gint64 *n_rows, GError **error, const char *sql,
                          const char *types, ...);

/* The first column of the first row as an integer. FALSE when it failed; @value is left alone when
 * there is no row or it is NULL. */
gboolean tyto_sql_get_integer (TytoSql *self, gint64 *value, GError **error, const char *sql,
                               const char *types, ...);

/* The first row, as @read makes it. FALSE when it failed. @record: (out): NULL when there is none.
 */
gboolean tyto_sql_find (TytoSql *self, TytoSqlRead read, gpointer record, GError **error,
                        const char *sql, const char *types, ...);

/* All rows, as @read makes them; NULL when it failed. */
GPtrArray *tyto_sql_collect (TytoSql *self, TytoSqlRead read, GDestroyNotify free_record,
                             GError **error, const char *sql, const char *types, ...);

/* Runs several statements without values: a migration's. */
gboolean tyto_sql_script (TytoSql *self, const char *sql, GError **error);

/* --- Columns of the present row, counted from 0 --- */
gboolean tyto_sql_row_is_null (const TytoSqlRow *row, int column);
/* 0 for NULL. */
gint64 tyto_sql_row_integer (const TytoSqlRow *row, int column);
guint64 tyto_sql_row_count (const TytoSqlRow *row, int column);
/* NULL for NULL. (transfer none): until the reader returns */
const char *tyto_sql_row_text (const TytoSqlRow *row, int column);
char *tyto_sql_row_dup_text (const TytoSqlRow *row, int column);

/* A reader for the first column's text. (transfer full) */
gpointer tyto_sql_read_text (const TytoSqlRow *row);

/**
 * Transactions nest: a second begin is a savepoint in the first (or, where that would cost a round
 * trip, nothing that could be undone alone).
 * A commit that fails has rolled back its level. A rollback gives FALSE when more than its level is
 * gone.
 */
gboolean tyto_sql_begin (TytoSql *self, GError **error);
gboolean tyto_sql_commit (TytoSql *self, GError **error);
gboolean tyto_sql_rollback (TytoSql *self);

G_END_DECLS
