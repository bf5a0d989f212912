/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-broadcasts.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-cursor.h"

/* Rows looked at at once for those that may go. */
#define PAGE 1000

/* Of recordings AS r and broadcasts AS b, as read_broadcast() takes them. */
#define COLUMNS                                                                                    \
  "b.id, r.stream_id, r.video_id, r.file_path, r.file_size, r.status, b.stream_key, b.user_id,"    \
  " b.source, b.found_by, b.ended_by, b.started_us, coalesce (b.ended_us, -1),"                    \
  " coalesce (b.completed_us, -1), coalesce (b.newest_us, -1), b.media_ms, b.duration_ms,"         \
  " b.segments, b.missing, b.collected_bytes, b.frames, b.audio_frames, b.video_codec,"            \
  " b.audio_codec, b.width, b.height, b.path, b.object, b.upload, coalesce (b.uploaded_us, -1),"   \
  " b.sha256, b.tries, coalesce (b.due_us, -1), b.last_error, b.import_state, b.import_tries,"     \
  " coalesce (b.import_due_us, -1), b.import_error, coalesce (b.deleting_us, -1)"

/* Two ways round: SQLite's planner takes the first table first, knowing nothing of how many rows
 * have a status; and a row of the one finds that of the other by its primary key. */
#define SELECT                                                                                     \
  "SELECT " COLUMNS " FROM broadcasts AS b JOIN recordings AS r ON r.id = as_uuid (b.id) WHERE "
#define SELECT_BY_RECORDING                                                                        \
  "SELECT " COLUMNS                                                                                \
  " FROM recordings AS r JOIN broadcasts AS b ON b.id = CAST (r.id AS TEXT) WHERE "

static void
take_text (char **to, const TytoSqlRow *row, int *column)
{
  tyto_broadcast_set (to, tyto_sql_row_text (row, (*column)++));
}

/* The database holds none but these. */
static TytoBroadcastStatus
read_status (const TytoSqlRow *row, int column)
{
  return (TytoBroadcastStatus) tyto_broadcast_status_from_string (tyto_sql_row_text (row, column));
}

/* NULL stays NULL. */
static void
take_nullable (char **to, const TytoSqlRow *row, int *column)
{
  *to = tyto_sql_row_dup_text (row, (*column)++);
}

static gpointer
read_broadcast (const TytoSqlRow *row)
{
  TytoBroadcast *self = tyto_broadcast_new (NULL);
  int column = 0;

  take_text (&self->id, row, &column);
  take_text (&self->stream_id, row, &column);
  take_text (&self->video_id, row, &column);
  take_text (&self->file_path, row, &column);
  self->bytes = tyto_sql_row_count (row, column++);
  self->status = read_status (row, column++);
  take_text (&self->stream_key, row, &column);
  take_text (&self->user_id, row, &column);
  take_text (&self->source, row, &column);
  take_text (&self->found_by, row, &column);
  take_text (&self->ended_by, row, &column);
  self->started_us = tyto_sql_row_integer (row, column++);
  self->ended_us = tyto_sql_row_integer (row, column++);
  self->completed_us = tyto_sql_row_integer (row, column++);
  self->newest_us = tyto_sql_row_integer (row, column++);
  self->media_ms = tyto_sql_row_count (row, column++);
  self->duration_ms = tyto_sql_row_count (row, column++);
  self->segments = tyto_sql_row_count (row, column++);
  self->missing = tyto_sql_row_count (row, column++);
  self->collected_bytes = tyto_sql_row_count (row, column++);
  self->frames = tyto_sql_row_count (row, column++);
  self->audio_frames = tyto_sql_row_count (row, column++);
  take_text (&self->video_codec, row, &column);
  take_text (&self->audio_codec, row, &column);
  self->width = (guint) tyto_sql_row_count (row, column++);
  self->height = (guint) tyto_sql_row_count (row, column++);
  take_text (&self->path, row, &column);
  take_nullable (&self->object, row, &column);
  take_text (&self->upload, row, &column);
  self->uploaded_us = tyto_sql_row_integer (row, column++);
  take_nullable (&self->sha256, row, &column);
  self->tries = (guint) tyto_sql_row_count (row, column++);
  self->due_us = tyto_sql_row_integer (row, column++);
  take_text (&self->last_error, row, &column);
  take_text (&self->import_state, row, &column);
  self->import_tries = (guint) tyto_sql_row_count (row, column++);
  self->import_due_us = tyto_sql_row_integer (row, column++);
  take_text (&self->import_error, row, &column);
  self->deleting_us = tyto_sql_row_integer (row, column++);
  return self;
}

/* --- Entering --- */

/* NULL for none; in the letters in which uuid columns give it back. (transfer full) */
static char *
uuid_value (const char *text)
{
  return *text != '\0' ? g_ascii_strdown (text, -1) : NULL;
}

static const char *
text_value (const char *text)
{
  return text != NULL && *text != '\0' ? text : NULL;
}

/* As CURRENT_TIMESTAMP writes it, UTC; NULL for -1. (transfer full) */
static char *
timestamp_value (gint64 wall_us)
{
  g_autoptr (GDateTime) time = NULL;

  if (wall_us < 0)
    return NULL;
  time = g_date_time_new_from_unix_utc (wall_us / G_USEC_PER_SEC);
  return g_date_time_format (time, "%Y-%m-%d %H:%M:%S");
}

static gboolean
put_recording (TytoSql *db, const TytoBroadcast *self, GError **error)
{
  g_autofree char *stream_id = uuid_value (self->stream_id);
  g_autofree char *video_id = uuid_value (self->video_id);
  g_autofree char *started = timestamp_value (self->started_us);
  g_autofree char *completed = timestamp_value (self->completed_us);

  return tyto_sql_run (
      db, error,
      "INSERT INTO recordings (id, stream_id, video_id, file_path, duration, file_size, status,"
      " started_at, completed_at) VALUES (as_uuid (?1), as_uuid (?2), as_uuid (?3), ?4, ?5, ?6,"
      " as_status (?7), as_timestamp (?8), as_timestamp (?9)) ON CONFLICT (id) DO UPDATE SET"
      " stream_id = excluded.stream_id, video_id = excluded.video_id,"
      " file_path = excluded.file_path, duration = excluded.duration,"
      " file_size = excluded.file_size, status = excluded.status,"
      " started_at = excluded.started_at, completed_at = excluded.completed_at",
      "ssssttsss", self->id, stream_id, video_id, self->file_path,
      tyto_broadcast_get_seconds (self), self->bytes,
      tyto_broadcast_status_to_string (self->status), started, completed);
}

#define PUT                                                                                        \
  "INSERT INTO broadcasts (id, stream_key, user_id, source, found_by, ended_by, started_us,"       \
  " ended_us, completed_us, newest_us, media_ms, duration_ms, segments, missing, collected_bytes," \
  " frames, audio_frames, video_codec, audio_codec, width, height, path, object, upload,"          \
  " uploaded_us, sha256, tries, due_us, last_error, import_state, import_tries, import_due_us,"    \
  " import_error, deleting_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"    \
  " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31,"     \
  " ?32, ?33, ?34) ON CONFLICT (id) DO UPDATE SET stream_key = excluded.stream_key,"               \
  " user_id = excluded.user_id, source = excluded.source, found_by = excluded.found_by,"           \
  " ended_by = excluded.ended_by, started_us = excluded.started_us,"                               \
  " ended_us = excluded.ended_us, completed_us = excluded.completed_us,"                           \
  " newest_us = excluded.newest_us, media_ms = excluded.media_ms,"                                 \
  " duration_ms = excluded.duration_ms, segments = excluded.segments,"                             \
  " missing = excluded.missing, collected_bytes = excluded.collected_bytes,"                       \
  " frames = excluded.frames, audio_frames = excluded.audio_frames,"                               \
  " video_codec = excluded.video_codec, audio_codec = excluded.audio_codec,"                       \
  " width = excluded.width, height = excluded.height, path = excluded.path,"                       \
  " object = excluded.object, upload = excluded.upload, uploaded_us = excluded.uploaded_us,"       \
  " sha256 = excluded.sha256, tries = excluded.tries, due_us = excluded.due_us,"                   \
  " last_error = excluded.last_error, import_state = excluded.import_state,"                       \
  " import_tries = excluded.import_tries, import_due_us = excluded.import_due_us,"                 \
  " import_error = excluded.import_error, deleting_us = excluded.deleting_us"

static gboolean
put_row (TytoSql *db, const TytoBroadcast *self, GError **error)
{
  return tyto_sql_run (
      db, error, PUT, "ssssssxeeetttttttssttsssestesstese", self->id, self->stream_key,
      self->user_id, self->source, self->found_by, self->ended_by, self->started_us, self->ended_us,
      self->completed_us, self->newest_us, self->media_ms, self->duration_ms, self->segments,
      self->missing, self->collected_bytes, self->frames, self->audio_frames, self->video_codec,
      self->audio_codec, (guint64) self->width, (guint64) self->height, self->path,
      text_value (self->object), self->upload, self->uploaded_us, text_value (self->sha256),
      (guint64) self->tries, self->due_us, self->last_error, self->import_state,
      (guint64) self->import_tries, self->import_due_us, self->import_error, self->deleting_us);
}

static gboolean
check_object (TytoSql *db, const TytoBroadcast *self, GError **error)
{
  gint64 n_others = 0;

  if (text_value (self->object) == NULL)
    return TRUE;
  if (!tyto_sql_get_integer (db, &n_others, error,
                             "SELECT count(*) FROM broadcasts WHERE object = ?1 AND id <> ?2", "ss",
                             self->object, self->id))
    return FALSE;
  if (n_others == 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_ALREADY_EXISTS, NULL, "Another broadcast has the object %s.",
                  self->object);
  return FALSE;
}

static gboolean
check_unkept (TytoSql *db, const char *id, GError **error)
{
  gint64 n_clips = 0;

  if (!tyto_sql_get_integer (db, &n_clips, error, "SELECT count(*) FROM clips WHERE broadcast = ?1",
                             "s", id))
    return FALSE;
  if (n_clips == 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE,
                  "Remove the clip first when the broadcast shall go.",
                  "Broadcast %s is kept by a clip.", id);
  return FALSE;
}

static gboolean
put_gaps (TytoSql *db, const char *id, const GPtrArray *gaps, GError **error)
{
  if (!tyto_sql_run (db, error, "DELETE FROM broadcast_gaps WHERE broadcast = ?1", "s", id))
    return FALSE;
  for (guint i = 0; i < gaps->len; i++) {
    const TytoBroadcastGap *gap = gaps->pdata[i];

    if (!tyto_sql_run (db, error,
                       "INSERT INTO broadcast_gaps (broadcast, number, offset_ms, duration_ms,"
                       " segment, reason, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                       "sxttsss", id, (gint64) i, gap->offset_ms, gap->duration_ms, gap->segment,
                       gap->reason, gap->detail))
      return FALSE;
  }
  return TRUE;
}

gboolean
tyto_sql_put_broadcast (TytoSql *db, const TytoBroadcast *broadcast, const GPtrArray *gaps,
                        GError **error)
{
  /* What asks comes first: the others then go to a server without waiting. */
  return check_object (db, broadcast, error)
         && (broadcast->deleting_us < 0 || check_unkept (db, broadcast->id, error))
         && put_recording (db, broadcast, error) && put_row (db, broadcast, error)
         && (gaps == NULL || put_gaps (db, broadcast->id, gaps, error));
}

gboolean
tyto_sql_delete_broadcast (TytoSql *db, const char *id, GError **error)
{
  return check_unkept (db, id, error)
         && tyto_sql_run (db, error, "DELETE FROM broadcast_gaps WHERE broadcast = ?1", "s", id)
         && tyto_sql_run (db, error, "DELETE FROM broadcasts WHERE id = ?1", "s", id)
         && tyto_sql_run (db, error, "DELETE FROM recordings WHERE id = as_uuid (?1)", "s", id);
}

/* --- Lists --- */

GPtrArray *
tyto_sql_get_broadcast (TytoSql *db, const char *id, GError **error)
{
  return tyto_sql_collect (db, read_broadcast, (GDestroyNotify) tyto_broadcast_unref, error,
                           SELECT "b.id = ?1 AND b.deleting_us IS NULL", "s", id);
}

/* Few rows are of a stream, or not completed: those are looked for, and then sorted. */
static gboolean
is_by_recording (const TytoBroadcastQuery *query)
{
  return query->stream_id != NULL
         || (query->status != NULL
             && tyto_broadcast_status_from_string (query->status) != TYTO_BROADCAST_COMPLETED);
}

/* One statement for each set of filters; everything else is bound. ?1 status, ?2 stream_id,
 * ?3 stream_key, ?4 user_id, ?5 from, ?6 before, ?7 and ?8 the cursor's row, ?9 rows. (transfer
 * full) */
static char *
build_list (const TytoBroadcastQuery *query)
{
  return g_strconcat (is_by_recording (query) ? SELECT_BY_RECORDING : SELECT,
                      query->status != NULL ? "r.status = as_status (?1) AND " : "",
                      query->stream_id != NULL ? "r.stream_id = as_uuid (?2) AND " : "",
                      query->stream_key != NULL ? "b.stream_key = ?3 AND " : "",
                      query->user_id != NULL ? "b.user_id = ?4 AND " : "",
                      "b.deleting_us IS NULL AND b.started_us >= ?5 AND b.started_us < ?6"
                      " AND b.started_us <= ?7 AND (b.started_us < ?7 OR b.id < ?8)"
                      " ORDER BY b.started_us DESC, b.id DESC LIMIT ?9",
                      NULL);
}

/* The row after a page's last says that there is a next one. */
static char *
cut_page (GPtrArray *rows, guint limit)
{
  const TytoBroadcast *last;

  if (rows->len <= limit)
    return NULL;
  g_ptr_array_set_size (rows, (int) limit);
  last = rows->pdata[limit - 1];
  return tyto_catalogue_cursor_new ('b', last->started_us, last->id);
}

GPtrArray *
tyto_sql_list_broadcasts (TytoSql *db, const TytoBroadcastQuery *query, char **next, GError **error)
{
  g_autofree char *sql = build_list (query);
  g_autofree char *stream_id
      = query->stream_id != NULL ? g_ascii_strdown (query->stream_id, -1) : NULL;
  g_autofree char *cursor_id = NULL;
  gint64 cursor_us = G_MAXINT64;
  GPtrArray *rows;

  if (query->cursor != NULL
      && !tyto_catalogue_cursor_read (query->cursor, 'b', &cursor_us, &cursor_id, error))
    return NULL;
  rows = tyto_sql_collect (db, read_broadcast, (GDestroyNotify) tyto_broadcast_unref, error, sql,
                           "ssssxxxsx", query->status, stream_id, query->stream_key, query->user_id,
                           query->from_us >= 0 ? query->from_us : G_MININT64,
                           query->to_us >= 0 ? query->to_us : G_MAXINT64, cursor_us,
                           cursor_id != NULL ? cursor_id : "", (gint64) query->limit + 1);
  if (rows != NULL)
    *next = cut_page (rows, query->limit);
  return rows;
}

GPtrArray *
tyto_sql_list_open_broadcasts (TytoSql *db, GError **error)
{
  return tyto_sql_collect (db, read_broadcast, (GDestroyNotify) tyto_broadcast_unref, error,
                           SELECT
                           "r.status IN ('recording', 'processing') OR b.import_state = 'waiting'"
                           " OR b.deleting_us IS NOT NULL ORDER BY b.started_us, b.id",
                           "");
}

GPtrArray *
tyto_sql_find_broadcast (TytoSql *db, const char *stream_id, const char *stream_key, GError **error)
{
  g_autofree char *id = stream_id != NULL ? g_ascii_strdown (stream_id, -1) : NULL;
  g_autoptr (GPtrArray) rows = NULL;

  if (id != NULL) {
    rows = tyto_sql_collect (db, read_broadcast, (GDestroyNotify) tyto_broadcast_unref, error,
                             SELECT_BY_RECORDING "r.stream_id = as_uuid (?1)"
                                                 " ORDER BY b.started_us DESC, b.id DESC LIMIT 1",
                             "s", id);
    if (rows == NULL || rows->len > 0)
      return g_steal_pointer (&rows);
    g_clear_pointer (&rows, g_ptr_array_unref);
  }
  return tyto_sql_collect (db, read_broadcast, (GDestroyNotify) tyto_broadcast_unref, error,
                           SELECT "b.stream_key = ?1 ORDER BY b.started_us DESC, b.id DESC LIMIT 1",
                           "s", stream_key);
}

/* --- What has to go --- */

static GPtrArray *
list_unkept (TytoSql *db, gint64 before_us, const TytoBroadcast *after, GError **error)
{
  return tyto_sql_collect (
      db, read_broadcast, (GDestroyNotify) tyto_broadcast_unref, error,
      SELECT "b.completed_us IS NOT NULL AND b.completed_us < ?1 AND b.deleting_us IS NULL"
             " AND (b.completed_us, b.id) > (?2, ?3) AND r.status = 'completed'"
             " AND NOT EXISTS (SELECT 1 FROM clips WHERE clips.broadcast = b.id)"
             " ORDER BY b.completed_us, b.id LIMIT ?4",
      "xxsx", before_us, after != NULL ? after->completed_us : G_MININT64,
      after != NULL ? after->id : "", (gint64) PAGE);
}

/* The users' lists are as long as the operator likes: too long for a statement's values. */
static gboolean
is_asked_for (const TytoBroadcast *broadcast, const char *const *only, const char *const *but)
{
  return (only == NULL || g_strv_contains (only, broadcast->user_id))
         && (but == NULL || !g_strv_contains (but, broadcast->user_id));
}

GPtrArray *
tyto_sql_list_expired_broadcasts (TytoSql *db, gint64 before_us, const char *const *only,
                                  const char *const *but, const TytoBroadcast *after, guint limit,
                                  GError **error)
{
  g_autoptr (GPtrArray) found
      = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_broadcast_unref);
  g_autoptr (TytoBroadcast) last
      = after != NULL ? tyto_broadcast_ref ((TytoBroadcast *) after) : NULL;
  guint n_rows;

  do {
    g_autoptr (GPtrArray) page = list_unkept (db, before_us, last, error);

    if (page == NULL)
      return NULL;
    n_rows = page->len;
    for (guint i = 0; i < n_rows && found->len < limit; i++)
      if (is_asked_for (page->pdata[i], only, but))
        g_ptr_array_add (found, tyto_broadcast_ref (page->pdata[i]));
    g_clear_pointer (&last, tyto_broadcast_unref);
    if (n_rows > 0)
      last = tyto_broadcast_ref (page->pdata[n_rows - 1]);
  } while (n_rows == PAGE && found->len < limit);
  return g_steal_pointer (&found);
}

/* --- Gaps and totals --- */

static gpointer
read_gap (const TytoSqlRow *row)
{
  return tyto_broadcast_gap_new (tyto_sql_row_count (row, 0), tyto_sql_row_count (row, 1),
                                 tyto_sql_row_text (row, 2), tyto_sql_row_text (row, 3),
                                 tyto_sql_row_text (row, 4));
}

GPtrArray *
tyto_sql_list_broadcast_gaps (TytoSql *db, const char *id, GError **error)
{
  return tyto_sql_collect (db, read_gap, (GDestroyNotify) tyto_broadcast_gap_free, error,
                           "SELECT offset_ms, duration_ms, segment, reason, detail"
                           " FROM broadcast_gaps WHERE broadcast = ?1 ORDER BY number",
                           "s", id);
}

/* TytoBroadcastTotals of one status. */
static gpointer
read_totals (const TytoSqlRow *row)
{
  TytoBroadcastTotals *totals = g_new0 (TytoBroadcastTotals, 1);
  guint64 count = tyto_sql_row_count (row, 1);

  switch (tyto_broadcast_status_from_string (tyto_sql_row_text (row, 0))) {
  case TYTO_BROADCAST_RECORDING:
    totals->recording = count;
    break;
  case TYTO_BROADCAST_PROCESSING:
    totals->processing = count;
    break;
  case TYTO_BROADCAST_COMPLETED:
    totals->completed = count;
    totals->bytes = tyto_sql_row_count (row, 2);
    break;
  case TYTO_BROADCAST_FAILED:
    totals->failed = count;
    break;
  default:
    break;
  }
  return totals;
}

gboolean
tyto_sql_count_broadcasts (TytoSql *db, TytoBroadcastTotals *totals, GError **error)
{
  g_autoptr (GPtrArray) rows = tyto_sql_collect (
      db, read_totals, g_free, error,
      "SELECT r.status, count(*), CAST (sum (r.file_size) AS BIGINT) FROM broadcasts AS b"
      " JOIN recordings AS r ON r.id = as_uuid (b.id) WHERE b.deleting_us IS NULL"
      " GROUP BY r.status",
      "");

  if (rows == NULL)
    return FALSE;
  *totals = (TytoBroadcastTotals){ 0 };
  for (guint i = 0; i < rows->len; i++) {
    const TytoBroadcastTotals *row = rows->pdata[i];

    totals->recording += row->recording;
    totals->processing += row->processing;
    totals->completed += row->completed;
    totals->failed += row->failed;
    totals->bytes += row->bytes;
  }
  return TRUE;
}
