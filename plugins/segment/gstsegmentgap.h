/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentsettings.h"

G_BEGIN_DECLS

/**
 * GstSegmentGap:
 *
 * A span of which frames were received and are in no segment, and the messages of it. Guarded by
 * its owner; all 0 at first.
 */
typedef struct {
  gboolean open;
  const gchar *reason; /* static */
  gint64 start;        /* label of its first frame, µs */
  gint64 last;         /* label up to which frames were left out, µs */
  guint64 frames;      /* of the video */
  guint64 bytes;
  gchar *detail;
  gchar *part;
} GstSegmentGap;

/* Starts a gap at @wall (µs) and posts "tyto-segment-gap". One that is open for the same @reason
 * (static) goes on; for another reason it ends.
 * @detail: (nullable): what went wrong. @part: (nullable): a file that was given up. */
void
gst_segment_gap_start (GstSegmentGap *gap, GstElement *element, const GstSegmentSettings *settings,
                       const gchar *reason, gint64 wall, const gchar *detail, const gchar *part);

/* Counts frames left out up to @wall (µs). Nothing when no gap is open. */
void gst_segment_gap_count (GstSegmentGap *gap, guint64 frames, guint64 bytes, gint64 wall);

/* Ends the gap, if one is open, at @wall (µs) and posts "tyto-segment-gap" again. */
void gst_segment_gap_end (GstSegmentGap *gap, GstElement *element,
                          const GstSegmentSettings *settings, gint64 wall);

/* Frees what @gap has. */
void gst_segment_gap_clear (GstSegmentGap *gap);

G_END_DECLS
