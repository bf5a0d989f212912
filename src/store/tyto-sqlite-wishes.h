/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sqlite-wishes.h: tyto-catalogue-wishes.h over SQLite. Inside src/store only. */
#pragma once

#include "store/tyto-sqlite.h"

G_BEGIN_DECLS

gboolean tyto_sqlite_begin_wish (TytoSqlite *db, const char *camera, const char *stream,
                                 gint64 start_us, GError **error);
gboolean tyto_sqlite_end_wish (TytoSqlite *db, const char *camera, const char *stream,
                               gint64 end_us, GError **error);
GPtrArray *tyto_sqlite_list_wishes (TytoSqlite *db, const char *camera, gint64 from_us,
                                    gint64 to_us, GError **error);
GPtrArray *tyto_sqlite_list_coverage (TytoSqlite *db, gint64 from_us, gint64 to_us, GError **error);
gboolean tyto_sqlite_set_alive (TytoSqlite *db, gint64 now_us, GError **error);
gboolean tyto_sqlite_get_alive (TytoSqlite *db, gint64 *alive_us, GError **error);

G_END_DECLS
