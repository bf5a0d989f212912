/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-join-track.h"

#include "media/join/tyto-join-timeline.h"

#define NS             G_GINT64_CONSTANT (1000000000)
#define TS_TIMESCALE   90000
#define DEFAULT_RATE   25   /* frames a second, until two were seen */
#define FOLLOW_MS      5    /* sound may be that far off */
#define FOLLOW_STEP    1000 /* and comes nearer by a second / 1000 a frame */
#define GAP_MS         50
#define MAX_DURATION_S 1  /* of a frame by its word; the next one tells whether it is more */
#define MAX_OFFSET_S   10 /* between decoding and being shown; more is a fault */
#define AAC_SAMPLES    1024
#define MPEG_SAMPLES   1152
#define LOW_RATE       32000 /* MPEG-2 layer III has half as many samples below it */
#define AC3_SAMPLES    1536

struct _TytoJoinTrack {
  TytoMovieWriter *writer;
  guint number;
  gboolean video;
  guint timescale;
  TytoMediaEntry *entry;
  const TytoMediaEntry *last_entry; /* never looked into */
  gint64 dts;                       /* of the last unit */
  gint64 next;                      /* when the one behind it is due */
  gint64 min_pts;
  gint64 duration; /* of the last unit; 0: none was seen */
  gint64 told;     /* of the last unit, by its container */
  gint64 usual;    /* what two units of sound in a row were told to last; 0: none were */
  gint64 composition;
  gint64 holes;
  guint64 frames;
  guint64 keys;
};

TytoJoinTrack *
tyto_join_track_new (TytoMovieWriter *writer, const TytoMediaUnit *first)
{
  TytoJoinTrack *self = g_new0 (TytoJoinTrack, 1);
  gboolean by_rate = !first->video && first->timescale == TS_TIMESCALE && first->entry->rate > 0;

  self->writer = writer;
  self->video = first->video;
  self->timescale = by_rate ? first->entry->rate : MAX (first->timescale, 1);
  self->entry = tyto_media_entry_ref (first->entry);
  self->number = tyto_movie_writer_add_track (writer, first->video, self->timescale);
  return self;
}

void
tyto_join_track_free (TytoJoinTrack *self)
{
  tyto_media_entry_unref (self->entry);
  g_free (self);
}

static gint64
to_units (const TytoJoinTrack *self, gint64 time, guint timescale)
{
  return timescale == self->timescale ? time : tyto_join_scale (time, self->timescale, timescale);
}

/* What a frame of sound holds, in samples; 0: not known. */
static guint
get_samples (const TytoMediaEntry *entry)
{
  switch (entry->codec) {
  case TYTO_MEDIA_AAC:
    return AAC_SAMPLES;
  case TYTO_MEDIA_MP3:
    return entry->rate < LOW_RATE ? MPEG_SAMPLES / 2 : MPEG_SAMPLES;
  case TYTO_MEDIA_AC3:
    return AC3_SAMPLES;
  default:
    return 0;
  }
}

/* Frames of sound last alike: what two in a row are told to last is the measure. The last one of an
 * encoder may be said to be shorter, one before a pause, or with what an encoder leaves out, or a
 * broken one, to be longer. */
static gint64
get_told (TytoJoinTrack *self, const TytoMediaUnit *unit)
{
  gint64 told = MIN (to_units (self, unit->duration, unit->timescale),
                     (gint64) self->timescale * MAX_DURATION_S);

  if (unit->video || told == 0)
    return told;
  if (unit->entry != self->last_entry)
    self->usual = 0;
  else if (told == self->told)
    self->usual = told;
  self->told = told;
  return self->usual > 0 ? self->usual : told;
}

/* How long @unit lasts by what it says, or what it is; 0: not known. */
static gint64
get_duration (TytoJoinTrack *self, const TytoMediaUnit *unit)
{
  guint samples = unit->video || unit->timescale != TS_TIMESCALE ? 0 : get_samples (unit->entry);

  if (samples > 0 && unit->entry->rate > 0)
    return tyto_join_scale (samples, self->timescale, unit->entry->rate);
  return get_told (self, unit);
}

/* Where a frame of sound stands that is at @dts by the source. FALSE: what is there already. */
static gboolean
follow (const TytoJoinTrack *self, gint64 *dts)
{
  gint64 off = *dts - self->next;
  gint64 tolerance = (gint64) self->timescale * FOLLOW_MS / 1000;
  gint64 step = MAX (self->timescale / FOLLOW_STEP, 1);
  gint64 gap = (gint64) self->timescale * GAP_MS / 1000;

  if (off < -gap)
    return FALSE;
  if (off > gap)
    return TRUE;
  if (off > tolerance)
    *dts = self->next + step;
  else if (off < -tolerance)
    *dts = self->next - step;
  else
    *dts = self->next;
  return TRUE;
}

/* Between decoding and being shown; a time that cannot be is the one before. */
static gint64
get_composition (TytoJoinTrack *self, const TytoMediaUnit *unit)
{
  gint64 composition = unit->pts - unit->dts;
  gint64 limit = (gint64) unit->timescale * MAX_OFFSET_S;

  if (unit->timescale == TS_TIMESCALE && (composition > limit || composition < -limit))
    composition -= tyto_join_scale (composition, 1, G_GINT64_CONSTANT (1) << 33)
                   * (G_GINT64_CONSTANT (1) << 33);
  if (composition <= limit && composition >= -limit)
    self->composition = to_units (self, composition, unit->timescale);
  return self->composition;
}

static void
advance (TytoJoinTrack *self, gint64 dts, gint64 pts, gint64 duration)
{
  gint64 step = dts - self->dts;

  if (self->frames == 0) {
    self->min_pts = pts;
  } else {
    gint64 usual = MAX (self->duration, 1);

    if (step > usual + usual / 2)
      self->holes += step - usual;
    else if (duration == 0)
      self->duration = MAX (step, 1);
  }
  if (duration > 0)
    self->duration = duration;
  self->dts = dts;
  self->next = dts + (self->duration > 0 ? self->duration : self->timescale / DEFAULT_RATE);
  self->min_pts = MIN (self->min_pts, pts);
}

static gint64
to_ns (const TytoJoinTrack *self, gint64 time)
{
  return tyto_join_scale (time, NS, self->timescale);
}

static void
tell_end (const TytoJoinTrack *self, gint64 due, gint64 composition, gint64 *next, gint64 *shown)
{
  gint64 duration = self->next - self->dts;

  *next = to_ns (self, due + duration);
  *shown = to_ns (self, due + composition + duration);
}

gboolean
tyto_join_track_add (TytoJoinTrack *self, const TytoMediaUnit *unit, gint64 offset_ns, gint64 *next,
                     gint64 *shown, GError **error)
{
  gint64 due = to_units (self, unit->dts, unit->timescale)
               + tyto_join_scale (offset_ns, self->timescale, NS);
  gint64 dts = due;
  gint64 composition = unit->video ? get_composition (self, unit) : 0;
  gint64 duration = get_duration (self, unit);
  gint64 pts = dts + composition;
  TytoMovieSample sample = {
    .key = unit->key || !unit->video,
    .entry = unit->entry,
    .data = unit->data,
    .size = unit->size,
  };

  if (!unit->video && duration > 0 && self->frames > 0) {
    if (!follow (self, &dts)) {
      tell_end (self, due, 0, next, shown);
      return TRUE;
    }
    pts = dts;
  }
  if (self->frames > 0)
    dts = MAX (dts, self->dts + 1);
  sample.dts = dts;
  sample.composition_offset = (gint32) CLAMP (pts - dts, G_MININT32, G_MAXINT32);
  if (!tyto_movie_writer_add (self->writer, self->number, &sample, error))
    return FALSE;
  advance (self, dts, pts, duration);
  self->last_entry = unit->entry;
  self->frames++;
  self->keys += sample.key;
  tell_end (self, due, composition, next, shown);
  return TRUE;
}

gint64
tyto_join_track_get_begin (const TytoJoinTrack *self)
{
  return to_ns (self, self->min_pts);
}

gint64
tyto_join_track_take_holes (TytoJoinTrack *self)
{
  gint64 holes = to_ns (self, self->holes);

  self->holes = 0;
  return holes;
}

guint64
tyto_join_track_get_frames (const TytoJoinTrack *self)
{
  return self->frames;
}

guint64
tyto_join_track_get_keys (const TytoJoinTrack *self)
{
  return self->keys;
}

const TytoMediaEntry *
tyto_join_track_get_entry (const TytoJoinTrack *self)
{
  return self->entry;
}

void
tyto_join_track_end (TytoJoinTrack *self, gint64 start_ns, gint64 longer_ns)
{
  gint64 last = self->next - self->dts + tyto_join_scale (longer_ns, self->timescale, NS);

  tyto_movie_writer_set_start (self->writer, self->number, (guint64) MAX (start_ns, 0));
  tyto_movie_writer_set_last_duration (self->writer, self->number,
                                       (guint32) CLAMP (last, 1, G_MAXUINT32));
}
