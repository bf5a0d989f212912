/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-segment-list.h: the segments of one rendition of a broadcast, in their order: what was
 * listed so far, and what of a new view (TytoSourceView) is new.
 *
 * A playlist's segments are told apart by their media sequence numbers (RFC 8216, 6.2.2); objects
 * that no playlist names by their names. A playlist that begins anew (its numbers go back, and
 * others stand behind them) begins an epoch: all in it is new, behind a discontinuity. An older
 * copy of a playlist, as a cache gives it, is none.
 */
#pragma once

#include "collector/tyto-source-view.h"
#include "media/hls/tyto-hls-journal.h"

G_BEGIN_DECLS

/**
 * TytoListedSegment:
 * @record: as in the journal
 * @entry: how it is fetched; NULL: from an earlier process, and not seen since
 * @tries: that the source had no good answer to; @failures: all that came to nothing, one after
 * the other; @begun_us, @failed_us: the last one's times, @not_before_us: when the next one may be
 * (g_get_monotonic_time ())
 * @fetching: it is being fetched; @unwritten: states of it that are not on the disk yet
 * @is_init: no segment but a Media Initialization Section
 */
typedef struct {
  TytoHlsSegment *record;
  TytoSourceEntry *entry;
  guint epoch;
  guint tries;
  guint failures;
  gint64 begun_us;
  gint64 failed_us;
  gint64 not_before_us;
  gboolean fetching;
  guint unwritten;
  gboolean is_init;
} TytoListedSegment;

/* @record, @entry: taken; @entry may be NULL. */
TytoListedSegment *tyto_listed_segment_new (TytoHlsSegment *record, TytoSourceEntry *entry);
void tyto_listed_segment_free (TytoListedSegment *self);

typedef struct _TytoSegmentList TytoSegmentList;

TytoSegmentList *tyto_segment_list_new (guint rendition);
void tyto_segment_list_free (TytoSegmentList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSegmentList, tyto_segment_list_free)

/* Appends @record (taken), of the journal; in order. */
TytoListedSegment *tyto_segment_list_restore (TytoSegmentList *self, TytoHlsSegment *record);

/* Whether @view, of a playlist alone, may have passed segments unseen: it has a hole behind what is
 * known, or nothing is known that it could go on from. */
gboolean tyto_segment_list_has_hole (TytoSegmentList *self, const TytoSourceView *view);

/* Appends what is new in @view, and refreshes how the known ones are fetched. @final: trailing
 * entries count, too. @added: (element-type TytoListedSegment) (transfer none): the new ones, what
 * was passed unseen, and those of which more is known now, are appended to it. */
void tyto_segment_list_take (TytoSegmentList *self, const TytoSourceView *view, gboolean final,
                             GPtrArray *added);

/* (element-type TytoListedSegment) (transfer none) */
GPtrArray *tyto_segment_list_get_segments (TytoSegmentList *self);

G_END_DECLS
