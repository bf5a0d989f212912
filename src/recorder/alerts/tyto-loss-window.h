/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-loss-window.h: what share of the frames was lost over the last 10 minutes. Times are
 * monotonic, µs, and passed in. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_LOSS_WINDOW_S     600
#define TYTO_LOSS_WINDOW_STEPS 20
#define TYTO_LOSS_WINDOW_LEAST 100 /* frames; fewer say nothing */

/* TytoLossWindow: a plain value, zeroed before use: the counters as they were, the oldest first. */
typedef struct {
  gint64 at_us[TYTO_LOSS_WINDOW_STEPS];
  guint64 sent[TYTO_LOSS_WINDOW_STEPS];
  guint64 lost[TYTO_LOSS_WINDOW_STEPS];
  guint n;
} TytoLossWindow;

/* Takes the counters of frames that were sent and of those of them that were lost; gives the share
 * of the last 10 minutes, 0–1, or of less when it knows no more. */
double tyto_loss_window_take (TytoLossWindow *self, gint64 now_us, guint64 sent, guint64 lost);

G_END_DECLS
