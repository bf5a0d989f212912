/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-join-lane.h"

#include "base/tyto-error.h"
#include "media/join/tyto-join.h"
#include "media/join/tyto-unit-reader.h"

#define NS_PER_US    1000
#define NS_PER_MS    1000000
#define NS           G_GINT64_CONSTANT (1000000000)
#define LEFT_OUT_MAX (3600 * NS)

struct _TytoJoinLane {
  TytoJoinWork *work;
  TytoUnitReader *reader;
  guint rendition;
  guint next;                    /* index of the segment to open next */
  const TytoHlsSegment *segment; /* (nullable): that is open */
  guint stretch;
  gboolean whole; /* the segment before was there: the next one goes on with it */
  gboolean has_unit;
  gboolean any; /* the open segment gave a unit */
  gboolean awaits_key;
  gint64
      key; /* when the first key frame behind a gap is shown: what is shown before lacks others */
  guint impossible; /* frames of it whose times cannot be */
  guint left_out;   /* frames of the open segment that came before a key frame */
  gint64 left_from; /* when the first of them, and the last, is decoded; at the source */
  gint64 left_until;
  gint64 sound_from; /* at the source: what comes before is left out */
  gint64 begun;      /* where the open segment begins in the recording */
  TytoMediaUnit unit;
};

TytoJoinLane *
tyto_join_lane_new (TytoJoinWork *work, guint rendition)
{
  TytoJoinLane *self = g_new0 (TytoJoinLane, 1);

  self->work = work;
  self->rendition = rendition;
  self->reader = tyto_unit_reader_new ();
  self->awaits_key = TRUE;
  self->sound_from = TYTO_JOIN_NO_TIME;
  self->key = TYTO_JOIN_NO_TIME;
  self->stretch = G_MAXUINT;
  return self;
}

void
tyto_join_lane_free (TytoJoinLane *self)
{
  tyto_unit_reader_free (self->reader);
  g_free (self);
}

const TytoMediaUnit *
tyto_join_lane_get_unit (TytoJoinLane *self)
{
  return self->has_unit ? &self->unit : NULL;
}

guint
tyto_join_lane_get_stretch (TytoJoinLane *self)
{
  return self->stretch;
}

guint64
tyto_join_lane_get_position (TytoJoinLane *self)
{
  return self->segment != NULL ? tyto_unit_reader_get_position (self->reader) : 0;
}

/* Whether it gives @track: sound may have a rendition of its own. */
static gboolean
gives (const TytoJoinLane *self, TytoJoinTrackKind track)
{
  return track == TYTO_JOIN_VIDEO ? self->rendition == 0
                                  : self->rendition == self->work->source->audio_rendition;
}

/* Until when there is something of it in the recording. */
static gint64
get_end (const TytoJoinLane *self)
{
  gint64 end = 0;

  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++) {
    gint64 shown = tyto_join_timeline_get_shown (self->work->timeline, i);

    if (gives (self, i) && shown != TYTO_JOIN_NO_TIME)
      end = MAX (end, shown + tyto_join_timeline_get_missing (self->work->timeline, i));
  }
  return end;
}

static void
add_gap (TytoJoinLane *self, gint64 offset, gint64 duration, const char *segment,
         const char *reason, const char *detail)
{
  TytoJoinGap *gap = g_new0 (TytoJoinGap, 1);

  gap->offset_ms = (guint64) MAX (offset, 0) / NS_PER_MS;
  gap->duration_ms = (guint64) MAX (duration, 0) / NS_PER_MS;
  gap->segment = g_strdup (segment);
  gap->reason = g_strdup (reason);
  gap->detail = g_utf8_make_valid (detail, -1);
  g_ptr_array_add (self->work->gaps, gap);
}

/* All of @segment is missing. */
static void
leave_segment (TytoJoinLane *self, const TytoHlsSegment *segment, const char *reason,
               const char *detail)
{
  gint64 duration = tyto_join_source_get_duration_us (self->work->source, segment) * NS_PER_US;

  add_gap (self, get_end (self), duration, segment->name, reason, detail);
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    if (gives (self, i))
      tyto_join_timeline_leave (self->work->timeline, i, duration);
  self->whole = FALSE;
  self->awaits_key = TRUE;
}

static void
leave_uncollected (TytoJoinLane *self, const TytoHlsSegment *segment)
{
  g_autofree char *count = NULL;

  if (segment->state == TYTO_HLS_UNLISTED) {
    count = g_strdup_printf ("%" G_GUINT64_FORMAT " segments were never seen in the playlist",
                             segment->count);
    leave_segment (self, segment, "unlisted", count);
  } else {
    leave_segment (self, segment, "missing",
                   segment->reason[0] != '\0' ? segment->reason : "It was not collected");
  }
}

static void
append_count (GString *to, guint64 n, const char *what)
{
  if (n > 0)
    g_string_append_printf (to, "%s%" G_GUINT64_FORMAT " %s", to->len > 0 ? ", " : "", n, what);
}

/* How long frames are farther apart than they should be since the last call. */
static gint64
take_holes (TytoJoinLane *self)
{
  gint64 longest = 0;

  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    if (gives (self, i) && self->work->tracks[i] != NULL)
      longest = MAX (longest, tyto_join_track_take_holes (self->work->tracks[i]));
  return longest;
}

static gint64
get_left_out (const TytoJoinLane *self)
{
  gint64 span = self->left_out > 1 ? self->left_until - self->left_from : 0;

  return self->left_out > 1 ? CLAMP (span + span / (self->left_out - 1), 0, LEFT_OUT_MAX) : 0;
}

static void
end_segment (TytoJoinLane *self)
{
  const TytoUnitDamage *damage = tyto_unit_reader_get_damage (self->reader);
  g_autoptr (GString) detail = g_string_new (NULL);
  const TytoHlsSegment *segment = g_steal_pointer (&self->segment);

  append_count (detail, damage->lost_packets, "packets lost");
  append_count (detail, damage->bad_bytes, "bytes of no use");
  append_count (detail, damage->dropped_units + self->impossible, "broken frames");
  append_count (detail, self->left_out, "frames before a key frame left out");
  self->work->other_streams |= damage->other_streams > 0;
  self->work->read += segment->bytes;
  if (self->any) {
    self->work->used++;
    if (detail->len > 0)
      add_gap (self, self->begun, MAX (take_holes (self), get_left_out (self)), segment->name,
               "damaged", detail->str);
  } else if (self->left_out > 0 || damage->other_streams == 0) {
    leave_segment (self, segment, self->left_out > 0 ? "damaged" : "corrupt",
                   detail->len > 0 ? detail->str : "There is not one frame in it");
  }
}

/* Begins the stretch that the segment to open is the first of. */
static void
begin_stretch (TytoJoinLane *self, guint stretch)
{
  gint64 first[TYTO_JOIN_TRACKS];
  guint skipped;

  tyto_join_source_look_ahead (self->work->source, stretch, first, &skipped);
  if (first[TYTO_JOIN_VIDEO] == TYTO_JOIN_NO_TIME && skipped > 0)
    first[TYTO_JOIN_AUDIO] = TYTO_JOIN_NO_TIME; /* nothing of this segment will do */
  self->stretch = stretch;
  self->whole = FALSE;
  self->awaits_key = TRUE;
  self->sound_from = TYTO_JOIN_NO_TIME;
  if (skipped > 0) {
    self->sound_from
        = first[TYTO_JOIN_VIDEO] != TYTO_JOIN_NO_TIME ? first[TYTO_JOIN_VIDEO] : G_MAXINT64;
    if (first[TYTO_JOIN_AUDIO] != TYTO_JOIN_NO_TIME)
      first[TYTO_JOIN_AUDIO] = MAX (first[TYTO_JOIN_AUDIO], self->sound_from);
  }
  tyto_join_timeline_begin (self->work->timeline, stretch, first);
}

/* Opens the segment @index. FALSE without @error: it is of no use. */
static gboolean
open_segment (TytoJoinLane *self, guint index, GError **error)
{
  const TytoJoinSource *source = self->work->source;
  const TytoHlsSegment *segment = g_ptr_array_index (source->segments, index);
  guint stretch = g_array_index (source->stretches, guint, index);
  g_autofree char *path = tyto_join_source_build_path (source, segment);
  g_autofree char *init = tyto_join_source_build_init_path (source, segment);
  g_autoptr (GError) problem = NULL;

  if (stretch != self->stretch)
    begin_stretch (self, stretch);
  if (!tyto_unit_reader_open (self->reader, path, init, self->whole, &problem)) {
    if (g_error_matches (problem, TYTO_ERROR, TYTO_ERROR_STORAGE)) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
    self->work->read += segment->bytes;
    leave_segment (self, segment,
                   g_error_matches (problem, TYTO_ERROR, TYTO_ERROR_NOT_FOUND) ? "missing"
                                                                               : "corrupt",
                   problem->message);
    return FALSE;
  }
  self->segment = segment;
  self->any = FALSE;
  self->left_out = 0;
  self->impossible = 0;
  self->begun = get_end (self);
  take_holes (self);
  return TRUE;
}

/* Opens the next segment that can be. FALSE without @error: there is none. */
static gboolean
open_next (TytoJoinLane *self, GError **error)
{
  const GPtrArray *segments = self->work->source->segments;
  GError *problem = NULL;

  while (self->next < segments->len) {
    guint index = self->next++;
    const TytoHlsSegment *segment = g_ptr_array_index (segments, index);

    if (segment->rendition != self->rendition)
      continue;
    if (segment->state != TYTO_HLS_FETCHED) {
      leave_uncollected (self, segment);
    } else if (open_segment (self, index, &problem)) {
      self->whole = TRUE;
      return TRUE;
    } else if (problem != NULL) {
      g_propagate_error (error, problem);
      return FALSE;
    }
  }
  return FALSE;
}

static gint64
to_ns (const TytoMediaUnit *unit, gint64 time)
{
  return tyto_join_scale (time, NS, MAX (unit->timescale, 1));
}

/* Whether @time can be counted with, in its timescale and in ns. */
static gboolean
is_possible (const TytoMediaUnit *unit, gint64 time)
{
  return time > -TYTO_JOIN_LIMIT && time < TYTO_JOIN_LIMIT
         && ABS (to_ns (unit, time)) < TYTO_JOIN_LIMIT;
}

static gboolean
leave_out (TytoJoinLane *self)
{
  gint64 dts = to_ns (&self->unit, self->unit.dts);

  if (self->left_out++ == 0)
    self->left_from = dts;
  self->left_until = dts;
  return FALSE;
}

/* Behind a gap there is video from a key frame on; pictures that follow it but are shown before it
 * (of an open GOP) need what is missing. */
static gboolean
is_wanted_picture (TytoJoinLane *self)
{
  gint64 shown = to_ns (&self->unit, self->unit.pts);

  if (!self->unit.key)
    return !self->awaits_key && shown > self->key ? TRUE : leave_out (self);
  if (self->awaits_key && self->sound_from == G_MAXINT64)
    self->sound_from = shown;
  self->key = self->awaits_key ? shown : TYTO_JOIN_NO_TIME;
  self->awaits_key = FALSE;
  return TRUE;
}

/* Whether the unit is one to join. */
static gboolean
is_wanted (TytoJoinLane *self)
{
  const TytoMediaUnit *unit = &self->unit;

  if (!gives (self, unit->video ? TYTO_JOIN_VIDEO : TYTO_JOIN_AUDIO))
    return FALSE;
  if (!is_possible (unit, unit->dts) || !is_possible (unit, unit->pts)) {
    self->impossible++;
    return FALSE;
  }
  if (unit->video)
    return is_wanted_picture (self);
  return self->sound_from == TYTO_JOIN_NO_TIME || to_ns (unit, unit->pts) >= self->sound_from;
}

gboolean
tyto_join_lane_next (TytoJoinLane *self, GError **error)
{
  GError *problem = NULL;

  self->has_unit = FALSE;
  for (;;) {
    if (self->segment == NULL && !open_next (self, error))
      return FALSE;
    if (tyto_unit_reader_next (self->reader, &self->unit, &problem)) {
      if (!is_wanted (self))
        continue;
      self->has_unit = TRUE;
      self->any = TRUE;
      return TRUE;
    }
    if (problem != NULL) {
      g_propagate_error (error, problem);
      return FALSE;
    }
    end_segment (self);
  }
}
