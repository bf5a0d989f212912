/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue.h: the database of cameras, runs, segments, gaps and thumbnails, whatever stands
 * behind it. More of it: tyto-catalogue-upkeep.h (segments and their files), -wishes.h (when
 * recording was wanted), -deliveries.h (messages to web hooks).
 *
 * #TytoCatalogue is abstract. A backend implements the blocking virtual functions, which are always
 * called on the one thread that belongs to the catalogue; the public `_async` functions queue onto
 * that thread in order, so a later call sees what an earlier one wrote, and complete in the
 * caller's thread-default main context. A row is committed and synced to disk before its call
 * completes; calls that wait behind one another may share one transaction, and fail apart.
 * Cancelling stops a call that has not begun (G_IO_ERROR_CANCELLED). Errors: TYTO_ERROR_STORAGE
 * (with the database's words; later calls work again once its cause is gone), TYTO_ERROR_NOT_FOUND,
 * TYTO_ERROR_INVALID_ARGUMENT (a camera id, a limit or a cursor that is not ours),
 * TYTO_ERROR_UNAVAILABLE (not open, or closed). Entering the same row twice is not an error and
 * changes nothing (idempotent by id). A row of a camera that was never entered enters the camera,
 * its id for its name.
 */
#pragma once

#include "store/tyto-delivery.h"
#include "store/tyto-gap.h"
#include "store/tyto-run.h"
#include "store/tyto-segment.h"

G_BEGIN_DECLS

#define TYTO_TYPE_CATALOGUE (tyto_catalogue_get_type ())
G_DECLARE_DERIVABLE_TYPE (TytoCatalogue, tyto_catalogue, TYTO, CATALOGUE, GObject)

typedef struct _TytoCatalogueJob TytoCatalogueJob;

/**
 * TytoCatalogueQuery: which rows to list, newest first unless @ascending.
 * @camera: NULL for all cameras
 * @from_us, @to_us: rows that overlap [from, to); -1 for no bound
 * @cursor: where the page before ended (opaque), NULL for the first
 * @limit: rows a page, 1–1000
 */
typedef struct {
  const char *camera;
  gint64 from_us;
  gint64 to_us;
  const char *cursor;
  guint limit;
  gboolean ascending;
} TytoCatalogueQuery;

#define TYTO_CATALOGUE_QUERY_INIT                                                                  \
  {                                                                                                \
    NULL, -1, -1, NULL, 100, FALSE                                                                 \
  }

/* TytoCatalogueTotals: sums over what the catalogue holds, for one camera. */
typedef struct {
  char *camera;
  guint64 segments;
  guint64 bytes;
  guint64 frames;
  guint64 gaps;
  gint64 last_end_us; /* end of the newest segment, -1 for none */
} TytoCatalogueTotals;

void tyto_catalogue_totals_free (TytoCatalogueTotals *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoCatalogueTotals, tyto_catalogue_totals_free)

/* TytoCatalogueCoverage: how much of a time a camera's main stream is recorded, µs. */
typedef struct {
  char *camera;
  gint64 recorded_us; /* in finished segments */
  gint64 wanted_us;
} TytoCatalogueCoverage;

void tyto_catalogue_coverage_free (TytoCatalogueCoverage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoCatalogueCoverage, tyto_catalogue_coverage_free)

struct _TytoCatalogueClass {
  GObjectClass parent_class;

  gboolean (*open) (TytoCatalogue *self, GError **error);
  void (*close) (TytoCatalogue *self);

  /* Does what one call asks for (tyto-catalogue-job.h). */
  gboolean (*perform) (TytoCatalogue *self, TytoCatalogueJob *job, GError **error);

  /* Transactions around calls that change rows, at most two deep: the inner one is a savepoint. A
   * commit that fails has rolled back; a rollback gives FALSE when it undid more than its own
   * level. */
  gboolean (*begin) (TytoCatalogue *self, GError **error);
  gboolean (*commit) (TytoCatalogue *self, GError **error);
  gboolean (*rollback) (TytoCatalogue *self);

  /* (nullable): the same for a call that changes no rows, on any thread, up to @max_readers at a
   * time: those that need not wait for one another. What was called before them is done. */
  gboolean (*perform_aside) (TytoCatalogue *self, TytoCatalogueJob *job, GError **error);
  guint max_readers;

  /* (nullable): whether the call before failed because the database was lost, and it is back: the
   * call is then repeated, once. */
  gboolean (*recover) (TytoCatalogue *self);
};

/* Opens the database and brings its schema up to date. Must be the first call. */
void tyto_catalogue_open_async (TytoCatalogue *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_catalogue_open_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);

/* Enters a camera or its new name; its other rows refer to it. */
void tyto_catalogue_enter_camera_async (TytoCatalogue *self, const char *camera, const char *name,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* Enters a run that began, and later how it ended (end_us, end_reason and its counts); the first
 * end stays. The record is referenced, not copied: do not change it before the call completes. */
void tyto_catalogue_enter_run_async (TytoCatalogue *self, TytoRun *run, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
void tyto_catalogue_end_run_async (TytoCatalogue *self, TytoRun *run, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* Enters a finished segment. */
void tyto_catalogue_enter_segment_async (TytoCatalogue *self, TytoSegment *segment,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
void
tyto_catalogue_enter_thumbnail_async (TytoCatalogue *self, const char *camera, gint64 taken_us,
                                      const char *path, guint64 bytes, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
void tyto_catalogue_end_gap_async (TytoCatalogue *self, gint64 id, gint64 end_us,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
/* Ends @gap (its id and end_us are set) with what it lost in all. */
void
tyto_catalogue_finish_gap_async (TytoCatalogue *self, const TytoGap *gap, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of all of the above but open. */
gboolean tyto_catalogue_enter_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);

/* Enters a gap; gives its id, or -1, and sets @gap's id. An open gap (end_us -1) is ended by
 * tyto_catalogue_end_gap_async(). A gap of the same camera, stream, start and reason is the same
 * gap. Ending it again changes nothing; an unknown id is TYTO_ERROR_NOT_FOUND. */
void tyto_catalogue_enter_gap_async (TytoCatalogue *self, TytoGap *gap, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gint64 tyto_catalogue_enter_gap_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);

/* Rows (element-type TytoSegment) or (element-type TytoGap), transfer container and elements;
 * @next_cursor: (out) (transfer full) (nullable): NULL on the last page. */
void tyto_catalogue_list_segments_async (TytoCatalogue *self, const TytoCatalogueQuery *query,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
GPtrArray *tyto_catalogue_list_segments_finish (TytoCatalogue *self, GAsyncResult *result,
                                                char **next_cursor, GError **error);
void tyto_catalogue_list_gaps_async (TytoCatalogue *self, const TytoCatalogueQuery *query,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
GPtrArray *tyto_catalogue_list_gaps_finish (TytoCatalogue *self, GAsyncResult *result,
                                            char **next_cursor, GError **error);

/* TYTO_ERROR_NOT_FOUND when there is none. */
void
tyto_catalogue_get_segment_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
TytoSegment *
tyto_catalogue_get_segment_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);

/* The path of the camera's newest thumbnail (transfer full) that is on this machine, and when it
 * was taken; TYTO_ERROR_NOT_FOUND when there is none. One that is only in the archive has the path
 * "". */
void tyto_catalogue_latest_thumbnail_async (TytoCatalogue *self, const char *camera,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);
char *tyto_catalogue_latest_thumbnail_finish (TytoCatalogue *self, GAsyncResult *result,
                                              gint64 *taken_us, GError **error);

/* The finish function of all lists, here and in the headers beside, that have none of their own:
 * all rows there are. (transfer full) */
GPtrArray *
tyto_catalogue_list_rows_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);

/* (element-type TytoCatalogueTotals), a row for each camera that has been entered. */
void tyto_catalogue_list_totals_async (TytoCatalogue *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);

/* Waits for what is queued, then closes the database and ends the thread. Blocking; for the very
 * end of a process. */
void tyto_catalogue_close (TytoCatalogue *self);

G_END_DECLS
