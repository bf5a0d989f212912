/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-sqlite.h: a connection to one SQLite file. Inside src/store only. */
#pragma once

#include "store/tyto-sql.h"

G_BEGIN_DECLS

/* Opens @path (made when missing, its directory too) with synchronous=FULL and foreign keys.
 * Nothing is written to a file that is there. */
TytoSql *tyto_sql_sqlite_open (const char *path, GError **error);

/* Opens a file that is there and changes nothing in it. */
TytoSql *tyto_sql_sqlite_open_to_read (const char *path, GError **error);

G_END_DECLS
