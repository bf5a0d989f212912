/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerastream.h"

#include "camera/gstcameracodec.h"
#include "camera/gstcameragate.h"
#include "camera/gstcameraloss.h"
#include "camera/gstcamerareorder.h"
#include "camera/gstcameratimeline.h"

/* In a raw_data_block() of AAC-LC (ISO/IEC 14496-3, 4.5.1.1), the only kind cameras send. */
#define SAMPLES_OF_AAC 1024

struct _GstCameraStream {
  GstBin *bin; /* no-ref */
  const gchar *codec;
  guint media;
  gboolean video;
  GstCameraStream *leader; /* no-ref, nullable */
  const GstCameraStreamEvents *events;
  gpointer owner; /* no-ref */

  GstElement *depay; /* no-ref, the bin owns it */
  GstElement *parse; /* no-ref, nullable */
  GstPad *pad;

  GMutex lock; /* guards what follows */
  gboolean linked;
  gboolean ended;
  GstClockTime first_pts; /* of the first frame that left, or NONE */
  GstClockTime last_pts;  /* of the last frame that came with or was given a time, or NONE */
  GstCameraStreamCounters counters;
  GstCameraTimeline timeline;

  /* streaming thread only */
  GstCameraLoss loss;
  guint missing; /* pictures before the next that leaves */
  GstCameraNalFormat format;
  GstCameraReorder reorder;
  gboolean skip_leading;
  gint rate; /* of sound, Hz; 0 before it is known */
};

/* Whether @buffer is the first that can be decoded, or comes after it. */
static gboolean
video_may_pass (GstCameraStream *self, GstCameraPicture picture, GstBuffer *buffer)
{
  if (!GST_CLOCK_TIME_IS_VALID (self->first_pts)) {
    if (picture != GST_CAMERA_PICTURE_RANDOM_ACCESS && picture != GST_CAMERA_PICTURE_OPEN)
      return FALSE;
    self->skip_leading = picture == GST_CAMERA_PICTURE_OPEN;
    return TRUE;
  }
  if (!self->skip_leading)
    return TRUE;

  /* Leading pictures refer to what came before the gate; they end with the first trailing one. */
  picture = gst_camera_picture_of (&self->format, buffer);
  if (picture == GST_CAMERA_PICTURE_SKIPPED_LEADING)
    return FALSE;
  self->skip_leading = GST_BUFFER_PTS (buffer) < self->first_pts;
  return TRUE;
}

static gboolean
audio_may_pass (GstCameraStream *self, GstBuffer *buffer)
{
  GstClockTime from;

  if (self->leader == NULL)
    return TRUE;
  g_mutex_lock (&self->leader->lock);
  from = self->leader->first_pts;
  g_mutex_unlock (&self->leader->lock);
  return GST_CLOCK_TIME_IS_VALID (from) && GST_BUFFER_PTS (buffer) >= from;
}

/* Mends the time and the flags of a frame that leaves. */
static GstBuffer *
mend_video (GstCameraStream *self, GstBuffer *buffer, GstCameraPicture picture)
{
  buffer = gst_buffer_make_writable (buffer);
  GST_BUFFER_DTS (buffer) = gst_camera_reorder_next (&self->reorder, GST_BUFFER_PTS (buffer));
  /* h264parse takes any I slice for a key frame, but only an IDR picture can be cut at. */
  if (picture == GST_CAMERA_PICTURE_OTHER)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

/* The time of a picture for which the session manager says @pts. Called with the lock. */
static GstClockTime
video_time (GstCameraStream *self, GstClockTime pts)
{
  g_autoptr (GstStructure) stats = NULL;
  guint rtp, rate;

  /* A second picture with one RTP timestamp comes without a time: it is shown right after the
   * first. */
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return GST_CLOCK_TIME_IS_VALID (self->last_pts)
               ? gst_camera_timeline_next_timeless (&self->timeline, self->last_pts)
               : pts;

  g_object_get (self->depay, "stats", &stats, NULL);
  if (!gst_structure_get (stats, "timestamp", G_TYPE_UINT, &rtp, "clock_rate", G_TYPE_UINT, &rate,
                          NULL)
      || rate == 0)
    return pts;
  return gst_camera_timeline_next (&self->timeline, rtp, rate, pts);
}

/* How long the sound in @buffer is, where the parser does not say. */
static GstClockTime
sound_duration (GstCameraStream *self, GstBuffer *buffer)
{
  guint64 samples = SAMPLES_OF_AAC;

  if (GST_BUFFER_DURATION_IS_VALID (buffer) || self->rate <= 0)
    return GST_BUFFER_DURATION (buffer);
  if (g_str_has_prefix (self->codec, "pcm"))
    samples = gst_buffer_get_size (buffer); /* G.711: a byte each */
  return gst_util_uint64_scale (samples, GST_SECOND, self->rate);
}

/* Sound stays with the pictures as the session manager has laid both together. */
static GstClockTime
audio_time (GstCameraStream *self, GstBuffer *buffer)
{
  GstClockTimeDiff correction
      = self->leader != NULL ? gst_camera_stream_get_correction (self->leader) : 0;
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return pts;
  return gst_camera_timeline_next_sound (&self->timeline, MAX ((gint64) pts + correction, 0),
                                         sound_duration (self, buffer));
}

static GstBuffer *
give_time (GstCameraStream *self, GstBuffer *buffer)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  buffer = gst_buffer_make_writable (buffer);
  if (self->video) {
    g_mutex_lock (&self->lock);
    pts = video_time (self, pts);
    g_mutex_unlock (&self->lock);
  } else {
    pts = audio_time (self, buffer);
    GST_BUFFER_DTS (buffer) = pts;
  }
  GST_BUFFER_PTS (buffer) = pts;
  return buffer;
}

static gboolean
handle_frame (GstCameraStream *self, GstPadProbeInfo *info)
{
  gboolean timeless = !GST_BUFFER_PTS_IS_VALID (GST_PAD_PROBE_INFO_BUFFER (info));
  gboolean lost
      = GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER (info), GST_BUFFER_FLAG_DISCONT);
  guint missing = self->missing;
  GstBuffer *buffer = give_time (self, GST_PAD_PROBE_INFO_BUFFER (info));
  GstCameraPicture picture = GST_CAMERA_PICTURE_OTHER;
  GstClockTime pts = GST_BUFFER_PTS (buffer);
  GstClockTime before;
  gboolean pass, first;

  info->data = buffer;

  if (self->video && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    picture = gst_camera_picture_of (&self->format, buffer);
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    pass = FALSE;
  else
    pass = self->video ? video_may_pass (self, picture, buffer) : audio_may_pass (self, buffer);

  g_mutex_lock (&self->lock);
  self->counters.bytes += gst_buffer_get_size (buffer);
  self->counters.last_monotonic_us = g_get_monotonic_time ();
  self->counters.without_pts += timeless;
  if (pass)
    self->counters.frames++;
  else
    self->counters.skipped++;
  if (pass && picture != GST_CAMERA_PICTURE_OTHER)
    self->counters.key_frames++;
  first = pass && !GST_CLOCK_TIME_IS_VALID (self->first_pts);
  lost = (lost || missing > 0) && self->video && pass && !first;
  if (lost)
    self->counters.missing += missing;
  before = self->last_pts;
  if (first)
    self->first_pts = pts;
  if (GST_CLOCK_TIME_IS_VALID (pts))
    self->last_pts = pts;
  g_mutex_unlock (&self->lock);

  if (!pass) {
    /* What is skipped still teaches how pictures are reordered. */
    if (self->video && GST_CLOCK_TIME_IS_VALID (pts))
      gst_camera_reorder_next (&self->reorder, pts);
    return FALSE;
  }
  self->missing = 0;
  if (self->video)
    info->data = mend_video (self, buffer, picture);
  if (first)
    self->events->started (self->owner, self, pts);
  if (lost)
    self->events->lost (self->owner, self, missing, before, pts);
  return TRUE;
}

static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstCameraStream *self = user_data;
  GstCameraPacket packet;

  if (gst_camera_packet_read (&packet, GST_PAD_PROBE_INFO_BUFFER (info),
                              g_str_equal (self->codec, "h265")))
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
    if (self->video)
      gst_camera_nal_format_from_caps (&self->format, caps);
    else
      gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &self->rate);
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
gst_camera_stream_new (GstBin *bin, guint media, const GstCaps *caps,
                       const GstCameraStreamEvents *events, gpointer owner, GError **error)
{
  GstCameraStream *self = g_new0 (GstCameraStream, 1);
  const GstCameraCodec *codec = gst_camera_codec_find (caps);

  g_mutex_init (&self->lock);
  self->bin = bin;
  self->codec = codec->name;
  self->media = media;
  self->video = g_str_equal (codec->media, "video");
  self->events = events;
  self->owner = owner;
  self->first_pts = self->last_pts = GST_CLOCK_TIME_NONE;
  gst_camera_reorder_init (&self->reorder);
  gst_camera_timeline_init (&self->timeline);
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
  if (self->video)
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

void
gst_camera_stream_set_leader (GstCameraStream *self, GstCameraStream *leader)
{
  self->leader = leader;
}

guint
gst_camera_stream_get_media (GstCameraStream *self)
{
  return self->media;
}

const gchar *
gst_camera_stream_get_codec (GstCameraStream *self)
{
  return self->codec;
}

gboolean
gst_camera_stream_is_video (GstCameraStream *self)
{
  return self->video;
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

void
gst_camera_stream_get_counters (GstCameraStream *self, GstCameraStreamCounters *counters)
{
  g_mutex_lock (&self->lock);
  *counters = self->counters;
  g_mutex_unlock (&self->lock);
}

GstClockTimeDiff
gst_camera_stream_get_correction (GstCameraStream *self)
{
  GstClockTimeDiff correction;

  g_mutex_lock (&self->lock);
  correction = gst_camera_timeline_correction (&self->timeline);
  g_mutex_unlock (&self->lock);
  return correction;
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
  begun = !self->video || GST_CLOCK_TIME_IS_VALID (self->first_pts);
  g_mutex_unlock (&self->lock);
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
