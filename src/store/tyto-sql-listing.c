/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-listing.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-cursor.h"
#include "store/tyto-sql-segment.h"

/**
 * Table: what a list of segments and one of gaps differ in.
 * @name, @columns: of the SQL table
 * @shown: SQL of which rows are shown
 * @kind: of its cursors
 * @floor, @floor_of_all: SQL of the earliest start of a row of camera ?1 (of all) that may still
 * overlap a time from ?2 on: without it, a page would look through all rows ever written
 * @has_numbers: its ids are numbers
 * @read: makes the record of the present row
 * @make_cursor: of a page that ends with @record
 */
typedef struct {
  const char *name;
  const char *columns;
  const char *shown;
  char kind;
  gboolean has_numbers;
  const char *floor;
  const char *floor_of_all;
  TytoSqlRead read;
  GDestroyNotify unref;
  char *(*make_cursor) (gconstpointer record);
} Table;

#define GAP_COLUMNS                                                                                \
  "start_us, id, camera, stream, coalesce (end_us, -1), reason, detail, packets_lost, frames_lost"

static gpointer
read_gap (const TytoSqlRow *row)
{
  g_autofree char *camera = tyto_sql_row_dup_text (row, 2);
  g_autofree char *stream = tyto_sql_row_dup_text (row, 3);
  g_autofree char *reason = tyto_sql_row_dup_text (row, 5);
  g_autofree char *detail = tyto_sql_row_dup_text (row, 6);
  TytoGap *gap = tyto_gap_new (camera, stream, tyto_sql_row_integer (row, 0), reason, detail);

  gap->id = tyto_sql_row_integer (row, 1);
  gap->end_us = tyto_sql_row_integer (row, 4);
  gap->packets_lost = tyto_sql_row_count (row, 7);
  gap->frames_lost = tyto_sql_row_count (row, 8);
  return gap;
}

static char *
make_segment_cursor (gconstpointer record)
{
  const TytoSegment *segment = record;

  return tyto_catalogue_cursor_new ('s', segment->start_us, segment->id);
}

static char *
make_gap_cursor (gconstpointer record)
{
  const TytoGap *gap = record;
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, gap->id);

  return tyto_catalogue_cursor_new ('g', gap->start_us, id);
}

static const Table segments = {
  .name = "segments",
  .columns = TYTO_SQL_SEGMENT_COLUMNS,
  .shown = "deleting_us IS NULL AND",
  .kind = 's',
  .floor = "SELECT ?2 - longest_segment_us FROM cameras WHERE id = ?1",
  .floor_of_all = "SELECT ?2 - max (longest_segment_us) FROM cameras",
  .read = tyto_sql_read_segment,
  .unref = (GDestroyNotify) tyto_segment_unref,
  .make_cursor = make_segment_cursor,
};

static const Table gaps = {
  .name = "gaps",
  .columns = GAP_COLUMNS,
  .shown = "",
  .kind = 'g',
  .has_numbers = TRUE,
  /* An open gap lasts until now, however long ago it began. */
  .floor = "SELECT least (?2 - longest_gap_us, coalesce ((SELECT min (start_us) FROM gaps"
           " WHERE camera = ?1 AND end_us IS NULL), ?2)) FROM cameras WHERE id = ?1",
  .floor_of_all = "SELECT least (?2 - (SELECT max (longest_gap_us) FROM cameras),"
                  " coalesce ((SELECT min (start_us) FROM gaps WHERE end_us IS NULL), ?2))",
  .read = read_gap,
  .unref = (GDestroyNotify) tyto_gap_unref,
  .make_cursor = make_gap_cursor,
};

/* One statement for each of camera or all, newest or oldest first; everything else is bound.
 * ?1 camera, ?2 floor, ?3 before, ?4 from, ?5 and ?6 the cursor's row, ?7 rows. (transfer full) */
static char *
build_sql (const Table *table, const TytoCatalogueQuery *query)
{
  const char *order = query->ascending ? "ASC" : "DESC";
  char beyond = query->ascending ? '>' : '<';

  return g_strdup_printf ("SELECT %s FROM %s WHERE %s %s start_us >= ?2 AND start_us < ?3"
                          " AND (start_us >= ?4 OR coalesce (end_us, 9223372036854775807) > ?4)"
                          " AND (start_us %c ?5 OR (start_us = ?5 AND id %c ?6))"
                          " ORDER BY start_us %s, id %s LIMIT ?7",
                          table->columns, table->name, table->shown,
                          query->camera != NULL ? "camera = ?1 AND" : "", beyond, beyond, order,
                          order);
}

/* Where the index is entered and left: [@floor_us, @before_us). */
static gboolean
find_bounds (TytoSql *db, const Table *table, const TytoCatalogueQuery *query, gint64 cursor_us,
             gint64 *floor_us, gint64 *before_us, GError **error)
{
  *floor_us = G_MININT64;
  *before_us = query->to_us >= 0 ? query->to_us : G_MAXINT64;

  if (query->from_us >= 0
      && !tyto_sql_get_integer (db, floor_us, error,
                                query->camera != NULL ? table->floor : table->floor_of_all, "sx",
                                query->camera, query->from_us))
    return FALSE;
  if (query->cursor != NULL && query->ascending)
    *floor_us = MAX (*floor_us, cursor_us);
  else if (query->cursor != NULL && cursor_us < G_MAXINT64)
    *before_us = MIN (*before_us, cursor_us + 1);
  return TRUE;
}

/* The row after a page's last says that there is a next one. */
static char *
cut_page (const Table *table, const TytoCatalogueQuery *query, GPtrArray *rows)
{
  gconstpointer last;

  if (rows->len <= query->limit)
    return NULL;
  g_ptr_array_set_size (rows, (int) query->limit);
  last = rows->pdata[query->limit - 1];
  return table->make_cursor (last);
}

static GPtrArray *
list (TytoSql *db, const Table *table, const TytoCatalogueQuery *query, char **next_cursor,
      GError **error)
{
  g_autofree char *sql = build_sql (table, query);
  g_autofree char *id = NULL;
  gint64 cursor_us = query->ascending ? G_MININT64 : G_MAXINT64;
  gint64 from_us = query->from_us >= 0 ? query->from_us : G_MININT64;
  gint64 limit = (gint64) query->limit + 1;
  gint64 floor_us, before_us;
  GPtrArray *rows;

  if (query->cursor != NULL
      && !tyto_catalogue_cursor_read (query->cursor, table->kind, &cursor_us, &id, error))
    return NULL;
  if (!find_bounds (db, table, query, cursor_us, &floor_us, &before_us, error))
    return NULL;

  if (table->has_numbers)
    rows = tyto_sql_collect (db, table->read, table->unref, error, sql, "sxxxxxx", query->camera,
                             floor_us, before_us, from_us, cursor_us,
                             id != NULL ? g_ascii_strtoll (id, NULL, 10) : (gint64) 0, limit);
  else
    rows = tyto_sql_collect (db, table->read, table->unref, error, sql, "sxxxxsx", query->camera,
                             floor_us, before_us, from_us, cursor_us, id != NULL ? id : "", limit);
  if (rows != NULL)
    *next_cursor = cut_page (table, query, rows);
  return rows;
}

GPtrArray *
tyto_sql_list_segments (TytoSql *db, const TytoCatalogueQuery *query, char **next_cursor,
                        GError **error)
{
  return list (db, &segments, query, next_cursor, error);
}

GPtrArray *
tyto_sql_list_gaps (TytoSql *db, const TytoCatalogueQuery *query, char **next_cursor,
                    GError **error)
{
  return list (db, &gaps, query, next_cursor, error);
}

TytoSegment *
tyto_sql_get_segment (TytoSql *db, const char *id, GError **error)
{
  TytoSegment *segment;

  if (tyto_sql_find (db, tyto_sql_read_segment, &segment, error,
                     "SELECT " TYTO_SQL_SEGMENT_COLUMNS
                     " FROM segments WHERE id = ?1 AND deleting_us IS NULL",
                     "s", id)
      && segment == NULL)
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no segment %s.", id);
  return segment;
}

static gpointer
read_thumbnail (const TytoSqlRow *row)
{
  return g_variant_ref_sink (
      g_variant_new ("(x^ay)", tyto_sql_row_integer (row, 0), tyto_sql_row_text (row, 1)));
}

char *
tyto_sql_latest_thumbnail (TytoSql *db, const char *camera, gint64 *taken_us, GError **error)
{
  g_autoptr (GVariant) thumbnail = NULL;
  char *path = NULL;

  if (!tyto_sql_find (db, read_thumbnail, &thumbnail, error,
                      "SELECT taken_us, path FROM thumbnails WHERE camera = ?1 AND path <> ''"
                      " ORDER BY taken_us DESC LIMIT 1",
                      "s", camera))
    return NULL;
  if (thumbnail == NULL)
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND,
                    "One is taken at the start of each segment: try again a little later.",
                    "There is no thumbnail of camera %s yet.", camera);
  else
    g_variant_get (thumbnail, "(x^ay)", taken_us, &path);
  return path;
}

static gpointer
read_totals (const TytoSqlRow *row)
{
  TytoCatalogueTotals *totals = g_new0 (TytoCatalogueTotals, 1);

  totals->camera = tyto_sql_row_dup_text (row, 0);
  totals->segments = tyto_sql_row_count (row, 1);
  totals->bytes = tyto_sql_row_count (row, 2);
  totals->frames = tyto_sql_row_count (row, 3);
  totals->gaps = tyto_sql_row_count (row, 4);
  totals->last_end_us = tyto_sql_row_integer (row, 5);
  return totals;
}

GPtrArray *
tyto_sql_list_totals (TytoSql *db, GError **error)
{
  return tyto_sql_collect (db, read_totals, (GDestroyNotify) tyto_catalogue_totals_free, error,
                           "SELECT id, segments, bytes, frames, gaps, coalesce (last_end_us, -1)"
                           " FROM cameras ORDER BY id",
                           "");
}
