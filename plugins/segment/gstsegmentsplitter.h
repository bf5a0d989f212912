/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstsegmentsplitter.h: the engine made of splitmuxsink, its muxer and the file sink behind it.
 *
 * Its state does not follow the bin's, and its EOS is not the bin's: a bin whose child prerolls in
 * a streaming thread may, on its way to PLAYING, take itself not to be playing and then keeps EOS
 * to itself (GStreamer 1.22). So the bin needs no preroll, and the splitter posts EOS. */
#pragma once

#include "segment/gstsegmentengine.h"

G_BEGIN_DECLS

/* Makes the elements inside @bin.
 * Returns: (transfer full) (nullable): %NULL after having posted an ERROR. */
GstSegmentEngine *gst_segment_splitter_new (GstBin *bin, const GstSegmentSettings *settings);

G_END_DECLS
