/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-wishes.h"

#include "store/tyto-sql-entry.h"
#include "store/tyto-catalogue.h"
#include "store/tyto-wish.h"

gboolean
tyto_sql_begin_wish (TytoSql *db, const char *camera, const char *stream, gint64 start_us,
                     GError **error)
{
  gint64 n_open = 0, n_reopened;

  if (!tyto_sql_enter_camera_id (db, camera, error)
      || !tyto_sql_get_integer (db, &n_open, error,
                                "SELECT count(*) FROM wishes WHERE camera = ?1 AND stream = ?2"
                                " AND end_us IS NULL",
                                "ss", camera, stream))
    return FALSE;
  if (n_open > 0)
    return TRUE;
  if (!tyto_sql_change (db, &n_reopened, error,
                        "UPDATE wishes SET end_us = NULL WHERE camera = ?1 AND stream = ?2"
                        " AND start_us = (SELECT max (start_us) FROM wishes WHERE camera = ?1"
                        " AND stream = ?2 AND start_us <= ?3 AND end_us >= ?3)",
                        "ssx", camera, stream, start_us))
    return FALSE;
  if (n_reopened > 0)
    return TRUE;
  return tyto_sql_run (db, error,
                       "INSERT INTO wishes (camera, stream, start_us) VALUES (?1, ?2, ?3)", "ssx",
                       camera, stream, start_us);
}

gboolean
tyto_sql_end_wish (TytoSql *db, const char *camera, const char *stream, gint64 end_us,
                   GError **error)
{
  /* A clock that was set back must not make a wish end before it began. */
  return tyto_sql_run (db, error,
                       "UPDATE wishes SET end_us = greatest (start_us, ?3)"
                       " WHERE camera = ?1 AND stream = ?2 AND end_us IS NULL",
                       "ssx", camera, stream, end_us);
}

static gpointer
read_wish (const TytoSqlRow *row)
{
  return tyto_wish_new (tyto_sql_row_text (row, 0), tyto_sql_row_text (row, 1),
                        tyto_sql_row_integer (row, 2), tyto_sql_row_integer (row, 3));
}

GPtrArray *
tyto_sql_list_wishes (TytoSql *db, const char *camera, gint64 from_us, gint64 to_us, GError **error)
{
  return tyto_sql_collect (db, read_wish, (GDestroyNotify) tyto_wish_unref, error,
                           "SELECT camera, stream, start_us, coalesce (end_us, -1) FROM wishes"
                           " WHERE (?1 IS NULL OR camera = ?1) AND start_us < ?3"
                           " AND (end_us IS NULL OR end_us > ?2)"
                           " ORDER BY camera, start_us, stream",
                           "sxx", camera, from_us, to_us >= 0 ? to_us : G_MAXINT64);
}

static gpointer
read_coverage (const TytoSqlRow *row)
{
  TytoCatalogueCoverage *coverage = g_new0 (TytoCatalogueCoverage, 1);

  coverage->camera = tyto_sql_row_dup_text (row, 0);
  coverage->wanted_us = tyto_sql_row_integer (row, 1);
  coverage->recorded_us = tyto_sql_row_integer (row, 2);
  return coverage;
}

GPtrArray *
tyto_sql_list_coverage (TytoSql *db, gint64 from_us, gint64 to_us, GError **error)
{
  return tyto_sql_collect (
      db, read_coverage, (GDestroyNotify) tyto_catalogue_coverage_free, error,
      /* What retention has deleted is neither wanted nor recorded any more; what was deleted by
       * hand was recorded. */
      "SELECT camera, wanted,"
      " (SELECT coalesce (sum (least (end_us, ?2) - greatest (start_us, since)), 0)"
      " FROM segments WHERE camera = wishes.camera AND stream = 'main'"
      " AND start_us >= ?1 - longest_segment_us AND start_us < ?2 AND end_us > since)"
      " + (SELECT coalesce (sum (least (end_us, ?2) - greatest (start_us, since)), 0)"
      " FROM gaps WHERE camera = wishes.camera AND stream = 'main' AND reason = 'deleted'"
      " AND start_us >= ?1 - longest_gap_us AND start_us < ?2 AND end_us > since)"
      " FROM (SELECT camera, since, longest_segment_us, longest_gap_us,"
      " sum (least (coalesce (end_us, ?2), ?2) - greatest (start_us, since)) AS wanted"
      " FROM (SELECT id, greatest (coalesce (expired_us, ?1), ?1) AS since, longest_segment_us,"
      " longest_gap_us FROM cameras) AS cameras JOIN wishes ON wishes.camera = cameras.id"
      " WHERE stream = 'main' AND start_us < ?2 AND coalesce (end_us, ?2) > since"
      " GROUP BY camera, since, longest_segment_us, longest_gap_us) AS wishes ORDER BY camera",
      "xx", from_us, to_us);
}

gboolean
tyto_sql_set_alive (TytoSql *db, gint64 now_us, GError **error)
{
  return tyto_sql_run (db, error,
                       "INSERT INTO meta (key, value) VALUES ('alive_us', CAST (?1 AS TEXT))"
                       " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                       "x", now_us);
}

gboolean
tyto_sql_get_alive (TytoSql *db, gint64 *alive_us, GError **error)
{
  *alive_us = -1;
  return tyto_sql_get_integer (
      db, alive_us, error, "SELECT CAST (value AS BIGINT) FROM meta WHERE key = 'alive_us'", "");
}
