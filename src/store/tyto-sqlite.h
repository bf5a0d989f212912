/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sqlite.h: one connection to one SQLite file: prepared statements, nested transactions and
 * SQLite's errors as TYTO_ERROR_STORAGE. Used from one thread. Inside src/store only. */
#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

typedef struct _TytoSqlite TytoSqlite;

/* Opens @path (made when missing, its directory too) with synchronous=FULL and foreign keys.
 * Nothing is written to a file that is there. */
TytoSqlite *tyto_sqlite_open (const char *path, GError **error);
void tyto_sqlite_close (TytoSqlite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSqlite, tyto_sqlite_close)

/* The statement of @sql, from the cache, with no values bound; give it back with
 * sqlite3_reset(). (transfer none) */
sqlite3_stmt *tyto_sqlite_prepare (TytoSqlite *self, const char *sql, GError **error);

/**
 * Binds values to ?1, ?2, … as @types says, a letter each: 's' const char * (NULL is SQL's NULL),
 * 'x' gint64, 't' guint64 (below 2^63), 'e' gint64 of which -1 is SQL's NULL, '-' nothing: that
 * parameter is left out (pass no argument).
 */
void tyto_sqlite_bind (sqlite3_stmt *statement, const char *types, ...);

/* The next row. FALSE when it failed; else @has_row says whether there is one. */
gboolean
tyto_sqlite_step (TytoSqlite *self, sqlite3_stmt *statement, gboolean *has_row, GError **error);

/* Prepares, binds and runs a statement that gives no rows. */
gboolean
tyto_sqlite_run (TytoSqlite *self, GError **error, const char *sql, const char *types, ...);

/* Runs several statements without values: a migration's. */
gboolean tyto_sqlite_script (TytoSqlite *self, const char *sql, GError **error);

/* The first column of the first row as an integer. FALSE when it failed; @value is left alone when
 * there is no row or it is NULL. */
gboolean tyto_sqlite_get_integer (TytoSqlite *self, gint64 *value, GError **error, const char *sql,
                                  const char *types, ...);

/* All rows of a statement, as @read makes them (it is called at each row); NULL when it failed. */
GPtrArray *tyto_sqlite_collect (TytoSqlite *self, gpointer (*read) (sqlite3_stmt *statement),
                                GDestroyNotify free_row, GError **error, const char *sql,
                                const char *types, ...);

/* A column's text. (transfer full) (nullable) */
char *tyto_sqlite_dup_text (sqlite3_stmt *statement, int column);

/* Rows that the last statement changed, and the rowid of the row it inserted. */
int tyto_sqlite_changes (TytoSqlite *self);
gint64 tyto_sqlite_last_id (TytoSqlite *self);

/**
 * Transactions nest: a second begin is a savepoint in the first.
 * A commit that fails has rolled back its level. A rollback gives FALSE when more than its level is
 * gone: SQLite gives up the whole transaction on some errors (disk full, I/O).
 */
gboolean tyto_sqlite_begin (TytoSqlite *self, GError **error);
gboolean tyto_sqlite_commit (TytoSqlite *self, GError **error);
gboolean tyto_sqlite_rollback (TytoSqlite *self);

G_END_DECLS
