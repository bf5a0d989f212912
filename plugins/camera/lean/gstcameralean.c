/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameralean.h"

#include <stdlib.h>

#include "camera/gstcamerasrcprivate.h"
#include "camera/lean/gstcameraleansession.h"
#include "camera/lean/gstcameraoutlet.h"

#define MAX_OUTLETS 2

struct _GstCameraLean {
  GstCameraSrc *src; /* no-ref */
  GstCameraLeanSession *session;
  gboolean started;

  GstCameraOutlet *outlets[MAX_OUTLETS]; /* from ready() on */
  guint n_outlets;
  guint session_timeout;
  gint batch; /* ms; atomic */

  /* the loop's thread only */
  gboolean exposed;
  gboolean refused; /* what follows does not take it */
};

static GstCameraOutlet *
find_outlet (GstCameraLean *self, guint media)
{
  for (guint i = 0; i < self->n_outlets; i++)
    if (gst_camera_outlet_get_media (self->outlets[i]) == media)
      return self->outlets[i];
  return NULL;
}

static void
add_outlet (GstCameraLean *self, const GstCameraGrant *grant)
{
  const GstCameraCodec *codec = gst_camera_codec_find (grant->caps);
  GstCameraTrack *track = codec != NULL ? gst_camera_src_add_track (self->src, codec) : NULL;
  GstCameraOutlet *outlet;
  gint rate = 0;

  if (track == NULL || self->n_outlets == MAX_OUTLETS)
    return;
  gst_structure_get_int (gst_caps_get_structure (grant->caps, 0), "clock-rate", &rate);
  outlet = gst_camera_outlet_new (grant->media, (guint) MAX (rate, 0), track,
                                  GST_ELEMENT_GET_CLASS (self->src));
  gst_camera_outlet_set_latency (outlet, (guint) g_atomic_int_get (&self->batch));
  self->outlets[self->n_outlets++] = outlet;
}

/* The first payload type that a recording can hold, of @media; as rtspsrc takes it. */
static gboolean
is_unknown (const GstSDPMedia *media)
{
  const gchar *format = gst_sdp_media_get_format (media, 0);
  g_autoptr (GstCaps) caps
      = format != NULL ? gst_sdp_media_get_caps_from_media (media, atoi (format)) : NULL;

  return caps != NULL && gst_camera_codec_find (caps) != NULL && !gst_camera_depay_knows (caps);
}

/* What a camera offers of each kind first is what rtspsrc takes: where this engine does not know
 * it, it leaves all to rtspsrc rather than a part out. */
static gboolean
on_described (gpointer owner, const GstSDPMessage *sdp)
{
  GstCameraLean *self = owner;
  gboolean seen[2] = { FALSE, !self->src->audio_wanted };

  if (self->src->engine != GST_CAMERA_ENGINE_AUTO)
    return TRUE;
  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    gboolean sound = g_strcmp0 (gst_sdp_media_get_media (media), "audio") == 0;

    if (!sound && g_strcmp0 (gst_sdp_media_get_media (media), "video") != 0)
      continue;
    if (!seen[sound] && is_unknown (media))
      return FALSE;
    seen[sound] = TRUE;
  }
  return TRUE;
}

static gboolean
on_ready (gpointer owner, const GArray *grants, guint session_timeout)
{
  GstCameraLean *self = owner;
  GstCameraSrc *src = self->src;
  gboolean wanted;

  for (guint i = 0; i < grants->len; i++)
    add_outlet (self, &g_array_index (grants, GstCameraGrant, i));
  self->session_timeout = session_timeout;
  g_mutex_lock (&src->lock);
  wanted = !src->eos_requested && src->phase != GST_CAMERA_PHASE_CLOSED && self->n_outlets > 0;
  if (wanted) {
    src->phase = GST_CAMERA_PHASE_PLAYING;
    src->interleaved = TRUE;
    src->activity = g_get_monotonic_time ();
  }
  g_mutex_unlock (&src->lock);
  return wanted;
}

static GstClockTime
on_now (gpointer owner)
{
  GstCameraLean *self = owner;

  return gst_element_get_current_running_time (GST_ELEMENT (self->src));
}

/* All pads come before the data of any. */
static void
expose (GstCameraLean *self)
{
  GstCameraSrc *src = self->src;
  gboolean expose_now;

  g_mutex_lock (&src->lock);
  expose_now = !src->exposed && !src->eos_requested && src->phase != GST_CAMERA_PHASE_CLOSED;
  src->exposed |= expose_now;
  g_mutex_unlock (&src->lock);
  if (!expose_now)
    return;
  for (guint i = 0; i < self->n_outlets; i++) {
    GstPad *pad = gst_camera_outlet_get_pad (self->outlets[i]);

    gst_pad_set_active (pad, TRUE);
    gst_element_add_pad (GST_ELEMENT (src), pad);
  }
  self->exposed = TRUE;
  gst_element_no_more_pads (GST_ELEMENT (src));
  gst_camera_src_tell_streams (src, TRUE, self->session_timeout);
}

static void
on_caps (gpointer owner, guint media, GstCaps *caps)
{
  GstCameraLean *self = owner;
  GstCameraOutlet *outlet = find_outlet (self, media);

  if (outlet == NULL)
    return;
  gst_camera_outlet_set_caps (outlet, caps);
  if (!self->exposed && (gst_camera_outlet_is_video (outlet) || self->src->video == NULL))
    expose (self);
}

static void
on_unit (gpointer owner, guint media, const GstCameraUnit *unit, GstClockTime pts)
{
  GstCameraLean *self = owner;
  GstCameraOutlet *outlet = self->exposed && !self->refused ? find_outlet (self, media) : NULL;

  if (outlet != NULL)
    gst_camera_outlet_take (outlet, unit, pts);
  else
    gst_buffer_unref (unit->buffer);
}

/* What follows may leave one stream to nobody; not all, and it may refuse none. */
static void
on_pause (gpointer owner)
{
  GstCameraLean *self = owner;
  GstFlowReturn worst = GST_FLOW_OK;
  guint unlinked = 0;

  for (guint i = 0; i < self->n_outlets && self->exposed; i++) {
    GstFlowReturn flow = gst_camera_outlet_push (self->outlets[i]);

    unlinked += flow == GST_FLOW_NOT_LINKED;
    if (flow < GST_FLOW_EOS || (flow == GST_FLOW_NOT_LINKED && unlinked == self->n_outlets))
      worst = flow;
  }
  if (worst == GST_FLOW_OK || self->refused)
    return;
  self->refused = TRUE;
  gst_camera_src_fail (self->src, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
                       "What follows camerasrc does not take its data: see the error it posted, "
                       "and that both pads are linked",
                       gst_flow_get_name (worst));
}

static void
on_clock (gpointer owner, gint64 camera_time, GstClockTime running_time)
{
  GstCameraLean *self = owner;

  gst_camera_src_tell_clock (self->src, camera_time, running_time);
}

static void
on_drained (gpointer owner)
{
  GstCameraLean *self = owner;

  for (guint i = 0; i < self->n_outlets && self->exposed; i++)
    gst_camera_outlet_end (self->outlets[i]);
}

static gboolean
is_for_rtspsrc (const GError *error)
{
  return g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND)
         || g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE);
}

static void
on_ended (gpointer owner, const GError *error, const gchar *again)
{
  GstCameraLean *self = owner;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (is_for_rtspsrc (error) && gst_camera_src_may_fall_back (self->src))
    gst_camera_src_fall_back (
        self->src, error->message,
        g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE));
  else if (again != NULL)
    gst_camera_src_fail_again (self->src, error, again);
  else
    gst_camera_src_fail (self->src, error->domain, error->code, error->message, NULL);
}

static const GstCameraLeanEvents session_events = {
  .described = on_described,
  .ready = on_ready,
  .now = on_now,
  .caps = on_caps,
  .unit = on_unit,
  .pause = on_pause,
  .clock = on_clock,
  .drained = on_drained,
  .ended = on_ended,
};

GstCameraLean *
gst_camera_lean_new (GstCameraSrc *src)
{
  GstCameraLean *self = g_new0 (GstCameraLean, 1);
  GstCameraLeanSettings settings;

  self->src = src;
  self->batch = (gint) src->batch_duration;
  GST_OBJECT_LOCK (src);
  settings = (GstCameraLeanSettings){
    .offer = {
      .uri = src->location,
      .redirect = src->redirect,
      .user = src->user_id,
      .password = src->user_pw,
      .timeout_us = src->timeout * G_USEC_PER_SEC,
      .audio = src->audio_wanted,
      .tls_flags = src->tls_validation_flags,
    },
    .keep_alive_s = src->keep_alive_period,
    .batch_ms = src->batch_duration,
  };
  self->session = gst_camera_lean_session_new (&settings, &session_events, self);
  GST_OBJECT_UNLOCK (src);
  return self;
}

void
gst_camera_lean_free (GstCameraLean *self)
{
  gst_camera_lean_session_free (self->session);
  for (guint i = 0; i < self->n_outlets; i++)
    gst_camera_outlet_free (self->outlets[i]);
  g_free (self);
}

void
gst_camera_lean_play (GstCameraLean *self)
{
  if (self->started)
    gst_camera_lean_session_hold (self->session, FALSE);
  else
    gst_camera_lean_session_start (self->session);
  self->started = TRUE;
}

void
gst_camera_lean_pause (GstCameraLean *self)
{
  gst_camera_lean_session_hold (self->session, TRUE);
}

void
gst_camera_lean_set_batch (GstCameraLean *self, guint batch)
{
  g_atomic_int_set (&self->batch, (gint) batch);
  gst_camera_lean_session_set_batch (self->session, batch);
}

void
gst_camera_lean_drain (GstCameraLean *self)
{
  gst_camera_lean_session_drain (self->session);
}

void
gst_camera_lean_stop (GstCameraLean *self)
{
  gst_camera_lean_session_stop (self->session);
}

void
gst_camera_lean_get_counters (GstCameraLean *self, GstCameraRtpCounters *counters)
{
  gst_camera_lean_session_get_counters (self->session, counters);
}
