/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-packetizer.h"
#include "sim-session.h"
#include "sim-types.h"

G_BEGIN_DECLS

/* A loop of audio packets (a beep each second), shared by all cameras; never changes. */
typedef struct _SimAudio SimAudio;

/* Blocks for some hundredths of a second. NULL and @error when the encoder is not there. */
SimAudio *sim_audio_new (SimAudioCodec codec, GError **error);
void sim_audio_free (SimAudio *self);

SimAudioTrack sim_audio_get_track (SimAudio *self);

/* Samples of a packet, in units of the track's clock. */
guint sim_audio_get_packet_samples (SimAudio *self);
const SimPacket *sim_audio_get_packet (SimAudio *self, guint64 index);

/* The SDP lines m=, a=rtpmap and a=fmtp, each ended by CR LF. */
const char *sim_audio_get_sdp (SimAudio *self);

guint8 sim_audio_encode_mulaw (gint16 sample);
guint8 sim_audio_encode_alaw (gint16 sample);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimAudio, sim_audio_free)

G_END_DECLS
