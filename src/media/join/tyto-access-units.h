/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-access-units.h: takes a byte stream of NAL units (ISO/IEC 14496-10, annex B; 23008-2, annex
 * B) apart into access units as an MP4 holds them. Both fields of a frame are one unit.
 *
 * A unit ends where the next one begins: it is known when the bytes behind it are there. Units may
 * share a PES packet or take several; delimiters are not needed.
 */
#pragma once

#include "media/join/tyto-nal-codec.h"
#include "media/join/tyto-unit-reader.h"

G_BEGIN_DECLS

#define TYTO_NO_TIME G_MININT64

typedef struct _TytoAccessUnits TytoAccessUnits;

TytoAccessUnits *tyto_access_units_new (const TytoNalCodec *codec);
void tyto_access_units_free (TytoAccessUnits *self);

/* The bytes that follow belong to a PES packet with these times (90 kHz; both TYTO_NO_TIME for
 * none): they are those of the first access unit that begins in it (ISO/IEC 13818-1, 2.4.3.7).
 * @random_access: random_access_indicator */
void tyto_access_units_mark (TytoAccessUnits *self, gint64 pts, gint64 dts, gboolean random_access);

void tyto_access_units_feed (TytoAccessUnits *self, const guint8 *data, gsize size);

/* Bytes are missing here: the unit they are of will not be given. */
void tyto_access_units_lose (TytoAccessUnits *self);

/* The next unit. FALSE: more bytes are needed. @end: no more bytes will come for the last unit. */
gboolean tyto_access_units_next (TytoAccessUnits *self, gboolean end, TytoMediaUnit *unit,
                                 TytoUnitDamage *damage);

/* Begins anew, without what is not whole; parameter sets stay known. */
void tyto_access_units_reset (TytoAccessUnits *self, TytoUnitDamage *damage);

G_END_DECLS
