/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_SEGMENT_INDEX (gst_segment_index_get_type ())
G_DECLARE_FINAL_TYPE (GstSegmentIndex, gst_segment_index, GST, SEGMENT_INDEX, GstBaseTransform)

GST_ELEMENT_REGISTER_DECLARE (segmentindex)

G_END_DECLS
