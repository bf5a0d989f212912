/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-packed-audio.c: segments of packed audio (RFC 8216, 3.4): an ID3 tag (ID3v2.4, 3) with the
 * time of the first sample, then frames of AAC in ADTS, MPEG audio, AC-3 or E-AC-3. */
#include "base/tyto-error.h"
#include "media/join/tyto-audio-frames.h"
#include "media/join/tyto-segment-format.h"
#include "media/join/tyto-ts-clock.h"
#include "media/tyto-media-cursor.h"

#include <string.h>

#define ID3_HEADER   10
#define ID3_FOOTER   10
#define ID3_HAS_FOOT 0x10
#define FRAME_PRIV   0x50524956
#define OWNER        "com.apple.streaming.transportStreamTimestamp"
#define CLOCK_MASK   G_GUINT64_CONSTANT (0x1ffffffff) /* 33 bits */
#define PIECE        (32 * 1024)
#define SEARCH       (64 * 1024) /* bytes in which a first frame must begin */

static const TytoAudioFraming *const framings[] = {
  &tyto_audio_framing_adts,
  &tyto_audio_framing_ac3,
  &tyto_audio_framing_mpeg,
};

typedef struct {
  const guint8 *data;
  gsize size;
  gsize at;
  const TytoAudioFraming *framing;
  TytoAudioFrames *frames;
  TytoTsClock clock;
  gboolean drained;
} Packed;

static gsize
read_synchsafe (const guint8 *from)
{
  return (gsize) (from[0] & 0x7f) << 21 | (gsize) (from[1] & 0x7f) << 14
         | (gsize) (from[2] & 0x7f) << 7 | (from[3] & 0x7f);
}

/* The size of the ID3 tag that @data begins with; 0: none. */
static gsize
get_tag (const guint8 *data, gsize size)
{
  if (size < ID3_HEADER || memcmp (data, "ID3", 3) != 0)
    return 0;
  return ID3_HEADER + read_synchsafe (data + 6) + (data[5] & ID3_HAS_FOOT ? ID3_FOOTER : 0);
}

/* The time that the tag tells. FALSE: none. */
static gboolean
read_time (const guint8 *tag, gsize size, guint64 *time)
{
  TytoMediaCursor in;

  tyto_media_cursor_init (&in, tag, size);
  tyto_media_cursor_skip (&in, ID3_HEADER);
  while (tyto_media_cursor_left (&in) > ID3_HEADER) {
    guint32 id = tyto_media_cursor_u32 (&in);
    const guint8 *length = tyto_media_cursor_take (&in, 4);
    TytoMediaCursor body;
    const guint8 *owner;

    tyto_media_cursor_skip (&in, 2); /* flags */
    if (length == NULL)
      return FALSE;
    body = tyto_media_cursor_part (&in, read_synchsafe (length));
    owner = tyto_media_cursor_take (&body, sizeof OWNER);
    if (id == FRAME_PRIV && owner != NULL && memcmp (owner, OWNER, sizeof OWNER) == 0) {
      *time = tyto_media_cursor_u64 (&body) & CLOCK_MASK;
      return !body.failed;
    }
  }
  return FALSE;
}

/* Two frames of one format, one behind the other; or one, that fills the rest. */
static gboolean
begins_with (const TytoAudioFraming *framing, const guint8 *data, gsize size)
{
  TytoAudioFrame first = { 0 };
  TytoAudioFrame second = { 0 };

  if (framing->read (data, size, TRUE, &first) != TYTO_AUDIO_FRAME || first.size > size)
    return FALSE;
  return first.size == size
         || (framing->read (data + first.size, size - first.size, TRUE, &second) == TYTO_AUDIO_FRAME
             && first.format == second.format);
}

static const TytoAudioFraming *
find_framing (const guint8 *data, gsize size, gsize search)
{
  for (gsize at = 0; at < MIN (size, search); at++)
    for (guint i = 0; i < G_N_ELEMENTS (framings); i++)
      if (begins_with (framings[i], data + at, size - at))
        return framings[i];
  return NULL;
}

static gboolean
packed_detect (const guint8 *head, gsize size)
{
  return get_tag (head, size) > 0 || find_framing (head, size, 1) != NULL;
}

static gpointer
packed_create (void)
{
  return g_new0 (Packed, 1);
}

static void
packed_destroy (gpointer state)
{
  Packed *self = state;

  g_clear_pointer (&self->frames, tyto_audio_frames_free);
  g_free (self);
}

static gboolean
packed_open (gpointer state, const guint8 *data, gsize size, GBytes *init, gboolean continuous,
             TytoUnitDamage *damage, GError **error)
{
  Packed *self = state;
  gsize tag = MIN (size, get_tag (data, size));
  const TytoAudioFraming *framing = find_framing (data + tag, size - tag, SEARCH);
  guint64 time;

  self->data = data;
  self->size = size;
  self->at = tag;
  self->drained = FALSE;
  if (framing == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "The segment of packed audio holds no frame that can be joined");
    return FALSE;
  }
  if (self->framing != framing) {
    g_clear_pointer (&self->frames, tyto_audio_frames_free);
    self->frames = tyto_audio_frames_new (framing);
    self->framing = framing;
  }
  if (!continuous) {
    tyto_audio_frames_reset (self->frames, damage);
    self->clock.known = FALSE;
  }
  /* Without a time the first segment begins at 0, the others where the one before ended. */
  if (read_time (data, tag, &time))
    tyto_audio_frames_mark (self->frames, tyto_ts_clock_unwrap (&self->clock, time));
  else if (!self->clock.known)
    tyto_audio_frames_mark (self->frames, tyto_ts_clock_unwrap (&self->clock, 0));
  return TRUE;
}

static gboolean
packed_next (gpointer state, TytoMediaUnit *unit, TytoUnitDamage *damage, GError **error)
{
  Packed *self = state;

  for (;;) {
    gsize size = MIN (self->size - self->at, PIECE);

    if (tyto_audio_frames_next (self->frames, self->drained, unit, damage))
      return TRUE;
    if (self->drained)
      return FALSE;
    tyto_audio_frames_feed (self->frames, self->data + self->at, size);
    self->at += size;
    self->drained = size == 0;
  }
}

static gsize
packed_position (gpointer state)
{
  Packed *self = state;

  return self->at;
}

const TytoSegmentFormat tyto_segment_format_packed_audio = {
  "packed audio", packed_detect, packed_create,   packed_destroy,
  packed_open,    packed_next,   packed_position,
};
