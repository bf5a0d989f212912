/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ts-segment.c: segments of MPEG-TS (ISO/IEC 13818-1; RFC 8216, 3.2). */
#include "base/tyto-error.h"
#include "media/join/tyto-access-units.h"
#include "media/join/tyto-segment-format.h"
#include "media/join/tyto-ts-clock.h"
#include "media/join/tyto-ts-packet.h"
#include "media/join/tyto-ts-program.h"
#include "media/tyto-ts-section.h"

#include <string.h>

#define PID_PAT   0
#define TABLE_PAT 0
#define TABLE_PMT 2

/* The PES packets of an elementary stream. */
typedef struct {
  guint pid;
  gboolean counted; /* @counter is that of the packet before */
  gboolean fresh;   /* no packet of this segment was seen */
  guint8 counter;
  const guint8 *before; /* the packet before, in this segment */
  gboolean stuffed;     /* the packet before ended its PES packet, it seems */
  gboolean open;        /* its payload is taken */
  gboolean bounded;
  gsize left; /* bytes of payload it lacks, when @bounded */
  guint8 head[TYTO_PES_HEADER_MAX];
  gsize head_size;        /* of a header that goes across packets */
  gboolean random_access; /* of the packet the header began in */
} Stream;

typedef struct {
  const guint8 *data;
  gsize size;
  gsize at;
  TytoTsSection pat;
  TytoTsSection pmt;
  guint pmt_pid; /* 0: not known */
  gboolean has_program;
  TytoTsProgram program;
  gboolean has_next; /* @next takes its place when all that came before was given */
  TytoTsProgram next;
  Stream video;
  Stream audio;
  const TytoNalCodec *codec; /* that @units is of */
  TytoAccessUnits *units;
  const TytoAudioFraming *framing;
  TytoAudioFrames *frames;
  TytoTsClock clock;
  gboolean drain_video; /* there may be units */
  gboolean drain_audio;
  gboolean end_video; /* no more bytes come for the last one */
  gboolean end_audio;
  gboolean over;
} Ts;

static gboolean
ts_detect (const guint8 *head, gsize size)
{
  return tyto_ts_packet_detect (head, size);
}

static gpointer
ts_create (void)
{
  Ts *self = g_new0 (Ts, 1);

  self->video.pid = self->audio.pid = TYTO_TS_NO_PID;
  return self;
}

static void
ts_destroy (gpointer state)
{
  Ts *self = state;

  g_clear_pointer (&self->units, tyto_access_units_free);
  g_clear_pointer (&self->frames, tyto_audio_frames_free);
  g_free (self);
}

static gsize
ts_position (gpointer state)
{
  Ts *self = state;

  return self->at;
}

static void
reset_stream (Stream *stream, guint pid)
{
  memset (stream, 0, sizeof *stream);
  stream->pid = pid;
  stream->fresh = TRUE;
}

/* Parsers are kept as long as the codec is: parameter sets stay known. */
static void
use_program (Ts *self, const TytoTsProgram *program, TytoUnitDamage *damage)
{
  self->program = *program;
  self->has_program = TRUE;
  if (self->codec != program->video) {
    g_clear_pointer (&self->units, tyto_access_units_free);
    self->codec = program->video;
    self->units = self->codec != NULL ? tyto_access_units_new (self->codec) : NULL;
  }
  if (self->framing != program->audio) {
    g_clear_pointer (&self->frames, tyto_audio_frames_free);
    self->framing = program->audio;
    self->frames = self->framing != NULL ? tyto_audio_frames_new (self->framing) : NULL;
  }
  if (self->frames != NULL && program->channels != 0)
    tyto_audio_frames_set_channels (self->frames, program->channels);
  if (self->video.pid != program->video_pid)
    reset_stream (&self->video, program->video_pid);
  if (self->audio.pid != program->audio_pid)
    reset_stream (&self->audio, program->audio_pid);
  damage->other_streams = program->others;
}

/* Takes a packet of tables. Returns: whether @program is a PMT now. */
static gboolean
read_tables (Ts *self, const TytoTsPacket *packet, TytoTsProgram *program)
{
  TytoTsSection *section = packet->pid == PID_PAT ? &self->pat : &self->pmt;
  TytoMediaCursor payload;
  TytoMediaCursor body;
  guint8 table;

  if (packet->payload == NULL || packet->error)
    return FALSE;
  tyto_media_cursor_init (&payload, packet->payload, packet->size);
  if (!tyto_ts_section_add (section, packet->start, payload, &table, &body)
      || !tyto_ts_section_is_intact (section) || !tyto_ts_section_is_current (section))
    return FALSE;
  if (packet->pid == PID_PAT && table == TABLE_PAT)
    self->pmt_pid = tyto_ts_read_pat (body);
  if (packet->pid == PID_PAT || table != TABLE_PMT)
    return FALSE;
  tyto_ts_program_read (program, body);
  return TRUE;
}

static gboolean
is_of_tables (Ts *self, guint pid)
{
  return pid == PID_PAT || (self->pmt_pid != 0 && pid == self->pmt_pid);
}

/**
 * Survey: what a segment holds, seen before it is read.
 * @packets: with payload, other than tables; @scrambled: of them
 * @found: there is a PMT: the first is @program
 */
typedef struct {
  guint64 packets;
  guint64 scrambled;
  gboolean found;
  TytoTsProgram program;
} Survey;

static void
survey (Ts *self, const guint8 *data, gsize size, Survey *to)
{
  guint64 bad = 0;
  gsize at = 0;
  const guint8 *bytes;
  TytoTsPacket packet;

  while ((bytes = tyto_ts_packet_next (data, size, &at, &bad)) != NULL) {
    if (!tyto_ts_packet_read (&packet, bytes) || packet.pid == TYTO_TS_NO_PID)
      continue;
    if (is_of_tables (self, packet.pid)) {
      if (!to->found)
        to->found = read_tables (self, &packet, &to->program);
    } else if (packet.payload != NULL) {
      to->packets++;
      to->scrambled += packet.scrambled ? 1 : 0;
    }
  }
}

static gboolean
refuse (GError **error, const char *why)
{
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "The segment of MPEG-TS %s", why);
  return FALSE;
}

static gboolean
accept (const Ts *self, const Survey *seen, GError **error)
{
  const TytoTsProgram *program = seen->found ? &seen->program : &self->program;

  if (seen->packets == 0)
    return refuse (error, "holds no media");
  if (seen->scrambled > seen->packets / 2)
    return refuse (error, "is scrambled");
  if (!seen->found && !self->has_program)
    return refuse (error, "does not say which streams it holds (PAT and PMT)");
  if (program->video == NULL && program->audio == NULL)
    return refuse (error, program->encrypted > 0 ? "is encrypted (SAMPLE-AES)"
                                                 : "holds no stream that can be joined");
  return TRUE;
}

static void
begin_anew (Ts *self, TytoUnitDamage *damage)
{
  if (self->units != NULL)
    tyto_access_units_reset (self->units, damage);
  if (self->frames != NULL)
    tyto_audio_frames_reset (self->frames, damage);
  reset_stream (&self->video, self->video.pid);
  reset_stream (&self->audio, self->audio.pid);
  self->clock.known = FALSE;
}

static gboolean
ts_open (gpointer state, const guint8 *data, gsize size, GBytes *init, gboolean continuous,
         TytoUnitDamage *damage, GError **error)
{
  Ts *self = state;
  Survey seen = { 0 };

  self->data = data;
  self->size = size;
  self->at = 0;
  self->over = self->has_next = FALSE;
  self->drain_video = self->drain_audio = self->end_video = self->end_audio = FALSE;
  self->pat.size = self->pmt.size = 0;
  self->video.fresh = self->audio.fresh = TRUE;
  self->video.before = self->audio.before = NULL;
  if (!continuous)
    begin_anew (self, damage);
  if (init != NULL) {
    gsize init_size;
    const guint8 *bytes = g_bytes_get_data (init, &init_size);

    survey (self, bytes, init_size, &seen);
    seen.packets = seen.scrambled = 0;
  }
  survey (self, data, size, &seen);
  self->pat.size = self->pmt.size = 0;
  if (!accept (self, &seen, error))
    return FALSE;
  if (seen.found)
    use_program (self, &seen.program, damage);
  damage->other_streams = self->program.others;
  return TRUE;
}

/* Bytes of @stream are missing in front of the packet that comes. */
static void
lose (Ts *self, Stream *stream)
{
  if (stream == &self->video && stream->open && !stream->stuffed)
    tyto_access_units_lose (self->units);
  else if (stream == &self->audio)
    tyto_audio_frames_lose (self->frames);
  stream->open = FALSE;
  stream->head_size = 0;
}

static void
lose_all (Ts *self)
{
  if (self->units != NULL)
    lose (self, &self->video);
  if (self->frames != NULL)
    lose (self, &self->audio);
}

/* 2.4.3.3: a packet may come twice, but for the PCR. */
static gboolean
is_repeated (const Stream *stream, const TytoTsPacket *packet)
{
  TytoTsPacket before;

  return stream->before != NULL && packet->counter == stream->counter
         && tyto_ts_packet_read (&before, stream->before) && before.size == packet->size
         && before.start == packet->start
         && memcmp (before.payload, packet->payload, packet->size) == 0;
}

/* Holds @packet against the one before. FALSE: it is to be passed over. */
static gboolean
check_counter (Ts *self, Stream *stream, const TytoTsPacket *packet, const guint8 *bytes,
               TytoUnitDamage *damage)
{
  guint8 expected = (stream->counter + 1) & 15;
  gboolean fresh = stream->fresh;
  gboolean counted = stream->counted;

  if (!fresh && counted && is_repeated (stream, packet)) {
    stream->before = NULL; /* a third time is not allowed */
    return FALSE;
  }
  stream->fresh = FALSE;
  stream->counted = TRUE;
  stream->counter = packet->counter;
  stream->before = bytes;
  if (!counted || packet->counter == expected)
    return TRUE;
  /* Each segment may have been made by a multiplexer of its own, which counts anew. */
  if (!fresh && !packet->discontinuity)
    damage->lost_packets += (guint) (packet->counter - expected) & 15;
  lose (self, stream);
  return TRUE;
}

static void
begin_pes (Ts *self, Stream *stream, const TytoPesHeader *header)
{
  gint64 dts = TYTO_NO_TIME;
  gint64 pts = TYTO_NO_TIME;

  stream->open = TRUE;
  stream->bounded = header->bounded;
  stream->left = header->left;
  if (header->pts != TYTO_PES_NO_TIME) {
    dts = tyto_ts_clock_unwrap (&self->clock, header->dts);
    pts = dts + tyto_ts_clock_distance (header->dts, header->pts);
  }
  if (stream == &self->video)
    tyto_access_units_mark (self->units, pts, dts, stream->random_access);
  else if (pts != TYTO_NO_TIME)
    tyto_audio_frames_mark (self->frames, pts);
}

static void
feed (Ts *self, Stream *stream, const guint8 *data, gsize size, TytoUnitDamage *damage)
{
  if (stream->bounded && size > stream->left) {
    damage->bad_bytes += size - stream->left;
    size = stream->left;
  }
  if (stream == &self->video)
    tyto_access_units_feed (self->units, data, size);
  else
    tyto_audio_frames_feed (self->frames, data, size);
  if (stream->bounded)
    stream->left -= size;
  if (stream->bounded && stream->left == 0) {
    stream->open = FALSE;
    self->drain_audio |= stream == &self->audio;
  }
}

/* Takes the header of a PES packet; it may go across packets. */
static void
read_header (Ts *self, Stream *stream, const guint8 *data, gsize size, TytoUnitDamage *damage)
{
  gsize taken = MIN (size, sizeof stream->head - stream->head_size);
  gsize before = stream->head_size;
  TytoPesHeader header;
  TytoPesRead read;

  if (before == 0) {
    read = tyto_pes_header_read (&header, data, size);
  } else {
    memcpy (stream->head + before, data, taken);
    read = tyto_pes_header_read (&header, stream->head, before + taken);
  }
  if (read == TYTO_PES_MORE) {
    if (before == 0)
      memcpy (stream->head, data, taken);
    stream->head_size = before + taken;
    return;
  }
  stream->head_size = 0;
  if (read == TYTO_PES_BAD || header.scrambled) {
    damage->bad_bytes += size;
    return;
  }
  begin_pes (self, stream, &header);
  if (header.size - before < size)
    feed (self, stream, data + (header.size - before), size - (header.size - before), damage);
}

static void
read_stream (Ts *self, Stream *stream, const TytoTsPacket *packet, const guint8 *bytes,
             TytoUnitDamage *damage)
{
  gboolean fresh = stream->fresh;

  if (packet->payload == NULL || packet->error
      || !check_counter (self, stream, packet, bytes, damage))
    return;
  if (packet->scrambled) {
    damage->lost_packets++;
    lose (self, stream);
    return;
  }
  stream->stuffed = packet->stuffed;
  if (packet->start) {
    /* What the segment before left unfinished stays so. */
    if (fresh && stream->open && stream->bounded)
      lose (self, stream);
    stream->open = FALSE;
    stream->head_size = 0;
    stream->random_access = packet->random_access;
    read_header (self, stream, packet->payload, packet->size, damage);
    self->drain_video |= stream == &self->video;
    self->drain_audio |= stream == &self->audio;
  } else if (stream->head_size > 0) {
    read_header (self, stream, packet->payload, packet->size, damage);
  } else if (stream->open) {
    feed (self, stream, packet->payload, packet->size, damage);
  } else {
    damage->bad_bytes += packet->size;
  }
}

/* All that is there is whole, but for a PES packet that told a length and has less: that may go on
 * in the next segment. */
static void
drain_all (Ts *self)
{
  self->drain_video = self->units != NULL;
  self->drain_audio = self->frames != NULL;
  self->end_video = !self->video.open || !self->video.bounded;
  self->end_audio = TRUE;
  if (self->end_video)
    self->video.open = FALSE;
}

static void
read_packet (Ts *self, const guint8 *bytes, TytoUnitDamage *damage)
{
  TytoTsPacket packet;

  if (!tyto_ts_packet_read (&packet, bytes)) {
    damage->bad_bytes += TYTO_TS_PACKET;
    return;
  }
  if (packet.pid == self->video.pid && self->units != NULL) {
    read_stream (self, &self->video, &packet, bytes, damage);
  } else if (packet.pid == self->audio.pid && self->frames != NULL) {
    read_stream (self, &self->audio, &packet, bytes, damage);
  } else if (is_of_tables (self, packet.pid) && read_tables (self, &packet, &self->next)
             && !tyto_ts_program_equal (&self->next, &self->program)) {
    self->has_next = TRUE;
    drain_all (self);
  }
}

static gboolean
drain (Ts *self, TytoMediaUnit *unit, TytoUnitDamage *damage)
{
  if (self->drain_video && tyto_access_units_next (self->units, self->end_video, unit, damage))
    return TRUE;
  self->drain_video = self->end_video = FALSE;
  if (self->drain_audio && tyto_audio_frames_next (self->frames, self->end_audio, unit, damage))
    return TRUE;
  self->drain_audio = self->end_audio = FALSE;
  return FALSE;
}

static gboolean
ts_next (gpointer state, TytoMediaUnit *unit, TytoUnitDamage *damage, GError **error)
{
  Ts *self = state;

  for (;;) {
    gsize before = self->at;
    const guint8 *bytes;

    if (drain (self, unit, damage))
      return TRUE;
    if (self->has_next) {
      use_program (self, &self->next, damage);
      self->has_next = FALSE;
    }
    if (self->over)
      return FALSE;
    bytes = tyto_ts_packet_next (self->data, self->size, &self->at, &damage->bad_bytes);
    if (bytes != NULL) {
      read_packet (self, bytes, damage);
    } else {
      self->over = TRUE;
      if (before < self->size) /* it was cut off */
        lose_all (self);
      drain_all (self);
    }
  }
}

const TytoSegmentFormat tyto_segment_format_ts = {
  "MPEG-TS", ts_detect, ts_create, ts_destroy, ts_open, ts_next, ts_position,
};
