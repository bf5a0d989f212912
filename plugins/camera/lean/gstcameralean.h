/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcamerartp.h"
#include "camera/gstcamerasrc.h"

G_BEGIN_DECLS

/* A run of camerasrc by the lean engine: its session (gstcameraleansession.h) and the pads that the
 * access units leave by. They appear with the first caps, so that until then another engine may
 * take over. */
typedef struct _GstCameraLean GstCameraLean;

/* @src: (transfer none): outlives it */
GstCameraLean *gst_camera_lean_new (GstCameraSrc *src);
/* Stops it first. */
void gst_camera_lean_free (GstCameraLean *self);

/* Connects, at the first call; goes on, after gst_camera_lean_pause(). */
void gst_camera_lean_play (GstCameraLean *self);
void gst_camera_lean_pause (GstCameraLean *self);
/* See GstCameraSrc:batch. */
void gst_camera_lean_set_batch (GstCameraLean *self, guint batch);
/* Gives what has come, then EOS. Does not wait. */
void gst_camera_lean_drain (GstCameraLean *self);
/* Waits until nothing is pushed any more. */
void gst_camera_lean_stop (GstCameraLean *self);

void gst_camera_lean_get_counters (GstCameraLean *self, GstCameraRtpCounters *counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraLean, gst_camera_lean_free)

G_END_DECLS
