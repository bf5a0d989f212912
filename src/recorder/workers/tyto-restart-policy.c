/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-restart-policy.h"

#include <string.h>

void
tyto_restart_policy_init (TytoRestartPolicy *self)
{
  *self = (TytoRestartPolicy){ .backoff = TYTO_BACKOFF_INIT };
}

static void
forget_before (TytoRestartPolicy *self, gint64 limit_us)
{
  guint old = 0;

  while (old < self->n_deaths && self->deaths[old] <= limit_us)
    old++;
  self->n_deaths -= old;
  memmove (self->deaths, self->deaths + old, self->n_deaths * sizeof self->deaths[0]);
}

guint
tyto_restart_policy_died (TytoRestartPolicy *self, gint64 born_us, gint64 now_us, gboolean *parked)
{
  if (now_us - born_us >= TYTO_RESTART_HEALTHY_US)
    tyto_backoff_reset (&self->backoff);

  forget_before (self, now_us - TYTO_RESTART_WINDOW_US);
  self->deaths[self->n_deaths++] = now_us;

  *parked = self->n_deaths > TYTO_RESTART_MAX_DEATHS;
  if (*parked) {
    tyto_restart_policy_reset (self);
    return TYTO_RESTART_PARK_MS;
  }
  return tyto_backoff_next (&self->backoff);
}

void
tyto_restart_policy_reset (TytoRestartPolicy *self)
{
  self->n_deaths = 0;
  tyto_backoff_reset (&self->backoff);
}
