/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-movie-moov.h"

#include "media/tyto-mp4-box.h"
#include "media/tyto-mp4-header.h"

#include <gio/gio.h>

#define NS                 G_GUINT64_CONSTANT (1000000000)
#define MOVIE_TIMESCALE    90000
#define VISUAL_ENTRY_BYTES 86 /* of a VisualSampleEntry (12.1.3), before its boxes */
#define BOX_HEADER         8

/* 4.3; iso4: signed composition offsets */
void
tyto_movie_put_ftyp (GByteArray *to)
{
  gsize ftyp = tyto_mp4_box_begin (to, "ftyp");

  tyto_mp4_put_type (to, "isom");
  tyto_mp4_put_u32 (to, 512);
  tyto_mp4_put_type (to, "isom");
  tyto_mp4_put_type (to, "iso2");
  tyto_mp4_put_type (to, "iso4");
  tyto_mp4_put_type (to, "mp41");
  tyto_mp4_box_end (to, ftyp);
}

static guint64
to_movie_units (guint64 units, guint32 timescale)
{
  return units / timescale * MOVIE_TIMESCALE + units % timescale * MOVIE_TIMESCALE / timescale;
}

static guint64
ns_to_movie_units (guint64 ns)
{
  return ns / NS * MOVIE_TIMESCALE + (ns % NS * MOVIE_TIMESCALE + NS / 2) / NS;
}

/* In the presentation, its beginning included. */
static guint64
track_end (const TytoMovieTrack *track)
{
  if (tyto_movie_tables_get_samples (track->tables) == 0)
    return 0;
  return ns_to_movie_units (track->start_ns)
         + to_movie_units (tyto_movie_tables_get_shown (track->tables), track->timescale);
}

static guint64
movie_duration (const TytoMovieTrack *tracks, guint n_tracks)
{
  guint64 longest = 0;

  for (guint i = 0; i < n_tracks; i++)
    longest = MAX (longest, track_end (&tracks[i]));
  return longest;
}

guint64
tyto_movie_get_duration_ns (const TytoMovieTrack *tracks, guint n_tracks)
{
  guint64 units = movie_duration (tracks, n_tracks);

  return units / MOVIE_TIMESCALE * NS + units % MOVIE_TIMESCALE * NS / MOVIE_TIMESCALE;
}

static guint32
read_u32 (const guint8 *data)
{
  return (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
}

/* The width the picture is shown at, 16.16: with the shape of its pixels (pasp; 12.1.4). */
static guint32
shown_width (const TytoMediaEntry *entry)
{
  guint64 width = (guint64) entry->width << 16;
  gsize size;
  const guint8 *box = g_bytes_get_data (entry->box, &size);
  gsize at = VISUAL_ENTRY_BYTES;

  while (at + BOX_HEADER <= size) {
    guint32 length = read_u32 (box + at);

    if (length < BOX_HEADER || length > size - at)
      break;
    if (read_u32 (box + at + 4) == TYTO_MP4_TYPE ('p', 'a', 's', 'p') && length >= 16) {
      guint32 across = read_u32 (box + at + 8);
      guint32 down = read_u32 (box + at + 12);

      if (across > 0 && down > 0 && width < G_MAXUINT64 / across)
        width = width * across / down;
      break;
    }
    at += length;
  }
  return (guint32) MIN (width, G_MAXUINT32);
}

static void
put_tkhd (GByteArray *to, const TytoMovieTrack *track, guint32 id, guint64 created)
{
  const TytoMediaEntry *entry
      = g_ptr_array_index (tyto_movie_tables_get_entries (track->tables), 0);

  tyto_mp4_put_tkhd (to, created, id, track_end (track), track->video,
                     track->video ? shown_width (entry) : 0,
                     track->video ? (guint32) entry->height << 16 : 0);
}

static void
put_edit (GByteArray *to, guint64 duration, gint64 media_time)
{
  tyto_mp4_put_u64 (to, duration);
  tyto_mp4_put_u64 (to, (guint64) media_time);
  tyto_mp4_put_u32 (to, 0x00010000); /* at normal speed */
}

/* 8.6.5 and 8.6.6: an empty edit until it begins; the media from the first time that is shown on */
static void
put_edts (GByteArray *to, const TytoMovieTrack *track)
{
  guint64 start = ns_to_movie_units (track->start_ns);
  gint64 first = tyto_movie_tables_get_first_shown (track->tables);
  gsize edts;
  gsize elst;

  if (start == 0 && first == 0)
    return;
  edts = tyto_mp4_box_begin (to, "edts");
  elst = tyto_mp4_box_begin_full (to, "elst", 1, 0);
  tyto_mp4_put_u32 (to, start > 0 ? 2 : 1);
  if (start > 0)
    put_edit (to, start, -1);
  put_edit (to, track_end (track) - start, MAX (first, 0));
  tyto_mp4_box_end (to, elst);
  tyto_mp4_box_end (to, edts);
}

/* 8.4 */
static void
put_mdia (GByteArray *to, const TytoMovieTrack *track, guint64 created, guint64 shift,
          gboolean large)
{
  gsize mdia = tyto_mp4_box_begin (to, "mdia");
  gsize minf;

  tyto_mp4_put_media_header (to, created, track->timescale,
                             tyto_movie_tables_get_duration (track->tables), track->video);
  minf = tyto_mp4_box_begin (to, "minf");
  tyto_mp4_put_media_place (to, track->video);
  tyto_movie_tables_put (track->tables, to, shift, large);
  tyto_mp4_box_end (to, minf);
  tyto_mp4_box_end (to, mdia);
}

void
tyto_movie_put_moov (GByteArray *to, const TytoMovieTrack *tracks, guint n_tracks,
                     gint64 created_us, guint64 shift, gboolean large)
{
  guint64 created = tyto_mp4_created (created_us);
  gsize moov = tyto_mp4_box_begin (to, "moov");

  tyto_mp4_put_mvhd (to, created, MOVIE_TIMESCALE, movie_duration (tracks, n_tracks), n_tracks);
  for (guint i = 0; i < n_tracks; i++) {
    gsize trak;

    if (tyto_movie_tables_get_samples (tracks[i].tables) == 0)
      continue;
    trak = tyto_mp4_box_begin (to, "trak");
    put_tkhd (to, &tracks[i], i + 1, created);
    put_edts (to, &tracks[i]);
    put_mdia (to, &tracks[i], created, shift, large);
    tyto_mp4_box_end (to, trak);
  }
  tyto_mp4_box_end (to, moov);
}
