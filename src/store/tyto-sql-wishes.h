/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-wishes.h: tyto-catalogue-wishes.h over SQL. Inside src/store only. */
#pragma once

#include "store/tyto-sql.h"

G_BEGIN_DECLS

gboolean tyto_sql_begin_wish (TytoSql *db, const char *camera, const char *stream, gint64 start_us,
                              GError **error);
gboolean tyto_sql_end_wish (TytoSql *db, const char *camera, const char *stream, gint64 end_us,
                            GError **error);
GPtrArray *tyto_sql_list_wishes (TytoSql *db, const char *camera, gint64 from_us, gint64 to_us,
                                 GError **error);
GPtrArray *tyto_sql_list_coverage (TytoSql *db, gint64 from_us, gint64 to_us, GError **error);
gboolean tyto_sql_set_alive (TytoSql *db, gint64 now_us, GError **error);
gboolean tyto_sql_get_alive (TytoSql *db, gint64 *alive_us, GError **error);

G_END_DECLS
