/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstCameraTransport:
 * @GST_CAMERA_TRANSPORT_TCP: RTP interleaved in the RTSP connection (RFC 2326, section 10.12)
 * @GST_CAMERA_TRANSPORT_UDP: RTP over unicast UDP
 * @GST_CAMERA_TRANSPORT_AUTO: UDP, and TCP when nothing comes by UDP
 */
typedef enum {
  GST_CAMERA_TRANSPORT_TCP,
  GST_CAMERA_TRANSPORT_UDP,
  GST_CAMERA_TRANSPORT_AUTO,
} GstCameraTransport;

#define GST_TYPE_CAMERA_TRANSPORT (gst_camera_transport_get_type ())
GType gst_camera_transport_get_type (void);

/**
 * GstCameraEngine:
 * @GST_CAMERA_ENGINE_AUTO: lean for RTP over TCP, rtspsrc for the rest and for what lean does not
 * know; an element message says when it was changed
 * @GST_CAMERA_ENGINE_LEAN: the connections of all cameras of the process are read by one thread,
 * some times a second; RTP over TCP only
 * @GST_CAMERA_ENGINE_RTSPSRC: a session manager and its threads for each camera
 */
typedef enum {
  GST_CAMERA_ENGINE_AUTO,
  GST_CAMERA_ENGINE_LEAN,
  GST_CAMERA_ENGINE_RTSPSRC,
} GstCameraEngine;

#define GST_TYPE_CAMERA_ENGINE (gst_camera_engine_get_type ())
GType gst_camera_engine_get_type (void);

#define GST_TYPE_CAMERA_SRC (gst_camera_src_get_type ())
G_DECLARE_FINAL_TYPE (GstCameraSrc, gst_camera_src, GST, CAMERA_SRC, GstBin)

G_END_DECLS
