/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sqlite-wishes.h"

#include "store/tyto-sqlite-entry.h"
#include "store/tyto-catalogue.h"
#include "store/tyto-wish.h"

gboolean
tyto_sqlite_begin_wish (TytoSqlite *db, const char *camera, const char *stream, gint64 start_us,
                        GError **error)
{
  gint64 n_open = 0;

  if (!tyto_sqlite_enter_camera_id (db, camera, error)
      || !tyto_sqlite_get_integer (db, &n_open, error,
                                   "SELECT count(*) FROM wishes WHERE camera = ?1 AND stream = ?2"
                                   " AND end_us IS NULL",
                                   "ss", camera, stream))
    return FALSE;
  if (n_open > 0)
    return TRUE;
  if (!tyto_sqlite_run (db, error,
                        "UPDATE wishes SET end_us = NULL WHERE camera = ?1 AND stream = ?2"
                        " AND start_us = (SELECT max (start_us) FROM wishes WHERE camera = ?1"
                        " AND stream = ?2 AND start_us <= ?3 AND end_us >= ?3)",
                        "ssx", camera, stream, start_us))
    return FALSE;
  if (tyto_sqlite_changes (db) > 0)
    return TRUE;
  return tyto_sqlite_run (db, error,
                          "INSERT INTO wishes (camera, stream, start_us) VALUES (?1, ?2, ?3)",
                          "ssx", camera, stream, start_us);
}

gboolean
tyto_sqlite_end_wish (TytoSqlite *db, const char *camera, const char *stream, gint64 end_us,
                      GError **error)
{
  /* A clock that was set back must not make a wish end before it began. */
  return tyto_sqlite_run (db, error,
                          "UPDATE wishes SET end_us = max (start_us, ?3)"
                          " WHERE camera = ?1 AND stream = ?2 AND end_us IS NULL",
                          "ssx", camera, stream, end_us);
}

static gpointer
read_wish (sqlite3_stmt *statement)
{
  return tyto_wish_new ((const char *) sqlite3_column_text (statement, 0),
                        (const char *) sqlite3_column_text (statement, 1),
                        sqlite3_column_int64 (statement, 2), sqlite3_column_int64 (statement, 3));
}

GPtrArray *
tyto_sqlite_list_wishes (TytoSqlite *db, const char *camera, gint64 from_us, gint64 to_us,
                         GError **error)
{
  return tyto_sqlite_collect (db, read_wish, (GDestroyNotify) tyto_wish_unref, error,
                              "SELECT camera, stream, start_us, coalesce (end_us, -1) FROM wishes"
                              " WHERE (?1 IS NULL OR camera = ?1) AND start_us < ?3"
                              " AND (end_us IS NULL OR end_us > ?2)"
                              " ORDER BY camera, start_us, stream",
                              "sxx", camera, from_us, to_us >= 0 ? to_us : G_MAXINT64);
}

static gpointer
read_coverage (sqlite3_stmt *statement)
{
  TytoCatalogueCoverage *coverage = g_new0 (TytoCatalogueCoverage, 1);

  coverage->camera = tyto_sqlite_dup_text (statement, 0);
  coverage->wanted_us = sqlite3_column_int64 (statement, 1);
  coverage->recorded_us = sqlite3_column_int64 (statement, 2);
  return coverage;
}

GPtrArray *
tyto_sqlite_list_coverage (TytoSqlite *db, gint64 from_us, gint64 to_us, GError **error)
{
  return tyto_sqlite_collect (
      db, read_coverage, (GDestroyNotify) tyto_catalogue_coverage_free, error,
      "SELECT camera, wanted, (SELECT coalesce (sum (min (end_us, ?2) - max (start_us, ?1)), 0)"
      " FROM segments WHERE camera = wishes.camera AND stream = 'main'"
      " AND start_us >= ?1 - cameras.longest_segment_us AND start_us < ?2 AND end_us > ?1)"
      " FROM (SELECT camera, sum (min (coalesce (end_us, ?2), ?2) - max (start_us, ?1)) AS wanted"
      " FROM wishes WHERE stream = 'main' AND start_us < ?2 AND coalesce (end_us, ?2) > ?1"
      " GROUP BY camera) AS wishes JOIN cameras ON cameras.id = wishes.camera ORDER BY camera",
      "xx", from_us, to_us);
}

gboolean
tyto_sqlite_set_alive (TytoSqlite *db, gint64 now_us, GError **error)
{
  return tyto_sqlite_run (db, error,
                          "INSERT INTO meta (key, value) VALUES ('alive_us', ?1)"
                          " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                          "x", now_us);
}

gboolean
tyto_sqlite_get_alive (TytoSqlite *db, gint64 *alive_us, GError **error)
{
  *alive_us = -1;
  return tyto_sqlite_get_integer (db, alive_us, error,
                                  "SELECT value FROM meta WHERE key = 'alive_us'", "");
}
