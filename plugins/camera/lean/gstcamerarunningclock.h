/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstCameraRunningClock:
 *
 * Running times of RTP timestamps: they are read in batches, up to a second late, so arrival alone
 * jitters by as much. The earliest arrivals of the last seconds say how the camera's clock stands
 * to ours; drift is followed slowly (at most 500 ppm), a jump of more than a second at once. Of a
 * camera that sends sender reports the streams are laid beside each other by those.
 */
typedef struct {
  guint rate;
  gboolean started;
  guint64 first;     /* extended RTP timestamp */
  guint64 last;      /* the same */
  GstClockTime base; /* running time of @first */
  gint64 window[32]; /* least lags of the last half seconds, ns */
  guint n_window;
  GstClockTime window_at;
  gint64 correction; /* ns */
} GstCameraRunningClock;

void gst_camera_running_clock_init (GstCameraRunningClock *self, guint rate);
/* @arrival: running time at which it was read from the socket; @period: at most so long it may have
 * waited there. Gives its running time. */
GstClockTime gst_camera_running_clock_next (GstCameraRunningClock *self, guint32 rtp,
                                            GstClockTime arrival, GstClockTime period);

G_END_DECLS
