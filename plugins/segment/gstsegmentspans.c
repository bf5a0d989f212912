/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentspans.h"

/* How long the sound of a segment that has all its pictures is waited for, monotonic µs. */
#define LINGER (2 * G_TIME_SPAN_SECOND)

/* Sound that did not come for so long is not waited for, monotonic µs. */
#define IDLE (1 * G_TIME_SPAN_SECOND)

/* Sound that may wait for its pictures, bytes; never more than a quarter of the queue. */
#define SOUND_AHEAD (1024 * 1024)

struct _GstSegmentSpans {
  GstSegmentSettings settings;
  GstSegmentWriter *writer;   /* no ref */
  GList *tracks;              /* (element-type GstSegmentTrack): no refs */
  GstSegmentTrack *reference; /* (nullable) */
  GQueue spans;               /* (element-type GstSegmentSpan): oldest first */
  GstSegmentSpan *current;    /* (nullable): the one that takes pictures, the last of @spans */
  gint64 began;               /* monotonic, µs: when the first of them did */
  guint late;
  gboolean misses_sound;
};

GstSegmentSpans *
gst_segment_spans_new (const GstSegmentSettings *settings, GstSegmentWriter *writer)
{
  GstSegmentSpans *self = g_new0 (GstSegmentSpans, 1);

  gst_segment_settings_copy (&self->settings, settings);
  self->writer = writer;
  g_queue_init (&self->spans);
  return self;
}

void
gst_segment_spans_free (GstSegmentSpans *spans)
{
  gst_segment_spans_reset (spans);
  g_list_free (spans->tracks);
  gst_segment_settings_clear (&spans->settings);
  g_free (spans);
}

void
gst_segment_spans_reset (GstSegmentSpans *spans)
{
  for (GList *l = spans->tracks; l != NULL; l = l->next)
    gst_segment_track_reset (l->data);
  g_queue_clear_full (&spans->spans, (GDestroyNotify) gst_segment_span_free);
  spans->current = NULL;
  spans->began = 0;
  spans->misses_sound = FALSE;
}

void
gst_segment_spans_add_track (GstSegmentSpans *spans, GstSegmentTrack *track)
{
  spans->tracks = g_list_append (spans->tracks, track);
}

void
gst_segment_spans_remove_track (GstSegmentSpans *spans, GstSegmentTrack *track)
{
  gst_segment_spans_flush_track (spans, track);
  spans->tracks = g_list_remove (spans->tracks, track);
  if (spans->reference == track)
    spans->reference = NULL;
}

void
gst_segment_spans_set_reference (GstSegmentSpans *spans, GstSegmentTrack *reference)
{
  spans->reference = reference;
}

GstSegmentTrack *
gst_segment_spans_get_reference (const GstSegmentSpans *spans)
{
  return spans->reference;
}

gsize
gst_segment_spans_get_held (const GstSegmentSpans *spans)
{
  gsize held = gst_segment_writer_get_queued (spans->writer);

  for (GList *l = spans->tracks; l != NULL; l = l->next)
    held += gst_segment_track_get_bytes (l->data);
  return held;
}

GstSegmentSpan *
gst_segment_spans_get_current (const GstSegmentSpans *spans)
{
  return spans->current;
}

GstSegmentSpan *
gst_segment_spans_find (const GstSegmentSpans *spans, const GstSegmentOutput *output)
{
  for (GList *l = spans->spans.head; l != NULL; l = l->next)
    if (((GstSegmentSpan *) l->data)->output == output)
      return l->data;
  return NULL;
}

/* What was added to the spans becomes jobs of the writer. */
static void
submit (GstSegmentSpans *self)
{
  for (GList *l = self->spans.head; l != NULL; l = l->next) {
    GPtrArray *fragments = gst_segment_span_steal_fragments (l->data);

    if (fragments != NULL)
      gst_segment_writer_push_fragments (
          self->writer, gst_segment_span_get_output (l->data, &self->settings), fragments);
  }
}

/* Returns: (nullable): the span sound at @time belongs to, or the next after it. */
static GstSegmentSpan *
find_span_at (GstSegmentSpans *self, GstClockTimeDiff time)
{
  for (GList *l = self->spans.head; l != NULL; l = l->next) {
    GstSegmentSpan *span = l->data;

    if (!span->closed && (span == self->current || time < span->end))
      return span;
  }
  return NULL;
}

/* How many units of @track, from the first, are before @limit. Of the last one that waits it is not
 * known how long it lasts: it is left out but with @force. */
static guint
count_units (GstSegmentTrack *track, GstClockTimeDiff limit, gboolean force)
{
  guint waiting = gst_segment_track_get_waiting (track);
  guint count = 0;

  while (count < waiting && gst_segment_track_peek (track, count)->pts < limit)
    count++;
  return count == waiting && !force ? MAX (count, 1) - 1 : count;
}

/* Gives the sound of @track before @limit (ns) to the spans it belongs to. */
static void
route_sound (GstSegmentSpans *self, GstSegmentTrack *track, GstClockTimeDiff limit, gboolean force)
{
  while (gst_segment_track_get_waiting (track) > 0) {
    GstClockTimeDiff time = gst_segment_track_peek (track, 0)->pts;
    GstSegmentSpan *span = find_span_at (self, time);
    guint count;

    if (span == NULL)
      return; /* for a segment that is still to come */
    if (time < span->pts_origin) {
      gst_segment_track_drop (track, 1);
      self->late++;
      continue;
    }
    count = count_units (track, span == self->current ? limit : MIN (limit, span->end), force);
    if (count == 0)
      return;
    if (!gst_segment_span_add (span, self->tracks, track, count, GST_CLOCK_STIME_NONE)) {
      gst_segment_track_drop (track, count);
      self->misses_sound = TRUE;
    }
  }
}

static void
route_all_sound (GstSegmentSpans *self, GstClockTimeDiff limit, gboolean force)
{
  for (GList *l = self->tracks; l != NULL; l = l->next)
    if (l->data != self->reference)
      route_sound (self, l->data, limit, force);
}

void
gst_segment_spans_flush (GstSegmentSpans *spans, GstClockTimeDiff pts, GstClockTimeDiff dts)
{
  guint waiting = gst_segment_track_get_waiting (spans->reference);

  if (waiting > 0)
    gst_segment_span_add (spans->current, spans->tracks, spans->reference, waiting, dts);
  route_all_sound (spans, pts, FALSE);
  submit (spans);
}

void
gst_segment_spans_flush_track (GstSegmentSpans *spans, GstSegmentTrack *track)
{
  guint waiting = gst_segment_track_get_waiting (track);

  if (track != spans->reference)
    route_sound (spans, track, G_MAXINT64, TRUE);
  else if (spans->current != NULL && waiting > 0)
    gst_segment_span_add (spans->current, spans->tracks, track, waiting, GST_CLOCK_STIME_NONE);
  submit (spans);
}

void
gst_segment_spans_flush_all (GstSegmentSpans *spans)
{
  for (GList *l = spans->tracks; l != NULL; l = l->next)
    gst_segment_spans_flush_track (spans, l->data);
}

void
gst_segment_spans_begin (GstSegmentSpans *spans, guint64 sequence, const GstSegmentCut *start,
                         const GstSegmentUnit *first)
{
  spans->current = gst_segment_span_new (sequence, start, first);
  if (spans->began == 0)
    spans->began = g_get_monotonic_time ();
  g_queue_push_tail (&spans->spans, spans->current);
}

void
gst_segment_spans_end (GstSegmentSpans *spans, GstClockTimeDiff pts, GstClockTimeDiff dts,
                       GstClockTime end_time, const gchar *reason)
{
  GstSegmentSpan *span = spans->current;

  gst_segment_spans_flush (spans, pts, dts);
  span->end = pts;
  span->end_time = end_time;
  span->reason = reason;
  span->deadline = g_get_monotonic_time () + LINGER;
  spans->current = NULL;
  gst_segment_spans_settle (spans, FALSE);
}

void
gst_segment_spans_lose (GstSegmentSpans *spans, GstSegmentSpan *span, guint64 *frames,
                        guint64 *bytes)
{
  gst_segment_writer_purge (spans->writer, span->output, frames, bytes);
  if (span == spans->current) {
    guint waiting = gst_segment_track_get_waiting (spans->reference);

    *frames += gst_segment_track_is_audio (spans->reference) ? 0 : waiting;
    *bytes += gst_segment_track_drop (spans->reference, waiting);
  }
  gst_segment_spans_forget (spans, span);
}

void
gst_segment_spans_forget (GstSegmentSpans *spans, GstSegmentSpan *span)
{
  if (span == spans->current)
    spans->current = NULL;
  g_queue_remove (&spans->spans, span);
  gst_segment_span_free (span);
}

/* Sound waits for the pictures it belongs to, unless none come or it is too much. */
void
gst_segment_spans_take_sound (GstSegmentSpans *spans, GstSegmentTrack *track, GstSegmentUnit *unit)
{
  const gsize most = (gsize) MIN (SOUND_AHEAD, spans->settings.queue_bytes / 4);
  const gint64 patience = 2 * spans->settings.fragment_ms * G_TIME_SPAN_MILLISECOND;
  const GstClockTimeDiff length = (GstClockTimeDiff) (spans->settings.fragment_ms * GST_MSECOND);
  gint64 pictures = gst_segment_track_get_arrival (spans->reference);
  gint64 arrival = unit->arrival;

  gst_segment_track_push (track, unit);
  gst_segment_spans_settle (spans, FALSE);
  if (gst_segment_track_get_bytes (track) > most
      || (arrival - pictures > patience
          && gst_segment_track_get_time (track) - gst_segment_track_peek (track, 0)->pts
                 >= length)) {
    route_sound (spans, track, G_MAXINT64, FALSE);
    submit (spans);
  }
  while (gst_segment_track_get_bytes (track) > most)
    gst_segment_track_drop (track, 1); /* no segment to put it in */
}

/* Whether all sound of an ended @span has come, or is not going to. */
static gboolean
has_all_sound (GstSegmentSpans *self, const GstSegmentSpan *span, gint64 now)
{
  for (GList *l = self->tracks; l != NULL; l = l->next) {
    gint64 arrival = MAX (gst_segment_track_get_arrival (l->data), self->began);

    if (l->data != self->reference && now - arrival < IDLE
        && (gst_segment_track_get_arrival (l->data) == 0
            || gst_segment_track_get_time (l->data) < span->end))
      return FALSE;
  }
  return TRUE;
}

void
gst_segment_spans_settle (GstSegmentSpans *spans, gboolean force)
{
  for (GList *l = spans->spans.head; l != NULL && l->data != spans->current; l = l->next) {
    gint64 now = g_get_monotonic_time ();
    GstSegmentSpan *span = l->data;

    if (span->closed)
      continue;
    if (!force && now < span->deadline && !has_all_sound (spans, span, now))
      return;
    route_all_sound (spans, span->end, TRUE);
    submit (spans);
    gst_segment_writer_push_close (spans->writer,
                                   gst_segment_span_get_output (span, &spans->settings),
                                   span->end_time, span->reason);
    span->closed = TRUE;
  }
}

guint
gst_segment_spans_get_late (const GstSegmentSpans *spans)
{
  return spans->late;
}

gboolean
gst_segment_spans_misses_sound (GstSegmentSpans *spans)
{
  gboolean misses = spans->misses_sound;

  spans->misses_sound = FALSE;
  return misses;
}
