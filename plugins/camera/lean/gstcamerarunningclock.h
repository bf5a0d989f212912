/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Half seconds that are looked back: longer than a recorder is ever stopped, or a network stalls.
 */
#define GST_CAMERA_RUNNING_CLOCK_WINDOW 32

/**
 * GstCameraRunningClock:
 *
 * Running times of RTP timestamps: they are read in batches, up to a second late, so arrival alone
 * jitters by as much. The earliest arrivals of the last seconds say how the camera's clock stands
 * to ours, as near as a packet's distance to the next: the last of a batch did not wait longer.
 * Within that nothing is mended. Drift is followed slowly (at most 500 ppm), a jump of more than a
 * second at once: of the timestamps against the arrivals, or of the arrivals when it lasts for the
 * whole window (a camera that paused, not a network that stalled). After either it goes on behind
 * the last time. Times never go back but for pictures that are shown earlier: when they run more
 * than a second ahead of the arrivals (a camera that began with what it had kept) it is mended at
 * 5000 ppm.
 *
 * Of a camera that sends sender reports (RFC 3550, section 6.4.1) the streams are laid beside each
 * other by those.
 */
typedef struct {
  guint rate; /* Hz */
  gboolean started;
  guint64 first;       /* extended RTP timestamp */
  guint64 last;        /* the same */
  GstClockTime base;   /* running time of @first */
  gint64 correction;   /* ns, added to all times: drift */
  gint64 beside;       /* ns, the same: what sender reports say */
  gint64 step;         /* ns from a packet to a later one, of the last two */
  GstClockTime latest; /* the latest time that was given */
  gint64 window[GST_CAMERA_RUNNING_CLOCK_WINDOW]; /* ns: least lags of the last half seconds */
  guint n_window;                                 /* half seconds so far, the current one too */
  GstClockTime window_at;                         /* arrival with which the current one began */
  gint64 least;                                   /* ns, of the window */
  gboolean reported;
  guint64 report_ntp; /* 32.32 */
  guint32 report_rtp;
} GstCameraRunningClock;

/* @rate: Hz of the timestamps, not 0 */
void gst_camera_running_clock_init (GstCameraRunningClock *self, guint rate);

/* @arrival: running time at which it was read from the socket; @period: at most so long it may have
 * waited there. Gives its running time. */
GstClockTime gst_camera_running_clock_next (GstCameraRunningClock *self, guint32 rtp,
                                            GstClockTime arrival, GstClockTime period);

/* The running time of @rtp, which is less than half a round (2³¹) from the last: of a sender
 * report, for what the camera's own clock shows. May be negative: before we began. FALSE before the
 * first packet. */
gboolean gst_camera_running_clock_at (const GstCameraRunningClock *self, guint32 rtp,
                                      GstClockTimeDiff *time);

/* Takes a sender report. @ntp: 32.32; 0 says that the camera has no clock, and is passed over. */
void gst_camera_running_clock_report (GstCameraRunningClock *self, guint64 ntp, guint32 rtp);

/* Gives @self the times that @reference (another stream of the camera, as a rule the pictures) has
 * at the same moments of the camera's clock, from now on (a step, of at most a second, in either
 * direction). To be called with each report of either; @reference is laid beside none itself.
 * FALSE, and nothing is laid beside anything, when one of them has had no report since it began or
 * jumped, or the reports are more than a second from what the arrivals say: many cameras' reports
 * are wrong. */
gboolean gst_camera_running_clock_lay_beside (GstCameraRunningClock *self,
                                              const GstCameraRunningClock *reference);

G_END_DECLS
