/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What an RTP packet of video says of the picture that it belongs to. */
typedef struct {
  guint16 sequence;
  guint32 timestamp; /* of a 90 kHz clock (RFC 6184, section 5.1; RFC 7798, section 4.1) */
  gboolean last;     /* the marker: it ends the picture */
  gboolean opening;  /* it may begin a picture; else it is surely from the middle of one */
  guint kind;        /* nal_unit_type of what it begins with, 0 to 63, an aggregate's of itself */
} GstCameraPacket;

/* Reads @buffer, whose payload is H.264 (RFC 6184) or, where @h265, H.265 (RFC 7798). FALSE when it
 * is no RTP packet or too short to tell. */
gboolean gst_camera_packet_read (GstCameraPacket *packet, GstBuffer *buffer, gboolean h265);

/* Reads @opening and @kind of a payload; @size: at least 1. */
void gst_camera_packet_read_payload (GstCameraPacket *packet, const guint8 *data, guint size,
                                     gboolean h265);

G_END_DECLS
