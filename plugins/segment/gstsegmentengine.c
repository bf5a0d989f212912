/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentengine.h"
#include "segment/gstsegmentfragments.h"
#include "segment/gstsegmentsplitter.h"

GstSegmentEngine *
gst_segment_engine_new (GstBin *bin, const GstSegmentSettings *settings)
{
  if (settings->format == GST_SEGMENT_FORMAT_MP4
      && settings->engine == GST_SEGMENT_ENGINE_FRAGMENTS)
    return gst_segment_fragments_new (bin, settings);
  return gst_segment_splitter_new (bin, settings);
}

void
gst_segment_engine_free (GstSegmentEngine *engine)
{
  engine->class->free (engine);
}

gboolean
gst_segment_engine_add_pad (GstSegmentEngine *engine, GstSegmentPad *pad)
{
  return engine->class->add_pad (engine, pad);
}

void
gst_segment_engine_remove_pad (GstSegmentEngine *engine, GstSegmentPad *pad)
{
  engine->class->remove_pad (engine, pad);
}

void
gst_segment_engine_start (GstSegmentEngine *engine)
{
  engine->class->start (engine);
}

void
gst_segment_engine_stop (GstSegmentEngine *engine)
{
  engine->class->stop (engine);
}

gboolean
gst_segment_engine_set_state (GstSegmentEngine *engine, GstState state)
{
  return engine->class->set_state == NULL || engine->class->set_state (engine, state);
}

gboolean
gst_segment_engine_handle_message (GstSegmentEngine *engine, GstMessage *message)
{
  return engine->class->handle_message != NULL && engine->class->handle_message (engine, message);
}

GstStructure *
gst_segment_engine_get_stats (GstSegmentEngine *engine)
{
  if (engine->class->get_stats == NULL)
    return gst_structure_new_empty ("segmentsink-stats");
  return engine->class->get_stats (engine);
}

GstClockTime
gst_segment_engine_get_running_time (GstElement *element)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (element);

  if (clock == NULL || GST_STATE (element) != GST_STATE_PLAYING)
    return GST_CLOCK_TIME_NONE;
  return gst_clock_get_time (clock) - gst_element_get_base_time (element);
}

GstClockTimeDiff
gst_segment_engine_measure_lag (GstElement *element, GstClockTime running_time)
{
  GstClockTime now = gst_segment_engine_get_running_time (element);

  return GST_CLOCK_TIME_IS_VALID (now) ? GST_CLOCK_DIFF (running_time, now) : 0;
}
