/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-broadcasts.h: tyto-catalogue-broadcasts.h over SQL. Inside src/store only. */
#pragma once

#include "store/tyto-catalogue-broadcasts.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

/* @gaps: (nullable): all of its gaps; NULL: they are as they were */
gboolean tyto_sql_put_broadcast (TytoSql *db, const TytoBroadcast *broadcast, const GPtrArray *gaps,
                                 GError **error);
gboolean tyto_sql_delete_broadcast (TytoSql *db, const char *id, GError **error);

/* Lists of TytoBroadcast; see tyto-catalogue-broadcasts.h. */
GPtrArray *tyto_sql_get_broadcast (TytoSql *db, const char *id, GError **error);
GPtrArray *tyto_sql_list_broadcasts (TytoSql *db, const TytoBroadcastQuery *query, char **next,
                                     GError **error);
GPtrArray *tyto_sql_list_open_broadcasts (TytoSql *db, GError **error);
GPtrArray *tyto_sql_list_expired_broadcasts (TytoSql *db, gint64 before_us, const char *const *only,
                                             const char *const *but, const TytoBroadcast *after,
                                             guint limit, GError **error);
GPtrArray *tyto_sql_find_broadcast (TytoSql *db, const char *stream_id, const char *stream_key,
                                    GError **error);

/* (element-type TytoBroadcastGap) */
GPtrArray *tyto_sql_list_broadcast_gaps (TytoSql *db, const char *id, GError **error);
gboolean tyto_sql_count_broadcasts (TytoSql *db, TytoBroadcastTotals *totals, GError **error);

G_END_DECLS
