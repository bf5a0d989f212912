/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstsegmentfragments.h: the engine that writes fragmented MP4 itself: no muxer, no queue, and one
 * thread, which alone waits for the disk. */
#pragma once

#include "segment/gstsegmentengine.h"

G_BEGIN_DECLS

/* Returns: (transfer full) */
GstSegmentEngine *gst_segment_fragments_new (GstBin *bin, const GstSegmentSettings *settings);

G_END_DECLS
