/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-segment-format.h: what each format of segment gives to tyto-unit-reader.c. */
#pragma once

#include "media/join/tyto-unit-reader.h"

G_BEGIN_DECLS

/**
 * TytoSegmentFormat: a parser of one format. Its state lives as long as segments of this format
 * follow one another.
 * @detect: whether @head, the first up to 4096 bytes of a file, is of it
 * @open: begins a segment of @size bytes, mapped or read at @data as a whole (transfer none, valid
 * until the next open); @init: contents of the initialization section or NULL
 * @next: as tyto_unit_reader_next(); @position: bytes taken so far
 */
typedef struct {
  const char *name;
  gboolean (*detect) (const guint8 *head, gsize size);
  gpointer (*create) (void);
  void (*destroy) (gpointer state);
  gboolean (*open) (gpointer state, const guint8 *data, gsize size, GBytes *init,
                    gboolean continuous, TytoUnitDamage *damage, GError **error);
  gboolean (*next) (gpointer state, TytoMediaUnit *unit, TytoUnitDamage *damage, GError **error);
  gsize (*position) (gpointer state);
} TytoSegmentFormat;

extern const TytoSegmentFormat tyto_segment_format_ts;
extern const TytoSegmentFormat tyto_segment_format_mp4;
extern const TytoSegmentFormat tyto_segment_format_packed_audio;

G_END_DECLS
