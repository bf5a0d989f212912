/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sql-entry.h: the rows that go into the catalogue's database; what each does says
 * tyto-catalogue.h. Inside src/store only. */
#pragma once

#include "store/tyto-gap.h"
#include "store/tyto-run.h"
#include "store/tyto-segment.h"
#include "store/tyto-sql.h"

G_BEGIN_DECLS

gboolean tyto_sql_enter_camera (TytoSql *db, const char *camera, const char *name, GError **error);
/* A row whose camera nobody entered must not be lost: the camera comes with it, its id for its
 * name. */
gboolean tyto_sql_enter_camera_id (TytoSql *db, const char *camera, GError **error);
gboolean tyto_sql_enter_run (TytoSql *db, const TytoRun *run, GError **error);
gboolean tyto_sql_end_run (TytoSql *db, const TytoRun *run, GError **error);
gboolean tyto_sql_enter_segment (TytoSql *db, const TytoSegment *segment, GError **error);
gboolean tyto_sql_enter_thumbnail (TytoSql *db, const char *camera, gint64 taken_us,
                                   const char *path, guint64 bytes, GError **error);
/* Gives the gap's id, or -1. */
gint64 tyto_sql_enter_gap (TytoSql *db, const TytoGap *gap, GError **error);
gboolean tyto_sql_end_gap (TytoSql *db, gint64 id, gint64 end_us, gint64 packets_lost,
                           gint64 frames_lost, GError **error);

G_END_DECLS
