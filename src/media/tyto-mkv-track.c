/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mkv-track.h"

#include "media/tyto-mkv-element.h"

#include <string.h>

#define MAX_TRACKS       64
#define MAX_TEXT         1024
#define TRACK_TYPE_VIDEO 1
#define SECONDS_1970_TO_2001                                                                       \
  G_GINT64_CONSTANT (978307200)  /* dates count from 2001: RFC 8794, 7.6 */
#define WAVE_FORMAT_ALAW  0x0006 /* of A_MS/ACM, little-endian: RFC 2361 */
#define WAVE_FORMAT_MULAW 0x0007

static const char *
name_codec (const char *id, const guint8 *private, gsize private_size)
{
  static const struct {
    const char *prefix;
    const char *codec;
  } codecs[] = {
    { "V_MPEG4/ISO/AVC", "h264" },
    { "V_MPEGH/ISO/HEVC", "h265" },
    { "A_AAC", "aac" },
    { "A_OPUS", "opus" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (g_str_has_prefix (id, codecs[i].prefix))
      return codecs[i].codec;
  if (g_str_equal (id, "A_MS/ACM") && private_size >= 2) {
    guint format = private[0] | private[1] << 8;

    if (format == WAVE_FORMAT_ALAW)
      return "pcma";
    if (format == WAVE_FORMAT_MULAW)
      return "pcmu";
  }
  return "";
}

static void
read_track (TytoMediaCursor entry, GArray *tracks)
{
  TytoMkvTrack track = { .codec = "" };
  g_autofree char *codec_id = g_strdup ("");
  const guint8 *private = NULL;
  gsize private_size = 0;
  TytoMediaCursor body;
  guint32 id;

  while (tyto_mkv_element_next (&entry, &id, &body)) {
    switch (id) {
    case TYTO_MKV_TRACK_NUMBER:
      track.number = tyto_mkv_read_uint (body);
      break;
    case TYTO_MKV_TRACK_TYPE:
      track.video = tyto_mkv_read_uint (body) == TRACK_TYPE_VIDEO;
      break;
    case TYTO_MKV_CODEC_ID:
      g_free (codec_id);
      codec_id = g_strndup ((const char *) body.data, MIN (body.size, MAX_TEXT));
      break;
    case TYTO_MKV_CODEC_PRIVATE:
      private
      = body.data;
      private_size = body.size;
      break;
    case TYTO_MKV_DEFAULT_DURATION:
      track.default_duration_ns = MIN (tyto_mkv_read_uint (body), G_MAXUINT32);
      break;
    default:
      break;
    }
  }
  track.codec = name_codec (codec_id, private, private_size);
  if (tracks->len < MAX_TRACKS)
    g_array_append_val (tracks, track);
}

void
tyto_mkv_read_tracks (TytoMediaCursor body, GArray *tracks)
{
  TytoMediaCursor entry;
  guint32 id;

  while (tyto_mkv_element_next (&body, &id, &entry))
    if (id == TYTO_MKV_TRACK)
      read_track (entry, tracks);
}

/* matroskamux writes tags as GStreamer serializes it: in quotes, with backslashes. */
static void
unquote (char *text)
{
  char *to = text;

  for (const char *from = text; *from != '\0'; from++)
    if (*from != '\\' && *from != '"')
      *to++ = *from;
  *to = '\0';
}

/* Takes the words of the comment that are in @value. */
static void
take_words (TytoMediaCursor value, TytoMediaIdentity *identity)
{
  g_autofree char *text = g_strndup ((const char *) value.data, MIN (value.size, MAX_TEXT));

  unquote (text);
  tyto_media_identity_parse_comment (identity, text);
}

void
tyto_mkv_read_info (TytoMediaCursor body, guint64 *scale, gsize *duration_at,
                    TytoMediaIdentity *identity)
{
  TytoMediaCursor in = body;
  TytoMediaCursor element;
  guint32 id;

  *duration_at = 0;
  while (tyto_mkv_element_next (&in, &id, &element)) {
    if (id == TYTO_MKV_TIMESTAMP_SCALE)
      *scale = CLAMP (tyto_mkv_read_uint (element), 1, 1000000000);
    else if (id == TYTO_MKV_DURATION && element.size == 8)
      *duration_at = (gsize) (element.data - body.data);
    else if (id == TYTO_MKV_WRITING_APP)
      take_words (element, identity);
    else if (id == TYTO_MKV_DATE && element.size == 8)
      identity->wall_start_us = (gint64) tyto_mkv_read_uint (element) / 1000
                                + SECONDS_1970_TO_2001 * G_TIME_SPAN_SECOND;
  }
}

/* Of the comment's words alone we know any, so its name does not matter. */
static void
read_simple_tag (TytoMediaCursor tag, TytoMediaIdentity *identity)
{
  TytoMediaCursor value;
  guint32 id;

  while (tyto_mkv_element_next (&tag, &id, &value))
    if (id == TYTO_MKV_TAG_STRING)
      take_words (value, identity);
}

void
tyto_mkv_read_tags (TytoMediaCursor body, TytoMediaIdentity *identity)
{
  TytoMediaCursor tag;
  TytoMediaCursor simple;
  guint32 outer;
  guint32 inner;

  while (tyto_mkv_element_next (&body, &outer, &tag)) {
    if (outer != TYTO_MKV_TAG)
      continue;
    while (tyto_mkv_element_next (&tag, &inner, &simple))
      if (inner == TYTO_MKV_SIMPLE_TAG)
        read_simple_tag (simple, identity);
  }
}
