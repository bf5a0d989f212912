/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A run from READY to READY, whichever engine receives. */
#include "camera/gstcamerasrcprivate.h"

GST_DEBUG_CATEGORY_EXTERN (gst_camera_src_debug);
#define GST_CAT_DEFAULT gst_camera_src_debug

/* What the engines themselves wait for an answer; the watch comes after it, as their errors say
 * more. */
#define MARGIN_US (1 * G_USEC_PER_SEC)

guint64
gst_camera_src_count_bytes (GstCameraSrc *self)
{
  GstCameraTrackCounters video, audio;

  gst_camera_src_get_track_counters (self, &video, &audio);
  return video.bytes + audio.bytes;
}

/* Called with the lock. */
static gint64
last_activity (GstCameraSrc *self)
{
  GstCameraTrack *track = self->video != NULL ? self->video : self->audio;
  GstCameraTrackCounters counters = { 0 };

  if (track != NULL)
    gst_camera_track_get_counters (track, &counters);
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
                           self->video != NULL ? "video" : "audio", self->timeout);
  else
    text = g_strdup_printf (
        "The camera did not answer within %u s: check host and port in location, "
        "the network, and that the camera is on",
        self->timeout);
  gst_camera_src_fail (self, GST_RESOURCE_ERROR,
                       playing ? GST_RESOURCE_ERROR_READ : GST_RESOURCE_ERROR_OPEN_READ, text,
                       "time-out");
}

/* What came is nothing the lean engine can make frames of; rtspsrc may. */
static gboolean
may_try_rtspsrc (GstCameraSrc *self)
{
  GstCameraRtpCounters rtp;

  gst_camera_src_get_rtp_counters (self, &rtp);
  return gst_camera_src_may_fall_back (self) && rtp.received > 0;
}

/* Wakes once per time-out while data comes, not once per packet. */
static GstClockTime
on_watch (GObject *owner)
{
  GstCameraSrc *self = GST_CAMERA_SRC (owner);
  gint64 limit = self->timeout * G_USEC_PER_SEC;
  gint64 idle;
  GstCameraPhase phase;
  gboolean lean;

  g_mutex_lock (&self->lock);
  phase = self->phase;
  lean = self->lean != NULL;
  idle = g_get_monotonic_time () - last_activity (self);
  g_mutex_unlock (&self->lock);

  if (phase == GST_CAMERA_PHASE_CLOSED)
    return GST_CLOCK_TIME_NONE;
  if (phase == GST_CAMERA_PHASE_CONNECTING)
    limit += MARGIN_US;
  /* The lean engine's handshake has a time-out of its own, for each answer. */
  if (phase == GST_CAMERA_PHASE_READY || (lean && phase == GST_CAMERA_PHASE_CONNECTING))
    idle = 0;
  if (idle < limit)
    return (limit - idle) * GST_USECOND;
  if (phase == GST_CAMERA_PHASE_PLAYING && may_try_rtspsrc (self)) {
    gst_camera_src_fall_back (self, "Nothing that can be decoded came.", FALSE);
    return limit * GST_USECOND;
  }
  fail_silent (self, phase == GST_CAMERA_PHASE_PLAYING);
  return GST_CLOCK_TIME_NONE;
}

void
gst_camera_src_run_init (GstCameraSrc *self)
{
  self->watch = gst_camera_timer_new (G_OBJECT (self), on_watch);
}

/* Which engine begins. */
static gboolean
is_lean (GstCameraSrc *self)
{
  return self->engine == GST_CAMERA_ENGINE_LEAN
         || (self->engine == GST_CAMERA_ENGINE_AUTO && self->transport == GST_CAMERA_TRANSPORT_TCP);
}

static gboolean
open_rtspsrc (GstCameraSrc *self)
{
  if (!gst_camera_src_rtspsrc_make (self)) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
                       ("The GStreamer element rtspsrc is missing: install "
                        "gstreamer1.0-plugins-good"),
                       (NULL));
    return FALSE;
  }
  gst_camera_src_rtspsrc_open (self);
  return TRUE;
}

gboolean
gst_camera_src_run_open (GstCameraSrc *self)
{
  GstCameraLean *lean = is_lean (self) ? gst_camera_lean_new (self) : NULL;

  if (lean == NULL && !open_rtspsrc (self))
    return FALSE;
  if (self->rtspsrc != NULL)
    gst_element_set_locked_state (self->rtspsrc, lean != NULL);

  g_mutex_lock (&self->lock);
  self->lean = lean;
  self->phase = GST_CAMERA_PHASE_CONNECTING;
  self->exposed = self->eos_requested = self->failed = self->cut = self->bye = FALSE;
  self->breaking = FALSE;
  self->interleaved = self->any_transport = FALSE;
  self->last_status = self->setups_left = 0;
  self->activity = g_get_monotonic_time ();
  g_mutex_unlock (&self->lock);
  gst_camera_timer_start (self->watch, self->timeout * GST_SECOND);
  return TRUE;
}

void
gst_camera_src_run_closing (GstCameraSrc *self)
{
  gst_camera_timer_stop (self->watch);
  gst_camera_src_rtspsrc_stop (self);
  g_mutex_lock (&self->lock);
  self->phase = GST_CAMERA_PHASE_CLOSED;
  g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->lock);
  if (self->lean != NULL)
    gst_camera_lean_stop (self->lean);
  else
    gst_camera_src_rtspsrc_settle (self);
}

static void
remove_pad (const GValue *value, gpointer user_data)
{
  GstPad *pad = g_value_get_object (value);

  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (user_data, pad);
}

/* Lets go of what an engine received with, that is over. */
static void
drop_engines (GstCameraSrc *self)
{
  GstCameraLean *lean;
  GstCameraTrack *video, *audio;

  g_mutex_lock (&self->lock);
  lean = g_steal_pointer (&self->lean);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&lean, gst_camera_lean_free);
  gst_camera_src_rtspsrc_close (self);

  g_mutex_lock (&self->lock);
  video = g_steal_pointer (&self->video);
  audio = g_steal_pointer (&self->audio);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&audio, gst_camera_track_free);
  g_clear_pointer (&video, gst_camera_track_free);
}

void
gst_camera_src_run_closed (GstCameraSrc *self)
{
  g_autoptr (GstIterator) pads = gst_element_iterate_src_pads (GST_ELEMENT (self));

  g_mutex_lock (&self->lock);
  /* The pads are inactive by now, so that nothing holds up who still sends EOS. */
  while (self->n_finishing > 0)
    g_cond_wait (&self->idle, &self->lock);
  g_mutex_unlock (&self->lock);

  while (gst_iterator_foreach (pads, remove_pad, self) == GST_ITERATOR_RESYNC)
    gst_iterator_resync (pads);
  drop_engines (self);
}

GstCameraTrack *
gst_camera_src_add_track (GstCameraSrc *self, const GstCameraCodec *codec)
{
  gboolean video = g_str_equal (codec->media, "video");
  GstCameraTrack **slot = video ? &self->video : &self->audio;
  GstCameraTrack *track;

  if (*slot != NULL || (!video && !self->audio_wanted))
    return NULL;
  track = gst_camera_track_new (codec, &gst_camera_src_track_events, self);
  g_mutex_lock (&self->lock);
  *slot = track;
  g_mutex_unlock (&self->lock);
  if (self->video != NULL && self->audio != NULL)
    gst_camera_track_set_leader (self->audio, self->video);
  return track;
}

gboolean
gst_camera_src_may_fall_back (GstCameraSrc *self)
{
  gboolean may;

  g_mutex_lock (&self->lock);
  may = self->engine == GST_CAMERA_ENGINE_AUTO && self->lean != NULL && !self->exposed
        && !self->eos_requested && !self->failed && self->phase != GST_CAMERA_PHASE_CLOSED;
  g_mutex_unlock (&self->lock);
  return may;
}

/* In a thread of its own, as the lean engine's is to be ended. */
static void
change_engine (GstElement *element, gpointer data)
{
  GstCameraSrc *self = GST_CAMERA_SRC (element);

  GST_STATE_LOCK (self);
  if (gst_camera_src_may_fall_back (self)) {
    drop_engines (self);
    g_mutex_lock (&self->lock);
    self->phase = GST_CAMERA_PHASE_CONNECTING;
    self->activity = g_get_monotonic_time ();
    g_mutex_unlock (&self->lock);
    GST_INFO_OBJECT (self, "rtspsrc receives: %s", (const gchar *) data);
    gst_camera_src_tell_fallback (self, data);
    if (open_rtspsrc (self)) {
      gst_element_set_locked_state (self->rtspsrc, FALSE);
      gst_element_sync_state_with_parent (self->rtspsrc);
    }
  }
  GST_STATE_UNLOCK (self);
}

void
gst_camera_src_fall_back (GstCameraSrc *self, const gchar *reason, gboolean any_transport)
{
  g_mutex_lock (&self->lock);
  self->any_transport = any_transport;
  g_mutex_unlock (&self->lock);
  gst_element_call_async (GST_ELEMENT (self), change_engine, g_strdup (reason), g_free);
}

void
gst_camera_src_finish (GstCameraSrc *self)
{
  g_mutex_lock (&self->lock);
  if (self->phase == GST_CAMERA_PHASE_CLOSED || !self->exposed) {
    g_mutex_unlock (&self->lock);
    return;
  }
  self->n_finishing++;
  g_mutex_unlock (&self->lock);

  if (self->lean != NULL)
    gst_camera_lean_drain (self->lean);
  else
    gst_camera_src_rtspsrc_finish (self);

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
  gst_camera_src_rtspsrc_stop (self);
  if (was_exposed && bye)
    return; /* it is being finished */
  if (was_exposed)
    gst_camera_src_finish (self);
  else if (!closed && !was_ended)
    expose_ended_pad (self);
}
