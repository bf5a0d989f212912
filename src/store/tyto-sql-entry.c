/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-entry.h"

#include "base/tyto-error.h"
#include "store/tyto-sql-segment.h"
#include "store/tyto-sql-upkeep.h"

gboolean
tyto_sql_enter_camera_id (TytoSql *db, const char *camera, GError **error)
{
  return tyto_sql_run (db, error,
                       "INSERT INTO cameras (id, name) VALUES (?1, ?1)"
                       " ON CONFLICT (id) DO NOTHING",
                       "s", camera);
}

static gboolean
imply_run (TytoSql *db, const TytoSegment *segment, GError **error)
{
  return tyto_sql_run (db, error,
                       "INSERT INTO runs (id, camera, stream, start_us, video_codec,"
                       " audio_codec, implied) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)"
                       " ON CONFLICT (id) DO NOTHING",
                       "sssxss", segment->run, segment->camera, segment->stream, segment->start_us,
                       segment->video_codec, segment->audio_codec);
}

gboolean
tyto_sql_enter_camera (TytoSql *db, const char *camera, const char *name, GError **error)
{
  return tyto_sql_run (db, error,
                       "INSERT INTO cameras (id, name) VALUES (?1, coalesce (?2, ?1))"
                       " ON CONFLICT (id) DO UPDATE SET name = excluded.name"
                       " WHERE cameras.name <> excluded.name",
                       "ss", camera, name);
}

/* @sql: PUT_RUN and which row of the same id it replaces */
static gboolean
put_run (TytoSql *db, const TytoRun *run, const char *sql, GError **error)
{
  return tyto_sql_enter_camera_id (db, run->camera, error)
         && tyto_sql_run (db, error, sql, "sssxesssstttttt", run->id, run->camera, run->stream,
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
tyto_sql_enter_run (TytoSql *db, const TytoRun *run, GError **error)
{
  return put_run (db, run, PUT_RUN " WHERE runs.implied = 1", error);
}

/* The first end stays: a run that the supervisor has ended is not ended again by a late report. */
gboolean
tyto_sql_end_run (TytoSql *db, const TytoRun *run, GError **error)
{
  return put_run (db, run, PUT_RUN " WHERE runs.end_us IS NULL", error);
}

gboolean
tyto_sql_enter_segment (TytoSql *db, const TytoSegment *segment, GError **error)
{
  /* What asks comes first: the others then go to a server without waiting. */
  return tyto_sql_cut_gaps (db, segment, error)
         && tyto_sql_enter_camera_id (db, segment->camera, error) && imply_run (db, segment, error)
         && tyto_sql_put_segment (db, segment, error)
         && tyto_sql_forget_open_segment (db, segment->id, error);
}

gboolean
tyto_sql_enter_thumbnail (TytoSql *db, const char *camera, gint64 taken_us, const char *path,
                          guint64 bytes, GError **error)
{
  return tyto_sql_enter_camera_id (db, camera, error)
         && tyto_sql_run (db, error,
                          "INSERT INTO thumbnails (camera, taken_us, path, bytes)"
                          " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (camera, taken_us) DO NOTHING",
                          "sxst", camera, taken_us, path, bytes);
}

/* Where the gap may begin: a segment that was entered meanwhile may reach into it. */
static gboolean
find_gap_start (TytoSql *db, const TytoGap *gap, gint64 *start_us, GError **error)
{
  *start_us = gap->start_us;
  if (!tyto_sql_get_integer (
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
tyto_sql_enter_gap (TytoSql *db, const TytoGap *gap, GError **error)
{
  gint64 id = -1;
  gint64 start_us;

  if (!tyto_sql_enter_camera_id (db, gap->camera, error)
      || !find_gap_start (db, gap, &start_us, error)
      || !tyto_sql_get_integer (
          db, &id, error,
          "INSERT INTO gaps (camera, stream, start_us, end_us, reason, detail, packets_lost,"
          " frames_lost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
          " ON CONFLICT DO NOTHING RETURNING id",
          "ssxesstt", gap->camera, gap->stream, start_us, gap->end_us, gap->reason, gap->detail,
          gap->packets_lost, gap->frames_lost))
    return -1;
  if (id >= 0)
    return id;

  /* It is there already. */
  if (tyto_sql_get_integer (db, &id, error,
                            "SELECT id FROM gaps WHERE camera = ?1 AND stream = ?2"
                            " AND start_us = ?3 AND reason = ?4",
                            "ssxs", gap->camera, gap->stream, start_us, gap->reason)
      && id < 0)
    tyto_set_error (error, TYTO_ERROR_INTERNAL, NULL,
                    "The gap of camera %s was entered but is not there.", gap->camera);
  return id;
}

gboolean
tyto_sql_end_gap (TytoSql *db, gint64 id, gint64 end_us, gint64 packets_lost, gint64 frames_lost,
                  GError **error)
{
  gint64 found = 0, n_ended;

  /* A clock that was set back must not make a gap end before it began. */
  if (!tyto_sql_change (db, &n_ended, error,
                        "UPDATE gaps SET end_us = greatest (start_us, ?2),"
                        " packets_lost = coalesce (?3, packets_lost),"
                        " frames_lost = coalesce (?4, frames_lost)"
                        " WHERE id = ?1 AND end_us IS NULL",
                        "xxee", id, end_us, packets_lost, frames_lost))
    return FALSE;
  if (n_ended > 0)
    return TRUE;

  if (!tyto_sql_get_integer (db, &found, error, "SELECT id FROM gaps WHERE id = ?1", "x", id))
    return FALSE;
  if (found != id) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no gap %" G_GINT64_FORMAT ".", id);
    return FALSE;
  }
  return TRUE;
}
