/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameratimeline.h"

#define JUMP GST_SECOND

void
gst_camera_timeline_init (GstCameraTimeline *self)
{
  *self = (GstCameraTimeline){ 0 };
}

GstClockTime
gst_camera_timeline_next (GstCameraTimeline *self, guint32 rtp, guint rate, GstClockTime pts)
{
  /* The difference is right over a wrap, and negative for a picture shown before the last one. */
  gint64 step = (gint32) (rtp - self->rtp) * (gint64) GST_SECOND / (gint64) rate;
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
  return self->time;
}

GstClockTimeDiff
gst_camera_timeline_correction (const GstCameraTimeline *self)
{
  return GST_CLOCK_DIFF (self->pts, self->time);
}
