/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sqlite-upkeep.h: tyto-catalogue-upkeep.h over SQLite. Inside src/store only. */
#pragma once

#include "store/tyto-segment.h"
#include "store/tyto-sqlite.h"

G_BEGIN_DECLS

gboolean tyto_sqlite_open_segment (TytoSqlite *db, const TytoSegment *segment, GError **error);
gboolean tyto_sqlite_forget_open_segment (TytoSqlite *db, const char *id, GError **error);
GPtrArray *tyto_sqlite_list_open_segments (TytoSqlite *db, GError **error);
GPtrArray *tyto_sqlite_list_open_runs (TytoSqlite *db, GError **error);
gboolean tyto_sqlite_delete_segment (TytoSqlite *db, const char *id, GError **error);
gint64 tyto_sqlite_replace_segment_by_gap (TytoSqlite *db, const char *id, const char *reason,
                                           const char *detail, GError **error);
gboolean
tyto_sqlite_set_archived (TytoSqlite *db, const char *id, gboolean archived, GError **error);
gboolean tyto_sqlite_move_gap_start (TytoSqlite *db, gint64 id, gint64 start_us, GError **error);
char *tyto_sqlite_get_id (TytoSqlite *db, GError **error);

/* Cuts what @segment covers out of the gaps beside the segments. */
gboolean tyto_sqlite_cut_gaps (TytoSqlite *db, const TytoSegment *segment, GError **error);

G_END_DECLS
