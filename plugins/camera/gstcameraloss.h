/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcamerapacket.h"

G_BEGIN_DECLS

#define GST_CAMERA_LOSS_DISTANCES 9

/* Counts pictures that did not come whole, because packets did not. Sequence numbers (RFC 3550,
 * section 5.1) say that packets are missing and how many: never more pictures than packets. Of the
 * picture before them the end is missing where its marker is; the one after them lacks its
 * beginning where the packet is not one that pictures of this camera begin with; and the distance
 * of their RTP timestamps says how many fit between. A camera that leaves pictures out by itself is
 * not taken for one that loses them. Of pictures that refer to later ones (B) and are missing whole
 * only those before the next that others refer to are seen. */
typedef struct {
  gboolean started;
  guint16 sequence;                             /* of the last packet */
  guint32 rtp;                                  /* of the picture it belongs to */
  gboolean ended;                               /* that picture's last packet has come */
  gboolean counted;                             /* that picture did not come whole */
  gboolean marks;                               /* the camera marks last packets, as not all do */
  guint32 highest;                              /* RTP timestamp so far */
  guint64 kinds;                                /* a bit for each kind that a picture began with */
  guint32 distances[GST_CAMERA_LOSS_DISTANCES]; /* the last between pictures that followed */
  guint n_distances;
  guint next; /* where the next distance goes */
} GstCameraLoss;

void gst_camera_loss_init (GstCameraLoss *self);

/* The next packet that came, in the order of sequence numbers. Gives how many more pictures, up to
 * its own, are now known not to have come whole. */
guint gst_camera_loss_next (GstCameraLoss *self, const GstCameraPacket *packet);

G_END_DECLS
