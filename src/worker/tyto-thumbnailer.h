/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-thumbnailer.h: decides which key frames of a run become thumbnails (one soon after its
 * start, then as tyto-thumbnail-schedule.h says, and one for each snapshot), and makes the files.
 *
 * It watches the frames at the thumbnail branch's valve: one flag test a frame. A chosen key frame
 * goes to the process's one thumbnail thread (tyto-thumbnail-thread.h); when that has no time, a
 * later key frame of the camera is chosen. The streaming thread never waits for a decoder.
 *
 * Signal "taken" (GVariant *thumbnail: path s, wall x, width u, height u, bytes t), in the main
 * context.
 */
#pragma once

#include "worker/tyto-capture-settings.h"
#include "worker/tyto-thumbnail-branch.h"
#include "worker/tyto-thumbnail-thread.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define TYTO_TYPE_THUMBNAILER (tyto_thumbnailer_get_type ())
G_DECLARE_FINAL_TYPE (TytoThumbnailer, tyto_thumbnailer, TYTO, THUMBNAILER, GObject)

/* The thread in which the thumbnails of all cameras of a process are made. Free with
 * tyto_thumbnail_thread_free(). */
TytoThumbnailThread *tyto_thumbnailer_new_thread (void);

/* @pipeline, @tee: where the branch goes. @thread: not owned, must outlive the thumbnailer. */
TytoThumbnailer *tyto_thumbnailer_new (GstBin *pipeline, GstElement *tee, const char *camera,
                                       const TytoCaptureSettings *settings,
                                       TytoThumbnailThread *thread, GError **error);

/* Takes a thumbnail of the next key frame. TYTO_ERROR_TIMED_OUT when none comes within 15 s,
 * TYTO_ERROR_UNAVAILABLE when the run ends. Gives what "taken" tells. */
void tyto_thumbnailer_snapshot_async (TytoThumbnailer *self, GAsyncReadyCallback callback,
                                      gpointer user_data);
GVariant *
tyto_thumbnailer_snapshot_finish (TytoThumbnailer *self, GAsyncResult *result, GError **error);

/* Wall clock minus running time, µs, as the present segment has it: gives a picture the time that
 * the recording has for its frame. */
void tyto_thumbnailer_set_wall_offset (TytoThumbnailer *self, gint64 offset_us);

/* (transfer none) */
TytoThumbnailBranch *tyto_thumbnailer_get_branch (TytoThumbnailer *self);

/* No more thumbnails; snapshots that are waited for fail. */
void tyto_thumbnailer_stop (TytoThumbnailer *self);

G_END_DECLS
