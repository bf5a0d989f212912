/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-retention.h: tyto-catalogue-retention.h over SQL. Inside src/store only. */
#pragma once

#include "store/tyto-catalogue-retention.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

gboolean tyto_sql_enter_clip (TytoSql *db, const TytoClip *clip, GError **error);
gboolean tyto_sql_delete_clip (TytoSql *db, const char *id, GError **error);
GPtrArray *
tyto_sql_list_clips (TytoSql *db, const char *camera, const char *broadcast, GError **error);

/* @expired_us: (out): -1 for nothing yet */
gboolean tyto_sql_get_expired (TytoSql *db, const char *camera, gint64 *expired_us, GError **error);

/* @after: (nullable) */
GPtrArray *tyto_sql_list_expired (TytoSql *db, const char *camera, gint64 before_us,
                                  const TytoSegment *after, guint limit, GError **error);
GPtrArray *tyto_sql_list_oldest (TytoSql *db, guint limit, GError **error);
GPtrArray *tyto_sql_list_deleting (TytoSql *db, guint limit, GError **error);
GPtrArray *tyto_sql_find_deleting (TytoSql *db, const char *id, GError **error);
gboolean tyto_sql_mark_deleting (TytoSql *db, const char *id, gint64 now_us, GError **error);
gboolean tyto_sql_finish_deletion (TytoSql *db, const char *id, GError **error);

GPtrArray *tyto_sql_list_expired_thumbnails (TytoSql *db, const char *camera, gint64 before_us,
                                             guint limit, GError **error);
gboolean
tyto_sql_delete_thumbnail (TytoSql *db, const char *camera, gint64 taken_us, GError **error);
gboolean tyto_sql_forget_past (TytoSql *db, const char *camera, gint64 before_us, GError **error);
GPtrArray *tyto_sql_list_kept (TytoSql *db, gint64 now_us, GError **error);

G_END_DECLS
