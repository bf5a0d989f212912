/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp4-samples.h"

#define TYPE(a, b, c, d) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (d))

#define TFHD_BASE_OFFSET     0x1
#define TFHD_DESCRIPTION     0x2
#define TFHD_DURATION        0x8
#define TFHD_SIZE            0x10
#define TRUN_DATA_OFFSET     0x1
#define TRUN_FIRST_FLAGS     0x4
#define TRUN_SAMPLE_DURATION 0x100
#define TRUN_SAMPLE_SIZE     0x200
#define TRUN_SAMPLE_FLAGS    0x400
#define TRUN_SAMPLE_OFFSET   0x800

/* A part of the file, read from its beginning; @bad: it was shorter than what was read. */
typedef struct {
  const guint8 *data;
  gsize size;
  gboolean bad;
} Span;

typedef struct {
  Span file;
  Mp4SampleFunc func;
  gpointer user_data;
  gsize moof; /* offset of the moof that is read */
  gboolean ok;
} Walk;

typedef struct {
  guint32 type;
  Span body;
  gsize offset; /* of the box in its parent */
} Box;

static guint32
take32 (Span *span)
{
  guint32 value;

  if (span->size < 4) {
    span->bad = TRUE;
    return 0;
  }
  value = TYPE (span->data[0], span->data[1], span->data[2], span->data[3]);
  span->data += 4;
  span->size -= 4;
  return value;
}

static guint64
take64 (Span *span)
{
  guint64 high = take32 (span);

  return high << 32 | take32 (span);
}

/* Takes the next box; FALSE at the end, or (@parent is bad) when it is not whole. */
static gboolean
take_box (Span *parent, const guint8 *base, Box *box)
{
  Span at = *parent;
  guint64 size, header;

  if (parent->size == 0)
    return FALSE;
  box->offset = parent->data - base;
  size = take32 (&at);
  box->type = take32 (&at);
  if (size == 1)
    size = take64 (&at);
  header = at.data - parent->data;
  if (size == 0)
    size = parent->size;
  if (at.bad || size < header || size > parent->size) {
    parent->bad = TRUE;
    return FALSE;
  }
  box->body = (Span){ at.data, size - header, FALSE };
  parent->data += size;
  parent->size -= size;
  return TRUE;
}

static Span
find (Span parent, guint32 type)
{
  const guint8 *base = parent.data;
  Box box;

  while (take_box (&parent, base, &box))
    if (box.type == type)
      return box.body;
  return (Span){ NULL, 0, TRUE };
}

static void
give (Walk *walk, guint64 offset, guint32 size)
{
  if (offset > walk->file.size || size > walk->file.size - offset)
    walk->ok = FALSE;
  else
    walk->func (walk->file.data + offset, size, walk->user_data);
}

/* --- Fragments (8.8) --- */

/* Returns where the samples end. */
static guint64
walk_trun (Walk *walk, Span trun, guint64 base, guint64 next, guint32 default_size)
{
  guint32 flags = take32 (&trun) & 0xffffff;
  guint32 count = take32 (&trun);
  guint64 at = flags & TRUN_DATA_OFFSET ? base + (gint32) take32 (&trun) : next;

  if (flags & TRUN_FIRST_FLAGS)
    take32 (&trun);
  for (guint32 i = 0; i < count && !trun.bad && walk->ok; i++) {
    guint32 size = default_size;

    if (flags & TRUN_SAMPLE_DURATION)
      take32 (&trun);
    if (flags & TRUN_SAMPLE_SIZE)
      size = take32 (&trun);
    if (flags & TRUN_SAMPLE_FLAGS)
      take32 (&trun);
    if (flags & TRUN_SAMPLE_OFFSET)
      take32 (&trun);
    if (!trun.bad)
      give (walk, at, size);
    at += size;
  }
  walk->ok = walk->ok && !trun.bad;
  return at;
}

static void
walk_traf (Walk *walk, Span traf)
{
  const guint8 *base = traf.data;
  guint64 offset = walk->moof, next = walk->moof;
  guint32 default_size = 0;
  Box box;

  while (take_box (&traf, base, &box)) {
    if (box.type == TYPE ('t', 'f', 'h', 'd')) {
      guint32 flags = take32 (&box.body) & 0xffffff;

      take32 (&box.body); /* track_ID */
      if (flags & TFHD_BASE_OFFSET)
        offset = next = take64 (&box.body);
      if (flags & TFHD_DESCRIPTION)
        take32 (&box.body);
      if (flags & TFHD_DURATION)
        take32 (&box.body);
      if (flags & TFHD_SIZE)
        default_size = take32 (&box.body);
    } else if (box.type == TYPE ('t', 'r', 'u', 'n')) {
      next = walk_trun (walk, box.body, offset, next, default_size);
    }
  }
  walk->ok = walk->ok && !traf.bad;
}

static void
walk_moof (Walk *walk, const Box *moof)
{
  Span body = moof->body;
  Box box;

  walk->moof = moof->offset;
  while (take_box (&body, moof->body.data, &box))
    if (box.type == TYPE ('t', 'r', 'a', 'f'))
      walk_traf (walk, box.body);
}

/* --- Tables (8.7) --- */

static void
walk_tables (Walk *walk, Span stbl)
{
  Span sizes = find (stbl, TYPE ('s', 't', 's', 'z'));
  Span chunks = find (stbl, TYPE ('s', 't', 's', 'c'));
  Span offsets = find (stbl, TYPE ('s', 't', 'c', 'o'));
  gboolean wide = offsets.bad;
  guint32 size, n_samples, n_chunks, n_entries, next, in_chunk = 0;

  if (wide)
    offsets = find (stbl, TYPE ('c', 'o', '6', '4'));
  take32 (&sizes);
  size = take32 (&sizes);
  n_samples = take32 (&sizes);
  take32 (&offsets);
  n_chunks = take32 (&offsets);
  take32 (&chunks);
  n_entries = take32 (&chunks);
  next = n_entries > 0 ? take32 (&chunks) : G_MAXUINT32; /* first chunk of the next entry */
  for (guint32 chunk = 1; chunk <= n_chunks && n_samples > 0 && walk->ok; chunk++) {
    guint64 at = wide ? take64 (&offsets) : take32 (&offsets);

    if (chunk == next) {
      in_chunk = take32 (&chunks);
      take32 (&chunks); /* sample_description_index */
      next = --n_entries > 0 ? take32 (&chunks) : G_MAXUINT32;
    }
    for (guint32 i = 0; i < in_chunk && n_samples > 0 && walk->ok; i++, n_samples--) {
      guint32 one = size > 0 ? size : take32 (&sizes);

      walk->ok = !sizes.bad && !offsets.bad && !chunks.bad;
      if (walk->ok)
        give (walk, at, one);
      at += one;
    }
  }
  walk->ok = walk->ok && n_samples == 0;
}

static void
walk_moov (Walk *walk, Span moov)
{
  const guint8 *base = moov.data;
  Box trak;

  while (take_box (&moov, base, &trak)) {
    Span stbl;

    if (trak.type != TYPE ('t', 'r', 'a', 'k'))
      continue;
    stbl = find (find (find (trak.body, TYPE ('m', 'd', 'i', 'a')), TYPE ('m', 'i', 'n', 'f')),
                 TYPE ('s', 't', 'b', 'l'));
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
  Walk walk = { { data, size, FALSE }, func, user_data, 0, TRUE };
  Span rest = walk.file;
  gboolean found = FALSE;
  Box box;

  while (walk.ok && take_box (&rest, data, &box)) {
    if (box.type == TYPE ('m', 'o', 'o', 'v')) {
      walk_moov (&walk, box.body);
      found = TRUE;
    } else if (box.type == TYPE ('m', 'o', 'o', 'f')) {
      walk_moof (&walk, &box);
    }
  }
  return walk.ok && !rest.bad && found;
}

gboolean
mp4_samples_is_finished (const guint8 *data, gsize size)
{
  Span rest = { data, size, FALSE };
  gboolean fragmented = FALSE, tables = FALSE;
  guint32 last = 0;
  Box box;

  while (take_box (&rest, data, &box)) {
    fragmented |= box.type == TYPE ('m', 'o', 'o', 'f');
    tables |= box.type == TYPE ('m', 'o', 'o', 'v');
    last = box.type;
  }
  if (rest.bad)
    return FALSE;
  return fragmented ? last == TYPE ('m', 'f', 'r', 'a') : tables;
}
