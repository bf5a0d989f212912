/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-thumbnailer.h: decides which key frames of a run become thumbnails (the first of each
 * segment, one every so many seconds, and one for each snapshot), and makes the files.
 *
 * It watches the frames at the thumbnail branch's valve: one flag test a frame. A chosen key frame
 * is held until its turn comes in the process's one thumbnail thread: the pictures of many cameras
 * are decoded one after the other, and at most one decoder is open.
 *
 * Signal "taken" (GVariant *thumbnail: path s, wall x, width u, height u, bytes t), in the main
 * context.
 */
#pragma once

#include "worker/tyto-capture-settings.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define TYTO_TYPE_THUMBNAILER (tyto_thumbnailer_get_type ())
G_DECLARE_FINAL_TYPE (TytoThumbnailer, tyto_thumbnailer, TYTO, THUMBNAILER, GObject)

/* The thread in which the thumbnails of all cameras of a process are made. Free with
 * g_thread_pool_free(). */
GThreadPool *tyto_thumbnailer_new_thread (void);

/* @pipeline, @tee: where the branch goes. @thread: not owned, must outlive the thumbnailer. */
TytoThumbnailer *
tyto_thumbnailer_new (GstBin *pipeline, GstElement *tee, const char *camera,
                      const TytoCaptureSettings *settings, GThreadPool *thread, GError **error);

/* Takes a thumbnail of the next key frame. TYTO_ERROR_TIMED_OUT when none comes within 15 s,
 * TYTO_ERROR_UNAVAILABLE when the run ends. Gives what "taken" tells. */
void tyto_thumbnailer_snapshot_async (TytoThumbnailer *self, GAsyncReadyCallback callback,
                                      gpointer user_data);
GVariant *
tyto_thumbnailer_snapshot_finish (TytoThumbnailer *self, GAsyncResult *result, GError **error);

/* Wall clock minus running time, µs, as the present segment has it: makes the choice of a segment's
 * first key frame the same as segmentsink's. */
void tyto_thumbnailer_set_wall_offset (TytoThumbnailer *self, gint64 offset_us);

/* Takes a bus message: TRUE when it came from the thumbnail branch. */
gboolean tyto_thumbnailer_take_message (TytoThumbnailer *self, GstMessage *message);

/* No more thumbnails; snapshots that are waited for fail. The present one is given up. */
void tyto_thumbnailer_stop (TytoThumbnailer *self);

G_END_DECLS
