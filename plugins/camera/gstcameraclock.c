/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameraclock.h"

#include <gst/rtp/gstrtpbuffer.h>

#define INTERVAL_US    (10 * G_USEC_PER_SEC)
#define NTP_UNIX_EPOCH G_GINT64_CONSTANT (2208988800) /* s from 1900 to 1970 */

struct _GstCameraClock {
  GstCameraClockFunc func;
  gpointer owner; /* no-ref */

  GMutex lock;           /* guards what follows */
  gint64 last_monotonic; /* µs; 0 before the first report */
  gboolean waiting;      /* for a packet */
  guint64 ntp;           /* ns since 1900 */
  guint32 rtp;
  guint clock_rate;
};

GstCameraClock *
gst_camera_clock_new (GstCameraClockFunc func, gpointer owner)
{
  GstCameraClock *self = g_new0 (GstCameraClock, 1);

  self->func = func;
  self->owner = owner;
  g_mutex_init (&self->lock);
  return self;
}

void
gst_camera_clock_free (GstCameraClock *self)
{
  g_mutex_clear (&self->lock);
  g_free (self);
}

static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstCameraClock *self = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstRTPBuffer packet = GST_RTP_BUFFER_INIT;
  gint64 camera_time, running_time;
  gint32 ticks;

  if (!GST_BUFFER_PTS_IS_VALID (buffer) || !gst_rtp_buffer_map (buffer, GST_MAP_READ, &packet))
    return GST_PAD_PROBE_OK;

  g_mutex_lock (&self->lock);
  ticks = (gint32) (self->rtp - gst_rtp_buffer_get_timestamp (&packet));
  running_time = (gint64) GST_BUFFER_PTS (buffer)
                 + (gint64) ticks * (gint64) GST_SECOND / (gint64) self->clock_rate;
  camera_time = (gint64) (self->ntp / 1000) - NTP_UNIX_EPOCH * G_USEC_PER_SEC;
  self->waiting = FALSE;
  g_mutex_unlock (&self->lock);
  gst_rtp_buffer_unmap (&packet);

  if (running_time < 0) {
    camera_time -= running_time / 1000;
    running_time = 0;
  }
  self->func (self->owner, camera_time, running_time);
  return GST_PAD_PROBE_REMOVE;
}

void
gst_camera_clock_report (GstCameraClock *self, const GstStructure *report, GstPad *pad)
{
  guint64 ntp = 0, rtp = G_MAXUINT64;
  gint64 now = g_get_monotonic_time ();
  guint clock_rate = 0;
  gboolean look;

  gst_structure_get (report, "sr-ntpnstime", G_TYPE_UINT64, &ntp, "sr-ext-rtptime", G_TYPE_UINT64,
                     &rtp, "clock-rate", G_TYPE_UINT, &clock_rate, NULL);
  /* An NTP time of 0 says that the camera has no clock. */
  if (ntp == 0 || rtp == G_MAXUINT64 || clock_rate == 0)
    return;

  g_mutex_lock (&self->lock);
  look = !self->waiting && (self->last_monotonic == 0 || now - self->last_monotonic >= INTERVAL_US);
  if (look) {
    self->waiting = TRUE;
    self->last_monotonic = now;
    self->ntp = ntp;
    self->rtp = (guint32) rtp;
    self->clock_rate = clock_rate;
  }
  g_mutex_unlock (&self->lock);
  if (look)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_packet, self, NULL);
}
