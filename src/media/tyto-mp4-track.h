/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-track.h: the boxes of moov that describe a track: trak (ISO/IEC 14496-12, 8.3) with its
 * sample entry, and trex (8.8.3). */
#pragma once

#include "media/tyto-mp4-writer.h"

G_BEGIN_DECLS

/* Flags of a sample (8.8.3.1): it depends on no other; it depends on others and is no sync sample.
 */
#define TYTO_MP4_SAMPLE_SYNC     0x02000000
#define TYTO_MP4_SAMPLE_NON_SYNC 0x01010000

gboolean tyto_mp4_track_is_video (const TytoMp4Track *track);

/* What trex says of a sample when its fragment does not. */
guint32 tyto_mp4_track_default_flags (const TytoMp4Track *track);

/* The sample entry alone: what stsd holds (8.5.2). */
void tyto_mp4_put_sample_entry (GByteArray *to, const TytoMp4Track *track);

/* @id: of the track, from 1; @created: seconds since 1904, UTC */
void tyto_mp4_put_trak (GByteArray *to, const TytoMp4Track *track, guint32 id, guint64 created);

void tyto_mp4_put_trex (GByteArray *to, const TytoMp4Track *track, guint32 id);

G_END_DECLS
