/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-sqlite.h: the catalogue in one SQLite file (WAL, synchronous=FULL, foreign keys
 * on, UTC µs integers). */
#pragma once

#include "store/tyto-catalogue-sql.h"

G_BEGIN_DECLS

#define TYTO_TYPE_CATALOGUE_SQLITE (tyto_catalogue_sqlite_get_type ())
G_DECLARE_FINAL_TYPE (TytoCatalogueSqlite, tyto_catalogue_sqlite, TYTO, CATALOGUE_SQLITE,
                      TytoCatalogueSql)

/* @path: the database's file; it and its directory (0700) are made when missing. */
TytoCatalogue *tyto_catalogue_sqlite_new (const char *path);

G_END_DECLS
