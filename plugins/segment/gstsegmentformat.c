/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentformat.h"
#include "segment/gstsegmentpath.h"

#define GST_USE_UNSTABLE_API /* of libgstmpegts; frozen since 1.20 */
#include <gst/mpegts/mpegts.h>

#define DVB_SERVICE_DIGITAL_TELEVISION 0x01       /* ETSI EN 300 468, table 89 */
#define G711_AAC_BITRATE               "32000"    /* bit/s: telephone speech needs no more */
#define TS_PROGRAM                     1          /* mpegtsmux numbers its first program so */
#define TS_HEAD_ROOM                   GST_SECOND /* for pictures shown before the key frame */
#define TS_STREAM_ID                   1

GType
gst_segment_format_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_SEGMENT_FORMAT_MP4, "Fragmented MP4", "mp4" },
    { GST_SEGMENT_FORMAT_TS, "MPEG transport stream", "ts" },
    { GST_SEGMENT_FORMAT_MKV, "Matroska", "mkv" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstSegmentFormat", values));
  return type;
}

const gchar *
gst_segment_format_get_nick (GstSegmentFormat format)
{
  static const gchar *const nicks[] = { "mp4", "ts", "mkv" };

  return nicks[format];
}

const gchar *
gst_segment_format_get_muxer (GstSegmentFormat format)
{
  static const gchar *const factories[] = { "mp4mux", "mpegtsmux", "matroskamux" };

  return factories[format];
}

GstElement *
gst_segment_format_make_muxer (GstSegmentFormat format, guint fragment_ms)
{
  GstElement *muxer = gst_element_factory_make (gst_segment_format_get_muxer (format), NULL);

  if (muxer == NULL)
    return NULL;
  switch (format) {
  case GST_SEGMENT_FORMAT_MP4:
    g_object_set (muxer, "fragment-duration", fragment_ms, NULL);
    break;
  case GST_SEGMENT_FORMAT_MKV:
    g_object_set (muxer, "offset-to-zero", TRUE, NULL);
    break;
  case GST_SEGMENT_FORMAT_TS:
    /* Whole packets in one buffer each access unit, not one buffer a packet of 188 bytes. */
    g_object_set (muxer, "alignment", 0, NULL);
    break;
  }
  return muxer;
}

void
gst_segment_format_set_tags (GstSegmentFormat format, GstElement *muxer, const gchar *camera,
                             const gchar *run, guint64 sequence, gint64 start)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (start / G_TIME_SPAN_SECOND);
  g_autoptr (GDateTime) exact = g_date_time_add (utc, start % G_TIME_SPAN_SECOND);
  g_autoptr (GstDateTime) date = gst_date_time_new_from_g_date_time (g_date_time_ref (utc));
  g_autoptr (GDate) day = g_date_new_dmy (g_date_time_get_day_of_month (utc),
                                          g_date_time_get_month (utc), g_date_time_get_year (utc));
  g_autofree gchar *timestamp = gst_segment_path_timestamp (start);
  g_autofree gchar *comment = g_strdup_printf (
      "camera=%s run=%s sequence=%" G_GUINT64_FORMAT " start=%s", camera, run, sequence, timestamp);

  if (format == GST_SEGMENT_FORMAT_TS)
    return;
  gst_tag_setter_reset_tags (GST_TAG_SETTER (muxer));
  gst_tag_setter_add_tags (GST_TAG_SETTER (muxer), GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, camera,
                           GST_TAG_DATE_TIME, date, GST_TAG_DATE, day, GST_TAG_COMMENT, comment,
                           NULL);
  /* Tags are written at the end: a file that never came to it has the writing application alone. */
  if (format == GST_SEGMENT_FORMAT_MKV)
    g_object_set (muxer, "creation-time", exact, "writing-app", comment, NULL);
}

void
gst_segment_format_set_service (GstSegmentFormat format, GstElement *muxer, const gchar *camera,
                                const gchar *run, guint64 sequence, gint64 start)
{
  g_autofree gchar *timestamp = gst_segment_path_timestamp (start);
  g_autofree gchar *provider = g_strdup_printf (
      "Tyto run=%s sequence=%" G_GUINT64_FORMAT " start=%s", run, sequence, timestamp);
  GstMpegtsSection *section;
  GstMpegtsSDT *sdt;
  GstMpegtsSDTService *service;

  if (format != GST_SEGMENT_FORMAT_TS)
    return;
  /* The camera is the service (ETSI EN 300 468, 5.2.3 and 6.2.33). */
  service = gst_mpegts_sdt_service_new ();
  service->service_id = TS_PROGRAM;
  service->running_status = GST_MPEGTS_RUNNING_STATUS_RUNNING;
  g_ptr_array_add (service->descriptors, gst_mpegts_descriptor_from_dvb_service (
                                             DVB_SERVICE_DIGITAL_TELEVISION, camera, provider));
  sdt = gst_mpegts_sdt_new ();
  sdt->actual_ts = TRUE;
  sdt->transport_stream_id = TS_STREAM_ID;
  g_ptr_array_add (sdt->services, service);
  section = gst_mpegts_section_from_sdt (sdt);
  gst_mpegts_section_send_event (section, muxer);
  gst_mpegts_section_unref (section);
}

/* mp4mux and matroskamux start from 0 by themselves. mpegtsmux drops what is shown before 0, and
 * adds an hour to all. */
GstClockTimeDiff
gst_segment_format_get_offset (GstSegmentFormat format, GstClockTime running_time)
{
  if (format != GST_SEGMENT_FORMAT_TS)
    return 0;
  return (GstClockTimeDiff) TS_HEAD_ROOM - (GstClockTimeDiff) running_time;
}

const gchar *
gst_segment_format_get_codec (const GstCaps *caps)
{
  static const struct {
    const gchar *media_type;
    const gchar *codec;
  } codecs[] = {
    { "video/x-h264", "h264" }, { "video/x-h265", "h265" }, { "audio/mpeg", "aac" },
    { "audio/x-opus", "opus" }, { "audio/x-alaw", "pcma" }, { "audio/x-mulaw", "pcmu" },
  };

  for (guint i = 0; caps != NULL && i < G_N_ELEMENTS (codecs); i++)
    if (gst_structure_has_name (gst_caps_get_structure (caps, 0), codecs[i].media_type))
      return codecs[i].codec;
  return "";
}

const gchar *
gst_segment_format_get_conversion (GstSegmentFormat format, const GstCaps *caps)
{
  static const struct {
    const gchar *codec;
    gboolean ts_only;
    const gchar *description;
  } conversions[] = {
    { "pcma", FALSE, "alawdec ! audioconvert ! voaacenc bitrate=" G711_AAC_BITRATE " ! aacparse" },
    { "pcmu", FALSE, "mulawdec ! audioconvert ! voaacenc bitrate=" G711_AAC_BITRATE " ! aacparse" },
    { "h264", TRUE, "h264parse config-interval=-1" },
    { "h265", TRUE, "h265parse config-interval=-1" },
  };
  const gchar *codec = gst_segment_format_get_codec (caps);

  for (guint i = 0; format != GST_SEGMENT_FORMAT_MKV && i < G_N_ELEMENTS (conversions); i++)
    if (g_str_equal (codec, conversions[i].codec)
        && (format == GST_SEGMENT_FORMAT_TS || !conversions[i].ts_only))
      return conversions[i].description;
  return NULL;
}

GstCaps *
gst_segment_format_get_convertible_caps (GstSegmentFormat format, gboolean audio)
{
  if (audio && format != GST_SEGMENT_FORMAT_MKV)
    return gst_caps_from_string ("audio/x-alaw; audio/x-mulaw");
  if (!audio && format == GST_SEGMENT_FORMAT_TS)
    return gst_caps_from_string ("video/x-h264, alignment=(string)au; "
                                 "video/x-h265, alignment=(string)au");
  return NULL;
}

gboolean
gst_segment_format_post_missing (GstBin *bin, const gchar *factory)
{
  GST_ELEMENT_ERROR (bin, CORE, MISSING_PLUGIN,
                     ("The GStreamer element “%s” is missing. Install GStreamer's good and bad "
                      "plugins.",
                      factory),
                     (NULL));
  return FALSE;
}
