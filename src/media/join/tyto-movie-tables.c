/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-movie-tables.h"

#include "media/tyto-mp4-box.h"

/* @count samples in a row have @value */
typedef struct {
  guint32 count;
  guint32 value;
} Run;

typedef struct {
  guint64 offset;
  guint32 samples;
  guint32 description;
} Chunk;

struct _TytoMovieTables {
  GPtrArray *entries; /* TytoMediaEntry */
  GArray *sizes;      /* guint32, big-endian: as stsz holds them */
  GArray *durations;  /* Run: of all samples but the last */
  GArray *offsets;    /* Run: gint32 as guint32 */
  GArray *keys;       /* guint32, big-endian: numbers of sync samples, from 1 */
  GArray *chunks;     /* Chunk */
  gint64 first_dts;
  gint64 last_dts;
  gint64 min_pts;
  gint64 max_pts;
  guint32 previous_duration;
  guint32 last_duration;
  gboolean has_offsets;
  gboolean has_negative_offsets;
};

TytoMovieTables *
tyto_movie_tables_new (void)
{
  TytoMovieTables *self = g_new0 (TytoMovieTables, 1);

  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_media_entry_unref);
  self->sizes = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->durations = g_array_new (FALSE, FALSE, sizeof (Run));
  self->offsets = g_array_new (FALSE, FALSE, sizeof (Run));
  self->keys = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->chunks = g_array_new (FALSE, FALSE, sizeof (Chunk));
  return self;
}

void
tyto_movie_tables_free (TytoMovieTables *self)
{
  g_ptr_array_unref (self->entries);
  g_array_unref (self->sizes);
  g_array_unref (self->durations);
  g_array_unref (self->offsets);
  g_array_unref (self->keys);
  g_array_unref (self->chunks);
  g_free (self);
}

guint
tyto_movie_tables_describe (TytoMovieTables *self, TytoMediaEntry *entry)
{
  for (guint i = self->entries->len; i > 0; i--) {
    const TytoMediaEntry *known = g_ptr_array_index (self->entries, i - 1);

    if (known == entry || tyto_media_entry_equal (known, entry))
      return i;
  }
  if (self->entries->len == TYTO_MOVIE_MAX_DESCRIPTIONS)
    return 0;
  g_ptr_array_add (self->entries, tyto_media_entry_ref (entry));
  return self->entries->len;
}

static void
add_to_runs (GArray *runs, guint32 value)
{
  Run run = { 1, value };

  if (runs->len > 0) {
    Run *last = &g_array_index (runs, Run, runs->len - 1);

    if (last->value == value) {
      last->count++;
      return;
    }
  }
  g_array_append_val (runs, run);
}

void
tyto_movie_tables_add (TytoMovieTables *self, gint64 dts, gint32 composition_offset, gboolean key,
                       guint32 size)
{
  gint64 pts = dts + composition_offset;
  guint32 stored = GUINT32_TO_BE (size);
  gint64 offset;

  if (self->sizes->len == 0) {
    self->first_dts = dts;
    self->min_pts = pts;
    self->max_pts = pts;
  } else {
    dts = MAX (dts, self->last_dts + 1);
    self->previous_duration = (guint32) MIN (dts - self->last_dts, G_MAXUINT32);
    dts = self->last_dts + self->previous_duration;
    add_to_runs (self->durations, self->previous_duration);
    self->min_pts = MIN (self->min_pts, pts);
    self->max_pts = MAX (self->max_pts, pts);
  }
  self->last_dts = dts;
  offset = CLAMP (pts - dts, G_MININT32, G_MAXINT32);
  self->has_offsets |= offset != 0;
  self->has_negative_offsets |= offset < 0;
  add_to_runs (self->offsets, (guint32) (gint32) offset);
  g_array_append_val (self->sizes, stored);
  if (key) {
    guint32 number = GUINT32_TO_BE ((guint32) self->sizes->len);

    g_array_append_val (self->keys, number);
  }
}

void
tyto_movie_tables_add_chunk (TytoMovieTables *self, guint64 offset, guint32 samples,
                             guint description)
{
  Chunk chunk = { offset, samples, description };

  g_array_append_val (self->chunks, chunk);
}

void
tyto_movie_tables_set_last_duration (TytoMovieTables *self, guint32 duration)
{
  self->last_duration = duration;
}

guint64
tyto_movie_tables_get_samples (const TytoMovieTables *self)
{
  return self->sizes->len;
}

const GPtrArray *
tyto_movie_tables_get_entries (const TytoMovieTables *self)
{
  return self->entries;
}

static guint32
get_last_duration (const TytoMovieTables *self)
{
  return MAX (self->last_duration > 0 ? self->last_duration : self->previous_duration, 1);
}

guint64
tyto_movie_tables_get_duration (const TytoMovieTables *self)
{
  if (self->sizes->len == 0)
    return 0;
  return (guint64) (self->last_dts - self->first_dts) + get_last_duration (self);
}

gint64
tyto_movie_tables_get_first_shown (const TytoMovieTables *self)
{
  return self->min_pts - self->first_dts;
}

guint64
tyto_movie_tables_get_shown (const TytoMovieTables *self)
{
  if (self->sizes->len == 0)
    return 0;
  return (guint64) (self->max_pts - self->min_pts) + get_last_duration (self);
}

/* 8.5.2 */
static void
put_stsd (GByteArray *to, const GPtrArray *entries)
{
  gsize stsd = tyto_mp4_box_begin_full (to, "stsd", 0, 0);

  tyto_mp4_put_u32 (to, entries->len);
  for (guint i = 0; i < entries->len; i++) {
    const TytoMediaEntry *entry = g_ptr_array_index (entries, i);

    tyto_mp4_put_bytes (to, entry->box);
  }
  tyto_mp4_box_end (to, stsd);
}

static void
put_runs (GByteArray *to, const GArray *runs)
{
  for (guint i = 0; i < runs->len; i++) {
    const Run *run = &g_array_index (runs, Run, i);

    tyto_mp4_put_u32 (to, run->count);
    tyto_mp4_put_u32 (to, run->value);
  }
}

/* 8.6.1.2 */
static void
put_stts (GByteArray *to, const TytoMovieTables *self)
{
  gsize stts = tyto_mp4_box_begin_full (to, "stts", 0, 0);
  guint32 last = get_last_duration (self);
  guint n = self->durations->len;
  gboolean alike = n > 0 && g_array_index (self->durations, Run, n - 1).value == last;
  gsize begin;

  tyto_mp4_put_u32 (to, alike ? n : n + 1);
  begin = to->len;
  put_runs (to, self->durations);
  if (alike) {
    tyto_mp4_set_u32 (to, begin + 8 * (n - 1),
                      g_array_index (self->durations, Run, n - 1).count + 1);
  } else {
    tyto_mp4_put_u32 (to, 1);
    tyto_mp4_put_u32 (to, last);
  }
  tyto_mp4_box_end (to, stts);
}

/* 8.6.1.3; version 1 is signed */
static void
put_ctts (GByteArray *to, const TytoMovieTables *self)
{
  gsize ctts = tyto_mp4_box_begin_full (to, "ctts", self->has_negative_offsets ? 1 : 0, 0);

  tyto_mp4_put_u32 (to, self->offsets->len);
  put_runs (to, self->offsets);
  tyto_mp4_box_end (to, ctts);
}

/* 8.6.2 */
static void
put_stss (GByteArray *to, const GArray *keys)
{
  gsize stss = tyto_mp4_box_begin_full (to, "stss", 0, 0);

  tyto_mp4_put_u32 (to, keys->len);
  g_byte_array_append (to, (const guint8 *) keys->data, keys->len * sizeof (guint32));
  tyto_mp4_box_end (to, stss);
}

/* 8.7.4: chunks in a row that are alike are said once */
static void
put_stsc (GByteArray *to, const GArray *chunks)
{
  gsize stsc = tyto_mp4_box_begin_full (to, "stsc", 0, 0);
  gsize count = to->len;
  guint n = 0;

  tyto_mp4_put_u32 (to, 0);
  for (guint i = 0; i < chunks->len; i++) {
    const Chunk *chunk = &g_array_index (chunks, Chunk, i);

    if (i > 0 && chunk[-1].samples == chunk->samples && chunk[-1].description == chunk->description)
      continue;
    tyto_mp4_put_u32 (to, i + 1);
    tyto_mp4_put_u32 (to, chunk->samples);
    tyto_mp4_put_u32 (to, chunk->description);
    n++;
  }
  tyto_mp4_set_u32 (to, count, n);
  tyto_mp4_box_end (to, stsc);
}

/* 8.7.3.2 */
static void
put_stsz (GByteArray *to, const GArray *sizes)
{
  gsize stsz = tyto_mp4_box_begin_full (to, "stsz", 0, 0);

  tyto_mp4_put_u32 (to, 0); /* each has its own */
  tyto_mp4_put_u32 (to, sizes->len);
  g_byte_array_append (to, (const guint8 *) sizes->data, sizes->len * sizeof (guint32));
  tyto_mp4_box_end (to, stsz);
}

/* 8.7.5 */
static void
put_stco (GByteArray *to, const GArray *chunks, guint64 shift, gboolean large)
{
  gsize stco = tyto_mp4_box_begin_full (to, large ? "co64" : "stco", 0, 0);

  tyto_mp4_put_u32 (to, chunks->len);
  for (guint i = 0; i < chunks->len; i++) {
    guint64 offset = g_array_index (chunks, Chunk, i).offset + shift;

    if (large)
      tyto_mp4_put_u64 (to, offset);
    else
      tyto_mp4_put_u32 (to, (guint32) offset);
  }
  tyto_mp4_box_end (to, stco);
}

void
tyto_movie_tables_put (const TytoMovieTables *self, GByteArray *to, guint64 shift, gboolean large)
{
  gsize stbl = tyto_mp4_box_begin (to, "stbl");

  put_stsd (to, self->entries);
  put_stts (to, self);
  if (self->has_offsets)
    put_ctts (to, self);
  if (self->keys->len < self->sizes->len)
    put_stss (to, self->keys);
  put_stsc (to, self->chunks);
  put_stsz (to, self->sizes);
  put_stco (to, self->chunks, shift, large);
  tyto_mp4_box_end (to, stbl);
}
