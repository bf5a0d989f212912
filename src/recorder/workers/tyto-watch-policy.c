/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-watch-policy.h"

#include <string.h>

#define NEVER       (-1)
#define S           ((gint64) G_USEC_PER_SEC)
#define CPU_SPAN    (TYTO_WATCH_CPU_SPAN_S * S)
#define MIN_RATE_S  30 /* shorter segments are counted over this long */
#define LONGEST_MAX (300 * S)

/* Keeps one sample from before the span, so that the span is covered. */
static void
forget_old (TytoWorkerPolicy *self, gint64 now_us)
{
  guint old = 0;

  while (old + 1 < self->n && self->at_us[old + 1] <= now_us - CPU_SPAN)
    old++;
  if (old == 0 && self->n == TYTO_WATCH_CPU_SAMPLES)
    old = 1;
  self->n -= old;
  memmove (self->at_us, self->at_us + old, self->n * sizeof self->at_us[0]);
  memmove (self->cpu_us, self->cpu_us + old, self->n * sizeof self->cpu_us[0]);
}

TytoWorkerVerdict
tyto_worker_policy_judge (TytoWorkerPolicy *self, gint64 now_us, gint64 cpu_us, guint64 memory,
                          const TytoWorkerLimits *limits)
{
  TytoWorkerVerdict verdict = { .cpu = -1 };

  forget_old (self, now_us);
  self->at_us[self->n] = now_us;
  self->cpu_us[self->n++] = cpu_us;
  if (now_us - self->at_us[0] >= CPU_SPAN)
    verdict.cpu = (double) (cpu_us - self->cpu_us[0]) / (double) (now_us - self->at_us[0]);
  verdict.high_cpu = limits->cpu > 0 && verdict.cpu > limits->cpu;

  /* One sample may have met the moment of a thumbnail. */
  self->over_memory = limits->memory > 0 && memory > limits->memory ? self->over_memory + 1 : 0;
  verdict.high_memory = self->over_memory >= TYTO_WATCH_MEMORY_SAMPLES;
  verdict.restart = verdict.high_memory;
  return verdict;
}

void
tyto_camera_policy_init (TytoCameraPolicy *self)
{
  *self = (TytoCameraPolicy){ .since_us = NEVER,
                              .closed_us = NEVER,
                              .before_us = NEVER,
                              .written_us = NEVER,
                              .size = -1,
                              .restarts.span_us = TYTO_WATCH_RESTARTS_SPAN_S * S };
}

static void
see_writing (TytoCameraPolicy *self, gint64 now_us)
{
  self->longest_us = MIN (MAX (self->longest_us, now_us - self->written_us), LONGEST_MAX);
  self->written_us = now_us;
}

void
tyto_camera_policy_closed (TytoCameraPolicy *self, gint64 now_us)
{
  if (self->since_us == NEVER)
    return;
  self->before_us = self->closed_us;
  self->closed_us = now_us;
  see_writing (self, now_us);
}

static gboolean
is_rate_low (const TytoCameraPolicy *self, gint64 now_us, gint64 length_us)
{
  gint64 span_us = MAX (3 * length_us + length_us / 3, MIN_RATE_S * S);

  return now_us - MAX (self->since_us, self->before_us) > span_us;
}

static gboolean
is_stuck (const TytoCameraPolicy *self, gint64 now_us, gint64 length_us)
{
  /* A group of pictures longer than the segments is written all the same. */
  return now_us - MAX (self->since_us, self->closed_us) > 2 * length_us + TYTO_WATCH_GRACE_S * S
         && now_us - self->written_us > TYTO_WATCH_GRACE_S * S;
}

static void
begin (TytoCameraPolicy *self, gint64 now_us)
{
  self->since_us = now_us;
  self->written_us = now_us;
  self->closed_us = self->before_us = NEVER;
  self->longest_us = 0;
  self->size = -1;
}

static gboolean
may_restart (TytoCameraPolicy *self, gint64 now_us)
{
  if (now_us < self->rest_us)
    return FALSE;
  if (tyto_event_window_count (&self->restarts, now_us) < TYTO_WATCH_RESTARTS_MAX) {
    tyto_event_window_add (&self->restarts, now_us);
    return TRUE;
  }
  self->rest_us = now_us + TYTO_WATCH_REST_S * S;
  self->restarts.n = 0;
  return FALSE;
}

TytoCameraVerdict
tyto_camera_policy_judge (TytoCameraPolicy *self, gint64 now_us, gboolean recording, gint64 size,
                          guint segment_seconds)
{
  TytoCameraVerdict verdict = { 0 };
  gint64 length_us = segment_seconds * S;

  if (!recording) {
    self->since_us = NEVER;
  } else if (self->since_us == NEVER) {
    begin (self, now_us);
  } else {
    if (size >= 0 && size != self->size)
      see_writing (self, now_us);
    verdict.low_rate = is_rate_low (self, now_us, length_us);
    verdict.stuck = is_stuck (self, now_us, length_us);
  }
  self->size = size;
  if (verdict.stuck)
    verdict.restart = may_restart (self, now_us);
  verdict.unstable = now_us < self->rest_us;
  if (verdict.restart)
    self->since_us = NEVER; /* it begins anew */
  return verdict;
}

gboolean
tyto_camera_policy_should_write (const TytoCameraPolicy *self, gint64 now_us, gint64 limit_us,
                                 gboolean *writing)
{
  if (self->since_us == NEVER || now_us - self->since_us < TYTO_WATCH_SETTLE_S * S)
    return FALSE;
  *writing = now_us - self->written_us <= MAX (limit_us, 2 * self->longest_us);
  return TRUE;
}
