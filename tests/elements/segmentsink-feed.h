/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "media/tyto-media-file.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * SegmentFeed:
 *
 * A segmentsink of its own in PLAYING, whose pads are fed by hand with frames that have times but
 * no pictures: for what matters to the engine, not to a decoder.
 */
typedef struct {
  gchar *root;
  GstElement *element;
  GstBus *bus;
  GstPad *video;     /* (nullable) */
  GstPad *audio;     /* (nullable) */
  GPtrArray *closed; /* (element-type GstStructure): tyto-segment-closed so far */
  GPtrArray *gaps;   /* (element-type GstStructure): tyto-segment-gap so far */
  gchar *error;      /* (nullable): of the first ERROR */
  gboolean eos;
} SegmentFeed;

/* @root: (nullable): the directory, for one that is to outlive the feed. @audio: with a pad for
 * sound. @first_property: as for g_object_set (). */
SegmentFeed *segment_feed_new (const gchar *root, gboolean audio, const gchar *first_property, ...);
void segment_feed_free (SegmentFeed *feed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SegmentFeed, segment_feed_free)

/* Frames of the video at 25 a second: number @first and up to @end, not included, a key frame each
 * @gop, of @size bytes. */
void segment_feed_push_video (SegmentFeed *feed, guint first, guint end, guint gop, gsize size);

/* One frame of the video or of sound. Times in ns or GST_CLOCK_TIME_NONE. */
GstBuffer *segment_feed_make_frame (GstClockTime pts, GstClockTime dts, gboolean key, gsize size);
GstFlowReturn
segment_feed_push (GstPad *pad, GstClockTime pts, GstClockTime dts, gboolean key, gsize size);

/* AAC at 48 kHz, frames number @first and up to @end, not included: 1024 samples each. */
void segment_feed_push_audio (SegmentFeed *feed, guint first, guint end);

void segment_feed_set_video_caps (SegmentFeed *feed, gint width);

/* Takes messages until one of @name came, "eos" or "error", and fails the test after 30 s. */
void segment_feed_wait (SegmentFeed *feed, const gchar *name);

/* EOS on all pads, and its message. */
void segment_feed_finish (SegmentFeed *feed);

/* Reads closed segment number @index, which must be as its message says. */
TytoMediaFile *segment_feed_read (SegmentFeed *feed, guint index);

/* The sum of a field of the structures. */
guint64 segment_feed_sum (GPtrArray *structures, const gchar *field);

gint64 segment_feed_get_int64 (GPtrArray *structures, guint index, const gchar *field);
const gchar *segment_feed_get_string (GPtrArray *structures, guint index, const gchar *field);

guint64 segment_feed_get_stat (SegmentFeed *feed, const gchar *name);

G_END_DECLS
