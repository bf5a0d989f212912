/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-join-work.h: what the lanes of one join share. Private to the join. */
#pragma once

#include "media/join/tyto-join-source.h"
#include "media/join/tyto-join-timeline.h"
#include "media/join/tyto-join-track.h"

G_BEGIN_DECLS

/**
 * TytoJoinWork:
 * @tracks: NULL until their first unit
 * @gaps: (element-type TytoJoinGap)
 * @read: bytes of segments that are done with
 * @used: segments that gave a unit; @other_streams: whether there was something that is not joined
 */
typedef struct {
  const TytoJoinSource *source;
  TytoJoinTimeline *timeline;
  TytoJoinTrack *tracks[TYTO_JOIN_TRACKS];
  GPtrArray *gaps;
  guint64 read;
  guint64 used;
  gboolean other_streams;
} TytoJoinWork;

G_END_DECLS
