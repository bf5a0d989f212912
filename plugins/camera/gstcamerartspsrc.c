/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A run by rtspsrc: what comes before and after its session (gstcamerasession.c). */
#include "camera/gstcameraexchange.h"
#include "camera/gstcamerasrcprivate.h"

#define BYE_PATIENCE    (300 * G_TIME_SPAN_MILLISECOND)
#define END_PATIENCE    (500 * G_TIME_SPAN_MILLISECOND) /* comes at once */
#define UDP_BUFFER_SIZE (4 * 1024 * 1024)

static GstClockTime
on_batching (GObject *owner)
{
  GstCameraSrc *self = GST_CAMERA_SRC (owner);

  gst_camera_batch_adapt (self->batch, gst_camera_src_count_bytes (self));
  return GST_CAMERA_BATCH_PERIOD;
}

void
gst_camera_src_rtspsrc_playing (GstCameraSrc *self)
{
  /* Over UDP each packet is a datagram, and the kernel knows no mark. */
  if (self->interleaved && gst_camera_batch_start (self->batch, self->batch_duration * GST_MSECOND))
    gst_camera_timer_start (self->batching, GST_CAMERA_BATCH_PERIOD);
}

gboolean
gst_camera_src_rtspsrc_make (GstCameraSrc *self)
{
  if (self->rtspsrc != NULL)
    return TRUE;
  if (!gst_camera_src_session_make (self))
    return FALSE;
  self->batch = gst_camera_batch_new ();
  self->batching = gst_camera_timer_new (G_OBJECT (self), on_batching);
  return TRUE;
}

void
gst_camera_src_rtspsrc_free (GstCameraSrc *self)
{
  g_clear_pointer (&self->batching, gst_camera_timer_free);
  g_clear_pointer (&self->batch, gst_camera_batch_free);
  if (self->rtspsrc == NULL)
    return;
  gst_camera_exchange_unlisten (self->exchange);
  gst_camera_rtp_free (self->rtp);
  gst_camera_clock_free (self->clock);
  g_object_unref (self->keep_alive);
}

static guint
lower_transports (GstCameraSrc *self)
{
  if (self->any_transport)
    return GST_RTSP_LOWER_TRANS_UDP | GST_RTSP_LOWER_TRANS_UDP_MCAST | GST_RTSP_LOWER_TRANS_TCP;
  switch (self->transport) {
  case GST_CAMERA_TRANSPORT_UDP:
    return GST_RTSP_LOWER_TRANS_UDP;
  case GST_CAMERA_TRANSPORT_AUTO:
    return GST_RTSP_LOWER_TRANS_UDP | GST_RTSP_LOWER_TRANS_TCP;
  default:
    return GST_RTSP_LOWER_TRANS_TCP;
  }
}

void
gst_camera_src_rtspsrc_open (GstCameraSrc *self)
{
  guint64 timeout = (guint64) self->timeout * G_USEC_PER_SEC;
  gboolean fall_back = self->transport == GST_CAMERA_TRANSPORT_AUTO || self->any_transport;

  g_object_set (self->rtspsrc, "location", self->location, "latency", self->latency, "protocols",
                lower_transports (self), "tcp-timeout", timeout, "timeout",
                fall_back ? MIN (timeout / 2, 5 * G_USEC_PER_SEC) : 0, "tls-validation-flags",
                self->tls_validation_flags, "udp-buffer-size", UDP_BUFFER_SIZE, "do-retransmission",
                FALSE, "drop-on-latency", FALSE, "max-rtcp-rtp-time-diff", -1, "udp-reconnect",
                FALSE, NULL);
  gst_camera_keep_alive_reset (self->keep_alive, self->keep_alive_period);
}

void
gst_camera_src_rtspsrc_stop (GstCameraSrc *self)
{
  if (self->rtspsrc == NULL)
    return;
  gst_camera_keep_alive_stop (self->keep_alive);
  gst_camera_timer_stop (self->batching);
  gst_camera_batch_stop (self->batch);
}

/* rtspsrc 1.22 has no sequence number for events that pass through it while it goes to READY. */
void
gst_camera_src_rtspsrc_settle (GstCameraSrc *self)
{
  gint64 until = g_get_monotonic_time () + END_PATIENCE;
  gboolean breaking;

  if (self->rtspsrc == NULL)
    return;
  g_mutex_lock (&self->lock);
  breaking = self->breaking;
  while (self->n_sending > 0 && g_cond_wait_until (&self->idle, &self->lock, until))
    ;
  g_mutex_unlock (&self->lock);
  if (breaking)
    gst_camera_rtp_wait_ended (self->rtp, until);
  gst_camera_rtp_stop (self->rtp);
}

void
gst_camera_src_rtspsrc_close (GstCameraSrc *self)
{
  GstCameraStream *video, *audio;

  if (self->rtspsrc == NULL)
    return;
  g_mutex_lock (&self->lock);
  video = g_steal_pointer (&self->video_stream);
  audio = g_steal_pointer (&self->audio_stream);
  g_mutex_unlock (&self->lock);
  gst_camera_src_take_credentials_back (self);
  g_clear_pointer (&audio, gst_camera_stream_free);
  g_clear_pointer (&video, gst_camera_stream_free);
  gst_camera_rtp_reset (self->rtp);
}

/* With the lock held. At a BYE rtspsrc 1.22 sends EOS itself, and locks up when somebody else does
 * too (over UDP); here only what it forgets is ended, when all that waits has come out. */
static void
wait_until_drained (GstCameraSrc *self)
{
  gint64 until = g_get_monotonic_time () + self->latency * GST_MSECOND / GST_USECOND + BYE_PATIENCE;

  while (self->phase != GST_CAMERA_PHASE_CLOSED
         && g_cond_wait_until (&self->idle, &self->lock, until))
    ;
}

/* Through the session manager, behind the packets that wait there. */
static void
send_eos (GstCameraSrc *self)
{
  gboolean may;

  g_mutex_lock (&self->lock);
  may = self->phase != GST_CAMERA_PHASE_CLOSED;
  self->n_sending += may;
  g_mutex_unlock (&self->lock);
  if (!may)
    return;
  gst_element_send_event (self->rtspsrc, gst_event_new_eos ());
  g_mutex_lock (&self->lock);
  if (--self->n_sending == 0)
    g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->lock);
}

void
gst_camera_src_rtspsrc_finish (GstCameraSrc *self)
{
  GstCameraStream *list[2] = { NULL, NULL };
  gboolean cut, breaking;

  g_mutex_lock (&self->lock);
  if (self->bye)
    wait_until_drained (self);
  cut = self->cut || self->bye;
  breaking = self->breaking;
  list[0] = self->video_stream;
  list[1] = self->audio_stream;
  g_mutex_unlock (&self->lock);

  /* rtspsrc 1.22 has no sequence number for an EOS that comes before the segments of a stream, of
   * RTP and of RTCP: both are past when a frame has left. */
  for (guint i = 0; i < G_N_ELEMENTS (list); i++)
    cut |= list[i] != NULL && gst_camera_stream_is_unheard (list[i]);
  if (!cut
      && (!breaking
          || !gst_camera_rtp_wait_ended (self->rtp, g_get_monotonic_time () + END_PATIENCE)))
    send_eos (self);
  for (guint i = 0; i < G_N_ELEMENTS (list); i++) {
    if (list[i] == NULL)
      continue;
    if (cut)
      gst_camera_stream_cut (list[i]);
    gst_camera_stream_end_unlinked (list[i]);
  }
}
