/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-archive.h"

#include "base/tyto-error.h"
#include "store/tyto-sql-segment.h"

/* --- What waits --- */

#define TRIES                                                                                      \
  " coalesce (u.key, '') AS key, coalesce (u.upload, '') AS upload,"                               \
  " coalesce (u.tries, 0) AS tries, coalesce (u.due_us, 0) AS due_us,"                             \
  " coalesce (u.last_error, '') AS last_error"

#define SEGMENT_COLUMNS                                                                            \
  "s.id AS id, 0 AS kind, s.camera AS camera, s.stream AS stream, s.run AS run,"                   \
  " s.sequence AS sequence, s.format AS format, s.path AS path, s.bytes AS bytes,"                 \
  " s.sha256 AS sha256, s.start_us AS start_us, s.end_us AS end_us," TRIES

#define THUMBNAIL_ID "'thumbnail:' || t.camera || ':' || t.taken_us"

#define THUMBNAIL_COLUMNS                                                                          \
  THUMBNAIL_ID " AS id, 1 AS kind, t.camera AS camera, '' AS stream, '' AS run, 0 AS sequence,"    \
               " 'jpg' AS format, t.path AS path, t.bytes AS bytes, NULL AS sha256,"               \
               " t.taken_us AS start_us, t.taken_us AS end_us," TRIES

#define SEGMENT_WAITS "s.object IS NULL AND s.tier <> 'archive' AND s.deleting_us IS NULL"

#define DUE(order)                                                                                 \
  "SELECT * FROM (SELECT " SEGMENT_COLUMNS " FROM segments AS s LEFT JOIN uploads AS u"            \
  " ON u.id = s.id WHERE " SEGMENT_WAITS " AND coalesce (u.due_us, 0) <= ?1"                       \
  " ORDER BY s.start_us " order ", s.id " order " LIMIT ?2) AS a"                                  \
  " UNION ALL SELECT * FROM (SELECT " THUMBNAIL_COLUMNS " FROM thumbnails AS t"                    \
  " LEFT JOIN uploads AS u ON u.id = " THUMBNAIL_ID                                                \
  " WHERE t.object IS NULL AND t.path <> '' AND coalesce (u.due_us, 0) <= ?1"                      \
  " ORDER BY t.taken_us " order ", t.camera " order " LIMIT ?2) AS b"                              \
  " ORDER BY start_us " order ", id " order " LIMIT ?2"

#define TRIED                                                                                      \
  "SELECT * FROM (SELECT " SEGMENT_COLUMNS " FROM uploads AS u JOIN segments AS s ON s.id = u.id"  \
  " WHERE " SEGMENT_WAITS " ORDER BY u.start_us, u.id LIMIT ?1) AS a"                              \
  " UNION ALL SELECT * FROM (SELECT " THUMBNAIL_COLUMNS " FROM uploads AS u"                       \
  " JOIN thumbnails AS t ON t.camera = u.camera AND t.taken_us = u.start_us"                       \
  " WHERE u.id LIKE 'thumbnail:%' AND t.object IS NULL AND t.path <> ''"                           \
  " ORDER BY u.start_us, u.id LIMIT ?1) AS b"                                                      \
  " ORDER BY start_us, id LIMIT ?1"

gpointer
tyto_sql_read_upload (const TytoSqlRow *row)
{
  TytoUpload *upload = tyto_upload_new ();

  upload->id = tyto_sql_row_dup_text (row, 0);
  upload->kind = tyto_sql_row_integer (row, 1) != 0 ? TYTO_UPLOAD_THUMBNAIL : TYTO_UPLOAD_SEGMENT;
  upload->camera = tyto_sql_row_dup_text (row, 2);
  upload->stream = tyto_sql_row_dup_text (row, 3);
  upload->run = tyto_sql_row_dup_text (row, 4);
  upload->sequence = tyto_sql_row_count (row, 5);
  upload->format = tyto_sql_row_dup_text (row, 6);
  upload->path = tyto_sql_row_dup_text (row, 7);
  upload->bytes = tyto_sql_row_count (row, 8);
  upload->sha256 = tyto_sql_row_dup_text (row, 9);
  upload->start_us = tyto_sql_row_integer (row, 10);
  upload->end_us = tyto_sql_row_integer (row, 11);
  upload->key = tyto_sql_row_dup_text (row, 12);
  upload->upload = tyto_sql_row_dup_text (row, 13);
  upload->tries = (guint) tyto_sql_row_integer (row, 14);
  upload->due_us = tyto_sql_row_integer (row, 15);
  upload->last_error = tyto_sql_row_dup_text (row, 16);
  return upload;
}

GPtrArray *
tyto_sql_list_due_uploads (TytoSql *db, gint64 now_us, gboolean newest, guint limit, GError **error)
{
  return tyto_sql_collect (db, tyto_sql_read_upload, (GDestroyNotify) tyto_upload_unref, error,
                           newest ? DUE ("DESC") : DUE ("ASC"), "xx", now_us, (gint64) limit);
}

GPtrArray *
tyto_sql_list_tried_uploads (TytoSql *db, guint limit, GError **error)
{
  return tyto_sql_collect (db, tyto_sql_read_upload, (GDestroyNotify) tyto_upload_unref, error,
                           TRIED, "x", (gint64) limit);
}

static gpointer
read_totals (const TytoSqlRow *row)
{
  TytoUploadTotals *totals = g_new0 (TytoUploadTotals, 1);

  totals->segments = tyto_sql_row_count (row, 0);
  totals->bytes = tyto_sql_row_count (row, 1);
  totals->thumbnails = tyto_sql_row_count (row, 2);
  totals->tried = tyto_sql_row_count (row, 3);
  totals->oldest_us = MIN (tyto_sql_row_integer (row, 4), tyto_sql_row_integer (row, 5));
  if (totals->oldest_us == G_MAXINT64)
    totals->oldest_us = -1;
  return totals;
}

GPtrArray *
tyto_sql_count_uploads (TytoSql *db, GError **error)
{
  return tyto_sql_collect (
      db, read_totals, g_free, error,
      "SELECT CAST (coalesce (sum (waiting_segments), 0) AS BIGINT),"
      " CAST (coalesce (sum (waiting_bytes), 0) AS BIGINT),"
      " CAST (coalesce (sum (waiting_thumbnails), 0) AS BIGINT), (SELECT count(*) FROM uploads),"
      " coalesce ((SELECT start_us FROM segments AS s WHERE " SEGMENT_WAITS
      " ORDER BY start_us, id LIMIT 1), 9223372036854775807),"
      " coalesce ((SELECT taken_us FROM thumbnails WHERE object IS NULL"
      " ORDER BY taken_us, camera LIMIT 1), 9223372036854775807) FROM cameras",
      "");
}

/* --- Tries --- */

static gboolean
check_found (gint64 n_found, const char *id, GError **error)
{
  if (n_found > 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is nothing called %s to upload.", id);
  return FALSE;
}

/* Two recordings must never go to the same object. */
static gboolean
check_key (TytoSql *db, const char *id, const char *key, GError **error)
{
  gint64 n_others = 0;

  if (!tyto_sql_get_integer (
          db, &n_others, error,
          "SELECT (SELECT count(*) FROM uploads WHERE key <> '' AND key = ?2 AND id <> ?1)"
          " + (SELECT count(*) FROM segments WHERE object = ?2 AND id <> ?1)"
          " + (SELECT count(*) FROM thumbnails AS t WHERE object = ?2 AND " THUMBNAIL_ID " <> ?1)",
          "ss", id, key))
    return FALSE;
  if (n_others == 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS, NULL,
                  "The key %s is that of another recording already.", key);
  return FALSE;
}

gboolean
tyto_sql_begin_upload (TytoSql *db, const char *id, const char *key, const char *upload,
                       GError **error)
{
  g_autofree char *camera = NULL;
  gint64 taken_us = 0, n_found = 0;
  gboolean success;

  if (!check_key (db, id, key, error))
    return FALSE;
  if (tyto_upload_read_thumbnail_id (id, &camera, &taken_us))
    success = tyto_sql_change (
        db, &n_found, error,
        "INSERT INTO uploads (id, camera, start_us, key, upload)"
        " SELECT ?1, camera, taken_us, ?4, ?5 FROM thumbnails WHERE camera = ?2 AND taken_us = ?3"
        " ON CONFLICT (id) DO UPDATE SET key = excluded.key, upload = excluded.upload",
        "ssxss", id, camera, taken_us, key, upload);
  else
    success = tyto_sql_change (
        db, &n_found, error,
        "INSERT INTO uploads (id, camera, start_us, key, upload)"
        " SELECT id, camera, start_us, ?2, ?3 FROM segments WHERE id = ?1 AND deleting_us IS NULL"
        " ON CONFLICT (id) DO UPDATE SET key = excluded.key, upload = excluded.upload",
        "sss", id, key, upload);
  return success && check_found (n_found, id, error);
}

gboolean
tyto_sql_fail_upload (TytoSql *db, const char *id, gint64 due_us, const char *last_error,
                      GError **error)
{
  g_autofree char *camera = NULL;
  gint64 taken_us = 0, n_found = 0;
  gboolean success;

  if (tyto_upload_read_thumbnail_id (id, &camera, &taken_us))
    success = tyto_sql_change (
        db, &n_found, error,
        "INSERT INTO uploads (id, camera, start_us, tries, due_us, last_error)"
        " SELECT ?1, camera, taken_us, 1, ?4, ?5 FROM thumbnails"
        " WHERE camera = ?2 AND taken_us = ?3"
        " ON CONFLICT (id) DO UPDATE SET tries = uploads.tries + 1, due_us = excluded.due_us,"
        " last_error = excluded.last_error",
        "ssxxs", id, camera, taken_us, due_us, last_error);
  else
    success = tyto_sql_change (
        db, &n_found, error,
        "INSERT INTO uploads (id, camera, start_us, tries, due_us, last_error)"
        " SELECT id, camera, start_us, 1, ?2, ?3 FROM segments"
        " WHERE id = ?1 AND deleting_us IS NULL"
        " ON CONFLICT (id) DO UPDATE SET tries = uploads.tries + 1, due_us = excluded.due_us,"
        " last_error = excluded.last_error",
        "sxs", id, due_us, last_error);
  return success && check_found (n_found, id, error);
}

gboolean
tyto_sql_hurry_uploads (TytoSql *db, gint64 now_us, GError **error)
{
  return tyto_sql_run (db, error, "UPDATE uploads SET due_us = ?1 WHERE due_us > ?1", "x", now_us);
}

static gboolean
check_other_object (TytoSql *db, const char *id, const char *key, GError **error)
{
  gint64 n_others = 0;

  if (!tyto_sql_get_integer (db, &n_others, error,
                             "SELECT count(*) FROM segments WHERE id = ?1 AND object <> ?2"
                             " AND deleting_us IS NULL",
                             "ss", id, key))
    return FALSE;
  if (n_others == 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS, NULL,
                  "Segment %s is in the archive already, with another key than %s.", id, key);
  return FALSE;
}

gboolean
tyto_sql_finish_upload (TytoSql *db, const char *id, const char *key, const char *sha256,
                        gint64 now_us, GError **error)
{
  g_autofree char *camera = NULL;
  gint64 taken_us = 0, n_found = 0;
  gboolean success;

  if (tyto_upload_read_thumbnail_id (id, &camera, &taken_us))
    success = tyto_sql_change (db, &n_found, error,
                               "UPDATE thumbnails SET object = ?3, uploaded_us = ?4"
                               " WHERE camera = ?1 AND taken_us = ?2",
                               "sxsx", camera, taken_us, key, now_us);
  else
    success = check_other_object (db, id, key, error)
              && tyto_sql_change (db, &n_found, error,
                                  "UPDATE segments SET archived = 1, object = ?2, sha256 = ?3,"
                                  " uploaded_us = ?4 WHERE id = ?1 AND deleting_us IS NULL",
                                  "sssx", id, key, sha256, now_us);
  return success && check_found (n_found, id, error)
         && tyto_sql_run (db, error, "DELETE FROM uploads WHERE id = ?1", "s", id);
}

/* --- Places --- */

GPtrArray *
tyto_sql_list_evictable (TytoSql *db, gint64 before_us, guint limit, GError **error)
{
  return tyto_sql_collect (db, tyto_sql_read_segment, (GDestroyNotify) tyto_segment_unref, error,
                           "SELECT " TYTO_SQL_SEGMENT_COLUMNS " FROM segments"
                           " WHERE archived = 1 AND tier <> 'archive' AND deleting_us IS NULL"
                           " AND uploaded_us < ?1 ORDER BY uploaded_us, id LIMIT ?2",
                           "xx", before_us, (gint64) limit);
}

GPtrArray *
tyto_sql_list_movable (TytoSql *db, gint64 before_us, guint limit, GError **error)
{
  return tyto_sql_collect (db, tyto_sql_read_segment, (GDestroyNotify) tyto_segment_unref, error,
                           "SELECT " TYTO_SQL_SEGMENT_COLUMNS " FROM segments"
                           " WHERE tier = 'fast' AND deleting_us IS NULL"
                           " AND end_us < ?1 ORDER BY end_us, id LIMIT ?2",
                           "xx", before_us, (gint64) limit);
}

gboolean
tyto_sql_set_place (TytoSql *db, const char *id, const char *tier, const char *path, GError **error)
{
  gint64 n_found = 0;

  if (!tyto_sql_change (db, &n_found, error,
                        "UPDATE segments SET tier = ?2, path = coalesce (?3, path) WHERE id = ?1"
                        " AND deleting_us IS NULL AND (?2 <> 'archive' OR object IS NOT NULL)",
                        "sss", id, tier, path))
    return FALSE;
  if (n_found > 0)
    return TRUE;
  if (!tyto_sql_get_integer (db, &n_found, error,
                             "SELECT count(*) FROM segments WHERE id = ?1 AND deleting_us IS NULL",
                             "s", id))
    return FALSE;
  if (n_found > 0)
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL,
                    "Segment %s cannot be in the archive alone: it has no object there.", id);
  else
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no segment %s.", id);
  return FALSE;
}
