/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A single-shot timer on the system clock's own thread: all cameras of a process share that thread,
 * so that a camera costs no thread and no wake-up of its own while it waits. */
typedef struct _GstCameraTimer GstCameraTimer;

/* Called on the clock's thread: must not block. @owner is alive for the time of the call.
 * Returns the time in ns until the next call, or %GST_CLOCK_TIME_NONE to stop. */
typedef GstClockTime (*GstCameraTimerFunc) (GObject *owner);

/**
 * gst_camera_timer_new:
 * @owner: (transfer none): what @func is called with; only a weak reference is held
 */
GstCameraTimer *gst_camera_timer_new (GObject *owner, GstCameraTimerFunc func);
void gst_camera_timer_free (GstCameraTimer *timer);

/* (Re)starts the timer: the call comes in @delay ns. */
void gst_camera_timer_start (GstCameraTimer *timer, GstClockTime delay);

/* No call begins after this returns, but one may still be running. */
void gst_camera_timer_stop (GstCameraTimer *timer);

G_END_DECLS
