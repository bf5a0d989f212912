/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmenttrack.h"
#include "segment/gstsegmentformat.h"

#include <gst/pbutils/pbutils.h>

#define VIDEO_TIMESCALE 90000 /* RTP's own (RFC 6184, 5.1; RFC 7798, 4.1) */
#define OPUS_TIMESCALE  48000 /* Opus in ISOBMFF, 4.3.1 */

/* No run goes on for a hundred years: a later time is none. */
#define LATEST (G_GUINT64_CONSTANT (100) * 366 * 24 * 3600 * GST_SECOND)

#define VIDEO_CAPS                                                                                 \
  "video/x-h264, stream-format=(string){ avc, avc3 }, alignment=(string)au; "                      \
  "video/x-h265, stream-format=(string){ hvc1, hev1 }, alignment=(string)au"
#define AUDIO_CAPS                                                                                 \
  "audio/mpeg, mpegversion=(int)4, stream-format=(string)raw, framed=(boolean)true; "              \
  "audio/x-opus, channel-mapping-family=(int)[ 0, 255 ]"

struct _GstSegmentTrack {
  gboolean audio;
  gboolean known; /* caps came */
  GstSegmentStream stream;
  GstSegment segment;
  GstSegmentTimeline timeline;
  GArray *units; /* (element-type GstSegmentUnit) */
  gsize bytes;
  GstClockTimeDiff time; /* of the last unit */
};

GstSegmentTrack *
gst_segment_track_new (gboolean audio)
{
  GstSegmentTrack *track = g_new0 (GstSegmentTrack, 1);

  track->audio = track->stream.audio = audio;
  track->units = g_array_new (FALSE, FALSE, sizeof (GstSegmentUnit));
  gst_segment_init (&track->segment, GST_FORMAT_TIME);
  return track;
}

void
gst_segment_track_free (GstSegmentTrack *track)
{
  gst_segment_track_reset (track);
  g_clear_pointer (&track->stream.mp4.codec_data, g_bytes_unref);
  g_array_unref (track->units);
  g_free (track);
}

gboolean
gst_segment_track_is_audio (const GstSegmentTrack *track)
{
  return track->audio;
}

const gchar *
gst_segment_track_get_caps_string (gboolean audio)
{
  return audio ? AUDIO_CAPS : VIDEO_CAPS;
}

static GBytes *
copy_codec_data (const GstStructure *structure)
{
  const GValue *value = gst_structure_get_value (structure, "codec_data");
  GstBuffer *buffer = value != NULL ? gst_value_get_buffer (value) : NULL;
  gpointer data;
  gsize size;

  if (buffer == NULL)
    return NULL;
  gst_buffer_extract_dup (buffer, 0, gst_buffer_get_size (buffer), &data, &size);
  return g_bytes_new_take (data, size);
}

/* OpusHead (RFC 7845, 5.1), of the stream's own header or made of its caps. */
static GstBuffer *
make_opus_head (GstCaps *caps)
{
  const GValue *headers
      = gst_structure_get_value (gst_caps_get_structure (caps, 0), "streamheader");
  guint8 channels, family, streams, coupled, mapping[256];
  guint32 rate;

  if (headers != NULL && GST_VALUE_HOLDS_ARRAY (headers) && gst_value_array_get_size (headers) > 0)
    return gst_buffer_ref (gst_value_get_buffer (gst_value_array_get_value (headers, 0)));
  if (!gst_codec_utils_opus_parse_caps (caps, &rate, &channels, &family, &streams, &coupled,
                                        mapping))
    return NULL;
  return gst_codec_utils_opus_create_header (rate, channels, family, streams, coupled, mapping, 0,
                                             0);
}

/* dOps (Opus in ISOBMFF, 4.3.2) is OpusHead without its magic, of version 0, and big-endian. */
static GBytes *
make_opus_data (GstCaps *caps, TytoMp4Track *mp4)
{
  g_autoptr (GstBuffer) head = make_opus_head (caps);
  g_autofree guint8 *body = NULL;
  gsize size;

  if (head == NULL || gst_buffer_get_size (head) < 19)
    return NULL;
  gst_buffer_extract_dup (head, 8, gst_buffer_get_size (head) - 8, (gpointer *) &body, &size);
  body[0] = 0;
  GST_WRITE_UINT16_BE (body + 2, GST_READ_UINT16_LE (body + 2));
  GST_WRITE_UINT32_BE (body + 4, GST_READ_UINT32_LE (body + 4));
  GST_WRITE_UINT16_BE (body + 8, GST_READ_UINT16_LE (body + 8));
  mp4->channels = body[1];
  mp4->rate = OPUS_TIMESCALE;
  return g_bytes_new_take (g_steal_pointer (&body), size);
}

static void
read_video (TytoMp4Track *mp4, const GstStructure *structure)
{
  const gchar *stream_format = gst_structure_get_string (structure, "stream-format");
  gint width = 0, height = 0, numerator = 1, denominator = 1;

  gst_structure_get (structure, "width", G_TYPE_INT, &width, "height", G_TYPE_INT, &height, NULL);
  gst_structure_get_fraction (structure, "pixel-aspect-ratio", &numerator, &denominator);
  mp4->timescale = VIDEO_TIMESCALE;
  mp4->parameter_sets_in_band
      = g_strcmp0 (stream_format, "avc3") == 0 || g_strcmp0 (stream_format, "hev1") == 0;
  mp4->width = (guint) MAX (width, 0);
  mp4->height = (guint) MAX (height, 0);
  if (numerator != denominator && numerator > 0 && denominator > 0) {
    mp4->pixel_aspect_n = (guint) numerator;
    mp4->pixel_aspect_d = (guint) denominator;
  }
}

static void
read_audio (TytoMp4Track *mp4, const GstStructure *structure)
{
  gint channels = 0, rate = 0;

  gst_structure_get (structure, "channels", G_TYPE_INT, &channels, "rate", G_TYPE_INT, &rate, NULL);
  mp4->channels = (guint) MAX (channels, 0);
  mp4->rate = (guint) MAX (rate, 0);
}

gboolean
gst_segment_track_set_caps (GstSegmentTrack *track, GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *codec = gst_segment_format_get_codec (caps);
  TytoMp4Track mp4 = { 0 };

  if (g_str_equal (codec, "opus")) {
    mp4.codec = TYTO_MP4_OPUS;
    mp4.codec_data = make_opus_data (caps, &mp4);
  } else if (track->audio) {
    mp4.codec = TYTO_MP4_AAC;
    mp4.codec_data = copy_codec_data (structure);
    read_audio (&mp4, structure);
  } else {
    mp4.codec = g_str_equal (codec, "h265") ? TYTO_MP4_H265 : TYTO_MP4_H264;
    mp4.codec_data = copy_codec_data (structure);
    read_video (&mp4, structure);
  }
  if (track->audio)
    mp4.timescale = mp4.rate;
  if (mp4.codec_data == NULL || mp4.timescale == 0) {
    g_clear_pointer (&mp4.codec_data, g_bytes_unref);
    return FALSE;
  }
  g_clear_pointer (&track->stream.mp4.codec_data, g_bytes_unref);
  track->stream.mp4 = mp4;
  track->stream.codec = codec;
  track->known = TRUE;
  return TRUE;
}

const GstSegmentStream *
gst_segment_track_get_stream (const GstSegmentTrack *track)
{
  return track->known ? &track->stream : NULL;
}

void
gst_segment_track_set_segment (GstSegmentTrack *track, const GstSegment *segment)
{
  gst_segment_copy_into (segment, &track->segment);
}

void
gst_segment_track_reset (GstSegmentTrack *track)
{
  guint64 repaired = track->timeline.repaired;

  gst_segment_track_drop (track, track->units->len);
  track->timeline = (GstSegmentTimeline){ .repaired = repaired };
}

static GstClockTimeDiff
to_running_time (const GstSegmentTrack *track, GstClockTime time)
{
  guint64 running = 0;
  int sign;

  if (!GST_CLOCK_TIME_IS_VALID (time) || track->segment.format != GST_FORMAT_TIME)
    return GST_CLOCK_STIME_NONE;
  sign = gst_segment_to_running_time_full (&track->segment, GST_FORMAT_TIME, time, &running);
  if (sign == 0 || running > LATEST)
    return GST_CLOCK_STIME_NONE;
  return sign * (GstClockTimeDiff) running;
}

gboolean
gst_segment_track_read (GstSegmentTrack *track, GstBuffer *buffer, gint64 arrival,
                        GstSegmentUnit *unit)
{
  GstClockTimeDiff duration
      = GST_BUFFER_DURATION_IS_VALID (buffer) ? (GstClockTimeDiff) GST_BUFFER_DURATION (buffer) : 0;
  gboolean jumped;

  unit->buffer = buffer;
  unit->size = gst_buffer_get_size (buffer);
  unit->pts = to_running_time (track, GST_BUFFER_PTS (buffer));
  /* Sound is decoded as it is heard. */
  unit->dts = track->audio ? unit->pts : to_running_time (track, GST_BUFFER_DTS (buffer));
  unit->arrival = arrival;
  unit->key = track->audio || !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  jumped = gst_segment_timeline_next (&track->timeline, &unit->pts, &unit->dts, duration,
                                      unit->arrival);
  if (track->audio)
    unit->pts = unit->dts;
  unit->duration = duration > 0 ? duration : track->timeline.spacing;
  track->time = unit->pts;
  return jumped;
}

void
gst_segment_unit_clear (GstSegmentUnit *unit)
{
  gst_clear_buffer (&unit->buffer);
}

void
gst_segment_track_push (GstSegmentTrack *track, GstSegmentUnit *unit)
{
  track->bytes += unit->size;
  g_array_append_val (track->units, *unit);
  unit->buffer = NULL;
}

guint
gst_segment_track_get_waiting (const GstSegmentTrack *track)
{
  return track->units->len;
}

gsize
gst_segment_track_get_bytes (const GstSegmentTrack *track)
{
  return track->bytes;
}

const GstSegmentUnit *
gst_segment_track_peek (const GstSegmentTrack *track, guint index)
{
  return &g_array_index (track->units, GstSegmentUnit, index);
}

gint64
gst_segment_track_get_arrival (const GstSegmentTrack *track)
{
  return track->timeline.started ? track->timeline.arrival : 0;
}

GstClockTimeDiff
gst_segment_track_get_time (const GstSegmentTrack *track)
{
  return track->time;
}

guint64
gst_segment_track_get_repaired (const GstSegmentTrack *track)
{
  return track->timeline.repaired;
}

/* To the nearest tick. */
static gint64
scale (const GstSegmentTrack *track, GstClockTimeDiff time)
{
  guint64 ticks
      = gst_util_uint64_scale_round ((guint64) ABS (time), track->stream.mp4.timescale, GST_SECOND);

  return time < 0 ? -(gint64) ticks : (gint64) ticks;
}

GstSegmentFragment *
gst_segment_track_take (GstSegmentTrack *track, guint count, guint stream,
                        GstClockTimeDiff dts_origin, GstClockTimeDiff pts_origin,
                        GstClockTimeDiff next)
{
  GstSegmentFragment *fragment = gst_segment_fragment_new (stream, track->audio);
  GstSegmentUnit *units = &g_array_index (track->units, GstSegmentUnit, 0);

  g_return_val_if_fail (count > 0 && count <= track->units->len, fragment);
  if (count < track->units->len)
    next = units[count].dts;
  else if (!GST_CLOCK_STIME_IS_VALID (next))
    next = units[count - 1].dts + units[count - 1].duration;
  fragment->pts = units[0].pts;
  fragment->end = next - dts_origin + pts_origin;

  for (guint i = 0; i < count; i++) {
    gint64 dts = MAX (scale (track, units[i].dts - dts_origin), 0);
    gint64 end = scale (track, (i + 1 < count ? units[i + 1].dts : next) - dts_origin);
    TytoMp4Sample sample = {
      .dts = (guint64) dts,
      .duration = (guint32) CLAMP (end - dts, 1, G_MAXINT32),
      .composition_offset
      = (gint32) CLAMP (scale (track, units[i].pts - pts_origin) - dts, G_MININT32, G_MAXINT32),
      .size = (guint32) units[i].size,
      .key = units[i].key,
    };

    g_array_append_val (fragment->samples, sample);
    g_ptr_array_add (fragment->buffers, g_steal_pointer (&units[i].buffer));
    fragment->bytes += sample.size;
    fragment->key_frames += units[i].key;
  }
  gst_segment_track_drop (track, count);
  return fragment;
}

gsize
gst_segment_track_drop (GstSegmentTrack *track, guint count)
{
  gsize bytes = 0;

  for (guint i = 0; i < count; i++) {
    GstSegmentUnit *unit = &g_array_index (track->units, GstSegmentUnit, i);

    bytes += unit->size;
    gst_segment_unit_clear (unit);
  }
  if (count > 0)
    g_array_remove_range (track->units, 0, count);
  track->bytes -= bytes;
  return bytes;
}
