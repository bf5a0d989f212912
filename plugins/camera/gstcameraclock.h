/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Puts the camera's own time beside the running time. A sender report (RFC 3550, section 6.4.1)
 * pairs NTP with RTP time; the next packet that passes pairs RTP time with running time, drift
 * mended. Nothing is done for other packets. */
typedef struct _GstCameraClock GstCameraClock;

/* @camera_time: µs since the Unix epoch by the camera's clock, at @running_time in ns. */
typedef void (*GstCameraClockFunc) (gpointer owner, gint64 camera_time, GstClockTime running_time);

GstCameraClock *gst_camera_clock_new (GstCameraClockFunc func, gpointer owner);
/* @pad must not be passing data any more. */
void gst_camera_clock_free (GstCameraClock *self);

/* Takes a jitterbuffer's "handle-sync" @report; looks at the next packet on @pad
 * (application/x-rtp) unless it did less than 10 s ago. */
void gst_camera_clock_report (GstCameraClock *self, const GstStructure *report, GstPad *pad);

G_END_DECLS
