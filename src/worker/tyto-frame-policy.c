/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-frame-policy.h"

#define USUAL_MAX_US (60 * (gint64) G_USEC_PER_SEC)

void
tyto_frame_policy_init (TytoFramePolicy *self, gint64 now_us)
{
  *self = (TytoFramePolicy){ .began_us = now_us, .last_us = -1 };
}

/* Time stamps, not arrivals: frames come in batches, and the first ones at once. */
static void
learn (TytoFramePolicy *self, gint64 stamp_us)
{
  if (self->usual_us > 0 || stamp_us < 0)
    return;
  if (self->learnt++ == 0)
    self->first_stamp_us = stamp_us;
  else if (self->learnt == TYTO_FRAME_LEARNT)
    self->usual_us
        = CLAMP ((stamp_us - self->first_stamp_us) / (TYTO_FRAME_LEARNT - 1), 1, USUAL_MAX_US);
}

gboolean
tyto_frame_policy_frame (TytoFramePolicy *self, gint64 now_us, gint64 stamp_us)
{
  gint64 limit_us = MAX (TYTO_FRAME_PAUSE_US, TYTO_FRAME_PAUSE_USUAL * self->usual_us);
  gint64 pause_us = self->usual_us > 0 ? now_us - self->last_us : 0;

  self->pauses += pause_us > limit_us;
  if (pause_us <= limit_us - TYTO_FRAME_ROUND_US)
    self->in_row = 0;
  else
    self->row_us[self->in_row++ % TYTO_FRAME_PAUSES_MAX] = self->last_us;
  self->last_us = now_us;
  learn (self, stamp_us);
  return self->in_row >= TYTO_FRAME_PAUSES_MAX
         && now_us - self->row_us[self->in_row % TYTO_FRAME_PAUSES_MAX]
                > TYTO_FRAME_PAUSES_MAX * limit_us;
}

gboolean
tyto_frame_policy_is_silent (const TytoFramePolicy *self, gint64 now_us, gint64 timeout_us)
{
  if (self->last_us < 0)
    return now_us - self->began_us > MAX (timeout_us, TYTO_FRAME_FIRST_S * (gint64) G_USEC_PER_SEC);
  return now_us - self->last_us > MAX (timeout_us, TYTO_FRAME_PAUSE_USUAL * self->usual_us);
}
