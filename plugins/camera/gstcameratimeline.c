/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameratimeline.h"

#include "camera/gstcamerareorder.h"

#define JUMP     ((gint64) GST_SECOND)
#define FURTHEST ((gint64) (10 * GST_SECOND))
#define PATIENCE (10 * GST_SECOND)

/* No nearer to another: it would be the same in a file. */
#define TICK ((GstClockTimeDiff) GST_CAMERA_REORDER_TICK)

/* Sound this far from its picture is not noticed (ITU-R BT.1359-1). */
#define SOUND_TOLERANCE (40 * GST_MSECOND)

void
gst_camera_timeline_init (GstCameraTimeline *self)
{
  *self = (GstCameraTimeline){ 0 };
}

/* The picture that has @time, or would have it in a file; NULL for none. */
static const GstClockTime *
find_at (const GstCameraTimeline *self, GstClockTime time)
{
  for (guint i = 0; i < MIN (self->n_places, GST_CAMERA_TIMELINE_PLACES); i++)
    if (ABS (GST_CLOCK_DIFF (self->places[i], time)) < TICK)
      return &self->places[i];
  return NULL;
}

static GstClockTime
take_place (GstCameraTimeline *self, GstClockTime time)
{
  const GstClockTime *other;

  while ((other = find_at (self, time)) != NULL)
    time = *other + TICK;
  self->places[self->n_places++ % GST_CAMERA_TIMELINE_PLACES] = time;
  return time;
}

/* The difference is right over a wrap, and negative for a picture shown before the last one. */
static gint64
step_to (const GstCameraTimeline *self, guint32 rtp, guint rate)
{
  return (gint32) (rtp - self->rtp) * (gint64) GST_SECOND / (gint64) rate;
}

GstClockTime
gst_camera_timeline_expect (const GstCameraTimeline *self, guint32 rtp, guint rate)
{
  gint64 step = self->started ? step_to (self, rtp, rate) : 0;

  if (step == 0 || ABS (step) > FURTHEST)
    return GST_CLOCK_TIME_NONE;
  return (GstClockTime) MAX ((gint64) self->pts + step, 0);
}

GstClockTime
gst_camera_timeline_next_timeless (GstCameraTimeline *self, GstClockTime before)
{
  return take_place (self, before + TICK);
}

/* @since: when the session manager began to be ahead for nothing that the timestamps show */
static gboolean
has_patience (GstClockTime since, GstClockTime arrival)
{
  return arrival < since + PATIENCE;
}

/* How far a picture is from the last one, @step by its timestamp. */
static gint64
choose_step (GstCameraTimeline *self, gint64 step, GstClockTime pts, GstClockTime arrival)
{
  gint64 step_of_manager = GST_CLOCK_DIFF (self->pts, pts);
  gint64 ahead;

  if (ABS (step - step_of_manager) > JUMP) {
    if (ABS (step) > JUMP || !GST_CLOCK_TIME_IS_VALID (arrival)) {
      self->apart = FALSE;
      return step_of_manager;
    }
    if (!self->apart) {
      self->apart_since = arrival;
      self->before = GST_CLOCK_DIFF (self->time, self->pts);
    }
    self->apart = TRUE;
  }
  if (!self->apart)
    return step;
  ahead = GST_CLOCK_DIFF (self->time, pts) - step - self->before;
  self->apart = ABS (ahead) > JUMP && (ahead < 0 || has_patience (self->apart_since, arrival));
  return ahead > JUMP && !self->apart ? step + ahead : step;
}

GstClockTime
gst_camera_timeline_next (GstCameraTimeline *self, guint32 rtp, guint rate, GstClockTime pts,
                          GstClockTime arrival)
{
  gint64 step = self->started ? choose_step (self, step_to (self, rtp, rate), pts, arrival) : 0;

  self->time = self->started ? (GstClockTime) MAX ((gint64) self->time + step, 0) : pts;
  self->started = TRUE;
  self->rtp = rtp;
  self->pts = pts;
  return take_place (self, self->time);
}

gboolean
gst_camera_timeline_sound_leaps (GstCameraTimeline *self, guint32 rtp, guint rate)
{
  gint64 step = step_to (self, rtp, rate);
  gboolean leaps = FALSE;

  if (rtp != self->rtp) { /* a packet may hold more than one frame */
    leaps = self->started && ABS (step - (gint64) self->since) > (gint64) SOUND_TOLERANCE;
    self->rtp = rtp;
    self->since = 0;
  }
  return leaps;
}

static gboolean
is_ahead (GstCameraTimeline *self, GstClockTimeDiff ahead, GstClockTime arrival)
{
  if (ahead <= (GstClockTimeDiff) SOUND_TOLERANCE) {
    self->apart = FALSE;
    return FALSE;
  }
  if (!GST_CLOCK_TIME_IS_VALID (arrival))
    return TRUE;
  if (!self->apart)
    self->apart_since = arrival;
  self->apart = has_patience (self->apart_since, arrival);
  return !self->apart;
}

GstClockTime
gst_camera_timeline_next_sound (GstCameraTimeline *self, GstClockTime wanted, GstClockTime duration,
                                GstClockTime arrival)
{
  GstClockTimeDiff ahead = GST_CLOCK_DIFF (self->time, wanted);
  GstClockTime time;

  if (!GST_CLOCK_TIME_IS_VALID (duration) || duration == 0)
    return self->time = self->started ? MAX (self->time + 1, wanted) : wanted;
  if (!self->started || is_ahead (self, ahead, arrival))
    time = wanted;
  else /* The clocks of sound and pictures may differ: an eighth of a per cent mends it. */
    time = self->time
           + CLAMP (ahead, -(GstClockTimeDiff) duration / 800, (GstClockTimeDiff) duration / 800);
  self->started = TRUE;
  self->time = time + duration;
  self->since += duration;
  return time;
}

GstClockTimeDiff
gst_camera_timeline_correction (const GstCameraTimeline *self)
{
  return GST_CLOCK_DIFF (self->pts, self->time);
}
