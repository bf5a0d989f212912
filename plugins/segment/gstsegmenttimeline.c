/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmenttimeline.h"

/* Timestamps that advance by this much more than the clock have jumped. */
#define JUMP_FORWARD ((GstClockTimeDiff) (10 * GST_SECOND))

/* Going back is a jump beyond what pictures out of order, or a bad decoding time, may do. */
#define JUMP_BACK ((GstClockTimeDiff) GST_SECOND)

/* No frame is shown so long before or after it is decoded. */
#define MAX_REORDER ((GstClockTimeDiff) (10 * GST_SECOND))

/* The least that is still a tick at 90 kHz. */
#define LEAST_STEP ((GstClockTimeDiff) (12 * GST_USECOND))

/* For the first frames, when nothing tells. */
#define DEFAULT_SPACING ((GstClockTimeDiff) (40 * GST_MSECOND))

/* Fills in a time that is missing. Returns: %FALSE when both were. */
static gboolean
complete (GstClockTimeDiff *pts, GstClockTimeDiff *dts)
{
  if (!GST_CLOCK_STIME_IS_VALID (*dts))
    *dts = *pts;
  else if (!GST_CLOCK_STIME_IS_VALID (*pts))
    *pts = *dts;
  return GST_CLOCK_STIME_IS_VALID (*dts);
}

/* Where a frame belongs by when it came. */
static GstClockTimeDiff
expect (const GstSegmentTimeline *timeline, GstClockTimeDiff duration, GstClockTimeDiff passed)
{
  GstClockTimeDiff spacing = duration > 0 ? duration : timeline->spacing;

  return timeline->dts + MAX (spacing, passed);
}

static gboolean
has_jumped (const GstSegmentTimeline *timeline, GstClockTimeDiff dts, GstClockTimeDiff passed)
{
  GstClockTimeDiff step = dts - timeline->dts;

  return step < -JUMP_BACK || step > passed + JUMP_FORWARD;
}

gboolean
gst_segment_timeline_next (GstSegmentTimeline *timeline, GstClockTimeDiff *pts,
                           GstClockTimeDiff *dts, GstClockTimeDiff duration, gint64 arrival)
{
  GstClockTimeDiff passed = (arrival - timeline->arrival) * (GstClockTimeDiff) GST_USECOND;
  gboolean known = complete (pts, dts);
  gboolean jumped = FALSE;

  if (!timeline->started) {
    timeline->spacing = duration > 0 ? duration : DEFAULT_SPACING;
    if (!known)
      *pts = *dts = 0;
  } else if (!known) {
    *pts = *dts = expect (timeline, duration, 0);
    timeline->repaired++;
  } else {
    *dts += timeline->shift;
    *pts += timeline->shift;
    jumped = has_jumped (timeline, *dts, passed);
    if (jumped) {
      GstClockTimeDiff move = expect (timeline, duration, passed) - *dts;

      timeline->shift += move;
      *dts += move;
      *pts += move;
    }
    if (*dts < timeline->dts + LEAST_STEP) {
      *dts = timeline->dts + LEAST_STEP;
      timeline->repaired++;
    }
  }
  if (ABS (*pts - *dts) > MAX_REORDER) {
    *pts = *dts;
    timeline->repaired++;
  }
  if (timeline->started && *dts - timeline->dts > LEAST_STEP && *dts - timeline->dts < JUMP_FORWARD)
    timeline->spacing = *dts - timeline->dts;
  timeline->started = TRUE;
  timeline->dts = *dts;
  timeline->arrival = arrival;
  return jumped;
}
