/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentpad.h"
#include "segment/gstsegmentsettings.h"

G_BEGIN_DECLS

typedef struct _GstSegmentEngine GstSegmentEngine;

/**
 * GstSegmentEngineClass:
 *
 * What a way of recording has to do: see the functions of the same names.
 */
typedef struct {
  void (*free) (GstSegmentEngine *engine);
  gboolean (*add_pad) (GstSegmentEngine *engine, GstSegmentPad *pad);
  void (*remove_pad) (GstSegmentEngine *engine, GstSegmentPad *pad);
  void (*start) (GstSegmentEngine *engine);
  void (*stop) (GstSegmentEngine *engine);
  gboolean (*set_state) (GstSegmentEngine *engine, GstState state);
  gboolean (*handle_message) (GstSegmentEngine *engine, GstMessage *message);
  GstStructure *(*get_stats) (GstSegmentEngine *engine);
} GstSegmentEngineClass;

/**
 * GstSegmentEngine:
 *
 * What is inside segmentsink from READY back to NULL: it takes the frames of the pads, decides on
 * segments by a GstSegmentCutter, writes the files, and posts the messages of the segments, and
 * EOS, in the name of the bin. Every engine starts with this.
 */
struct _GstSegmentEngine {
  const GstSegmentEngineClass *class;
};

/* Makes the engine for the format and kind asked for inside @bin.
 * Returns: (transfer full) (nullable): %NULL after having posted an ERROR. */
GstSegmentEngine *gst_segment_engine_new (GstBin *bin, const GstSegmentSettings *settings);

/* Detaches its pads and leaves the bin, which is in NULL by now. */
void gst_segment_engine_free (GstSegmentEngine *engine);

/* Gives @pad an input. Returns: %FALSE when there is no further one. */
gboolean gst_segment_engine_add_pad (GstSegmentEngine *engine, GstSegmentPad *pad);
void gst_segment_engine_remove_pad (GstSegmentEngine *engine, GstSegmentPad *pad);

/* Starts a run, on the pads there are. */
void gst_segment_engine_start (GstSegmentEngine *engine);

/* Ends it. Nothing may flow any more. */
void gst_segment_engine_stop (GstSegmentEngine *engine);

/* Takes what the engine has inside the bin to @state. Returns: %FALSE on failure. */
gboolean gst_segment_engine_set_state (GstSegmentEngine *engine, GstState state);

/* Returns: whether @message was for the engine alone and goes no further. */
gboolean gst_segment_engine_handle_message (GstSegmentEngine *engine, GstMessage *message);

/* Returns: (transfer full): see the property "stats" of segmentsink. Safe from any thread. */
GstStructure *gst_segment_engine_get_stats (GstSegmentEngine *engine);

/* Returns: the running time by the clock of @element, %GST_CLOCK_TIME_NONE when that does not tell.
 */
GstClockTime gst_segment_engine_get_running_time (GstElement *element);

/* Returns: how long ago (ns) the frame at @running_time was captured, as far as the clock of
 * @element tells; 0 when it does not. */
GstClockTimeDiff gst_segment_engine_measure_lag (GstElement *element, GstClockTime running_time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentEngine, gst_segment_engine_free)

G_END_DECLS
