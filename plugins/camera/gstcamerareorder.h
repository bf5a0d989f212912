/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* One tick of the 90 kHz clock of video in RTP, rounded up: the least step that survives in an MP4.
 */
#define GST_CAMERA_REORDER_TICK ((GstClockTime) 11112)

/* RTP carries presentation times only. This makes decoding times from them: they never fall, and
 * are not after the presentation time. The depth of reordering is learnt from the stream: 0, and
 * both times equal, as long as no B picture comes. Only in the group of B pictures that it is
 * learnt from do decoding times come after presentation times. */
#define GST_CAMERA_REORDER_MAX 4

typedef struct {
  GstClockTime latest[GST_CAMERA_REORDER_MAX + 1]; /* highest presentation times, highest first */
  guint n_latest;
  guint depth; /* pictures that may come before one that is shown earlier */
  GstClockTime last;
} GstCameraReorder;

void gst_camera_reorder_init (GstCameraReorder *self);

/* The decoding time of the next picture in decoding order, which is shown at @pts. */
GstClockTime gst_camera_reorder_next (GstCameraReorder *self, GstClockTime pts);

G_END_DECLS
