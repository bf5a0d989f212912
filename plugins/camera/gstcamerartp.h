/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Follows rtspsrc's RTP session manager: sums what its jitterbuffers counted and passes on their
 * sender reports. It does no work per packet. */
typedef struct _GstCameraRtp GstCameraRtp;

typedef struct {
  guint64 received; /* packets passed on in order */
  guint64 lost;
  guint64 late;
  guint64 duplicate;
} GstCameraRtpCounters;

/* @media: index in the SDP; @report: a jitterbuffer's "handle-sync" structure. */
typedef void (*GstCameraRtpReportFunc) (gpointer owner, guint media, const GstStructure *report);

/* A media's packets come from a second source (SSRC); on a streaming thread. */
typedef void (*GstCameraRtpSourceFunc) (gpointer owner, guint media);

GstCameraRtp *
gst_camera_rtp_new (GstCameraRtpReportFunc report, GstCameraRtpSourceFunc source, gpointer owner);
void gst_camera_rtp_free (GstCameraRtp *self);

/* Takes a new rtpbin, of which no jitterbuffer has been made yet. */
void gst_camera_rtp_watch (GstCameraRtp *self, GstElement *rtpbin);
/* Waits up to @until (monotonic time, us) for EOS at all its sink pads. FALSE: it did not come. */
gboolean gst_camera_rtp_wait_ended (GstCameraRtp *self, gint64 until);
/* Stops it: nothing leaves it any more. */
void gst_camera_rtp_stop (GstCameraRtp *self);
/* Forgets the rtpbin, which has stopped, and all counts. */
void gst_camera_rtp_reset (GstCameraRtp *self);
void gst_camera_rtp_get_counters (GstCameraRtp *self, GstCameraRtpCounters *counters);

G_END_DECLS
