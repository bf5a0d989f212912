/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-retention.h"

#include "base/tyto-error.h"
#include "store/tyto-sql-archive.h"
#include "store/tyto-sql-segment.h"
#include "store/tyto-sql-entry.h"

/* No clip keeps the row of segments (of gaps). */
#define NO_CLIP(table)                                                                             \
  "NOT EXISTS (SELECT 1 FROM clips WHERE clips.camera = " table ".camera"                          \
  " AND clips.start_us < " table ".end_us AND clips.end_us > " table ".start_us)"

/* --- Clips --- */

static gboolean
check_broadcast (TytoSql *db, const char *broadcast, GError **error)
{
  gint64 n_found = 0;

  if (!tyto_sql_get_integer (
          db, &n_found, error,
          "SELECT count(*) FROM broadcasts WHERE id = ?1 AND deleting_us IS NULL", "s", broadcast))
    return FALSE;
  if (n_found == 0)
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no broadcast %s.", broadcast);
  return n_found > 0;
}

gboolean
tyto_sql_enter_clip (TytoSql *db, const TytoClip *clip, GError **error)
{
  const char *broadcast = *clip->broadcast != '\0' ? clip->broadcast : NULL;
  const char *camera = broadcast == NULL ? clip->camera : NULL;

  return (broadcast != NULL ? check_broadcast (db, broadcast, error)
                            : tyto_sql_enter_camera_id (db, camera, error))
         && tyto_sql_run (
             db, error,
             "INSERT INTO clips (id, camera, broadcast, name, start_us, end_us, created_us)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE"
             " SET camera = excluded.camera, broadcast = excluded.broadcast, name = excluded.name,"
             " start_us = excluded.start_us, end_us = excluded.end_us",
             "ssssxxx", clip->id, camera, broadcast, clip->name, clip->start_us, clip->end_us,
             clip->created_us);
}

gboolean
tyto_sql_delete_clip (TytoSql *db, const char *id, GError **error)
{
  gint64 n_found = 0;

  if (!tyto_sql_change (db, &n_found, error, "DELETE FROM clips WHERE id = ?1", "s", id))
    return FALSE;
  if (n_found > 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no clip %s.", id);
  return FALSE;
}

static gpointer
read_clip (const TytoSqlRow *row)
{
  const char *camera = tyto_sql_row_text (row, 1);
  TytoClip *clip = tyto_clip_new (camera != NULL ? camera : "", tyto_sql_row_text (row, 2),
                                  tyto_sql_row_integer (row, 3), tyto_sql_row_integer (row, 4));

  g_free (clip->id);
  clip->id = tyto_sql_row_dup_text (row, 0);
  clip->created_us = tyto_sql_row_integer (row, 5);
  if (!tyto_sql_row_is_null (row, 6)) {
    g_free (clip->broadcast);
    clip->broadcast = tyto_sql_row_dup_text (row, 6);
  }
  return clip;
}

GPtrArray *
tyto_sql_list_clips (TytoSql *db, const char *camera, const char *broadcast, GError **error)
{
  return tyto_sql_collect (db, read_clip, (GDestroyNotify) tyto_clip_unref, error,
                           "SELECT id, camera, name, start_us, end_us, created_us, broadcast"
                           " FROM clips WHERE (?1 IS NULL OR camera = ?1)"
                           " AND (?2 IS NULL OR broadcast = ?2) ORDER BY start_us, id",
                           "ss", camera, broadcast);
}

/* --- Segments that have to go --- */

static GPtrArray *
collect (TytoSql *db, GError **error, const char *sql, guint limit)
{
  return tyto_sql_collect (db, tyto_sql_read_segment, (GDestroyNotify) tyto_segment_unref, error,
                           sql, "x", (gint64) limit);
}

GPtrArray *
tyto_sql_list_expired (TytoSql *db, const char *camera, gint64 before_us, const TytoSegment *after,
                       guint limit, GError **error)
{
  return tyto_sql_collect (
      db, tyto_sql_read_segment, (GDestroyNotify) tyto_segment_unref, error,
      "SELECT " TYTO_SQL_SEGMENT_COLUMNS " FROM segments"
      " WHERE camera = ?1 AND (start_us, id) > (?2, ?3) AND start_us <= ?4 AND end_us <= ?4"
      " AND deleting_us IS NULL AND " NO_CLIP ("segments") " ORDER BY start_us, id LIMIT ?5",
      "sxsxx", camera, after != NULL ? after->start_us : G_MININT64, after != NULL ? after->id : "",
      before_us, (gint64) limit);
}

GPtrArray *
tyto_sql_list_oldest (TytoSql *db, guint limit, GError **error)
{
  return collect (db, error,
                  "SELECT " TYTO_SQL_SEGMENT_COLUMNS " FROM segments"
                  " WHERE tier <> 'archive' AND deleting_us IS NULL AND " NO_CLIP (
                      "segments") " ORDER BY start_us, id LIMIT ?1",
                  limit);
}

/* An upload that was cut short before its row was told may have left its object. */
#define OBJECT                                                                                     \
  "coalesce (object, (SELECT key FROM uploads WHERE uploads.id = segments.id AND key <> ''))"

GPtrArray *
tyto_sql_list_deleting (TytoSql *db, guint limit, GError **error)
{
  return collect (
      db, error,
      "SELECT " TYTO_SQL_SEGMENT_COLUMNS_WITH (
          OBJECT) " FROM segments WHERE deleting_us IS NOT NULL ORDER BY deleting_us, id LIMIT ?1",
      limit);
}

GPtrArray *
tyto_sql_find_deleting (TytoSql *db, const char *id, GError **error)
{
  return tyto_sql_collect (db, tyto_sql_read_segment, (GDestroyNotify) tyto_segment_unref, error,
                           "SELECT " TYTO_SQL_SEGMENT_COLUMNS_WITH (
                               OBJECT) " FROM segments WHERE id = ?1 AND deleting_us IS NOT NULL",
                           "s", id);
}

gboolean
tyto_sql_mark_deleting (TytoSql *db, const char *id, gint64 now_us, GError **error)
{
  gint64 n_found = 0;

  if (!tyto_sql_change (db, &n_found, error,
                        "UPDATE segments SET deleting_us = coalesce (deleting_us, ?2)"
                        " WHERE id = ?1 AND (deleting_us IS NOT NULL OR " NO_CLIP ("segments") ")",
                        "sx", id, now_us))
    return FALSE;
  if (n_found > 0)
    return TRUE;
  if (!tyto_sql_get_integer (db, &n_found, error, "SELECT count(*) FROM segments WHERE id = ?1",
                             "s", id))
    return FALSE;
  if (n_found > 0)
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE,
                    "Remove the clip first when the segment shall go.",
                    "Segment %s is kept by a clip.", id);
  else
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no segment %s.", id);
  return FALSE;
}

gboolean
tyto_sql_get_expired (TytoSql *db, const char *camera, gint64 *expired_us, GError **error)
{
  *expired_us = -1;
  return tyto_sql_get_integer (db, expired_us, error,
                               "SELECT expired_us FROM cameras WHERE id = ?1", "s", camera);
}

static gboolean
expire (TytoSql *db, const char *camera, gint64 until_us, GError **error)
{
  return tyto_sql_run (db, error,
                       "UPDATE cameras SET expired_us = ?2"
                       " WHERE id = ?1 AND coalesce (expired_us, -1) < ?2",
                       "sx", camera, until_us);
}

static gboolean
enter_deleted_gap (TytoSql *db, const TytoSegment *segment, GError **error)
{
  g_autoptr (TytoGap) gap
      = tyto_gap_new (segment->camera, segment->stream, segment->start_us, "deleted", NULL);

  gap->end_us = segment->end_us;
  return tyto_sql_enter_gap (db, gap, error) >= 0;
}

gboolean
tyto_sql_finish_deletion (TytoSql *db, const char *id, GError **error)
{
  g_autoptr (GPtrArray) rows = tyto_sql_find_deleting (db, id, error);
  const TytoSegment *segment;
  gint64 n_older = 0;

  if (rows == NULL)
    return FALSE;
  if (rows->len == 0)
    return TRUE;
  segment = rows->pdata[0];
  if (!tyto_sql_run (db, error, "DELETE FROM segments WHERE id = ?1", "s", id)
      || !tyto_sql_run (db, error, "DELETE FROM uploads WHERE id = ?1", "s", id)
      || !tyto_sql_get_integer (
          db, &n_older, error,
          "SELECT count(*) FROM (SELECT 1 FROM segments WHERE camera = ?1 AND start_us < ?2"
          " AND deleting_us IS NULL AND " NO_CLIP ("segments") " LIMIT 1) AS older",
          "sx", segment->camera, segment->start_us))
    return FALSE;
  return n_older == 0 ? expire (db, segment->camera, segment->end_us, error)
                      : enter_deleted_gap (db, segment, error);
}

/* --- What goes with them --- */

GPtrArray *
tyto_sql_list_expired_thumbnails (TytoSql *db, const char *camera, gint64 before_us, guint limit,
                                  GError **error)
{
  return tyto_sql_collect (
      db, tyto_sql_read_upload, (GDestroyNotify) tyto_upload_unref, error,
      "SELECT 'thumbnail:' || camera || ':' || taken_us, 1, camera, '', '', 0, 'jpg', path, bytes,"
      " NULL, taken_us, taken_us, coalesce (object, (SELECT key FROM uploads"
      " WHERE uploads.id = 'thumbnail:' || thumbnails.camera || ':' || thumbnails.taken_us), ''),"
      " '', 0, 0, ''"
      " FROM thumbnails WHERE camera = ?1 AND taken_us < ?2"
      " AND NOT EXISTS (SELECT 1 FROM clips WHERE clips.camera = thumbnails.camera"
      " AND clips.start_us <= taken_us AND clips.end_us > taken_us)"
      " ORDER BY taken_us LIMIT ?3",
      "sxx", camera, before_us, (gint64) limit);
}

gboolean
tyto_sql_delete_thumbnail (TytoSql *db, const char *camera, gint64 taken_us, GError **error)
{
  g_autofree char *id = tyto_upload_thumbnail_id_new (camera, taken_us);

  return tyto_sql_run (db, error, "DELETE FROM uploads WHERE id = ?1", "s", id)
         && tyto_sql_run (db, error, "DELETE FROM thumbnails WHERE camera = ?1 AND taken_us = ?2",
                          "sx", camera, taken_us);
}

gboolean
tyto_sql_forget_past (TytoSql *db, const char *camera, gint64 before_us, GError **error)
{
  return tyto_sql_run (db, error,
                       "DELETE FROM gaps WHERE camera = ?1 AND start_us < ?2 AND end_us <= ?2"
                       " AND " NO_CLIP ("gaps"),
                       "sx", camera, before_us)
         && tyto_sql_run (db, error,
                          "DELETE FROM wishes WHERE camera = ?1 AND start_us < ?2"
                          " AND end_us <= ?2 AND " NO_CLIP ("wishes"),
                          "sx", camera, before_us)
         && tyto_sql_run (db, error,
                          "DELETE FROM runs WHERE camera = ?1 AND start_us < ?2"
                          " AND end_us <= ?2"
                          " AND NOT EXISTS (SELECT 1 FROM segments WHERE run = runs.id)",
                          "sx", camera, before_us)
         && expire (db, camera, before_us, error);
}

/* --- Totals --- */

static gpointer
read_kept (const TytoSqlRow *row)
{
  TytoKeptTotals *kept = g_new0 (TytoKeptTotals, 1);

  kept->camera = tyto_sql_row_dup_text (row, 0);
  kept->fast_bytes = tyto_sql_row_count (row, 1);
  kept->slow_bytes = tyto_sql_row_count (row, 2);
  kept->archive_bytes = tyto_sql_row_count (row, 3);
  kept->kept_bytes = tyto_sql_row_count (row, 4);
  kept->day_bytes = tyto_sql_row_count (row, 5);
  kept->first_us = tyto_sql_row_integer (row, 6);
  kept->expired_us = tyto_sql_row_integer (row, 7);
  return kept;
}

/* Of the hour that began a day before this one, so much counts as this one is not over. */
#define DAY                                                                                        \
  "SELECT CAST (coalesce (sum (CASE WHEN hour = ?1 THEN bytes * ?2 / 3600 ELSE bytes END), 0)"     \
  " AS BIGINT) FROM hours WHERE hours.camera = cameras.id AND hour >= ?1"

GPtrArray *
tyto_sql_list_kept (TytoSql *db, gint64 now_us, GError **error)
{
  gint64 now_s = now_us / G_USEC_PER_SEC;

  return tyto_sql_collect (db, read_kept, (GDestroyNotify) tyto_kept_totals_free, error,
                           "SELECT id, fast_bytes, slow_bytes, object_bytes, bytes, (" DAY "),"
                           " coalesce ((SELECT start_us FROM segments"
                           " WHERE segments.camera = cameras.id AND deleting_us IS NULL"
                           " ORDER BY start_us, segments.id LIMIT 1), -1),"
                           " coalesce (expired_us, -1) FROM cameras ORDER BY id",
                           "xx", now_s / 3600 - 24, 3600 - now_s % 3600);
}
