/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-capture-run.h: one run: one connection to a camera from its first byte to the last segment's
 * close, with its pipeline and its accounts.
 *
 * Signals, with the dictionaries (a{sv}) of org.tyto.Worker1:
 * "started" (RunStarted's), "segment-opened", "segment-closed", "gap", "thumbnail", and once, at
 * the very end, "ended" (RunEnded's dictionary, or NULL when the run never started).
 */
#pragma once

#include "worker/tyto-capture-pipeline.h"

G_BEGIN_DECLS

#define TYTO_TYPE_CAPTURE_RUN (tyto_capture_run_get_type ())
G_DECLARE_FINAL_TYPE (TytoCaptureRun, tyto_capture_run, TYTO, CAPTURE_RUN, GObject)

TytoCaptureRun *tyto_capture_run_new (const char *camera, const TytoCaptureSettings *settings,
                                      TytoThumbnailThread *thumbnail_thread, GError **error);

/* Connects. From here on "ended" comes for certain. */
void tyto_capture_run_start (TytoCaptureRun *self);

/* Ends it as wanted: all that has been received is recorded; "ended" comes within 8 s. */
void tyto_capture_run_stop (TytoCaptureRun *self);

/* Whether the first decodable frame has come. */
gboolean tyto_capture_run_has_started (TytoCaptureRun *self);

/* Why it ended: "stopped" or a gap's reason; and in words. (transfer none) */
const char *tyto_capture_run_get_reason (TytoCaptureRun *self);
const char *tyto_capture_run_get_error (TytoCaptureRun *self);

/* (nullable): why it ended was that the camera asked to be connected to at once at this address. */
const char *tyto_capture_run_get_redirect (TytoCaptureRun *self);

/* How much is in its closed segments, ns. */
guint64 tyto_capture_run_get_recorded (TytoCaptureRun *self);

/* Statistics (a{sv}, floating). */
GVariant *tyto_capture_run_get_statistics (TytoCaptureRun *self);
/* See tyto_capture_stats_to_figures(). */
GVariant *tyto_capture_run_get_figures (TytoCaptureRun *self);

/* (transfer none) */
TytoCapturePipeline *tyto_capture_run_get_pipeline (TytoCaptureRun *self);

G_END_DECLS
