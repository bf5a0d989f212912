/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-ts-packet.h"

#include "media/join/tyto-ts-clock.h"

#include <string.h>

#define SYNC_BYTE       0x47
#define HEADER          4
#define PACKETS_SURE    3
#define FLAG_PCR        0x10
#define FLAG_OPCR       0x08
#define FLAGS_MORE      0x07
#define CLOCK_REFERENCE 6 /* bytes */
#define PES_HEADER      9 /* up to PES_header_data_length */
#define PES_LENGTH_AT   6 /* bytes in front of what PES_packet_length counts */
#define PTS_SIZE        5
#define REORDER_MAX     (10 * 90000) /* ticks between decoding and showing; more is damage */

/* Of an adaptation field of @size bytes: 2.4.3.4 */
static void
read_flags (TytoTsPacket *self, guint size, guint8 flags)
{
  guint used
      = 1 + (flags & FLAG_PCR ? CLOCK_REFERENCE : 0) + (flags & FLAG_OPCR ? CLOCK_REFERENCE : 0);

  self->discontinuity = (flags & 0x80) != 0;
  self->random_access = (flags & 0x40) != 0;
  self->stuffed = (flags & FLAGS_MORE) == 0 && size > used;
}

gboolean
tyto_ts_packet_read (TytoTsPacket *self, const guint8 *bytes)
{
  guint control = bytes[3] >> 4 & 3;
  gsize at = HEADER;

  *self = (TytoTsPacket){ .pid = (guint) (bytes[1] & 0x1f) << 8 | bytes[2],
                          .error = (bytes[1] & 0x80) != 0,
                          .start = (bytes[1] & 0x40) != 0,
                          .scrambled = (bytes[3] & 0xc0) != 0,
                          .counter = bytes[3] & 15 };
  if (control & 2) {
    at += 1 + (gsize) bytes[HEADER];
    if (at > TYTO_TS_PACKET)
      return FALSE;
    self->stuffed = bytes[HEADER] == 0;
    if (bytes[HEADER] > 0)
      read_flags (self, bytes[HEADER], bytes[HEADER + 1]);
  }
  if (control & 1 && at < TYTO_TS_PACKET) {
    self->payload = bytes + at;
    self->size = TYTO_TS_PACKET - at;
  }
  return control != 0;
}

const guint8 *
tyto_ts_packet_next (const guint8 *data, gsize size, gsize *position, guint64 *bad)
{
  gsize at = *position;

  while (size - at >= TYTO_TS_PACKET && data[at] != SYNC_BYTE) {
    gsize left = size - at;
    gsize moved = TYTO_TS_PACKET;

    /* The sync byte alone may be damaged; else the next two of them tell where packets are. */
    if (left > TYTO_TS_PACKET && data[at + TYTO_TS_PACKET] != SYNC_BYTE)
      for (moved = 1; moved < left; moved++)
        if (data[at + moved] == SYNC_BYTE
            && (left - moved <= TYTO_TS_PACKET || data[at + moved + TYTO_TS_PACKET] == SYNC_BYTE))
          break;
    at += moved;
    *bad += moved;
  }
  if (size - at < TYTO_TS_PACKET) {
    *bad += size - at;
    *position = size;
    return NULL;
  }
  *position = at + TYTO_TS_PACKET;
  return data + at;
}

gboolean
tyto_ts_packet_detect (const guint8 *data, gsize size)
{
  gsize packets = 0;
  gsize at = 0;
  guint64 bad = 0;

  if (size < TYTO_TS_PACKET)
    return FALSE;
  while (tyto_ts_packet_next (data, size, &at, &bad) != NULL)
    packets++;
  /* Three quarters of it are packets; few of them must begin where they should. */
  return packets * TYTO_TS_PACKET * 4 >= (size - TYTO_TS_PACKET + 1) * 3
         && (packets >= PACKETS_SURE || (packets > 0 && data[0] == SYNC_BYTE));
}

/* 33 bits in 5 bytes with three marker bits. FALSE: one is wrong. */
static gboolean
read_time (const guint8 *from, guint64 *time)
{
  *time = (guint64) (from[0] >> 1 & 7) << 30 | (guint64) from[1] << 22
          | (guint64) (from[2] >> 1) << 15 | (guint64) from[3] << 7 | from[4] >> 1;
  return (from[0] & from[2] & from[4] & 1) != 0;
}

/* stream_id of those that have no header: table 2-22 */
static gboolean
has_header (guint8 stream)
{
  static const guint8 without[] = { 0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff };

  return memchr (without, stream, sizeof without) == NULL;
}

TytoPesRead
tyto_pes_header_read (TytoPesHeader *self, const guint8 *data, gsize size)
{
  guint length;
  gsize options;

  *self = (TytoPesHeader){ .pts = TYTO_PES_NO_TIME, .dts = TYTO_PES_NO_TIME };
  if (size >= 3 && (data[0] != 0 || data[1] != 0 || data[2] != 1))
    return TYTO_PES_BAD;
  if (size < PES_HEADER)
    return TYTO_PES_MORE;
  if (!has_header (data[3]) || (data[6] & 0xc0) != 0x80)
    return TYTO_PES_BAD;
  options = data[8];
  self->size = PES_HEADER + options;
  if (size < self->size)
    return TYTO_PES_MORE;
  length = (guint) data[4] << 8 | data[5];
  self->bounded = length != 0;
  if (self->bounded && length + PES_LENGTH_AT < self->size)
    return TYTO_PES_BAD;
  if (self->bounded)
    self->left = length + PES_LENGTH_AT - self->size;
  self->scrambled = (data[6] & 0x30) != 0;
  if (data[7] & 0x80 && options >= PTS_SIZE && read_time (data + PES_HEADER, &self->pts)) {
    self->dts = self->pts;
    if (data[7] & 0x40
        && (options < 2 * PTS_SIZE || !read_time (data + PES_HEADER + PTS_SIZE, &self->dts)
            || ABS (tyto_ts_clock_distance (self->dts, self->pts)) > REORDER_MAX))
      self->pts = self->dts = TYTO_PES_NO_TIME;
  } else {
    self->pts = TYTO_PES_NO_TIME;
  }
  return TYTO_PES_READ;
}
