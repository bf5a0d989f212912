/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mp4-boxes.h"

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

/* Of one traf. */
typedef struct {
  guint64 base; /* to which a trun's offset is added */
  guint64 next; /* where the samples of the last trun end */
  guint32 size; /* of samples that do not tell theirs */
  Mp4RunFunc func;
  gpointer user_data;
} Track;

guint32
mp4_take32 (Mp4Span *span)
{
  guint32 value;

  if (span->size < 4) {
    span->bad = TRUE;
    return 0;
  }
  value = MP4_TYPE (span->data[0], span->data[1], span->data[2], span->data[3]);
  span->data += 4;
  span->size -= 4;
  return value;
}

guint64
mp4_take64 (Mp4Span *span)
{
  guint64 high = mp4_take32 (span);

  return high << 32 | mp4_take32 (span);
}

guint64
mp4_box_size (const guint8 *data, gsize size, guint64 rest, guint32 *type, guint *header)
{
  Mp4Span at = { data, size, FALSE };
  guint64 total = mp4_take32 (&at);

  *type = mp4_take32 (&at);
  if (total == 1)
    total = mp4_take64 (&at);
  *header = at.data - data;
  if (total == 0)
    total = rest;
  return at.bad || total < *header || total > rest ? 0 : total;
}

gboolean
mp4_take_box (Mp4Span *parent, const guint8 *base, Mp4Box *box)
{
  guint header;
  guint64 size;

  if (parent->size == 0)
    return FALSE;
  size = mp4_box_size (parent->data, parent->size, parent->size, &box->type, &header);
  if (size == 0) {
    parent->bad = TRUE;
    return FALSE;
  }
  box->offset = parent->data - base;
  box->body = (Mp4Span){ parent->data + header, size - header, FALSE };
  parent->data += size;
  parent->size -= size;
  return TRUE;
}

Mp4Span
mp4_find (Mp4Span parent, guint32 type)
{
  const guint8 *base = parent.data;
  Mp4Box box;

  while (mp4_take_box (&parent, base, &box))
    if (box.type == type)
      return box.body;
  return (Mp4Span){ NULL, 0, TRUE };
}

/* --- Fragments (8.8) --- */

static gboolean
take_trun (Track *track, Mp4Span trun)
{
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 flags = mp4_take32 (&trun) & 0xffffff;
  guint32 count = mp4_take32 (&trun);
  Mp4Run run = { track->next, NULL, 0 };

  if (flags & TRUN_DATA_OFFSET)
    run.offset = track->base + (gint32) mp4_take32 (&trun);
  track->next = run.offset;
  if (flags & TRUN_FIRST_FLAGS)
    mp4_take32 (&trun);
  for (guint32 i = 0; i < count && !trun.bad; i++) {
    guint32 size = track->size;

    if (flags & TRUN_SAMPLE_DURATION)
      mp4_take32 (&trun);
    if (flags & TRUN_SAMPLE_SIZE)
      size = mp4_take32 (&trun);
    if (flags & TRUN_SAMPLE_FLAGS)
      mp4_take32 (&trun);
    if (flags & TRUN_SAMPLE_OFFSET)
      mp4_take32 (&trun);
    if (!trun.bad)
      g_array_append_val (sizes, size);
    track->next += size;
  }
  run.sizes = (const guint32 *) sizes->data;
  run.count = sizes->len;
  if (run.count > 0)
    track->func (&run, track->user_data);
  return !trun.bad;
}

static gboolean
take_traf (Mp4Span traf, guint64 moof, Mp4RunFunc func, gpointer user_data)
{
  const guint8 *base = traf.data;
  Track track = { moof, moof, 0, func, user_data };
  gboolean ok = TRUE;
  Mp4Box box;

  while (ok && mp4_take_box (&traf, base, &box)) {
    if (box.type == MP4_TYPE ('t', 'f', 'h', 'd')) {
      guint32 flags = mp4_take32 (&box.body) & 0xffffff;

      mp4_take32 (&box.body); /* track_ID */
      if (flags & TFHD_BASE_OFFSET)
        track.base = track.next = mp4_take64 (&box.body);
      if (flags & TFHD_DESCRIPTION)
        mp4_take32 (&box.body);
      if (flags & TFHD_DURATION)
        mp4_take32 (&box.body);
      if (flags & TFHD_SIZE)
        track.size = mp4_take32 (&box.body);
    } else if (box.type == MP4_TYPE ('t', 'r', 'u', 'n')) {
      ok = take_trun (&track, box.body);
    }
  }
  return ok && !traf.bad;
}

gboolean
mp4_moof_for_each_run (Mp4Span moof, guint64 offset, Mp4RunFunc func, gpointer user_data)
{
  const guint8 *base = moof.data;
  gboolean ok = TRUE;
  Mp4Box box;

  while (ok && mp4_take_box (&moof, base, &box))
    if (box.type == MP4_TYPE ('t', 'r', 'a', 'f'))
      ok = take_traf (box.body, offset, func, user_data);
  return ok && !moof.bad;
}
