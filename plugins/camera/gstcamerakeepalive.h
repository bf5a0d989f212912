/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtsp/rtsp.h>

G_BEGIN_DECLS

/* Keeps an RTSP session alive (RFC 2326, section 12.37) on a connection that is busy with media,
 * where rtspsrc 1.22 sends nothing. GET_PARAMETER without a body where the camera takes it, else
 * OPTIONS.
 *
 * The request goes through rtspsrc's own "get-parameters" action: it interrupts reading only before
 * the first byte of an interleaved message (GstRTSPConnection takes no cancel within one), reads on
 * through media until the answer comes, and answers a new authentication challenge. No byte of
 * media is lost. */
#define GST_TYPE_CAMERA_KEEP_ALIVE (gst_camera_keep_alive_get_type ())
G_DECLARE_FINAL_TYPE (GstCameraKeepAlive, gst_camera_keep_alive, GST, CAMERA_KEEP_ALIVE, GObject)

/* @rtspsrc: (transfer none): a weak reference is held */
GstCameraKeepAlive *gst_camera_keep_alive_new (GstElement *rtspsrc);

/* Starts over: what a former camera said is forgotten. @interval in s, 0 for one from the time-out.
 */
void gst_camera_keep_alive_reset (GstCameraKeepAlive *self, guint interval);
void gst_camera_keep_alive_start (GstCameraKeepAlive *self);
void gst_camera_keep_alive_stop (GstCameraKeepAlive *self);

/* Tells of a request that is about to be sent, and of one that was answered. Both may be changed.
 */
void gst_camera_keep_alive_before_send (GstCameraKeepAlive *self, GstRTSPMessage *request);
void gst_camera_keep_alive_answered (GstCameraKeepAlive *self, const GstRTSPMessage *request,
                                     GstRTSPMessage *response);

/* The session's time-out in s, 0 when the camera did not say. */
guint gst_camera_keep_alive_get_timeout (GstCameraKeepAlive *self);

G_END_DECLS
