/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sqlite-entry.h"

#include "base/tyto-error.h"
#include "store/tyto-sqlite-upkeep.h"

gboolean
tyto_sqlite_enter_camera_id (TytoSqlite *db, const char *camera, GError **error)
{
  return tyto_sqlite_run (db, error,
                          "INSERT INTO cameras (id, name) VALUES (?1, ?1)"
                          " ON CONFLICT (id) DO NOTHING",
                          "s", camera);
}

static gboolean
imply_run (TytoSqlite *db, const TytoSegment *segment, GError **error)
{
  return tyto_sqlite_run (db, error,
                          "INSERT INTO runs (id, camera, stream, start_us, video_codec,"
                          " audio_codec, implied) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)"
                          " ON CONFLICT (id) DO NOTHING",
                          "sssxss", segment->run, segment->camera, segment->stream,
                          segment->start_us, segment->video_codec, segment->audio_codec);
}

gboolean
tyto_sqlite_enter_camera (TytoSqlite *db, const char *camera, const char *name, GError **error)
{
  return tyto_sqlite_run (db, error,
                          "INSERT INTO cameras (id, name) VALUES (?1, coalesce (?2, ?1))"
                          " ON CONFLICT (id) DO UPDATE SET name = excluded.name"
                          " WHERE name <> excluded.name",
                          "ss", camera, name);
}

/* @sql: PUT_RUN and which row of the same id it replaces */
static gboolean
put_run (TytoSqlite *db, const TytoRun *run, const char *sql, GError **error)
{
  return tyto_sqlite_enter_camera_id (db, run->camera, error)
         && tyto_sqlite_run (db, error, sql, "sssxesssstttttt", run->id, run->camera, run->stream,
                             run->start_us, run->end_us, run->end_reason, run->transport,
                             run->video_codec, run->audio_codec, (guint64) run->width,
                             (guint64) run->height, run->packets_received, run->packets_lost,
                             run->frames_received, run->frames_recorded);
}

#define PUT_RUN                                                                                    \
  "INSERT INTO runs (id, camera, stream, start_us, end_us, end_reason, transport, video_codec,"    \
  " audio_codec, width, height, packets_received, packets_lost, frames_received,"                  \
  " frames_recorded)"                                                                              \
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"                     \
  " ON CONFLICT (id) DO UPDATE SET start_us = excluded.start_us, end_us = excluded.end_us,"        \
  " end_reason = excluded.end_reason, transport = excluded.transport,"                             \
  " video_codec = excluded.video_codec, audio_codec = excluded.audio_codec,"                       \
  " width = excluded.width, height = excluded.height,"                                             \
  " packets_received = excluded.packets_received, packets_lost = excluded.packets_lost,"           \
  " frames_received = excluded.frames_received, frames_recorded = excluded.frames_recorded,"       \
  " implied = 0"

gboolean
tyto_sqlite_enter_run (TytoSqlite *db, const TytoRun *run, GError **error)
{
  return put_run (db, run, PUT_RUN " WHERE implied = 1", error);
}

/* The first end stays: a run that the supervisor has ended is not ended again by a late report. */
gboolean
tyto_sqlite_end_run (TytoSqlite *db, const TytoRun *run, GError **error)
{
  return put_run (db, run, PUT_RUN " WHERE end_us IS NULL", error);
}

static gboolean
put_segment (TytoSqlite *db, const TytoSegment *segment, GError **error)
{
  return tyto_sqlite_run (
      db, error,
      "INSERT INTO segments (id, camera, stream, run, sequence, path, format, video_codec,"
      " audio_codec, start_us, end_us, monotonic_ns, camera_time_us, duration_ns, frames,"
      " key_frames, audio_frames, bytes, packets_lost, cut_reason, clock_source, clock_offset_us,"
      " recovered, archived, frames_missing)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
      " ?18, ?19, coalesce (?20, ''), coalesce (?21, 'system'), ?22, ?23, ?24, ?25)"
      " ON CONFLICT (id) DO NOTHING",
      "sssstssssxxtettttttssxttt", segment->id, segment->camera, segment->stream, segment->run,
      segment->sequence, segment->path, segment->format, segment->video_codec, segment->audio_codec,
      segment->start_us, segment->end_us, segment->monotonic_ns, segment->camera_time_us,
      segment->duration_ns, segment->frames, segment->key_frames, segment->audio_frames,
      segment->bytes, segment->packets_lost, segment->cut_reason, segment->clock_source,
      segment->clock_offset_us, (guint64) (segment->recovered ? 1 : 0),
      (guint64) (segment->archived ? 1 : 0), segment->frames_missing);
}

gboolean
tyto_sqlite_enter_segment (TytoSqlite *db, const TytoSegment *segment, GError **error)
{
  return tyto_sqlite_enter_camera_id (db, segment->camera, error) && imply_run (db, segment, error)
         && put_segment (db, segment, error)
         && (tyto_sqlite_changes (db) == 0 || tyto_sqlite_cut_gaps (db, segment, error))
         && tyto_sqlite_forget_open_segment (db, segment->id, error);
}

gboolean
tyto_sqlite_enter_thumbnail (TytoSqlite *db, const char *camera, gint64 taken_us, const char *path,
                             guint64 bytes, GError **error)
{
  return tyto_sqlite_enter_camera_id (db, camera, error)
         && tyto_sqlite_run (db, error,
                             "INSERT INTO thumbnails (camera, taken_us, path, bytes)"
                             " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (camera, taken_us) DO NOTHING",
                             "sxst", camera, taken_us, path, bytes);
}

static gint64
find_gap (TytoSqlite *db, const TytoGap *gap, gint64 start_us, GError **error)
{
  sqlite3_stmt *statement = tyto_sqlite_prepare (
      db, "SELECT id FROM gaps WHERE camera = ?1 AND stream = ?2 AND start_us = ?3 AND reason = ?4",
      error);
  gboolean has_row;
  gint64 id = -1;

  if (statement == NULL)
    return -1;
  tyto_sqlite_bind (statement, "ssxs", gap->camera, gap->stream, start_us, gap->reason);
  if (tyto_sqlite_step (db, statement, &has_row, error)) {
    if (has_row)
      id = sqlite3_column_int64 (statement, 0);
    else
      tyto_set_error (error, TYTO_ERROR_INTERNAL, NULL,
                      "The gap of camera %s was entered but is not there.", gap->camera);
  }
  sqlite3_reset (statement);
  return id;
}

/* Where the gap may begin: a segment that was entered meanwhile may reach into it. */
static gboolean
find_gap_start (TytoSqlite *db, const TytoGap *gap, gint64 *start_us, GError **error)
{
  *start_us = gap->start_us;
  if (!tyto_sqlite_get_integer (
          db, start_us, error,
          "SELECT max (end_us) FROM segments WHERE camera = ?1 AND stream = ?2"
          " AND ?4 NOT IN ('packet-loss', 'disk-slow') AND start_us <= ?3 AND end_us > ?3"
          " AND start_us >= (SELECT ?3 - longest_segment_us FROM cameras WHERE id = ?1)",
          "ssxs", gap->camera, gap->stream, gap->start_us, gap->reason))
    return FALSE;
  if (gap->end_us >= 0)
    *start_us = MAX (MIN (*start_us, gap->end_us), gap->start_us);
  return TRUE;
}

gint64
tyto_sqlite_enter_gap (TytoSqlite *db, const TytoGap *gap, GError **error)
{
  gint64 start_us;

  if (!tyto_sqlite_enter_camera_id (db, gap->camera, error)
      || !find_gap_start (db, gap, &start_us, error)
      || !tyto_sqlite_run (
          db, error,
          "INSERT INTO gaps (camera, stream, start_us, end_us, reason, detail, packets_lost,"
          " frames_lost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
          " ON CONFLICT (camera, stream, start_us, reason) DO NOTHING",
          "ssxesstt", gap->camera, gap->stream, start_us, gap->end_us, gap->reason, gap->detail,
          gap->packets_lost, gap->frames_lost))
    return -1;
  return tyto_sqlite_changes (db) > 0 ? tyto_sqlite_last_id (db)
                                      : find_gap (db, gap, start_us, error);
}

gboolean
tyto_sqlite_end_gap (TytoSqlite *db, gint64 id, gint64 end_us, gint64 packets_lost,
                     gint64 frames_lost, GError **error)
{
  gint64 found = 0;

  /* A clock that was set back must not make a gap end before it began. */
  if (!tyto_sqlite_run (db, error,
                        "UPDATE gaps SET end_us = max (start_us, ?2),"
                        " packets_lost = coalesce (?3, packets_lost),"
                        " frames_lost = coalesce (?4, frames_lost)"
                        " WHERE id = ?1 AND end_us IS NULL",
                        "xxee", id, end_us, packets_lost, frames_lost))
    return FALSE;
  if (tyto_sqlite_changes (db) > 0)
    return TRUE;

  if (!tyto_sqlite_get_integer (db, &found, error, "SELECT id FROM gaps WHERE id = ?1", "x", id))
    return FALSE;
  if (found != id) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no gap %" G_GINT64_FORMAT ".", id);
    return FALSE;
  }
  return TRUE;
}
