/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/alerts/tyto-loss-window.h"

#include <string.h>

#define SPAN_US (TYTO_LOSS_WINDOW_S * (gint64) G_USEC_PER_SEC)
#define STEP_US (SPAN_US / (TYTO_LOSS_WINDOW_STEPS - 1))

static void
drop_first (TytoLossWindow *self)
{
  self->n--;
  memmove (self->at_us, self->at_us + 1, self->n * sizeof self->at_us[0]);
  memmove (self->sent, self->sent + 1, self->n * sizeof self->sent[0]);
  memmove (self->lost, self->lost + 1, self->n * sizeof self->lost[0]);
}

static void
keep (TytoLossWindow *self, gint64 now_us, guint64 sent, guint64 lost)
{
  if (self->n > 0 && now_us - self->at_us[self->n - 1] < STEP_US)
    return;
  if (self->n == TYTO_LOSS_WINDOW_STEPS)
    drop_first (self);
  self->at_us[self->n] = now_us;
  self->sent[self->n] = sent;
  self->lost[self->n++] = lost;
}

double
tyto_loss_window_take (TytoLossWindow *self, gint64 now_us, guint64 sent, guint64 lost)
{
  guint64 n_sent, n_lost;

  while (self->n > 1 && self->at_us[1] <= now_us - SPAN_US)
    drop_first (self);
  keep (self, now_us, sent, lost);
  /* What was mended after a crash is not lost any more: that counter may fall. */
  n_sent = sent - MIN (self->sent[0], sent);
  n_lost = lost - MIN (self->lost[0], lost);
  if (n_sent < TYTO_LOSS_WINDOW_LEAST)
    return 0;
  return (double) MIN (n_lost, n_sent) / (double) n_sent;
}
