/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sqlite-listing.h: the rows that come out of the catalogue's SQLite database; what each gives
 * says tyto-catalogue.h. Inside src/store only. */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-sqlite.h"

G_BEGIN_DECLS

GPtrArray *tyto_sqlite_list_segments (TytoSqlite *db, const TytoCatalogueQuery *query,
                                      char **next_cursor, GError **error);
GPtrArray *tyto_sqlite_list_gaps (TytoSqlite *db, const TytoCatalogueQuery *query,
                                  char **next_cursor, GError **error);
TytoSegment *tyto_sqlite_get_segment (TytoSqlite *db, const char *id, GError **error);
char *
tyto_sqlite_latest_thumbnail (TytoSqlite *db, const char *camera, gint64 *taken_us, GError **error);
GPtrArray *tyto_sqlite_list_totals (TytoSqlite *db, GError **error);

G_END_DECLS
