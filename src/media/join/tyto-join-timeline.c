/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-join-timeline.h"

#define MS      G_GINT64_CONSTANT (1000000)
#define SECOND  (1000 * MS)
#define BACK    (100 * MS)    /* a clock that trembles */
#define STEP    SECOND        /* frames that were never made, or got lost */
#define PAUSE   (10 * SECOND) /* as long as the times agree it is no discontinuity */
#define OVERLAP (2 * SECOND)  /* of one track when the other has begun a stretch */
#define TRIED   4             /* latest stretches that a unit may belong to */
#define LIMIT   TYTO_JOIN_LIMIT
#define NO_BASE G_MAXUINT
#define ANY     G_MAXUINT /* a stretch that was not told */

__extension__ typedef __int128 Wide;

typedef struct {
  guint stretch;
  gint64 offset;
  gboolean followed; /* both tracks are in it: it stays where it is */
} Base;

typedef struct {
  gboolean started;
  guint stretch;
  guint base;
  gint64 next;
  gint64 shown;
  gint64 floor; /* next, before the last step that was a long one */
  gint64 step;  /* how far it went last */
  gint64 missing;
  gint64 suspect; /* dts of a unit that did not fit */
  gint64 begins;  /* offset of the stretch that it may begin */
} Track;

struct _TytoJoinTimeline {
  GArray *bases; /* Base */
  Track tracks[TYTO_JOIN_TRACKS];
};

gint64
tyto_join_scale (gint64 value, gint64 multiplier, gint64 divisor)
{
  Wide product = (Wide) value * multiplier;
  Wide half = divisor / 2;
  Wide result = product >= 0 ? (product + half) / divisor : -((half - product) / divisor);

  return (gint64) CLAMP (result, -LIMIT, LIMIT);
}

TytoJoinTimeline *
tyto_join_timeline_new (void)
{
  TytoJoinTimeline *self = g_new0 (TytoJoinTimeline, 1);

  self->bases = g_array_new (FALSE, FALSE, sizeof (Base));
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    self->tracks[i].suspect = TYTO_JOIN_NO_TIME;
  return self;
}

void
tyto_join_timeline_free (TytoJoinTimeline *self)
{
  g_array_unref (self->bases);
  g_free (self);
}

static Base *
get_base (TytoJoinTimeline *self, guint number)
{
  return &g_array_index (self->bases, Base, number);
}

static guint
add_base (TytoJoinTimeline *self, guint stretch, gint64 offset, gboolean followed)
{
  Base base = { stretch, CLAMP (offset, -LIMIT, LIMIT), followed };

  g_array_append_val (self->bases, base);
  return self->bases->len - 1;
}

/* The base that @stretch began with */
static guint
find_base (TytoJoinTimeline *self, guint stretch)
{
  for (guint i = self->bases->len; i > 0; i--)
    if (get_base (self, i - 1)->stretch == stretch)
      return i - 1;
  return NO_BASE;
}

/* From when on a track goes on: what it lacks included. One that was not there yet: where others
 * are. */
static gint64
get_due (TytoJoinTimeline *self, const Track *track)
{
  gint64 due = 0;

  if (track->started)
    return track->shown + track->missing;
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    if (self->tracks[i].started)
      due = MAX (due, self->tracks[i].shown + self->tracks[i].missing);
  return due;
}

void
tyto_join_timeline_begin (TytoJoinTimeline *self, guint stretch,
                          const gint64 first[TYTO_JOIN_TRACKS])
{
  gint64 offset = TYTO_JOIN_NO_TIME;
  gint64 earliest = G_MAXINT64;

  if (find_base (self, stretch) != NO_BASE)
    return;
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++) {
    Track *track = &self->tracks[i];

    if (first[i] == TYTO_JOIN_NO_TIME)
      continue;
    earliest = MIN (earliest, first[i]);
    if (track->started)
      offset = MAX (offset, get_due (self, track) - first[i]);
  }
  if (earliest == G_MAXINT64)
    return;
  if (offset == TYTO_JOIN_NO_TIME) /* none of those that it has was there before */
    offset = MAX (get_due (self, &self->tracks[TYTO_JOIN_VIDEO]),
                  get_due (self, &self->tracks[TYTO_JOIN_AUDIO]))
             - earliest;
  add_base (self, stretch, offset, TRUE);
}

/* Until when the track that is farthest is decoded. */
static gint64
get_front (TytoJoinTimeline *self)
{
  gint64 front = TYTO_JOIN_NO_TIME;

  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    if (self->tracks[i].started)
      front = MAX (front, self->tracks[i].next);
  return front;
}

/* Whether a unit of @track may be decoded at @time: at most @back before it is due, and at most
 * @ahead after all there is. */
static gboolean
fits (TytoJoinTimeline *self, const Track *track, gint64 time, gint64 back, gint64 ahead)
{
  gint64 front = get_front (self);

  if (front == TYTO_JOIN_NO_TIME)
    return TRUE;
  if (!track->started)
    return time >= front - PAUSE - STEP && time <= front + track->missing * 3 / 2 + PAUSE;
  return time >= MIN (track->next, track->floor) - back
         && time <= front + track->missing * 3 / 2 + ahead;
}

/* How far a track goes at once without that the next unit must agree. */
static gint64
get_stride (const Track *track)
{
  return track->step > 0 ? CLAMP (4 * track->step, STEP, PAUSE) : PAUSE;
}

/* Moves @track to @number, where the other track may be already: as far back as @track must not
 * overlap what it had. */
static void
follow (TytoJoinTimeline *self, Track *track, guint number, gint64 pts)
{
  Base *base = get_base (self, number);
  gint64 overlap = track->shown - (pts + base->offset);

  if (!base->followed && number + 1 == self->bases->len && track->started && overlap > 0
      && overlap <= OVERLAP)
    base->offset += overlap;
  base->followed = TRUE;
  track->base = number;
}

/* A stretch of the other track, or one before, that a unit fits into. */
static gboolean
find_other (TytoJoinTimeline *self, Track *track, gint64 dts, gint64 pts)
{
  guint n = self->bases->len;

  for (guint i = n; i > 0 && i + TRIED > n; i--) {
    if (i - 1 == track->base
        || !fits (self, track, dts + get_base (self, i - 1)->offset, OVERLAP, PAUSE))
      continue;
    follow (self, track, i - 1, pts);
    return TRUE;
  }
  return FALSE;
}

/* The same stretch, its 33 bits once more or once less around. */
static gboolean
find_wrapped (TytoJoinTimeline *self, Track *track, gint64 dts)
{
  const gint64 around = tyto_join_scale (G_GINT64_CONSTANT (1) << 33, SECOND, 90000);
  guint n = self->bases->len;

  for (guint i = n; i > 0 && i + TRIED > n; i--) {
    for (int turn = -1; turn <= 1; turn += 2) {
      gint64 offset = get_base (self, i - 1)->offset + turn * around;

      if (fits (self, track, dts + offset, BACK, PAUSE)) {
        track->base = add_base (self, ANY, offset, TRUE);
        return TRUE;
      }
    }
  }
  return FALSE;
}

/* Moves @track to the stretch that it has come to. Returns: whether a unit fits there. */
static gboolean
enter_stretch (TytoJoinTimeline *self, Track *track, guint stretch, gint64 dts, gint64 pts)
{
  guint base = find_base (self, stretch);

  track->stretch = stretch;
  if (base != NO_BASE)
    follow (self, track, base, pts);
  else
    track->base = add_base (self, stretch, get_due (self, track) - pts, FALSE);
  return fits (self, track, dts + get_base (self, track->base)->offset, OVERLAP, PAUSE);
}

/* Whether a unit that fits nowhere agrees with the one before it: two of them begin a stretch, or
 * end a pause. */
static gboolean
settle (TytoJoinTimeline *self, Track *track, gint64 dts, gint64 pts)
{
  gint64 since = track->suspect == TYTO_JOIN_NO_TIME ? -1 : dts - track->suspect;

  if (since < 0 || since > PAUSE) {
    track->suspect = dts;
    track->begins = get_due (self, track) - pts;
    return FALSE;
  }
  if (!fits (self, track, dts + get_base (self, track->base)->offset, BACK, PAUSE))
    track->base = add_base (self, ANY, track->begins, FALSE);
  return TRUE;
}

gint64
tyto_join_timeline_place (TytoJoinTimeline *self, TytoJoinTrackKind kind, guint stretch, gint64 dts,
                          gint64 pts, gboolean wraps)
{
  Track *track = &self->tracks[kind];
  gboolean entered;

  if (pts > dts + PAUSE || pts < dts - PAUSE)
    pts = dts; /* one of them is wrong */
  entered = (self->bases->len == 0 || track->stretch != stretch)
            && enter_stretch (self, track, stretch, dts, pts);

  if (!entered
      && !fits (self, track, dts + get_base (self, track->base)->offset, BACK, get_stride (track))
      && !find_other (self, track, dts, pts) && !(wraps && find_wrapped (self, track, dts))
      && !settle (self, track, dts, pts)) /* until then it stands where it is due */
    return (track->started ? track->next : get_due (self, track)) - dts;
  track->suspect = TYTO_JOIN_NO_TIME;
  track->missing = 0;
  return get_base (self, track->base)->offset;
}

void
tyto_join_timeline_advance (TytoJoinTimeline *self, TytoJoinTrackKind kind, gint64 next,
                            gint64 shown)
{
  Track *track = &self->tracks[kind];
  gint64 step = track->started ? next - track->next : 0;

  track->floor = track->started && step > BACK ? track->next : next;
  track->step = track->started ? MAX (step, 1) : 0;
  track->shown = track->started && next > track->next ? MAX (track->shown, shown) : shown;
  track->next = next;
  track->started = TRUE;
}

void
tyto_join_timeline_leave (TytoJoinTimeline *self, TytoJoinTrackKind track, gint64 ns)
{
  self->tracks[track].missing += CLAMP (ns, 0, LIMIT / 1024);
}

gint64
tyto_join_timeline_get_missing (const TytoJoinTimeline *self, TytoJoinTrackKind track)
{
  return self->tracks[track].missing;
}

gint64
tyto_join_timeline_get_shown (const TytoJoinTimeline *self, TytoJoinTrackKind track)
{
  return self->tracks[track].started ? self->tracks[track].shown : TYTO_JOIN_NO_TIME;
}
