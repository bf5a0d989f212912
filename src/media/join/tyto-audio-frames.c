/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-audio-frames.h"

#include "media/join/tyto-sample-entry.h"

#include <string.h>

#define HZ        90000
#define ROOM_MIN  (64 * 1024)
#define ROOM_MAX  (1024 * 1024)
#define MARKS_MAX 4096
#define JUMP                                                                                       \
  (HZ / 5) /* a frame across two PES packets whose times differ by more is of neither              \
            */
#define CHANNELS_DEFAULT 2
#define NO_TIME          G_MININT64
#define NOWHERE          G_MAXSIZE

typedef struct {
  gsize offset;
  gint64 pts;
} Mark;

struct _TytoAudioFrames {
  const TytoAudioFraming *framing;
  guint channels;
  guint8 *data;
  gsize at; /* of the next frame */
  gsize size;
  gsize room;
  gsize lost;    /* where bytes are missing, or NOWHERE */
  gboolean sure; /* a frame ended where the next one begins */
  GArray *marks; /* Mark */
  gint64 base;   /* PTS of a frame, and samples since */
  guint64 since;
  guint rate;
  guint64 format; /* that @entry is of */
  TytoMediaEntry *entry;
};

TytoAudioFrames *
tyto_audio_frames_new (const TytoAudioFraming *framing)
{
  TytoAudioFrames *self = g_new0 (TytoAudioFrames, 1);

  self->framing = framing;
  self->channels = CHANNELS_DEFAULT;
  self->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  self->base = NO_TIME;
  self->lost = NOWHERE;
  return self;
}

void
tyto_audio_frames_free (TytoAudioFrames *self)
{
  g_clear_pointer (&self->entry, tyto_media_entry_unref);
  g_array_unref (self->marks);
  g_free (self->data);
  g_free (self);
}

void
tyto_audio_frames_set_channels (TytoAudioFrames *self, guint channels)
{
  self->channels = channels;
}

void
tyto_audio_frames_reset (TytoAudioFrames *self, TytoUnitDamage *damage)
{
  if (self->at < self->size)
    damage->dropped_units++;
  self->at = self->size = 0;
  self->lost = NOWHERE;
  self->sure = FALSE;
  self->base = NO_TIME;
  g_array_set_size (self->marks, 0);
}

static void
compact (TytoAudioFrames *self)
{
  if (self->at == 0)
    return;
  memmove (self->data, self->data + self->at, self->size - self->at);
  for (guint i = 0; i < self->marks->len; i++) {
    Mark *mark = &g_array_index (self->marks, Mark, i);

    mark->offset -= MIN (self->at, mark->offset);
  }
  if (self->lost != NOWHERE)
    self->lost -= MIN (self->at, self->lost);
  self->size -= self->at;
  self->at = 0;
}

void
tyto_audio_frames_mark (TytoAudioFrames *self, gint64 pts)
{
  Mark mark = { .pts = pts };

  if (self->at >= ROOM_MIN / 2)
    compact (self);
  if (self->marks->len >= MARKS_MAX)
    g_array_remove_index (self->marks, 0);
  mark.offset = self->size;
  g_array_append_val (self->marks, mark);
}

void
tyto_audio_frames_feed (TytoAudioFrames *self, const guint8 *data, gsize size)
{
  if (self->size + size > self->room) {
    compact (self);
    if (self->size + size > ROOM_MAX)
      self->size = self->at; /* no frame is so large */
    self->room = MAX (self->room, MAX (ROOM_MIN, 2 * (self->size + size)));
    self->data = g_realloc (self->data, self->room);
  }
  memcpy (self->data + self->size, data, size);
  self->size += size;
}

void
tyto_audio_frames_lose (TytoAudioFrames *self)
{
  self->lost = self->size;
}

/* The next header must stand where the frame ends, unless the one before did so already. */
static gboolean
is_confirmed (TytoAudioFrames *self, const TytoAudioFrame *frame, gboolean end)
{
  TytoAudioFrame behind;
  gsize left = self->size - self->at - frame->size;

  if (left == 0 || (self->sure && frame->format == self->format))
    return TRUE;
  return self->framing->read (self->data + self->at + frame->size, left, end, &behind)
         != TYTO_AUDIO_NONE;
}

/* Whether a frame that goes across the next PES packet, or a loss, is of one piece. */
static gboolean
is_torn (TytoAudioFrames *self, const TytoAudioFrame *frame, gsize *behind)
{
  const Mark *across = NULL;
  gint64 expected;

  if (self->lost != NOWHERE && self->lost > self->at && self->at + frame->size > self->lost) {
    *behind = self->lost;
    return TRUE;
  }
  for (guint i = 0; i < self->marks->len; i++) {
    const Mark *mark = &g_array_index (self->marks, Mark, i);

    if (mark->offset <= self->at)
      continue;
    if (mark->offset >= self->at + frame->size || self->base == NO_TIME)
      return FALSE;
    if (across != NULL) /* two times in one frame: its size is wrong */
      return across->pts != mark->pts;
    across = mark;
    expected = self->base + (gint64) ((self->since + frame->samples) * HZ / frame->rate);
    *behind = mark->offset;
    if (ABS (mark->pts - expected) > JUMP)
      return TRUE;
  }
  return FALSE;
}

static void
take_marks (TytoAudioFrames *self, const TytoAudioFrame *frame)
{
  guint taken = 0;

  for (; taken < self->marks->len; taken++) {
    const Mark *mark = &g_array_index (self->marks, Mark, taken);

    if (mark->offset > self->at)
      break;
    self->base = mark->pts;
    self->since = 0;
  }
  g_array_remove_range (self->marks, 0, taken);
  if (frame->rate != self->rate && self->base != NO_TIME) {
    if (self->rate != 0)
      self->base += (gint64) (self->since * HZ / self->rate);
    self->since = 0;
  }
  self->rate = frame->rate;
}

static void
describe (TytoAudioFrames *self, const TytoAudioFrame *frame)
{
  TytoAudioFrame known = *frame;
  g_autoptr (GBytes) config = NULL;
  TytoSampleEntry from = { .codec = frame->codec, .rate = frame->rate };

  if (self->entry != NULL && self->format == frame->format)
    return;
  g_clear_pointer (&self->entry, tyto_media_entry_unref);
  if (frame->channels == 0)
    known.channels = self->channels;
  config = self->framing->config (self->data + self->at, &known);
  from.config = config;
  from.channels = known.channels;
  self->entry = tyto_sample_entry_make (&from);
  self->format = frame->format;
}

/* FALSE: it cannot be given. */
static gboolean
give (TytoAudioFrames *self, const TytoAudioFrame *frame, TytoMediaUnit *unit)
{
  gint64 start;
  gint64 end;

  if (self->base == NO_TIME || frame->unusable
      || (frame->silent && (self->entry == NULL || self->format != frame->format)))
    return FALSE;
  describe (self, frame);
  start = self->base + (gint64) (self->since * HZ / frame->rate);
  end = self->base + (gint64) ((self->since + frame->samples) * HZ / frame->rate);
  *unit = (TytoMediaUnit){ .entry = self->entry,
                           .timescale = HZ,
                           .dts = start,
                           .pts = start,
                           .duration = (guint) (end - start),
                           .key = TRUE,
                           .data = self->data + self->at + frame->header,
                           .size = frame->size - frame->header };
  return TRUE;
}

static void
pass_over (TytoAudioFrames *self, TytoUnitDamage *damage)
{
  self->at++;
  self->sure = FALSE;
  damage->bad_bytes++;
}

gboolean
tyto_audio_frames_next (TytoAudioFrames *self, gboolean end, TytoMediaUnit *unit,
                        TytoUnitDamage *damage)
{
  while (self->at < self->size) {
    TytoAudioFrame frame = { 0 };
    gsize left = self->size - self->at;
    TytoAudioRead read = self->framing->read (self->data + self->at, left, end, &frame);
    gsize behind;
    gboolean given;

    if (read == TYTO_AUDIO_NONE) {
      pass_over (self, damage);
      continue;
    }
    if (read == TYTO_AUDIO_FRAME)
      take_marks (self, &frame);
    if (read == TYTO_AUDIO_FRAME && is_torn (self, &frame, &behind)) {
      damage->dropped_units++;
      self->at = behind;
      self->sure = FALSE;
      self->base = NO_TIME;
      continue;
    }
    if (read == TYTO_AUDIO_MORE || frame.size > left)
      return FALSE;
    if (!is_confirmed (self, &frame, end)) {
      pass_over (self, damage);
      continue;
    }
    given = give (self, &frame, unit);
    self->since += frame.samples;
    self->at += frame.size;
    self->sure = TRUE;
    if (given)
      return TRUE;
    damage->dropped_units++;
  }
  return FALSE;
}
