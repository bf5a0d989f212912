/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtsp/rtsp.h>

G_BEGIN_DECLS

/* An RTSP extension: rtspsrc makes one for itself and shows it each request with its response,
 * which it shows nobody else (the session's time-out, the transport granted, a refusal). It changes
 * nothing. */
#define GST_TYPE_CAMERA_EXCHANGE (gst_camera_exchange_get_type ())
G_DECLARE_FINAL_TYPE (GstCameraExchange, gst_camera_exchange, GST, CAMERA_EXCHANGE, GstElement)

/* On the thread that talks to the camera. @response may be changed: rtspsrc reads it afterwards. */
typedef void (*GstCameraExchangeFunc) (GObject *listener, const GstRTSPMessage *request,
                                       GstRTSPMessage *response);

/**
 * gst_camera_exchange_listen:
 * @rtspsrc: an rtspsrc that was made after this plugin was loaded
 * @listener: (transfer none): what @func is called with; a weak reference is held
 *
 * Has @func called for each exchange of @rtspsrc.
 *
 * Returns: for gst_camera_exchange_unlisten()
 */
gulong
gst_camera_exchange_listen (GstElement *rtspsrc, GObject *listener, GstCameraExchangeFunc func);
void gst_camera_exchange_unlisten (gulong id);

G_END_DECLS
