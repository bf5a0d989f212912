/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/tyto-mp4-writer.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentStream:
 *
 * What a stream is by its caps. A plain value but for @mp4.codec_data, a reference.
 */
typedef struct {
  TytoMp4Track mp4;
  const gchar *codec; /* static: "h264", "h265", "aac", "opus" */
  gboolean audio;
} GstSegmentStream;

/**
 * GstSegmentFragment:
 *
 * Samples of one stream that go into a file as one moof + mdat.
 */
typedef struct {
  guint stream;       /* index in its file */
  gboolean audio;     /* what it is */
  GArray *samples;    /* (element-type TytoMp4Sample) */
  GPtrArray *buffers; /* (nullable) (element-type GstBuffer): one for each sample, until written */
  gsize bytes;        /* of the buffers */
  guint key_frames;   /* among the samples */
  GstClockTimeDiff pts; /* running time (ns) of the first sample */
  GstClockTimeDiff end; /* running time (ns) at which the last one ends */
} GstSegmentFragment;

GstSegmentFragment *gst_segment_fragment_new (guint stream, gboolean audio);
void gst_segment_fragment_free (GstSegmentFragment *fragment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentFragment, gst_segment_fragment_free)

G_END_DECLS
