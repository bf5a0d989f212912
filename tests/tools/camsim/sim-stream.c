/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-stream.h"

#include <time.h>

#include "sim-stamp.h"

#define VIDEO_CLOCK_RATE 90000
#define ENDED_KEPT       500 /* sessions whose counters are kept after their end */

struct _SimStream {
  guint camera;
  SimStreamKind kind;
  SimMedia *media;
  SimMedia *next_media; /* nullable */
  SimAudio *audio;      /* no-ref, nullable */
  const SimFaults *faults;
  FILE *sent_log; /* no-ref, nullable */
  gint64 start;
  gint64 next;       /* when sim_stream_tick() has something to do, unless a session came or went */
  guint gop_frames;  /* 0: endless */
  guint64 slot;      /* next frame, in sending order */
  guint64 gop_start; /* slot of its key frame */
  gboolean force_key;
  guint64 audio_slot;
  GPtrArray *sessions; /* (element-type SimSession) no-ref */
  GByteArray *first;   /* payload of the frame's first packet */
  GArray *packets;     /* (element-type SimPacket) of the frame */
  guint64 sessions_seen;
  GQueue ended; /* (element-type JsonNode) counters of past sessions, newest last */
};

SimStream *
sim_stream_new (guint camera, SimStreamKind kind, SimMedia *media, SimAudio *audio,
                const SimFaults *faults, gint64 start)
{
  SimStream *self = g_new0 (SimStream, 1);

  self->camera = camera;
  self->kind = kind;
  self->media = media;
  self->audio = audio;
  self->faults = faults;
  self->start = start;
  self->gop_frames = sim_media_gop_frames (media, sim_media_get_config (media)->gop);
  self->sessions = g_ptr_array_new ();
  self->first = g_byte_array_new ();
  self->packets = g_array_new (FALSE, FALSE, sizeof (SimPacket));
  return self;
}

void
sim_stream_free (SimStream *self)
{
  sim_media_unref (self->media);
  g_clear_pointer (&self->next_media, sim_media_unref);
  g_ptr_array_unref (self->sessions);
  g_byte_array_unref (self->first);
  g_array_unref (self->packets);
  g_queue_clear_full (&self->ended, (GDestroyNotify) json_node_unref);
  g_free (self);
}

SimStreamKind
sim_stream_get_kind (SimStream *self)
{
  return self->kind;
}

SimMedia *
sim_stream_get_media (SimStream *self)
{
  return self->media;
}

SimAudio *
sim_stream_get_audio (SimStream *self)
{
  return self->audio;
}

gint64
sim_stream_get_start (SimStream *self)
{
  return self->start;
}

/* Units of @rate Hz from the start to frame @number. */
static guint64
frame_time (SimStream *self, guint64 number, guint rate)
{
  return number * rate * 1000 / sim_media_get_config (self->media)->fps_milli;
}

/* A frame is sent when it has been taken, and with B frames as many frames later as it may have
 * to wait for the picture it refers to. */
static gint64
slot_due (SimStream *self, guint64 slot)
{
  return self->start
         + frame_time (self, slot + sim_media_get_config (self->media)->bframes, G_USEC_PER_SEC);
}

static gint64
audio_slot_due (SimStream *self, guint64 slot)
{
  return self->start
         + (slot + 1) * sim_audio_get_packet_samples (self->audio) * G_USEC_PER_SEC
               / sim_audio_get_track (self->audio).clock_rate;
}

/* Starts a GOP at the present slot where one is due. */
static void
step_gop (SimStream *self)
{
  guint64 position = self->slot - self->gop_start;
  gboolean whole = self->gop_frames > 0 && position >= self->gop_frames;

  if (!whole && !(self->force_key && sim_media_get_config (self->media)->bframes == 0))
    return;
  self->gop_start = self->force_key ? self->slot : self->slot - position % self->gop_frames;
  self->force_key = FALSE;
  if (self->next_media != NULL && self->gop_start == self->slot) {
    sim_media_unref (self->media);
    self->media = g_steal_pointer (&self->next_media);
  }
}

static void
log_sent (SimStream *self, SimSession *session, guint64 number)
{
  SimConnection *connection = sim_session_get_connection (session);
  struct timespec now;

  if (connection == NULL || !sim_session_is_playing (session)
      || sim_connection_get_queued (connection) > 0)
    return;
  clock_gettime (CLOCK_MONOTONIC, &now);
  fprintf (self->sent_log, "%u %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n", self->camera, number,
           (gint64) now.tv_sec * 1000000000 + now.tv_nsec);
}

static void
send_frame (SimStream *self, gint64 now)
{
  SimStamp stamp = { .camera = self->camera, .stream = self->kind };
  SimFrame frame = { .track = SIM_TRACK_VIDEO, .marker = TRUE };
  guint8 sei[SIM_STAMP_MAX_NAL];
  const SimAccessUnit *unit;
  SimPacket first;
  gsize sei_size;
  guint64 display;

  step_gop (self);
  frame.key = self->slot == self->gop_start;
  unit = sim_media_get_unit (self->media, self->slot - self->gop_start, &display);
  frame.number = stamp.frame = self->gop_start + display;
  frame.timestamp = frame_time (self, frame.number, VIDEO_CLOCK_RATE);
  frame.duration = frame_time (self, 1, VIDEO_CLOCK_RATE);
  stamp.wall = g_get_real_time () - now + self->start
               + (gint64) frame_time (self, frame.number, G_USEC_PER_SEC);
  sei_size = sim_stamp_write (&stamp, sim_media_get_config (self->media)->codec, sei);
  g_byte_array_set_size (self->first, 0);
  sim_media_write_first_packet (self->media, frame.key, sei, sei_size, self->first);
  first = (SimPacket){ self->first->data, self->first->len };
  g_array_set_size (self->packets, 0);
  g_array_append_val (self->packets, first);
  g_array_append_vals (self->packets, unit->packets, unit->n_packets);
  frame.packets = (const SimPacket *) self->packets->data;
  frame.n_packets = self->packets->len;
  for (guint i = 0; i < self->sessions->len; i++) {
    sim_session_send (g_ptr_array_index (self->sessions, i), &frame);
    if (self->sent_log != NULL)
      log_sent (self, g_ptr_array_index (self->sessions, i), frame.number);
  }
}

static void
send_audio (SimStream *self)
{
  guint samples = sim_audio_get_packet_samples (self->audio);
  SimFrame frame = { .track = SIM_TRACK_AUDIO,
                     .packets = sim_audio_get_packet (self->audio, self->audio_slot),
                     .n_packets = 1,
                     .timestamp = self->audio_slot * samples };

  /* RFC 3640 3.1: the marker ends an AU; RFC 3551 4.1 and RFC 7587 4.1 mark talk spurts only. */
  frame.marker = sim_audio_get_track (self->audio).payload_type == 97;
  if (self->faults->audio_dead)
    return;
  for (guint i = 0; i < self->sessions->len; i++)
    sim_session_send (g_ptr_array_index (self->sessions, i), &frame);
}

gint64
sim_stream_tick (SimStream *self, gint64 now)
{
  if (self->sessions->len == 0)
    return G_MAXINT64;
  if (now < self->next)
    return self->next;
  for (; slot_due (self, self->slot) <= now; self->slot++)
    send_frame (self, now);
  self->next = slot_due (self, self->slot);
  if (self->audio == NULL)
    return self->next;
  for (; audio_slot_due (self, self->audio_slot) <= now; self->audio_slot++)
    send_audio (self);
  self->next = MIN (self->next, audio_slot_due (self, self->audio_slot));
  return self->next;
}

/* Brings the counters to the present after a time without sessions. */
static void
catch_up (SimStream *self)
{
  const SimVideoConfig *config = sim_media_get_config (self->media);
  gint64 elapsed = g_get_monotonic_time () - self->start;
  guint64 slot = elapsed <= 0 ? 0 : elapsed / 1000 * config->fps_milli / G_USEC_PER_SEC;

  slot = slot > config->bframes + 1 ? slot - config->bframes - 1 : 0;
  self->slot = MAX (self->slot, slot);
  while (slot_due (self, self->slot) <= self->start + elapsed)
    self->slot++;
  step_gop (self);
  if (self->audio == NULL)
    return;
  slot = MAX (elapsed, 0) * sim_audio_get_track (self->audio).clock_rate / G_USEC_PER_SEC
         / sim_audio_get_packet_samples (self->audio);
  self->audio_slot = MAX (self->audio_slot, slot);
}

void
sim_stream_add_session (SimStream *self, SimSession *session)
{
  if (g_ptr_array_find (self->sessions, session, NULL))
    return;
  if (self->sessions->len == 0)
    catch_up (self);
  self->next = 0;
  self->sessions_seen++;
  g_ptr_array_add (self->sessions, session);
}

void
sim_stream_remove_session (SimStream *self, SimSession *session)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (!g_ptr_array_remove (self->sessions, session))
    return;
  builder = json_builder_new ();
  sim_session_describe (session, builder);
  g_queue_push_tail (&self->ended, json_builder_get_root (builder));
  if (self->ended.length > ENDED_KEPT)
    json_node_unref (g_queue_pop_head (&self->ended));
}

guint64
sim_stream_get_next_timestamp (SimStream *self, SimTrackKind track)
{
  if (track == SIM_TRACK_VIDEO)
    return frame_time (self, self->slot, VIDEO_CLOCK_RATE);
  return self->audio_slot * sim_audio_get_packet_samples (self->audio);
}

void
sim_stream_set_sent_log (SimStream *self, FILE *log)
{
  self->sent_log = log;
}

gboolean
sim_stream_set_gop (SimStream *self, gdouble seconds)
{
  if (sim_media_get_config (self->media)->bframes > 0)
    return FALSE;
  self->gop_frames = sim_media_gop_frames (self->media, seconds);
  return TRUE;
}

void
sim_stream_force_key (SimStream *self)
{
  self->force_key = TRUE;
}

void
sim_stream_set_media (SimStream *self, SimMedia *media)
{
  g_clear_pointer (&self->next_media, sim_media_unref);
  self->next_media = media;
  self->force_key = TRUE;
}

void
sim_stream_describe (SimStream *self, JsonBuilder *builder)
{
  const SimVideoConfig *config = sim_media_get_config (self->media);
  gint64 elapsed = g_get_monotonic_time () - self->start;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "camera");
  json_builder_add_int_value (builder, self->camera);
  json_builder_set_member_name (builder, "stream");
  json_builder_add_string_value (builder, sim_stream_kind_name (self->kind));
  json_builder_set_member_name (builder, "codec");
  json_builder_add_string_value (builder, sim_codec_name (config->codec));
  json_builder_set_member_name (builder, "width");
  json_builder_add_int_value (builder, config->width);
  json_builder_set_member_name (builder, "height");
  json_builder_add_int_value (builder, config->height);
  json_builder_set_member_name (builder, "frame"); /* the newest one taken */
  json_builder_add_int_value (builder, elapsed / 1000 * config->fps_milli / G_USEC_PER_SEC);
  json_builder_set_member_name (builder, "sessions_seen");
  json_builder_add_int_value (builder, self->sessions_seen);
  json_builder_set_member_name (builder, "sessions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < self->sessions->len; i++)
    sim_session_describe (g_ptr_array_index (self->sessions, i), builder);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "ended");
  json_builder_begin_array (builder);
  for (GList *item = self->ended.head; item != NULL; item = item->next)
    json_builder_add_value (builder, json_node_copy (item->data));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}
