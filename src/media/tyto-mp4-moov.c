/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-moov.h"

#include "media/tyto-mp4-box.h"

#define MAX_TRACKS          64
#define SAMPLE_ENTRY_HEADER 8  /* reserved, and data reference: 8.5.2.2 */
#define VISUAL_ENTRY_SIZE   70 /* behind that: 12.1.3.2 */
#define AVCC_LENGTH_SIZE    4  /* where it stands in avcC: 14496-15, 5.3.3.1.2 */
#define HVCC_LENGTH_SIZE    21 /* in hvcC: 8.3.3.1.2 */
#define DATA_HEADER         8  /* type and locale of a metadata value */
#define MAX_TEXT            1024

static const struct {
  guint32 type;
  const char *codec;
  gboolean video;
} entries[] = {
  { TYTO_MP4_TYPE ('a', 'v', 'c', '1'), "h264", TRUE },
  { TYTO_MP4_TYPE ('a', 'v', 'c', '3'), "h264", TRUE },
  { TYTO_MP4_TYPE ('h', 'v', 'c', '1'), "h265", TRUE },
  { TYTO_MP4_TYPE ('h', 'e', 'v', '1'), "h265", TRUE },
  { TYTO_MP4_TYPE ('m', 'p', '4', 'a'), "aac", FALSE },
  { TYTO_MP4_TYPE ('O', 'p', 'u', 's'), "opus", FALSE },
  { TYTO_MP4_TYPE ('a', 'l', 'a', 'w'), "pcma", FALSE },
  { TYTO_MP4_TYPE ('u', 'l', 'a', 'w'), "pcmu", FALSE },
};

static void
read_video_entry (TytoMediaCursor entry, TytoMp4TrackInfo *track)
{
  TytoMediaCursor box;
  guint32 type;

  tyto_media_cursor_skip (&entry, VISUAL_ENTRY_SIZE);
  while (tyto_media_cursor_box (&entry, &type, &box)) {
    gboolean avcc = type == TYTO_MP4_TYPE ('a', 'v', 'c', 'C');

    if (!avcc && type != TYTO_MP4_TYPE ('h', 'v', 'c', 'C'))
      continue;
    tyto_media_cursor_skip (&box, avcc ? AVCC_LENGTH_SIZE : HVCC_LENGTH_SIZE);
    track->nal_length_size = (tyto_media_cursor_u8 (&box) & 3) + 1;
    if (box.failed)
      track->nal_length_size = 0;
  }
}

static void
read_stsd (TytoMediaCursor stsd, TytoMp4TrackInfo *track)
{
  TytoMediaCursor entry;
  guint32 type;

  tyto_media_cursor_skip (&stsd, 4 + 4); /* version and flags, number of entries */
  if (!tyto_media_cursor_box (&stsd, &type, &entry))
    return;
  tyto_media_cursor_skip (&entry, SAMPLE_ENTRY_HEADER);
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++) {
    if (entries[i].type != type)
      continue;
    track->codec = entries[i].codec;
    track->video = entries[i].video;
    if (track->video)
      read_video_entry (entry, track);
  }
}

static void
read_mdhd (TytoMediaCursor mdhd, TytoMp4TrackInfo *track)
{
  guint8 version = tyto_media_cursor_u8 (&mdhd);

  tyto_media_cursor_skip (&mdhd, 3 + (version == 1 ? 16 : 8));
  track->timescale = tyto_media_cursor_u32 (&mdhd);
}

/* trak and what is in it, down to stsd. The depth is bounded by the types: none is in itself. */
static void
read_trak (TytoMediaCursor boxes, TytoMp4TrackInfo *track, guint32 parent)
{
  static const struct {
    guint32 parent;
    guint32 type;
  } containers[] = {
    { TYTO_MP4_TYPE ('t', 'r', 'a', 'k'), TYTO_MP4_TYPE ('m', 'd', 'i', 'a') },
    { TYTO_MP4_TYPE ('m', 'd', 'i', 'a'), TYTO_MP4_TYPE ('m', 'i', 'n', 'f') },
    { TYTO_MP4_TYPE ('m', 'i', 'n', 'f'), TYTO_MP4_TYPE ('s', 't', 'b', 'l') },
  };
  TytoMediaCursor box;
  guint32 type;

  while (tyto_media_cursor_box (&boxes, &type, &box)) {
    for (guint i = 0; i < G_N_ELEMENTS (containers); i++)
      if (containers[i].parent == parent && containers[i].type == type)
        read_trak (box, track, type);
    if (type == TYTO_MP4_TYPE ('t', 'k', 'h', 'd')) {
      guint8 version = tyto_media_cursor_u8 (&box);

      tyto_media_cursor_skip (&box, 3 + (version == 1 ? 16 : 8));
      track->id = tyto_media_cursor_u32 (&box);
    } else if (type == TYTO_MP4_TYPE ('m', 'd', 'h', 'd')) {
      read_mdhd (box, track);
    } else if (type == TYTO_MP4_TYPE ('s', 't', 's', 'd')) {
      read_stsd (box, track);
    }
  }
}

static void
read_mvex (TytoMediaCursor mvex, GArray *tracks)
{
  TytoMediaCursor box;
  guint32 type;

  while (tyto_media_cursor_box (&mvex, &type, &box)) {
    guint32 id;

    if (type != TYTO_MP4_TYPE ('t', 'r', 'e', 'x'))
      continue;
    tyto_media_cursor_skip (&box, 4);
    id = tyto_media_cursor_u32 (&box);
    tyto_media_cursor_skip (&box, 4);
    for (guint i = 0; i < tracks->len; i++) {
      TytoMp4TrackInfo *track = &g_array_index (tracks, TytoMp4TrackInfo, i);
      TytoMediaCursor defaults = box;

      if (track->id != id)
        continue;
      track->duration = tyto_media_cursor_u32 (&defaults);
      track->size = tyto_media_cursor_u32 (&defaults);
      track->flags = tyto_media_cursor_u32 (&defaults);
    }
  }
}

/* The comment is in udta, meta, ilst, ©cmt, data: each but meta a plain box. */
static void
read_metadata (TytoMediaCursor boxes, TytoMediaIdentity *identity, guint depth)
{
  static const guint32 way[] = {
    TYTO_MP4_TYPE ('m', 'e', 't', 'a'),
    TYTO_MP4_TYPE ('i', 'l', 's', 't'),
    TYTO_MP4_TYPE (0xa9, 'c', 'm', 't'),
    TYTO_MP4_TYPE ('d', 'a', 't', 'a'),
  };
  TytoMediaCursor box;
  guint32 type;

  while (tyto_media_cursor_box (&boxes, &type, &box)) {
    if (type != way[depth])
      continue;
    if (depth == 0)
      tyto_media_cursor_skip (&box, 4);
    if (depth + 1 < G_N_ELEMENTS (way)) {
      read_metadata (box, identity, depth + 1);
    } else {
      gsize size;
      const guint8 *text;

      tyto_media_cursor_skip (&box, DATA_HEADER);
      size = MIN (tyto_media_cursor_left (&box), MAX_TEXT);
      text = tyto_media_cursor_take (&box, size);
      if (text != NULL) {
        g_autofree char *comment = g_strndup ((const char *) text, size);

        tyto_media_identity_parse_comment (identity, comment);
      }
    }
  }
}

gboolean
tyto_mp4_read_moov (TytoMediaCursor body, GArray *tracks, TytoMediaIdentity *identity)
{
  TytoMediaCursor again = body;
  TytoMediaCursor box;
  guint32 type;

  while (tyto_media_cursor_box (&body, &type, &box)) {
    if (type == TYTO_MP4_TYPE ('t', 'r', 'a', 'k')) {
      TytoMp4TrackInfo track = { .codec = "" };

      read_trak (box, &track, type);
      if (track.timescale == 0 || tracks->len == MAX_TRACKS)
        return FALSE;
      g_array_append_val (tracks, track);
    } else if (type == TYTO_MP4_TYPE ('u', 'd', 't', 'a')) {
      read_metadata (box, identity, 0);
    }
  }
  while (tyto_media_cursor_box (&again, &type, &box))
    if (type == TYTO_MP4_TYPE ('m', 'v', 'e', 'x'))
      read_mvex (box, tracks);
  return !body.failed && tracks->len > 0;
}

gboolean
tyto_mp4_read_identity (TytoMediaCursor body, TytoMediaIdentity *identity)
{
  g_auto (TytoMediaIdentity) read = { 0 };

  tyto_media_cursor_skip (&body, 4);
  read.sequence = tyto_media_cursor_u64 (&body);
  read.wall_start_us = (gint64) tyto_media_cursor_u64 (&body);
  read.clock_offset_us = (gint64) tyto_media_cursor_u64 (&body);
  read.monotonic_start_ns = tyto_media_cursor_u64 (&body);
  read.camera_time_us = (gint64) tyto_media_cursor_u64 (&body);
  read.camera = tyto_media_cursor_string (&body);
  read.stream = tyto_media_cursor_string (&body);
  read.run = tyto_media_cursor_string (&body);
  if (body.failed || !tyto_media_identity_is_valid (&read))
    return FALSE;
  tyto_media_identity_clear (identity);
  *identity = read;
  read = (TytoMediaIdentity){ 0 };
  return TRUE;
}

guint
tyto_mp4_reference_track (const GArray *tracks)
{
  for (guint i = 0; i < tracks->len; i++)
    if (g_array_index (tracks, TytoMp4TrackInfo, i).video)
      return i;
  return 0;
}
