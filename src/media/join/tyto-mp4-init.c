/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-mp4-init.h"

#include "media/tyto-mp4-box.h"

#include <string.h>

#define MAX_TRACKS       16
#define MAX_ENTRIES      8
#define MAX_ENTRY        (64 * 1024) /* bytes of a sample entry */
#define BOX_HEADER       8
#define DATA_REFERENCE   14 /* where its index stands in a sample entry: 8.5.2.2 */
#define ENTRY_HEADER     8  /* of SampleEntry, behind the box header */
#define VISUAL_SIZE      16 /* before width and height: 12.1.3.2 */
#define VISUAL_REST      50 /* behind them */
#define AUDIO_SIZE       8  /* before channelcount: 12.2.3.2 */
#define AVCC_LENGTH      4  /* where lengthSizeMinusOne stands: 14496-15, 5.3.3.1.2 */
#define HVCC_LENGTH      21 /* 8.3.3.1.2 */
#define ESDS_HEADER      4
#define TAG_ES           0x03 /* 14496-1, 7.2.2.1 */
#define TAG_DECODER      0x04
#define ES_DEPENDS       0x80
#define ES_URL           0x40
#define ES_OCR           0x20
#define MAX_SHIFT        (G_GINT64_CONSTANT (1) << 52)
#define TYPE(a, b, c, d) TYTO_MP4_TYPE (a, b, c, d)

static const struct {
  guint32 type;
  TytoMediaCodec codec;
} codecs[] = {
  { TYPE ('a', 'v', 'c', '1'), TYTO_MEDIA_H264 }, { TYPE ('a', 'v', 'c', '3'), TYTO_MEDIA_H264 },
  { TYPE ('h', 'v', 'c', '1'), TYTO_MEDIA_H265 }, { TYPE ('h', 'e', 'v', '1'), TYTO_MEDIA_H265 },
  { TYPE ('a', 'c', '-', '3'), TYTO_MEDIA_AC3 },  { TYPE ('e', 'c', '-', '3'), TYTO_MEDIA_EAC3 },
  { TYPE ('O', 'p', 'u', 's'), TYTO_MEDIA_OPUS }, { TYPE ('.', 'm', 'p', '3'), TYTO_MEDIA_MP3 },
};

/* MPEG-4 systems' object types: mp4ra.org */
static const struct {
  guint8 type;
  TytoMediaCodec codec;
} objects[] = {
  { 0x40, TYTO_MEDIA_AAC }, { 0x66, TYTO_MEDIA_AAC },  { 0x67, TYTO_MEDIA_AAC },
  { 0x68, TYTO_MEDIA_AAC }, { 0x69, TYTO_MEDIA_MP3 },  { 0x6b, TYTO_MEDIA_MP3 },
  { 0xa5, TYTO_MEDIA_AC3 }, { 0xa6, TYTO_MEDIA_EAC3 },
};

typedef struct {
  GArray *tracks;
  guint32 movie_timescale;
  guint others;
} Reading;

/* A track while it is read. */
typedef struct {
  TytoMp4InitTrack track;
  guint32 handler;
  TytoMediaCursor stsd;
  guint64 empty;   /* of the edit list, in the movie's timescale */
  gint64 media_at; /* where the first edit begins, in the track's timescale */
} Trak;

static void
clear_entry (TytoMp4InitEntry *entry)
{
  g_clear_pointer (&entry->entry, tyto_media_entry_unref);
}

static void
clear_track (TytoMp4InitTrack *track)
{
  g_clear_pointer (&track->entries, g_array_unref);
}

/* 14496-1, 8.3.3: the size of a descriptor, seven bits a byte */
static gboolean
take_descriptor (TytoMediaCursor *in, guint8 *tag)
{
  guint8 byte;
  guint bytes = 0;

  *tag = tyto_media_cursor_u8 (in);
  do
    byte = tyto_media_cursor_u8 (in);
  while ((byte & 0x80) != 0 && ++bytes < 4);
  return !in->failed;
}

/* What an mp4a is: 14496-14, 5.6 */
static TytoMediaCodec
read_esds (TytoMediaCursor esds)
{
  guint8 tag;
  guint8 flags;
  guint8 object;

  tyto_media_cursor_skip (&esds, ESDS_HEADER);
  if (!take_descriptor (&esds, &tag) || tag != TAG_ES)
    return TYTO_MEDIA_OTHER;
  tyto_media_cursor_skip (&esds, 2);
  flags = tyto_media_cursor_u8 (&esds);
  if (flags & ES_DEPENDS)
    tyto_media_cursor_skip (&esds, 2);
  if (flags & ES_URL)
    tyto_media_cursor_skip (&esds, tyto_media_cursor_u8 (&esds));
  if (flags & ES_OCR)
    tyto_media_cursor_skip (&esds, 2);
  if (!take_descriptor (&esds, &tag) || tag != TAG_DECODER)
    return TYTO_MEDIA_OTHER;
  object = tyto_media_cursor_u8 (&esds);
  for (guint i = 0; !esds.failed && i < G_N_ELEMENTS (objects); i++)
    if (objects[i].type == object)
      return objects[i].codec;
  return TYTO_MEDIA_OTHER;
}

static TytoMediaCodec
codec_of (guint32 type)
{
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (codecs[i].type == type)
      return codecs[i].codec;
  return TYTO_MEDIA_OTHER;
}

/* VisualSampleEntry, 12.1.3. FALSE: what its decoder must know is not there. */
static gboolean
read_video_entry (TytoMediaCursor body, TytoMediaEntry *entry, guint *nal_length_size)
{
  gboolean h264 = entry->codec == TYTO_MEDIA_H264;
  TytoMediaCursor box;
  guint32 type;

  tyto_media_cursor_skip (&body, ENTRY_HEADER + VISUAL_SIZE);
  entry->width = tyto_media_cursor_u16 (&body);
  entry->height = tyto_media_cursor_u16 (&body);
  tyto_media_cursor_skip (&body, VISUAL_REST);
  if (entry->codec == TYTO_MEDIA_OTHER)
    return !body.failed;
  while (tyto_media_cursor_box (&body, &type, &box)) {
    if (type != (h264 ? TYPE ('a', 'v', 'c', 'C') : TYPE ('h', 'v', 'c', 'C')))
      continue;
    tyto_media_cursor_skip (&box, h264 ? AVCC_LENGTH : HVCC_LENGTH);
    *nal_length_size = (tyto_media_cursor_u8 (&box) & 3) + 1;
    return !box.failed;
  }
  return FALSE;
}

/* AudioSampleEntry, 12.2.3 */
static gboolean
read_audio_entry (TytoMediaCursor body, guint32 type, TytoMediaEntry *entry)
{
  TytoMediaCursor box;
  guint32 inner;

  tyto_media_cursor_skip (&body, ENTRY_HEADER + AUDIO_SIZE);
  entry->channels = tyto_media_cursor_u16 (&body);
  tyto_media_cursor_skip (&body, 2 + 4);
  entry->rate = tyto_media_cursor_u32 (&body) >> 16;
  if (type != TYPE ('m', 'p', '4', 'a'))
    return !body.failed;
  while (tyto_media_cursor_box (&body, &inner, &box))
    if (inner == TYPE ('e', 's', 'd', 's')) {
      entry->codec = read_esds (box);
      return TRUE;
    }
  return FALSE;
}

/* The entry as it stands in stsd, at @start; what it refers to are the media of its file. */
static TytoMediaEntry *
make_entry (const guint8 *start, gsize size, TytoMediaCodec codec, gboolean video)
{
  g_autoptr (GBytes) box = NULL;
  guint8 *copy = g_memdup2 (start, size);

  copy[DATA_REFERENCE] = 0;
  copy[DATA_REFERENCE + 1] = 1;
  box = g_bytes_new_take (copy, size);
  return tyto_media_entry_new (codec, video, box);
}

static void
read_entry (const guint8 *start, gsize size, guint32 type, TytoMediaCursor body,
            TytoMp4InitTrack *track)
{
  TytoMp4InitEntry made = { 0 };
  gboolean usable;
  gboolean encrypted = type == TYPE ('e', 'n', 'c', 'v') || type == TYPE ('e', 'n', 'c', 'a');

  track->encrypted = track->encrypted || encrypted;
  /* A size that is not the plain 32 bits would be another elsewhere. */
  if (!encrypted && size >= BOX_HEADER + ENTRY_HEADER && size <= MAX_ENTRY
      && tyto_media_cursor_left (&body) == size - BOX_HEADER && start[0] + start[1] == 0
      && (start[2] << 8 | start[3]) == (int) size) {
    made.entry = make_entry (start, size, codec_of (type), track->video);
    usable = track->video ? read_video_entry (body, made.entry, &made.nal_length_size)
                          : read_audio_entry (body, type, made.entry);
    if (!usable)
      clear_entry (&made);
    else if (!track->video && made.entry->rate == 0)
      made.entry->rate = track->timescale;
  }
  g_array_append_val (track->entries, made);
}

static void
read_stsd (TytoMediaCursor stsd, TytoMp4InitTrack *track)
{
  TytoMediaCursor body;
  guint32 type;

  tyto_media_cursor_skip (&stsd, 4 + 4); /* version and flags, number of entries */
  while (track->entries->len < MAX_ENTRIES) {
    gsize start = stsd.position;

    if (!tyto_media_cursor_box (&stsd, &type, &body))
      break;
    read_entry (stsd.data + start, stsd.position - start, type, body, track);
  }
}

/* 8.6.6: what is empty comes first, then the first edit; what follows it is of no use live. */
static void
read_elst (TytoMediaCursor elst, Trak *trak)
{
  guint8 version = tyto_media_cursor_u8 (&elst);
  guint32 count;

  tyto_media_cursor_skip (&elst, 3);
  count = tyto_media_cursor_u32 (&elst);
  for (guint32 i = 0; i < count && !elst.failed; i++) {
    guint64 duration = version == 1 ? tyto_media_cursor_u64 (&elst) : tyto_media_cursor_u32 (&elst);
    gint64 media_at = version == 1 ? (gint64) tyto_media_cursor_u64 (&elst)
                                   : (gint32) tyto_media_cursor_u32 (&elst);

    tyto_media_cursor_skip (&elst, 4);
    if (elst.failed)
      return;
    if (media_at >= 0) {
      trak->media_at = media_at;
      return;
    }
    trak->empty += MIN (duration, G_MAXUINT32);
  }
}

static void
read_tkhd_or_mdhd (TytoMediaCursor box, guint32 type, TytoMp4InitTrack *track)
{
  guint8 version = tyto_media_cursor_u8 (&box);

  tyto_media_cursor_skip (&box, 3 + (version == 1 ? 16 : 8));
  if (type == TYPE ('t', 'k', 'h', 'd'))
    track->id = tyto_media_cursor_u32 (&box);
  else
    track->timescale = tyto_media_cursor_u32 (&box);
}

/* trak and what is in it. The depth is bounded by the types: none is in itself. */
static void
read_trak (TytoMediaCursor boxes, Trak *trak, guint32 parent)
{
  static const struct {
    guint32 parent;
    guint32 type;
  } containers[] = {
    { TYPE ('t', 'r', 'a', 'k'), TYPE ('e', 'd', 't', 's') },
    { TYPE ('t', 'r', 'a', 'k'), TYPE ('m', 'd', 'i', 'a') },
    { TYPE ('m', 'd', 'i', 'a'), TYPE ('m', 'i', 'n', 'f') },
    { TYPE ('m', 'i', 'n', 'f'), TYPE ('s', 't', 'b', 'l') },
  };
  TytoMediaCursor box;
  guint32 type;

  while (tyto_media_cursor_box (&boxes, &type, &box)) {
    for (guint i = 0; i < G_N_ELEMENTS (containers); i++)
      if (containers[i].parent == parent && containers[i].type == type)
        read_trak (box, trak, type);
    if (type == TYPE ('t', 'k', 'h', 'd') || type == TYPE ('m', 'd', 'h', 'd')) {
      read_tkhd_or_mdhd (box, type, &trak->track);
    } else if (type == TYPE ('h', 'd', 'l', 'r') && parent == TYPE ('m', 'd', 'i', 'a')) {
      tyto_media_cursor_skip (&box, 4 + 4);
      trak->handler = tyto_media_cursor_u32 (&box);
    } else if (type == TYPE ('s', 't', 's', 'd')) {
      trak->stsd = box;
    } else if (type == TYPE ('e', 'l', 's', 't')) {
      read_elst (box, trak);
    }
  }
}

static gint64
edit_shift (const Trak *trak, guint32 movie_timescale)
{
  gint64 shift = 0;

  if (movie_timescale > 0 && trak->empty <= G_MAXUINT32)
    shift = (gint64) MIN (trak->empty * trak->track.timescale / movie_timescale, MAX_SHIFT);
  return shift - CLAMP (trak->media_at, 0, MAX_SHIFT);
}

/* FALSE: the track is no sound or picture, or cannot be used. */
static gboolean
finish_track (Trak *trak, const Reading *reading)
{
  TytoMp4InitTrack *track = &trak->track;

  track->video = trak->handler == TYPE ('v', 'i', 'd', 'e');
  track->audio = trak->handler == TYPE ('s', 'o', 'u', 'n');
  if ((!track->video && !track->audio) || track->timescale == 0 || trak->stsd.data == NULL)
    return FALSE;
  track->shift = edit_shift (trak, reading->movie_timescale);
  read_stsd (trak->stsd, track);
  return track->entries->len > 0;
}

static void
add_trak (TytoMediaCursor body, Reading *reading)
{
  Trak trak = { .track.description = 1 };

  if (reading->tracks->len == MAX_TRACKS) {
    reading->others++;
    return;
  }
  trak.track.entries = g_array_new (FALSE, FALSE, sizeof (TytoMp4InitEntry));
  g_array_set_clear_func (trak.track.entries, (GDestroyNotify) clear_entry);
  read_trak (body, &trak, TYPE ('t', 'r', 'a', 'k'));
  if (finish_track (&trak, reading)) {
    g_array_append_val (reading->tracks, trak.track);
  } else {
    clear_track (&trak.track);
    reading->others++;
  }
}

/* 8.8.3 */
static void
read_trex (TytoMediaCursor trex, GArray *tracks)
{
  guint32 id;

  tyto_media_cursor_skip (&trex, 4);
  id = tyto_media_cursor_u32 (&trex);
  for (guint i = 0; i < tracks->len; i++) {
    TytoMp4InitTrack *track = &g_array_index (tracks, TytoMp4InitTrack, i);

    if (track->id != id)
      continue;
    track->description = tyto_media_cursor_u32 (&trex);
    track->duration = tyto_media_cursor_u32 (&trex);
    track->size = tyto_media_cursor_u32 (&trex);
    track->flags = tyto_media_cursor_u32 (&trex);
    return;
  }
}

/* So that what is the same is seen to be by its address. */
static void
take_again (TytoMp4InitEntry *made, const GArray *before)
{
  for (guint i = 0; i < before->len; i++) {
    const TytoMp4InitTrack *track = &g_array_index (before, TytoMp4InitTrack, i);

    for (guint j = 0; j < track->entries->len; j++) {
      TytoMediaEntry *known = g_array_index (track->entries, TytoMp4InitEntry, j).entry;

      if (known == NULL || !tyto_media_entry_equal (known, made->entry))
        continue;
      tyto_media_entry_unref (made->entry);
      made->entry = tyto_media_entry_ref (known);
      return;
    }
  }
}

static void
take_all_again (GArray *tracks, const GArray *before)
{
  for (guint i = 0; i < tracks->len; i++) {
    GArray *entries = g_array_index (tracks, TytoMp4InitTrack, i).entries;

    for (guint j = 0; j < entries->len; j++)
      if (g_array_index (entries, TytoMp4InitEntry, j).entry != NULL)
        take_again (&g_array_index (entries, TytoMp4InitEntry, j), before);
  }
}

GArray *
tyto_mp4_init_read (TytoMediaCursor moov, const GArray *before, guint *others)
{
  Reading reading = { 0 };
  TytoMediaCursor boxes = moov;
  TytoMediaCursor box;
  guint32 type;

  reading.tracks = g_array_new (FALSE, FALSE, sizeof (TytoMp4InitTrack));
  g_array_set_clear_func (reading.tracks, (GDestroyNotify) clear_track);
  while (tyto_media_cursor_box (&boxes, &type, &box))
    if (type == TYPE ('m', 'v', 'h', 'd')) {
      guint8 version = tyto_media_cursor_u8 (&box);

      tyto_media_cursor_skip (&box, 3 + (version == 1 ? 16 : 8));
      reading.movie_timescale = tyto_media_cursor_u32 (&box);
    } else if (type == TYPE ('t', 'r', 'a', 'k')) {
      add_trak (box, &reading);
    }
  while (tyto_media_cursor_box (&moov, &type, &box)) {
    TytoMediaCursor trex;

    while (type == TYPE ('m', 'v', 'e', 'x') && tyto_media_cursor_box (&box, &type, &trex)) {
      if (type == TYPE ('t', 'r', 'e', 'x'))
        read_trex (trex, reading.tracks);
      type = TYPE ('m', 'v', 'e', 'x');
    }
  }
  if (before != NULL)
    take_all_again (reading.tracks, before);
  *others = reading.others;
  return reading.tracks;
}
