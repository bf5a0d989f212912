/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstSegmentFormat:
 * @GST_SEGMENT_FORMAT_MP4: fragmented MP4 (ISO 14496-12), moof-relative, as MSE wants it
 * @GST_SEGMENT_FORMAT_TS: MPEG transport stream (ISO 13818-1)
 * @GST_SEGMENT_FORMAT_MKV: Matroska (RFC 9559)
 */
typedef enum {
  GST_SEGMENT_FORMAT_MP4,
  GST_SEGMENT_FORMAT_TS,
  GST_SEGMENT_FORMAT_MKV,
} GstSegmentFormat;

#define GST_TYPE_SEGMENT_FORMAT (gst_segment_format_get_type ())
GType gst_segment_format_get_type (void);

/* Returns: (transfer none): "mp4", "ts" or "mkv". */
const gchar *gst_segment_format_get_nick (GstSegmentFormat format);

/* Makes the muxer, with fragments of @fragment_ms (ms, MP4 only).
 * Returns: (transfer floating) (nullable): %NULL when the plugin is missing. */
GstElement *gst_segment_format_make_muxer (GstSegmentFormat format, guint fragment_ms);

/* Returns: (transfer none): the name of the muxer's factory. */
const gchar *gst_segment_format_get_muxer (GstSegmentFormat format);

/* Tells @muxer who the segment to be started is. @start: µs since the epoch.
 * MP4 and Matroska have tags, to be set between two files; a transport stream has a service
 * description, to be set once the muxer has started and before it is given anything. Each does
 * nothing for the other formats. */
void gst_segment_format_set_tags (GstSegmentFormat format, GstElement *muxer, const gchar *camera,
                                  const gchar *run, guint64 sequence, gint64 start);
void
gst_segment_format_set_service (GstSegmentFormat format, GstElement *muxer, const gchar *camera,
                                const gchar *run, guint64 sequence, gint64 start);

/* Returns: how to shift running times (ns) for a segment that starts at @running_time (ns), so that
 * the file's own timestamps start near 0. */
GstClockTimeDiff gst_segment_format_get_offset (GstSegmentFormat format, GstClockTime running_time);

/* Returns: (transfer none): "h264", "h265", "aac", "opus", "pcma", "pcmu", or "" for others. */
const gchar *gst_segment_format_get_codec (const GstCaps *caps);

/* Returns: (transfer none) (nullable): the gst-launch line that fits a stream of @caps to the
 * container, %NULL when none is needed. A-law and µ-law (RFC 3551, 4.5.14) become AAC for MP4 and
 * MPEG-TS; for MPEG-TS, parameter sets are put before each key frame, so that each file decodes. */
const gchar *gst_segment_format_get_conversion (GstSegmentFormat format, const GstCaps *caps);

/* Returns: (transfer full) (nullable): what is converted and so taken besides the muxer's own. */
GstCaps *gst_segment_format_get_convertible_caps (GstSegmentFormat format, gboolean audio);

/* Posts in the name of @bin that there is no element @factory. Returns: %FALSE, always. */
gboolean gst_segment_format_post_missing (GstBin *bin, const gchar *factory);

G_END_DECLS
