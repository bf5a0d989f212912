/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-capture-gaps.h: gaps of segmentsink as the worker's link tells them
 * (data/org.tyto.Worker1.xml). segmentsink ends a gap where a segment should begin; when that one
 * comes to nothing either, as on a full disk, it tells the next gap. Gaps of one reason between
 * which no segment was opened are one.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* TytoCaptureGaps: a plain value, zeroed before use; tyto_capture_gaps_clear() frees what it holds.
 */
typedef struct {
  GVariant *end;   /* (nullable): of a gap that is over, told when no other goes on from it */
  gint64 start_us; /* of the gap as it is told: wall clock, µs */
  guint64 frames;  /* of those it was made of, but for the last */
  guint64 bytes;
  gint64 opened_us; /* start of the last segment that was opened */
} TytoCaptureGaps;

/* Told a gap (a{sv}, Gap's dictionary); @owner is the caller's. */
typedef void (*TytoCaptureGapsTell) (gpointer owner, GVariant *gap);

/* segmentsink told @gap (floating or not), that began or ended. */
void tyto_capture_gaps_take (TytoCaptureGaps *self, GVariant *gap, TytoCaptureGapsTell tell,
                             gpointer owner);

/* A segment that begins at @start_us has its first byte: no gap goes on beyond it. */
void tyto_capture_gaps_segment_opened (TytoCaptureGaps *self, gint64 start_us,
                                       TytoCaptureGapsTell tell, gpointer owner);

/* Tells the end that is held back, if one is. */
void tyto_capture_gaps_flush (TytoCaptureGaps *self, TytoCaptureGapsTell tell, gpointer owner);

void tyto_capture_gaps_clear (TytoCaptureGaps *self);

G_END_DECLS
