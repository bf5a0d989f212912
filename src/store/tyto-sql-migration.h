/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-migration.h: brings a database's schema up to date by the numbered scripts in
 * migrations/ (SQLite) and migrations/pg/ (PostgreSQL). Inside src/store only. */
#pragma once

#include "store/tyto-sql.h"

G_BEGIN_DECLS

/**
 * Runs the scripts that are missing. SQLite: each in a transaction of its own; which were run is in
 * `PRAGMA user_version`. PostgreSQL: all in one transaction, under an advisory lock, since several
 * recorders may start at once; which were run is in the table meta. Refused with
 * TYTO_ERROR_STORAGE: a database that a newer program made, and one that is not Tyto's.
 * @name: of the database, for messages
 */
gboolean tyto_sql_migrate (TytoSql *db, const char *name, GError **error);

/* The version that it arrives at: the number of scripts. */
guint tyto_sql_migration_newest (TytoSqlDialect dialect);

G_END_DECLS
