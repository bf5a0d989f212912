/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentclock.h"

/* Media that gain or lose more than one part in this many on our clock do not come from a camera in
 * real time, or were held up on their way. */
#define DRIFT_PART 50

/* Less is left as it is: when the last frame of a batch comes varies, too. */
#define DRIFT_TOLERANCE (50 * GST_MSECOND)

/* A lag beyond this is no latency of a live source but a clock unlike the data's: ignored. */
#define MAX_LAG (10 * GST_SECOND)

struct _GstSegmentCutter {
  GMutex lock;
  guint length;      /* s */
  gint64 not_before; /* µs */
  GstSegmentNow now;
  gpointer now_data;
  GstSegmentClock clock;
  gboolean started;
  const gchar *asked;       /* (nullable) static: the reason for a cut that was asked for */
  gint64 boundary;          /* µs: the next one */
  GstClockTime key_time;    /* running time of the last key frame */
  GstClockTime frame_time;  /* running time of the last frame */
  GstClockTime frame_delta; /* between the last two frames in order of presentation */
  GstClockTime end;         /* of the last frame to be shown */
  GstClockTime cut_time;    /* running time of the last cut */
  GstClockTimeDiff lag;     /* how late frames came when the map was right */
  GstClockTimeDiff low_lag; /* the least since the last cut: what is above it is the network's */
  GQueue cuts;              /* (element-type GstSegmentCut) */
};

static void
read_system_clocks (gpointer user_data, gint64 *wall, gint64 *monotonic)
{
  *wall = g_get_real_time ();
  *monotonic = g_get_monotonic_time ();
}

GstSegmentCutter *
gst_segment_cutter_new (guint length, gint64 not_before)
{
  GstSegmentCutter *cutter = g_new0 (GstSegmentCutter, 1);

  g_mutex_init (&cutter->lock);
  g_queue_init (&cutter->cuts);
  cutter->length = length;
  cutter->not_before = not_before;
  cutter->now = read_system_clocks;
  cutter->low_lag = G_MAXINT64;
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
gst_segment_cutter_set_now (GstSegmentCutter *cutter, GstSegmentNow now, gpointer user_data)
{
  g_mutex_lock (&cutter->lock);
  cutter->now = now;
  cutter->now_data = user_data;
  g_mutex_unlock (&cutter->lock);
}

/* A gap is the stronger reason: the segment before it ended where its last frame did. */
void
gst_segment_cutter_ask (GstSegmentCutter *cutter, const gchar *reason)
{
  g_mutex_lock (&cutter->lock);
  if (cutter->started && g_strcmp0 (cutter->asked, "gap") != 0)
    cutter->asked = reason;
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
  cut->clock_offset = cutter->clock.ahead;
}

/* How far the map is to be moved for the camera's clock, which drifted from ours. */
static GstClockTimeDiff
get_drift (GstSegmentCutter *cutter, GstClockTime running_time)
{
  GstClockTimeDiff limit = GST_CLOCK_DIFF (cutter->cut_time, running_time) / DRIFT_PART;
  GstClockTimeDiff drift = cutter->low_lag - cutter->lag;

  return ABS (drift) >= (GstClockTimeDiff) DRIFT_TOLERANCE && ABS (drift) <= limit ? drift : 0;
}

static void
follow_drift (GstSegmentCutter *cutter, GstSegmentCut *cut)
{
  cut->drift = get_drift (cutter, cut->running_time);
  gst_segment_clock_follow (&cutter->clock, cut->drift);
  /* Drift within the tolerance adds up until it is beyond. */
  if (ABS (cutter->low_lag - cutter->lag) >= (GstClockTimeDiff) DRIFT_TOLERANCE)
    cutter->lag = cutter->low_lag;
  cutter->low_lag = G_MAXINT64;
  cutter->cut_time = cut->running_time;
}

static void
decide_cut (GstSegmentCutter *cutter, GstClockTime running_time, const gchar *reason)
{
  GstSegmentCut *cut = g_new0 (GstSegmentCut, 1);

  cut->running_time = running_time;
  if (reason != NULL)
    follow_drift (cutter, cut);
  cut->previous_end
      = g_strcmp0 (reason, "gap") == 0 ? cutter->end : running_time + (GstClockTime) cut->drift;
  fill_cut (cutter, cut, running_time, reason);
  g_queue_push_tail (&cutter->cuts, cut);
  cutter->boundary = gst_segment_clock_boundary (cut->wall, cutter->length);
  cutter->asked = NULL;
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
  gint64 wall, monotonic;
  gboolean stepped;

  cutter->now (cutter->now_data, &wall, &monotonic);
  stepped = gst_segment_clock_check (&cutter->clock, wall, monotonic);
  if (cutter->asked != NULL)
    return cutter->asked;
  if (stepped)
    return "clock";
  if (gst_segment_clock_wall (&cutter->clock, running_time)
          + get_drift (cutter, running_time) / (gint64) GST_USECOND
      >= cutter->boundary)
    return "boundary";
  return NULL;
}

static GstSegmentCutterVerdict
start_run (GstSegmentCutter *cutter, GstClockTime running_time, gboolean key, GstClockTimeDiff lag)
{
  gint64 lag_us = lag >= 0 && lag <= (GstClockTimeDiff) MAX_LAG ? lag / (gint64) GST_USECOND : 0;

  gint64 wall, monotonic;

  if (!key)
    return GST_SEGMENT_CUTTER_DROP;
  cutter->now (cutter->now_data, &wall, &monotonic);
  gst_segment_clock_start (&cutter->clock, running_time, wall - lag_us, monotonic - lag_us,
                           cutter->not_before);
  cutter->started = TRUE;
  cutter->lag = lag;
  cutter->cut_time = running_time;
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
  cutter->low_lag = MIN (cutter->low_lag, lag);
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
  *end = next != NULL ? next->previous_end : cutter->end;
  if (next != NULL)
    reason = next->reason;
  g_mutex_unlock (&cutter->lock);
  return reason;
}

gint64
gst_segment_cutter_label (GstSegmentCutter *cutter, GstClockTime running_time)
{
  gint64 wall, monotonic;

  g_mutex_lock (&cutter->lock);
  if (cutter->started)
    wall = gst_segment_clock_wall (&cutter->clock, running_time);
  else
    cutter->now (cutter->now_data, &wall, &monotonic);
  g_mutex_unlock (&cutter->lock);
  return wall;
}
