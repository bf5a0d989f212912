/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-event-window.h: how often something happened in the last while. Times are monotonic, µs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_EVENT_WINDOW_MAX 32 /* more are not told apart */

/* TytoEventWindow: a plain value; zeroed before use but for @span_us. */
typedef struct {
  gint64 span_us;
  gint64 times[TYTO_EVENT_WINDOW_MAX]; /* the oldest first */
  guint n;
} TytoEventWindow;

void tyto_event_window_add (TytoEventWindow *self, gint64 now_us);

/* How often it happened within the span before @now_us; older ones are forgotten. */
guint tyto_event_window_count (TytoEventWindow *self, gint64 now_us);

G_END_DECLS
