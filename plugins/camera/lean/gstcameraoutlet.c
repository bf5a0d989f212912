/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraoutlet.h"

struct _GstCameraOutlet {
  guint media;
  guint rate;
  GstCameraTrack *track; /* no-ref */
  GstPad *pad;
  gint latency;  /* ms; atomic */
  GstCaps *caps; /* nullable: to be told before the next unit */
  gboolean begun;
  gboolean ended;
  GstBufferList *gathered; /* nullable */
  GstFlowReturn flow;      /* of the last push */
};

static gboolean
on_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstCameraOutlet *self = gst_pad_get_element_private (pad);

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, TRUE, g_atomic_int_get (&self->latency) * GST_MSECOND,
                         GST_CLOCK_TIME_NONE);
  return TRUE;
}

GstCameraOutlet *
gst_camera_outlet_new (guint media, guint rate, GstCameraTrack *track, GstElementClass *klass)
{
  GstCameraOutlet *self = g_new0 (GstCameraOutlet, 1);
  const gchar *name = gst_camera_track_is_video (track) ? "video" : "audio";

  self->media = media;
  self->rate = rate;
  self->track = track;
  self->pad = gst_object_ref_sink (
      gst_pad_new_from_template (gst_element_class_get_pad_template (klass, name), name));
  gst_pad_set_element_private (self->pad, self);
  gst_pad_set_query_function (self->pad, on_query);
  gst_pad_use_fixed_caps (self->pad);
  return self;
}

void
gst_camera_outlet_free (GstCameraOutlet *self)
{
  gst_pad_set_query_function (self->pad, gst_pad_query_default);
  gst_object_unref (self->pad);
  gst_clear_buffer_list (&self->gathered);
  gst_clear_caps (&self->caps);
  g_free (self);
}

guint
gst_camera_outlet_get_media (GstCameraOutlet *self)
{
  return self->media;
}

gboolean
gst_camera_outlet_is_video (GstCameraOutlet *self)
{
  return gst_camera_track_is_video (self->track);
}

GstPad *
gst_camera_outlet_get_pad (GstCameraOutlet *self)
{
  return self->pad;
}

void
gst_camera_outlet_set_latency (GstCameraOutlet *self, guint latency)
{
  g_atomic_int_set (&self->latency, (gint) latency);
}

void
gst_camera_outlet_set_caps (GstCameraOutlet *self, GstCaps *caps)
{
  gst_camera_outlet_push (self); /* is of the former ones */
  gst_caps_replace (&self->caps, caps);
  gst_camera_track_set_caps (self->track, caps);
}

static void
begin (GstCameraOutlet *self)
{
  g_autofree gchar *id = g_strdup_printf ("camera/%u", self->media);

  if (!self->begun)
    gst_pad_push_event (self->pad, gst_event_new_stream_start (id));
  if (self->caps != NULL)
    gst_pad_push_event (self->pad, gst_event_new_caps (self->caps));
  gst_clear_caps (&self->caps);
  if (!self->begun) {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
  }
  self->begun = TRUE;
}

void
gst_camera_outlet_take (GstCameraOutlet *self, const GstCameraUnit *unit, GstClockTime pts)
{
  GstBuffer *buffer = unit->buffer;
  const GstCameraFrame frame = {
    .pts = pts,
    .arrival = GST_CLOCK_TIME_NONE,
    .has_rtp = TRUE,
    .rtp = unit->rtp,
    .rate = self->rate,
    .picture = unit->picture,
    .missing = unit->missing,
  };

  if (!gst_camera_track_take (self->track, &buffer, &frame)) {
    gst_buffer_unref (buffer);
    return;
  }
  if (self->gathered == NULL)
    self->gathered = gst_buffer_list_new ();
  gst_buffer_list_add (self->gathered, buffer);
}

GstFlowReturn
gst_camera_outlet_push (GstCameraOutlet *self)
{
  GstBufferList *list = g_steal_pointer (&self->gathered);

  if (list == NULL)
    return self->flow;
  if (!self->begun || self->caps != NULL)
    begin (self);
  if (gst_buffer_list_length (list) > 1) {
    self->flow = gst_pad_push_list (self->pad, list);
  } else {
    self->flow = gst_pad_push (self->pad, gst_buffer_ref (gst_buffer_list_get (list, 0)));
    gst_buffer_list_unref (list);
  }
  return self->flow;
}

void
gst_camera_outlet_end (GstCameraOutlet *self)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  gst_camera_outlet_push (self);
  if (!self->begun)
    begin (self);
  gst_pad_push_event (self->pad, gst_event_new_eos ());
}
