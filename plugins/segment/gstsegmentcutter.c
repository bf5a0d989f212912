/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentclock.h"

struct _GstSegmentCutter {
  GMutex lock;
  guint length; /* s */
  GstSegmentClock clock;
  gboolean started;
  gboolean caps_changed;
  gint64 boundary;          /* µs: the next one */
  GstClockTime key_time;    /* running time of the last key frame */
  GstClockTime frame_time;  /* running time of the last frame */
  GstClockTime frame_delta; /* between the last two frames in order of presentation */
  GstClockTime end;         /* of the last frame to be shown */
  GQueue cuts;              /* (element-type GstSegmentCut) */
};

GstSegmentCutter *
gst_segment_cutter_new (guint length)
{
  GstSegmentCutter *cutter = g_new0 (GstSegmentCutter, 1);

  g_mutex_init (&cutter->lock);
  g_queue_init (&cutter->cuts);
  cutter->length = length;
  return cutter;
}

void
gst_segment_cutter_free (GstSegmentCutter *cutter)
{
  g_queue_clear_full (&cutter->cuts, g_free);
  g_mutex_clear (&cutter->lock);
  g_free (cutter);
}

void
gst_segment_cutter_caps_changed (GstSegmentCutter *cutter)
{
  g_mutex_lock (&cutter->lock);
  cutter->caps_changed = cutter->started;
  g_mutex_unlock (&cutter->lock);
}

static void
fill_cut (GstSegmentCutter *cutter, GstSegmentCut *cut, GstClockTime running_time,
          const gchar *reason)
{
  cut->running_time = running_time;
  cut->wall = gst_segment_clock_wall (&cutter->clock, running_time);
  cut->monotonic = gst_segment_clock_monotonic (&cutter->clock, running_time);
  cut->reason = reason;
}

static void
decide_cut (GstSegmentCutter *cutter, GstClockTime running_time, const gchar *reason)
{
  GstSegmentCut *cut = g_new0 (GstSegmentCut, 1);

  fill_cut (cutter, cut, running_time, reason);
  g_queue_push_tail (&cutter->cuts, cut);
  cutter->boundary = gst_segment_clock_boundary (cut->wall, cutter->length);
  cutter->caps_changed = FALSE;
}

static void
note_time (GstSegmentCutter *cutter, GstClockTime running_time, GstClockTime duration)
{
  if (GST_CLOCK_TIME_IS_VALID (cutter->frame_time) && running_time > cutter->frame_time)
    cutter->frame_delta = running_time - cutter->frame_time;
  cutter->frame_time = running_time;
  /* Parsers that do not know the frame rate leave the duration out. */
  if (!GST_CLOCK_TIME_IS_VALID (duration) || duration == 0)
    duration = cutter->frame_delta;
  cutter->end = MAX (cutter->end, running_time + duration);
}

static const gchar *
find_reason (GstSegmentCutter *cutter, GstClockTime running_time)
{
  gboolean stepped
      = gst_segment_clock_check (&cutter->clock, g_get_real_time (), g_get_monotonic_time ());

  if (cutter->caps_changed)
    return "caps";
  if (stepped)
    return "clock";
  if (gst_segment_clock_wall (&cutter->clock, running_time) >= cutter->boundary)
    return "boundary";
  return NULL;
}

static GstSegmentCutterVerdict
start_run (GstSegmentCutter *cutter, GstClockTime running_time, gboolean key, GstClockTimeDiff lag)
{
  gint64 lag_us = lag / GST_USECOND;

  if (!key)
    return GST_SEGMENT_CUTTER_DROP;
  gst_segment_clock_start (&cutter->clock, running_time, g_get_real_time () - lag_us,
                           g_get_monotonic_time () - lag_us);
  cutter->started = TRUE;
  cutter->frame_time = GST_CLOCK_TIME_NONE;
  decide_cut (cutter, running_time, NULL);
  return GST_SEGMENT_CUTTER_PASS;
}

GstSegmentCutterVerdict
gst_segment_cutter_frame (GstSegmentCutter *cutter, GstClockTime running_time,
                          GstClockTime duration, gboolean key, GstClockTimeDiff lag,
                          GstClockTime *split_after)
{
  GstSegmentCutterVerdict verdict = GST_SEGMENT_CUTTER_PASS;
  const gchar *reason = NULL;

  g_mutex_lock (&cutter->lock);
  if (!cutter->started) {
    verdict = start_run (cutter, running_time, key, lag);
  } else if (key) {
    reason = find_reason (cutter, running_time);
    if (reason != NULL) {
      decide_cut (cutter, running_time, reason);
      *split_after = cutter->key_time;
      verdict = GST_SEGMENT_CUTTER_CUT;
    }
  }
  if (verdict != GST_SEGMENT_CUTTER_DROP) {
    note_time (cutter, running_time, duration);
    if (key)
      cutter->key_time = running_time;
  }
  g_mutex_unlock (&cutter->lock);
  return verdict;
}

gboolean
gst_segment_cutter_take (GstSegmentCutter *cutter, GstClockTime running_time, GstSegmentCut *cut)
{
  g_autofree GstSegmentCut *decided = NULL;

  g_mutex_lock (&cutter->lock);
  decided = g_queue_pop_head (&cutter->cuts);
  if (decided != NULL)
    *cut = *decided;
  else
    fill_cut (cutter, cut, running_time, NULL);
  g_mutex_unlock (&cutter->lock);
  return decided != NULL;
}

const gchar *
gst_segment_cutter_end (GstSegmentCutter *cutter, GstClockTime *end)
{
  const GstSegmentCut *next;
  const gchar *reason = "eos";

  g_mutex_lock (&cutter->lock);
  next = g_queue_peek_head (&cutter->cuts);
  *end = next != NULL ? next->running_time : cutter->end;
  if (next != NULL)
    reason = next->reason;
  g_mutex_unlock (&cutter->lock);
  return reason;
}
