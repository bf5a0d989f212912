/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-ts-clock.h"

#define BITS 33

gint64
tyto_ts_clock_distance (guint64 from, guint64 to)
{
  gint64 ticks = (gint64) ((to - from) & ((G_GUINT64_CONSTANT (1) << BITS) - 1));

  return ticks >> (BITS - 1) ? ticks - (G_GINT64_CONSTANT (1) << BITS) : ticks;
}

gint64
tyto_ts_clock_unwrap (TytoTsClock *self, guint64 ticks)
{
  self->last = self->known ? self->last + tyto_ts_clock_distance ((guint64) self->last, ticks)
                           : (gint64) ticks;
  self->known = TRUE;
  return self->last;
}
