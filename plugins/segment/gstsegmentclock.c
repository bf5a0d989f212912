/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentclock.h"

void
gst_segment_clock_start (GstSegmentClock *clock, GstClockTime running_time, gint64 wall,
                         gint64 monotonic, gint64 not_before)
{
  clock->ahead = MAX (not_before - wall, 0);
  if (clock->ahead > GST_SEGMENT_CLOCK_MAX_AHEAD)
    clock->ahead = 0;
  clock->wall_offset = wall + clock->ahead - (gint64) GST_TIME_AS_USECONDS (running_time);
  clock->monotonic_offset = monotonic * 1000 - (gint64) running_time;
  clock->reference = wall - monotonic;
}

gint64
gst_segment_clock_wall (const GstSegmentClock *clock, GstClockTime running_time)
{
  return clock->wall_offset + (gint64) GST_TIME_AS_USECONDS (running_time);
}

GstClockTime
gst_segment_clock_monotonic (const GstSegmentClock *clock, GstClockTime running_time)
{
  return (GstClockTime) MAX (clock->monotonic_offset + (gint64) running_time, 0);
}

gboolean
gst_segment_clock_check (GstSegmentClock *clock, gint64 wall, gint64 monotonic)
{
  gint64 step = wall - monotonic - clock->reference;

  if (ABS (step) < GST_SEGMENT_CLOCK_STEP)
    return FALSE;

  clock->reference += step;
  clock->ahead -= step;
  if (clock->ahead < 0 || clock->ahead > GST_SEGMENT_CLOCK_MAX_AHEAD) {
    clock->wall_offset -= clock->ahead;
    clock->ahead = 0;
  }
  return TRUE;
}

void
gst_segment_clock_follow (GstSegmentClock *clock, GstClockTimeDiff drift)
{
  clock->wall_offset += drift / (gint64) GST_USECOND;
  clock->monotonic_offset += drift;
}

gint64
gst_segment_clock_boundary (gint64 wall, guint length)
{
  gint64 span = length * G_TIME_SPAN_SECOND;
  gint64 count = wall / span;

  /* C rounds towards zero; before the epoch that is already the next boundary. */
  if (wall >= 0 || wall % span == 0)
    count++;
  return count * span;
}
