/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerarunningclock.h"

#define WINDOW    GST_CAMERA_RUNNING_CLOCK_WINDOW
#define SLOT      (GST_SECOND / 2)
#define JUMP      ((gint64) GST_SECOND)
#define SLOW      2000                           /* at most a 2000th: 500 ppm */
#define FAST      200                            /* 5000 ppm */
#define FIRST_RTP (G_GUINT64_CONSTANT (1) << 32) /* so that earlier ones are positive */

void
gst_camera_running_clock_init (GstCameraRunningClock *self, guint rate)
{
  g_return_if_fail (rate != 0);
  *self = (GstCameraRunningClock){ .rate = rate };
}

/* ns from @from to @to, extended RTP timestamps. */
static gint64
distance (const GstCameraRunningClock *self, guint64 from, guint64 to)
{
  if (to < from)
    return -distance (self, to, from);
  return (gint64) gst_util_uint64_scale_int (to - from, GST_SECOND, (gint) self->rate);
}

/* The difference is right over a wrap. */
static guint64
extend (const GstCameraRunningClock *self, guint32 rtp)
{
  return self->last + (guint64) (gint64) (gint32) (rtp - (guint32) self->last);
}

/* By the camera's clock alone. */
static gint64
plain_time (const GstCameraRunningClock *self, guint64 extended)
{
  return (gint64) self->base + distance (self, self->first, extended);
}

static GstClockTime
give (GstCameraRunningClock *self, guint64 extended)
{
  gint64 time = plain_time (self, extended) + self->correction + self->beside;
  GstClockTime given = (GstClockTime) MAX (time, 0);

  self->latest = MAX (self->latest, given);
  return given;
}

/* Begins anew: @extended is at @base. */
static void
anchor (GstCameraRunningClock *self, guint64 extended, GstClockTime base)
{
  self->started = TRUE;
  self->first = self->last = extended;
  self->base = base;
  self->correction = self->beside = 0;
  self->n_window = 0;
}

/* Where what comes after a jump belongs: it may have come together with what was before. */
static GstClockTime
get_place_after (const GstCameraRunningClock *self, GstClockTime arrival, GstClockTime period)
{
  return MAX (arrival - MIN (period, arrival), self->latest + (GstClockTime) self->step);
}

/* Whether the timestamps jumped: back, or ahead so far that it arrived before its time. A late
 * arrival alone is a stall, of the network or of us. */
static gboolean
has_jumped (const GstCameraRunningClock *self, guint64 extended, GstClockTime arrival)
{
  gint64 step = distance (self, self->last, extended);
  gint64 lag = (gint64) arrival - plain_time (self, extended);

  return step < -JUMP || (step > JUMP && MIN (self->least, self->correction) - lag > JUMP);
}

/* Whether all of the window came late. */
static gboolean
has_paused (const GstCameraRunningClock *self)
{
  return self->n_window >= WINDOW && self->least - self->correction > JUMP;
}

/* Takes how late @extended is into the half second of @arrival. */
static void
note_lag (GstCameraRunningClock *self, guint64 extended, GstClockTime arrival)
{
  gint64 lag = (gint64) arrival - plain_time (self, extended);
  gint64 *current;

  if (self->n_window == 0 || arrival >= self->window_at + SLOT) {
    self->window[self->n_window++ % WINDOW] = lag;
    self->window_at = arrival;
    self->least = lag;
    for (guint i = 0; i < MIN (self->n_window, WINDOW); i++)
      self->least = MIN (self->least, self->window[i]);
    return;
  }
  current = &self->window[(self->n_window - 1) % WINDOW];
  *current = MIN (*current, lag);
  self->least = MIN (self->least, lag);
}

/* Mends some of the correction: it is more than the least lag, or less by more than the packet of
 * that may have waited. */
static void
follow (GstCameraRunningClock *self, guint64 extended, GstClockTime period)
{
  gint64 step = MIN (distance (self, self->last, extended), JUMP);
  gint64 ahead = self->correction - self->least;
  gint64 behind;

  if (step <= 0)
    return;
  self->step = step;
  behind = -ahead - MIN ((gint64) period, step);
  if (ahead > 0)
    self->correction -= MIN (ahead, step / (ahead > JUMP ? FAST : SLOW));
  else if (behind > 0)
    self->correction += MIN (behind, step / SLOW);
}

GstClockTime
gst_camera_running_clock_next (GstCameraRunningClock *self, guint32 rtp, GstClockTime arrival,
                               GstClockTime period)
{
  guint64 extended = self->started ? extend (self, rtp) : FIRST_RTP + rtp;

  if (!self->started) {
    anchor (self, extended, arrival - MIN (period / 2, arrival));
  } else if (has_jumped (self, extended, arrival)) {
    extended = FIRST_RTP + rtp;
    anchor (self, extended, get_place_after (self, arrival, period));
    self->reported = FALSE;
  }
  note_lag (self, extended, arrival);
  if (has_paused (self)) {
    anchor (self, extended, get_place_after (self, arrival, period));
    note_lag (self, extended, arrival);
  }
  follow (self, extended, period);
  self->last = extended;
  return give (self, extended);
}

gboolean
gst_camera_running_clock_at (const GstCameraRunningClock *self, guint32 rtp, GstClockTimeDiff *time)
{
  if (!self->started)
    return FALSE;
  *time = plain_time (self, extend (self, rtp)) + self->correction + self->beside;
  return TRUE;
}

void
gst_camera_running_clock_report (GstCameraRunningClock *self, guint64 ntp, guint32 rtp)
{
  if (ntp == 0)
    return;
  self->reported = TRUE;
  self->report_ntp = ntp;
  self->report_rtp = rtp;
}

/* ns from @from to @to, 32.32. */
static gint64
ntp_distance (guint64 from, guint64 to)
{
  if ((gint64) (to - from) < 0)
    return -(gint64) gst_util_uint64_scale (from - to, GST_SECOND, G_GUINT64_CONSTANT (1) << 32);
  return (gint64) gst_util_uint64_scale (to - from, GST_SECOND, G_GUINT64_CONSTANT (1) << 32);
}

gboolean
gst_camera_running_clock_lay_beside (GstCameraRunningClock *self,
                                     const GstCameraRunningClock *reference)
{
  GstClockTimeDiff own = 0, other = 0;
  gint64 beside = 0;
  gboolean known = self->reported && reference->reported
                   && gst_camera_running_clock_at (self, self->report_rtp, &own)
                   && gst_camera_running_clock_at (reference, reference->report_rtp, &other);

  if (known)
    beside = other + ntp_distance (reference->report_ntp, self->report_ntp) - (own - self->beside);
  known = known && ABS (beside) <= JUMP;
  self->beside = known ? beside : 0;
  return known;
}
