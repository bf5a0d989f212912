/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of each second of a camera. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-adopt.h"
#include "recorder/ledger/tyto-ledger-report.h"
#include "store/tyto-catalogue-retention.h"
#include "store/tyto-catalogue-wishes.h"

#define STREAM     "main"
#define PAGE       1000
#define LONGEST_US (31 * (gint64) G_TIME_SPAN_DAY)
/* News of a segment that ends and of the next that begins come together, and Statistics every 2 s:
 * what is not told by then was not recorded. */
#define NEWS_US (15 * (gint64) G_USEC_PER_SEC)

/* A report while its rows are read. */
typedef struct {
  TytoRecorder *recorder; /* the task's */
  char *camera;
  gint64 from_us;
  gint64 to_us;
  TytoSegment *open; /* nullable: the segment that is being written */
  TytoGap *unknown;  /* nullable: that the recorder was down, which is not entered yet */
  TytoLedgerReport *report;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_free (reading->camera);
  g_clear_pointer (&reading->open, tyto_segment_unref);
  g_clear_pointer (&reading->unknown, tyto_gap_unref);
  g_clear_pointer (&reading->report, tyto_ledger_report_free);
  g_free (reading);
}

/* Until when it is known what became of @camera: frames on their way are neither recorded nor
 * lost. */
static gint64
find_known_end (TytoCamera *camera, const TytoSegment *open, gint64 now_us)
{
  TytoLedger *ledger = tyto_camera_get_ledger (camera);
  gint64 known_us = -1;

  if (tyto_camera_get_state (camera) != TYTO_CAMERA_STATE_RECORDING
      || tyto_ledger_get_open_gap (ledger) != NULL || tyto_ledger_get_unknown_since (ledger) >= 0)
    return now_us;
  if (open != NULL)
    known_us = open->end_us;
  else
    known_us = tyto_camera_get_last_segment (camera);
  return known_us >= 0 && now_us - known_us < NEWS_US ? MIN (known_us, now_us) : now_us;
}

/* What only the camera knows, before the rows are read: what ends meanwhile comes as a row. */
static void
read_live (Reading *reading)
{
  TytoCamera *camera = g_hash_table_lookup (reading->recorder->cameras, reading->camera);
  gint64 now_us = tyto_time_now ();
  gint64 unknown_us;

  reading->to_us = MIN (reading->to_us, now_us);
  if (camera == NULL)
    return;
  reading->open = tyto_camera_get_open_segment (camera);
  reading->to_us = MIN (reading->to_us, find_known_end (camera, reading->open, now_us));
  unknown_us = tyto_ledger_get_unknown_since (tyto_camera_get_ledger (camera));
  if (unknown_us >= 0)
    reading->unknown = tyto_gap_new (reading->camera, STREAM, unknown_us, "recorder-down",
                                     "the recorder was not running");
}

static void
finish_report (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);

  if (reading->open != NULL && reading->open->end_us > reading->open->start_us)
    tyto_ledger_report_add_segment (reading->report, reading->open, TRUE);
  if (reading->unknown != NULL)
    tyto_ledger_report_add_gap (reading->report, reading->unknown);
  tyto_recorder_verb_done (task, tyto_ledger_report_make (reading->report));
}

static TytoCatalogueQuery
make_query (const Reading *reading, const char *cursor)
{
  return (TytoCatalogueQuery){
    .camera = reading->camera,
    .from_us = reading->from_us,
    .to_us = MAX (reading->to_us, reading->from_us),
    .cursor = cursor,
    .limit = PAGE,
    .ascending = TRUE,
  };
}

/* A page of rows of one kind, the calls that read it, and what each of its rows does. */
typedef struct {
  void (*list) (TytoCatalogue *catalogue, const TytoCatalogueQuery *query,
                GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
  GPtrArray *(*finish) (TytoCatalogue *catalogue, GAsyncResult *result, char **next_cursor,
                        GError **error);
  GAsyncReadyCallback on_page;
  void (*add) (Reading *reading, gpointer row);
} Rows;

static void
read_rows (GTask *task, const Rows *rows, const char *cursor)
{
  Reading *reading = g_task_get_task_data (task);
  TytoCatalogueQuery query = make_query (reading, cursor);

  rows->list (reading->recorder->catalogue, &query, g_task_get_cancellable (task), rows->on_page,
              task);
}

/* FALSE when more is to come, or it failed. */
static gboolean
take_page (GTask *task, const Rows *rows, GObject *source, GAsyncResult *result)
{
  GError *error = NULL;
  g_autofree char *cursor = NULL;
  g_autoptr (GPtrArray) page = rows->finish (TYTO_CATALOGUE (source), result, &cursor, &error);

  if (page == NULL) {
    tyto_recorder_verb_failed (task, error);
    return FALSE;
  }
  for (guint i = 0; i < page->len; i++)
    rows->add (g_task_get_task_data (task), page->pdata[i]);
  if (cursor != NULL)
    read_rows (task, rows, cursor);
  return cursor == NULL;
}

static void
add_segment (Reading *reading, gpointer row)
{
  TytoSegment *segment = row;

  if (!g_str_equal (segment->stream, STREAM))
    return;
  tyto_ledger_report_add_segment (reading->report, segment, FALSE);
  if (reading->open != NULL && g_str_equal (reading->open->id, segment->id))
    g_clear_pointer (&reading->open, tyto_segment_unref); /* finished meanwhile */
}

static void
add_gap (Reading *reading, gpointer row)
{
  TytoGap *gap = row;

  if (g_str_equal (gap->stream, STREAM))
    tyto_ledger_report_add_gap (reading->report, gap);
}

static void on_segments (GObject *source, GAsyncResult *result, gpointer data);
static void on_gaps (GObject *source, GAsyncResult *result, gpointer data);

static const Rows segments = { tyto_catalogue_list_segments_async,
                               tyto_catalogue_list_segments_finish, on_segments, add_segment };
static const Rows gaps
    = { tyto_catalogue_list_gaps_async, tyto_catalogue_list_gaps_finish, on_gaps, add_gap };

static void
on_segments (GObject *source, GAsyncResult *result, gpointer data)
{
  if (take_page (data, &segments, source, result))
    finish_report (data);
}

static void
on_expired (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;
  gint64 expired_us;

  if (!tyto_catalogue_get_expired_finish (TYTO_CATALOGUE (source), result, &expired_us, &error)) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  tyto_ledger_report_set_expired (reading->report, expired_us);
  read_rows (task, &segments, NULL);
}

static void
on_gaps (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Reading *reading = g_task_get_task_data (task);

  if (take_page (task, &gaps, source, result))
    tyto_catalogue_get_expired_async (reading->recorder->catalogue, reading->camera,
                                      g_task_get_cancellable (task), on_expired, task);
}

static void
on_wishes (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);

  if (rows == NULL) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  for (guint i = 0; i < rows->len; i++) {
    TytoWish *wish = rows->pdata[i];

    if (g_str_equal (wish->stream, STREAM))
      tyto_ledger_report_add_wish (reading->report, wish);
  }
  read_rows (task, &gaps, NULL);
}

static gboolean
check_span (gint64 from_us, gint64 to_us, GError **error)
{
  if (from_us < to_us && to_us - from_us <= LONGEST_US)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Give a from before to, at most 31 days apart.",
                  from_us < to_us ? "The time asked for is longer than 31 days"
                                  : "The time asked for ends before it begins");
  return FALSE;
}

void
tyto_recorder_ledger_async (TytoRecorder *self, const char *camera, gint64 from_us, gint64 to_us,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task
      = tyto_recorder_verb_new (self, cancellable, callback, user_data, tyto_recorder_ledger_async);
  Reading *reading = g_new0 (Reading, 1);
  GError *error = NULL;

  reading->recorder = self;
  reading->camera = g_strdup (camera);
  reading->to_us = to_us >= 0 ? to_us : tyto_time_now ();
  reading->from_us = from_us >= 0 ? from_us : MAX (reading->to_us - G_TIME_SPAN_DAY, 0);
  g_task_set_task_data (task, reading, reading_free);
  if (!check_span (reading->from_us, reading->to_us, &error)) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  read_live (reading);
  reading->report = tyto_ledger_report_new (camera, reading->from_us, reading->to_us);
  tyto_catalogue_list_wishes_async (self->catalogue, camera, reading->from_us,
                                    MAX (reading->to_us, reading->from_us), cancellable, on_wishes,
                                    task);
}
