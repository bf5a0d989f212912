/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/sdp/gstsdpmessage.h>
#include <stdio.h>
#include <string.h>

#include "camera/gstcameracodec.h"
#include "camera/gstcameraexchange.h"
#include "camera/gstcamerasrcprivate.h"

GST_DEBUG_CATEGORY_EXTERN (gst_camera_src_debug);
#define GST_CAT_DEFAULT gst_camera_src_debug

#define MAX_STREAMS 2

static guint
streams (GstCameraSrc *self, GstCameraStream *list[MAX_STREAMS])
{
  guint n = 0;

  g_mutex_lock (&self->lock);
  if (self->video_stream != NULL)
    list[n++] = self->video_stream;
  if (self->audio_stream != NULL)
    list[n++] = self->audio_stream;
  g_mutex_unlock (&self->lock);
  return n;
}

static void
touch (GstCameraSrc *self)
{
  g_mutex_lock (&self->lock);
  self->activity = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
}

/* The password is with rtspsrc only from a challenge to the next request, and nobody is notified of
 * it: rtspsrc's own property is readable, so that dot dumps and property watchers would show it. */
static void
lend_credentials (GstCameraSrc *self)
{
  g_autofree gchar *user = NULL;
  g_autofree gchar *password = NULL;
  gboolean lend;

  GST_OBJECT_LOCK (self);
  user = g_strdup (self->user_id);
  password = g_strdup (self->user_pw != NULL ? self->user_pw : "");
  GST_OBJECT_UNLOCK (self);
  if (user == NULL)
    return;

  g_mutex_lock (&self->lock);
  lend = !self->lent;
  self->lent = TRUE;
  g_mutex_unlock (&self->lock);
  if (!lend)
    return;
  g_object_freeze_notify (G_OBJECT (self->rtspsrc));
  g_object_set (self->rtspsrc, "user-id", user, "user-pw", password, NULL);
}

void
gst_camera_src_take_credentials_back (GstCameraSrc *self)
{
  gboolean lent;

  g_mutex_lock (&self->lock);
  lent = self->lent;
  self->lent = FALSE;
  g_mutex_unlock (&self->lock);
  if (!lent)
    return;
  g_object_set (self->rtspsrc, "user-id", NULL, "user-pw", NULL, NULL);
  g_object_thaw_notify (G_OBJECT (self->rtspsrc));
}

/* (transfer full) (nullable): what the first payload type of @media carries */
static GstCaps *
media_caps (const GstSDPMedia *media)
{
  const gchar *format = gst_sdp_media_get_format (media, 0);
  GstCaps *caps = format != NULL ? gst_sdp_media_get_caps_from_media (media, atoi (format)) : NULL;

  if (caps != NULL && gst_camera_codec_find (caps) == NULL)
    gst_clear_caps (&caps);
  return caps;
}

/* Takes media @index of the SDP when it is the first of its kind. */
static gboolean
take_media (GstCameraSrc *self, guint index, const GstSDPMedia *media, GError **error)
{
  g_autoptr (GstCaps) caps = media_caps (media);
  const GstCameraCodec *codec = caps != NULL ? gst_camera_codec_find (caps) : NULL;
  GstCameraStream *stream;
  GstCameraTrack *track;
  gboolean video;

  if (codec == NULL || (track = gst_camera_src_add_track (self, codec)) == NULL)
    return TRUE;
  stream = gst_camera_stream_new (GST_BIN (self), index, codec, track, error);
  if (stream == NULL)
    return FALSE;
  video = gst_camera_track_is_video (track);
  g_mutex_lock (&self->lock);
  *(video ? &self->video_stream : &self->audio_stream) = stream;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* A stream that says when it ends (RFC 2326, C.1.5) is ended by the session manager's clock, with
 * what is still to be read; we end it when the camera does. */
static void
forget_range (GstSDPMessage *sdp)
{
  for (guint i = gst_sdp_message_attributes_len (sdp); i-- > 0;)
    if (g_str_equal (gst_sdp_message_get_attribute (sdp, i)->key, "range"))
      gst_sdp_message_remove_attribute (sdp, i);
  for (guint m = 0; m < gst_sdp_message_medias_len (sdp); m++) {
    GstSDPMedia *media = (GstSDPMedia *) gst_sdp_message_get_media (sdp, m);

    for (guint i = gst_sdp_media_attributes_len (media); i-- > 0;)
      if (g_str_equal (gst_sdp_media_get_attribute (media, i)->key, "range"))
        gst_sdp_media_remove_attribute (media, i);
  }
}

static void
on_sdp (GstElement *rtspsrc, GstSDPMessage *sdp, GstCameraSrc *self)
{
  guint n_medias = gst_sdp_message_medias_len (sdp);
  g_autoptr (GError) error = NULL;
  GstCameraStream *list[MAX_STREAMS];
  guint n;

  forget_range (sdp);
  for (guint i = 0; i < n_medias && error == NULL; i++)
    take_media (self, i, gst_sdp_message_get_media (sdp, i), &error);
  n = streams (self, list);
  g_mutex_lock (&self->lock);
  self->setups_left = n;
  g_mutex_unlock (&self->lock);
  if (error != NULL)
    gst_camera_src_fail (self, error->domain, error->code, error->message, NULL);
  else if (n == 0)
    gst_camera_src_fail (self, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
                         "The camera offers nothing that can be recorded: set it to H.264 or H.265 "
                         "video, or to AAC, G.711 or Opus audio",
                         "no usable media in the SDP");
}

static gboolean
on_select_stream (GstElement *rtspsrc, guint index, GstCaps *caps, GstCameraSrc *self)
{
  GstCameraStream *list[MAX_STREAMS];
  guint n = streams (self, list);
  gboolean ended;

  g_mutex_lock (&self->lock);
  ended = self->eos_requested;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < n && !ended; i++)
    if (gst_camera_stream_get_media (list[i]) == index)
      return TRUE;
  return FALSE;
}

static void
add_pad (GstCameraSrc *self, GstCameraStream *stream, const gchar *name)
{
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self);
  GstPad *pad;

  if (stream == NULL)
    return;
  pad = gst_ghost_pad_new_from_template (name, gst_camera_stream_get_pad (stream),
                                         gst_element_class_get_pad_template (klass, name));
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
}

/* All is set up and PLAY is about to be sent: no data can have come yet. */
static void
expose (GstCameraSrc *self)
{
  gboolean expose_now;

  g_mutex_lock (&self->lock);
  expose_now = !self->exposed && !self->eos_requested;
  self->exposed |= expose_now;
  self->phase = GST_CAMERA_PHASE_PLAYING;
  self->activity = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);

  if (expose_now) {
    add_pad (self, self->video_stream, "video");
    add_pad (self, self->audio_stream, "audio");
    gst_element_no_more_pads (GST_ELEMENT (self));
    gst_camera_src_tell_streams (self, self->interleaved,
                                 gst_camera_keep_alive_get_timeout (self->keep_alive));
  }
  /* Over UDP the RTSP connection is quiet and rtspsrc keeps it alive itself. */
  if (self->interleaved || self->keep_alive_period != 0)
    gst_camera_keep_alive_start (self->keep_alive);
  gst_camera_src_rtspsrc_playing (self);
}

static gboolean
on_before_send (GstElement *rtspsrc, GstRTSPMessage *request, GstCameraSrc *self)
{
  gst_camera_src_take_credentials_back (self);
  gst_camera_keep_alive_before_send (self->keep_alive, request);
  if (request->type_data.request.method == GST_RTSP_PLAY)
    expose (self);
  return TRUE;
}

static void
note_setup (GstCameraSrc *self, GstRTSPMessage *response)
{
  gchar *transport = NULL;

  gst_rtsp_message_get_header (response, GST_RTSP_HDR_TRANSPORT, &transport, 0);
  g_mutex_lock (&self->lock);
  self->interleaved = transport != NULL && strstr (transport, "interleaved") != NULL;
  if (self->setups_left > 0 && --self->setups_left == 0)
    self->phase = GST_CAMERA_PHASE_READY;
  g_mutex_unlock (&self->lock);
}

/* Whether a challenge may be answered: a refused password is not sent again, as cameras lock users
 * out. */
static gboolean
may_authenticate (const GstRTSPMessage *request, GstRTSPMessage *response)
{
  gchar *sent = NULL, *challenge = NULL;

  gst_rtsp_message_get_header (request, GST_RTSP_HDR_AUTHORIZATION, &sent, 0);
  if (sent == NULL)
    return TRUE;
  for (gint i = 0;
       gst_rtsp_message_get_header (response, GST_RTSP_HDR_WWW_AUTHENTICATE, &challenge, i)
       == GST_RTSP_OK;
       i++) {
    g_autofree gchar *lower = g_ascii_strdown (challenge, -1);

    if (strstr (lower, "stale=true") != NULL || strstr (lower, "stale=\"true\"") != NULL)
      return TRUE;
  }
  return FALSE;
}

static void
on_answered (GObject *listener, const GstRTSPMessage *request, GstRTSPMessage *response)
{
  GstCameraSrc *self = GST_CAMERA_SRC (listener);
  GstRTSPStatusCode code = response->type_data.response.code;

  touch (self);
  g_mutex_lock (&self->lock);
  self->last_status = code;
  g_mutex_unlock (&self->lock);
  gst_camera_keep_alive_answered (self->keep_alive, request, response);
  if (code == GST_RTSP_STS_OK && request->type_data.request.method == GST_RTSP_SETUP)
    note_setup (self, response);
  else if (code == GST_RTSP_STS_OK && request->type_data.request.method == GST_RTSP_PLAY)
    gst_rtsp_message_remove_header (response, GST_RTSP_HDR_RANGE, -1); /* see forget_range() */
  else if (code == GST_RTSP_STS_UNAUTHORIZED && may_authenticate (request, response))
    lend_credentials (self);
}

static void
on_pad_added (GstElement *rtspsrc, GstPad *pad, GstCameraSrc *self)
{
  GstCameraStream *list[MAX_STREAMS];
  guint n = streams (self, list);
  guint media;

  if (sscanf (GST_PAD_NAME (pad), "recv_rtp_src_%u_", &media) != 1
      && sscanf (GST_PAD_NAME (pad), "stream_%u", &media) != 1)
    return;
  for (guint i = 0; i < n; i++)
    if (gst_camera_stream_get_media (list[i]) == media && !gst_camera_stream_link (list[i], pad))
      GST_DEBUG_OBJECT (self, "not taken: %" GST_PTR_FORMAT, pad);
}

/* rtpbin 1.22 does not always bring the packets of a second source out. */
static void
on_second_source (gpointer owner, guint media)
{
  GstCameraSrc *self = owner;

  g_mutex_lock (&self->lock);
  self->cut = TRUE;
  g_mutex_unlock (&self->lock);
  gst_camera_src_fail (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                       "The camera began its stream anew, with timestamps that do not continue the "
                       "former ones; connect again",
                       "a second RTP source (SSRC) in the session");
}

/* The camera said BYE (RFC 3550, section 6.6), or the end of its range is reached. */
static void
on_ended (GstElement *manager, guint media, guint ssrc, GstCameraSrc *self)
{
  g_mutex_lock (&self->lock);
  self->bye = TRUE;
  g_mutex_unlock (&self->lock);
  gst_camera_src_fail_ended (self);
}

static void
on_new_manager (GstElement *rtspsrc, GstElement *manager, GstCameraSrc *self)
{
  g_signal_connect (manager, "on-bye-ssrc", G_CALLBACK (on_ended), self);
  g_signal_connect (manager, "on-npt-stop", G_CALLBACK (on_ended), self);
  gst_camera_rtp_watch (self->rtp, manager);
}

static void
on_report (gpointer owner, guint media, const GstStructure *report)
{
  GstCameraSrc *self = owner;
  GstCameraStream *list[MAX_STREAMS];

  /* The first is the video stream, if there is one. */
  if (streams (self, list) > 0 && gst_camera_stream_get_media (list[0]) == media) {
    g_autoptr (GstPad) pad = gst_camera_stream_get_rtp_pad (list[0]);

    gst_camera_clock_report (self->clock, report, pad);
  }
}

static void
on_camera_time (gpointer owner, gint64 camera_time, GstClockTime running_time)
{
  gst_camera_src_tell_clock (owner, camera_time, running_time);
}

gboolean
gst_camera_src_session_make (GstCameraSrc *self)
{
  if (self->rtspsrc != NULL)
    return TRUE;
  self->rtspsrc = gst_element_factory_make ("rtspsrc", "rtspsrc");
  if (self->rtspsrc == NULL)
    return FALSE;
  gst_bin_add (GST_BIN (self), self->rtspsrc);
  self->keep_alive = gst_camera_keep_alive_new (self->rtspsrc);
  self->rtp = gst_camera_rtp_new (on_report, on_second_source, self);
  self->clock = gst_camera_clock_new (on_camera_time, self);
  self->exchange = gst_camera_exchange_listen (self->rtspsrc, G_OBJECT (self), on_answered);
  g_signal_connect (self->rtspsrc, "on-sdp", G_CALLBACK (on_sdp), self);
  g_signal_connect (self->rtspsrc, "select-stream", G_CALLBACK (on_select_stream), self);
  g_signal_connect (self->rtspsrc, "before-send", G_CALLBACK (on_before_send), self);
  g_signal_connect (self->rtspsrc, "new-manager", G_CALLBACK (on_new_manager), self);
  g_signal_connect (self->rtspsrc, "pad-added", G_CALLBACK (on_pad_added), self);
  return TRUE;
}
