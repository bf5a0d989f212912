/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-thread.h"

#include <sys/resource.h>

#define NICE  10
#define RESTS 3 /* times as long as a picture took */

struct _TytoThumbnailThread {
  GThreadPool *pool; /* one thread, which is its own: it is made nice for good */
  void (*make) (gpointer job);
  gboolean is_nice; /* of the thread */

  GMutex lock;
  guint pushed; /* jobs that are not done */
  gint64 rests_until_us;
};

static void
run (gpointer job, gpointer user_data)
{
  TytoThumbnailThread *self = user_data;
  gint64 began_us = g_get_monotonic_time ();
  gint64 ended_us;

  if (!self->is_nice)
    setpriority (PRIO_PROCESS, 0, NICE); /* Linux: of the calling thread */
  self->is_nice = TRUE;
  self->make (job);
  ended_us = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  self->pushed--;
  self->rests_until_us = ended_us + RESTS * (ended_us - began_us);
  g_mutex_unlock (&self->lock);
}

TytoThumbnailThread *
tyto_thumbnail_thread_new (void (*make) (gpointer job))
{
  TytoThumbnailThread *self = g_new0 (TytoThumbnailThread, 1);

  g_mutex_init (&self->lock);
  self->make = make;
  self->pool = g_thread_pool_new (run, self, 1, TRUE, NULL);
  return self;
}

void
tyto_thumbnail_thread_free (TytoThumbnailThread *self)
{
  g_thread_pool_free (self->pool, FALSE, TRUE);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
tyto_thumbnail_thread_push (TytoThumbnailThread *self, gpointer job, gboolean asked_for)
{
  gboolean taken;

  g_mutex_lock (&self->lock);
  taken = asked_for || (self->pushed == 0 && g_get_monotonic_time () >= self->rests_until_us);
  if (taken)
    self->pushed++;
  g_mutex_unlock (&self->lock);
  if (taken)
    g_thread_pool_push (self->pool, job, NULL);
  return taken;
}
