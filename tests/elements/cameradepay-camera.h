/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cameradepay-camera.h: a camera whose packets a test makes by hand. */
#pragma once

#include "cameradepay-units.h"

G_BEGIN_DECLS

/* @sequence, @rtp, @ssrc: of the next packet */
typedef struct {
  GstCameraDepay *depay;
  GArray *units;
  GByteArray *packet;
  guint16 sequence;
  guint32 rtp;
  guint32 ssrc;
} Camera;

/* @sdp: caps */
void camera_open (Camera *camera, const gchar *sdp);
void camera_close (Camera *camera);
gboolean camera_send (Camera *camera, gboolean marker, const guint8 *payload, gsize size);
GstCameraDepayCounters camera_count (Camera *camera);
/* The unit @at holds NAL units that begin with these bytes. */
void camera_check (Camera *camera, guint at, gboolean whole, const gchar *nals);

G_END_DECLS
