/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ts-clock.h: times of 90 kHz in 33 bits (ISO/IEC 13818-1, 2.4.3.7), over their wraps. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* All 0 at first: the first time is taken as it is. */
typedef struct {
  gboolean known;
  gint64 last;
} TytoTsClock;

/* The time nearest to the one before that @ticks may be. */
gint64 tyto_ts_clock_unwrap (TytoTsClock *self, guint64 ticks);

/* From @from to @to, the shorter way round. */
gint64 tyto_ts_clock_distance (guint64 from, guint64 to);

G_END_DECLS
