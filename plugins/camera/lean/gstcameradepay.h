/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcameragate.h"

G_BEGIN_DECLS

/**
 * GstCameraUnit: an access unit as it leaves.
 * @buffer: (transfer full): its bytes, of exact size: H.264/H.265 with four bytes of length before
 * each NAL unit (parameter sets that the caps have and delimiters left out), AAC raw, G.711 and
 * Opus as they are. DELTA_UNIT is set on all pictures but IDR and IRAP; no times
 * @rtp: RTP timestamp
 * @whole: no packet of it is missing; what is left of it is whole NAL units, a slice among them
 * @missing: pictures now known not to have come whole, since the last unit (gstcameraloss.h); 0 of
 * sound
 * @picture: what it is; GST_CAMERA_PICTURE_OTHER of sound
 */
typedef struct {
  GstBuffer *buffer;
  guint32 rtp;
  gboolean whole;
  guint missing;
  GstCameraPicture picture;
} GstCameraUnit;

typedef struct {
  /* Before the first unit, and when parameters changed: what follows is of @caps (transfer none),
   * as h264parse, h265parse and aacparse set them for MP4 (avc, hvc1, mpegversion 4 raw). */
  void (*caps) (gpointer owner, GstCaps *caps);
  void (*unit) (gpointer owner, const GstCameraUnit *unit);
} GstCameraDepayEvents;

/**
 * GstCameraDepay:
 *
 * Assembles access units straight from RTP packets in the order of their sequence numbers:
 * H.264 (RFC 6184: single NAL unit, STAP-A, FU-A), H.265 (RFC 7798: single, AP, FU), AAC (RFC 3640,
 * AAC-hbr and -lbr), G.711 (RFC 3551), Opus (RFC 7587). A picture ends with the marker, and where
 * that is missing with a new timestamp; of a camera that marks every slice, or what stands before a
 * picture, with what cannot belong to it. Start codes that cameras leave in their NAL units divide
 * them. Pictures are held back until their parameter sets are known, from the SDP or in between.
 * One pass over the bytes, one copy of them; no unit is larger than its buffer. Trusts nothing: a
 * unit is at most 16 MiB.
 */
typedef struct _GstCameraDepay GstCameraDepay;

typedef struct {
  guint64 packets;
  guint64 bytes;        /* of payload */
  guint64 lost;         /* sequence numbers that never came */
  guint64 duplicate;    /* came before, or too late */
  guint64 malformed;    /* packets that make no sense */
  guint64 broken_units; /* units of which packets are missing, or all */
  guint32 ssrc;
  guint32 highest; /* extended highest sequence number (RFC 3550, A.1) */
  guint32 jitter;  /* RFC 3550, A.8, in timestamp units */
} GstCameraDepayCounters;

/* @sdp_caps: application/x-rtp of the media (encoding-name, clock-rate, sprop-parameter-sets,
 * config, sizelength …). (nullable): NULL when it is none we know: gst_camera_depay_knows(). */
GstCameraDepay *
gst_camera_depay_new (const GstCaps *sdp_caps, const GstCameraDepayEvents *events, gpointer owner);
void gst_camera_depay_free (GstCameraDepay *self);
gboolean gst_camera_depay_knows (const GstCaps *sdp_caps);

/* Takes a packet, header included, that arrived at @arrival (monotonic, µs). FALSE when its SSRC is
 * another than before: then it was not taken, nor will others of it be before a restart. */
gboolean
gst_camera_depay_take (GstCameraDepay *self, const guint8 *packet, gsize size, gint64 arrival);
/* From now on another source sends: its SSRC, sequence numbers and timestamps begin anew. What was
 * begun is dropped; the counters and caps stay. */
void gst_camera_depay_restart (GstCameraDepay *self);
/* Gives what is complete though no marker said so: before EOS. */
void gst_camera_depay_flush (GstCameraDepay *self);

guint gst_camera_depay_get_rate (const GstCameraDepay *self); /* Hz of its timestamps */
void gst_camera_depay_get_counters (const GstCameraDepay *self, GstCameraDepayCounters *counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraDepay, gst_camera_depay_free)

G_END_DECLS
