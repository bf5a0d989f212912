/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ts-packet.h: packets of a transport stream (ISO/IEC 13818-1, 2.4.3) in memory, and what
 * stands in front of the payload of PES packets (2.4.3.6). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_TS_PACKET 188

typedef struct {
  guint pid;
  gboolean error; /* transport_error_indicator */
  gboolean start; /* payload_unit_start_indicator */
  gboolean scrambled;
  gboolean discontinuity;
  gboolean random_access;
  gboolean stuffed; /* so that a PES packet ends with it */
  guint8 counter;
  const guint8 *payload; /* NULL: there is none */
  gsize size;
} TytoTsPacket;

/* FALSE: it is damaged. */
gboolean tyto_ts_packet_read (TytoTsPacket *self, const guint8 *bytes);

/* The packet at or behind @position, which is moved behind it; NULL: there is no more. @bad: bytes
 * that were passed over are added. */
const guint8 *tyto_ts_packet_next (const guint8 *data, gsize size, gsize *position, guint64 *bad);

/* Whether @data looks like packets. */
gboolean tyto_ts_packet_detect (const guint8 *data, gsize size);

#define TYTO_PES_HEADER_MAX (9 + 255)
#define TYTO_PES_NO_TIME    G_MAXUINT64

/**
 * TytoPesHeader:
 * @size: of itself; @left: bytes of payload, when @bounded
 * @pts, @dts: of 33 bits; both or neither
 */
typedef struct {
  gsize size;
  gboolean bounded;
  gsize left;
  gboolean scrambled;
  guint64 pts;
  guint64 dts;
} TytoPesHeader;

typedef enum {
  TYTO_PES_READ,
  TYTO_PES_MORE, /* more bytes are needed */
  TYTO_PES_BAD,
} TytoPesRead;

TytoPesRead tyto_pes_header_read (TytoPesHeader *self, const guint8 *data, gsize size);

G_END_DECLS
