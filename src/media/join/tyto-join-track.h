/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-join-track.h: makes samples of a track of the MP4 out of units that have their place in the
 * recording. Its timescale is the first unit's, of sound from MPEG-TS the sample rate.
 *
 * Frames of sound last what they hold: their times at the source, rounded to 90 kHz or worse, are
 * followed to within 5 ms, by a millisecond a frame; what is farther off is a gap, or overlaps and
 * is left out.
 */
#pragma once

#include "media/join/tyto-movie-writer.h"

G_BEGIN_DECLS

typedef struct _TytoJoinTrack TytoJoinTrack;

/* @first: its first unit. @writer outlives it. */
TytoJoinTrack *tyto_join_track_new (TytoMovieWriter *writer, const TytoMediaUnit *first);
void tyto_join_track_free (TytoJoinTrack *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoJoinTrack, tyto_join_track_free)

/* Adds @unit, @offset_ns from its place at the source. @next, @shown: (out): until when it is
 * decoded and shown by its own times, ns in the recording. */
gboolean tyto_join_track_add (TytoJoinTrack *self, const TytoMediaUnit *unit, gint64 offset_ns,
                              gint64 *next, gint64 *shown, GError **error);

/* When its first one is shown, ns in the recording. */
gint64 tyto_join_track_get_begin (const TytoJoinTrack *self);

/* Time between frames, longer than one should last, since the last call; ns. */
gint64 tyto_join_track_take_holes (TytoJoinTrack *self);

guint64 tyto_join_track_get_frames (const TytoJoinTrack *self);
guint64 tyto_join_track_get_keys (const TytoJoinTrack *self);
/* Of its first unit. (transfer none) */
const TytoMediaEntry *tyto_join_track_get_entry (const TytoJoinTrack *self);

/* Ends it: @start_ns: where its beginning is in the presentation. Its last frame stands @longer_ns
 * beyond its time. */
void tyto_join_track_end (TytoJoinTrack *self, gint64 start_ns, gint64 longer_ns);

G_END_DECLS
