/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentjobs.h"

G_BEGIN_DECLS

/**
 * GstSegmentOpening:
 * @output: a ref
 * @opened: (nullable): the message that tells of it, not yet posted
 * @close: (nullable): it was ended by this, and is being closed
 *
 * A writer's output that is open. A writer has them in a queue, the oldest first.
 */
typedef struct {
  GstSegmentOutput *output;
  GstStructure *opened;
  GstSegmentJob *close;
} GstSegmentOpening;

void gst_segment_opening_free (GstSegmentOpening *opening);

/* That of @output. (nullable) */
GstSegmentOpening *
gst_segment_openings_find (const GQueue *openings, const GstSegmentOutput *output);

/* Whether some are being closed. */
gboolean gst_segment_openings_is_closing (const GQueue *openings);

/* Bytes that were written to them and are not known to be on the disk. */
guint64 gst_segment_openings_get_unsynced (const GQueue *openings);

G_END_DECLS
