/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sqlite-deliveries.h: tyto-catalogue-deliveries.h over SQLite. Inside src/store only. */
#pragma once

#include "store/tyto-delivery.h"
#include "store/tyto-sqlite.h"

G_BEGIN_DECLS

gboolean tyto_sqlite_push_delivery (TytoSqlite *db, const TytoDelivery *delivery, GError **error);
gboolean tyto_sqlite_update_delivery (TytoSqlite *db, const char *id, gint64 due_us, guint tries,
                                      const char *last_error, GError **error);
gboolean tyto_sqlite_delete_delivery (TytoSqlite *db, const char *id, GError **error);
gboolean tyto_sqlite_next_delivery (TytoSqlite *db, const char *endpoint, gint64 now_us,
                                    TytoDelivery **delivery, GError **error);
gboolean
tyto_sqlite_count_deliveries (TytoSqlite *db, const char *endpoint, gint64 *count, GError **error);
gboolean tyto_sqlite_trim_deliveries (TytoSqlite *db, const char *endpoint, guint keep,
                                      gint64 *deleted, GError **error);
GPtrArray *tyto_sqlite_list_delivery_endpoints (TytoSqlite *db, GError **error);

G_END_DECLS
