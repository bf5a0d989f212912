/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentcutter.h"

G_BEGIN_DECLS

/**
 * GstSegmentRecord:
 *
 * What is known of the segment being written, and the messages made of it. A plain value, guarded
 * by its owner.
 */
typedef struct {
  guint64 sequence;
  GstSegmentCut start;
  guint64 frames;
  guint64 key_frames;
  guint64 audio_frames;
  const gchar *video_codec; /* static, "" for none */
  const gchar *audio_codec; /* static, "" for none */
} GstSegmentRecord;

/* Returns: (transfer full): the structure of "tyto-segment-opened". */
GstStructure *gst_segment_record_opened (const GstSegmentRecord *record, const gchar *camera,
                                         const gchar *run, const gchar *format, const gchar *path);

/* Returns: (transfer full): the structure of "tyto-segment-closed", for a segment of @bytes that
 * ends at the running time @end (ns) for @reason. */
GstStructure *gst_segment_record_closed (const GstSegmentRecord *record, const gchar *camera,
                                         const gchar *run, const gchar *format, const gchar *path,
                                         GstClockTime end, guint64 bytes, const gchar *reason);

G_END_DECLS
