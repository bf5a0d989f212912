/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element messages and statistics of camerasrc, whichever engine receives. */
#include "camera/gstcamerasrcprivate.h"

static void
post (GstCameraSrc *self, GstStructure *structure)
{
  gst_element_post_message (GST_ELEMENT (self),
                            gst_message_new_element (GST_OBJECT (self), structure));
}

void
gst_camera_src_get_rtp_counters (GstCameraSrc *self, GstCameraRtpCounters *counters)
{
  *counters = (GstCameraRtpCounters){ 0 };
  g_mutex_lock (&self->lock);
  if (self->lean != NULL)
    gst_camera_lean_get_counters (self->lean, counters);
  else if (self->rtp != NULL)
    gst_camera_rtp_get_counters (self->rtp, counters);
  g_mutex_unlock (&self->lock);
}

static void
on_started (gpointer owner, GstCameraTrack *track, GstCaps *caps, GstClockTime pts)
{
  GstCameraSrc *self = owner;
  GstStructure *s;
  gint width, height;

  if (self->video != NULL && track != self->video)
    return;
  s = gst_structure_new ("camerasrc-started", "running-time", G_TYPE_UINT64, pts, NULL);
  if (caps != NULL
      && gst_structure_get (gst_caps_get_structure (caps, 0), "width", G_TYPE_INT, &width, "height",
                            G_TYPE_INT, &height, NULL))
    gst_structure_set (s, "width", G_TYPE_INT, width, "height", G_TYPE_INT, height, NULL);
  post (self, s);
}

static void
on_lost (gpointer owner, GstCameraTrack *track, guint missing, GstClockTime from, GstClockTime to)
{
  GstCameraSrc *self = owner;
  GstCameraRtpCounters rtp;

  gst_camera_src_get_rtp_counters (self, &rtp);
  post (self,
        gst_structure_new ("camerasrc-loss", "running-time-start", G_TYPE_UINT64, MIN (from, to),
                           "running-time-end", G_TYPE_UINT64, to, "frames-missing", G_TYPE_UINT64,
                           (guint64) missing, "packets-lost", G_TYPE_UINT64, rtp.lost, NULL));
}

const GstCameraTrackEvents gst_camera_src_track_events = { on_started, on_lost };

void
gst_camera_src_tell_streams (GstCameraSrc *self, gboolean tcp, guint session_timeout)
{
  GstStructure *s
      = gst_structure_new ("camerasrc-streams", "transport", G_TYPE_STRING, tcp ? "tcp" : "udp",
                           "engine", G_TYPE_STRING, self->lean != NULL ? "lean" : "rtspsrc", NULL);

  if (self->video != NULL)
    gst_structure_set (s, "video-codec", G_TYPE_STRING, gst_camera_track_get_codec (self->video),
                       NULL);
  if (self->audio != NULL)
    gst_structure_set (s, "audio-codec", G_TYPE_STRING, gst_camera_track_get_codec (self->audio),
                       NULL);
  if (session_timeout != 0)
    gst_structure_set (s, "session-timeout", G_TYPE_UINT, session_timeout, NULL);
  post (self, s);
}

void
gst_camera_src_tell_clock (GstCameraSrc *self, gint64 camera_time, GstClockTime running_time)
{
  if (self->video != NULL)
    running_time += gst_camera_track_get_correction (self->video);
  post (self, gst_structure_new ("camerasrc-clock", "camera-time", G_TYPE_INT64, camera_time,
                                 "running-time", G_TYPE_UINT64, running_time, NULL));
}

void
gst_camera_src_tell_fallback (GstCameraSrc *self, const gchar *reason)
{
  post (self, gst_structure_new ("camerasrc-fallback", "engine", G_TYPE_STRING, "rtspsrc", "reason",
                                 G_TYPE_STRING, reason, NULL));
}

void
gst_camera_src_get_track_counters (GstCameraSrc *self, GstCameraTrackCounters *video,
                                   GstCameraTrackCounters *audio)
{
  *video = *audio = (GstCameraTrackCounters){ 0 };
  g_mutex_lock (&self->lock);
  if (self->video != NULL)
    gst_camera_track_get_counters (self->video, video);
  if (self->audio != NULL)
    gst_camera_track_get_counters (self->audio, audio);
  g_mutex_unlock (&self->lock);
}

GstStructure *
gst_camera_src_make_stats (GstCameraSrc *self)
{
  GstCameraTrackCounters video, audio;
  GstCameraRtpCounters rtp;

  gst_camera_src_get_track_counters (self, &video, &audio);
  gst_camera_src_get_rtp_counters (self, &rtp);

  return gst_structure_new (
      "camerasrc-stats", "packets-received", G_TYPE_UINT64, rtp.received, "packets-lost",
      G_TYPE_UINT64, rtp.lost, "packets-late", G_TYPE_UINT64, rtp.late, "packets-duplicate",
      G_TYPE_UINT64, rtp.duplicate, "frames-received", G_TYPE_UINT64, video.frames,
      "frames-skipped", G_TYPE_UINT64, video.skipped, "frames-missing", G_TYPE_UINT64,
      video.missing, "key-frames", G_TYPE_UINT64, video.key_frames, "frames-without-pts",
      G_TYPE_UINT64, video.without_pts + audio.without_pts, "bytes-received", G_TYPE_UINT64,
      video.bytes + audio.bytes, "audio-frames", G_TYPE_UINT64, audio.frames,
      "last-frame-monotonic-us", G_TYPE_INT64,
      MAX (video.last_monotonic_us, audio.last_monotonic_us), NULL);
}
