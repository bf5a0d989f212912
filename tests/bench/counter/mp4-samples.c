/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp4-samples.h"

#include "mp4-boxes.h"

typedef struct {
  Mp4Span file;
  Mp4SampleFunc func;
  gpointer user_data;
  gboolean ok;
} Walk;

static void
give (Walk *walk, guint64 offset, guint32 size)
{
  if (offset > walk->file.size || size > walk->file.size - offset)
    walk->ok = FALSE;
  else
    walk->func (walk->file.data + offset, size, walk->user_data);
}

static void
give_run (const Mp4Run *run, gpointer walk)
{
  guint64 at = run->offset;

  for (guint i = 0; i < run->count; i++) {
    give (walk, at, run->sizes[i]);
    at += run->sizes[i];
  }
}

/* --- Tables (8.7) --- */

static void
walk_tables (Walk *walk, Mp4Span stbl)
{
  Mp4Span sizes = mp4_find (stbl, MP4_TYPE ('s', 't', 's', 'z'));
  Mp4Span chunks = mp4_find (stbl, MP4_TYPE ('s', 't', 's', 'c'));
  Mp4Span offsets = mp4_find (stbl, MP4_TYPE ('s', 't', 'c', 'o'));
  gboolean wide = offsets.bad;
  guint32 size, n_samples, n_chunks, n_entries, next, in_chunk = 0;

  if (wide)
    offsets = mp4_find (stbl, MP4_TYPE ('c', 'o', '6', '4'));
  mp4_take32 (&sizes);
  size = mp4_take32 (&sizes);
  n_samples = mp4_take32 (&sizes);
  mp4_take32 (&offsets);
  n_chunks = mp4_take32 (&offsets);
  mp4_take32 (&chunks);
  n_entries = mp4_take32 (&chunks);
  next = n_entries > 0 ? mp4_take32 (&chunks) : G_MAXUINT32; /* first chunk of the next entry */
  for (guint32 chunk = 1; chunk <= n_chunks && n_samples > 0 && walk->ok; chunk++) {
    guint64 at = wide ? mp4_take64 (&offsets) : mp4_take32 (&offsets);

    if (chunk == next) {
      in_chunk = mp4_take32 (&chunks);
      mp4_take32 (&chunks); /* sample_description_index */
      next = --n_entries > 0 ? mp4_take32 (&chunks) : G_MAXUINT32;
    }
    for (guint32 i = 0; i < in_chunk && n_samples > 0 && walk->ok; i++, n_samples--) {
      guint32 one = size > 0 ? size : mp4_take32 (&sizes);

      walk->ok = !sizes.bad && !offsets.bad && !chunks.bad;
      if (walk->ok)
        give (walk, at, one);
      at += one;
    }
  }
  walk->ok = walk->ok && n_samples == 0;
}

static void
walk_moov (Walk *walk, Mp4Span moov)
{
  const guint8 *base = moov.data;
  Mp4Box trak;

  while (mp4_take_box (&moov, base, &trak)) {
    Mp4Span stbl;

    if (trak.type != MP4_TYPE ('t', 'r', 'a', 'k'))
      continue;
    stbl = mp4_find (mp4_find (mp4_find (trak.body, MP4_TYPE ('m', 'd', 'i', 'a')),
                               MP4_TYPE ('m', 'i', 'n', 'f')),
                     MP4_TYPE ('s', 't', 'b', 'l'));
    if (stbl.bad)
      walk->ok = FALSE;
    else
      walk_tables (walk, stbl);
  }
}

/* --- Both --- */

gboolean
mp4_samples_for_each (const guint8 *data, gsize size, Mp4SampleFunc func, gpointer user_data)
{
  Walk walk = { { data, size, FALSE }, func, user_data, TRUE };
  Mp4Span rest = walk.file;
  gboolean found = FALSE;
  Mp4Box box;

  while (walk.ok && mp4_take_box (&rest, data, &box)) {
    if (box.type == MP4_TYPE ('m', 'o', 'o', 'v')) {
      walk_moov (&walk, box.body);
      found = TRUE;
    } else if (box.type == MP4_TYPE ('m', 'o', 'o', 'f')) {
      walk.ok &= mp4_moof_for_each_run (box.body, box.offset, give_run, &walk);
    }
  }
  return walk.ok && !rest.bad && found;
}

gboolean
mp4_samples_is_finished (const guint8 *data, gsize size)
{
  Mp4Span rest = { data, size, FALSE };
  gboolean fragmented = FALSE, tables = FALSE;
  guint32 last = 0;
  Mp4Box box;

  while (mp4_take_box (&rest, data, &box)) {
    fragmented |= box.type == MP4_TYPE ('m', 'o', 'o', 'f');
    tables |= box.type == MP4_TYPE ('m', 'o', 'o', 'v');
    last = box.type;
  }
  if (rest.bad)
    return FALSE;
  return fragmented ? last == MP4_TYPE ('m', 'f', 'r', 'a') : tables;
}
