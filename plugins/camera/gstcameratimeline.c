/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameratimeline.h"

#include "camera/gstcamerareorder.h"

#define JUMP     GST_SECOND
#define FURTHEST ((gint64) (10 * GST_SECOND))

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

GstClockTime
gst_camera_timeline_next (GstCameraTimeline *self, guint32 rtp, guint rate, GstClockTime pts)
{
  gint64 step = step_to (self, rtp, rate);
  gint64 step_of_manager = GST_CLOCK_DIFF (self->pts, pts);

  if (!self->started)
    self->time = pts;
  else if (ABS (step - step_of_manager) > JUMP)
    self->time = MAX ((gint64) self->time + step_of_manager, 0);
  else
    self->time = MAX ((gint64) self->time + step, 0);
  self->started = TRUE;
  self->rtp = rtp;
  self->pts = pts;
  return take_place (self, self->time);
}

GstClockTime
gst_camera_timeline_next_sound (GstCameraTimeline *self, GstClockTime wanted, GstClockTime duration)
{
  GstClockTimeDiff ahead = GST_CLOCK_DIFF (self->time, wanted);
  GstClockTime time;

  if (!GST_CLOCK_TIME_IS_VALID (duration) || duration == 0)
    return self->time = self->started ? MAX (self->time + 1, wanted) : wanted;
  if (!self->started || ahead > (GstClockTimeDiff) SOUND_TOLERANCE)
    time = wanted;
  else /* The clocks of sound and pictures may differ: an eighth of a per cent mends it. */
    time = self->time
           + CLAMP (ahead, -(GstClockTimeDiff) duration / 800, (GstClockTimeDiff) duration / 800);
  self->started = TRUE;
  self->time = time + duration;
  return time;
}

GstClockTimeDiff
gst_camera_timeline_correction (const GstCameraTimeline *self)
{
  return GST_CLOCK_DIFF (self->pts, self->time);
}
