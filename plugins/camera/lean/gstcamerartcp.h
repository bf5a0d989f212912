/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/lean/gstcameradepay.h"

G_BEGIN_DECLS

/* A sender report (RFC 3550, 6.4.1). @ntp: 32.32; @rtp: the same moment */
typedef struct {
  guint32 ssrc;
  guint64 ntp;
  guint32 rtp;
} GstCameraSenderReport;

typedef struct {
  gboolean has_report;
  GstCameraSenderReport report;
  gboolean bye;
} GstCameraRtcp;

/* Reads a compound packet (RFC 3550, 6.1). FALSE when it is none. */
gboolean gst_camera_rtcp_read (const guint8 *data, gsize size, GstCameraRtcp *rtcp);

/* What the last receiver report said, for the fraction in the next. All zero at first. */
typedef struct {
  guint32 expected;
  guint32 received;
} GstCameraRtcpPrior;

/* Writes a compound packet, RR and SDES (CNAME), into @to, of 64 bytes; gives its size.
 * @report: the last one (nullable), that came @since µs ago. */
gsize gst_camera_rtcp_write (guint8 *to, guint32 ssrc, const gchar *cname,
                             const GstCameraDepayCounters *counters, GstCameraRtcpPrior *prior,
                             const GstCameraSenderReport *report, gint64 since);

G_END_DECLS
