/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentassembler.h"
#include "segment/gstsegmentcutter.h"
#include "segment/gstsegmentengine.h"
#include "segment/gstsegmentgap.h"
#include "segment/gstsegmentspan.h"
#include "segment/gstsegmentwriter.h"

/* How long the sound of a segment that has all its pictures is waited for, monotonic µs. */
#define LINGER (2 * G_TIME_SPAN_SECOND)

/* Sound that did not come for so long is not waited for, monotonic µs. */
#define IDLE (1 * G_TIME_SPAN_SECOND)

/* Sound that may be ahead of the pictures, bytes. */
#define SOUND_AHEAD (1024 * 1024)

struct _GstSegmentAssembler {
  GstElement *element; /* no ref */
  GstSegmentSettings settings;
  GstSegmentWriter *writer;
  guint dropped;  /* atomic: pictures left out */
  guint late;     /* atomic: audio frames that came after their file was closed */
  guint repaired; /* atomic: frames whose times were mended */

  GMutex lock;                /* guards what follows */
  GList *tracks;              /* (element-type GstSegmentTrack): no refs */
  GstSegmentTrack *reference; /* (nullable) */
  GstSegmentCutter *cutter;   /* (nullable): while a run goes on */
  GQueue spans;               /* (element-type GstSegmentSpan): oldest first */
  GstSegmentSpan *current;    /* (nullable): the one that takes pictures, the last of @spans */
  GstSegmentGap gap;
  guint64 next_sequence;
  gboolean failed;   /* an ERROR was posted */
  gboolean finished; /* EOS is on its way */
};

static gint64
get_label (GstSegmentAssembler *self, GstClockTimeDiff running_time)
{
  return gst_segment_cutter_label (self->cutter, (GstClockTime) MAX (running_time, 0));
}

static gsize
get_held (GstSegmentAssembler *self)
{
  gsize held = gst_segment_writer_get_queued (self->writer);

  for (GList *l = self->tracks; l != NULL; l = l->next)
    held += gst_segment_track_get_bytes (l->data);
  return held;
}

/* What is given to a span's file becomes a job of the writer. */
static void
submit (GstSegmentAssembler *self, GstSegmentSpan *span)
{
  GPtrArray *fragments = gst_segment_span_steal_fragments (span);

  if (fragments != NULL)
    gst_segment_writer_push_fragments (
        self->writer, gst_segment_span_get_output (span, &self->settings), fragments);
}

static void
submit_all (GstSegmentAssembler *self)
{
  for (GList *l = self->spans.head; l != NULL; l = l->next)
    submit (self, l->data);
}

/* Returns: (nullable): the span sound at @time belongs to, or the next after it. */
static GstSegmentSpan *
find_span (GstSegmentAssembler *self, GstClockTimeDiff time)
{
  for (GList *l = self->spans.head; l != NULL; l = l->next) {
    GstSegmentSpan *span = l->data;

    if (!span->closed && (span == self->current || time < span->end))
      return span;
  }
  return NULL;
}

/* How many units of @track, from the first, come before @limit and @end and can be taken: of the
 * last one it is not known how long it lasts. */
static guint
count_units (GstSegmentTrack *track, GstClockTimeDiff limit, gboolean force)
{
  guint waiting = gst_segment_track_get_waiting (track);
  guint count = 0;

  while (count < waiting && gst_segment_track_peek (track, count)->pts < limit)
    count++;
  return count == waiting && !force ? MAX (count, 1) - 1 : count;
}

/* Gives the sound of @track before @limit (ns) to the spans it belongs to. @force: the last frame
 * too. */
static void
route_sound (GstSegmentAssembler *self, GstSegmentTrack *track, GstClockTimeDiff limit,
             gboolean force)
{
  while (gst_segment_track_get_waiting (track) > 0) {
    GstClockTimeDiff time = gst_segment_track_peek (track, 0)->pts;
    GstSegmentSpan *span = find_span (self, time);
    guint count;

    if (span == NULL)
      return; /* for a segment that is still to come */
    if (time < span->pts_origin) {
      gst_segment_track_drop (track, 1);
      g_atomic_int_inc (&self->late);
      continue;
    }
    count = count_units (track, span == self->current ? limit : MIN (limit, span->end), force);
    if (count == 0)
      return;
    if (!gst_segment_span_add (span, self->tracks, track, count, GST_CLOCK_STIME_NONE)) {
      gst_segment_track_drop (track, count); /* its caps were not known when the file began */
      gst_segment_cutter_ask (self->cutter, "caps");
    }
  }
}

static void
route_all_sound (GstSegmentAssembler *self, GstClockTimeDiff limit, gboolean force)
{
  for (GList *l = self->tracks; l != NULL; l = l->next)
    if (l->data != self->reference)
      route_sound (self, l->data, limit, force);
}

/* Gives what waits to the current span, up to a frame of the reference at @pts and @dts. */
static void
flush (GstSegmentAssembler *self, GstClockTimeDiff pts, GstClockTimeDiff dts)
{
  guint waiting = gst_segment_track_get_waiting (self->reference);

  if (waiting > 0)
    gst_segment_span_add (self->current, self->tracks, self->reference, waiting, dts);
  route_all_sound (self, pts, FALSE);
  submit_all (self);
}

/* Whether all sound of an ended @span has come, or is not going to. */
static gboolean
has_all_sound (GstSegmentAssembler *self, const GstSegmentSpan *span, gint64 now)
{
  for (GList *l = self->tracks; l != NULL; l = l->next) {
    gint64 arrival = gst_segment_track_get_arrival (l->data);

    if (l->data != self->reference && arrival != 0 && now - arrival < IDLE
        && gst_segment_track_get_time (l->data) < span->end)
      return FALSE;
  }
  return TRUE;
}

/* Closes the spans that have ended and are complete, or were waited for long enough. */
static void
settle (GstSegmentAssembler *self, gboolean force)
{
  gint64 now = g_get_monotonic_time ();

  for (GList *l = self->spans.head; l != NULL && l->data != self->current; l = l->next) {
    GstSegmentSpan *span = l->data;

    if (span->closed)
      continue;
    if (!force && now < span->deadline && !has_all_sound (self, span, now))
      return;
    route_all_sound (self, span->end, TRUE);
    submit (self, span);
    gst_segment_writer_push_close (self->writer,
                                   gst_segment_span_get_output (span, &self->settings),
                                   span->end_time, span->reason);
    span->closed = TRUE;
  }
}

/* The current span ends before a frame of the reference at @pts and @dts. */
static void
end_current (GstSegmentAssembler *self, GstClockTimeDiff pts, GstClockTimeDiff dts,
             const gchar *reason)
{
  GstSegmentSpan *span = self->current;
  const gchar *decided = gst_segment_cutter_end (self->cutter, &span->end_time);

  flush (self, pts, dts);
  span->end = pts;
  span->reason = reason != NULL ? reason : decided;
  span->deadline = g_get_monotonic_time () + LINGER;
  self->current = NULL;
  settle (self, FALSE);
}

/* A new span starts with @unit. */
static void
begin (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  GstSegmentCut cut;

  if (self->current != NULL)
    end_current (self, unit->pts, unit->dts, NULL);
  gst_segment_cutter_take (self->cutter, (GstClockTime) MAX (unit->pts, 0), &cut);
  self->current = gst_segment_span_new (self->next_sequence++, &cut, unit);
  g_queue_push_tail (&self->spans, self->current);
  gst_segment_gap_end (&self->gap, self->element, &self->settings, cut.wall);
}

static void
drop (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  if (!self->gap.open)
    return; /* before the first key frame */
  g_atomic_int_inc (&self->dropped);
  gst_segment_gap_count (&self->gap, !gst_segment_track_is_audio (self->reference),
                         gst_buffer_get_size (unit->buffer),
                         get_label (self, unit->pts + unit->duration));
}

/* Whether a fragment is to end before @unit: it would become too long, or a key frame would not be
 * at the start of one, where it can be found. */
static gboolean
is_due (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  const GstClockTimeDiff longest = (GstClockTimeDiff) (self->settings.fragment_ms * GST_MSECOND);
  guint waiting = gst_segment_track_get_waiting (self->reference);
  GstClockTimeDiff length, step;

  if (waiting == 0)
    return FALSE;
  length = unit->dts - gst_segment_track_peek (self->reference, 0)->dts;
  step = unit->dts - gst_segment_track_peek (self->reference, waiting - 1)->dts;
  return length + step > longest
         || (unit->key && length >= longest / 4 && !gst_segment_track_is_audio (self->reference));
}

static gboolean
may_begin (GstSegmentAssembler *self, const GstSegmentUnit *unit)
{
  return unit->key && !gst_segment_writer_is_full (self->writer)
         && get_held (self) <= self->settings.queue_bytes / 2;
}

static void
take_reference (GstSegmentAssembler *self, GstSegmentUnit *unit)
{
  GstClockTime running_time = (GstClockTime) MAX (unit->pts, 0);
  gsize held = get_held (self);
  GstClockTime split_after;

  if (self->current != NULL && held > 0
      && held + gst_buffer_get_size (unit->buffer) > self->settings.queue_bytes) {
    end_current (self, unit->pts, unit->dts, "gap");
    gst_segment_gap_start (&self->gap, self->element, &self->settings, "disk-slow",
                           get_label (self, unit->pts),
                           "The disk takes less than the camera sends.", NULL);
  }
  if (self->current == NULL) {
    if (!may_begin (self, unit)) {
      drop (self, unit);
      return;
    }
    gst_segment_cutter_ask (self->cutter, "gap");
  }
  switch (gst_segment_cutter_frame (
      self->cutter, running_time, (GstClockTime) unit->duration, unit->key,
      gst_segment_engine_measure_lag (self->element, running_time), &split_after)) {
  case GST_SEGMENT_CUTTER_DROP:
    return;
  case GST_SEGMENT_CUTTER_CUT:
    begin (self, unit);
    break;
  case GST_SEGMENT_CUTTER_PASS:
    if (self->current == NULL)
      begin (self, unit);
    else if (is_due (self, unit))
      flush (self, unit->pts, unit->dts);
    settle (self, FALSE);
    break;
  }
  gst_segment_track_push (self->reference, unit);
}

/* Sound waits for the pictures it belongs to, unless none come. */
static void
take_sound (GstSegmentAssembler *self, GstSegmentTrack *track, GstSegmentUnit *unit)
{
  gint64 arrival = gst_segment_track_get_arrival (self->reference);
  gint64 patience = 2 * self->settings.fragment_ms * G_TIME_SPAN_MILLISECOND;

  gst_segment_track_push (track, unit);
  settle (self, FALSE);
  if (self->current != NULL
      && (gst_segment_track_get_bytes (track) > SOUND_AHEAD
          || g_get_monotonic_time () - arrival > patience)) {
    GstClockTimeDiff first = gst_segment_track_peek (track, 0)->pts;

    if (gst_segment_track_get_time (track) - first
        >= (GstClockTimeDiff) (self->settings.fragment_ms * GST_MSECOND)) {
      route_sound (self, track, G_MAXINT64, FALSE);
      submit_all (self);
    }
  }
  while (gst_segment_track_get_bytes (track) > SOUND_AHEAD)
    gst_segment_track_drop (track, 1);
}

GstFlowReturn
gst_segment_assembler_take (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                            GstBuffer *buffer)
{
  g_auto (GstSegmentUnit) unit = { .buffer = buffer };
  GstFlowReturn flow = GST_FLOW_OK;
  guint64 repaired;

  g_mutex_lock (&assembler->lock);
  if (assembler->failed)
    flow = GST_FLOW_ERROR;
  else if (assembler->finished || assembler->cutter == NULL)
    flow = GST_FLOW_EOS;
  else if (gst_segment_track_get_stream (track) == NULL)
    flow = GST_FLOW_NOT_NEGOTIATED;
  if (flow == GST_FLOW_OK) {
    repaired = gst_segment_track_get_repaired (track);
    if (gst_segment_track_read (track, buffer, &unit) && track == assembler->reference) {
      GST_WARNING_OBJECT (assembler->element, "timestamps jumped: they go on where they were");
      gst_segment_cutter_ask (assembler->cutter, "clock");
    }
    g_atomic_int_add (&assembler->repaired,
                      (gint) (gst_segment_track_get_repaired (track) - repaired));
    if (track == assembler->reference)
      take_reference (assembler, &unit);
    else
      take_sound (assembler, track, &unit);
  }
  g_mutex_unlock (&assembler->lock);
  return flow;
}

/* Before the caps of a track change, what it has goes into its file. */
static void
flush_track (GstSegmentAssembler *self, GstSegmentTrack *track)
{
  guint waiting = gst_segment_track_get_waiting (track);

  if (self->current == NULL || waiting == 0)
    return;
  if (track == self->reference)
    gst_segment_span_add (self->current, self->tracks, track, waiting, GST_CLOCK_STIME_NONE);
  else
    route_sound (self, track, G_MAXINT64, TRUE);
  submit_all (self);
}

gboolean
gst_segment_assembler_set_caps (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                                GstCaps *caps)
{
  gboolean taken;

  g_mutex_lock (&assembler->lock);
  flush_track (assembler, track);
  taken = gst_segment_track_set_caps (track, caps);
  if (taken && assembler->cutter != NULL && track == assembler->reference)
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

static GstSegmentSpan *
find_span_of (GstSegmentAssembler *self, const GstSegmentOutput *output)
{
  for (GList *l = self->spans.head; l != NULL; l = l->next)
    if (((GstSegmentSpan *) l->data)->output == output)
      return l->data;
  return NULL;
}

static void
post_error (GstSegmentAssembler *self, const GError *error)
{
  self->failed = TRUE;
  gst_element_message_full (self->element, GST_MESSAGE_ERROR, GST_RESOURCE_ERROR, error->code,
                            g_strdup (error->message), NULL, __FILE__, GST_FUNCTION, __LINE__);
}

/* The rest of @span is left out, up to the next key frame when it is the current one. */
static void
lose (GstSegmentAssembler *self, GstSegmentSpan *span, const GstSegmentLoss *loss)
{
  guint64 frames = loss->frames;
  guint64 bytes = loss->bytes;
  gboolean current = span == self->current;
  gint64 wall = loss->wall;

  gst_segment_writer_purge (self->writer, span->output, &frames, &bytes);
  if (current) {
    guint waiting = gst_segment_track_get_waiting (self->reference);

    if (waiting > 0)
      wall = get_label (self, gst_segment_track_peek (self->reference, waiting - 1)->pts);
    frames += waiting;
    bytes += gst_segment_track_drop (self->reference, waiting);
    self->current = NULL;
  } else {
    wall = span->start.wall
           + (span->end - (GstClockTimeDiff) span->start.running_time) / (gint64) GST_USECOND;
  }
  g_atomic_int_add (&self->dropped, (gint) frames);
  gst_segment_gap_start (&self->gap, self->element, &self->settings, loss->reason, loss->wall,
                         loss->error->message, loss->part);
  gst_segment_gap_count (&self->gap, frames, bytes, wall);
  if (!current && self->current != NULL)
    gst_segment_gap_end (&self->gap, self->element, &self->settings, wall);
}

/* From the writer's thread. */
static void
on_written (gpointer data, GstSegmentOutput *output, const GstSegmentLoss *loss)
{
  GstSegmentAssembler *self = data;
  GstSegmentSpan *span;

  g_mutex_lock (&self->lock);
  span = find_span_of (self, output);
  if (span != NULL && loss != NULL)
    lose (self, span, loss);
  if (span != NULL) {
    g_queue_remove (&self->spans, span);
    gst_segment_span_free (span);
  }
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
  g_mutex_init (&self->lock);
  g_queue_init (&self->spans);
  return self;
}

void
gst_segment_assembler_free (GstSegmentAssembler *assembler)
{
  gst_segment_assembler_stop (assembler);
  gst_segment_writer_free (assembler->writer);
  g_list_free (assembler->tracks);
  gst_segment_gap_clear (&assembler->gap);
  gst_segment_settings_clear (&assembler->settings);
  g_mutex_clear (&assembler->lock);
  g_free (assembler);
}

void
gst_segment_assembler_add_track (GstSegmentAssembler *assembler, GstSegmentTrack *track)
{
  g_mutex_lock (&assembler->lock);
  assembler->tracks = g_list_append (assembler->tracks, track);
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_remove_track (GstSegmentAssembler *assembler, GstSegmentTrack *track)
{
  g_mutex_lock (&assembler->lock);
  flush_track (assembler, track);
  assembler->tracks = g_list_remove (assembler->tracks, track);
  if (assembler->reference == track)
    assembler->reference = NULL;
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_set_reference (GstSegmentAssembler *assembler, GstSegmentTrack *reference)
{
  g_mutex_lock (&assembler->lock);
  assembler->reference = reference;
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_start (GstSegmentAssembler *assembler)
{
  gst_segment_assembler_stop (assembler);
  g_mutex_lock (&assembler->lock);
  for (GList *l = assembler->tracks; l != NULL; l = l->next)
    gst_segment_track_reset (l->data);
  assembler->cutter = gst_segment_cutter_new (assembler->settings.segment_seconds,
                                              assembler->settings.not_before);
  assembler->next_sequence = assembler->settings.start_sequence;
  assembler->failed = assembler->finished = FALSE;
  g_mutex_unlock (&assembler->lock);
  gst_segment_writer_start (assembler->writer);
}

/* With the lock held: all that was received is given to the writer. */
static void
flush_all (GstSegmentAssembler *self, const gchar *reason)
{
  GstSegmentSpan *span = self->current;

  if (span != NULL) {
    flush_track (self, self->reference);
    route_all_sound (self, G_MAXINT64, TRUE);
    submit_all (self);
  }
  if (span != NULL && reason != NULL) {
    gst_segment_cutter_end (self->cutter, &span->end_time);
    span->end = G_MAXINT64;
    span->reason = reason;
    self->current = NULL;
  }
  settle (self, TRUE);
  gst_segment_gap_end (&self->gap, self->element, &self->settings, self->gap.last);
}

void
gst_segment_assembler_stop (GstSegmentAssembler *assembler)
{
  g_mutex_lock (&assembler->lock);
  if (assembler->cutter != NULL)
    flush_all (assembler, NULL);
  g_mutex_unlock (&assembler->lock);
  gst_segment_writer_stop (assembler->writer);

  g_mutex_lock (&assembler->lock);
  g_queue_clear_full (&assembler->spans, (GDestroyNotify) gst_segment_span_free);
  assembler->current = NULL;
  g_clear_pointer (&assembler->cutter, gst_segment_cutter_free);
  g_mutex_unlock (&assembler->lock);
}

void
gst_segment_assembler_finish (GstSegmentAssembler *assembler)
{
  g_mutex_lock (&assembler->lock);
  if (!assembler->finished && assembler->cutter != NULL) {
    assembler->finished = TRUE;
    flush_all (assembler, "eos");
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
