/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentspan.h"

#define SECONDS_1900_TO_1970 G_GINT64_CONSTANT (2208988800) /* NTP's era 0: RFC 5905, 6 */

/* Returns: the camera's clock at @buffer, as its source noted it, in µs since the Unix epoch. */
static gint64
read_camera_time (GstBuffer *buffer)
{
  GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta (buffer, NULL);
  const GstStructure *clock;

  if (meta == NULL || !GST_CLOCK_TIME_IS_VALID (meta->timestamp))
    return -1;
  clock = gst_caps_get_structure (meta->reference, 0);
  if (gst_structure_has_name (clock, "timestamp/x-unix"))
    return (gint64) (meta->timestamp / GST_USECOND);
  if (gst_structure_has_name (clock, "timestamp/x-ntp"))
    return (gint64) (meta->timestamp / GST_USECOND) - SECONDS_1900_TO_1970 * G_TIME_SPAN_SECOND;
  return -1;
}

GstSegmentSpan *
gst_segment_span_new (guint64 sequence, const GstSegmentCut *start, const GstSegmentUnit *first)
{
  GstSegmentSpan *span = g_new0 (GstSegmentSpan, 1);

  span->sequence = sequence;
  span->start = *start;
  span->camera_time = read_camera_time (first->buffer);
  span->pts_origin = first->pts;
  span->dts_origin = first->dts;
  return span;
}

void
gst_segment_span_free (GstSegmentSpan *span)
{
  g_clear_pointer (&span->tracks, g_ptr_array_unref);
  g_clear_pointer (&span->streams, g_array_unref);
  g_clear_pointer (&span->output, gst_segment_output_unref);
  g_clear_pointer (&span->fragments, g_ptr_array_unref);
  g_free (span);
}

static void
clear_stream (gpointer data)
{
  g_bytes_unref (((GstSegmentStream *) data)->mp4.codec_data);
}

static void
fix_streams (GstSegmentSpan *span, GList *tracks)
{
  span->tracks = g_ptr_array_new ();
  span->streams = g_array_new (FALSE, FALSE, sizeof (GstSegmentStream));
  g_array_set_clear_func (span->streams, clear_stream);
  for (GList *l = tracks; l != NULL; l = l->next) {
    const GstSegmentStream *stream = gst_segment_track_get_stream (l->data);

    if (stream == NULL)
      continue;
    g_ptr_array_add (span->tracks, l->data);
    g_array_append_val (span->streams, *stream);
    g_bytes_ref (stream->mp4.codec_data);
  }
}

/* The caps of pictures change with a key frame, and those before it still belong here. */
static gboolean
find_stream (const GstSegmentSpan *span, GstSegmentTrack *track, guint *index)
{
  const GstSegmentStream *stream;

  if (!g_ptr_array_find (span->tracks, track, index))
    return FALSE;
  stream = &g_array_index (span->streams, GstSegmentStream, *index);
  return !stream->audio
         || g_bytes_equal (stream->mp4.codec_data,
                           gst_segment_track_get_stream (track)->mp4.codec_data);
}

gboolean
gst_segment_span_add (GstSegmentSpan *span, GList *tracks, GstSegmentTrack *track, guint count,
                      GstClockTimeDiff next)
{
  GstClockTimeDiff dts_origin
      = gst_segment_track_is_audio (track) ? span->pts_origin : span->dts_origin;
  guint index;

  if (span->tracks == NULL)
    fix_streams (span, tracks);
  if (!find_stream (span, track, &index))
    return FALSE;
  if (span->fragments == NULL)
    span->fragments = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_segment_fragment_free);
  g_ptr_array_add (span->fragments, gst_segment_track_take (track, count, index, dts_origin,
                                                            span->pts_origin, next));
  return TRUE;
}

static gint
compare_fragments (gconstpointer a, gconstpointer b)
{
  const GstSegmentFragment *first = *(const GstSegmentFragment *const *) a;
  const GstSegmentFragment *second = *(const GstSegmentFragment *const *) b;

  return (first->pts > second->pts) - (first->pts < second->pts);
}

GPtrArray *
gst_segment_span_steal_fragments (GstSegmentSpan *span)
{
  if (span->fragments != NULL)
    g_ptr_array_sort (span->fragments, compare_fragments);
  return g_steal_pointer (&span->fragments);
}

GstSegmentOutput *
gst_segment_span_get_output (GstSegmentSpan *span, const GstSegmentSettings *settings)
{
  if (span->output == NULL)
    span->output = gst_segment_output_new (settings, span->sequence, &span->start,
                                           span->camera_time, span->streams);
  return span->output;
}
