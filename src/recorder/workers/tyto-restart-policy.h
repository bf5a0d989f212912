/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-restart-policy.h: how long to wait before a worker that died is started again.
 *
 * 1 s after the first death, twice as long after each further one, up to 30 s. A worker that lived
 * at least 10 s was healthy: the next wait is 1 s again. More than 5 deaths within 10 minutes,
 * healthy or not, park it for 30 minutes. Time is passed in, so that the rules can be tested
 * without waiting.
 */
#pragma once

#include "base/tyto-backoff.h"

G_BEGIN_DECLS

#define TYTO_RESTART_MAX_DEATHS 5                      /* in the window; one more parks */
#define TYTO_RESTART_WINDOW_US  (600 * G_USEC_PER_SEC) /* 10 min */
#define TYTO_RESTART_PARK_MS    (30 * 60 * 1000)       /* 30 min */
#define TYTO_RESTART_HEALTHY_US (10 * G_USEC_PER_SEC)  /* a life that resets the wait */

/* TytoRestartPolicy: a plain value. @deaths: monotonic times in µs, the oldest first. */
typedef struct {
  TytoBackoff backoff;
  gint64 deaths[TYTO_RESTART_MAX_DEATHS + 1];
  guint n_deaths;
} TytoRestartPolicy;

void tyto_restart_policy_init (TytoRestartPolicy *self);

/* Counts a death and gives the wait in ms before the next start.
 * @born_us, @now_us: when the worker was started and died, monotonic, µs
 * @parked: (out): whether the wait is a parking */
guint
tyto_restart_policy_died (TytoRestartPolicy *self, gint64 born_us, gint64 now_us, gboolean *parked);

/* Forgets all deaths: somebody has asked for another try. */
void tyto_restart_policy_reset (TytoRestartPolicy *self);

G_END_DECLS
