/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentfragment.h"
#include "segment/gstsegmenttimeline.h"

G_BEGIN_DECLS

/**
 * GstSegmentUnit:
 *
 * An access unit that waits for its fragment.
 */
typedef struct {
  GstBuffer *buffer;         /* (nullable): a ref */
  gsize size;                /* bytes */
  GstClockTimeDiff pts;      /* running time, ns, mended */
  GstClockTimeDiff dts;      /* running time, ns, mended: always grows */
  GstClockTimeDiff duration; /* ns, as it says itself or as the one before it */
  gint64 arrival;            /* monotonic, µs */
  gboolean key;
} GstSegmentUnit;

/**
 * GstSegmentTrack:
 *
 * A stream on its way into MP4: what it is by its caps, and its units that wait. Guarded by its
 * owner.
 */
typedef struct _GstSegmentTrack GstSegmentTrack;

GstSegmentTrack *gst_segment_track_new (gboolean audio);
void gst_segment_track_free (GstSegmentTrack *track);

gboolean gst_segment_track_is_audio (const GstSegmentTrack *track);

/* Returns: (transfer none): what MP4 takes. */
const gchar *gst_segment_track_get_caps_string (gboolean audio);

/* Returns: %FALSE when MP4 cannot hold a stream of @caps. */
gboolean gst_segment_track_set_caps (GstSegmentTrack *track, GstCaps *caps);

/* Returns: (transfer none) (nullable): what the stream is, %NULL before its caps came. */
const GstSegmentStream *gst_segment_track_get_stream (const GstSegmentTrack *track);

void gst_segment_track_set_segment (GstSegmentTrack *track, const GstSegment *segment);

/* Forgets the times, and drops the units. */
void gst_segment_track_reset (GstSegmentTrack *track);

/* Makes a @unit of @buffer (transfer full), which came at @arrival (monotonic, µs), with its times
 * mended. Returns: whether the timestamps jumped. */
gboolean gst_segment_track_read (GstSegmentTrack *track, GstBuffer *buffer, gint64 arrival,
                                 GstSegmentUnit *unit);

/* Frees what @unit has. */
void gst_segment_unit_clear (GstSegmentUnit *unit);

/* Appends @unit (transfer full). */
void gst_segment_track_push (GstSegmentTrack *track, GstSegmentUnit *unit);

guint gst_segment_track_get_waiting (const GstSegmentTrack *track);
gsize gst_segment_track_get_bytes (const GstSegmentTrack *track); /* of the units that wait */
const GstSegmentUnit *gst_segment_track_peek (const GstSegmentTrack *track, guint index);

/* When the last unit came (monotonic, µs; 0: none did) and its running time (ns). */
gint64 gst_segment_track_get_arrival (const GstSegmentTrack *track);
GstClockTimeDiff gst_segment_track_get_time (const GstSegmentTrack *track);

/* Frames whose times were mended. */
guint64 gst_segment_track_get_repaired (const GstSegmentTrack *track);

/* Makes a fragment of the first @count units and forgets them.
 * @stream: the index it has in its file. @dts_origin, @pts_origin: the running times (ns) at which
 * the file starts. @next: decoding time (ns) of what follows, when that is not among the units, or
 * %GST_CLOCK_STIME_NONE. */
GstSegmentFragment *gst_segment_track_take (GstSegmentTrack *track, guint count, guint stream,
                                            GstClockTimeDiff dts_origin,
                                            GstClockTimeDiff pts_origin, GstClockTimeDiff next);

/* Drops the first @count units. Returns: their bytes. */
gsize gst_segment_track_drop (GstSegmentTrack *track, guint count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentTrack, gst_segment_track_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstSegmentUnit, gst_segment_unit_clear)

G_END_DECLS
