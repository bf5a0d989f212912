/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-backoff.h"

guint
tyto_backoff_next (TytoBackoff *self)
{
  guint64 delay = MIN (self->initial_ms, self->maximum_ms);

  for (guint i = 0; i < self->failures && delay > 0 && delay < self->maximum_ms; i++)
    delay *= 2;

  if (self->failures < G_MAXUINT)
    self->failures++;

  return (guint) MIN (delay, self->maximum_ms);
}

void
tyto_backoff_reset (TytoBackoff *self)
{
  self->failures = 0;
}
