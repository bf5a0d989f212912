/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraleanmedia.h"

#include "camera/lean/gstcamerartcp.h"
#include "camera/lean/gstcamerarunningclock.h"

#define NTP_UNIX_EPOCH G_GINT64_CONSTANT (2208988800) /* s from 1900 to 1970 */

struct _GstCameraLeanMedia {
  guint index; /* in the SDP */
  const GstCameraLeanArrival *arrival;
  const GstCameraLeanMediaEvents *events;
  gpointer owner; /* no-ref */
  GstCameraDepay *depay;
  GstCameraRunningClock clock;
  guint32 ssrc; /* ours, of receiver reports */
  gboolean reported;
  GstCameraSenderReport report; /* the last */
  gint64 report_came;           /* monotonic, µs */
  GstCameraRtcpPrior prior;
};

static void
on_caps (gpointer owner, GstCaps *caps)
{
  GstCameraLeanMedia *self = owner;

  self->events->caps (self->owner, self->index, caps);
}

static void
on_unit (gpointer owner, const GstCameraUnit *unit)
{
  GstCameraLeanMedia *self = owner;
  GstClockTime pts = gst_camera_running_clock_next (&self->clock, unit->rtp, self->arrival->time,
                                                    self->arrival->period);

  self->events->unit (self->owner, self->index, unit, pts);
}

GstCameraLeanMedia *
gst_camera_lean_media_new (const GstCameraGrant *grant, const GstCameraLeanArrival *arrival,
                           const GstCameraLeanMediaEvents *events, gpointer owner)
{
  static const GstCameraDepayEvents depay_events = { .caps = on_caps, .unit = on_unit };
  GstCameraLeanMedia *self = g_new0 (GstCameraLeanMedia, 1);

  self->depay = gst_camera_depay_new (grant->caps, &depay_events, self);
  if (self->depay == NULL) {
    g_free (self);
    return NULL;
  }
  gst_camera_running_clock_init (&self->clock, gst_camera_depay_get_rate (self->depay));
  self->index = grant->media;
  self->arrival = arrival;
  self->events = events;
  self->owner = owner;
  self->ssrc = g_random_int ();
  return self;
}

void
gst_camera_lean_media_free (GstCameraLeanMedia *self)
{
  gst_camera_depay_free (self->depay);
  g_free (self);
}

gboolean
gst_camera_lean_media_take (GstCameraLeanMedia *self, const guint8 *packet, gsize size)
{
  return gst_camera_depay_take (self->depay, packet, size, self->arrival->monotonic);
}

GstCameraLeanNews
gst_camera_lean_media_take_rtcp (GstCameraLeanMedia *self, const guint8 *packet, gsize size)
{
  GstCameraLeanNews news = GST_CAMERA_LEAN_NOTHING;
  GstCameraDepayCounters counters;
  GstCameraRtcp rtcp;

  if (!gst_camera_rtcp_read (packet, size, &rtcp))
    return news;
  gst_camera_depay_get_counters (self->depay, &counters);
  /* Before the first packet nobody knows who sends: the first report is worth taking. */
  if (rtcp.has_report && (counters.packets == 0 || rtcp.report.ssrc == counters.ssrc)) {
    self->reported = TRUE;
    self->report = rtcp.report;
    self->report_came = self->arrival->monotonic;
    gst_camera_running_clock_report (&self->clock, rtcp.report.ntp, rtcp.report.rtp);
    news |= GST_CAMERA_LEAN_REPORT;
  }
  if (rtcp.bye && counters.packets > 0 && rtcp.bye_ssrc == counters.ssrc)
    news |= GST_CAMERA_LEAN_BYE;
  return news;
}

void
gst_camera_lean_media_flush (GstCameraLeanMedia *self)
{
  gst_camera_depay_flush (self->depay);
}

void
gst_camera_lean_media_lay_beside (GstCameraLeanMedia *self, const GstCameraLeanMedia *reference)
{
  gst_camera_running_clock_lay_beside (&self->clock, &reference->clock);
}

gboolean
gst_camera_lean_media_get_clock (const GstCameraLeanMedia *self, gint64 *camera_time,
                                 GstClockTime *running_time)
{
  GstClockTimeDiff time;

  if (!self->reported || self->report.ntp == 0
      || !gst_camera_running_clock_at (&self->clock, self->report.rtp, &time))
    return FALSE;
  *camera_time = ((gint64) (self->report.ntp >> 32) - NTP_UNIX_EPOCH) * G_USEC_PER_SEC
                 + (gint64) (((self->report.ntp & G_MAXUINT32) * G_USEC_PER_SEC) >> 32);
  if (time < 0) { /* a report of before we began */
    *camera_time -= time / 1000;
    time = 0;
  }
  *running_time = (GstClockTime) time;
  return TRUE;
}

gsize
gst_camera_lean_media_write_report (GstCameraLeanMedia *self, guint8 *to, const gchar *cname,
                                    gint64 now)
{
  GstCameraDepayCounters counters;

  gst_camera_depay_get_counters (self->depay, &counters);
  if (self->ssrc == counters.ssrc) /* RFC 3550, 8.2 */
    self->ssrc++;
  return gst_camera_rtcp_write (to, self->ssrc, cname, &counters, &self->prior,
                                self->reported ? &self->report : NULL, now - self->report_came);
}

void
gst_camera_lean_media_count (const GstCameraLeanMedia *self, GstCameraRtpCounters *counters)
{
  GstCameraDepayCounters own;

  gst_camera_depay_get_counters (self->depay, &own);
  counters->received += own.packets - own.duplicate;
  counters->lost += own.lost;
  counters->duplicate += own.duplicate;
}
