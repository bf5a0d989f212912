/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-session.h"

#include <string.h>

#include "sim-rtcp.h"
#include "sim-udp.h"

#define VIDEO_CLOCK_RATE   90000
#define INTERLEAVED_HEADER 4  /* RFC 2326 10.12 */
#define RTP_HEADER         12 /* RFC 3550 5.1 */
#define PACKET_HEADER      (INTERLEAVED_HEADER + RTP_HEADER)

typedef struct {
  gboolean set_up;
  gboolean tcp;
  guint8 channels[2];
  SimUdp *udp; /* nullable: interleaved */
  guint clock_rate;
  guint8 payload_type;
  guint32 ssrc;
  guint16 seq;
  guint32 base; /* RTP time of the simulator's start */
  guint32 packets;
  guint32 octets;
} SimTrack;

struct _SimSession {
  SimLoop *loop; /* no-ref */
  char *id;
  const SimFaults *faults;   /* no-ref */
  SimConnection *connection; /* no-ref, nullable */
  SimTrack tracks[SIM_N_TRACKS];
  gboolean playing;
  gboolean waits_for_key;
  gint64 paced; /* when a video frame was last let through */
  gint64 last_request;
  gint64 last_rtcp;
  GArray *headers;  /* (element-type guint8[PACKET_HEADER]) of the frame being sent */
  GArray *vectors;  /* (element-type struct iovec) two for each packet */
  GArray *messages; /* (element-type struct mmsghdr) one for each packet */
  guint64 frames, key_frames, first_frame, last_frame;
  guint64 dropped, damaged, lost_packets, reordered_packets, packets, bytes, audio_packets;
  guint64 requests, keepalives, receiver_reports;
};

static void
renew_track (SimTrack *track)
{
  track->ssrc = g_random_int ();
  track->seq = g_random_int ();
  track->packets = 0;
  track->octets = 0;
}

SimSession *
sim_session_new (SimLoop *loop, const SimFaults *faults, const SimAudioTrack *audio,
                 gboolean start_at_key)
{
  SimSession *self = g_new0 (SimSession, 1);

  self->loop = loop;
  self->id = g_strdup_printf ("%08X%08X", g_random_int (), g_random_int ());
  self->faults = faults;
  self->waits_for_key = start_at_key;
  self->last_request = self->last_rtcp = g_get_monotonic_time ();
  self->headers = g_array_new (FALSE, FALSE, PACKET_HEADER);
  self->vectors = g_array_new (FALSE, FALSE, sizeof (struct iovec));
  self->messages = g_array_new (FALSE, TRUE, sizeof (struct mmsghdr));
  self->tracks[SIM_TRACK_VIDEO].clock_rate = VIDEO_CLOCK_RATE;
  self->tracks[SIM_TRACK_VIDEO].payload_type = SIM_VIDEO_PAYLOAD_TYPE;
  self->tracks[SIM_TRACK_AUDIO].clock_rate = audio->clock_rate;
  self->tracks[SIM_TRACK_AUDIO].payload_type = audio->payload_type;
  for (guint i = 0; i < SIM_N_TRACKS; i++) {
    renew_track (&self->tracks[i]);
    self->tracks[i].base = g_random_int ();
  }
  return self;
}

void
sim_session_free (SimSession *self)
{
  for (guint i = 0; i < SIM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i].udp, sim_udp_free);
  g_array_unref (self->headers);
  g_array_unref (self->vectors);
  g_array_unref (self->messages);
  g_free (self->id);
  g_free (self);
}

const char *
sim_session_get_id (SimSession *self)
{
  return self->id;
}

SimConnection *
sim_session_get_connection (SimSession *self)
{
  return self->connection;
}

gboolean
sim_session_is_tcp (SimSession *self)
{
  for (guint i = 0; i < SIM_N_TRACKS; i++)
    if (self->tracks[i].set_up && self->tracks[i].tcp)
      return TRUE;
  return FALSE;
}

gboolean
sim_session_is_playing (SimSession *self)
{
  return self->playing;
}

gboolean
sim_session_has_track (SimSession *self, SimTrackKind track)
{
  return self->tracks[track].set_up;
}

static void
note_rtcp (SimSession *self, const guint8 *packet, gsize size)
{
  self->last_rtcp = g_get_monotonic_time ();
  if (sim_rtcp_is_report (packet, size))
    self->receiver_reports++;
}

static void
on_udp_rtcp (const guint8 *packet, gsize size, gpointer data)
{
  note_rtcp (data, packet, size);
}

char *
sim_session_setup (SimSession *self, SimTrackKind kind, const SimTransport *transport,
                   SimConnection *connection, GError **error)
{
  SimTrack *track = &self->tracks[kind];

  self->connection = connection;
  g_clear_pointer (&track->udp, sim_udp_free);
  track->tcp = transport->tcp;
  if (transport->tcp) {
    int first = transport->channels[0] >= 0 ? transport->channels[0] : (int) kind * 2;

    track->channels[0] = first;
    track->channels[1] = transport->channels[1] >= 0 ? transport->channels[1] : first + 1;
    track->set_up = TRUE;
    return g_strdup_printf ("RTP/AVP/TCP;unicast;interleaved=%u-%u;ssrc=%08X", track->channels[0],
                            track->channels[1], track->ssrc);
  } else {
    socklen_t size;
    const struct sockaddr *local = sim_connection_get_local (connection, &size);
    const struct sockaddr *peer = sim_connection_get_peer (connection, &size);

    track->udp = sim_udp_new (self->loop, local, peer, transport->ports, on_udp_rtcp, self, error);
    if (track->udp == NULL)
      return NULL;
    track->set_up = TRUE;
    return g_strdup_printf ("RTP/AVP;unicast;client_port=%u-%u;server_port=%u-%u;ssrc=%08X",
                            transport->ports[0], transport->ports[1], sim_udp_get_port (track->udp),
                            sim_udp_get_port (track->udp) + 1, track->ssrc);
  }
}

void
sim_session_play (SimSession *self)
{
  self->playing = TRUE;
}

void
sim_session_pause (SimSession *self)
{
  self->playing = FALSE;
}

void
sim_session_forget_connection (SimSession *self)
{
  self->connection = NULL;
}

static void
write_header (SimTrack *track, guint8 *out, gsize payload, gboolean marker, guint32 timestamp)
{
  gsize size = RTP_HEADER + payload;
  guint16 seq = GUINT16_TO_BE (track->seq);
  guint32 big_timestamp = GUINT32_TO_BE (timestamp);
  guint32 ssrc = GUINT32_TO_BE (track->ssrc);

  out[0] = '$';
  out[1] = track->channels[0];
  out[2] = size >> 8;
  out[3] = size & 0xff;
  out[4] = 2 << 6;
  out[5] = (marker ? 0x80 : 0) | track->payload_type;
  memcpy (out + 6, &seq, 2);
  memcpy (out + 8, &big_timestamp, 4);
  memcpy (out + 12, &ssrc, 4);
}

static guint32
rtp_time (SimSession *self, SimTrack *track, guint64 timestamp)
{
  return track->base + (guint32) timestamp
         + (guint32) (self->faults->jump * (gint64) track->clock_rate / G_USEC_PER_SEC);
}

/* The RTP timestamp of a frame, wrong where the camera is. */
static guint32
frame_rtp_time (SimSession *self, SimTrack *track, const SimFrame *frame)
{
  guint32 timestamp = rtp_time (self, track, frame->timestamp);
  guint64 back = 0;

  if (frame->track != SIM_TRACK_VIDEO)
    return timestamp;
  if (self->faults->stamps == SIM_STAMPS_SAME && frame->number % 2 == 1)
    back = 1;
  if (self->faults->stamps == SIM_STAMPS_BACK && frame->number % 10 == 9)
    back = 3;
  return timestamp - back * frame->duration;
}

/* Packets change places with the one before. */
static void
reorder (SimSession *self, guint n)
{
  for (guint i = 1; i < n; i++) {
    struct iovec *vectors = &g_array_index (self->vectors, struct iovec, i * 2);
    struct iovec other[2] = { vectors[-2], vectors[-1] };

    if (g_random_double () >= self->faults->reorder)
      continue;
    memcpy (vectors - 2, vectors, sizeof other);
    memcpy (vectors, other, sizeof other);
    self->reordered_packets++;
  }
}

/* Fills headers and vectors with the packets that are not lost; returns their number. */
static guint
build_packets (SimSession *self, SimTrack *track, const SimFrame *frame, gsize *size)
{
  guint32 timestamp = frame_rtp_time (self, track, frame);
  gdouble loss = self->faults->loss;
  guint n = 0;

  if (frame->track != SIM_TRACK_VIDEO)
    loss = MAX (loss, self->faults->audio_loss);

  g_array_set_size (self->headers, frame->n_packets);
  g_array_set_size (self->vectors, frame->n_packets * 2);
  *size = 0;
  for (guint i = 0; i < frame->n_packets; i++, track->seq++) {
    const SimPacket *packet = &frame->packets[i];
    guint8 *header = (guint8 *) self->headers->data + n * PACKET_HEADER;
    struct iovec *vector = &g_array_index (self->vectors, struct iovec, n * 2);

    if (loss > 0 && g_random_double () < loss)
      continue;
    write_header (track, header, packet->size, frame->marker && i + 1 == frame->n_packets,
                  timestamp);
    vector[0] = (struct iovec){ header, PACKET_HEADER };
    vector[1] = (struct iovec){ (void *) packet->data, packet->size };
    *size += PACKET_HEADER + packet->size;
    n++;
  }
  if (self->faults->reorder > 0)
    reorder (self, n);
  track->packets += n;
  track->octets += *size - n * PACKET_HEADER;
  return n;
}

static gboolean
send_udp (SimSession *self, SimTrack *track, guint n)
{
  g_array_set_size (self->messages, n);
  for (guint i = 0; i < n; i++) {
    struct mmsghdr *message = &g_array_index (self->messages, struct mmsghdr, i);
    struct iovec *vector = &g_array_index (self->vectors, struct iovec, i * 2);

    vector[0].iov_base = (guint8 *) vector[0].iov_base + INTERLEAVED_HEADER;
    vector[0].iov_len = RTP_HEADER;
    memset (message, 0, sizeof *message);
    message->msg_hdr.msg_iov = vector;
    message->msg_hdr.msg_iovlen = 2;
  }
  return sim_udp_send_rtp (track->udp, (struct mmsghdr *) self->messages->data, n) == n;
}

static void
count (SimSession *self, const SimFrame *frame, guint n, gsize size, gboolean sent)
{
  self->lost_packets += frame->n_packets - n;
  if (sent) {
    self->packets += n;
    self->bytes += size;
  }
  if (frame->track == SIM_TRACK_AUDIO) {
    self->audio_packets += sent ? n : 0;
    return;
  }
  if (!sent) {
    self->dropped++;
    return;
  }
  if (self->frames == 0)
    self->first_frame = frame->number;
  self->last_frame = frame->number;
  self->frames++;
  self->key_frames += frame->key;
  self->damaged += n < frame->n_packets;
}

/* Whether the next video frame is not to be sent yet. */
static gboolean
is_paced (SimSession *self)
{
  gint64 now = g_get_monotonic_time ();

  if (now - self->paced < self->faults->pace)
    return TRUE;
  self->paced = now;
  return FALSE;
}

void
sim_session_send (SimSession *self, const SimFrame *frame)
{
  SimTrack *track = &self->tracks[frame->track];
  gboolean sent;
  gsize size;
  guint n;

  if (!self->playing || !track->set_up || self->faults->silent
      || (frame->track == SIM_TRACK_VIDEO && is_paced (self)))
    return;
  if (frame->track == SIM_TRACK_VIDEO && frame->key)
    self->waits_for_key = FALSE;
  if (self->waits_for_key)
    return;
  n = build_packets (self, track, frame, &size);
  if (track->tcp)
    sent = self->connection != NULL
           && sim_connection_send_frame (self->connection, (struct iovec *) self->vectors->data,
                                         n * 2, size);
  else
    sent = send_udp (self, track, n);
  count (self, frame, n, size, sent);
}

void
sim_session_report (SimSession *self, gint64 elapsed, gint64 wall)
{
  if (!self->playing || self->faults->silent)
    return;
  for (guint i = 0; i < SIM_N_TRACKS; i++) {
    SimTrack *track = &self->tracks[i];
    SimSenderReport report = { .ssrc = track->ssrc,
                               .wall = wall + self->faults->clock_offset,
                               .packets = track->packets,
                               .octets = track->octets };
    guint8 packet[INTERLEAVED_HEADER + SIM_RTCP_MAX];
    gsize size;

    if (!track->set_up || (i == SIM_TRACK_AUDIO && self->faults->audio_dead))
      continue;
    report.timestamp = rtp_time (self, track, elapsed * track->clock_rate / G_USEC_PER_SEC);
    size = sim_sender_report_write (&report, packet + INTERLEAVED_HEADER);
    if (!track->tcp) {
      sim_udp_send_rtcp (track->udp, packet + INTERLEAVED_HEADER, size);
    } else if (self->connection != NULL) {
      struct iovec vector = { packet, INTERLEAVED_HEADER + size };

      packet[0] = '$';
      packet[1] = track->channels[1];
      packet[2] = size >> 8;
      packet[3] = size & 0xff;
      sim_connection_send_frame (self->connection, &vector, 1, vector.iov_len);
    }
  }
}

void
sim_session_get_rtp_info (SimSession *self, SimTrackKind kind, guint64 timestamp, guint16 *seq,
                          guint32 *rtptime)
{
  *seq = self->tracks[kind].seq;
  *rtptime = rtp_time (self, &self->tracks[kind], timestamp);
}

void
sim_session_renew_ssrc (SimSession *self, gboolean timestamps)
{
  guint32 jump = timestamps ? g_random_int () : 0;

  for (guint i = 0; i < SIM_N_TRACKS; i++) {
    renew_track (&self->tracks[i]);
    self->tracks[i].base += jump;
  }
}

void
sim_session_note_request (SimSession *self, const char *method)
{
  self->last_request = g_get_monotonic_time ();
  self->requests++;
  if (self->playing
      && (g_str_equal (method, "GET_PARAMETER") || g_str_equal (method, "SET_PARAMETER")
          || g_str_equal (method, "OPTIONS")))
    self->keepalives++;
}

void
sim_session_note_interleaved (SimSession *self, guint channel, const guint8 *packet, gsize size)
{
  for (guint i = 0; i < SIM_N_TRACKS; i++)
    if (self->tracks[i].set_up && self->tracks[i].tcp && self->tracks[i].channels[1] == channel)
      note_rtcp (self, packet, size);
}

gint64
sim_session_get_last_request (SimSession *self)
{
  return self->last_request;
}

gint64
sim_session_get_last_rtcp (SimSession *self)
{
  return self->last_rtcp;
}

static void
add_count (JsonBuilder *builder, const char *name, guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
sim_session_describe (SimSession *self, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "session");
  json_builder_add_string_value (builder, self->id);
  json_builder_set_member_name (builder, "transport");
  json_builder_add_string_value (builder, sim_session_is_tcp (self) ? "tcp" : "udp");
  json_builder_set_member_name (builder, "playing");
  json_builder_add_boolean_value (builder, self->playing);
  add_count (builder, "frames", self->frames);
  add_count (builder, "key_frames", self->key_frames);
  add_count (builder, "first_frame", self->first_frame);
  add_count (builder, "last_frame", self->last_frame);
  add_count (builder, "dropped", self->dropped);
  add_count (builder, "damaged", self->damaged);
  add_count (builder, "packets", self->packets);
  add_count (builder, "lost_packets", self->lost_packets);
  add_count (builder, "reordered_packets", self->reordered_packets);
  add_count (builder, "audio_packets", self->audio_packets);
  add_count (builder, "bytes", self->bytes);
  add_count (builder, "requests", self->requests);
  add_count (builder, "keepalives", self->keepalives);
  add_count (builder, "receiver_reports", self->receiver_reports);
  add_count (builder, "queued",
             self->connection != NULL ? sim_connection_get_queued (self->connection) : 0);
  json_builder_end_object (builder);
}
