/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-capture-pipeline.h: the pipeline of one run, fixed in shape:
 *
 *     camerasrc.video ! tee ! segmentsink.video
 *                       tee ! valve ! … ! jpegenc      (thumbnails)
 *     camerasrc.audio       ! segmentsink.audio_0
 *
 * Used for one run only: a retry makes a fresh one. Its bus messages come out as signals in the
 * main context:
 * "streams", "started", "camera-clock", "loss", "fallback" (GstStructure: camerasrc's messages),
 * "segment-opened", "segment-closed", "gap" (GstStructure: segmentsink's),
 * "failed" (const char *reason, GError *error: the first error; the reason is one of
 * CameraState's), "finished" (EOS has passed: all files are complete).
 */
#pragma once

#include "worker/tyto-capture-settings.h"
#include "worker/tyto-thumbnailer.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define TYTO_TYPE_CAPTURE_PIPELINE (tyto_capture_pipeline_get_type ())
G_DECLARE_FINAL_TYPE (TytoCapturePipeline, tyto_capture_pipeline, TYTO, CAPTURE_PIPELINE, GObject)

/* @run: the id of the run, for the segments. @thumbnail_thread: see TytoThumbnailer. NULL with
 * TYTO_ERROR_UNSUPPORTED when an element is missing. */
TytoCapturePipeline *
tyto_capture_pipeline_new (const char *camera, const char *run, const TytoCaptureSettings *settings,
                           TytoThumbnailThread *thumbnail_thread, GError **error);

/* Starts connecting. FALSE when the pipeline refuses at once; "failed" tells why. */
gboolean tyto_capture_pipeline_play (TytoCapturePipeline *self);

/* Ends the recording after what has been received; "finished" follows. */
void tyto_capture_pipeline_send_eos (TytoCapturePipeline *self);

/* Goes to NULL state in a thread (rtspsrc may block on TEARDOWN), then tells the messages that are
 * left on the bus. */
void tyto_capture_pipeline_shut_async (TytoCapturePipeline *self, GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean
tyto_capture_pipeline_shut_finish (TytoCapturePipeline *self, GAsyncResult *result, GError **error);

/* (nullable): where the camera asked to be connected to at once, when it ended the session. */
const char *tyto_capture_pipeline_get_redirect (TytoCapturePipeline *self);

/* Where the video passes, before anything is done with it. (transfer full) */
GstPad *tyto_capture_pipeline_get_video_pad (TytoCapturePipeline *self);

/* camerasrc's stats. (transfer full), NULL when there are none. */
GstStructure *tyto_capture_pipeline_get_stats (TytoCapturePipeline *self);

/* Bytes that were received and wait for the disk. */
guint64 tyto_capture_pipeline_get_queued_bytes (TytoCapturePipeline *self);

/* The wall clock, µs since the Unix epoch, at @running_time, ns; by the clocks as they are now. */
gint64 tyto_capture_pipeline_wall_at (TytoCapturePipeline *self, GstClockTime running_time);

/* See tyto-pipeline-text.h. (transfer full) */
char *tyto_capture_pipeline_describe (TytoCapturePipeline *self);
char *tyto_capture_pipeline_dump (TytoCapturePipeline *self);

/* (transfer none) */
TytoThumbnailer *tyto_capture_pipeline_get_thumbnailer (TytoCapturePipeline *self);

G_END_DECLS
