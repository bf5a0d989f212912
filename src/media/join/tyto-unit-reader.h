/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-unit-reader.h: takes the segments of a broadcast, one after the other, apart into access
 * units: MPEG-TS (ISO/IEC 13818-1), fragmented MP4 (ISO/IEC 14496-12, RFC 8216 3.3) and packed
 * audio (RFC 8216, 3.4: ADTS with an ID3 timestamp). Which one is seen from its first bytes.
 *
 * From MPEG-TS: H.264 and H.265; AAC in ADTS, layers II and III, AC-3, E-AC-3, Opus. From packed
 * audio all of these but Opus. What is scrambled, or encrypted sample by sample, is refused.
 *
 * It trusts nothing: memory stays below 64 MiB whatever a segment holds, and whatever its bytes are
 * it ends. What is broken is passed over and counted; units around it are given. Blocking.
 */
#pragma once

#include "media/join/tyto-media-unit.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoUnitDamage: of the segment that is open.
 * @lost_packets: by the continuity counters of MPEG-TS; @bad_bytes: that belong to nothing
 * @dropped_units: access units that were broken and are not given; @other_streams: elementary
 * streams that are not joined (a second language, subtitles, unknown codecs)
 */
typedef struct {
  guint64 lost_packets;
  guint64 bad_bytes;
  guint64 dropped_units;
  guint other_streams;
} TytoUnitDamage;

typedef struct _TytoUnitReader TytoUnitReader;

TytoUnitReader *tyto_unit_reader_new (void);
void tyto_unit_reader_free (TytoUnitReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoUnitReader, tyto_unit_reader_free)

/* Opens the next segment, @path; @init: of its Media Initialization Section, NULL for none.
 * @continuous: it goes on where the one before ended: counters and timestamps are held against it
 * (33 bits wrap). FALSE: NOT_FOUND, STORAGE (I/O), INVALID_ARGUMENT (it is nothing we know,
 * encrypted, or damaged throughout). */
gboolean tyto_unit_reader_open (TytoUnitReader *self, const char *path, const char *init,
                                gboolean continuous, GError **error);

/* The next unit, in the order of the file. FALSE without @error: the segment is over. STORAGE. */
gboolean tyto_unit_reader_next (TytoUnitReader *self, TytoMediaUnit *unit, GError **error);

/* Bytes of the open segment that were read. */
guint64 tyto_unit_reader_get_position (TytoUnitReader *self);
const TytoUnitDamage *tyto_unit_reader_get_damage (TytoUnitReader *self);

G_END_DECLS
