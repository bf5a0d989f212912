/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-access-units.h"

#include "media/join/tyto-start-code.h"

#include <string.h>

#define ROOM_MIN     (512 * 1024)
#define ROOM_MAX     (8 * 1024 * 1024) /* no access unit is larger */
#define NALS_MAX     65536             /* of an access unit */
#define MARKS_MAX    4096
#define LENGTH       4       /* bytes in front of a NAL unit */
#define STEP_DEFAULT 3600    /* ticks: 25 frames a second */
#define IDR_ABSENT   2700000 /* ticks without an IDR until a recovery point serves: 30 s */
#define STEP_MAX     (10 * 90000)
#define NOWHERE      G_MAXUINT32

typedef struct {
  guint32 offset;
  guint32 size;
} Nal;

typedef struct {
  guint32 offset;
  gint64 pts;
  gint64 dts;
  gboolean random_access;
} Mark;

typedef struct {
  guint32 start; /* of its first start code */
  guint first;   /* in @nals */
  guint count;
  gboolean broken;
  gboolean random_access;
  gint64 pts;
  gint64 dts;
  TytoNalPicture picture;
  TytoMediaEntry *entry;
} Unit;

struct _TytoAccessUnits {
  const TytoNalCodec *codec;
  gpointer state;
  guint8 *data;
  guint32 size;
  guint32 room;
  guint32 scanned;   /* no start code begins in front of it that was not seen */
  guint32 nal;       /* where the NAL unit begins that has no end yet, or NOWHERE */
  guint32 lost_from; /* places where bytes are missing, or NOWHERE */
  guint32 lost_to;
  gboolean overrun; /* too large: nothing is taken before the next mark */
  guint overruns;   /* not told yet */
  GArray *nals;     /* Nal */
  GArray *marks;    /* Mark */
  Unit current;     /* begun when @count or @picture says so */
  gboolean has_held;
  Unit held; /* a first field that waits for its second */
  Unit ready[2];
  guint n_ready;
  guint8 *sample;
  gsize sample_room;
  TytoMediaEntry *given;
  gint64 last_dts;
  gint64 last_offset;
  gint64 step;
  gint64 last_idr;
};

static void
forget_bytes (TytoAccessUnits *self)
{
  self->size = self->scanned = 0;
  self->nal = self->lost_from = self->lost_to = NOWHERE;
  g_array_set_size (self->nals, 0);
  g_array_set_size (self->marks, 0);
  g_clear_pointer (&self->held.entry, tyto_media_entry_unref);
  for (guint i = 0; i < self->n_ready; i++)
    g_clear_pointer (&self->ready[i].entry, tyto_media_entry_unref);
  self->n_ready = 0;
  self->has_held = FALSE;
  self->current = (Unit){ .start = NOWHERE };
}

TytoAccessUnits *
tyto_access_units_new (const TytoNalCodec *codec)
{
  TytoAccessUnits *self = g_new0 (TytoAccessUnits, 1);

  self->codec = codec;
  self->state = codec->create ();
  self->nals = g_array_new (FALSE, FALSE, sizeof (Nal));
  self->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  self->last_dts = self->last_idr = TYTO_NO_TIME;
  forget_bytes (self);
  return self;
}

void
tyto_access_units_free (TytoAccessUnits *self)
{
  forget_bytes (self);
  g_clear_pointer (&self->given, tyto_media_entry_unref);
  self->codec->destroy (self->state);
  g_array_unref (self->nals);
  g_array_unref (self->marks);
  g_free (self->data);
  g_free (self->sample);
  g_free (self);
}

void
tyto_access_units_reset (TytoAccessUnits *self, TytoUnitDamage *damage)
{
  if (self->current.picture.slices || self->has_held)
    damage->dropped_units++;
  forget_bytes (self);
  self->last_dts = self->last_idr = TYTO_NO_TIME;
  self->last_offset = 0;
}

/* Moves what is still needed to the start of the buffer. */
static void
compact (TytoAccessUnits *self)
{
  guint32 from = self->scanned;
  guint first = self->nals->len;

  if (self->n_ready > 0)
    return;
  if (self->nal != NOWHERE)
    from = self->nal - TYTO_START_CODE;
  if (self->current.start != NOWHERE) {
    from = self->current.start;
    first = self->current.first;
  }
  if (self->has_held) {
    from = self->held.start;
    first = self->held.first;
  }
  g_array_remove_range (self->nals, 0, first);
  self->current.first -= MIN (first, self->current.first);
  self->held.first = 0;
  if (from == 0)
    return;
  memmove (self->data, self->data + from, self->size - from);
  self->size -= from;
  self->scanned -= from;
  for (guint i = 0; i < self->nals->len; i++)
    g_array_index (self->nals, Nal, i).offset -= from;
  for (guint i = 0; i < self->marks->len; i++) {
    Mark *mark = &g_array_index (self->marks, Mark, i);

    mark->offset -= MIN (from, mark->offset);
  }
  if (self->nal != NOWHERE)
    self->nal -= from;
  if (self->lost_from != NOWHERE) {
    self->lost_from -= MIN (from, self->lost_from);
    self->lost_to -= MIN (from, self->lost_to);
  }
  if (self->current.start != NOWHERE)
    self->current.start -= from;
  if (self->has_held)
    self->held.start -= from;
}

void
tyto_access_units_mark (TytoAccessUnits *self, gint64 pts, gint64 dts, gboolean random_access)
{
  Mark mark = { .pts = pts, .dts = dts, .random_access = random_access };

  self->overrun = FALSE;
  if (self->size > ROOM_MIN / 2)
    compact (self);
  if (self->marks->len >= MARKS_MAX)
    g_array_remove_index (self->marks, 0);
  mark.offset = self->size;
  g_array_append_val (self->marks, mark);
}

static gboolean
make_room (TytoAccessUnits *self, gsize size)
{
  gsize room;

  compact (self);
  if (size <= self->room - self->size)
    return TRUE;
  room = MAX (ROOM_MIN, 2 * (self->size + size));
  if (self->size + size > ROOM_MAX)
    return FALSE;
  self->room = (guint32) MIN (room, ROOM_MAX);
  self->data = g_realloc (self->data, self->room);
  return TRUE;
}

void
tyto_access_units_feed (TytoAccessUnits *self, const guint8 *data, gsize size)
{
  if (self->overrun)
    return;
  if (size > self->room - self->size && !make_room (self, size)) {
    forget_bytes (self);
    self->overrun = TRUE;
    self->overruns++;
    return;
  }
  memcpy (self->data + self->size, data, size);
  self->size += (guint32) size;
}

void
tyto_access_units_lose (TytoAccessUnits *self)
{
  self->lost_to = self->size;
  if (self->lost_from == NOWHERE)
    self->lost_from = self->size;
}

static void
take_marks (TytoAccessUnits *self, Unit *unit)
{
  guint taken = 0;

  unit->pts = unit->dts = TYTO_NO_TIME;
  for (; taken < self->marks->len; taken++) {
    const Mark *mark = &g_array_index (self->marks, Mark, taken);

    if (mark->offset > unit->start)
      break;
    unit->pts = mark->pts;
    unit->dts = mark->dts;
    unit->random_access = mark->random_access;
  }
  g_array_remove_range (self->marks, 0, taken);
}

/* The unit that is open ends in front of @end. */
static void
end_unit (TytoAccessUnits *self, guint32 end)
{
  Unit unit = self->current;
  TytoMediaEntry *entry = self->codec->describe (self->state);

  self->current = (Unit){ .start = NOWHERE };
  if (!unit.picture.slices)
    return;
  unit.entry = entry != NULL ? tyto_media_entry_ref (entry) : NULL;
  unit.broken |= self->lost_from != NOWHERE && self->lost_to > unit.start && self->lost_from <= end;
  if (self->lost_to != NOWHERE && self->lost_to <= end)
    self->lost_from = self->lost_to = NOWHERE;
  if (self->has_held && unit.picture.second_field) {
    self->held.count = unit.first + unit.count - self->held.first;
    self->held.broken |= unit.broken;
    g_clear_pointer (&unit.entry, tyto_media_entry_unref);
  }
  if (self->has_held)
    self->ready[self->n_ready++] = self->held;
  if (self->has_held && unit.picture.second_field) {
    self->has_held = FALSE;
    self->held.entry = NULL;
    return;
  }
  self->has_held = unit.picture.first_field;
  self->held = unit;
  if (!self->has_held) {
    self->held.entry = NULL;
    self->ready[self->n_ready++] = unit;
  }
}

static void
take_nal (TytoAccessUnits *self, guint32 offset, guint32 end, TytoUnitDamage *damage)
{
  Unit *unit = &self->current;
  const guint8 *data = self->data;
  Nal nal = { .offset = offset };
  TytoNalFate fate;

  while (end > offset && data[end - 1] == 0) /* trailing_zero_8bits, and those of a start code */
    end--;
  nal.size = end - offset;
  if (nal.size == 0)
    return;
  if (unit->picture.slices && self->codec->starts (self->state, data + offset, nal.size))
    end_unit (self, offset - TYTO_START_CODE);
  if (unit->start == NOWHERE) {
    unit->start = offset - TYTO_START_CODE;
    unit->first = self->nals->len;
    take_marks (self, unit);
  }
  fate = self->codec->take (self->state, data + offset, nal.size, &unit->picture);
  if (fate == TYTO_NAL_BROKEN) {
    damage->bad_bytes += nal.size;
  } else if (fate == TYTO_NAL_KEEP && unit->count >= NALS_MAX) {
    unit->broken = TRUE;
  } else if (fate == TYTO_NAL_KEEP) {
    g_array_append_val (self->nals, nal);
    unit->count++;
  }
}

/* Goes on to the next start code. FALSE: there is none. */
static gboolean
scan (TytoAccessUnits *self, TytoUnitDamage *damage)
{
  guint32 found = tyto_start_code_find (self->data, self->scanned, self->size);

  if (found == self->size) {
    guint32 kept = MIN (self->size, TYTO_START_CODE - 1);

    self->scanned = MAX (self->scanned, self->size - kept);
    return FALSE;
  }
  if (self->nal != NOWHERE)
    take_nal (self, self->nal, found, damage);
  else if (found > self->scanned + 1 && self->current.start == NOWHERE) /* zero_byte */
    damage->bad_bytes += found - self->scanned;
  self->nal = self->scanned = found + TYTO_START_CODE;
  return TRUE;
}

static void
end_all (TytoAccessUnits *self, TytoUnitDamage *damage)
{
  if (self->nal != NOWHERE)
    take_nal (self, self->nal, self->size, damage);
  self->nal = NOWHERE;
  self->scanned = self->size;
  if (self->n_ready > 0) /* that NAL unit began another one */
    return;
  if (self->current.start != NOWHERE)
    end_unit (self, self->size);
  if (self->has_held && self->n_ready < G_N_ELEMENTS (self->ready)) {
    self->ready[self->n_ready++] = self->held;
    self->has_held = FALSE;
    self->held.entry = NULL;
  }
}

/* A unit whose PES packet told no time follows the one before. */
static void
set_times (TytoAccessUnits *self, Unit *from)
{
  if (from->pts == TYTO_NO_TIME && self->last_dts == TYTO_NO_TIME) {
    from->broken = TRUE; /* nobody knows where it belongs */
    return;
  }
  if (from->pts == TYTO_NO_TIME) {
    gint64 step = self->codec->frame_ticks (self->state);

    if (step == 0)
      step = self->step > 0 ? self->step : STEP_DEFAULT;
    from->dts = self->last_dts + step;
    from->pts = from->dts + self->last_offset;
  } else if (self->last_dts != TYTO_NO_TIME && from->dts > self->last_dts
             && from->dts - self->last_dts < STEP_MAX) {
    self->step = from->dts - self->last_dts;
  }
  self->last_dts = from->dts;
  self->last_offset = from->pts - from->dts;
}

static gboolean
is_key (TytoAccessUnits *self, const Unit *from)
{
  if (from->picture.key) {
    self->last_idr = from->dts;
    return TRUE;
  }
  if (!from->picture.recovery && !(from->random_access && from->picture.intra))
    return FALSE;
  return self->last_idr == TYTO_NO_TIME || from->dts - self->last_idr > IDR_ABSENT;
}

static void
write_sample (TytoAccessUnits *self, const Unit *from, TytoMediaUnit *unit)
{
  const Nal *nals = &g_array_index (self->nals, Nal, from->first);
  gsize size = 0;
  guint8 *to;

  for (guint i = 0; i < from->count; i++)
    size += LENGTH + nals[i].size;
  if (self->sample_room < size) {
    g_free (self->sample);
    self->sample_room = size + size / 2;
    self->sample = g_malloc (self->sample_room);
  }
  to = self->sample;
  for (guint i = 0; i < from->count; i++) {
    guint32 length = GUINT32_TO_BE (nals[i].size);

    memcpy (to, &length, LENGTH);
    memcpy (to + LENGTH, self->data + nals[i].offset, nals[i].size);
    to += LENGTH + nals[i].size;
  }
  unit->data = self->sample;
  unit->size = size;
}

/* The first of those that are ready. FALSE: it is broken, and dropped. */
static gboolean
give (TytoAccessUnits *self, TytoMediaUnit *unit, TytoUnitDamage *damage)
{
  Unit from = self->ready[0];

  self->ready[0] = self->ready[1];
  self->n_ready--;
  g_clear_pointer (&self->given, tyto_media_entry_unref);
  self->given = from.entry;
  set_times (self, &from);
  if (from.broken || from.entry == NULL || from.count == 0) {
    damage->dropped_units++;
    return FALSE;
  }
  *unit = (TytoMediaUnit){ .video = TRUE,
                           .entry = from.entry,
                           .timescale = 90000,
                           .dts = from.dts,
                           .pts = from.pts,
                           .key = is_key (self, &from) };
  write_sample (self, &from, unit);
  return TRUE;
}

gboolean
tyto_access_units_next (TytoAccessUnits *self, gboolean end, TytoMediaUnit *unit,
                        TytoUnitDamage *damage)
{
  damage->dropped_units += self->overruns;
  self->overruns = 0;
  for (;;) {
    if (self->n_ready > 0) {
      if (give (self, unit, damage))
        return TRUE;
    } else if (!scan (self, damage)) {
      if (!end)
        return FALSE;
      end_all (self, damage);
      if (self->n_ready == 0) {
        forget_bytes (self);
        return FALSE;
      }
    }
  }
}
