/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-types.h"

G_BEGIN_DECLS

/* Largest RTP payload: a packet of it fits an Ethernet frame. */
#define SIM_PAYLOAD_MAX 1400

/* One RTP payload; the bytes belong to whoever laid them out. */
typedef struct {
  const guint8 *data;
  guint32 size;
} SimPacket;

/* One NAL unit, without start code. */
typedef struct {
  const guint8 *data;
  gsize size;
} SimNal;

/* Splits an Annex B byte stream into its NAL units. Returns: (element-type SimNal) pointing
 * into @data. */
GArray *sim_nal_split (const guint8 *data, gsize size);

/* nal_unit_type: H.264 7.4.1, H.265 7.4.2.2. */
guint sim_nal_type (SimCodec codec, const guint8 *nal);

/* Lays out RTP payloads one behind the other in a blob of its own. */
typedef struct _SimPacketizer SimPacketizer;

SimPacketizer *sim_packetizer_new (SimCodec codec);
void sim_packetizer_free (SimPacketizer *self);

/* Adds @nal as a single NAL unit packet, or as fragmentation units when it is larger than
 * SIM_PAYLOAD_MAX (RFC 6184 5.8 FU-A; RFC 7798 4.4.3). */
void sim_packetizer_add (SimPacketizer *self, const guint8 *nal, gsize size);

guint sim_packetizer_get_n_packets (SimPacketizer *self);

/* Ends laying out. Returns: (element-type SimPacket), whose bytes live as long as @bytes. */
GArray *sim_packetizer_finish (SimPacketizer *self, GBytes **bytes);

/* Writes @n_nals into one aggregation packet (RFC 6184 5.7.1 STAP-A; RFC 7798 4.4.2 AP) and
 * appends it to @out. */
void sim_packetizer_aggregate (SimCodec codec, const SimNal *nals, guint n_nals, GByteArray *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPacketizer, sim_packetizer_free)

G_END_DECLS
