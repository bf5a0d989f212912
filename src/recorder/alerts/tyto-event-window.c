/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/alerts/tyto-event-window.h"

#include <string.h>

static void
drop (TytoEventWindow *self, guint n)
{
  self->n -= n;
  memmove (self->times, self->times + n, self->n * sizeof self->times[0]);
}

void
tyto_event_window_add (TytoEventWindow *self, gint64 now_us)
{
  if (self->n == TYTO_EVENT_WINDOW_MAX)
    drop (self, 1);
  self->times[self->n++] = now_us;
}

guint
tyto_event_window_count (TytoEventWindow *self, gint64 now_us)
{
  guint old = 0;

  while (old < self->n && self->times[old] <= now_us - self->span_us)
    old++;
  drop (self, old);
  return self->n;
}
