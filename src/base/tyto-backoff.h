/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-backoff.h: waiting longer after each failure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* TytoBackoff: a plain value; copy it as you like.
 * @initial_ms, @maximum_ms: first and longest delay in milliseconds; each delay is twice the one
 * before
 * @failures: since the last reset */
typedef struct {
  guint initial_ms;
  guint maximum_ms;
  guint failures;
} TytoBackoff;

/* 1 s × 2 up to 30 s: cameras and workers (seed 004). */
#define TYTO_BACKOFF_INIT                                                                          \
  {                                                                                                \
    1000, 30000, 0                                                                                 \
  }

/* Counts one more failure and gives the delay in ms before the next try. */
guint tyto_backoff_next (TytoBackoff *self);
void tyto_backoff_reset (TytoBackoff *self);

G_END_DECLS
