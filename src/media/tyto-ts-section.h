/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ts-section.h: puts a section (ISO/IEC 13818-1, 2.4.4) together from the packets of a PID,
 * and reads those we need: PAT, PMT and SDT (ETSI EN 300 468, 5.2.3). */
#pragma once

#include "media/tyto-media-cursor.h"
#include "media/tyto-media-identity.h"

G_BEGIN_DECLS

#define TYTO_TS_SECTION_MAX 4096 /* bytes: 12 bits of length */

typedef struct {
  guint8 data[TYTO_TS_SECTION_MAX];
  gsize size;
} TytoTsSection;

/**
 * TytoTsStream: an elementary stream of the PMT.
 * @codec: as in TytoMediaFile, or "" (static)
 */
typedef struct {
  guint pid;
  gboolean video;
  const char *codec;
} TytoTsStream;

/* Adds the payload of a packet; @start: payload_unit_start_indicator. Returns: whether the section
 * is whole now; @body is it, behind its header and without CRC, and is valid until the next call.
 */
gboolean tyto_ts_section_add (TytoTsSection *self, gboolean start, TytoMediaCursor payload,
                              guint8 *table, TytoMediaCursor *body);

/* Whether the section that tyto_ts_section_add() just gave has the CRC it tells (annex A). */
gboolean tyto_ts_section_is_intact (const TytoTsSection *self);

/* Whether it applies already: current_next_indicator (2.4.4.5). */
gboolean tyto_ts_section_is_current (const TytoTsSection *self);

/* PID of the PMT of the first program, 0 when there is none. */
guint tyto_ts_read_pat (TytoMediaCursor body);

/* Adds to @streams (element-type TytoTsStream). */
void tyto_ts_read_pmt (TytoMediaCursor body, GArray *streams);

/* Takes the identity from the service descriptor. */
void tyto_ts_read_sdt (TytoMediaCursor body, TytoMediaIdentity *identity);

G_END_DECLS
