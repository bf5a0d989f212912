/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-moof.h"

#include "media/tyto-mp4-box.h"
#include "media/tyto-mp4-moov.h"

/* 8.8.7.1 and 8.8.8.1 */
#define TFHD_BASE_OFFSET        0x000001
#define TFHD_DESCRIPTION        0x000002
#define TFHD_DEFAULT_DURATION   0x000008
#define TFHD_DEFAULT_SIZE       0x000010
#define TFHD_DEFAULT_FLAGS      0x000020
#define TRUN_DATA_OFFSET        0x000001
#define TRUN_FIRST_FLAGS        0x000004
#define TRUN_DURATION           0x000100
#define TRUN_SIZE               0x000200
#define TRUN_FLAGS              0x000400
#define TRUN_COMPOSITION_OFFSET 0x000800
#define SAMPLE_IS_NON_SYNC      0x00010000
#define MAX_SAMPLES             (1 << 20) /* of a fragment, whose length is about a second */

typedef struct {
  TytoMp4Traf traf;
  gboolean known; /* tfhd told a known track */
  gboolean explicit_base;
  guint32 duration;
  guint32 size;
  guint32 flags;
  guint64 limit; /* bytes its samples can have still */
} Reading;

static void
read_tfhd (TytoMediaCursor tfhd, Reading *reading, const GArray *tracks)
{
  guint32 flags = tyto_media_cursor_u32 (&tfhd) & 0xffffff;
  guint32 id = tyto_media_cursor_u32 (&tfhd);

  for (guint i = 0; i < tracks->len && !reading->known; i++) {
    const TytoMp4TrackInfo *track = &g_array_index (tracks, TytoMp4TrackInfo, i);

    if (track->id != id)
      continue;
    reading->known = TRUE;
    reading->traf.track = i;
    reading->duration = track->duration;
    reading->size = track->size;
    reading->flags = track->flags;
  }
  reading->explicit_base = (flags & TFHD_BASE_OFFSET) != 0;
  if (flags & TFHD_BASE_OFFSET)
    tyto_media_cursor_skip (&tfhd, 8);
  if (flags & TFHD_DESCRIPTION)
    tyto_media_cursor_skip (&tfhd, 4);
  if (flags & TFHD_DEFAULT_DURATION)
    reading->duration = tyto_media_cursor_u32 (&tfhd);
  if (flags & TFHD_DEFAULT_SIZE)
    reading->size = tyto_media_cursor_u32 (&tfhd);
  if (flags & TFHD_DEFAULT_FLAGS)
    reading->flags = tyto_media_cursor_u32 (&tfhd);
  if (tfhd.failed)
    reading->known = FALSE;
}

static void
read_tfdt (TytoMediaCursor tfdt, Reading *reading)
{
  guint8 version = tyto_media_cursor_u8 (&tfdt);

  tyto_media_cursor_skip (&tfdt, 3);
  reading->traf.dts = version == 1 ? tyto_media_cursor_u64 (&tfdt) : tyto_media_cursor_u32 (&tfdt);
}

static void
add_sample (Reading *reading, guint32 duration, guint32 size, guint32 flags, gint64 offset)
{
  TytoMp4Traf *traf = &reading->traf;
  gboolean key = (flags & SAMPLE_IS_NON_SYNC) == 0;

  if (traf->frames == 0) {
    traf->key = key;
    traf->first_offset = offset;
  }
  traf->frames++;
  traf->key_frames += key ? 1 : 0;
  traf->duration += duration;
  traf->bytes += size;
}

/* A count of samples that is a lie ends at the bytes of the box, or at @limit: no sample is empty.
 */
static gboolean
read_trun (TytoMediaCursor trun, Reading *reading, GArray *sizes)
{
  guint32 head = tyto_media_cursor_u32 (&trun);
  guint32 count = tyto_media_cursor_u32 (&trun);
  gint64 data_offset = -1;
  guint32 first_flags = reading->flags;

  if (head & TRUN_DATA_OFFSET)
    data_offset = (gint32) tyto_media_cursor_u32 (&trun);
  if (head & TRUN_FIRST_FLAGS)
    first_flags = tyto_media_cursor_u32 (&trun);
  if (reading->traf.frames == 0)
    reading->traf.data_offset = reading->explicit_base ? -1 : data_offset;
  for (guint32 i = 0; i < count; i++) {
    guint32 duration = head & TRUN_DURATION ? tyto_media_cursor_u32 (&trun) : reading->duration;
    guint32 size = head & TRUN_SIZE ? tyto_media_cursor_u32 (&trun) : reading->size;
    guint32 flags = i == 0 ? first_flags : reading->flags;
    gint64 offset = 0;

    if (head & TRUN_FLAGS)
      flags = tyto_media_cursor_u32 (&trun);
    if (head & TRUN_COMPOSITION_OFFSET)
      offset = (gint32) tyto_media_cursor_u32 (&trun);
    if (trun.failed || size == 0 || size > reading->limit || reading->traf.frames == MAX_SAMPLES)
      return FALSE;
    reading->limit -= size;
    add_sample (reading, duration, size, flags, offset);
    if (sizes != NULL)
      g_array_append_val (sizes, size);
  }
  return !trun.failed;
}

static gboolean
read_traf (TytoMediaCursor traf, Reading *reading, const GArray *tracks, GArray *sizes)
{
  TytoMediaCursor box;
  guint32 type;

  while (tyto_media_cursor_box (&traf, &type, &box)) {
    if (type == TYTO_MP4_TYPE ('t', 'f', 'h', 'd'))
      read_tfhd (box, reading, tracks);
    else if (type == TYTO_MP4_TYPE ('t', 'f', 'd', 't'))
      read_tfdt (box, reading);
    else if (type == TYTO_MP4_TYPE ('t', 'r', 'u', 'n')
             && (!reading->known || !read_trun (box, reading, sizes)))
      return FALSE;
  }
  return !traf.failed && reading->known;
}

gboolean
tyto_mp4_read_moof (TytoMediaCursor body, const GArray *tracks, guint64 limit, GArray *trafs,
                    GArray *sizes)
{
  TytoMediaCursor box;
  guint32 type;

  while (tyto_media_cursor_box (&body, &type, &box)) {
    Reading reading = { .limit = limit, .traf.data_offset = -1 };

    if (type != TYTO_MP4_TYPE ('t', 'r', 'a', 'f'))
      continue;
    if (!read_traf (box, &reading, tracks, sizes))
      return FALSE;
    limit = reading.limit;
    if (reading.traf.frames > 0)
      g_array_append_val (trafs, reading.traf);
  }
  return !body.failed && trafs->len > 0;
}
