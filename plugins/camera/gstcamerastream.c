/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerastream.h"

#include "camera/gstcameraloss.h"

struct _GstCameraStream {
  GstBin *bin; /* no-ref */
  const GstCameraCodec *codec;
  guint media;
  GstCameraTrack *track; /* no-ref */

  GstElement *depay; /* no-ref, the bin owns it */
  GstElement *parse; /* no-ref, nullable */
  GstPad *pad;

  GMutex lock; /* guards what follows */
  gboolean linked;
  gboolean ended;

  /* streaming thread only */
  GstCameraLoss loss;
  guint missing; /* pictures before the next frame */
};

static void
read_rtp_time (GstCameraStream *self, GstCameraFrame *frame)
{
  g_autoptr (GstStructure) stats = NULL;

  g_object_get (self->depay, "stats", &stats, NULL);
  frame->has_rtp = gst_structure_get (stats, "timestamp", G_TYPE_UINT, &frame->rtp, "clock_rate",
                                      G_TYPE_UINT, &frame->rate, NULL);
}

static gboolean
handle_frame (GstCameraStream *self, GstPadProbeInfo *info)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstCameraFrame frame = {
    .pts = GST_BUFFER_PTS (buffer),
    .arrival = (GstClockTime) g_get_monotonic_time () * GST_USECOND,
    .picture = GST_CAMERA_PICTURE_OTHER,
    .discont = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT),
    .missing = self->missing,
  };
  gboolean pass;

  self->missing = 0;
  read_rtp_time (self, &frame);
  if (gst_camera_track_is_video (self->track)
      && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    frame.picture = gst_camera_picture_of (gst_camera_track_get_nal_format (self->track), buffer);
  pass = gst_camera_track_take (self->track, &buffer, &frame);
  info->data = buffer;
  return pass;
}

static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstCameraStream *self = user_data;
  GstCameraPacket packet;

  if (gst_camera_packet_read (&packet, GST_PAD_PROBE_INFO_BUFFER (info),
                              g_str_equal (self->codec->name, "h265")))
    self->missing += gst_camera_loss_next (&self->loss, &packet);
  return GST_PAD_PROBE_OK;
}

/* As the session manager pushes them, one by one. */
static void
watch_packets (GstCameraStream *self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->depay, "sink");

  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER, on_packet, self, NULL);
}

static GstPadProbeReturn
on_output (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstCameraStream *self = user_data;
  GstEvent *event;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER)
    return handle_frame (self, info) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;

  event = GST_PAD_PROBE_INFO_EVENT (info);
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    GstCaps *caps;

    gst_event_parse_caps (event, &caps);
    gst_camera_track_set_caps (self->track, caps);
  }
  return GST_PAD_PROBE_OK;
}

static GstElement *
add_element (GstCameraStream *self, const gchar *factory, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL) {
    g_set_error (error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN,
                 "The GStreamer element %s is missing", factory);
    return NULL;
  }
  gst_bin_add (self->bin, element);
  return element;
}

GstCameraStream *
gst_camera_stream_new (GstBin *bin, guint media, const GstCameraCodec *codec, GstCameraTrack *track,
                       GError **error)
{
  GstCameraStream *self = g_new0 (GstCameraStream, 1);

  g_mutex_init (&self->lock);
  self->bin = bin;
  self->codec = codec;
  self->media = media;
  self->track = track;
  gst_camera_loss_init (&self->loss);

  self->depay = add_element (self, codec->depay, error);
  if (self->depay != NULL && codec->parse != NULL)
    self->parse = add_element (self, codec->parse, error);
  if (self->depay == NULL || (codec->parse != NULL && self->parse == NULL)) {
    gst_camera_stream_free (self);
    return NULL;
  }
  if (self->parse != NULL)
    gst_element_link (self->depay, self->parse);
  self->pad = gst_element_get_static_pad (self->parse ? self->parse : self->depay, "src");
  gst_pad_add_probe (self->pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                     on_output, self, NULL);
  if (gst_camera_track_is_video (track))
    watch_packets (self);
  if (self->parse != NULL)
    gst_element_sync_state_with_parent (self->parse);
  gst_element_sync_state_with_parent (self->depay);
  return self;
}

static void
remove_element (GstCameraStream *self, GstElement *element)
{
  if (element == NULL)
    return;
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (self->bin, element);
}

void
gst_camera_stream_free (GstCameraStream *self)
{
  g_clear_object (&self->pad);
  remove_element (self, self->depay);
  remove_element (self, self->parse);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint
gst_camera_stream_get_media (GstCameraStream *self)
{
  return self->media;
}

GstPad *
gst_camera_stream_get_pad (GstCameraStream *self)
{
  return self->pad;
}

GstPad *
gst_camera_stream_get_rtp_pad (GstCameraStream *self)
{
  return gst_element_get_static_pad (self->depay, "sink");
}

gboolean
gst_camera_stream_link (GstCameraStream *self, GstPad *rtp)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->depay, "sink");
  gboolean may_link;

  g_mutex_lock (&self->lock);
  may_link = !self->linked && !self->ended;
  self->linked |= may_link;
  g_mutex_unlock (&self->lock);
  return may_link && gst_pad_link_full (rtp, sink, GST_PAD_LINK_CHECK_NOTHING) == GST_PAD_LINK_OK;
}

static gboolean
has_segment (GstPad *sink)
{
  g_autoptr (GstEvent) segment = gst_pad_get_sticky_event (sink, GST_EVENT_SEGMENT, 0);

  return segment != NULL;
}

gboolean
gst_camera_stream_is_unheard (GstCameraStream *self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->depay, "sink");
  gboolean linked, begun;

  g_mutex_lock (&self->lock);
  linked = self->linked;
  g_mutex_unlock (&self->lock);
  begun = !gst_camera_track_is_video (self->track) || gst_camera_track_has_begun (self->track);
  return linked && (!begun || !has_segment (sink));
}

/* Sends EOS in where RTP packets enter. */
static void
end (GstCameraStream *self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->depay, "sink");
  g_autoptr (GstPad) source = gst_pad_get_peer (sink);

  if (source != NULL)
    gst_pad_unlink (source, sink);
  if (!has_segment (sink)) {
    g_autofree gchar *id = g_strdup_printf ("camera/%u", self->media);
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_pad_send_event (sink, gst_event_new_stream_start (id));
    gst_pad_send_event (sink, gst_event_new_segment (&segment));
  }
  gst_pad_send_event (sink, gst_event_new_eos ());
}

void
gst_camera_stream_end_unlinked (GstCameraStream *self)
{
  gboolean may_end;

  g_mutex_lock (&self->lock);
  may_end = !self->linked && !self->ended;
  self->ended |= may_end;
  g_mutex_unlock (&self->lock);
  if (may_end)
    end (self);
}

void
gst_camera_stream_cut (GstCameraStream *self)
{
  gboolean may_end;

  g_mutex_lock (&self->lock);
  may_end = self->linked && !self->ended;
  self->ended |= may_end;
  g_mutex_unlock (&self->lock);
  if (may_end)
    end (self);
}
