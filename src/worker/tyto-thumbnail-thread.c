/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-thread.h"

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>

#define NICE  19
#define RESTS 3 /* times as long as it worked */
#define HELD  8 /* jobs nobody waits for */

struct _TytoThumbnailThread {
  GThreadPool *pool; /* one thread, which is its own: it is made nice for good */
  void (*make) (gpointer job);
  gboolean is_nice; /* of the thread */

  GMutex lock;
  GCond hurry;
  guint pushed; /* jobs that are not done */
  guint asked_for;
  gboolean ending;
  gint64 rests_until_us;
};

typedef struct {
  gpointer job;
  gboolean asked_for;
} Turn;

static void
rest (TytoThumbnailThread *self)
{
  g_mutex_lock (&self->lock);
  while (self->asked_for == 0 && !self->ending
         && g_cond_wait_until (&self->hurry, &self->lock, self->rests_until_us))
    ;
  g_mutex_unlock (&self->lock);
}

/* µs of CPU of this thread */
static gint64
worked_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
run (gpointer data, gpointer user_data)
{
  g_autofree Turn *turn = data;
  TytoThumbnailThread *self = user_data;
  gint64 before_us;
  gboolean is_idle;

  if (!self->is_nice)
    setpriority (PRIO_PROCESS, 0, NICE); /* Linux: of the calling thread */
  self->is_nice = TRUE;
  rest (self);
  before_us = worked_us ();
  self->make (turn->job);

  g_mutex_lock (&self->lock);
  self->pushed--;
  if (turn->asked_for)
    self->asked_for--;
  self->rests_until_us = g_get_monotonic_time () + RESTS * (worked_us () - before_us);
  is_idle = self->pushed == 0;
  g_mutex_unlock (&self->lock);
  /* What decoders leave lies scattered among what lasts: 7 MB with 64 cameras; takes 1 ms. */
  if (is_idle)
    malloc_trim (0);
}

TytoThumbnailThread *
tyto_thumbnail_thread_new (void (*make) (gpointer job))
{
  TytoThumbnailThread *self = g_new0 (TytoThumbnailThread, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->hurry);
  self->make = make;
  self->pool = g_thread_pool_new (run, self, 1, TRUE, NULL);
  return self;
}

void
tyto_thumbnail_thread_free (TytoThumbnailThread *self)
{
  g_mutex_lock (&self->lock);
  self->ending = TRUE;
  g_cond_signal (&self->hurry);
  g_mutex_unlock (&self->lock);
  g_thread_pool_free (self->pool, FALSE, TRUE);
  g_cond_clear (&self->hurry);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
tyto_thumbnail_thread_push (TytoThumbnailThread *self, gpointer job, gboolean asked_for)
{
  gboolean taken;

  g_mutex_lock (&self->lock);
  taken = asked_for || self->pushed < HELD;
  if (taken)
    self->pushed++;
  if (asked_for) {
    self->asked_for++;
    g_cond_signal (&self->hurry);
  }
  g_mutex_unlock (&self->lock);
  if (taken) {
    Turn *turn = g_new (Turn, 1);
    *turn = (Turn){ job, asked_for };
    g_thread_pool_push (self->pool, turn, NULL);
  }
  return taken;
}
