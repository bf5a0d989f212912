/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentWatch:
 *
 * Calls a function at a steady interval from the system clock's thread, which a process has once,
 * until it is stopped.
 */
typedef struct _GstSegmentWatch GstSegmentWatch;

typedef void (*GstSegmentWatchFunc) (gpointer user_data);

/* @interval: ns. */
GstSegmentWatch *
gst_segment_watch_start (GstClockTime interval, GstSegmentWatchFunc func, gpointer user_data);

/* Frees @watch. Waits for a call under way; none comes afterwards. */
void gst_segment_watch_stop (GstSegmentWatch *watch);

G_END_DECLS
