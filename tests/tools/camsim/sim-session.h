/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "sim-connection.h"
#include "sim-packetizer.h"
#include "sim-types.h"

G_BEGIN_DECLS

/* What is wrong with a camera's RTP timestamps of video. */
typedef enum {
  SIM_STAMPS_GOOD,
  SIM_STAMPS_SAME, /* each second frame has the timestamp of the one before */
  SIM_STAMPS_BACK, /* each tenth frame is stamped three frames earlier */
  SIM_N_STAMPS,
} SimStamps;

/* How a camera misbehaves. */
typedef struct {
  gboolean silent;     /* keeps connections open and sends no media */
  gboolean deaf;       /* answers no request either */
  gboolean audio_dead; /* sends no audio though it is described */
  gdouble loss;        /* share of RTP packets that are not sent, 0 to 1 */
  gdouble audio_loss;  /* of the sound's, instead where it is more */
  gint64 clock_offset; /* µs by which the camera's clock is wrong (RTCP) */
  gint64 jump;         /* µs by which RTP timestamps have jumped */
  guint refuse;        /* RTSP status for each request, 0: none */
  gdouble reorder;     /* share of a frame's RTP packets that change places, 0 to 1 */
  gint64 pace;         /* µs between two video frames, the others are not sent; 0: all are */
  SimStamps stamps;
  gint64 away_until; /* CLOCK_MONOTONIC µs: each connection is shut down before */
} SimFaults;

/* One client's RTSP session: up to two tracks, each with its own SSRC, sequence numbers and first
 * timestamp. */
typedef struct _SimSession SimSession;

/* What is sent to all sessions of a stream at one time. */
typedef struct {
  SimTrackKind track;
  const SimPacket *packets;
  guint n_packets;
  gboolean marker; /* on the last packet */
  gboolean key;
  guint64 number;    /* frame number of video */
  guint64 timestamp; /* in units of the track's clock since the simulator's start */
  guint64 duration;  /* of a video frame, in the same units */
} SimFrame;

/* How audio stands in RTP. */
typedef struct {
  guint clock_rate; /* Hz */
  guint8 payload_type;
} SimAudioTrack;

#define SIM_VIDEO_PAYLOAD_TYPE 96

/* @faults outlives the session. */
SimSession *sim_session_new (SimLoop *loop, const SimFaults *faults, const SimAudioTrack *audio,
                             gboolean start_at_key);
void sim_session_free (SimSession *self);

const char *sim_session_get_id (SimSession *self);
SimConnection *sim_session_get_connection (SimSession *self); /* nullable */
gboolean sim_session_is_tcp (SimSession *self);
gboolean sim_session_is_playing (SimSession *self);
gboolean sim_session_has_track (SimSession *self, SimTrackKind track);

/* Returns: (transfer full) the Transport header of the answer, or NULL and @error. */
char *sim_session_setup (SimSession *self, SimTrackKind track, const SimTransport *transport,
                         SimConnection *connection, GError **error);
void sim_session_play (SimSession *self);
void sim_session_pause (SimSession *self);

/* The connection is gone; a UDP session lives on. */
void sim_session_forget_connection (SimSession *self);

void sim_session_send (SimSession *self, const SimFrame *frame);

/* Sends a sender report for each track; @elapsed: µs since the simulator's start, @wall the true
 * time of the same moment. */
void sim_session_report (SimSession *self, gint64 elapsed, gint64 wall);

/* Seq and RTP time that the next packet of @track will have (RFC 2326 12.33). */
void sim_session_get_rtp_info (SimSession *self, SimTrackKind track, guint64 timestamp,
                               guint16 *seq, guint32 *rtptime);

/* A camera that restarts its encoder: new SSRC and sequence numbers, and, if @timestamps, RTP
 * timestamps from another start. */
void sim_session_renew_ssrc (SimSession *self, gboolean timestamps);

/* Notes a request of the client, or an interleaved packet on @channel. */
void sim_session_note_request (SimSession *self, const char *method);
void
sim_session_note_interleaved (SimSession *self, guint channel, const guint8 *packet, gsize size);

/* CLOCK_MONOTONIC µs of the last sign of life. */
gint64 sim_session_get_last_request (SimSession *self);
gint64 sim_session_get_last_rtcp (SimSession *self);

/* Adds the session's counters as an object. */
void sim_session_describe (SimSession *self, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimSession, sim_session_free)

G_END_DECLS
