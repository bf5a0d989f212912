/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-mp4-header.h: puts the boxes (ISO/IEC 14496-12) that head a movie, a track and its media,
 * alike in files of fragments and in joined ones.
 *
 * @created: tyto_mp4_created(); @duration: in units of the movie's, or the media's, timescale; 0 in
 * a file of fragments, whose durations are theirs.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @wall_us, since the Unix epoch, as boxes say it: in seconds since 1904. */
guint64 tyto_mp4_created (gint64 wall_us);

/* 8.2.2 */
void tyto_mp4_put_mvhd (GByteArray *to, guint64 created, guint32 timescale, guint64 duration,
                        guint n_tracks);

/* 8.3.2. @width, @height: 16.16, as shown; of sound 0 */
void tyto_mp4_put_tkhd (GByteArray *to, guint64 created, guint32 id, guint64 duration,
                        gboolean video, guint32 width, guint32 height);

/* mdhd and hdlr, with which mdia begins: 8.4.2 and 8.4.3 */
void tyto_mp4_put_media_header (GByteArray *to, guint64 created, guint32 timescale,
                                guint64 duration, gboolean video);

/* vmhd or smhd, and dinf, with which minf begins: 8.4.5 and 8.7.1 */
void tyto_mp4_put_media_place (GByteArray *to, gboolean video);

G_END_DECLS
