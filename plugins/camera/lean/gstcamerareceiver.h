/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/lean/gstcamerahandshake.h"
#include "camera/lean/gstcameraleansession.h"

G_BEGIN_DECLS

/**
 * GstCameraReceiver:
 *
 * A connection that plays: it is read when told to, taken apart, and given on as units; what is due
 * is said to the camera. Its receive buffer is as large as the kernel lets it be without privilege,
 * so that nothing is lost when nobody reads for a few seconds. Nothing blocks. For one thread at a
 * time.
 */
typedef struct _GstCameraReceiver GstCameraReceiver;

/* Bytes that are read at most by one gst_camera_receiver_run(): a camera that floods holds up no
 * other. */
#define GST_CAMERA_RECEIVER_RUN (2 * 1024 * 1024)

/* @playing: (transfer full)
 * @events: stays valid; of it caps(), unit(), pause() and clock() are called
 * @keep_alive: s, 0: by the session's time-out; @asked: monotonic, µs: when PLAY was sent */
GstCameraReceiver *
gst_camera_receiver_new (GstCameraPlaying *playing, const GstCameraLeanEvents *events,
                         gpointer owner, guint keep_alive, gint64 asked);
/* Closes the connection. */
void gst_camera_receiver_free (GstCameraReceiver *self);

gint gst_camera_receiver_get_fd (const GstCameraReceiver *self);

/* Reads what there is, up to GST_CAMERA_RECEIVER_RUN, into @buffer of GST_CAMERA_LOOP_BUFFER bytes,
 * and says what is due. @arrival: the running time now, GST_CLOCK_TIME_NONE: nothing is read, and
 * that the camera hung up is seen all the same, within half a second;
 * @now: monotonic, µs; @next: (out): when it wants to be called at the latest (the same). FALSE:
 * the stream is at its end; all has been given. */
gboolean gst_camera_receiver_run (GstCameraReceiver *self, guint8 *buffer, GstClockTime arrival,
                                  gint64 now, gint64 *next, GError **error);
/* Takes what has come until now, and gives all. @arrival: as above */
void gst_camera_receiver_drain (GstCameraReceiver *self, guint8 *buffer, GstClockTime arrival);
/* (nullable): see gst_camera_dialogue_get_again(). */
const gchar *gst_camera_receiver_get_again (const GstCameraReceiver *self);
/* TEARDOWN, as far as the connection takes it at once. */
void gst_camera_receiver_tear_down (GstCameraReceiver *self);

void gst_camera_receiver_count (const GstCameraReceiver *self, GstCameraRtpCounters *counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraReceiver, gst_camera_receiver_free)

G_END_DECLS
