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
is_out_of_order (const GstSegmentTimeline *timeline, GstClockTimeDiff dts, GstClockTimeDiff passed)
{
  GstClockTimeDiff step = dts - timeline->dts;

  return step < -JUMP_BACK || step > passed + JUMP_FORWARD;
}

/* Finds the shift that fits a frame of the stream's own time @dts. Returns: whether it is another
 * than before. */
static gboolean
find_shift (GstSegmentTimeline *timeline, GstClockTimeDiff dts, GstClockTimeDiff duration,
            GstClockTimeDiff passed)
{
  gboolean fits = !is_out_of_order (timeline, dts + timeline->shift, passed);
  gboolean fits_other
      = timeline->doubted && !is_out_of_order (timeline, dts + timeline->other, passed);

  timeline->doubted = !fits && !fits_other;
  if (fits)
    return FALSE;
  if (fits_other) {
    timeline->shift = timeline->other;
    return TRUE;
  }
  timeline->other = expect (timeline, duration, passed) - dts;
  return FALSE;
}

/* Decoding times grow, and presentation is not far from them. Of a frame that is doubted neither
 * time is to be trusted. */
static void
mend (GstSegmentTimeline *timeline, GstClockTimeDiff *pts, GstClockTimeDiff *dts)
{
  gboolean early = timeline->started && *dts < timeline->dts + LEAST_STEP;
  gboolean far = timeline->doubted || ABS (*pts - *dts) > MAX_REORDER;

  if (early)
    *dts = timeline->dts + LEAST_STEP;
  if (far)
    *pts = *dts;
  timeline->repaired += early || far;
}

gboolean
gst_segment_timeline_next (GstSegmentTimeline *timeline, GstClockTimeDiff *pts,
                           GstClockTimeDiff *dts, GstClockTimeDiff duration, gint64 arrival)
{
  GstClockTimeDiff passed = (arrival - timeline->arrival) * (GstClockTimeDiff) GST_USECOND;
  gboolean jumped = FALSE;

  if (!complete (pts, dts)) {
    *pts = *dts = timeline->started ? expect (timeline, duration, 0) : 0;
    timeline->repaired++;
  } else if (timeline->started) {
    GstClockTimeDiff shift;

    jumped = find_shift (timeline, *dts, duration, passed);
    shift = timeline->doubted ? timeline->other : timeline->shift;
    *dts += shift;
    *pts += shift;
  }
  mend (timeline, pts, dts);
  if (!timeline->started)
    timeline->spacing = duration > 0 ? duration : DEFAULT_SPACING;
  else if (*dts - timeline->dts > LEAST_STEP && *dts - timeline->dts < JUMP_FORWARD)
    timeline->spacing = *dts - timeline->dts;
  timeline->started = TRUE;
  timeline->dts = *dts;
  timeline->arrival = arrival;
  return jumped;
}
