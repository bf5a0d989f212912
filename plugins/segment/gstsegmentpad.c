/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentpad.h"
#include "segment/gstsegmentengine.h"

struct _GstSegmentPad {
  GstGhostPad parent;

  gboolean audio;
  GstSegmentFormat format;
  GstElement *splitmux;      /* (nullable): while attached */
  GstPad *inner;             /* (nullable): of the engine */
  GstPad *muxer_pad;         /* (nullable): guarded by the object lock */
  GstElement *converter;     /* (nullable): a child of the bin, no ref */
  const gchar *conversion;   /* (nullable): what it does, static */
  GstSegmentCutter *cutter;  /* (nullable): no ref; set on the reference pad alone */
  gint arrivals;             /* atomic: buffers so far */
  gint checked;              /* arrivals at the last check */
  gint busy;                 /* atomic: a buffer is being handed on */
  gint eos;                  /* atomic: EOS came */
  gint ended;                /* atomic: nothing is taken any more */
  GstSegment segment;        /* streaming thread only, like all below */
  GstCaps *caps;             /* (nullable) */
  GstClockTime last_time;    /* timestamp of the last buffer */
  GstClockTime last_spacing; /* between the last two */
};

G_DEFINE_FINAL_TYPE (GstSegmentPad, gst_segment_pad, GST_TYPE_GHOST_PAD)

/* splitmuxsink and the muxers stall on a buffer without a timestamp: such a one gets the decoding
 * time, or that of the buffer before it and a frame. */
static GstBuffer *
complete_timestamp (GstSegmentPad *self, GstBuffer *buffer)
{
  GstClockTime time = GST_BUFFER_PTS (buffer);

  if (!GST_CLOCK_TIME_IS_VALID (time)) {
    time = GST_BUFFER_DTS (buffer);
    if (!GST_CLOCK_TIME_IS_VALID (time))
      time = GST_CLOCK_TIME_IS_VALID (self->last_time) ? self->last_time + self->last_spacing
                                                       : self->segment.start;
    GST_DEBUG_OBJECT (self, "buffer without a timestamp: taken as %" GST_TIME_FORMAT,
                      GST_TIME_ARGS (time));
    buffer = gst_buffer_make_writable (buffer);
    GST_BUFFER_PTS (buffer) = time;
  }
  if (GST_CLOCK_TIME_IS_VALID (self->last_time) && time > self->last_time)
    self->last_spacing = time - self->last_time;
  self->last_time = time;
  return buffer;
}

/* Returns: %FALSE when the frame cannot be recorded. */
static gboolean
consult_cutter (GstSegmentPad *self, GstObject *parent, GstBuffer *buffer)
{
  gboolean key = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  GstClockTime running_time
      = gst_segment_to_running_time (&self->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  GstClockTime split_after = 0;

  if (!GST_CLOCK_TIME_IS_VALID (running_time))
    running_time = 0; /* shown before the segment starts: by a frame or two */
  switch (gst_segment_cutter_frame (
      self->cutter, running_time, GST_BUFFER_DURATION (buffer), key,
      gst_segment_engine_measure_lag (GST_ELEMENT (parent), running_time), &split_after)) {
  case GST_SEGMENT_CUTTER_DROP:
    GST_INFO_OBJECT (self, "no key frame yet: dropped %" GST_PTR_FORMAT, buffer);
    return FALSE;
  case GST_SEGMENT_CUTTER_CUT:
    g_signal_emit_by_name (self->splitmux, "split-at-running-time", split_after + 1);
    return TRUE;
  case GST_SEGMENT_CUTTER_PASS:
    break;
  }
  return TRUE;
}

static GstFlowReturn
gst_segment_pad_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstSegmentPad *self = GST_SEGMENT_PAD (pad);
  GstFlowReturn flow;

  g_atomic_int_inc (&self->arrivals);
  if (g_atomic_int_get (&self->ended)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  buffer = complete_timestamp (self, buffer);
  if (self->cutter != NULL && !consult_cutter (self, parent, buffer)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  g_atomic_int_set (&self->busy, TRUE);
  flow = gst_proxy_pad_chain_default (pad, parent, buffer);
  g_atomic_int_set (&self->busy, FALSE);
  return flow;
}

/* Notes the times of a list as complete_timestamp() does. Returns: whether none is missing. */
static gboolean
note_timestamps (GstSegmentPad *self, GstBufferList *list)
{
  guint length = gst_buffer_list_length (list);

  for (guint i = 0; i < length; i++)
    if (!GST_BUFFER_PTS_IS_VALID (gst_buffer_list_get (list, i)))
      return FALSE;
  for (guint i = 0; i < length; i++)
    complete_timestamp (self, gst_buffer_list_get (list, i));
  return TRUE;
}

/* splitmuxsink takes no lists. */
static GstFlowReturn
gst_segment_pad_chain_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  GstSegmentPad *self = GST_SEGMENT_PAD (pad);
  GstFlowReturn flow = GST_FLOW_OK;

  if (self->splitmux == NULL && !g_atomic_int_get (&self->ended) && note_timestamps (self, list)) {
    g_atomic_int_add (&self->arrivals, (gint) gst_buffer_list_length (list));
    return gst_proxy_pad_chain_list_default (pad, parent, list);
  }
  for (guint i = 0; flow == GST_FLOW_OK && i < gst_buffer_list_length (list); i++)
    flow = gst_segment_pad_chain (pad, parent, gst_buffer_ref (gst_buffer_list_get (list, i)));
  gst_buffer_list_unref (list);
  return flow;
}

static void
remove_converter (GstSegmentPad *self)
{
  if (self->converter == NULL)
    return;
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), self->inner);
  gst_element_set_state (self->converter, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (GST_OBJECT_PARENT (self->converter)), self->converter);
  self->converter = NULL;
  self->conversion = NULL;
}

static void
release_inner (GstSegmentPad *self)
{
  g_autoptr (GstPad) muxer_pad = NULL;

  if (self->inner == NULL)
    return;
  remove_converter (self);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), NULL);
  GST_OBJECT_LOCK (self);
  muxer_pad = g_steal_pointer (&self->muxer_pad);
  GST_OBJECT_UNLOCK (self);
  if (self->splitmux != NULL)
    gst_element_release_request_pad (self->splitmux, self->inner);
  gst_clear_object (&self->inner);
}

static gboolean
insert_converter (GstSegmentPad *self, GstElement *bin)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;

  self->converter = gst_parse_bin_from_description_full (
      self->conversion, TRUE, NULL, GST_PARSE_FLAG_FATAL_ERRORS | GST_PARSE_FLAG_PLACE_IN_BIN,
      &error);
  if (self->converter == NULL) {
    GST_ELEMENT_ERROR (
        bin, CORE, MISSING_PLUGIN,
        ("Could not fit the stream to the container by “%s”: %s. Install GStreamer's "
         "good and bad plugins, or record into mkv.",
         self->conversion, error->message),
        (NULL));
    return FALSE;
  }
  gst_bin_add (GST_BIN (bin), self->converter);
  sink = gst_element_get_static_pad (self->converter, "sink");
  src = gst_element_get_static_pad (self->converter, "src");
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), NULL);
  gst_pad_link (src, self->inner);
  gst_ghost_pad_set_target (GST_GHOST_PAD (self), sink);
  return gst_element_sync_state_with_parent (self->converter);
}

static gboolean
fit_to_container (GstSegmentPad *self, GstElement *bin, GstCaps *caps)
{
  const gchar *conversion = gst_segment_format_get_conversion (self->format, caps);

  if (self->inner == NULL || g_strcmp0 (conversion, self->conversion) == 0)
    return TRUE;
  remove_converter (self);
  self->conversion = conversion;
  return conversion == NULL || insert_converter (self, bin);
}

static gboolean
take_caps (GstSegmentPad *self, GstObject *parent, GstCaps *caps)
{
  gboolean first = self->caps == NULL;

  if (!first && gst_caps_is_equal (self->caps, caps))
    return TRUE;
  if (!first && self->cutter != NULL)
    gst_segment_cutter_ask (self->cutter, "caps");
  gst_caps_replace (&self->caps, caps);
  return fit_to_container (self, GST_ELEMENT (parent), caps);
}

static gboolean
gst_segment_pad_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstSegmentPad *self = GST_SEGMENT_PAD (pad);
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_SEGMENT:
    gst_event_copy_segment (event, &self->segment);
    break;
  case GST_EVENT_GAP:
    /* Timestamps tell as much, and splitmuxsink hangs at EOS when a gap came before any frame. */
    gst_event_unref (event);
    return TRUE;
  case GST_EVENT_FLUSH_STOP:
    gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
    self->last_time = GST_CLOCK_TIME_NONE;
    g_atomic_int_set (&self->eos, FALSE);
    break;
  case GST_EVENT_EOS:
    g_atomic_int_set (&self->eos, TRUE);
    if (self->audio && self->splitmux != NULL && self->cutter == NULL
        && g_atomic_int_get (&self->arrivals) == 0) {
      gst_segment_pad_end (self);
      gst_event_unref (event);
      return TRUE;
    }
    break;
  case GST_EVENT_CAPS:
    gst_event_parse_caps (event, &caps);
    if (!take_caps (self, parent, caps)) {
      gst_event_unref (event);
      return FALSE;
    }
    break;
  default:
    break;
  }
  return gst_pad_event_default (pad, parent, event);
}

/* What the container takes, and what is converted for it. */
static GstCaps *
get_caps (GstSegmentPad *self, GstCaps *filter)
{
  g_autoptr (GstCaps) templ = gst_pad_get_pad_template_caps (GST_PAD (self));
  g_autoptr (GstCaps) all = NULL;

  if (self->inner == NULL) {
    all = gst_caps_ref (templ);
  } else {
    g_autoptr (GstCaps) taken = gst_pad_query_caps (self->inner, NULL);
    g_autoptr (GstCaps) convertible
        = gst_segment_format_get_convertible_caps (self->format, self->audio);

    if (convertible != NULL)
      taken = gst_caps_merge (taken, g_steal_pointer (&convertible));
    all = gst_caps_intersect_full (taken, templ, GST_CAPS_INTERSECT_FIRST);
  }
  return filter != NULL ? gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST)
                        : g_steal_pointer (&all);
}

static gboolean
gst_segment_pad_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  GstSegmentPad *self = GST_SEGMENT_PAD (pad);

  switch (GST_QUERY_TYPE (query)) {
  case GST_QUERY_CAPS: {
    GstCaps *filter;
    g_autoptr (GstCaps) caps = NULL;

    gst_query_parse_caps (query, &filter);
    caps = get_caps (self, filter);
    gst_query_set_caps_result (query, caps);
    return TRUE;
  }
  case GST_QUERY_ACCEPT_CAPS: {
    GstCaps *asked;
    g_autoptr (GstCaps) caps = get_caps (self, NULL);

    gst_query_parse_accept_caps (query, &asked);
    gst_query_set_accept_caps_result (query, gst_caps_can_intersect (asked, caps));
    return TRUE;
  }
  default:
    return gst_pad_query_default (pad, parent, query);
  }
}

GstPad *
gst_segment_pad_new (GstPadTemplate *templ, const gchar *name)
{
  GstSegmentPad *self = g_object_new (GST_TYPE_SEGMENT_PAD, "name", name, "direction", GST_PAD_SINK,
                                      "template", templ, NULL);

  self->audio = g_str_has_prefix (GST_PAD_TEMPLATE_NAME_TEMPLATE (templ), "audio");
  return GST_PAD (self);
}

gboolean
gst_segment_pad_is_audio (GstSegmentPad *pad)
{
  return pad->audio;
}

gboolean
gst_segment_pad_attach (GstSegmentPad *pad, GstElement *splitmux, GstElement *muxer,
                        GstSegmentFormat format)
{
  pad->inner = gst_element_request_pad_simple (splitmux, pad->audio ? "audio_%u" : "video");
  if (pad->inner == NULL)
    return FALSE;
  pad->format = format;
  pad->splitmux = splitmux;
  /* splitmuxsink asked the muxer for one more pad just now, and muxers append theirs. */
  GST_OBJECT_LOCK (muxer);
  pad->muxer_pad = gst_object_ref (g_list_last (muxer->sinkpads)->data);
  GST_OBJECT_UNLOCK (muxer);
  return gst_ghost_pad_set_target (GST_GHOST_PAD (pad), pad->inner);
}

gboolean
gst_segment_pad_attach_to (GstSegmentPad *pad, GstPad *inner, GstSegmentFormat format)
{
  pad->inner = gst_object_ref (inner);
  pad->format = format;
  return gst_ghost_pad_set_target (GST_GHOST_PAD (pad), inner);
}

void
gst_segment_pad_detach (GstSegmentPad *pad)
{
  release_inner (pad);
  pad->splitmux = NULL;
  gst_segment_pad_set_cutter (pad, NULL);
  gst_clear_caps (&pad->caps);
  gst_segment_init (&pad->segment, GST_FORMAT_UNDEFINED);
  pad->last_time = GST_CLOCK_TIME_NONE;
}

void
gst_segment_pad_set_cutter (GstSegmentPad *pad, GstSegmentCutter *cutter)
{
  pad->cutter = cutter;
  pad->arrivals = pad->checked = pad->ended = pad->eos = 0;
}

gboolean
gst_segment_pad_check_alive (GstSegmentPad *pad)
{
  gint arrivals = g_atomic_int_get (&pad->arrivals);
  gboolean alive = arrivals != pad->checked || g_atomic_int_get (&pad->busy);

  pad->checked = arrivals;
  return alive;
}

void
gst_segment_pad_end (GstSegmentPad *pad)
{
  gboolean empty = g_atomic_int_get (&pad->arrivals) == 0;

  g_atomic_int_set (&pad->ended, TRUE);
  /* A track that never came would stop the muxers; one that did has to end like any other. */
  if (empty)
    release_inner (pad);
  else
    gst_pad_send_event (pad->inner, gst_event_new_eos ());
}

gboolean
gst_segment_pad_is_eos (GstSegmentPad *pad)
{
  return g_atomic_int_get (&pad->eos);
}

gboolean
gst_segment_pad_has_ended (GstSegmentPad *pad)
{
  return g_atomic_int_get (&pad->ended);
}

GstPad *
gst_segment_pad_dup_muxer_pad (GstSegmentPad *pad)
{
  GstPad *muxer_pad;

  GST_OBJECT_LOCK (pad);
  muxer_pad = pad->muxer_pad != NULL ? gst_object_ref (pad->muxer_pad) : NULL;
  GST_OBJECT_UNLOCK (pad);
  return muxer_pad;
}

gboolean
gst_segment_pad_is_reference (GstSegmentPad *pad)
{
  return pad->cutter != NULL;
}

static void
gst_segment_pad_finalize (GObject *object)
{
  GstSegmentPad *self = GST_SEGMENT_PAD (object);

  gst_clear_object (&self->muxer_pad);
  gst_clear_object (&self->inner);
  gst_clear_caps (&self->caps);
  G_OBJECT_CLASS (gst_segment_pad_parent_class)->finalize (object);
}

/* GstGhostPad sets its own functions when it is constructed. */
static void
gst_segment_pad_constructed (GObject *object)
{
  GstPad *pad = GST_PAD (object);

  G_OBJECT_CLASS (gst_segment_pad_parent_class)->constructed (object);
  gst_pad_set_chain_function (pad, gst_segment_pad_chain);
  gst_pad_set_chain_list_function (pad, gst_segment_pad_chain_list);
  gst_pad_set_event_function (pad, gst_segment_pad_event);
  gst_pad_set_query_function (pad, gst_segment_pad_query);
}

static void
gst_segment_pad_class_init (GstSegmentPadClass *klass)
{
  G_OBJECT_CLASS (klass)->constructed = gst_segment_pad_constructed;
  G_OBJECT_CLASS (klass)->finalize = gst_segment_pad_finalize;
}

static void
gst_segment_pad_init (GstSegmentPad *self)
{
  gst_segment_init (&self->segment, GST_FORMAT_UNDEFINED);
  self->last_time = GST_CLOCK_TIME_NONE;
}
