/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-header.h"

#include "media/tyto-mp4-box.h"

#define SECONDS_1904_TO_1970 G_GUINT64_CONSTANT (2082844800)
#define LANGUAGE_UND         0x55c4   /* ISO 639-2 "und", three times 5 bits */
#define TKHD_ENABLED         0x000003 /* and in the movie */
#define DREF_SELF            0x000001 /* the media are in this file */

guint64
tyto_mp4_created (gint64 wall_us)
{
  return (guint64) MAX (wall_us, 0) / G_TIME_SPAN_SECOND + SECONDS_1904_TO_1970;
}

/* The picture as it is: 6.2.2 */
static void
put_unity_matrix (GByteArray *to)
{
  static const guint32 unity[] = { 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000 };

  for (guint i = 0; i < G_N_ELEMENTS (unity); i++)
    tyto_mp4_put_u32 (to, unity[i]);
}

/* Of a movie or a media, by version 1 of its header: 8.2.2.2, 8.4.2.2 */
static void
put_times (GByteArray *to, guint64 created, guint32 timescale, guint64 duration)
{
  tyto_mp4_put_u64 (to, created);
  tyto_mp4_put_u64 (to, created);
  tyto_mp4_put_u32 (to, timescale);
  tyto_mp4_put_u64 (to, duration);
}

void
tyto_mp4_put_mvhd (GByteArray *to, guint64 created, guint32 timescale, guint64 duration,
                   guint n_tracks)
{
  gsize mvhd = tyto_mp4_box_begin_full (to, "mvhd", 1, 0);

  put_times (to, created, timescale, duration);
  tyto_mp4_put_u32 (to, 0x00010000); /* rate */
  tyto_mp4_put_u16 (to, 0x0100);     /* volume */
  tyto_mp4_put_zeros (to, 10);
  put_unity_matrix (to);
  tyto_mp4_put_zeros (to, 24);
  tyto_mp4_put_u32 (to, n_tracks + 1); /* id of the next track */
  tyto_mp4_box_end (to, mvhd);
}

void
tyto_mp4_put_tkhd (GByteArray *to, guint64 created, guint32 id, guint64 duration, gboolean video,
                   guint32 width, guint32 height)
{
  gsize tkhd = tyto_mp4_box_begin_full (to, "tkhd", 1, TKHD_ENABLED);

  tyto_mp4_put_u64 (to, created);
  tyto_mp4_put_u64 (to, created);
  tyto_mp4_put_u32 (to, id);
  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u64 (to, duration);
  tyto_mp4_put_zeros (to, 8 + 4);            /* reserved, layer and group */
  tyto_mp4_put_u16 (to, video ? 0 : 0x0100); /* volume */
  tyto_mp4_put_u16 (to, 0);
  put_unity_matrix (to);
  tyto_mp4_put_u32 (to, width);
  tyto_mp4_put_u32 (to, height);
  tyto_mp4_box_end (to, tkhd);
}

void
tyto_mp4_put_media_header (GByteArray *to, guint64 created, guint32 timescale, guint64 duration,
                           gboolean video)
{
  gsize box = tyto_mp4_box_begin_full (to, "mdhd", 1, 0);

  put_times (to, created, timescale, duration);
  tyto_mp4_put_u16 (to, LANGUAGE_UND);
  tyto_mp4_put_u16 (to, 0);
  tyto_mp4_box_end (to, box);
  box = tyto_mp4_box_begin_full (to, "hdlr", 0, 0);
  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_type (to, video ? "vide" : "soun");
  tyto_mp4_put_zeros (to, 12);
  tyto_mp4_put_string (to, video ? "VideoHandler" : "SoundHandler");
  tyto_mp4_box_end (to, box);
}

void
tyto_mp4_put_media_place (GByteArray *to, gboolean video)
{
  gsize box = tyto_mp4_box_begin_full (to, video ? "vmhd" : "smhd", 0, video ? 1 : 0);
  gsize dinf;
  gsize dref;

  tyto_mp4_put_zeros (to, video ? 8 : 4);
  tyto_mp4_box_end (to, box);
  dinf = tyto_mp4_box_begin (to, "dinf");
  dref = tyto_mp4_box_begin_full (to, "dref", 0, 0);
  tyto_mp4_put_u32 (to, 1);
  box = tyto_mp4_box_begin_full (to, "url ", 0, DREF_SELF);
  tyto_mp4_box_end (to, box);
  tyto_mp4_box_end (to, dref);
  tyto_mp4_box_end (to, dinf);
}
