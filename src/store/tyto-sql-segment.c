/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-segment.h"

gpointer
tyto_sql_read_segment (const TytoSqlRow *row)
{
  TytoSegment *segment = tyto_segment_new ();

  segment->start_us = tyto_sql_row_integer (row, 0);
  segment->id = tyto_sql_row_dup_text (row, 1);
  segment->camera = tyto_sql_row_dup_text (row, 2);
  segment->stream = tyto_sql_row_dup_text (row, 3);
  segment->run = tyto_sql_row_dup_text (row, 4);
  segment->sequence = tyto_sql_row_count (row, 5);
  segment->path = tyto_sql_row_dup_text (row, 6);
  segment->format = tyto_sql_row_dup_text (row, 7);
  segment->video_codec = tyto_sql_row_dup_text (row, 8);
  segment->audio_codec = tyto_sql_row_dup_text (row, 9);
  segment->end_us = tyto_sql_row_integer (row, 10);
  segment->monotonic_ns = tyto_sql_row_count (row, 11);
  segment->camera_time_us = tyto_sql_row_integer (row, 12);
  segment->duration_ns = tyto_sql_row_count (row, 13);
  segment->frames = tyto_sql_row_count (row, 14);
  segment->key_frames = tyto_sql_row_count (row, 15);
  segment->audio_frames = tyto_sql_row_count (row, 16);
  segment->bytes = tyto_sql_row_count (row, 17);
  segment->packets_lost = tyto_sql_row_count (row, 18);
  segment->cut_reason = tyto_sql_row_dup_text (row, 19);
  segment->clock_source = tyto_sql_row_dup_text (row, 20);
  segment->clock_offset_us = tyto_sql_row_integer (row, 21);
  segment->recovered = tyto_sql_row_integer (row, 22) != 0;
  segment->archived = tyto_sql_row_integer (row, 23) != 0;
  segment->frames_missing = tyto_sql_row_count (row, 24);
  segment->sha256 = tyto_sql_row_dup_text (row, 25);
  segment->uploaded_us = tyto_sql_row_integer (row, 26);
  segment->tier = tyto_sql_row_dup_text (row, 27);
  segment->object = tyto_sql_row_dup_text (row, 28);
  return segment;
}

gboolean
tyto_sql_put_segment (TytoSql *db, const TytoSegment *segment, GError **error)
{
  return tyto_sql_run (
      db, error,
      "INSERT INTO segments (id, camera, stream, run, sequence, path, format, video_codec,"
      " audio_codec, start_us, end_us, monotonic_ns, camera_time_us, duration_ns, frames,"
      " key_frames, audio_frames, bytes, packets_lost, cut_reason, clock_source, clock_offset_us,"
      " recovered, archived, frames_missing, sha256, object, uploaded_us, tier)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
      " ?18, ?19, coalesce (?20, ''), coalesce (?21, 'system'), ?22, ?23, ?24, ?25, ?26, ?27, ?28,"
      " coalesce (?29, 'fast'))"
      " ON CONFLICT (id) DO NOTHING",
      "sssstssssxxtettttttssxtttsses", segment->id, segment->camera, segment->stream, segment->run,
      segment->sequence, segment->path, segment->format, segment->video_codec, segment->audio_codec,
      segment->start_us, segment->end_us, segment->monotonic_ns, segment->camera_time_us,
      segment->duration_ns, segment->frames, segment->key_frames, segment->audio_frames,
      segment->bytes, segment->packets_lost, segment->cut_reason, segment->clock_source,
      segment->clock_offset_us, (guint64) (segment->recovered ? 1 : 0),
      (guint64) (segment->archived ? 1 : 0), segment->frames_missing, segment->sha256,
      segment->object, segment->uploaded_us, segment->tier);
}
