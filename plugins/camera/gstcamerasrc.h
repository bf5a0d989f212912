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

#define GST_TYPE_CAMERA_SRC (gst_camera_src_get_type ())
G_DECLARE_FINAL_TYPE (GstCameraSrc, gst_camera_src, GST, CAMERA_SRC, GstBin)

G_END_DECLS
