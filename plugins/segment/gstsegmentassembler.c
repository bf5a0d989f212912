/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentassembler.h"
#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentengine.h"
#include "segment/gstsegmentgap.h"
#include "segment/gstsegmentspans.h"

struct _GstSegmentAssembler {
  GstElement *element; /* no ref */
  GstSegmentSettings settings;
  GstSegmentWriter *writer;
  guint dropped;  /* atomic: pictures left out */
  guint late;     /* atomic: audio frames that came after their file was closed */
  guint repaired; /* atomic: frames whose times were mended */

  GMutex lock; /* guards what follows */
  GstSegmentSpans *spans;
  GstSegmentCutter *cutter; /* (nullable): while a run goes on */
  GstSegmentGap gap;
  guint64 next_sequence;
  gboolean failed;   /* an ERROR was posted */
  gboolean finished; /* EOS is on its way */
  gint64 arrival;    /* monotonic, µs: of the frames that are being taken */
  GstClockTime now;  /* the same as running time, NONE when that is not known */
};

static gint64
get_label (GstSegmentAssembler *self, GstClockTimeDiff running_time)
{
  return gst_segment_cutter_label (self->cutter, (GstClockTime) MAX (running_time, 0));
}

/* A segment starts with @unit, and the one before it ends. */
static void
begin (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  GstSegmentCut cut;

  if (gst_segment_spans_get_current (self->spans) != NULL) {
    GstClockTime end;
    const gchar *reason = gst_segment_cutter_end (self->cutter, &end);

    gst_segment_spans_end (self->spans, unit->pts, unit->dts, end, reason);
  }
  gst_segment_cutter_take (self->cutter, (GstClockTime) MAX (unit->pts, 0), &cut);
  gst_segment_spans_begin (self->spans, self->next_sequence++, &cut, unit);
  gst_segment_gap_end (&self->gap, self->element, &self->settings, cut.wall);
}

/* The disk is too slow: the segment ends before @unit, and what follows is in none. */
static void
leave_out (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  GstClockTime end;

  gst_segment_cutter_end (self->cutter, &end);
  gst_segment_spans_end (self->spans, unit->pts, unit->dts, end, "gap");
  gst_segment_gap_start (&self->gap, self->element, &self->settings, "disk-slow",
                         get_label (self, (GstClockTimeDiff) end),
                         "The disk takes less than the camera sends.", NULL);
}

static void
drop (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  gboolean audio = gst_segment_track_is_audio (gst_segment_spans_get_reference (self->spans));

  if (!self->gap.open)
    return; /* before the first key frame */
  g_atomic_int_inc (&self->dropped);
  gst_segment_gap_count (&self->gap, !audio, unit->size,
                         get_label (self, unit->pts + unit->duration));
}

/* Whether a fragment is to end before @unit: it would become too long or large, or a key frame
 * would not be at the start of one, where it can be found. Groups of a few pictures share one. */
static gboolean
is_due (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  const GstClockTimeDiff longest = (GstClockTimeDiff) (self->settings.fragment_ms * GST_MSECOND);
  const GstSegmentTrack *reference = gst_segment_spans_get_reference (self->spans);
  guint waiting = gst_segment_track_get_waiting (reference);
  const GstSegmentUnit *first;
  GstClockTimeDiff length, step;

  if (waiting == 0)
    return FALSE;
  first = gst_segment_track_peek (reference, 0);
  length = unit->dts - first->dts;
  step = unit->dts - gst_segment_track_peek (reference, waiting - 1)->dts;
  return length + step > longest
         || gst_segment_track_get_bytes (reference) > self->settings.queue_bytes / 4
         || (unit->key && (!first->key || length >= longest / 4)
             && !gst_segment_track_is_audio (reference));
}

static gboolean
is_overrun (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  return gst_segment_writer_get_queued (self->writer) > 0
         && gst_segment_spans_get_held (self->spans) + unit->size > self->settings.queue_bytes;
}

static gboolean
may_begin (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  return unit->key && !gst_segment_writer_is_full (self->writer)
         && gst_segment_spans_get_held (self->spans) <= self->settings.queue_bytes / 2;
}

static void
take_reference (GstSegmentAssembler *self, GstSegmentUnit *unit)
{
  GstClockTime running_time = (GstClockTime) MAX (unit->pts, 0);
  GstClockTimeDiff lag
      = GST_CLOCK_TIME_IS_VALID (self->now) ? GST_CLOCK_DIFF (running_time, self->now) : 0;
  GstClockTime split_after;

  if (gst_segment_spans_get_current (self->spans) != NULL && is_overrun (self, unit))
    leave_out (self, unit);
  if (gst_segment_spans_get_current (self->spans) == NULL) {
    if (!may_begin (self, unit)) {
      drop (self, unit);
      return;
    }
    gst_segment_cutter_ask (self->cutter, "gap"); /* nothing before the first segment */
  }
  switch (gst_segment_cutter_frame (self->cutter, running_time, (GstClockTime) unit->duration,
                                    unit->key, lag, &split_after)) {
  case GST_SEGMENT_CUTTER_DROP:
    return;
  case GST_SEGMENT_CUTTER_CUT:
    begin (self, unit);
    break;
  case GST_SEGMENT_CUTTER_PASS:
    if (gst_segment_spans_get_current (self->spans) == NULL)
      begin (self, unit);
    else if (is_due (self, unit))
      gst_segment_spans_flush (self->spans, unit->pts, unit->dts);
    break;
  }
  gst_segment_track_push (gst_segment_spans_get_reference (self->spans), unit);
  gst_segment_spans_settle (self->spans, FALSE);
}

static void
take_unit (GstSegmentAssembler *self, GstSegmentTrack *track, GstBuffer *buffer)
{
  g_auto (GstSegmentUnit) unit = { 0 };
  gboolean reference = track == gst_segment_spans_get_reference (self->spans);
  guint64 repaired = gst_segment_track_get_repaired (track);
  gboolean jumped = gst_segment_track_read (track, buffer, self->arrival, &unit);

  if (jumped)
    GST_WARNING_OBJECT (self->element, "timestamps jumped: they go on where they were");
  if (jumped && reference)
    gst_segment_cutter_ask (self->cutter, "clock");
  if (reference)
    take_reference (self, &unit);
  else
    gst_segment_spans_take_sound (self->spans, track, &unit);
  if (gst_segment_spans_misses_sound (self->spans))
    gst_segment_cutter_ask (self->cutter, "caps");
  g_atomic_int_add (&self->repaired, (gint) (gst_segment_track_get_repaired (track) - repaired));
  g_atomic_int_set (&self->late, gst_segment_spans_get_late (self->spans));
}

/* Returns: whether frames of @track can be taken, which come now. */
static GstFlowReturn
prepare (GstSegmentAssembler *self, const GstSegmentTrack *track)
{
  if (self->failed)
    return GST_FLOW_ERROR;
  if (self->finished || self->cutter == NULL)
    return GST_FLOW_EOS;
  if (gst_segment_track_get_stream (track) == NULL)
    return GST_FLOW_NOT_NEGOTIATED;
  self->arrival = g_get_monotonic_time ();
  self->now = gst_segment_engine_get_running_time (self->element);
  return GST_FLOW_OK;
}

GstFlowReturn
gst_segment_assembler_take (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                            GstBuffer *buffer)
{
  GstFlowReturn flow;

  g_mutex_lock (&assembler->lock);
  flow = prepare (assembler, track);
  if (flow == GST_FLOW_OK)
    take_unit (assembler, track, buffer);
  else
    gst_buffer_unref (buffer);
  g_mutex_unlock (&assembler->lock);
  return flow;
}

GstFlowReturn
gst_segment_assembler_take_list (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                                 GstBufferList *list)
{
  GstFlowReturn flow;

  g_mutex_lock (&assembler->lock);
  flow = prepare (assembler, track);
  for (guint i = 0; flow == GST_FLOW_OK && i < gst_buffer_list_length (list); i++)
    take_unit (assembler, track, gst_buffer_ref (gst_buffer_list_get (list, i)));
  g_mutex_unlock (&assembler->lock);
  gst_buffer_list_unref (list);
  return flow;
}

gboolean
gst_segment_assembler_set_caps (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                                GstCaps *caps)
{
  gboolean taken;

  g_mutex_lock (&assembler->lock);
  gst_segment_spans_flush_track (assembler->spans, track); /* still of the old caps */
  taken = gst_segment_track_set_caps (track, caps);
  if (taken && assembler->cutter != NULL
      && track == gst_segment_spans_get_reference (assembler->spans))
    gst_segment_cutter_ask (assembler->cutter, "caps");
  g_mutex_unlock (&assembler->lock);
  return taken;
}

void
gst_segment_assembler_set_segment (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                                   const GstSegment *segment)
{
  g_mutex_lock (&assembler->lock);
  gst_segment_track_set_segment (track, segment);
  g_mutex_unlock (&assembler->lock);
}

/* The rest of @span is left out, up to the next key frame when it is the current one. */
static void
lose (GstSegmentAssembler *self, GstSegmentSpan *span, const GstSegmentLoss *loss)
{
  gboolean current = span == gst_segment_spans_get_current (self->spans);
  guint64 frames = loss->frames;
  guint64 bytes = loss->bytes;
  GstClockTimeDiff end
      = current ? gst_segment_track_get_time (gst_segment_spans_get_reference (self->spans))
                : span->end;
  gint64 wall = span->start.wall
                + (end - (GstClockTimeDiff) span->start.running_time) / (gint64) GST_USECOND;

  gst_segment_spans_lose (self->spans, span, &frames, &bytes);
  g_atomic_int_add (&self->dropped, (gint) frames);
  gst_segment_gap_start (&self->gap, self->element, &self->settings, loss->reason, loss->wall,
                         loss->error->message, loss->part);
  gst_segment_gap_count (&self->gap, frames, bytes, wall);
  if (gst_segment_spans_get_current (self->spans) != NULL)
    gst_segment_gap_end (&self->gap, self->element, &self->settings, wall);
}

static void
post_error (GstSegmentAssembler *self, const GError *error)
{
  self->failed = TRUE;
  gst_element_message_full (self->element, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR, error->code,
                            g_strdup (error->message), NULL, __FILE__, GST_FUNCTION, __LINE__);
}

/* From a thread of the writers. */
static void
on_written (gpointer data, GstSegmentOutput *output, const GstSegmentLoss *loss)
{
  GstSegmentAssembler *self = data;
  GstSegmentSpan *span;

  g_mutex_lock (&self->lock);
  span = gst_segment_spans_find (self->spans, output);
  if (span != NULL && loss != NULL)
    lose (self, span, loss);
  else if (span != NULL)
    gst_segment_spans_forget (self->spans, span);
  if (loss != NULL && loss->fatal && !self->failed)
    post_error (self, loss->error);
  g_mutex_unlock (&self->lock);
}

GstSegmentAssembler *
gst_segment_assembler_new (GstElement *element, const GstSegmentSettings *settings)
{
  GstSegmentAssembler *self = g_new0 (GstSegmentAssembler, 1);

  self->element = element;
  gst_segment_settings_copy (&self->settings, settings);
  self->writer = gst_segment_writer_new (element, settings, on_written, self);
  self->spans = gst_segment_spans_new (settings, self->writer);
  g_mutex_init (&self->lock);
  return self;
}

void
gst_segment_assembler_free (GstSegmentAssembler *assembler)
{
  gst_segment_assembler_stop (assembler);
  gst_segment_spans_free (assembler->spans);
  gst_segment_writer_free (assembler->writer);
  gst_segment_gap_clear (&assembler->gap);
  gst_segment_settings_clear (&assembler->settings);
  g_mutex_clear (&assembler->lock);
  g_free (assembler);
}

void
gst_segment_assembler_add_track (GstSegmentAssembler *assembler, GstSegmentTrack *track)
{
  g_mutex_lock (&assembler->lock);
  gst_segment_spans_add_track (assembler->spans, track);
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_remove_track (GstSegmentAssembler *assembler, GstSegmentTrack *track)
{
  g_mutex_lock (&assembler->lock);
  gst_segment_spans_remove_track (assembler->spans, track);
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_set_reference (GstSegmentAssembler *assembler, GstSegmentTrack *reference)
{
  g_mutex_lock (&assembler->lock);
  gst_segment_spans_set_reference (assembler->spans, reference);
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_start (GstSegmentAssembler *assembler)
{
  gst_segment_assembler_stop (assembler);
  g_mutex_lock (&assembler->lock);
  assembler->cutter = gst_segment_cutter_new (assembler->settings.segment_seconds,
                                              assembler->settings.not_before);
  assembler->next_sequence = assembler->settings.start_sequence;
  assembler->failed = assembler->finished = FALSE;
  g_mutex_unlock (&assembler->lock);
  gst_segment_writer_start (assembler->writer);
}

void
gst_segment_assembler_stop (GstSegmentAssembler *assembler)
{
  g_mutex_lock (&assembler->lock);
  gst_segment_spans_flush_all (assembler->spans);
  gst_segment_spans_settle (assembler->spans, TRUE);
  gst_segment_gap_end (&assembler->gap, assembler->element, &assembler->settings,
                       assembler->gap.last);
  g_mutex_unlock (&assembler->lock);
  gst_segment_writer_stop (assembler->writer);

  g_mutex_lock (&assembler->lock);
  gst_segment_spans_reset (assembler->spans);
  g_clear_pointer (&assembler->cutter, gst_segment_cutter_free);
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_finish (GstSegmentAssembler *assembler)
{
  GstClockTime end;

  g_mutex_lock (&assembler->lock);
  if (!assembler->finished && assembler->cutter != NULL) {
    assembler->finished = TRUE;
    gst_segment_spans_flush_all (assembler->spans);
    if (gst_segment_spans_get_current (assembler->spans) != NULL) {
      gst_segment_cutter_end (assembler->cutter, &end);
      gst_segment_spans_end (assembler->spans, G_MAXINT64, GST_CLOCK_STIME_NONE, end, "eos");
    }
    gst_segment_spans_settle (assembler->spans, TRUE);
    gst_segment_gap_end (&assembler->gap, assembler->element, &assembler->settings,
                         assembler->gap.last);
    gst_segment_writer_push_eos (assembler->writer);
  }
  g_mutex_unlock (&assembler->lock);
}

GstStructure *
gst_segment_assembler_get_stats (GstSegmentAssembler *assembler)
{
  return gst_structure_new (
      "segmentsink-stats", "queued-bytes", G_TYPE_UINT64,
      (guint64) gst_segment_writer_get_queued (assembler->writer), "frames-dropped", G_TYPE_UINT64,
      (guint64) (guint) g_atomic_int_get (&assembler->dropped), "audio-late", G_TYPE_UINT64,
      (guint64) (guint) g_atomic_int_get (&assembler->late), "timestamps-repaired", G_TYPE_UINT64,
      (guint64) (guint) g_atomic_int_get (&assembler->repaired), NULL);
}
