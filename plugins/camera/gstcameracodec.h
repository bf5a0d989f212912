/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What a recording can hold of a camera, and the elements that take it out of RTP. */
typedef struct {
  const gchar *encoding; /* encoding-name in the SDP's rtpmap */
  const gchar *media;    /* "video" or "audio" */
  const gchar *name;     /* "h264", "h265", "aac", "pcmu", "pcma" or "opus" */
  const gchar *depay;
  const gchar *parse; /* nullable */
} GstCameraCodec;

/* The codec that RTP @caps (application/x-rtp from the SDP) carry, or NULL. */
const GstCameraCodec *gst_camera_codec_find (const GstCaps *caps);

G_END_DECLS
