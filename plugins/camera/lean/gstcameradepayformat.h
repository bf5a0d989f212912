/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/lean/gstcameradepay.h"

G_BEGIN_DECLS

#define GST_CAMERA_UNIT_MAX (16 * 1024 * 1024) /* bytes */

/* An RTP packet, in order. @size: of the payload, padding left out; some are empty, to keep a
 * connection alive; @gap: how many are missing between it and the one before. */
typedef struct {
  const guint8 *payload;
  gsize size;
  guint16 sequence;
  guint32 rtp;
  gboolean marker;
  guint gap;
} GstCameraRtpPacket;

/* Where a format gives its units to. */
typedef struct {
  GstCameraDepayEvents events;
  gpointer owner;
  GstCameraDepayCounters counters;
} GstCameraDepayOutput;

/**
 * GstCameraDepayFormat: what gstcameradepay.c asks of a payload format.
 * @create: NULL when @sdp is not of it, or lacks what is needed
 * @take: @packet is valid during the call
 * @flush: gives what is complete
 * @restart: forgets what is begun; another source sends now
 */
typedef struct {
  gpointer (*create) (const GstStructure *sdp, GstCameraDepayOutput *output);
  void (*take) (gpointer format, const GstCameraRtpPacket *packet);
  void (*flush) (gpointer format);
  void (*restart) (gpointer format);
  void (*destroy) (gpointer format);
} GstCameraDepayFormat;

extern const GstCameraDepayFormat gst_camera_depay_h264;  /* RFC 6184 */
extern const GstCameraDepayFormat gst_camera_depay_h265;  /* RFC 7798 */
extern const GstCameraDepayFormat gst_camera_depay_aac;   /* RFC 3640 */
extern const GstCameraDepayFormat gst_camera_depay_sound; /* RFC 3551 (G.711), RFC 7587 (Opus) */

G_END_DECLS
