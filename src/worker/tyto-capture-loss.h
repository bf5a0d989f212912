/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-capture-loss.h: packets that never came, as gaps "packet-loss" of the worker's link
 * (data/org.tyto.Worker1.xml). Losses less than 10 s apart are one gap; none reaches over the end
 * of a segment.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* TytoCaptureLoss: a plain value, zeroed before use. */
typedef struct {
  gboolean has_gap;
  gint64 start_us; /* wall clock, µs: from the last picture before */
  gint64 end_us;   /* to the first after */
  guint64 frames;
  guint64 packets;      /* lost in all when it was last added to */
  guint64 packets_told; /* of these, in gaps told before */
  guint64 frames_told;  /* missing, in segments told before */
} TytoCaptureLoss;

/* Packets are missing between two pictures, and @frames pictures with them; @packets: lost so far
 * in this run. Gives the gap before (Gap's dictionary, floating) when this one begins another, or
 * NULL. */
GVariant *tyto_capture_loss_add (TytoCaptureLoss *self, const char *run, gint64 start_us,
                                 gint64 end_us, guint64 frames, guint64 packets);

/* Ends the gap. Gap's dictionary (floating), or NULL when there was none. */
GVariant *tyto_capture_loss_flush (TytoCaptureLoss *self, const char *run);

/* Puts into @segment, SegmentClosed's dictionary, what of @frames, missing so far in this run, was
 * not told of one before. */
void tyto_capture_loss_insert (TytoCaptureLoss *self, guint64 frames, GVariantDict *segment);

G_END_DECLS
