/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-sql-pg.h: a connection to a PostgreSQL database. Inside src/store only.
 *
 * Statements are prepared once and go through libpq's pipeline: within a transaction those whose
 * result nobody needs are sent without waiting. The inner of two transactions is none: what fails
 * in it fails all. A connection that is lost is made again at the next statement outside of a
 * transaction.
 */
#pragma once

#include "store/tyto-sql.h"

G_BEGIN_DECLS

/* The tables are in the schema that the URI names (options=-ctyto.schema%3DNAME), else in "tyto".
 * The other arguments are those of tyto_pg_link_new(). */
TytoSql *
tyto_sql_pg_open (const char *uri, const char *password, GCancellable *cancellable, GError **error);

/* Whether the last call failed for what passes (a connection lost, a deadlock), and the database is
 * there again. */
gboolean tyto_sql_pg_recover (TytoSql *self);

/* Of the database, for messages. */
const char *tyto_sql_pg_get_name (TytoSql *self);

G_END_DECLS
