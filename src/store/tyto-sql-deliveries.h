/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-deliveries.h: tyto-catalogue-deliveries.h over SQL. Inside src/store only. */
#pragma once

#include "store/tyto-delivery.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

gboolean tyto_sql_push_delivery (TytoSql *db, const TytoDelivery *delivery, GError **error);
gboolean tyto_sql_update_delivery (TytoSql *db, const char *id, gint64 due_us, guint tries,
                                   const char *last_error, GError **error);
gboolean tyto_sql_delete_delivery (TytoSql *db, const char *id, GError **error);
gboolean tyto_sql_next_delivery (TytoSql *db, const char *endpoint, gint64 now_us,
                                 TytoDelivery **delivery, GError **error);
gboolean
tyto_sql_count_deliveries (TytoSql *db, const char *endpoint, gint64 *count, GError **error);
gboolean tyto_sql_trim_deliveries (TytoSql *db, const char *endpoint, guint keep, gint64 *deleted,
                                   GError **error);
GPtrArray *tyto_sql_list_delivery_endpoints (TytoSql *db, GError **error);

G_END_DECLS
