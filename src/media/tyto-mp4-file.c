/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-file.h"

#include "media/tyto-media-format.h"
#include "media/tyto-mp4-box.h"
#include "media/tyto-mp4-moof.h"
#include "media/tyto-mp4-moov.h"

#include <string.h>

#define BOX_HEADER      8
#define BOX_SIZE_LARGE  1
#define MAX_IDENTITY    4096              /* bytes of its box */
#define MAX_FRAGMENTS   (4 * 1024 * 1024) /* a month in fragments of a second */
#define MAX_DURATION_NS (G_GUINT64_CONSTANT (86400) * 1000000000) /* of a fragment, or a hole */

gboolean
tyto_mp4_file_box (TytoMediaInput *input, guint64 offset, TytoMp4Box *box, GError **error)
{
  const guint8 *head = tyto_media_input_peek (input, offset, BOX_HEADER, error);
  TytoMediaCursor cursor;
  guint64 header = BOX_HEADER;

  if (head == NULL)
    return FALSE;
  tyto_media_cursor_init (&cursor, head, BOX_HEADER);
  box->size = tyto_media_cursor_u32 (&cursor);
  box->type = tyto_media_cursor_u32 (&cursor);
  if (box->size == BOX_SIZE_LARGE) {
    header = 2 * BOX_HEADER;
    head = tyto_media_input_peek (input, offset, header, error);
    if (head == NULL)
      return FALSE;
    tyto_media_cursor_init (&cursor, head + BOX_HEADER, BOX_HEADER);
    box->size = tyto_media_cursor_u64 (&cursor);
  }
  box->offset = offset;
  box->body = offset + header;
  return box->size >= header && box->size <= input->size - offset;
}

static GBytes *
read_body (TytoMediaInput *input, const TytoMp4Box *box, gsize limit, TytoMediaCursor *body,
           GError **error)
{
  guint64 size = box->offset + box->size - box->body;
  GBytes *bytes = size <= limit ? tyto_media_input_read (input, box->body, size, error) : NULL;

  if (bytes != NULL)
    tyto_media_cursor_init (body, g_bytes_get_data (bytes, NULL), (gsize) size);
  return bytes;
}

static gboolean
is_identity (TytoMediaInput *input, const TytoMp4Box *box)
{
  const guint8 *usertype;

  if (box->type != TYTO_MP4_TYPE ('u', 'u', 'i', 'd'))
    return FALSE;
  usertype = tyto_media_input_peek (input, box->body, TYTO_MP4_USERTYPE_SIZE, NULL);
  return usertype != NULL
         && memcmp (usertype, tyto_mp4_identity_usertype, TYTO_MP4_USERTYPE_SIZE) == 0;
}

static void
take_codecs (const TytoMp4File *self, TytoMediaFile *to)
{
  for (guint i = 0; i < self->tracks->len; i++) {
    const TytoMp4TrackInfo *track = &g_array_index (self->tracks, TytoMp4TrackInfo, i);
    char **codec = track->video ? &to->video_codec : &to->audio_codec;

    if (**codec == '\0')
      tyto_media_format_set_text (codec, track->codec);
  }
}

/* Finds moov, and our identity in front of it. Returns: whether moov is there. */
static gboolean
find_moov (TytoMp4File *self, TytoMediaInput *input, TytoMediaFile *to, TytoMp4Box *box,
           GError **error)
{
  guint64 offset = 0;

  while (tyto_mp4_file_box (input, offset, box, error)) {
    if (box->type == TYTO_MP4_TYPE ('m', 'o', 'o', 'v'))
      return TRUE;
    if (offset == 0 && box->type != TYTO_MP4_TYPE ('f', 't', 'y', 'p'))
      break;
    if (is_identity (input, box)) {
      TytoMediaCursor body;
      g_autoptr (GBytes) bytes = read_body (input, box, MAX_IDENTITY, &body, error);

      if (bytes == NULL)
        return FALSE;
      tyto_media_cursor_skip (&body, TYTO_MP4_USERTYPE_SIZE);
      self->ours = tyto_mp4_read_identity (body, &to->identity);
    }
    offset += box->size;
  }
  return FALSE;
}

/* Whether the file was cut off, or not written, in front of the end of moov. */
static gboolean
is_unfinished_start (TytoMediaInput *input)
{
  const guint8 *head = tyto_media_input_peek (input, 0, BOX_HEADER, NULL);

  return tyto_media_format_is_unwritten (input, 0, BOX_HEADER)
         || (head != NULL && memcmp (head + 4, "ftyp", 4) == 0);
}

gboolean
tyto_mp4_file_open (TytoMp4File *self, TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  g_autoptr (GBytes) moov = NULL;
  g_auto (TytoMediaIdentity) of_metadata = { 0 };
  TytoMediaCursor body;
  TytoMp4Box box;
  GError *failed = NULL;

  self->tracks = g_array_new (FALSE, FALSE, sizeof (TytoMp4TrackInfo));
  tyto_media_identity_copy (&of_metadata, &to->identity);
  if (find_moov (self, input, to, &box, &failed))
    moov = read_body (input, &box, TYTO_MP4_MAX_MOOF, &body, &failed);
  if (failed != NULL) {
    g_propagate_error (error, failed);
    return FALSE;
  }
  if (moov == NULL && is_unfinished_start (input))
    return tyto_media_format_miss (input, error);
  if (moov == NULL || !tyto_mp4_read_moov (body, self->tracks, &of_metadata))
    return tyto_media_format_refuse (input, "its start is not that of an MP4 file", error);
  if (!self->ours) {
    tyto_media_identity_clear (&to->identity);
    tyto_media_identity_copy (&to->identity, &of_metadata);
  }
  self->media = box.offset + box.size;
  take_codecs (self, to);
  return TRUE;
}

void
tyto_mp4_file_clear (TytoMp4File *self)
{
  g_clear_pointer (&self->tracks, g_array_unref);
}

/* The entry of a moof: of the reference track when that is in it (files of other writers have all
 * tracks in one). Frames of video are counted there, or those of audio. */
static TytoMediaFragment
describe (const TytoMp4File *self, const GArray *trafs)
{
  guint reference = tyto_mp4_reference_track (self->tracks);
  const TytoMp4Traf *traf = &g_array_index (trafs, TytoMp4Traf, 0);
  const TytoMp4TrackInfo *track;
  TytoMediaFragment fragment = { 0 };
  guint64 time;

  for (guint i = 1; i < trafs->len; i++)
    if (g_array_index (trafs, TytoMp4Traf, i).track == reference)
      traf = &g_array_index (trafs, TytoMp4Traf, i);
  track = &g_array_index (self->tracks, TytoMp4TrackInfo, traf->track);
  if (traf->first_offset < 0 && traf->dts < (guint64) -traf->first_offset)
    time = 0;
  else
    time = traf->dts + (guint64) traf->first_offset;
  fragment.track = traf->track;
  fragment.time_ns = tyto_mp4_units_to_ns (time, track->timescale);
  fragment.duration_ns = tyto_mp4_units_to_ns (traf->duration, track->timescale);
  fragment.frames = traf->frames;
  fragment.key_frames = traf->key_frames;
  fragment.key = traf->key || !track->video;
  return fragment;
}

/* Audio in a moof whose entry is of the video. */
static void
count_others (const TytoMp4File *self, const GArray *trafs, guint counted, TytoMediaFile *to)
{
  for (guint i = 0; i < trafs->len; i++) {
    const TytoMp4Traf *traf = &g_array_index (trafs, TytoMp4Traf, i);

    if (traf->track != counted
        && !g_array_index (self->tracks, TytoMp4TrackInfo, traf->track).video)
      to->audio_frames += traf->frames;
  }
}

/* The fragment at @moof. FALSE when it is not whole, or damaged. @ends: where each track's last
 * fragment ended, ns: what begins long before or behind that is damage. */
static gboolean
read_fragment (const TytoMp4File *self, TytoMediaInput *input, const TytoMp4Box *moof,
               guint64 *ends, TytoMediaFile *to, GError **error)
{
  g_autoptr (GArray) trafs = g_array_new (FALSE, FALSE, sizeof (TytoMp4Traf));
  g_autoptr (GBytes) bytes = NULL;
  TytoMediaFragment fragment;
  TytoMediaCursor body;
  TytoMp4Box mdat;
  guint64 *end;

  if (!tyto_mp4_file_box (input, moof->offset + moof->size, &mdat, error)
      || mdat.type != TYTO_MP4_TYPE ('m', 'd', 'a', 't'))
    return FALSE;
  bytes = read_body (input, moof, TYTO_MP4_MAX_MOOF, &body, error);
  if (bytes == NULL
      || !tyto_mp4_read_moof (body, self->tracks, mdat.offset + mdat.size - mdat.body, trafs, NULL))
    return FALSE;
  fragment = describe (self, trafs);
  fragment.offset = moof->offset;
  fragment.size = moof->size + mdat.size;
  end = &ends[fragment.track];
  if (fragment.duration_ns > MAX_DURATION_NS || fragment.time_ns > *end + MAX_DURATION_NS
      || to->fragments->len == MAX_FRAGMENTS)
    return FALSE;
  *end = fragment.time_ns + fragment.duration_ns;
  count_others (self, trafs, fragment.track, to);
  g_array_append_val (to->fragments, fragment);
  return TRUE;
}

/* Between the fragments of other writers; ours stand one behind the other. */
static gboolean
is_to_be_skipped (guint32 type)
{
  static const guint32 types[] = {
    TYTO_MP4_TYPE ('s', 't', 'y', 'p'), TYTO_MP4_TYPE ('f', 'r', 'e', 'e'),
    TYTO_MP4_TYPE ('s', 'k', 'i', 'p'), TYTO_MP4_TYPE ('s', 'i', 'd', 'x'),
    TYTO_MP4_TYPE ('u', 'u', 'i', 'd'), TYTO_MP4_TYPE ('e', 'm', 's', 'g'),
    TYTO_MP4_TYPE ('p', 'r', 'f', 't'), TYTO_MP4_TYPE ('m', 'f', 'r', 'a'),
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i] == type)
      return TRUE;
  return FALSE;
}

gboolean
tyto_mp4_file_walk (const TytoMp4File *self, TytoMediaInput *input, TytoMediaFile *to,
                    GError **error)
{
  g_autofree guint64 *ends = g_new0 (guint64, self->tracks->len);
  guint64 offset = self->media;
  gboolean ended = FALSE; /* mfra stands at the end of the file */
  GError *failed = NULL;
  TytoMp4Box box;

  while (tyto_mp4_file_box (input, offset, &box, &failed)) {
    if (box.type == TYTO_MP4_TYPE ('m', 'o', 'o', 'f')) {
      if (!read_fragment (self, input, &box, ends, to, &failed))
        break;
      offset += g_array_index (to->fragments, TytoMediaFragment, to->fragments->len - 1).size;
    } else if (!self->ours && is_to_be_skipped (box.type)) {
      offset += box.size;
      ended = box.type == TYTO_MP4_TYPE ('m', 'f', 'r', 'a') && offset == input->size;
    } else {
      break;
    }
  }
  if (failed != NULL) {
    g_propagate_error (error, failed);
    return FALSE;
  }
  to->complete = ended;
  return TRUE;
}

void
tyto_mp4_file_sum (const TytoMp4File *self, TytoMediaFile *to)
{
  guint reference = tyto_mp4_reference_track (self->tracks);

  to->duration_ns = to->frames = to->key_frames = 0;
  to->bytes = self->media;
  for (guint i = 0; i < to->fragments->len; i++) {
    const TytoMediaFragment *fragment = &g_array_index (to->fragments, TytoMediaFragment, i);

    to->bytes = fragment->offset + fragment->size;
    if (fragment->track == reference)
      to->duration_ns += fragment->duration_ns;
    if (!g_array_index (self->tracks, TytoMp4TrackInfo, fragment->track).video) {
      to->audio_frames += fragment->frames;
    } else if (fragment->track == reference) {
      to->frames += fragment->frames;
      to->key_frames += fragment->key_frames;
    }
  }
}
