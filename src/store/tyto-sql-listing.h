/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-listing.h: the rows that come out of the catalogue's database; what each gives
 * says tyto-catalogue.h. Inside src/store only. */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

GPtrArray *tyto_sql_list_segments (TytoSql *db, const TytoCatalogueQuery *query, char **next_cursor,
                                   GError **error);
GPtrArray *tyto_sql_list_gaps (TytoSql *db, const TytoCatalogueQuery *query, char **next_cursor,
                               GError **error);
TytoSegment *tyto_sql_get_segment (TytoSql *db, const char *id, GError **error);
char *tyto_sql_latest_thumbnail (TytoSql *db, const char *camera, gint64 *taken_us, GError **error);
GPtrArray *tyto_sql_list_totals (TytoSql *db, GError **error);

G_END_DECLS
