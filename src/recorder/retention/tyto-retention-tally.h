/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-retention-tally.h: what goes, or went, of one camera. */
#pragma once

#include "recorder/retention/tyto-retention-policy.h"
#include "store/tyto-segment.h"

G_BEGIN_DECLS

/**
 * TytoRetentionTally: one camera of a run.
 * @cutoff_us: what ended by then goes; -1: nothing does for its age
 * @limit_bytes: what the newest segments may have; 0: no limit
 * @counted_bytes: of all its segments that no clip keeps, as far as they were counted
 * @oldest_us, @newest_us: start of the first and last that go, -1 for none
 * @kept_us: start of the first that stays, as far as is known; -1: not yet
 * @items: (element-type GVariant): each that goes; NULL when they are not listed
 */
typedef struct {
  char *camera;
  gint64 cutoff_us;
  guint64 limit_bytes;
  guint64 counted_bytes;
  guint64 segments;
  guint64 bytes;
  guint64 thumbnails;
  gint64 oldest_us;
  gint64 newest_us;
  gint64 kept_us;
  GPtrArray *items;
} TytoRetentionTally;

TytoRetentionTally *
tyto_retention_tally_new (const char *camera, const TytoRetentionPromise *promise);
void tyto_retention_tally_free (TytoRetentionTally *self);

/* Whether anything of the camera may go at all. */
gboolean tyto_retention_tally_is_limited (const TytoRetentionTally *self);

/* Whether @segment, the oldest that is left, goes; then it is counted. */
gboolean tyto_retention_tally_take (TytoRetentionTally *self, const TytoSegment *segment);

/* That many did not go after all. */
void tyto_retention_tally_put_back (TytoRetentionTally *self, guint64 segments, guint64 bytes);
/* Tells @segment among its items. */
void tyto_retention_tally_list (TytoRetentionTally *self, const TytoSegment *segment);

/* Thumbnails that were taken before go with the segments; -1: none do. */
gint64 tyto_retention_tally_get_thumbnails_us (const TytoRetentionTally *self);

/* a{sv}, floating: see tyto-retention-run.h. */
GVariant *tyto_retention_tally_to_variant (const TytoRetentionTally *self);

G_END_DECLS
