/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-thread.h"

#include "worker/tyto-thumbnail-turn.h"

#include <malloc.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NICE  19
#define RESTS 3 /* times as long as it worked */
#define HELD  8 /* jobs nobody waits for */

/* µs between two tries to get the turn: at random up to twice as long, so that all have it. */
#define TURN_EVERY (50 * G_TIME_SPAN_MILLISECOND)

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
  const char *root;
  gboolean asked_for;
} Work;

/* Until then, or until somebody waits for a picture. Returns: FALSE: somebody does. */
static gboolean
rest (TytoThumbnailThread *self, gint64 until_us)
{
  gboolean in_time = TRUE;
  gboolean wanted;

  g_mutex_lock (&self->lock);
  while (in_time && self->asked_for == 0 && !self->ending)
    in_time = g_cond_wait_until (&self->hurry, &self->lock, until_us);
  wanted = self->asked_for > 0 || self->ending;
  g_mutex_unlock (&self->lock);
  return !wanted;
}

/* Returns: what ends the turn when it is closed, or -1. */
static int
take_turn (TytoThumbnailThread *self, const char *root)
{
  int fd = -1;

  while (root != NULL && !tyto_thumbnail_turn_try (root, &fd)) {
    gint64 again_us = g_get_monotonic_time () + g_random_int_range (TURN_EVERY, 2 * TURN_EVERY);

    if (!rest (self, again_us))
      break;
  }
  return fd;
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
  g_autofree Work *work = data;
  TytoThumbnailThread *self = user_data;
  gint64 before_us;
  gboolean is_idle;
  int turn = -1;

  if (!self->is_nice)
    setpriority (PRIO_PROCESS, 0, NICE); /* Linux: of the calling thread */
  self->is_nice = TRUE;
  if (rest (self, self->rests_until_us))
    turn = take_turn (self, work->root);
  before_us = worked_us ();
  self->make (work->job);
  if (turn >= 0)
    close (turn);

  g_mutex_lock (&self->lock);
  self->pushed--;
  if (work->asked_for)
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
tyto_thumbnail_thread_push (TytoThumbnailThread *self, gpointer job, const char *root,
                            gboolean asked_for)
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
    Work *work = g_new (Work, 1);
    *work = (Work){ job, root, asked_for };
    g_thread_pool_push (self->pool, work, NULL);
  }
  return taken;
}
