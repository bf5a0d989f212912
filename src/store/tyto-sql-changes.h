/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-changes.h: what a recorder's own catalogue (SQLite) has to tell a shared one. Inside
 * src/store only. */
#pragma once

#include "store/tyto-changes.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

/**
 * From now on changes are noted for @target (which database, and as which recorder).
 * @table, @after: (out): where telling all rows goes on: the table's index and the last key told
 * (NULL: from its first); TYTO_N_SHARED_TABLES: all are told. From the beginning when changes were
 * not noted before, or for another target.
 */
gboolean tyto_sql_start_changes (TytoSql *db, const char *target, gint64 *table, char **after,
                                 GError **error);
/* Nothing is noted any more, and what was noted forgotten. */
gboolean tyto_sql_stop_changes (TytoSql *db, GError **error);

/* @count: (out): how many wait; @oldest_us: (out): when the first was made, -1 for none. */
gboolean tyto_sql_count_changes (TytoSql *db, gint64 *count, gint64 *oldest_us, GError **error);

/* The first @limit changes. (transfer full) */
TytoChanges *tyto_sql_read_changes (TytoSql *db, guint limit, GError **error);
/* They are told. */
gboolean tyto_sql_forget_changes (TytoSql *db, gint64 last_seq, GError **error);

/* Up to @limit rows of a table after the key @after (nullable). (transfer full) */
TytoChanges *
tyto_sql_read_table (TytoSql *db, int table, const char *after, guint limit, GError **error);
/* They are told: where to go on after a restart. */
gboolean tyto_sql_keep_place (TytoSql *db, int table, const char *after, GError **error);

G_END_DECLS
