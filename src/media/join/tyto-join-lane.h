/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-join-lane.h: the units of one rendition, segment by segment: those that are to be joined.
 * What is missing or damaged on the way is entered as a gap, and missing time left on the timeline.
 */
#pragma once

#include "media/join/tyto-join-work.h"
#include "media/join/tyto-media-unit.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _TytoJoinLane TytoJoinLane;

/* @work outlives it. */
TytoJoinLane *tyto_join_lane_new (TytoJoinWork *work, guint rendition);
void tyto_join_lane_free (TytoJoinLane *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoJoinLane, tyto_join_lane_free)

/* Goes to the next unit. FALSE without @error: it was the last. STORAGE. */
gboolean tyto_join_lane_next (TytoJoinLane *self, GError **error);

/* The unit it is at; NULL before the first and after the last. Valid until the next one. */
const TytoMediaUnit *tyto_join_lane_get_unit (TytoJoinLane *self);
guint tyto_join_lane_get_stretch (TytoJoinLane *self);
/* Bytes of the open segment that are read. */
guint64 tyto_join_lane_get_position (TytoJoinLane *self);

G_END_DECLS
