/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_CAMERA_LOSS_DISTANCES 9

/* Counts pictures that did not come whole, because packets did not: sequence numbers (RFC 3550,
 * section 5.1) say that something is missing, the distance of the RTP timestamps beside it how many
 * pictures fit in there; at least the one to which the packets belonged did not come whole. A
 * camera that leaves pictures out by itself is not taken for one that loses them. Of pictures that
 * refer to later ones (B) only those before the next that others refer to are seen. */
typedef struct {
  gboolean started;
  guint32 rtp;                                  /* highest RTP timestamp so far */
  guint32 distances[GST_CAMERA_LOSS_DISTANCES]; /* the last between pictures that followed */
  guint n_distances;
  guint next;    /* where the next distance goes */
  guint doubt;   /* pictures before which packets may be missing */
  guint damaged; /* counted, and may turn out to be the next that fits */
} GstCameraLoss;

void gst_camera_loss_init (GstCameraLoss *self);

/* How many did not come whole up to the picture with timestamp @rtp of a clock of @rate Hz.
 * @marked: the depayloader saw at it that packets are missing; it is the one after them or, where
 * the end of that one is missing, the one before. */
guint gst_camera_loss_next (GstCameraLoss *self, guint32 rtp, guint rate, gboolean marked);

G_END_DECLS
