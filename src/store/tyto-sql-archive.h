/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-archive.h: tyto-catalogue-archive.h over SQL. Inside src/store only. */
#pragma once

#include "store/tyto-catalogue-archive.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

GPtrArray *tyto_sql_list_due_uploads (TytoSql *db, gint64 now_us, gboolean newest, guint limit,
                                      GError **error);
GPtrArray *tyto_sql_list_tried_uploads (TytoSql *db, guint limit, GError **error);
/* One row, a #TytoUploadTotals. */
GPtrArray *tyto_sql_count_uploads (TytoSql *db, GError **error);
gboolean tyto_sql_begin_upload (TytoSql *db, const char *id, const char *key, const char *upload,
                                GError **error);
gboolean tyto_sql_fail_upload (TytoSql *db, const char *id, gint64 due_us, const char *last_error,
                               GError **error);
gboolean tyto_sql_hurry_uploads (TytoSql *db, gint64 now_us, GError **error);
gboolean tyto_sql_finish_upload (TytoSql *db, const char *id, const char *key, const char *sha256,
                                 gint64 now_us, GError **error);
GPtrArray *tyto_sql_list_evictable (TytoSql *db, gint64 before_us, guint limit, GError **error);
GPtrArray *tyto_sql_list_movable (TytoSql *db, gint64 before_us, guint limit, GError **error);
gboolean tyto_sql_set_place (TytoSql *db, const char *id, const char *tier, const char *path,
                             GError **error);

/* A #TytoUpload of the present row: its id, kind, camera, stream, run, sequence, format, path,
 * bytes, sha256, start_us, end_us, key, upload, tries, due_us, last_error. */
gpointer tyto_sql_read_upload (const TytoSqlRow *row);

G_END_DECLS
