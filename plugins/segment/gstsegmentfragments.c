/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentfragments.h"
#include "segment/gstsegmentassembler.h"
#include "segment/gstsegmentwatch.h"

/* After the end of the pictures, sound that does not come for so long is taken to have ended. */
#define END_PATIENCE (1 * GST_SECOND)

typedef struct _GstSegmentFragments GstSegmentFragments;

/* A pad of segmentsink, and what is behind it. */
typedef struct {
  GstSegmentFragments *engine; /* no ref */
  GstSegmentPad *pad;          /* no ref */
  GstPad *inner;               /* takes the frames as MP4 has them */
  GstSegmentTrack *track;
  gboolean eos;
} Input;

struct _GstSegmentFragments {
  GstSegmentEngine parent;
  GstBin *bin; /* no ref */
  GstSegmentSettings settings;
  GstSegmentAssembler *assembler;
  GMutex lock;            /* guards what follows; the assembler has its own */
  GList *inputs;          /* (element-type Input) */
  gboolean started;       /* a run goes on */
  GstSegmentWatch *watch; /* (nullable): while sound is waited for at the end */
};

static Input *
get_reference (GstSegmentFragments *self)
{
  Input *reference = NULL;

  for (GList *l = self->inputs; l != NULL; l = l->next) {
    Input *input = l->data;

    if (reference == NULL || !gst_segment_pad_is_audio (input->pad))
      reference = input;
  }
  return reference;
}

static void
choose_reference (GstSegmentFragments *self)
{
  Input *reference = get_reference (self);

  gst_segment_assembler_set_reference (self->assembler,
                                       reference != NULL ? reference->track : NULL);
}

/* Returns: whether nothing is to be expected any more. @patient: sound that still comes is. */
static gboolean
has_ended (GstSegmentFragments *self, gboolean patient)
{
  Input *reference = get_reference (self);
  gboolean ended = reference != NULL && reference->eos;

  for (GList *l = self->inputs; l != NULL; l = l->next) {
    Input *input = l->data;
    gboolean alive = gst_segment_pad_check_alive (input->pad);

    ended = ended && (input->eos || (!patient && !alive));
  }
  return ended;
}

static void
on_watch (gpointer data)
{
  GstSegmentFragments *self = data;
  gboolean ended;

  g_mutex_lock (&self->lock);
  ended = has_ended (self, FALSE);
  g_mutex_unlock (&self->lock);
  if (ended)
    gst_segment_assembler_finish (self->assembler);
}

static void
on_eos (Input *input)
{
  GstSegmentFragments *self = input->engine;
  gboolean ended;

  g_mutex_lock (&self->lock);
  input->eos = TRUE;
  ended = has_ended (self, TRUE);
  if (!ended && get_reference (self)->eos && self->watch == NULL && self->started)
    self->watch = gst_segment_watch_start (END_PATIENCE, on_watch, self);
  g_mutex_unlock (&self->lock);
  if (ended)
    gst_segment_assembler_finish (self->assembler);
}

static GstFlowReturn
on_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Input *input = gst_pad_get_element_private (pad);

  return gst_segment_assembler_take (input->engine->assembler, input->track, buffer);
}

static GstFlowReturn
on_list (GstPad *pad, GstObject *parent, GstBufferList *list)
{
  Input *input = gst_pad_get_element_private (pad);

  return gst_segment_assembler_take_list (input->engine->assembler, input->track, list);
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  Input *input = gst_pad_get_element_private (pad);
  GstSegmentAssembler *assembler = input->engine->assembler;
  const GstSegment *segment;
  gboolean taken = TRUE;
  GstCaps *caps;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_CAPS:
    gst_event_parse_caps (event, &caps);
    taken = gst_segment_assembler_set_caps (assembler, input->track, caps);
    break;
  case GST_EVENT_SEGMENT:
    gst_event_parse_segment (event, &segment);
    gst_segment_assembler_set_segment (assembler, input->track, segment);
    break;
  case GST_EVENT_FLUSH_STOP:
    g_mutex_lock (&input->engine->lock);
    input->eos = FALSE;
    g_mutex_unlock (&input->engine->lock);
    break;
  case GST_EVENT_EOS:
    on_eos (input);
    break;
  default:
    break;
  }
  gst_event_unref (event);
  return taken;
}

static Input *
input_new (GstSegmentFragments *self, GstSegmentPad *pad)
{
  Input *input = g_new0 (Input, 1);
  gboolean audio = gst_segment_pad_is_audio (pad);
  g_autoptr (GstCaps) caps = gst_caps_from_string (gst_segment_track_get_caps_string (audio));
  g_autoptr (GstPadTemplate) templ = gst_object_ref_sink (
      gst_pad_template_new (audio ? "audio" : "video", GST_PAD_SINK, GST_PAD_ALWAYS, caps));

  input->engine = self;
  input->pad = pad;
  input->track = gst_segment_track_new (audio);
  input->inner = gst_object_ref_sink (gst_pad_new_from_template (templ, NULL));
  gst_pad_set_element_private (input->inner, input);
  gst_pad_set_chain_function (input->inner, on_buffer);
  gst_pad_set_chain_list_function (input->inner, on_list);
  gst_pad_set_event_function (input->inner, on_event);
  return input;
}

static void
input_free (Input *input)
{
  gst_pad_set_active (input->inner, FALSE);
  gst_segment_pad_detach (input->pad);
  gst_object_unref (input->inner);
  gst_segment_track_free (input->track);
  g_free (input);
}

static gboolean
gst_segment_fragments_add_pad (GstSegmentEngine *engine, GstSegmentPad *pad)
{
  GstSegmentFragments *self = (GstSegmentFragments *) engine;
  Input *input = input_new (self, pad);

  gst_segment_assembler_add_track (self->assembler, input->track);
  g_mutex_lock (&self->lock);
  self->inputs = g_list_append (self->inputs, input);
  choose_reference (self);
  g_mutex_unlock (&self->lock);
  gst_pad_set_active (input->inner, TRUE);
  return gst_segment_pad_attach_to (pad, input->inner, GST_SEGMENT_FORMAT_MP4);
}

static Input *
take_input (GstSegmentFragments *self, GstSegmentPad *pad)
{
  Input *found = NULL;

  g_mutex_lock (&self->lock);
  for (GList *l = self->inputs; l != NULL && found == NULL; l = l->next)
    if (((Input *) l->data)->pad == pad)
      found = l->data;
  self->inputs = g_list_remove (self->inputs, found);
  choose_reference (self);
  g_mutex_unlock (&self->lock);
  return found;
}

static void
gst_segment_fragments_remove_pad (GstSegmentEngine *engine, GstSegmentPad *pad)
{
  GstSegmentFragments *self = (GstSegmentFragments *) engine;
  Input *input = take_input (self, pad);

  if (input == NULL)
    return;
  gst_pad_set_active (input->inner, FALSE);
  gst_segment_assembler_remove_track (self->assembler, input->track);
  input_free (input);
}

static void
set_inputs_active (GstSegmentFragments *self, gboolean active)
{
  for (GList *l = self->inputs; l != NULL; l = l->next) {
    Input *input = l->data;

    gst_pad_set_active (input->inner, active);
    input->eos = FALSE;
  }
}

static void
gst_segment_fragments_stop (GstSegmentEngine *engine)
{
  GstSegmentFragments *self = (GstSegmentFragments *) engine;
  GstSegmentWatch *watch;

  set_inputs_active (self, FALSE);
  g_mutex_lock (&self->lock);
  self->started = FALSE;
  watch = g_steal_pointer (&self->watch);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&watch, gst_segment_watch_stop);
  gst_segment_assembler_stop (self->assembler);
}

static void
gst_segment_fragments_start (GstSegmentEngine *engine)
{
  GstSegmentFragments *self = (GstSegmentFragments *) engine;

  gst_segment_fragments_stop (engine);
  gst_segment_assembler_start (self->assembler);
  set_inputs_active (self, TRUE);
  self->started = TRUE;
}

static GstStructure *
gst_segment_fragments_get_stats (GstSegmentEngine *engine)
{
  return gst_segment_assembler_get_stats (((GstSegmentFragments *) engine)->assembler);
}

static void
gst_segment_fragments_free (GstSegmentEngine *engine)
{
  GstSegmentFragments *self = (GstSegmentFragments *) engine;

  gst_segment_fragments_stop (engine);
  while (self->inputs != NULL)
    gst_segment_fragments_remove_pad (engine, ((Input *) self->inputs->data)->pad);
  gst_segment_assembler_free (self->assembler);
  gst_segment_settings_clear (&self->settings);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static const GstSegmentEngineClass fragments_class = {
  .free = gst_segment_fragments_free,
  .add_pad = gst_segment_fragments_add_pad,
  .remove_pad = gst_segment_fragments_remove_pad,
  .start = gst_segment_fragments_start,
  .stop = gst_segment_fragments_stop,
  .get_stats = gst_segment_fragments_get_stats,
};

GstSegmentEngine *
gst_segment_fragments_new (GstBin *bin, const GstSegmentSettings *settings)
{
  GstSegmentFragments *self = g_new0 (GstSegmentFragments, 1);

  self->parent.class = &fragments_class;
  self->bin = bin;
  gst_segment_settings_copy (&self->settings, settings);
  g_mutex_init (&self->lock);
  self->assembler = gst_segment_assembler_new (GST_ELEMENT (bin), settings);
  return &self->parent;
}
