/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-upkeep.h"

#include "base/tyto-error.h"
#include "store/tyto-sql-entry.h"
#include "store/tyto-sql-listing.h"

gboolean
tyto_sql_open_segment (TytoSql *db, const TytoSegment *segment, GError **error)
{
  return tyto_sql_enter_camera_id (db, segment->camera, error)
         && tyto_sql_run (
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
tyto_sql_forget_open_segment (TytoSql *db, const char *id, GError **error)
{
  return tyto_sql_run (db, error, "DELETE FROM open_segments WHERE id = ?1", "s", id);
}

static gpointer
read_open_segment (const TytoSqlRow *row)
{
  TytoSegment *segment = tyto_segment_new ();

  segment->id = tyto_sql_row_dup_text (row, 0);
  segment->camera = tyto_sql_row_dup_text (row, 1);
  segment->stream = tyto_sql_row_dup_text (row, 2);
  segment->run = tyto_sql_row_dup_text (row, 3);
  segment->sequence = tyto_sql_row_count (row, 4);
  segment->path = tyto_sql_row_dup_text (row, 5);
  segment->format = tyto_sql_row_dup_text (row, 6);
  segment->video_codec = tyto_sql_row_dup_text (row, 7);
  segment->audio_codec = tyto_sql_row_dup_text (row, 8);
  segment->start_us = tyto_sql_row_integer (row, 9);
  segment->end_us = -1;
  segment->monotonic_ns = tyto_sql_row_count (row, 10);
  segment->clock_offset_us = tyto_sql_row_integer (row, 11);
  return segment;
}

GPtrArray *
tyto_sql_list_open_segments (TytoSql *db, GError **error)
{
  return tyto_sql_collect (db, read_open_segment, (GDestroyNotify) tyto_segment_unref, error,
                           "SELECT id, camera, stream, run, sequence, path, format, video_codec,"
                           " audio_codec, start_us, monotonic_ns, clock_offset_us"
                           " FROM open_segments ORDER BY start_us, id",
                           "");
}

static gpointer
read_open_run (const TytoSqlRow *row)
{
  g_autofree char *id = tyto_sql_row_dup_text (row, 0);
  g_autofree char *camera = tyto_sql_row_dup_text (row, 1);
  g_autofree char *stream = tyto_sql_row_dup_text (row, 2);
  TytoRun *run = tyto_run_new (id, camera, stream, tyto_sql_row_integer (row, 3));
  char **texts[] = { &run->transport, &run->video_codec, &run->audio_codec };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (*texts[i]);
    *texts[i] = tyto_sql_row_dup_text (row, 4 + (int) i);
  }
  run->width = (guint) tyto_sql_row_integer (row, 7);
  run->height = (guint) tyto_sql_row_integer (row, 8);
  run->end_us = tyto_sql_row_integer (row, 9);
  run->packets_lost = tyto_sql_row_count (row, 10);
  run->frames_recorded = tyto_sql_row_count (row, 11);
  run->frames_received = run->frames_recorded;
  return run;
}

GPtrArray *
tyto_sql_list_open_runs (TytoSql *db, GError **error)
{
  return tyto_sql_collect (
      db, read_open_run, (GDestroyNotify) tyto_run_unref, error,
      "SELECT id, camera, stream, start_us, transport, video_codec, audio_codec, width, height,"
      " greatest (start_us, coalesce ((SELECT max (end_us) FROM segments WHERE run = runs.id), 0)),"
      " CAST (coalesce ((SELECT sum (packets_lost) FROM segments WHERE run = runs.id), 0) AS"
      " BIGINT),"
      " CAST (coalesce ((SELECT sum (frames) FROM segments WHERE run = runs.id), 0) AS BIGINT)"
      " FROM runs WHERE end_us IS NULL AND implied = 0 ORDER BY start_us, id",
      "");
}

gboolean
tyto_sql_delete_segment (TytoSql *db, const char *id, GError **error)
{
  return tyto_sql_run (db, error, "DELETE FROM segments WHERE id = ?1", "s", id);
}

gint64
tyto_sql_replace_segment_by_gap (TytoSql *db, const char *id, const char *reason,
                                 const char *detail, GError **error)
{
  g_autoptr (TytoSegment) segment = tyto_sql_get_segment (db, id, error);
  g_autoptr (TytoGap) gap = NULL;

  if (segment == NULL || !tyto_sql_delete_segment (db, id, error))
    return -1;
  gap = tyto_gap_new (segment->camera, segment->stream, segment->start_us, reason, detail);
  gap->end_us = segment->end_us;
  gap->packets_lost = segment->packets_lost;
  gap->frames_lost = segment->frames + segment->frames_missing;
  return tyto_sql_enter_gap (db, gap, error);
}

gboolean
tyto_sql_set_archived (TytoSql *db, const char *id, gboolean archived, GError **error)
{
  gint64 n_changed;

  if (!tyto_sql_change (db, &n_changed, error,
                        "UPDATE segments SET archived = ?2,"
                        " object = CASE WHEN ?2 = 1 THEN object ELSE NULL END,"
                        " uploaded_us = CASE WHEN ?2 = 1 THEN uploaded_us ELSE NULL END"
                        " WHERE id = ?1",
                        "sx", id, (gint64) (archived ? 1 : 0)))
    return FALSE;
  if (n_changed > 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no segment %s.", id);
  return FALSE;
}

static gboolean
delete_gap (TytoSql *db, gint64 id, GError **error)
{
  return tyto_sql_run (db, error, "DELETE FROM gaps WHERE id = ?1", "x", id);
}

gboolean
tyto_sql_move_gap_start (TytoSql *db, gint64 id, gint64 start_us, GError **error)
{
  /* Where the same gap begins there already, this one says nothing new. */
  if (!tyto_sql_run (db, error,
                     "DELETE FROM gaps WHERE id = ?1 AND start_us < ?2 AND (end_us <= ?2"
                     " OR EXISTS (SELECT 1 FROM gaps AS other WHERE other.camera = gaps.camera"
                     " AND other.stream = gaps.stream AND other.reason = gaps.reason"
                     " AND other.start_us = ?2))",
                     "xx", id, start_us))
    return FALSE;
  return tyto_sql_run (db, error, "UPDATE gaps SET start_us = ?2 WHERE id = ?1 AND start_us < ?2",
                       "xx", id, start_us);
}

char *
tyto_sql_get_id (TytoSql *db, GError **error)
{
  char *id;

  if (tyto_sql_find (db, tyto_sql_read_text, &id, error, "SELECT value FROM meta WHERE key = 'id'",
                     "")
      && id == NULL)
    tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "The catalogue has no id.");
  return id;
}

/* --- Gaps that a segment overlaps --- */

static gpointer
read_span (const TytoSqlRow *row)
{
  TytoGap *gap = tyto_gap_new (NULL, NULL, tyto_sql_row_integer (row, 1), NULL, NULL);

  gap->id = tyto_sql_row_integer (row, 0);
  gap->end_us = tyto_sql_row_integer (row, 2);
  return gap;
}

/* What of a gap lies before the segment becomes a gap of its own. */
static gboolean
keep_first_part (TytoSql *db, const TytoGap *gap, gint64 end_us, GError **error)
{
  return tyto_sql_run (db, error,
                       "INSERT INTO gaps (camera, stream, start_us, end_us, reason, detail,"
                       " packets_lost, frames_lost) SELECT camera, stream, ?2, ?3, reason,"
                       " detail, 0, 0 FROM gaps WHERE id = ?1"
                       " ON CONFLICT DO NOTHING",
                       "xxx", gap->id, gap->start_us, end_us);
}

static gboolean
cut_gap (TytoSql *db, const TytoGap *gap, const TytoSegment *segment, GError **error)
{
  gboolean has_first = gap->start_us < segment->start_us;
  gboolean has_last = gap->end_us < 0 || gap->end_us > segment->end_us;

  if (!has_first && !has_last)
    return delete_gap (db, gap->id, error);
  if (!has_last)
    return tyto_sql_run (db, error, "UPDATE gaps SET end_us = ?2 WHERE id = ?1", "xx", gap->id,
                         segment->start_us);
  /* The last part keeps the id: an open gap is ended by it. */
  return tyto_sql_move_gap_start (db, gap->id, segment->end_us, error)
         && (!has_first || keep_first_part (db, gap, segment->start_us, error));
}

gboolean
tyto_sql_cut_gaps (TytoSql *db, const TytoSegment *segment, GError **error)
{
  g_autoptr (GPtrArray) gaps = tyto_sql_collect (
      db, read_span, (GDestroyNotify) tyto_gap_unref, error,
      "SELECT id, start_us, coalesce (end_us, -1) FROM gaps"
      " WHERE camera = ?1 AND stream = ?2 AND reason NOT IN ('packet-loss', 'disk-slow')"
      " AND start_us >= (SELECT least (?4 - longest_gap_us, coalesce ((SELECT min (start_us)"
      " FROM gaps WHERE camera = ?1 AND end_us IS NULL), ?4)) FROM cameras WHERE id = ?1)"
      " AND start_us < ?3 AND coalesce (end_us, 9223372036854775807) > ?4"
      " AND NOT EXISTS (SELECT 1 FROM segments WHERE id = ?5)",
      "ssxxs", segment->camera, segment->stream, segment->end_us, segment->start_us, segment->id);

  if (gaps == NULL)
    return FALSE;
  for (guint i = 0; i < gaps->len; i++)
    if (!cut_gap (db, gaps->pdata[i], segment, error))
      return FALSE;
  return TRUE;
}
