/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-tail.c: the end of a file: the index of a finished one, and how far the media of one
 * that was cut off by a failure of power can be believed. */
#include "media/tyto-mp4-file.h"

#include "media/tyto-media-cursor.h"
#include "media/tyto-mp4-box.h"
#include "media/tyto-mp4-moof.h"
#include "media/tyto-mp4-moov.h"

#include <string.h>

#define BOX_HEADER      8
#define MAX_INDEX       (64 * 1024 * 1024)
#define MAX_DURATION_NS (G_GUINT64_CONSTANT (86400) * 1000000000) /* of a fragment */
#define MIN_SOUND       8                   /* bytes of a sample that are not all zero */
#define MAX_MEDIA       (256 * 1024 * 1024) /* bytes of a fragment to be checked */

/* The last 4 bytes in front of @end, and the box they tell the size of. */
static gboolean
find_box_before (TytoMediaInput *input, guint64 end, guint32 type, TytoMp4Box *box, GError **error)
{
  const guint8 *bytes = end >= 4 ? tyto_media_input_peek (input, end - 4, 4, error) : NULL;
  TytoMediaCursor cursor;
  guint64 size;

  if (bytes == NULL)
    return FALSE;
  tyto_media_cursor_init (&cursor, bytes, 4);
  size = tyto_media_cursor_u32 (&cursor);
  return size >= BOX_HEADER && size <= end && tyto_mp4_file_box (input, end - size, box, error)
         && box->type == type && box->size == size;
}

static gboolean
read_entry (TytoMediaCursor *index, const TytoMp4File *self, TytoMediaFragment *fragment)
{
  fragment->offset = tyto_media_cursor_u64 (index);
  fragment->size = tyto_media_cursor_u64 (index);
  fragment->time_ns = tyto_media_cursor_u64 (index);
  fragment->duration_ns = tyto_media_cursor_u64 (index);
  fragment->frames = tyto_media_cursor_u32 (index);
  fragment->key_frames = tyto_media_cursor_u32 (index);
  fragment->track = tyto_media_cursor_u16 (index);
  fragment->key = (tyto_media_cursor_u16 (index) & TYTO_MP4_INDEX_FLAG_KEY) != 0;
  return !index->failed && fragment->track < self->tracks->len
         && fragment->duration_ns <= MAX_DURATION_NS && fragment->frames <= fragment->size
         && fragment->key_frames <= fragment->frames && fragment->size <= G_MAXINT64;
}

/* Fragments stand one behind the other between moov and the index: one flipped bit is seen. */
static gboolean
read_entries (TytoMediaCursor index, const TytoMp4File *self, guint64 end, TytoMediaFile *to)
{
  guint64 offset = self->media;
  guint32 count;

  tyto_media_cursor_skip (&index, 4);
  count = tyto_media_cursor_u32 (&index);
  for (guint32 i = 0; i < count; i++) {
    TytoMediaFragment fragment;

    if (!read_entry (&index, self, &fragment) || fragment.offset != offset
        || fragment.size > end - offset)
      return FALSE;
    offset += fragment.size;
    g_array_append_val (to->fragments, fragment);
  }
  return offset == end && tyto_media_cursor_left (&index) == TYTO_MP4_INDEX_TAIL_SIZE;
}

gboolean
tyto_mp4_file_read_index (const TytoMp4File *self, TytoMediaInput *input, TytoMediaFile *to,
                          GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  const guint8 *usertype;
  TytoMediaCursor index;
  TytoMp4Box mfra;
  TytoMp4Box box;

  if (!find_box_before (input, input->size, TYTO_MP4_TYPE ('m', 'f', 'r', 'a'), &mfra, error)
      || !find_box_before (input, mfra.offset, TYTO_MP4_TYPE ('u', 'u', 'i', 'd'), &box, error)
      || box.size > MAX_INDEX || box.offset < self->media)
    return FALSE;
  bytes
      = tyto_media_input_read (input, box.body, (gsize) (box.offset + box.size - box.body), error);
  if (bytes == NULL)
    return FALSE;
  tyto_media_cursor_init (&index, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  usertype = tyto_media_cursor_take (&index, TYTO_MP4_USERTYPE_SIZE);
  if (usertype == NULL || memcmp (usertype, tyto_mp4_index_usertype, TYTO_MP4_USERTYPE_SIZE) != 0
      || !read_entries (index, self, box.offset, to)) {
    g_array_set_size (to->fragments, 0);
    return FALSE;
  }
  return TRUE;
}

/* ISO/IEC 14496-15, 5.2.2: a length and a NAL unit, again and again; forbidden_zero_bit is 0. */
static gboolean
is_sample_of_nal_units (TytoMediaCursor sample, guint length_size)
{
  while (tyto_media_cursor_left (&sample) > 0) {
    guint64 size = tyto_media_cursor_number (&sample, length_size);
    const guint8 *unit = tyto_media_cursor_take (&sample, (gsize) size);

    if (unit == NULL || size == 0 || (unit[0] & 0x80) != 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_whole_sample (TytoMediaCursor sample, const TytoMp4TrackInfo *track)
{
  if (track->nal_length_size > 0)
    return is_sample_of_nal_units (sample, track->nal_length_size)
           && !tyto_media_has_lost_end (sample.data, sample.size);
  return sample.size < MIN_SOUND || !tyto_media_is_zero (sample.data, sample.size);
}

static gboolean
check_samples (const TytoMp4TrackInfo *track, const TytoMp4Traf *traf, const GArray *sizes,
               TytoMediaCursor fragment)
{
  if (traf->data_offset < 0)
    return TRUE;
  tyto_media_cursor_skip (&fragment, (gsize) traf->data_offset);
  for (guint i = 0; i < sizes->len; i++) {
    TytoMediaCursor sample = tyto_media_cursor_part (&fragment, g_array_index (sizes, guint32, i));

    if (sample.failed || !is_whole_sample (sample, track))
      return FALSE;
  }
  return TRUE;
}

gboolean
tyto_mp4_file_check_media (const TytoMp4File *self, TytoMediaInput *input,
                           const TytoMediaFragment *fragment, GError **error)
{
  g_autoptr (GArray) trafs = g_array_new (FALSE, FALSE, sizeof (TytoMp4Traf));
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GBytes) bytes = NULL;
  TytoMediaCursor cursor;
  TytoMediaCursor moof;
  guint32 type;

  if (fragment->size > MAX_MEDIA)
    return TRUE;
  bytes = tyto_media_input_read (input, fragment->offset, (gsize) fragment->size, error);
  if (bytes == NULL)
    return FALSE;
  tyto_media_cursor_init (&cursor, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (tyto_media_find_lost_block (cursor.data, cursor.size, fragment->offset) < cursor.size)
    return FALSE;
  if (!tyto_media_cursor_box (&cursor, &type, &moof)
      || !tyto_mp4_read_moof (moof, self->tracks, fragment->size, trafs, sizes))
    return FALSE;
  tyto_media_cursor_init (&cursor, cursor.data, cursor.size);
  /* A moof of several tracks, as others write it, is believed. */
  return trafs->len != 1
         || check_samples (&g_array_index (self->tracks, TytoMp4TrackInfo, fragment->track),
                           &g_array_index (trafs, TytoMp4Traf, 0), sizes, cursor);
}
