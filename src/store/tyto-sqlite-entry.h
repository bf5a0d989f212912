/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sqlite-entry.h: the rows that go into the catalogue's SQLite database; what each does says
 * tyto-catalogue.h. Inside src/store only. */
#pragma once

#include "store/tyto-gap.h"
#include "store/tyto-run.h"
#include "store/tyto-segment.h"
#include "store/tyto-sqlite.h"

G_BEGIN_DECLS

gboolean
tyto_sqlite_enter_camera (TytoSqlite *db, const char *camera, const char *name, GError **error);
/* A row whose camera nobody entered must not be lost: the camera comes with it, its id for its
 * name. */
gboolean tyto_sqlite_enter_camera_id (TytoSqlite *db, const char *camera, GError **error);
gboolean tyto_sqlite_enter_run (TytoSqlite *db, const TytoRun *run, GError **error);
gboolean tyto_sqlite_end_run (TytoSqlite *db, const TytoRun *run, GError **error);
gboolean tyto_sqlite_enter_segment (TytoSqlite *db, const TytoSegment *segment, GError **error);
gboolean tyto_sqlite_enter_thumbnail (TytoSqlite *db, const char *camera, gint64 taken_us,
                                      const char *path, guint64 bytes, GError **error);
/* Gives the gap's id, or -1. */
gint64 tyto_sqlite_enter_gap (TytoSqlite *db, const TytoGap *gap, GError **error);
gboolean tyto_sqlite_end_gap (TytoSqlite *db, gint64 id, gint64 end_us, gint64 packets_lost,
                              gint64 frames_lost, GError **error);

G_END_DECLS
