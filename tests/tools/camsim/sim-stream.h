/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

#include "sim-audio.h"
#include "sim-media.h"
#include "sim-session.h"

G_BEGIN_DECLS

/* One live stream of a camera. Its frames are numbered from 0 at the simulator's start and go by
 * whether anybody watches or not; without sessions it costs nothing. */
typedef struct _SimStream SimStream;

/* @start: CLOCK_MONOTONIC µs of frame 0. @audio: no-ref, nullable. Takes @media. */
SimStream *sim_stream_new (guint camera, SimStreamKind kind, SimMedia *media, SimAudio *audio,
                           const SimFaults *faults, gint64 start);
void sim_stream_free (SimStream *self);

SimStreamKind sim_stream_get_kind (SimStream *self);
SimMedia *sim_stream_get_media (SimStream *self);
SimAudio *sim_stream_get_audio (SimStream *self); /* nullable */

/* Sends what is due at @now; returns when the next thing is, G_MAXINT64 when nobody watches. */
gint64 sim_stream_tick (SimStream *self, gint64 now);

/* The stream sends to the session until it is removed. */
void sim_stream_add_session (SimStream *self, SimSession *session);
void sim_stream_remove_session (SimStream *self, SimSession *session);

/* Timestamp (units of the track's clock) of the next thing sent on @track. */
guint64 sim_stream_get_next_timestamp (SimStream *self, SimTrackKind track);
gint64 sim_stream_get_start (SimStream *self);

/* Seconds between key frames from now on, negative: endless. FALSE when the stream has B frames,
 * whose loop cannot be stretched. */
gboolean sim_stream_set_gop (SimStream *self, gdouble seconds);

/* Makes the next frame a key frame; with B frames the next GOP starts as planned. */
void sim_stream_force_key (SimStream *self);

/* Takes @media, which replaces the present one at the next frame, a key frame then; with B frames
 * at the next GOP. */
void sim_stream_set_media (SimStream *self, SimMedia *media);

/* From now on a line "CAMERA FRAME NS" for each video frame whose last byte a TCP connection has
 * just taken; NS: CLOCK_MONOTONIC. @log: no-ref, nullable */
void sim_stream_set_sent_log (SimStream *self, FILE *log);

void sim_stream_describe (SimStream *self, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimStream, sim_stream_free)

G_END_DECLS
