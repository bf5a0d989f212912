/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerartcp.h"

#include "camera/lean/gstcamerabytes.h"

#include <string.h>

#define VERSION 0x80 /* 2, without padding */

enum { SENDER_REPORT = 200, RECEIVER_REPORT = 201, DESCRIPTION = 202, GOODBYE = 203 };

#define HEADER      4
#define SENDER_INFO 24 /* with the SSRC before it */
#define BLOCK       24
#define CNAME       1        /* RFC 3550, 6.5.1 */
#define LOST_MOST   0x7fffff /* 24 bits with a sign */

static void
read_report (const guint8 *body, GstCameraRtcp *rtcp)
{
  rtcp->has_report = TRUE;
  rtcp->report.ssrc = gst_camera_bytes_get_uint32 (body);
  rtcp->report.ntp = gst_camera_bytes_get_uint64 (body + 4);
  rtcp->report.rtp = gst_camera_bytes_get_uint32 (body + 12);
}

/* One packet. Gives its size, 0 when it makes no sense. */
static gsize
read_one (const guint8 *data, gsize size, GstCameraRtcp *rtcp)
{
  gsize whole;
  guint type;

  if (size < HEADER || data[0] >> 6 != 2)
    return 0;
  type = data[1];
  whole = HEADER + 4 * (gsize) gst_camera_bytes_get_uint16 (data + 2);
  if (type < 192 || type > 223 || whole > size) /* RFC 5761, 4 */
    return 0;
  if (type == SENDER_REPORT && whole < HEADER + SENDER_INFO)
    return 0;
  if (type == SENDER_REPORT && !rtcp->has_report)
    read_report (data + HEADER, rtcp);
  if (type == GOODBYE && !rtcp->bye && (data[0] & 0x1f) > 0 && whole >= HEADER + 4)
    rtcp->bye_ssrc = gst_camera_bytes_get_uint32 (data + HEADER);
  rtcp->bye |= type == GOODBYE;
  return whole;
}

gboolean
gst_camera_rtcp_read (const guint8 *data, gsize size, GstCameraRtcp *rtcp)
{
  gsize done = 0;
  gsize one;

  *rtcp = (GstCameraRtcp){ 0 };
  while ((one = read_one (data + done, size - done, rtcp)) > 0)
    done += one;
  return done > 0;
}

/* Of those expected since the last report, in 256ths (RFC 3550, A.3). */
static guint8
fraction_lost (guint32 expected, guint32 received, GstCameraRtcpPrior *prior)
{
  gint32 all = (gint32) (expected - prior->expected); /* right over a wrap */
  gint64 missing = (gint64) all - (gint32) (received - prior->received);

  *prior = (GstCameraRtcpPrior){ expected, received };
  if (all <= 0 || missing <= 0)
    return 0;
  return (guint8) MIN ((missing << 8) / all, G_MAXUINT8);
}

/* RFC 3550, 6.4.1; @since in µs, in the packet in 65536ths of a second. */
static void
write_block (guint8 *to, const GstCameraDepayCounters *counters, GstCameraRtcpPrior *prior,
             const GstCameraSenderReport *report, gint64 since)
{
  guint32 expected = (guint32) (counters->packets + counters->lost);
  guint8 fraction = fraction_lost (expected, (guint32) counters->packets, prior);
  guint32 lsr = 0;
  guint32 dlsr = 0;

  if (report != NULL && report->ssrc == counters->ssrc)
    lsr = (guint32) (report->ntp >> 16);
  if (lsr != 0)
    dlsr = (guint32) MIN (gst_util_uint64_scale ((guint64) MAX (since, 0), 65536, G_USEC_PER_SEC),
                          G_MAXUINT32);
  GST_WRITE_UINT32_BE (to, counters->ssrc);
  GST_WRITE_UINT32_BE (to + 4, (guint32) MIN (counters->lost, LOST_MOST));
  to[4] = fraction;
  GST_WRITE_UINT32_BE (to + 8, counters->highest);
  GST_WRITE_UINT32_BE (to + 12, counters->jitter);
  GST_WRITE_UINT32_BE (to + 16, lsr);
  GST_WRITE_UINT32_BE (to + 20, dlsr);
}

static void
write_header (guint8 *to, guint count, guint type, gsize size)
{
  to[0] = (guint8) (VERSION | count);
  to[1] = (guint8) type;
  GST_WRITE_UINT16_BE (to + 2, (guint16) (size / 4 - 1));
}

/* RFC 3550, 6.5: zeros end the chunk, one at least. */
static gsize
write_description (guint8 *to, guint32 ssrc, const gchar *cname)
{
  gsize length = MIN (strlen (cname), GST_CAMERA_RTCP_CNAME);
  gsize size = HEADER + 4 + (2 + length + 1 + 3) / 4 * 4;

  memset (to, 0, size);
  write_header (to, 1, DESCRIPTION, size);
  GST_WRITE_UINT32_BE (to + HEADER, ssrc);
  to[HEADER + 4] = CNAME;
  to[HEADER + 5] = (guint8) length;
  memcpy (to + HEADER + 6, cname, length);
  return size;
}

gsize
gst_camera_rtcp_write (guint8 *to, guint32 ssrc, const gchar *cname,
                       const GstCameraDepayCounters *counters, GstCameraRtcpPrior *prior,
                       const GstCameraSenderReport *report, gint64 since)
{
  gboolean heard = counters->packets > 0;
  gsize size = HEADER + 4 + (heard ? BLOCK : 0);

  write_header (to, heard ? 1 : 0, RECEIVER_REPORT, size);
  GST_WRITE_UINT32_BE (to + HEADER, ssrc);
  if (heard)
    write_block (to + HEADER + 4, counters, prior, report, since);
  return size + write_description (to + size, ssrc, cname);
}
