/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much of what was wanted in the last day is recorded. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-time.h"
#include "store/tyto-catalogue-wishes.h"

#define MEASURE_S 30
/* Frames on their way are neither recorded nor lost; after so long they are. */
#define NEWS_US (15 * (gint64) G_USEC_PER_SEC)

typedef struct {
  TytoRecorder *recorder;
  gint64 to_us;
} Measurement;

static double
get_ratio (TytoCamera *camera, const TytoCatalogueCoverage *row, gint64 to_us)
{
  g_autoptr (TytoSegment) open = tyto_camera_get_open_segment (camera);
  gint64 recorded_us = row->recorded_us;
  gint64 wanted_us = row->wanted_us;

  if (open != NULL) {
    gint64 unknown_us = to_us - open->end_us;

    recorded_us += MAX (open->end_us - open->start_us, 0);
    if (unknown_us > 0 && unknown_us < NEWS_US)
      wanted_us -= unknown_us;
  }
  return wanted_us > 0 ? CLAMP ((double) recorded_us / (double) wanted_us, 0.0, 1.0) : -1;
}

static void
on_coverage (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Measurement *measurement = data;
  g_autoptr (TytoRecorder) self = measurement->recorder;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, NULL);

  /* Without an answer (the catalogue is closed, or away) the last one stands. */
  for (guint i = 0; rows != NULL && i < rows->len; i++) {
    const TytoCatalogueCoverage *row = rows->pdata[i];
    TytoCamera *camera = g_hash_table_lookup (self->cameras, row->camera);

    if (camera != NULL)
      tyto_camera_set_coverage (camera, get_ratio (camera, row, measurement->to_us));
  }
}

static gboolean
measure (gpointer data)
{
  TytoRecorder *self = data;
  Measurement *measurement = g_new (Measurement, 1);

  measurement->recorder = g_object_ref (self);
  measurement->to_us = tyto_time_now ();
  tyto_catalogue_list_coverage_async (self->catalogue, measurement->to_us - G_TIME_SPAN_DAY,
                                      measurement->to_us, NULL, on_coverage, measurement);
  return G_SOURCE_CONTINUE;
}

void
tyto_recorder_start_coverage (TytoRecorder *self)
{
  if (self->coverage_source == 0)
    self->coverage_source = g_timeout_add_seconds (MEASURE_S, measure, self);
}
