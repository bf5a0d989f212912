/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameratrack.h"

#include "camera/gstcamerareorder.h"
#include "camera/gstcameratimeline.h"

/* In a raw_data_block() of AAC-LC (ISO/IEC 14496-3, 4.5.1.1), the only kind cameras send. */
#define SAMPLES_OF_AAC 1024

struct _GstCameraTrack {
  const GstCameraCodec *codec;
  gboolean video;
  GstCameraTrack *leader; /* no-ref, nullable */
  const GstCameraTrackEvents *events;
  gpointer owner; /* no-ref */

  GMutex lock;            /* guards what follows */
  GstClockTime first_pts; /* of the first frame that left, or NONE */
  GstClockTime last_pts;  /* of the last frame that came with or was given a time, or NONE */
  GstCameraTrackCounters counters;
  GstCameraTimeline timeline;

  /* streaming thread only */
  guint missing; /* pictures before the next that leaves */
  GstCaps *caps; /* nullable */
  GstCameraNalFormat format;
  GstCameraReorder reorder;
  gboolean skip_leading;
  gint rate; /* of sound, Hz; 0 before it is known */
};

GstCameraTrack *
gst_camera_track_new (const GstCameraCodec *codec, const GstCameraTrackEvents *events,
                      gpointer owner)
{
  GstCameraTrack *self = g_new0 (GstCameraTrack, 1);

  g_mutex_init (&self->lock);
  self->codec = codec;
  self->video = g_str_equal (codec->media, "video");
  self->events = events;
  self->owner = owner;
  self->first_pts = self->last_pts = GST_CLOCK_TIME_NONE;
  gst_camera_reorder_init (&self->reorder);
  gst_camera_timeline_init (&self->timeline);
  return self;
}

void
gst_camera_track_free (GstCameraTrack *self)
{
  gst_clear_caps (&self->caps);
  g_mutex_clear (&self->lock);
  g_free (self);
}

void
gst_camera_track_set_leader (GstCameraTrack *self, GstCameraTrack *leader)
{
  self->leader = leader;
}

void
gst_camera_track_set_caps (GstCameraTrack *self, GstCaps *caps)
{
  gst_caps_replace (&self->caps, caps);
  if (self->video)
    gst_camera_nal_format_from_caps (&self->format, caps);
  else
    gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &self->rate);
}

/* Whether @buffer is the first that can be decoded, or comes after it. */
static gboolean
video_may_pass (GstCameraTrack *self, GstCameraPicture picture, GstBuffer *buffer)
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
audio_may_pass (GstCameraTrack *self, GstBuffer *buffer)
{
  GstClockTime from;

  if (self->leader == NULL)
    return TRUE;
  g_mutex_lock (&self->leader->lock);
  from = self->leader->first_pts;
  g_mutex_unlock (&self->leader->lock);
  return GST_CLOCK_TIME_IS_VALID (from) && GST_BUFFER_PTS (buffer) >= from;
}

static gboolean
may_pass (GstCameraTrack *self, GstCameraPicture picture, GstBuffer *buffer)
{
  if (!GST_BUFFER_PTS_IS_VALID (buffer))
    return FALSE;
  return self->video ? video_may_pass (self, picture, buffer) : audio_may_pass (self, buffer);
}

/* Called with the lock. */
static GstClockTime
video_time (GstCameraTrack *self, const GstCameraFrame *frame)
{
  gboolean has_rtp = frame->has_rtp && frame->rate != 0;
  GstClockTime pts = frame->pts;

  if (!GST_CLOCK_TIME_IS_VALID (pts) && has_rtp)
    pts = gst_camera_timeline_expect (&self->timeline, frame->rtp, frame->rate);
  /* A second picture with one RTP timestamp comes without a time: it is shown right after the
   * first. */
  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return GST_CLOCK_TIME_IS_VALID (self->last_pts)
               ? gst_camera_timeline_next_timeless (&self->timeline, self->last_pts)
               : pts;
  if (!has_rtp)
    return pts;
  return gst_camera_timeline_next (&self->timeline, frame->rtp, frame->rate, pts, frame->arrival);
}

/* How long the sound in @buffer is, where the parser does not say. */
static GstClockTime
sound_duration (GstCameraTrack *self, GstBuffer *buffer)
{
  guint64 samples = SAMPLES_OF_AAC;

  if (GST_BUFFER_DURATION_IS_VALID (buffer) || self->rate <= 0
      || g_str_equal (self->codec->name, "opus"))
    return GST_BUFFER_DURATION (buffer);
  if (g_str_has_prefix (self->codec->name, "pcm"))
    samples = gst_buffer_get_size (buffer); /* G.711: a byte each */
  return gst_util_uint64_scale (samples, GST_SECOND, self->rate);
}

/* Sound stays with the pictures as both were laid together when they were received. */
static GstClockTime
audio_time (GstCameraTrack *self, GstBuffer *buffer, const GstCameraFrame *frame)
{
  GstClockTimeDiff correction
      = self->leader != NULL ? gst_camera_track_get_correction (self->leader) : 0;
  gboolean leaps = !frame->has_rtp || frame->rate == 0
                   || gst_camera_timeline_sound_leaps (&self->timeline, frame->rtp, frame->rate);
  GstClockTime pts = frame->pts;

  if (GST_CLOCK_TIME_IS_VALID (pts))
    pts = (GstClockTime) MAX ((gint64) pts + correction, 0);
  else if (self->timeline.started)
    pts = self->timeline.time; /* right behind the sound before */
  else
    return pts;
  return gst_camera_timeline_next_sound (&self->timeline, pts, sound_duration (self, buffer),
                                         leaps ? GST_CLOCK_TIME_NONE : frame->arrival);
}

static void
give_time (GstCameraTrack *self, GstBuffer *buffer, const GstCameraFrame *frame)
{
  if (self->video) {
    g_mutex_lock (&self->lock);
    GST_BUFFER_PTS (buffer) = video_time (self, frame);
    g_mutex_unlock (&self->lock);
  } else {
    GST_BUFFER_PTS (buffer) = audio_time (self, buffer, frame);
    GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
  }
}

/* Counts a frame. @first: (out): it is the first that passes. @before: (out): the time of the one
 * before. */
static void
count (GstCameraTrack *self, GstBuffer *buffer, const GstCameraFrame *frame, gboolean pass,
       gboolean *first, GstClockTime *before)
{
  GstClockTime pts = GST_BUFFER_PTS (buffer);

  g_mutex_lock (&self->lock);
  self->counters.bytes += gst_buffer_get_size (buffer);
  self->counters.last_monotonic_us = g_get_monotonic_time ();
  self->counters.without_pts += !GST_CLOCK_TIME_IS_VALID (frame->pts);
  self->counters.frames += pass;
  self->counters.skipped += !pass;
  self->counters.key_frames += pass && frame->picture != GST_CAMERA_PICTURE_OTHER;
  *first = pass && !GST_CLOCK_TIME_IS_VALID (self->first_pts);
  if (self->video && pass && !*first)
    self->counters.missing += self->missing;
  *before = self->last_pts;
  if (*first)
    self->first_pts = pts;
  if (GST_CLOCK_TIME_IS_VALID (pts))
    self->last_pts = pts;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_camera_track_take (GstCameraTrack *self, GstBuffer **buffer, const GstCameraFrame *frame)
{
  GstClockTime pts, before, decoded = GST_CLOCK_TIME_NONE;
  guint missing;
  gboolean pass, first;

  *buffer = gst_buffer_make_writable (*buffer);
  give_time (self, *buffer, frame);
  pts = GST_BUFFER_PTS (*buffer);
  pass = may_pass (self, frame->picture, *buffer);
  self->missing += frame->missing;
  count (self, *buffer, frame, pass, &first, &before);

  /* What is skipped still teaches how pictures are reordered. */
  if (self->video && GST_CLOCK_TIME_IS_VALID (pts))
    decoded = gst_camera_reorder_next (&self->reorder, pts);
  if (!pass)
    return FALSE;
  missing = self->missing;
  self->missing = 0;
  if (self->video) {
    GST_BUFFER_DTS (*buffer) = decoded;
    /* h264parse takes any I slice for a key frame, but only an IDR picture can be cut at. */
    if (frame->picture == GST_CAMERA_PICTURE_OTHER)
      GST_BUFFER_FLAG_SET (*buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  }
  if (first)
    self->events->started (self->owner, self, self->caps, pts);
  else if (self->video && (frame->discont || missing > 0))
    self->events->lost (self->owner, self, missing, before, pts);
  return TRUE;
}

const gchar *
gst_camera_track_get_codec (GstCameraTrack *self)
{
  return self->codec->name;
}

gboolean
gst_camera_track_is_video (GstCameraTrack *self)
{
  return self->video;
}

const GstCameraNalFormat *
gst_camera_track_get_nal_format (GstCameraTrack *self)
{
  return &self->format;
}

void
gst_camera_track_get_counters (GstCameraTrack *self, GstCameraTrackCounters *counters)
{
  g_mutex_lock (&self->lock);
  *counters = self->counters;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_camera_track_has_begun (GstCameraTrack *self)
{
  gboolean begun;

  g_mutex_lock (&self->lock);
  begun = GST_CLOCK_TIME_IS_VALID (self->first_pts);
  g_mutex_unlock (&self->lock);
  return begun;
}

GstClockTimeDiff
gst_camera_track_get_correction (GstCameraTrack *self)
{
  GstClockTimeDiff correction;

  g_mutex_lock (&self->lock);
  correction = gst_camera_timeline_correction (&self->timeline);
  g_mutex_unlock (&self->lock);
  return correction;
}
