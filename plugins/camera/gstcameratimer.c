/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameratimer.h"

struct _GstCameraTimer {
  gatomicrefcount refs;
  GWeakRef owner;
  GstCameraTimerFunc func;
  GstClock *clock;
  GMutex lock;
  GstClockID id; /* (nullable): the pending wait; guarded by lock */
};

static void
timer_unref (gpointer data)
{
  GstCameraTimer *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_weak_ref_clear (&self->owner);
  gst_object_unref (self->clock);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean on_time (GstClock *clock, GstClockTime time, GstClockID id, gpointer data);

/* Called with the lock. */
static void
schedule (GstCameraTimer *self, GstClockTime delay)
{
  g_clear_pointer (&self->id, gst_clock_id_unref);
  self->id = gst_clock_new_single_shot_id (self->clock, gst_clock_get_time (self->clock) + delay);
  g_atomic_ref_count_inc (&self->refs);
  gst_clock_id_wait_async (self->id, on_time, self, timer_unref);
}

static gboolean
on_time (GstClock *clock, GstClockTime time, GstClockID id, gpointer data)
{
  GstCameraTimer *self = data;
  g_autoptr (GObject) owner = NULL;
  GstClockTime next;

  if (!GST_CLOCK_TIME_IS_VALID (time))
    return TRUE;
  g_mutex_lock (&self->lock);
  if (self->id == id)
    owner = g_weak_ref_get (&self->owner);
  g_mutex_unlock (&self->lock);
  if (owner == NULL)
    return TRUE;

  next = self->func (owner);

  g_mutex_lock (&self->lock);
  if (self->id == id && GST_CLOCK_TIME_IS_VALID (next))
    schedule (self, next);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

GstCameraTimer *
gst_camera_timer_new (GObject *owner, GstCameraTimerFunc func)
{
  GstCameraTimer *self = g_new0 (GstCameraTimer, 1);

  g_atomic_ref_count_init (&self->refs);
  g_weak_ref_init (&self->owner, owner);
  self->func = func;
  self->clock = gst_system_clock_obtain ();
  g_mutex_init (&self->lock);
  return self;
}

void
gst_camera_timer_start (GstCameraTimer *self, GstClockTime delay)
{
  gst_camera_timer_stop (self);
  g_mutex_lock (&self->lock);
  schedule (self, delay);
  g_mutex_unlock (&self->lock);
}

void
gst_camera_timer_stop (GstCameraTimer *self)
{
  g_mutex_lock (&self->lock);
  if (self->id != NULL) {
    gst_clock_id_unschedule (self->id);
    g_clear_pointer (&self->id, gst_clock_id_unref);
  }
  g_mutex_unlock (&self->lock);
}

void
gst_camera_timer_free (GstCameraTimer *self)
{
  gst_camera_timer_stop (self);
  timer_unref (self);
}
