/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-join-timeline.h: where the units of a broadcast's segments stand in the recording: their
 * time at the source plus the offset of their stretch.
 *
 * A stretch is what lies between two discontinuities. Those the playlist tells
 * (EXT-X-DISCONTINUITY) are begun with what is known of them; those it does not tell, and wraps of
 * 33 bits, are seen from the times: one that fits no stretch is a fault of one unit until the next
 * one agrees with it. The track that sees a stretch first sets its offset; the other follows, so
 * that sound and picture are moved by the same.
 *
 * All times are ns. Not thread-safe.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  TYTO_JOIN_VIDEO,
  TYTO_JOIN_AUDIO,
  TYTO_JOIN_TRACKS,
} TytoJoinTrackKind;

#define TYTO_JOIN_NO_TIME G_MININT64

typedef struct _TytoJoinTimeline TytoJoinTimeline;

TytoJoinTimeline *tyto_join_timeline_new (void);
void tyto_join_timeline_free (TytoJoinTimeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoJoinTimeline, tyto_join_timeline_free)

/* Begins @stretch (the number of discontinuities that were told before it), once. @first: when each
 * track is shown first in it, at the source; TYTO_JOIN_NO_TIME: not known. No track overlaps what
 * it had before, and one of them leaves no time. */
void tyto_join_timeline_begin (TytoJoinTimeline *self, guint stretch,
                               const gint64 first[TYTO_JOIN_TRACKS]);

/* The offset of a unit of @stretch that is decoded at @dts and shown at @pts. @wraps: its times are
 * of 33 bits of 90 kHz. */
gint64 tyto_join_timeline_place (TytoJoinTimeline *self, TytoJoinTrackKind track, guint stretch,
                                 gint64 dts, gint64 pts, gboolean wraps);

/* What of @track was placed last is decoded until @next and shown until @shown, in the recording.
 */
void tyto_join_timeline_advance (TytoJoinTimeline *self, TytoJoinTrackKind track, gint64 next,
                                 gint64 shown);

/* @ns of @track are missing from here on. */
void tyto_join_timeline_leave (TytoJoinTimeline *self, TytoJoinTrackKind track, gint64 ns);

/* What is missing of @track since it went on last. */
gint64 tyto_join_timeline_get_missing (const TytoJoinTimeline *self, TytoJoinTrackKind track);

/* Until when @track is shown, in the recording; TYTO_JOIN_NO_TIME before its first unit. */
gint64 tyto_join_timeline_get_shown (const TytoJoinTimeline *self, TytoJoinTrackKind track);

#define TYTO_JOIN_LIMIT (G_GINT64_CONSTANT (1) << 61) /* 73 years, in ns */

/* @value × @multiplier / @divisor, rounded; what is beyond ±TYTO_JOIN_LIMIT becomes that. */
gint64 tyto_join_scale (gint64 value, gint64 multiplier, gint64 divisor);

G_END_DECLS
