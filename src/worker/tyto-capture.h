/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-capture.h: one camera, recorded for ever: a run, and when it ends another one, after a
 * back-off (1 s × 2 up to 30 s). A run that has recorded for 10 s was good: the back-off starts
 * anew. After the fifth failed try in a row the camera is offline, and still tried.
 *
 * Signals, with the dictionaries (a{sv}) of org.tyto.Worker1: "state" (const char *state, GVariant
 * *details), "run-started", "run-ended", "segment-opened", "segment-closed", "gap", "thumbnail"
 * (GVariant *).
 */
#pragma once

#include "worker/tyto-capture-settings.h"
#include "worker/tyto-thumbnail-thread.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define TYTO_TYPE_CAPTURE (tyto_capture_get_type ())
G_DECLARE_FINAL_TYPE (TytoCapture, tyto_capture, TYTO, CAPTURE, GObject)

/* @settings: (transfer full). @thumbnail_thread: see TytoThumbnailer. */
TytoCapture *tyto_capture_new (const char *camera, TytoCaptureSettings *settings,
                               TytoThumbnailThread *thumbnail_thread);

/* Its id. (transfer none) */
const char *tyto_capture_get_camera (TytoCapture *self);

/* Begins with the connect delay of the settings. */
void tyto_capture_start (TytoCapture *self);

/* Finishes the open segment; done when "run-ended" has been told, within 8 s. May be called more
 * than once. */
void tyto_capture_stop_async (TytoCapture *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_capture_stop_finish (TytoCapture *self, GAsyncResult *result, GError **error);
gboolean tyto_capture_is_stopping (TytoCapture *self);

/* See TytoThumbnailer; TYTO_ERROR_WRONG_STATE when nothing is being recorded. */
void
tyto_capture_snapshot_async (TytoCapture *self, GAsyncReadyCallback callback, gpointer user_data);
GVariant *tyto_capture_snapshot_finish (TytoCapture *self, GAsyncResult *result, GError **error);

/* The running pipeline as a gst-launch-1.0 line, or as Graphviz text: TYTO_ERROR_WRONG_STATE when
 * there is none. (transfer full) */
char *tyto_capture_describe (TytoCapture *self, gboolean as_dot, GError **error);

/* The present run's statistics (a{sv}, floating), NULL when nothing is being recorded. */
GVariant *tyto_capture_get_statistics (TytoCapture *self);
/* The same, as the signal tells them: (sxbxttttt). */
GVariant *tyto_capture_get_figures (TytoCapture *self);

G_END_DECLS
