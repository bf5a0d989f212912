/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerasrcprivate.h"

#define BYE_PATIENCE    (300 * G_TIME_SPAN_MILLISECOND)
#define UDP_BUFFER_SIZE (4 * 1024 * 1024)

/* What rtspsrc itself waits for an answer; the watch comes after it, as its errors say more. */
#define MARGIN_US (1 * G_USEC_PER_SEC)

static gint64
last_activity (GstCameraSrc *self)
{
  GstCameraStream *stream = self->video_stream != NULL ? self->video_stream : self->audio_stream;
  GstCameraStreamCounters counters = { 0 };

  if (stream != NULL)
    gst_camera_stream_get_counters (stream, &counters);
  return MAX (self->activity, counters.last_monotonic_us);
}

static void
fail_silent (GstCameraSrc *self, gboolean playing)
{
  g_autofree gchar *text = NULL;

  if (playing)
    text
        = g_strdup_printf ("The camera sent no %s for %u s: it may hang or the network may be cut; "
                           "connect again",
                           self->video_stream != NULL ? "video" : "audio", self->timeout);
  else
    text = g_strdup_printf (
        "The camera did not answer within %u s: check host and port in location, "
        "the network, and that the camera is on",
        self->timeout);
  gst_camera_src_fail (self, GST_RESOURCE_ERROR,
                       playing ? GST_RESOURCE_ERROR_READ : GST_RESOURCE_ERROR_OPEN_READ, text,
                       "time-out");
}

/* Wakes once per time-out while data comes, not once per packet. */
static GstClockTime
on_watch (GObject *owner)
{
  GstCameraSrc *self = GST_CAMERA_SRC (owner);
  gint64 limit = self->timeout * G_USEC_PER_SEC;
  gint64 idle;
  GstCameraPhase phase;

  g_mutex_lock (&self->lock);
  phase = self->phase;
  idle = g_get_monotonic_time () - last_activity (self);
  g_mutex_unlock (&self->lock);

  if (phase == GST_CAMERA_PHASE_CLOSED)
    return GST_CLOCK_TIME_NONE;
  if (phase == GST_CAMERA_PHASE_CONNECTING)
    limit += MARGIN_US;
  if (phase == GST_CAMERA_PHASE_READY)
    idle = 0;
  if (idle < limit)
    return (limit - idle) * GST_USECOND;
  fail_silent (self, phase == GST_CAMERA_PHASE_PLAYING);
  return GST_CLOCK_TIME_NONE;
}

static GstClockTime
on_batching (GObject *owner)
{
  GstCameraSrc *self = GST_CAMERA_SRC (owner);
  GstCameraStreamCounters video = { 0 };
  GstCameraStreamCounters audio = { 0 };

  g_mutex_lock (&self->lock);
  if (self->video_stream != NULL)
    gst_camera_stream_get_counters (self->video_stream, &video);
  if (self->audio_stream != NULL)
    gst_camera_stream_get_counters (self->audio_stream, &audio);
  g_mutex_unlock (&self->lock);
  gst_camera_batch_adapt (self->batch, video.bytes + audio.bytes);
  return GST_CAMERA_BATCH_PERIOD;
}

void
gst_camera_src_run_playing (GstCameraSrc *self)
{
  /* Over UDP each packet is a datagram, and the kernel knows no mark. */
  if (self->interleaved && gst_camera_batch_start (self->batch, self->batch_duration * GST_MSECOND))
    gst_camera_timer_start (self->batching, GST_CAMERA_BATCH_PERIOD);
}

static void
stop_batching (GstCameraSrc *self)
{
  gst_camera_timer_stop (self->batching);
  gst_camera_batch_stop (self->batch);
}

void
gst_camera_src_run_init (GstCameraSrc *self)
{
  self->batch = gst_camera_batch_new ();
  self->batching = gst_camera_timer_new (G_OBJECT (self), on_batching);
  self->watch = gst_camera_timer_new (G_OBJECT (self), on_watch);
}

static guint
lower_transports (GstCameraTransport transport)
{
  switch (transport) {
  case GST_CAMERA_TRANSPORT_UDP:
    return GST_RTSP_LOWER_TRANS_UDP;
  case GST_CAMERA_TRANSPORT_AUTO:
    return GST_RTSP_LOWER_TRANS_UDP | GST_RTSP_LOWER_TRANS_TCP;
  default:
    return GST_RTSP_LOWER_TRANS_TCP;
  }
}

void
gst_camera_src_run_open (GstCameraSrc *self)
{
  guint64 timeout = (guint64) self->timeout * G_USEC_PER_SEC;
  gboolean fall_back = self->transport == GST_CAMERA_TRANSPORT_AUTO;

  g_object_set (self->rtspsrc, "location", self->location, "latency", self->latency, "protocols",
                lower_transports (self->transport), "tcp-timeout", timeout, "timeout",
                fall_back ? MIN (timeout / 2, 5 * G_USEC_PER_SEC) : 0, "tls-validation-flags",
                self->tls_validation_flags, "udp-buffer-size", UDP_BUFFER_SIZE, "do-retransmission",
                FALSE, "drop-on-latency", FALSE, "max-rtcp-rtp-time-diff", -1, "udp-reconnect",
                FALSE, NULL);

  gst_camera_keep_alive_reset (self->keep_alive, self->keep_alive_period);
  g_mutex_lock (&self->lock);
  self->phase = GST_CAMERA_PHASE_CONNECTING;
  self->exposed = self->eos_requested = self->failed = self->cut = self->bye = FALSE;
  self->interleaved = FALSE;
  self->last_status = self->setups_left = 0;
  self->activity = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  gst_camera_timer_start (self->watch, timeout * GST_USECOND);
}

void
gst_camera_src_run_closing (GstCameraSrc *self)
{
  gst_camera_timer_stop (self->watch);
  gst_camera_keep_alive_stop (self->keep_alive);
  stop_batching (self);
  g_mutex_lock (&self->lock);
  self->phase = GST_CAMERA_PHASE_CLOSED;
  g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->lock);
}

static void
remove_pad (const GValue *value, gpointer user_data)
{
  GstPad *pad = g_value_get_object (value);

  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (user_data, pad);
}

void
gst_camera_src_run_closed (GstCameraSrc *self)
{
  g_autoptr (GstIterator) pads = gst_element_iterate_src_pads (GST_ELEMENT (self));
  GstCameraStream *video, *audio;

  g_mutex_lock (&self->lock);
  /* The pads are inactive by now, so that nothing holds up who still sends EOS. */
  while (self->n_finishing > 0)
    g_cond_wait (&self->idle, &self->lock);
  video = g_steal_pointer (&self->video_stream);
  audio = g_steal_pointer (&self->audio_stream);
  g_mutex_unlock (&self->lock);

  gst_camera_src_take_credentials_back (self);
  while (gst_iterator_foreach (pads, remove_pad, self) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (pads);
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

void
gst_camera_src_finish (GstCameraSrc *self)
{
  GstCameraStream *list[2] = { NULL, NULL };
  gboolean cut;

  g_mutex_lock (&self->lock);
  if (self->phase == GST_CAMERA_PHASE_CLOSED || !self->exposed) {
    g_mutex_unlock (&self->lock);
    return;
  }
  self->n_finishing++;
  if (self->bye)
    wait_until_drained (self);
  cut = self->cut || self->bye;
  list[0] = self->video_stream;
  list[1] = self->audio_stream;
  g_mutex_unlock (&self->lock);

  /* rtspsrc 1.22 has no sequence number for an EOS that comes before the segments of a stream, of
   * RTP and of RTCP: both are past when a frame has left. */
  for (guint i = 0; i < G_N_ELEMENTS (list); i++)
    cut |= list[i] != NULL && gst_camera_stream_is_unheard (list[i]);
  /* Through the session manager, behind the packets that wait there. */
  if (!cut)
    gst_element_send_event (self->rtspsrc, gst_event_new_eos ());
  for (guint i = 0; i < G_N_ELEMENTS (list); i++) {
    if (list[i] == NULL)
      continue;
    if (cut)
      gst_camera_stream_cut (list[i]);
    gst_camera_stream_end_unlinked (list[i]);
  }

  g_mutex_lock (&self->lock);
  if (--self->n_finishing == 0)
    g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->lock);
}

/* Ends a run that has no stream yet: a sink needs a pad to get EOS from. */
static void
expose_ended_pad (GstCameraSrc *self)
{
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self);
  GstPad *pad = gst_ghost_pad_new_no_target_from_template (
      "video", gst_element_class_get_pad_template (klass, "video"));
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), gst_object_ref (pad));
  gst_element_no_more_pads (GST_ELEMENT (self));
  gst_pad_push_event (pad, gst_event_new_stream_start ("camera/none"));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  gst_pad_push_event (pad, gst_event_new_eos ());
  gst_object_unref (pad);
}

void
gst_camera_src_run_end (GstCameraSrc *self)
{
  gboolean was_exposed, was_ended, closed, bye;

  g_mutex_lock (&self->lock);
  closed = self->phase == GST_CAMERA_PHASE_CLOSED;
  was_ended = self->eos_requested;
  was_exposed = self->exposed;
  bye = self->bye;
  self->eos_requested = TRUE;
  g_mutex_unlock (&self->lock);

  gst_camera_timer_stop (self->watch);
  gst_camera_keep_alive_stop (self->keep_alive);
  stop_batching (self);
  if (was_exposed && bye)
    return; /* it is being finished */
  if (was_exposed)
    gst_camera_src_finish (self);
  else if (!closed && !was_ended)
    expose_ended_pad (self);
}
