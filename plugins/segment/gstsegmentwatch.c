/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentwatch.h"

struct _GstSegmentWatch {
  GMutex lock; /* held during a call, so that stopping can wait for its end */
  GstClockID id;
  GstSegmentWatchFunc func; /* (nullable): %NULL once stopped */
  gpointer user_data;
};

static void
clear_watch (gpointer data)
{
  GstSegmentWatch *watch = data;

  g_mutex_clear (&watch->lock);
}

static void
release_watch (gpointer data)
{
  g_atomic_rc_box_release_full (data, clear_watch);
}

static gboolean
on_tick (GstClock *clock, GstClockTime time, GstClockID id, gpointer user_data)
{
  GstSegmentWatch *watch = user_data;

  g_mutex_lock (&watch->lock);
  if (watch->func != NULL)
    watch->func (watch->user_data);
  g_mutex_unlock (&watch->lock);
  return TRUE;
}

GstSegmentWatch *
gst_segment_watch_start (GstClockTime interval, GstSegmentWatchFunc func, gpointer user_data)
{
  GstSegmentWatch *watch = g_atomic_rc_box_new0 (GstSegmentWatch);
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();

  g_mutex_init (&watch->lock);
  watch->func = func;
  watch->user_data = user_data;
  watch->id = gst_clock_new_periodic_id (clock, gst_clock_get_time (clock) + interval, interval);
  gst_clock_id_wait_async (watch->id, on_tick, g_atomic_rc_box_acquire (watch), release_watch);
  return watch;
}

void
gst_segment_watch_stop (GstSegmentWatch *watch)
{
  gst_clock_id_unschedule (watch->id);
  gst_clock_id_unref (watch->id);
  g_mutex_lock (&watch->lock);
  watch->func = NULL;
  g_mutex_unlock (&watch->lock);
  release_watch (watch);
}
