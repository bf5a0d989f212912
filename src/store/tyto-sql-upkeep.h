/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-upkeep.h: tyto-catalogue-upkeep.h over SQL. Inside src/store only. */
#pragma once

#include "store/tyto-segment.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

gboolean tyto_sql_open_segment (TytoSql *db, const TytoSegment *segment, GError **error);
gboolean tyto_sql_forget_open_segment (TytoSql *db, const char *id, GError **error);
GPtrArray *tyto_sql_list_open_segments (TytoSql *db, GError **error);
GPtrArray *tyto_sql_list_open_runs (TytoSql *db, GError **error);
gboolean tyto_sql_delete_segment (TytoSql *db, const char *id, GError **error);
gint64 tyto_sql_replace_segment_by_gap (TytoSql *db, const char *id, const char *reason,
                                        const char *detail, GError **error);
gboolean tyto_sql_set_archived (TytoSql *db, const char *id, gboolean archived, GError **error);
gboolean tyto_sql_move_gap_start (TytoSql *db, gint64 id, gint64 start_us, GError **error);
char *tyto_sql_get_id (TytoSql *db, GError **error);

/* Cuts what @segment covers out of the gaps beside the segments; nothing when it is entered. */
gboolean tyto_sql_cut_gaps (TytoSql *db, const TytoSegment *segment, GError **error);

G_END_DECLS
