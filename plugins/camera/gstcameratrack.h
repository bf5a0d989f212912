/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "camera/gstcameracodec.h"
#include "camera/gstcameragate.h"

G_BEGIN_DECLS

/* What passes of one media of a camera, whoever took it out of RTP: it counts frames, lets nothing
 * pass before the first that can be decoded, and mends times. */
typedef struct _GstCameraTrack GstCameraTrack;

typedef struct {
  guint64 frames;  /* left the track */
  guint64 skipped; /* before the first decodable frame */
  guint64 key_frames;
  guint64 missing;          /* did not come whole */
  guint64 without_pts;      /* came without a time and were given one, where there was one before */
  guint64 bytes;            /* media received, dropped frames too */
  gint64 last_monotonic_us; /* when the last frame came, 0 before the first */
} GstCameraTrackCounters;

typedef struct {
  /* The first frame is about to leave, of @caps (nullable); on the streaming thread. */
  void (*started) (gpointer owner, GstCameraTrack *track, GstCaps *caps, GstClockTime pts);
  /* Packets never came, and @missing frames not whole, between the frame at @from and the one at
   * @to, which is about to leave; on the streaming thread. */
  void (*lost) (gpointer owner, GstCameraTrack *track, guint missing, GstClockTime from,
                GstClockTime to);
} GstCameraTrackEvents;

/**
 * GstCameraFrame: what is known of a frame beside its bytes.
 * @pts: its running time, as received; NONE: it came without one
 * @arrival: when it came, by the monotonic clock; NONE: @pts tells, and does not leap when a frame
 * comes late
 * @has_rtp, @rtp: its RTP timestamp, of a clock of @rate Hz
 * @picture: of a video frame that is no DELTA_UNIT
 * @discont: something is missing before it
 * @missing: pictures now known not to have come whole, since the last frame
 */
typedef struct {
  GstClockTime pts;
  GstClockTime arrival;
  gboolean has_rtp;
  guint32 rtp;
  guint rate;
  GstCameraPicture picture;
  gboolean discont;
  guint missing;
} GstCameraFrame;

GstCameraTrack *gst_camera_track_new (const GstCameraCodec *codec,
                                      const GstCameraTrackEvents *events, gpointer owner);
void gst_camera_track_free (GstCameraTrack *self);

/* @leader: (transfer none) (nullable): the pictures; sound does not pass before their first */
void gst_camera_track_set_leader (GstCameraTrack *self, GstCameraTrack *leader);

/* What follows is of @caps. */
void gst_camera_track_set_caps (GstCameraTrack *self, GstCaps *caps);

/* Takes a frame, in the order of decoding. FALSE: it does not pass. Else @buffer, which may be
 * another then, has its times and flags. On the streaming thread. */
gboolean
gst_camera_track_take (GstCameraTrack *self, GstBuffer **buffer, const GstCameraFrame *frame);

const gchar *gst_camera_track_get_codec (GstCameraTrack *self);
gboolean gst_camera_track_is_video (GstCameraTrack *self);
const GstCameraNalFormat *gst_camera_track_get_nal_format (GstCameraTrack *self);
void gst_camera_track_get_counters (GstCameraTrack *self, GstCameraTrackCounters *counters);
gboolean gst_camera_track_has_begun (GstCameraTrack *self);

/* What a time as received has to be moved by, in ns, to stand among the times of the pictures that
 * leave. */
GstClockTimeDiff gst_camera_track_get_correction (GstCameraTrack *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraTrack, gst_camera_track_free)

G_END_DECLS
