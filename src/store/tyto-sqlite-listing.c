/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sqlite-listing.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-cursor.h"

/**
 * Table: what a list of segments and one of gaps differ in.
 * @name, @columns: of the SQL table
 * @kind: of its cursors
 * @floor, @floor_of_all: SQL of the earliest start of a row of camera ?1 (of all) that may still
 * overlap a time from ?2 on: without it, a page would look through all rows ever written
 * @read: makes the record of the present row
 */
typedef struct {
  const char *name;
  const char *columns;
  char kind;
  const char *floor;
  const char *floor_of_all;
  gpointer (*read) (sqlite3_stmt *statement);
  GDestroyNotify unref;
} Table;

#define SEGMENT_COLUMNS                                                                            \
  "start_us, id, camera, stream, run, sequence, path, format, video_codec, audio_codec, end_us,"   \
  " monotonic_ns, coalesce (camera_time_us, -1), duration_ns, frames, key_frames, audio_frames,"   \
  " bytes, packets_lost, cut_reason, clock_source, clock_offset_us, recovered, archived,"          \
  " frames_missing"

#define GAP_COLUMNS                                                                                \
  "start_us, id, camera, stream, coalesce (end_us, -1), reason, detail, packets_lost, frames_lost"

static guint64
column_count (sqlite3_stmt *statement, int column)
{
  return (guint64) sqlite3_column_int64 (statement, column);
}

static gpointer
read_segment (sqlite3_stmt *statement)
{
  TytoSegment *segment = tyto_segment_new ();

  segment->start_us = sqlite3_column_int64 (statement, 0);
  segment->id = tyto_sqlite_dup_text (statement, 1);
  segment->camera = tyto_sqlite_dup_text (statement, 2);
  segment->stream = tyto_sqlite_dup_text (statement, 3);
  segment->run = tyto_sqlite_dup_text (statement, 4);
  segment->sequence = column_count (statement, 5);
  segment->path = tyto_sqlite_dup_text (statement, 6);
  segment->format = tyto_sqlite_dup_text (statement, 7);
  segment->video_codec = tyto_sqlite_dup_text (statement, 8);
  segment->audio_codec = tyto_sqlite_dup_text (statement, 9);
  segment->end_us = sqlite3_column_int64 (statement, 10);
  segment->monotonic_ns = column_count (statement, 11);
  segment->camera_time_us = sqlite3_column_int64 (statement, 12);
  segment->duration_ns = column_count (statement, 13);
  segment->frames = column_count (statement, 14);
  segment->key_frames = column_count (statement, 15);
  segment->audio_frames = column_count (statement, 16);
  segment->bytes = column_count (statement, 17);
  segment->packets_lost = column_count (statement, 18);
  segment->cut_reason = tyto_sqlite_dup_text (statement, 19);
  segment->clock_source = tyto_sqlite_dup_text (statement, 20);
  segment->clock_offset_us = sqlite3_column_int64 (statement, 21);
  segment->recovered = sqlite3_column_int (statement, 22) != 0;
  segment->archived = sqlite3_column_int (statement, 23) != 0;
  segment->frames_missing = column_count (statement, 24);
  return segment;
}

static gpointer
read_gap (sqlite3_stmt *statement)
{
  g_autofree char *camera = tyto_sqlite_dup_text (statement, 2);
  g_autofree char *stream = tyto_sqlite_dup_text (statement, 3);
  g_autofree char *reason = tyto_sqlite_dup_text (statement, 5);
  g_autofree char *detail = tyto_sqlite_dup_text (statement, 6);
  TytoGap *gap = tyto_gap_new (camera, stream, sqlite3_column_int64 (statement, 0), reason, detail);

  gap->id = sqlite3_column_int64 (statement, 1);
  gap->end_us = sqlite3_column_int64 (statement, 4);
  gap->packets_lost = column_count (statement, 7);
  gap->frames_lost = column_count (statement, 8);
  return gap;
}

static const Table segments = {
  .name = "segments",
  .columns = SEGMENT_COLUMNS,
  .kind = 's',
  .floor = "SELECT ?2 - longest_segment_us FROM cameras WHERE id = ?1",
  .floor_of_all = "SELECT ?2 - max (longest_segment_us) FROM cameras",
  .read = read_segment,
  .unref = (GDestroyNotify) tyto_segment_unref,
};

static const Table gaps = {
  .name = "gaps",
  .columns = GAP_COLUMNS,
  .kind = 'g',
  /* An open gap lasts until now, however long ago it began. */
  .floor = "SELECT min (?2 - longest_gap_us, coalesce ((SELECT min (start_us) FROM gaps"
           " WHERE camera = ?1 AND end_us IS NULL), ?2)) FROM cameras WHERE id = ?1",
  .floor_of_all = "SELECT min (?2 - (SELECT max (longest_gap_us) FROM cameras),"
                  " coalesce ((SELECT min (start_us) FROM gaps WHERE end_us IS NULL), ?2))",
  .read = read_gap,
  .unref = (GDestroyNotify) tyto_gap_unref,
};

/* One statement for each of camera or all, newest or oldest first; everything else is bound.
 * ?1 camera, ?2 floor, ?3 before, ?4 from, ?5 and ?6 the cursor's row, ?7 rows. (transfer full) */
static char *
build_sql (const Table *table, const TytoCatalogueQuery *query)
{
  const char *order = query->ascending ? "ASC" : "DESC";
  char beyond = query->ascending ? '>' : '<';

  return g_strdup_printf ("SELECT %s FROM %s WHERE %s start_us >= ?2 AND start_us < ?3"
                          " AND (start_us >= ?4 OR coalesce (end_us, 9223372036854775807) > ?4)"
                          " AND (start_us %c ?5 OR (start_us = ?5 AND id %c ?6))"
                          " ORDER BY start_us %s, id %s LIMIT ?7",
                          table->columns, table->name,
                          query->camera != NULL ? "camera = ?1 AND" : "", beyond, beyond, order,
                          order);
}

/* Where the index is entered and left: [@floor_us, @before_us). */
static gboolean
find_bounds (TytoSqlite *db, const Table *table, const TytoCatalogueQuery *query, gint64 cursor_us,
             gint64 *floor_us, gint64 *before_us, GError **error)
{
  *floor_us = G_MININT64;
  *before_us = query->to_us >= 0 ? query->to_us : G_MAXINT64;

  if (query->from_us >= 0
      && !tyto_sqlite_get_integer (db, floor_us, error,
                                   query->camera != NULL ? table->floor : table->floor_of_all, "sx",
                                   query->camera, query->from_us))
    return FALSE;
  if (query->cursor != NULL && query->ascending)
    *floor_us = MAX (*floor_us, cursor_us);
  else if (query->cursor != NULL && cursor_us < G_MAXINT64)
    *before_us = MIN (*before_us, cursor_us + 1);
  return TRUE;
}

/* Reads up to the limit; one row more says that there is a next page. */
static GPtrArray *
read_page (TytoSqlite *db, const Table *table, const TytoCatalogueQuery *query,
           sqlite3_stmt *statement, char **next_cursor, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (table->unref);
  g_autofree char *last_id = NULL;
  gint64 last_us = 0;
  gboolean has_row;

  for (;;) {
    if (!tyto_sqlite_step (db, statement, &has_row, error))
      return NULL;
    if (!has_row)
      break;
    if (rows->len == query->limit) {
      *next_cursor = tyto_catalogue_cursor_new (table->kind, last_us, last_id);
      break;
    }
    g_free (last_id);
    last_us = sqlite3_column_int64 (statement, 0);
    last_id = tyto_sqlite_dup_text (statement, 1);
    g_ptr_array_add (rows, table->read (statement));
  }
  return g_steal_pointer (&rows);
}

static GPtrArray *
list (TytoSqlite *db, const Table *table, const TytoCatalogueQuery *query, char **next_cursor,
      GError **error)
{
  g_autofree char *sql = build_sql (table, query);
  g_autofree char *cursor_id = NULL;
  gint64 cursor_us = query->ascending ? G_MININT64 : G_MAXINT64;
  gint64 floor_us, before_us;
  sqlite3_stmt *statement;
  GPtrArray *rows;

  if (query->cursor != NULL
      && !tyto_catalogue_cursor_read (query->cursor, table->kind, &cursor_us, &cursor_id, error))
    return NULL;
  if (!find_bounds (db, table, query, cursor_us, &floor_us, &before_us, error))
    return NULL;
  statement = tyto_sqlite_prepare (db, sql, error);
  if (statement == NULL)
    return NULL;

  /* Bound as text, a gap's id takes the column's affinity and compares as the number it is. */
  tyto_sqlite_bind (statement, "sxxxxsx", query->camera, floor_us, before_us,
                    query->from_us >= 0 ? query->from_us : G_MININT64, cursor_us,
                    cursor_id != NULL ? cursor_id : "", (gint64) query->limit + 1);
  rows = read_page (db, table, query, statement, next_cursor, error);
  sqlite3_reset (statement);
  return rows;
}

GPtrArray *
tyto_sqlite_list_segments (TytoSqlite *db, const TytoCatalogueQuery *query, char **next_cursor,
                           GError **error)
{
  return list (db, &segments, query, next_cursor, error);
}

GPtrArray *
tyto_sqlite_list_gaps (TytoSqlite *db, const TytoCatalogueQuery *query, char **next_cursor,
                       GError **error)
{
  return list (db, &gaps, query, next_cursor, error);
}

TytoSegment *
tyto_sqlite_get_segment (TytoSqlite *db, const char *id, GError **error)
{
  sqlite3_stmt *statement
      = tyto_sqlite_prepare (db, "SELECT " SEGMENT_COLUMNS " FROM segments WHERE id = ?1", error);
  TytoSegment *segment = NULL;
  gboolean has_row;

  if (statement == NULL)
    return NULL;
  tyto_sqlite_bind (statement, "s", id);
  if (tyto_sqlite_step (db, statement, &has_row, error)) {
    if (has_row)
      segment = read_segment (statement);
    else
      tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no segment %s.", id);
  }
  sqlite3_reset (statement);
  return segment;
}

char *
tyto_sqlite_latest_thumbnail (TytoSqlite *db, const char *camera, gint64 *taken_us, GError **error)
{
  sqlite3_stmt *statement
      = tyto_sqlite_prepare (db,
                             "SELECT taken_us, path FROM thumbnails WHERE camera = ?1"
                             " ORDER BY taken_us DESC LIMIT 1",
                             error);
  char *path = NULL;
  gboolean has_row;

  if (statement == NULL)
    return NULL;
  tyto_sqlite_bind (statement, "s", camera);
  if (tyto_sqlite_step (db, statement, &has_row, error)) {
    if (has_row) {
      *taken_us = sqlite3_column_int64 (statement, 0);
      path = tyto_sqlite_dup_text (statement, 1);
    } else {
      tyto_set_error (error, TYTO_ERROR_NOT_FOUND,
                      "One is taken at the start of each segment: try again a little later.",
                      "There is no thumbnail of camera %s yet.", camera);
    }
  }
  sqlite3_reset (statement);
  return path;
}

GPtrArray *
tyto_sqlite_list_totals (TytoSqlite *db, GError **error)
{
  sqlite3_stmt *statement
      = tyto_sqlite_prepare (db,
                             "SELECT id, segments, bytes, frames, gaps, coalesce (last_end_us, -1)"
                             " FROM cameras ORDER BY id",
                             error);
  g_autoptr (GPtrArray) rows
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_catalogue_totals_free);
  gboolean has_row, success;

  if (statement == NULL)
    return NULL;
  while ((success = tyto_sqlite_step (db, statement, &has_row, error)) && has_row) {
    TytoCatalogueTotals *totals = g_new0 (TytoCatalogueTotals, 1);

    totals->camera = tyto_sqlite_dup_text (statement, 0);
    totals->segments = column_count (statement, 1);
    totals->bytes = column_count (statement, 2);
    totals->frames = column_count (statement, 3);
    totals->gaps = column_count (statement, 4);
    totals->last_end_us = sqlite3_column_int64 (statement, 5);
    g_ptr_array_add (rows, totals);
  }
  sqlite3_reset (statement);
  return success ? g_steal_pointer (&rows) : NULL;
}
