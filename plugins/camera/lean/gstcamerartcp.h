/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/lean/gstcameradepay.h"

G_BEGIN_DECLS

/* A sender report (RFC 3550, 6.4.1). @ntp: 32.32, 0: the camera knows no time; @rtp: the same
 * moment */
typedef struct {
  guint32 ssrc;
  guint64 ntp;
  guint32 rtp;
} GstCameraSenderReport;

/* @report: the first one; @bye: somebody leaves (6.6), as a rule @bye_ssrc, 0: it does not say */
typedef struct {
  gboolean has_report;
  GstCameraSenderReport report;
  gboolean bye;
  guint32 bye_ssrc;
} GstCameraRtcp;

/* Reads a compound packet (RFC 3550, 6.1) or one of reduced size (RFC 5506), up to what makes no
 * sense in it: cameras write a wrong length or rubbish behind a good report. FALSE when even its
 * first packet makes none. */
gboolean gst_camera_rtcp_read (const guint8 *data, gsize size, GstCameraRtcp *rtcp);

/* What the last receiver report said, for the fraction in the next. All zero at first. */
typedef struct {
  guint32 expected;
  guint32 received;
} GstCameraRtcpPrior;

#define GST_CAMERA_RTCP_SIZE  64 /* bytes at most */
#define GST_CAMERA_RTCP_CNAME 21 /* bytes; of a longer one the rest is left out */

/* Writes a compound packet, RR and SDES (CNAME), into @to, of GST_CAMERA_RTCP_SIZE bytes; gives its
 * size. Of @counters packets + lost were expected; the RR has no block before the first packet.
 * @report: the last one (nullable), that came @since µs ago; one of another SSRC does not count. */
gsize gst_camera_rtcp_write (guint8 *to, guint32 ssrc, const gchar *cname,
                             const GstCameraDepayCounters *counters, GstCameraRtcpPrior *prior,
                             const GstCameraSenderReport *report, gint64 since);

G_END_DECLS
