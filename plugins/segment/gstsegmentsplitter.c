/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentsplitter.h"
#include "segment/gstsegmentfilesink.h"
#include "segment/gstsegmentpath.h"
#include "segment/gstsegmentrecord.h"
#include "segment/gstsegmentwatch.h"

/* splitmuxsink waits for sound as long as for pictures: sound that stays away this long, while
 * pictures come, is given up. */
#define AUDIO_PATIENCE (5 * GST_SECOND)

typedef struct _GstSegmentSplitter GstSegmentSplitter;

/* A pad and the splitter it feeds, for the probe on the muxer's pad behind it, which frees it. */
typedef struct {
  GstSegmentSplitter *splitter; /* no ref: outlives the muxer's pads */
  GstSegmentPad *pad;           /* no ref: outlives the muxer's pad */
} GstSegmentInput;

struct _GstSegmentSplitter {
  GstSegmentEngine parent;
  GstBin *bin; /* no ref */
  GstSegmentSettings settings;
  GstElement *splitmux;
  GstElement *muxer;
  GstElement *file_sink;
  GstSegmentCutter *cutter; /* (nullable): while a run goes on */
  GstSegmentWatch *watch;   /* (nullable): while a run with sound and picture goes on */
  GMutex lock;              /* guards what follows */
  GList *pads;              /* (element-type GstSegmentPad): no refs */
  GstSegmentRecord record;  /* of the segment being written */
  GstClockTimeDiff origin;  /* running time (ns) at which its file's own time starts */
  guint64 next_sequence;
};

static void
post (GstSegmentSplitter *self, GstStructure *structure)
{
  gst_element_post_message (GST_ELEMENT (self->bin),
                            gst_message_new_element (GST_OBJECT (self->bin), structure));
}

/* Each file stands for itself: its timestamps start near 0. */
static void
rebase_pads (GstSegmentSplitter *self, GstClockTime running_time)
{
  GstClockTimeDiff offset = gst_segment_format_get_offset (self->settings.format, running_time);

  for (GList *l = self->pads; l != NULL; l = l->next) {
    g_autoptr (GstPad) muxer_pad = gst_segment_pad_dup_muxer_pad (l->data);

    if (muxer_pad != NULL)
      gst_pad_set_offset (muxer_pad, offset);
  }
}

/* With the lock held. @sample has the first buffer of the reference. */
static void
start_record (GstSegmentSplitter *self, GstSample *sample)
{
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  const GstSegment *segment = gst_sample_get_segment (sample);
  GstClockTime running_time
      = gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  guint64 origin = 0;
  int sign;

  if (!GST_CLOCK_TIME_IS_VALID (running_time))
    running_time = 0;
  self->record = (GstSegmentRecord){ .video_codec = "", .audio_codec = "" };
  if (!gst_segment_cutter_take (self->cutter, running_time, &self->record.start))
    GST_WARNING_OBJECT (self->bin, "a segment starts undecided at %" GST_TIME_FORMAT,
                        GST_TIME_ARGS (running_time));
  self->record.sequence = self->next_sequence++;

  sign = gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, GST_BUFFER_DTS_OR_PTS (buffer),
                                           &origin);
  self->origin = sign * (GstClockTimeDiff) origin;
  rebase_pads (self, running_time);
}

/* splitmuxsink asks for the next file's name with the first buffer that goes into it. It holds its
 * lock: nothing here may call it back. */
static gchar *
on_format_location (GstElement *splitmux, guint fragment, GstSample *sample,
                    GstSegmentSplitter *self)
{
  const GstSegmentSettings *settings = &self->settings;
  GstSegmentRecord record;

  if (gst_sample_get_buffer (sample) == NULL)
    return NULL; /* EOS before the first frame */

  g_mutex_lock (&self->lock);
  start_record (self, sample);
  record = self->record;
  g_mutex_unlock (&self->lock);

  gst_segment_format_set_tags (settings->format, self->muxer, settings->camera, settings->run,
                               record.sequence, record.start.wall);
  return gst_segment_path_format (settings->location, settings->root, settings->camera,
                                  settings->run, record.sequence, record.start.wall);
}

/* The muxer now is on its way to PLAYING with the new file, and has been given nothing yet. */
static void
on_fragment_opened (GstSegmentSplitter *self)
{
  GstSegmentRecord record;

  g_mutex_lock (&self->lock);
  record = self->record;
  g_mutex_unlock (&self->lock);
  gst_segment_format_set_service (self->settings.format, self->muxer, self->settings.camera,
                                  self->settings.run, record.sequence, record.start.wall);
}

/* With the lock held. By the time the muxer writes its header it knows the caps of all its pads. */
static void
note_codecs (GstSegmentSplitter *self)
{
  for (GList *l = self->pads; l != NULL; l = l->next) {
    g_autoptr (GstPad) muxer_pad = gst_segment_pad_dup_muxer_pad (l->data);
    g_autoptr (GstCaps) caps = muxer_pad != NULL ? gst_pad_get_current_caps (muxer_pad) : NULL;
    const gchar *codec = gst_segment_format_get_codec (caps);

    if (!gst_segment_pad_is_audio (l->data))
      self->record.video_codec = codec;
    else if (*self->record.audio_codec == '\0')
      self->record.audio_codec = codec;
  }
}

static void
on_opened (GstElement *file_sink, const gchar *path, GstSegmentSplitter *self)
{
  GstStructure *structure;

  g_mutex_lock (&self->lock);
  note_codecs (self);
  structure = gst_segment_record_opened (&self->record, self->settings.camera, self->settings.run,
                                         gst_segment_format_get_nick (self->settings.format), path);
  g_mutex_unlock (&self->lock);
  post (self, structure);
}

static void
on_closed (GstElement *file_sink, const gchar *path, guint64 bytes, GstSegmentSplitter *self)
{
  GstStructure *structure;
  GstClockTime end;
  const gchar *reason = gst_segment_cutter_end (self->cutter, &end);

  g_mutex_lock (&self->lock);
  structure = gst_segment_record_closed (&self->record, self->settings.camera, self->settings.run,
                                         gst_segment_format_get_nick (self->settings.format), path,
                                         end, bytes, reason);
  g_mutex_unlock (&self->lock);
  post (self, structure);
}

/* The EOS of the last file is that of the run: the reference has ended and no further cut waits. */
static void
on_ended (GstElement *file_sink, GstSegmentSplitter *self)
{
  GstClockTime end;
  gboolean eos = FALSE;

  g_mutex_lock (&self->lock);
  for (GList *l = self->pads; l != NULL; l = l->next)
    if (gst_segment_pad_is_reference (l->data))
      eos = gst_segment_pad_is_eos (l->data);
  g_mutex_unlock (&self->lock);
  if (eos && g_str_equal (gst_segment_cutter_end (self->cutter, &end), "eos"))
    gst_element_post_message (GST_ELEMENT (self->bin),
                              gst_message_new_eos (GST_OBJECT (self->bin)));
}

/* With the lock held. Other caps never go into a file that has frames: the cut that was decided
 * upon comes with the next key frame, and the new file is given them then. */
static GstPadProbeReturn
hold_back_caps (GstSegmentSplitter *self, GstSegmentPad *pad, GstPad *muxer_pad, GstEvent *event)
{
  g_autoptr (GstCaps) current = NULL;
  GstCaps *caps;

  if (!gst_segment_pad_is_reference (pad) || self->record.frames + self->record.audio_frames == 0)
    return GST_PAD_PROBE_OK;
  gst_event_parse_caps (event, &caps);
  current = gst_pad_get_current_caps (muxer_pad);
  if (current == NULL || gst_caps_is_equal (caps, current))
    return GST_PAD_PROBE_OK;
  return GST_PAD_PROBE_DROP;
}

/* With the lock held. What was heard before a run's first picture has no place in its file, and
 * mp4mux lets each track start at 0: the first audio frame is moved there, and so made to last
 * until the second, which keeps sound and picture together. */
static GstPadProbeReturn
fit_first_audio (GstSegmentSplitter *self, GstPad *muxer_pad, GstPadProbeInfo *info)
{
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstPad) peer = gst_pad_get_peer (muxer_pad);
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (peer, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;
  GstClockTimeDiff delay;
  guint64 time = 0;
  int sign;

  if (event == NULL || !GST_BUFFER_PTS_IS_VALID (buffer))
    return GST_PAD_PROBE_OK;
  gst_event_parse_segment (event, &segment);
  sign
      = gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer), &time);
  if (self->record.sequence == self->settings.start_sequence
      && sign * (GstClockTimeDiff) time < (GstClockTimeDiff) self->record.start.running_time)
    return GST_PAD_PROBE_DROP;

  delay = sign * (GstClockTimeDiff) time - self->origin;
  delay = MIN (delay, (GstClockTimeDiff) (GST_BUFFER_PTS (buffer) - segment->start));
  if (self->settings.format == GST_SEGMENT_FORMAT_MP4 && delay > 0) {
    buffer = gst_buffer_make_writable (buffer);
    GST_BUFFER_PTS (buffer) -= delay;
    GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
    GST_PAD_PROBE_INFO_DATA (info) = buffer;
  }
  return GST_PAD_PROBE_OK;
}

/* With the lock held. Counts what is muxed, where it is muxed: exact whatever lies before. */
static GstPadProbeReturn
count_buffer (GstSegmentSplitter *self, GstSegmentPad *pad, GstPad *muxer_pad,
              GstPadProbeInfo *info)
{
  if (!gst_segment_pad_is_audio (pad)) {
    self->record.frames++;
    if (!GST_BUFFER_FLAG_IS_SET (GST_PAD_PROBE_INFO_BUFFER (info), GST_BUFFER_FLAG_DELTA_UNIT))
      self->record.key_frames++;
    return GST_PAD_PROBE_OK;
  }
  if (self->record.audio_frames == 0 && !gst_segment_pad_is_reference (pad)
      && fit_first_audio (self, muxer_pad, info) == GST_PAD_PROBE_DROP)
    return GST_PAD_PROBE_DROP;
  self->record.audio_frames++;
  return GST_PAD_PROBE_OK;
}

/* EOS before the first frame: there is no file for the muxer to end, and mpegtsmux would not pass
 * the event on. The sink gets it from the reference, the muxer gets none. */
static GstPadProbeReturn
end_empty_run (GstSegmentSplitter *self, GstSegmentPad *pad)
{
  gboolean empty;

  g_mutex_lock (&self->lock);
  empty = self->next_sequence == self->settings.start_sequence;
  g_mutex_unlock (&self->lock);
  if (!empty)
    return GST_PAD_PROBE_OK;
  if (gst_segment_pad_is_reference (pad)) {
    g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (self->file_sink, "sink");

    gst_pad_send_event (sink_pad, gst_event_new_eos ());
  }
  return GST_PAD_PROBE_DROP;
}

static GstPadProbeReturn
on_muxer_data (GstPad *muxer_pad, GstPadProbeInfo *info, gpointer data)
{
  GstSegmentInput *input = data;
  GstSegmentSplitter *self = input->splitter;
  GstEvent *event = NULL;
  GstPadProbeReturn verdict = GST_PAD_PROBE_OK;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    event = GST_PAD_PROBE_INFO_EVENT (info);
  if (event != NULL && GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    return end_empty_run (self, input->pad);

  g_mutex_lock (&self->lock);
  if (event == NULL)
    verdict = count_buffer (self, input->pad, muxer_pad, info);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    verdict = hold_back_caps (self, input->pad, muxer_pad, event);
  g_mutex_unlock (&self->lock);
  return verdict;
}

/* With the lock held. Returns: (transfer full) (nullable): a pad that holds the others up. */
static GstSegmentPad *
find_stalled_pad (GstSegmentSplitter *self)
{
  GstSegmentPad *stalled = NULL;
  gboolean pictures = FALSE;

  for (GList *l = self->pads; l != NULL; l = l->next) {
    gboolean alive = gst_segment_pad_check_alive (l->data);

    if (gst_segment_pad_is_reference (l->data))
      pictures = alive;
    else if (!alive && stalled == NULL && !gst_segment_pad_has_ended (l->data))
      stalled = l->data;
  }
  return stalled != NULL && pictures ? gst_object_ref (stalled) : NULL;
}

static void
give_up_stalled_audio (gpointer user_data)
{
  GstSegmentSplitter *self = user_data;
  g_autoptr (GstSegmentPad) stalled = NULL;

  g_mutex_lock (&self->lock);
  stalled = find_stalled_pad (self);
  g_mutex_unlock (&self->lock);
  if (stalled == NULL)
    return;
  GST_ELEMENT_WARNING (self->bin, STREAM, FAILED,
                       ("No sound came at %s for %u s: the recording goes on without it. Connect "
                        "again to have it back.",
                        GST_OBJECT_NAME (stalled), (guint) (AUDIO_PATIENCE / GST_SECOND)),
                       (NULL));
  gst_segment_pad_end (stalled);
}

/* The video, or the first sound without it: splitmuxsink chooses alike. A camera's pads come when
 * its description is known, long after the run was started. */
static void
choose_reference (GstSegmentSplitter *self)
{
  GstSegmentPad *reference = NULL;

  if (self->cutter == NULL)
    return;
  for (GList *l = self->pads; l != NULL; l = l->next)
    if (reference == NULL || !gst_segment_pad_is_audio (l->data))
      reference = l->data;
  for (GList *l = self->pads; l != NULL; l = l->next)
    gst_segment_pad_set_cutter (l->data, l->data == reference ? self->cutter : NULL);
  if (self->watch == NULL && g_list_length (self->pads) > 1)
    self->watch = gst_segment_watch_start (AUDIO_PATIENCE, give_up_stalled_audio, self);
}

static gboolean
gst_segment_splitter_add_pad (GstSegmentEngine *engine, GstSegmentPad *pad)
{
  GstSegmentSplitter *splitter = (GstSegmentSplitter *) engine;
  g_autoptr (GstPad) muxer_pad = NULL;
  GstSegmentInput *input;

  if (!gst_segment_pad_attach (pad, splitter->splitmux, splitter->muxer, splitter->settings.format))
    return FALSE;

  g_mutex_lock (&splitter->lock);
  splitter->pads = g_list_append (splitter->pads, pad);
  g_mutex_unlock (&splitter->lock);

  input = g_new0 (GstSegmentInput, 1);
  input->splitter = splitter;
  input->pad = pad;
  muxer_pad = gst_segment_pad_dup_muxer_pad (pad);
  gst_pad_add_probe (muxer_pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                     on_muxer_data, input, g_free);
  choose_reference (splitter);
  return TRUE;
}

static void
gst_segment_splitter_remove_pad (GstSegmentEngine *engine, GstSegmentPad *pad)
{
  GstSegmentSplitter *splitter = (GstSegmentSplitter *) engine;

  g_mutex_lock (&splitter->lock);
  splitter->pads = g_list_remove (splitter->pads, pad);
  g_mutex_unlock (&splitter->lock);
  gst_segment_pad_detach (pad);
}

static void
gst_segment_splitter_stop (GstSegmentEngine *engine)
{
  GstSegmentSplitter *splitter = (GstSegmentSplitter *) engine;

  g_clear_pointer (&splitter->watch, gst_segment_watch_stop);
  for (GList *l = splitter->pads; l != NULL; l = l->next)
    gst_segment_pad_set_cutter (l->data, NULL);
  g_clear_pointer (&splitter->cutter, gst_segment_cutter_free);
}

static void
gst_segment_splitter_start (GstSegmentEngine *engine)
{
  GstSegmentSplitter *splitter = (GstSegmentSplitter *) engine;

  gst_segment_splitter_stop (engine);
  splitter->cutter
      = gst_segment_cutter_new (splitter->settings.segment_seconds, splitter->settings.not_before);
  splitter->record = (GstSegmentRecord){ .video_codec = "", .audio_codec = "" };
  splitter->next_sequence = splitter->settings.start_sequence;
  choose_reference (splitter);
}

static gboolean
gst_segment_splitter_set_state (GstSegmentEngine *engine, GstState state)
{
  GstSegmentSplitter *splitter = (GstSegmentSplitter *) engine;

  return gst_element_set_state (splitter->splitmux, state) != GST_STATE_CHANGE_FAILURE;
}

static gboolean
gst_segment_splitter_handle_message (GstSegmentEngine *engine, GstMessage *message)
{
  GstSegmentSplitter *splitter = (GstSegmentSplitter *) engine;

  if (GST_MESSAGE_SRC (message) != GST_OBJECT (splitter->splitmux))
    return FALSE;
  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ASYNC_START:
  case GST_MESSAGE_ASYNC_DONE:
  case GST_MESSAGE_EOS: /* on_ended() tells */
    return TRUE;
  case GST_MESSAGE_ELEMENT:
    if (gst_message_has_name (message, "splitmuxsink-fragment-opened"))
      on_fragment_opened (splitter);
    return gst_message_has_name (message, "splitmuxsink-fragment-opened")
           || gst_message_has_name (message, "splitmuxsink-fragment-closed");
  default:
    return FALSE;
  }
}

static gboolean
make_elements (GstSegmentSplitter *self)
{
  self->splitmux = gst_element_factory_make ("splitmuxsink", "splitmuxsink");
  if (self->splitmux == NULL)
    return gst_segment_format_post_missing (self->bin, "splitmuxsink");
  gst_bin_add (self->bin, self->splitmux);
  gst_element_set_locked_state (self->splitmux, TRUE);

  self->muxer = gst_segment_format_make_muxer (self->settings.format, self->settings.fragment_ms);
  if (self->muxer == NULL)
    return gst_segment_format_post_missing (self->bin,
                                            gst_segment_format_get_muxer (self->settings.format));
  gst_object_ref_sink (self->muxer);
  self->file_sink = gst_object_ref_sink (gst_segment_file_sink_new ());
  g_object_set (self->file_sink, "sync-ms", self->settings.sync_ms, NULL);

  g_object_set (self->splitmux, "muxer", self->muxer, "sink", self->file_sink, NULL);
  g_signal_connect (self->splitmux, "format-location-full", G_CALLBACK (on_format_location), self);
  g_signal_connect (self->file_sink, "opened", G_CALLBACK (on_opened), self);
  g_signal_connect (self->file_sink, "closed", G_CALLBACK (on_closed), self);
  g_signal_connect (self->file_sink, "ended", G_CALLBACK (on_ended), self);
  return TRUE;
}

static void
gst_segment_splitter_free (GstSegmentEngine *engine)
{
  GstSegmentSplitter *splitter = (GstSegmentSplitter *) engine;

  gst_segment_splitter_stop (engine);
  while (splitter->pads != NULL)
    gst_segment_splitter_remove_pad (engine, splitter->pads->data);
  if (splitter->splitmux != NULL) {
    gst_element_set_state (splitter->splitmux, GST_STATE_NULL);
    gst_bin_remove (splitter->bin, splitter->splitmux);
  }
  gst_clear_object (&splitter->muxer);
  gst_clear_object (&splitter->file_sink);
  gst_segment_settings_clear (&splitter->settings);
  g_mutex_clear (&splitter->lock);
  g_free (splitter);
}

static const GstSegmentEngineClass splitter_class = {
  .free = gst_segment_splitter_free,
  .add_pad = gst_segment_splitter_add_pad,
  .remove_pad = gst_segment_splitter_remove_pad,
  .start = gst_segment_splitter_start,
  .stop = gst_segment_splitter_stop,
  .set_state = gst_segment_splitter_set_state,
  .handle_message = gst_segment_splitter_handle_message,
};

GstSegmentEngine *
gst_segment_splitter_new (GstBin *bin, const GstSegmentSettings *settings)
{
  GstSegmentSplitter *self = g_new0 (GstSegmentSplitter, 1);
  self->parent.class = &splitter_class;
  self->bin = bin;
  g_mutex_init (&self->lock);
  gst_segment_settings_copy (&self->settings, settings);
  if (make_elements (self))
    return &self->parent;
  gst_segment_splitter_free (&self->parent);
  return NULL;
}
