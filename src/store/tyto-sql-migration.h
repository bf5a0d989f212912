/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-migration.h: brings a database's schema up to date by the numbered scripts in
 * migrations/. Inside src/store only. */
#pragma once

#include "store/tyto-sql.h"

G_BEGIN_DECLS

/**
 * Runs the scripts that are missing, each in a transaction of its own; which were run is in
 * `PRAGMA user_version`. Refused with TYTO_ERROR_STORAGE: a database that a newer program made, and
 * one that is not Tyto's (`PRAGMA application_id`).
 */
gboolean tyto_sql_migrate (TytoSql *db, const char *path, GError **error);

/* The version that tyto_sql_migrate() arrives at: the number of scripts. */
guint tyto_sql_migration_newest (void);

G_END_DECLS
