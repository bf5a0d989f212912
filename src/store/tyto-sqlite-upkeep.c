/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sqlite-upkeep.h"

#include "base/tyto-error.h"
#include "store/tyto-sqlite-entry.h"
#include "store/tyto-sqlite-listing.h"

gboolean
tyto_sqlite_open_segment (TytoSqlite *db, const TytoSegment *segment, GError **error)
{
  return tyto_sqlite_enter_camera_id (db, segment->camera, error)
         && tyto_sqlite_run (
             db, error,
             "INSERT INTO open_segments (id, camera, stream, run, sequence, path, format,"
             " video_codec, audio_codec, start_us, monotonic_ns, clock_offset_us)"
             " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce (?8, ''), coalesce (?9, ''), ?10, ?11,"
             " ?12 WHERE NOT EXISTS (SELECT 1 FROM segments WHERE id = ?1)"
             " ON CONFLICT (id) DO NOTHING",
             "sssstssssxtx", segment->id, segment->camera, segment->stream, segment->run,
             segment->sequence, segment->path, segment->format, segment->video_codec,
             segment->audio_codec, segment->start_us, segment->monotonic_ns,
             segment->clock_offset_us);
}

gboolean
tyto_sqlite_forget_open_segment (TytoSqlite *db, const char *id, GError **error)
{
  return tyto_sqlite_run (db, error, "DELETE FROM open_segments WHERE id = ?1", "s", id);
}

static gpointer
read_open_segment (sqlite3_stmt *statement)
{
  TytoSegment *segment = tyto_segment_new ();

  segment->id = tyto_sqlite_dup_text (statement, 0);
  segment->camera = tyto_sqlite_dup_text (statement, 1);
  segment->stream = tyto_sqlite_dup_text (statement, 2);
  segment->run = tyto_sqlite_dup_text (statement, 3);
  segment->sequence = (guint64) sqlite3_column_int64 (statement, 4);
  segment->path = tyto_sqlite_dup_text (statement, 5);
  segment->format = tyto_sqlite_dup_text (statement, 6);
  segment->video_codec = tyto_sqlite_dup_text (statement, 7);
  segment->audio_codec = tyto_sqlite_dup_text (statement, 8);
  segment->start_us = sqlite3_column_int64 (statement, 9);
  segment->end_us = -1;
  segment->monotonic_ns = (guint64) sqlite3_column_int64 (statement, 10);
  segment->clock_offset_us = sqlite3_column_int64 (statement, 11);
  return segment;
}

GPtrArray *
tyto_sqlite_list_open_segments (TytoSqlite *db, GError **error)
{
  return tyto_sqlite_collect (db, read_open_segment, (GDestroyNotify) tyto_segment_unref, error,
                              "SELECT id, camera, stream, run, sequence, path, format, video_codec,"
                              " audio_codec, start_us, monotonic_ns, clock_offset_us"
                              " FROM open_segments ORDER BY start_us, id",
                              "");
}

static gpointer
read_open_run (sqlite3_stmt *statement)
{
  g_autofree char *id = tyto_sqlite_dup_text (statement, 0);
  g_autofree char *camera = tyto_sqlite_dup_text (statement, 1);
  g_autofree char *stream = tyto_sqlite_dup_text (statement, 2);
  TytoRun *run = tyto_run_new (id, camera, stream, sqlite3_column_int64 (statement, 3));
  char **texts[] = { &run->transport, &run->video_codec, &run->audio_codec };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (*texts[i]);
    *texts[i] = tyto_sqlite_dup_text (statement, 4 + (int) i);
  }
  run->width = (guint) sqlite3_column_int64 (statement, 7);
  run->height = (guint) sqlite3_column_int64 (statement, 8);
  run->end_us = sqlite3_column_int64 (statement, 9);
  run->packets_lost = (guint64) sqlite3_column_int64 (statement, 10);
  run->frames_recorded = (guint64) sqlite3_column_int64 (statement, 11);
  run->frames_received = run->frames_recorded;
  return run;
}

GPtrArray *
tyto_sqlite_list_open_runs (TytoSqlite *db, GError **error)
{
  return tyto_sqlite_collect (
      db, read_open_run, (GDestroyNotify) tyto_run_unref, error,
      "SELECT runs.id, runs.camera, runs.stream, runs.start_us, transport, runs.video_codec,"
      " runs.audio_codec, width, height, max (runs.start_us, coalesce (max (segments.end_us), 0)),"
      " total (segments.packets_lost), total (segments.frames)"
      " FROM runs LEFT JOIN segments ON segments.run = runs.id"
      " WHERE runs.end_us IS NULL AND implied = 0 GROUP BY runs.id ORDER BY runs.start_us, runs.id",
      "");
}

gboolean
tyto_sqlite_delete_segment (TytoSqlite *db, const char *id, GError **error)
{
  return tyto_sqlite_run (db, error, "DELETE FROM segments WHERE id = ?1", "s", id);
}

gint64
tyto_sqlite_replace_segment_by_gap (TytoSqlite *db, const char *id, const char *reason,
                                    const char *detail, GError **error)
{
  g_autoptr (TytoSegment) segment = tyto_sqlite_get_segment (db, id, error);
  g_autoptr (TytoGap) gap = NULL;

  if (segment == NULL || !tyto_sqlite_delete_segment (db, id, error))
    return -1;
  gap = tyto_gap_new (segment->camera, segment->stream, segment->start_us, reason, detail);
  gap->end_us = segment->end_us;
  gap->packets_lost = segment->packets_lost;
  gap->frames_lost = segment->frames + segment->frames_missing;
  return tyto_sqlite_enter_gap (db, gap, error);
}

gboolean
tyto_sqlite_set_archived (TytoSqlite *db, const char *id, gboolean archived, GError **error)
{
  if (!tyto_sqlite_run (db, error, "UPDATE segments SET archived = ?2 WHERE id = ?1", "sx", id,
                        (gint64) (archived ? 1 : 0)))
    return FALSE;
  if (tyto_sqlite_changes (db) > 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no segment %s.", id);
  return FALSE;
}

static gboolean
delete_gap (TytoSqlite *db, gint64 id, GError **error)
{
  return tyto_sqlite_run (db, error, "DELETE FROM gaps WHERE id = ?1", "x", id);
}

gboolean
tyto_sqlite_move_gap_start (TytoSqlite *db, gint64 id, gint64 start_us, GError **error)
{
  /* Where the same gap begins there already, this one says nothing new. */
  if (!tyto_sqlite_run (db, error,
                        "DELETE FROM gaps WHERE id = ?1 AND start_us < ?2 AND (end_us <= ?2"
                        " OR EXISTS (SELECT 1 FROM gaps AS other WHERE other.camera = gaps.camera"
                        " AND other.stream = gaps.stream AND other.reason = gaps.reason"
                        " AND other.start_us = ?2))",
                        "xx", id, start_us))
    return FALSE;
  return tyto_sqlite_run (db, error,
                          "UPDATE gaps SET start_us = ?2 WHERE id = ?1 AND start_us < ?2", "xx", id,
                          start_us);
}

char *
tyto_sqlite_get_id (TytoSqlite *db, GError **error)
{
  sqlite3_stmt *statement
      = tyto_sqlite_prepare (db, "SELECT value FROM meta WHERE key = 'id'", error);
  char *id = NULL;
  gboolean has_row;

  if (statement == NULL)
    return NULL;
  if (tyto_sqlite_step (db, statement, &has_row, error)) {
    if (has_row)
      id = tyto_sqlite_dup_text (statement, 0);
    else
      tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "The catalogue has no id.");
  }
  sqlite3_reset (statement);
  return id;
}

/* --- Gaps that a segment overlaps --- */

static gpointer
read_span (sqlite3_stmt *statement)
{
  TytoGap *gap = tyto_gap_new (NULL, NULL, sqlite3_column_int64 (statement, 1), NULL, NULL);

  gap->id = sqlite3_column_int64 (statement, 0);
  gap->end_us = sqlite3_column_int64 (statement, 2);
  return gap;
}

/* What of a gap lies before the segment becomes a gap of its own. */
static gboolean
keep_first_part (TytoSqlite *db, const TytoGap *gap, gint64 end_us, GError **error)
{
  return tyto_sqlite_run (db, error,
                          "INSERT INTO gaps (camera, stream, start_us, end_us, reason, detail,"
                          " packets_lost, frames_lost) SELECT camera, stream, ?2, ?3, reason,"
                          " detail, 0, 0 FROM gaps WHERE id = ?1"
                          " ON CONFLICT (camera, stream, start_us, reason) DO NOTHING",
                          "xxx", gap->id, gap->start_us, end_us);
}

static gboolean
cut_gap (TytoSqlite *db, const TytoGap *gap, const TytoSegment *segment, GError **error)
{
  gboolean has_first = gap->start_us < segment->start_us;
  gboolean has_last = gap->end_us < 0 || gap->end_us > segment->end_us;

  if (!has_first && !has_last)
    return delete_gap (db, gap->id, error);
  if (!has_last)
    return tyto_sqlite_run (db, error, "UPDATE gaps SET end_us = ?2 WHERE id = ?1", "xx", gap->id,
                            segment->start_us);
  /* The last part keeps the id: an open gap is ended by it. */
  return tyto_sqlite_move_gap_start (db, gap->id, segment->end_us, error)
         && (!has_first || keep_first_part (db, gap, segment->start_us, error));
}

gboolean
tyto_sqlite_cut_gaps (TytoSqlite *db, const TytoSegment *segment, GError **error)
{
  gint64 floor_us = segment->start_us;
  g_autoptr (GPtrArray) gaps = NULL;

  if (!tyto_sqlite_get_integer (
          db, &floor_us, error,
          "SELECT min (?2 - longest_gap_us, coalesce ((SELECT min (start_us) FROM gaps"
          " WHERE camera = ?1 AND end_us IS NULL), ?2)) FROM cameras WHERE id = ?1",
          "sx", segment->camera, segment->start_us))
    return FALSE;
  gaps = tyto_sqlite_collect (db, read_span, (GDestroyNotify) tyto_gap_unref, error,
                              "SELECT id, start_us, coalesce (end_us, -1) FROM gaps"
                              " WHERE camera = ?1 AND stream = ?2"
                              " AND reason NOT IN ('packet-loss', 'disk-slow')"
                              " AND start_us >= ?3 AND start_us < ?4"
                              " AND coalesce (end_us, 9223372036854775807) > ?5",
                              "ssxxx", segment->camera, segment->stream, floor_us, segment->end_us,
                              segment->start_us);
  if (gaps == NULL)
    return FALSE;
  for (guint i = 0; i < gaps->len; i++)
    if (!cut_gap (db, gaps->pdata[i], segment, error))
      return FALSE;
  return TRUE;
}
