/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-segment.h: how a segment stands in its row, for all queries. Inside src/store only. */
#pragma once

#include "store/tyto-segment.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

/* The columns of the table segments that tyto_sql_read_segment() reads, from the row's first on;
 * @object: SQL of the object's key. */
#define TYTO_SQL_SEGMENT_COLUMNS_WITH(object)                                                      \
  "start_us, id, camera, stream, run, sequence, path, format, video_codec, audio_codec, end_us,"   \
  " monotonic_ns, coalesce (camera_time_us, -1), duration_ns, frames, key_frames, audio_frames,"   \
  " bytes, packets_lost, cut_reason, clock_source, clock_offset_us, recovered, archived,"          \
  " frames_missing, sha256, coalesce (uploaded_us, -1), tier, " object

#define TYTO_SQL_SEGMENT_COLUMNS TYTO_SQL_SEGMENT_COLUMNS_WITH ("object")

/* A #TytoSegment of the present row. */
gpointer tyto_sql_read_segment (const TytoSqlRow *row);

/* Enters the row; one of the same id stays as it is. */
gboolean tyto_sql_put_segment (TytoSql *db, const TytoSegment *segment, GError **error);

G_END_DECLS
