/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-packetizer.h"
#include "sim-types.h"

G_BEGIN_DECLS

/* The loop of one stream, packetised once and shared by all cameras that look alike. It never
 * changes after sim_media_new(). */
typedef struct _SimMedia SimMedia;

/* One access unit without its first packet, which carries the stamp (and the parameter sets at a
 * key frame) and so differs with each frame: see sim_media_write_first_packet(). */
typedef struct {
  const SimPacket *packets;
  guint n_packets;
  guint size;    /* bytes of all packets */
  guint display; /* place in capture order within the loop */
} SimAccessUnit;

/* As sim_encoder_encode(): blocks, any thread. */
SimMedia *
sim_media_new (const SimVideoConfig *config, guint number, const char *cache_dir, GError **error);
SimMedia *sim_media_ref (SimMedia *self);
void sim_media_unref (SimMedia *self);

const SimVideoConfig *sim_media_get_config (SimMedia *self);

/* The access unit at place @position of a GOP, counted in decode order from its key frame at 0;
 * @display is set to its place in capture order. */
const SimAccessUnit *sim_media_get_unit (SimMedia *self, guint64 position, guint64 *display);

/* The number of frames between two key frames when @seconds are wanted (negative: endless, which
 * gives 0). A loop with B frames has one GOP length only. */
guint sim_media_gop_frames (SimMedia *self, gdouble seconds);

/* Puts the RTP payload of a frame's first packet into @out: the parameter sets if @key, and the
 * SEI NAL unit @sei. */
void sim_media_write_first_packet (SimMedia *self, gboolean key, const guint8 *sei, gsize sei_size,
                                   GByteArray *out);

/* The value of a=fmtp without payload type (RFC 6184 8.2.1, RFC 7798 7.2.1). Returns: (transfer
 * full) */
char *sim_media_get_fmtp (SimMedia *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimMedia, sim_media_unref)

G_END_DECLS
