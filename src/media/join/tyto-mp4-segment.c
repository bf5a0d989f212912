/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Segments of fragmented MP4 (RFC 8216, 3.3; ISO/IEC 14496-12, 8.8; 23000-19, 7.3.2). */
#include "base/tyto-error.h"
#include "media/join/tyto-mp4-init.h"
#include "media/join/tyto-mp4-run.h"
#include "media/join/tyto-mp4-scan.h"
#include "media/join/tyto-segment-format.h"
#include "media/tyto-mp4-box.h"

#include <string.h>

#define TYPE(a, b, c, d) TYTO_MP4_TYPE (a, b, c, d)

#define MAX_MOOV (1 << 20)
#define MAX_TIME (G_GUINT64_CONSTANT (1) << 60)
#define NON_SYNC 0x00010000 /* 8.8.3.1 */

/* 8.8.7.1 */
#define TFHD_BASE        0x000001
#define TFHD_DESCRIPTION 0x000002
#define TFHD_DURATION    0x000008
#define TFHD_SIZE        0x000010
#define TFHD_FLAGS       0x000020
#define TFHD_FROM_MOOF   0x020000

enum { VIDEO, AUDIO, N_KINDS };

typedef struct {
  /* What outlives a segment. */
  GArray *tracks; /* NULL until there is an initialization section */
  GBytes *init;   /* @tracks are of it; NULL: of a segment itself */
  guint n_moovs;  /* taken until now */
  guint others;   /* tracks that cannot be joined */
  const TytoMp4InitTrack *chosen[N_KINDS];
  guint64 next_dts[N_KINDS];

  /* The open segment. */
  const guint8 *data;
  gsize size;
  gsize position; /* of the next box of the file */
  gsize floor;    /* where one is looked for, should it be damaged: behind what was taken */
  gsize again;    /* bytes that may be gone through a second time for that */
  gboolean has_media;
  gsize taken;    /* where the unit given last ends */
  guint64 origin; /* of the segment in the file whose bytes are counted */
  guint64 budget; /* bytes that samples can have still: never more than there are */

  /* The fragment that is read, its track fragment and its track run. */
  TytoMediaCursor moof;
  gsize moof_start;
  gsize moof_end;
  guint64 implied; /* where media are that nobody tells the place of */
  TytoMediaCursor traf;
  gint kind; /* of its track, -1: it is not joined */
  const TytoMp4InitEntry *entry;
  guint64 base;
  gboolean has_base; /* it is told, and counted in the whole file */
  TytoMp4Run run;
} Segment;

static gpointer
create (void)
{
  return g_new0 (Segment, 1);
}

static void
destroy (gpointer state)
{
  Segment *self = state;

  g_clear_pointer (&self->tracks, g_array_unref);
  g_clear_pointer (&self->init, g_bytes_unref);
  g_free (self);
}

static const TytoMp4InitTrack *
choose (const GArray *tracks, gboolean video)
{
  for (guint i = 0; i < tracks->len; i++) {
    const TytoMp4InitTrack *track = &g_array_index (tracks, TytoMp4InitTrack, i);

    if (video ? track->video : track->audio)
      return track;
  }
  return NULL;
}

/* FALSE: it has no track that can be joined; what is known stays. */
static gboolean
take_moov (Segment *self, TytoMediaCursor moov)
{
  guint others;
  guint tracks_chosen = 0;
  g_autoptr (GArray) tracks = NULL;

  if (tyto_media_cursor_left (&moov) > MAX_MOOV)
    return FALSE;
  tracks = tyto_mp4_init_read (moov, self->tracks, &others);
  if (tracks->len == 0)
    return FALSE;
  g_clear_pointer (&self->tracks, g_array_unref);
  self->tracks = g_steal_pointer (&tracks);
  self->chosen[VIDEO] = choose (self->tracks, TRUE);
  self->chosen[AUDIO] = choose (self->tracks, FALSE);
  for (guint i = 0; i < N_KINDS; i++)
    tracks_chosen += self->chosen[i] != NULL ? 1 : 0;
  self->others = others + self->tracks->len - tracks_chosen;
  g_clear_pointer (&self->init, g_bytes_unref);
  self->n_moovs++;
  return TRUE;
}

static gboolean
take_init (Segment *self, GBytes *init)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (init, &size);
  TytoMediaCursor boxes;
  TytoMediaCursor box;
  guint32 type;

  if (self->init != NULL && (self->init == init || g_bytes_equal (self->init, init)))
    return TRUE;
  tyto_media_cursor_init (&boxes, data, size);
  while (tyto_media_cursor_box (&boxes, &type, &box))
    if (type == TYPE ('m', 'o', 'o', 'v') && take_moov (self, box)) {
      self->init = g_bytes_ref (init);
      return TRUE;
    }
  return FALSE;
}

/* What stands at the next box's place is none, or more than there is: the next moof is looked for,
 * also in the box before, whose size may be what is wrong. A segment that is cut ends in its media:
 * what is there of them is used. */
static void
pass_damage_over (Segment *self, gboolean media, TytoUnitDamage *damage)
{
  gsize start = self->position;
  gsize from = start - MIN (start, self->floor) <= self->again ? self->floor : start + 1;

  self->position = tyto_mp4_scan_moof (self->data, self->size, from);
  self->floor = self->position + 1;
  self->again -= MIN (self->again, start - MIN (start, self->position));
  if (!media && self->position > start)
    damage->bad_bytes += self->position - start;
}

static void
begin_fragment (Segment *self, TytoMediaCursor moof)
{
  self->moof = moof;
  tyto_media_cursor_init (&self->traf, NULL, 0);
  self->run.left = 0;
  self->moof_end = self->position;
  self->implied = self->moof_start;
}

/* Takes the next box of the file. FALSE: it is over. @moof: (out): it is one. */
static gboolean
take_box (Segment *self, gboolean *moof, TytoUnitDamage *damage)
{
  gsize start = self->position;
  TytoMediaCursor body;
  TytoMp4Box box;

  *moof = FALSE;
  if (start >= self->size)
    return FALSE;
  if (!tyto_mp4_scan_box (self->data, self->size, start, &box)) {
    pass_damage_over (self, FALSE, damage);
    return TRUE;
  }
  self->has_media = self->has_media || box.type == TYPE ('m', 'd', 'a', 't');
  if (box.end > self->size) {
    pass_damage_over (self, box.type == TYPE ('m', 'd', 'a', 't'), damage);
    return TRUE;
  }
  self->floor = start + 1;
  self->position = (gsize) box.end;
  tyto_media_cursor_init (&body, self->data + box.body, self->position - box.body);
  if (box.type == TYPE ('m', 'o', 'o', 'v') && !take_moov (self, body)) {
    damage->bad_bytes += self->position - start;
  } else if (box.type == TYPE ('m', 'o', 'o', 'f')) {
    *moof = TRUE;
    self->moof_start = start;
    begin_fragment (self, body);
  }
  return TRUE;
}

static gboolean
refuse (GError **error, const char *why)
{
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The segment %s", why);
  return FALSE;
}

static gboolean
segment_open (gpointer state, const guint8 *data, gsize size, GBytes *init, gboolean continuous,
              TytoUnitDamage *damage, GError **error)
{
  Segment *self = state;
  gboolean moof = FALSE;
  gboolean init_taken = init == NULL || take_init (self, init);
  guint moovs = self->n_moovs;

  self->data = data;
  self->size = size;
  self->budget = self->again = size;
  self->origin = 0;
  self->position = self->floor = self->taken = 0;
  self->has_media = FALSE;
  tyto_media_cursor_init (&self->moof, NULL, 0);
  tyto_media_cursor_init (&self->traf, NULL, 0);
  self->run.left = 0;
  if (!continuous)
    memset (self->next_dts, 0, sizeof self->next_dts);
  while (!moof && take_box (self, &moof, damage))
    ;
  if (self->tracks == NULL)
    return refuse (error, "has no initialization section.");
  if (!init_taken && self->n_moovs == moovs)
    return refuse (error, "has an initialization section that cannot be read.");
  for (guint i = 0; i < N_KINDS; i++)
    if (self->chosen[i] != NULL && self->chosen[i]->encrypted)
      return refuse (error, "is encrypted.");
  /* What holds a moov alone is an initialization section that was taken for a segment. */
  if (!moof && (self->has_media || self->n_moovs == moovs))
    return refuse (error, "holds no fragment of an MP4.");
  damage->other_streams = self->others;
  return TRUE;
}

/* 8.8.7 */
static gboolean
read_tfhd (Segment *self, TytoMediaCursor tfhd)
{
  guint32 flags = tyto_media_cursor_u32 (&tfhd) & 0xffffff;
  guint32 id = tyto_media_cursor_u32 (&tfhd);
  const TytoMp4InitTrack *track = NULL;
  guint32 description;

  self->kind = -1;
  for (guint i = 0; i < N_KINDS; i++)
    if (self->chosen[i] != NULL && self->chosen[i]->id == id) {
      self->kind = (gint) i;
      track = self->chosen[i];
    }
  self->run = (TytoMp4Run){ 0 };
  self->has_base = (flags & TFHD_BASE) != 0;
  self->base = flags & TFHD_FROM_MOOF ? self->moof_start : self->implied;
  if (self->has_base)
    self->base = tyto_media_cursor_u64 (&tfhd) - self->origin;
  description = track != NULL ? track->description : 0;
  if (flags & TFHD_DESCRIPTION)
    description = tyto_media_cursor_u32 (&tfhd);
  self->run.duration = track != NULL ? track->duration : 0;
  self->run.size = track != NULL ? track->size : 0;
  self->run.flags = track != NULL ? track->flags : 0;
  if (flags & TFHD_DURATION)
    self->run.duration = tyto_media_cursor_u32 (&tfhd);
  if (flags & TFHD_SIZE)
    self->run.size = tyto_media_cursor_u32 (&tfhd);
  if (flags & TFHD_FLAGS)
    self->run.flags = tyto_media_cursor_u32 (&tfhd);
  if (track != NULL) {
    guint index = description >= 1 && description <= track->entries->len ? description - 1 : 0;

    self->entry = &g_array_index (track->entries, TytoMp4InitEntry, index);
    self->run.dts = self->next_dts[self->kind];
  }
  self->implied = self->base;
  return !tfhd.failed;
}

/* 8.8.12 */
static void
read_tfdt (Segment *self, TytoMediaCursor tfdt)
{
  guint8 version = tyto_media_cursor_u8 (&tfdt);
  guint64 dts;

  tyto_media_cursor_skip (&tfdt, 3);
  dts = version == 1 ? tyto_media_cursor_u64 (&tfdt) : tyto_media_cursor_u32 (&tfdt);
  if (!tfdt.failed)
    self->run.dts = dts;
}

/* Offsets may be counted in a whole file of which the segment is a part (EXT-X-BYTERANGE). Where
 * it begins there is seen from the first run: the media stand right behind the fragment. */
static void
find_origin (Segment *self, guint64 offset)
{
  TytoMp4Box media;
  guint64 told = self->base + offset;
  guint64 here = self->moof_start + offset;

  if (self->base == self->moof_start
      || !tyto_mp4_scan_box (self->data, self->size, MIN (self->moof_end, self->size), &media))
    return;
  if (told == media.body || (told > media.body && told < media.end && here != media.body))
    return;
  self->origin = self->base - self->moof_start;
  self->base = self->moof_start;
}

static void
begin_run (Segment *self, TytoMediaCursor trun)
{
  gboolean has_offset;
  gint32 offset;

  if (!tyto_mp4_run_begin (&self->run, trun, &has_offset, &offset))
    return;
  if (self->has_base && has_offset && self->origin == 0)
    find_origin (self, (guint64) (gint64) offset);
  self->run.offset = has_offset ? self->base + (guint64) (gint64) offset : self->implied;
  if (!has_offset && self->run.offset == self->moof_start) /* as some mean it */
    self->run.offset = self->moof_end + TYTO_MP4_BOX_HEADER;
}

/* The next box of the track fragment, or the next one. FALSE: the fragment is over. */
static gboolean
take_fragment_box (Segment *self, TytoUnitDamage *damage)
{
  TytoMediaCursor box;
  guint32 type;

  if (tyto_media_cursor_box (&self->traf, &type, &box)) {
    if (type == TYPE ('t', 'f', 'h', 'd') && !read_tfhd (self, box))
      self->kind = -1;
    else if (type == TYPE ('t', 'f', 'd', 't'))
      read_tfdt (self, box);
    else if (type == TYPE ('t', 'r', 'u', 'n'))
      begin_run (self, box);
    return TRUE;
  }
  if (self->traf.failed)
    damage->dropped_units++;
  do {
    if (!tyto_media_cursor_box (&self->moof, &type, &box)) {
      damage->dropped_units += self->moof.failed ? 1 : 0;
      return FALSE;
    }
  } while (type != TYPE ('t', 'r', 'a', 'f'));
  self->traf = box;
  self->kind = -1;
  self->base = self->implied;
  self->has_base = FALSE;
  self->run = (TytoMp4Run){ 0 };
  return TRUE;
}

/* Whether NAL units with their lengths fill the sample: what was damaged, or is another's, does
 * not. */
static gboolean
is_whole (const guint8 *data, gsize size, guint length_size)
{
  gsize position = 0;
  gboolean any = FALSE;

  if (length_size == 0)
    return TRUE;
  while (size - position >= length_size) {
    gsize length = 0;

    for (guint i = 0; i < length_size; i++)
      length = length << 8 | data[position + i];
    position += length_size;
    if (length > size - position)
      return FALSE;
    position += length;
    any = any || length > 0;
  }
  return any && position == size;
}

/* Makes a unit of @sample. FALSE: it is damaged, or of a track that is not joined. */
static gboolean
make_unit (Segment *self, const TytoMp4RunSample *sample, TytoMediaUnit *unit,
           TytoUnitDamage *damage)
{
  const TytoMp4InitTrack *track = self->kind >= 0 ? self->chosen[self->kind] : NULL;
  gboolean inside = sample->offset <= self->size && sample->size <= self->size - sample->offset;

  if (!inside || sample->size == 0) {
    guint32 more = tyto_mp4_run_skip (&self->run, sample);

    if (track != NULL)
      damage->dropped_units += (guint64) more + 1;
    return FALSE;
  }
  if (track == NULL) {
    tyto_mp4_run_skip (&self->run, sample);
    return FALSE;
  }
  if (sample->size > self->budget) {
    damage->dropped_units += (guint64) tyto_mp4_run_skip (&self->run, sample) + 1;
    return FALSE;
  }
  self->budget -= sample->size;
  if (self->entry->entry == NULL || sample->dts > MAX_TIME || sample->offset < self->moof_end
      || !is_whole (self->data + sample->offset, sample->size, self->entry->nal_length_size)) {
    damage->dropped_units++;
    return FALSE;
  }
  *unit = (TytoMediaUnit){
    .video = track->video,
    .entry = self->entry->entry,
    .timescale = track->timescale,
    .dts = (gint64) sample->dts + track->shift,
    .pts = (gint64) sample->dts + track->shift + sample->composition,
    .duration = sample->duration,
    .key = track->audio || (sample->flags & NON_SYNC) == 0,
    .data = self->data + sample->offset,
    .size = sample->size,
  };
  self->taken = (gsize) sample->offset + sample->size;
  return TRUE;
}

static gboolean
segment_next (gpointer state, TytoMediaUnit *unit, TytoUnitDamage *damage, GError **error)
{
  Segment *self = state;
  TytoMp4RunSample sample;
  gboolean moof = FALSE;

  while (TRUE) {
    while (tyto_mp4_run_next (&self->run, &sample)) {
      gboolean made = make_unit (self, &sample, unit, damage);

      self->implied = self->run.offset;
      if (self->kind >= 0)
        self->next_dts[self->kind] = MIN (self->run.dts, MAX_TIME);
      if (made)
        return TRUE;
    }
    if (take_fragment_box (self, damage))
      continue;
    do {
      if (!take_box (self, &moof, damage)) {
        self->taken = self->size;
        return FALSE;
      }
    } while (!moof);
  }
}

static gsize
position (gpointer state)
{
  Segment *self = state;

  return self->taken;
}

const TytoSegmentFormat tyto_segment_format_mp4 = {
  .name = "mp4",
  .detect = tyto_mp4_scan_detect,
  .create = create,
  .destroy = destroy,
  .open = segment_open,
  .next = segment_next,
  .position = position,
};
