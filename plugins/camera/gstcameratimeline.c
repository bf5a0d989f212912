/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameratimeline.h"

#define JUMP GST_SECOND

/* Sound this far from its picture is not noticed (ITU-R BT.1359-1). */
#define SOUND_TOLERANCE (40 * GST_MSECOND)

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
