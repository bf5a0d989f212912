/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ts-format.c: reads and mends an MPEG transport stream (ISO/IEC 13818-1) with one access unit
 * a PES packet, as mpegtsmux writes it. It has no end of its own: it can be used up to the last
 * point where no PES packet is open. */
#include "media/tyto-media-format.h"
#include "media/tyto-ts-section.h"

#define PACKET          188 /* 2.4.3.2 */
#define SYNC_BYTE       0x47
#define PID_PAT         0x00
#define PID_SDT         0x11
#define TABLE_PAT       0x00
#define TABLE_PMT       0x02
#define TABLE_SDT       0x42
#define WINDOW          (PACKET * 1024)
#define PES_HEADER      6 /* up to what PES_packet_length counts: 2.4.3.7 */
#define PTS_HZ          90000
#define PTS_BITS        33
#define AF_RANDOM       0x40 /* 2.4.3.4 */
#define AF_PCR          0x10
#define AF_OPCR         0x08
#define AF_MORE         0x07 /* what mpegtsmux never writes */
#define CLOCK_REFERENCE 6    /* bytes of a PCR */

typedef struct {
  gboolean video;
  gboolean open;    /* a PES packet has begun and not ended */
  gboolean bounded; /* it told its length */
  gint64 left;      /* bytes it lacks */
  gboolean key;
  gboolean has_pts;
  gint64 pts; /* ticks since the first one */
} Stream;

typedef struct {
  guint64 frames;
  guint64 key_frames;
  guint64 audio_frames;
  gint64 first; /* PTS, ticks since the first one read */
  gint64 last;
  guint64 timed; /* access units they are of */
} Totals;

typedef struct {
  GArray *pmt;     /* TytoTsStream */
  GArray *streams; /* Stream: the same by number */
  guint pmt_pid;
  gboolean video;
  gboolean has_base;
  guint64 base; /* the first PTS */
  TytoTsSection pat_section;
  TytoTsSection pmt_section;
  TytoTsSection sdt_section;
  Totals now;
  Totals safe;      /* what is whole in front of @safe_end */
  guint64 safe_end; /* offset where nothing is open */
} Reader;

/* What one packet says in front of its payload. */
typedef struct {
  guint pid;
  gboolean start;
  gboolean random_access;
  gboolean stuffed; /* so that a PES packet ends with it */
  TytoMediaCursor payload;
} Packet;

static gboolean
parse_packet (const guint8 *bytes, Packet *packet)
{
  TytoMediaCursor in;
  TytoMediaCursor field = { .failed = TRUE };
  guint8 control;
  guint16 head;

  tyto_media_cursor_init (&in, bytes, PACKET);
  if (tyto_media_cursor_u8 (&in) != SYNC_BYTE)
    return FALSE;
  head = tyto_media_cursor_u16 (&in);
  control = tyto_media_cursor_u8 (&in) >> 4 & 3;
  *packet = (Packet){ .pid = head & 0x1fff, .start = (head & 0x4000) != 0 };
  if (control & 2) {
    field = tyto_media_cursor_part (&in, tyto_media_cursor_u8 (&in));
    if (field.failed)
      return FALSE;
  }
  if (control & 2 && field.size == 0) {
    packet->stuffed = TRUE;
  } else if (control & 2) {
    guint8 flags = tyto_media_cursor_u8 (&field);
    gsize used
        = 1 + (flags & AF_PCR ? CLOCK_REFERENCE : 0) + (flags & AF_OPCR ? CLOCK_REFERENCE : 0);

    packet->random_access = (flags & AF_RANDOM) != 0;
    packet->stuffed = (flags & AF_MORE) == 0 && field.size > used;
  }
  packet->payload = control & 1 ? in : field;
  if (!(control & 1))
    packet->payload.failed = TRUE;
  return TRUE;
}

/* The packet at @offset; NULL at the end, and when it ends in zeros with no packet behind it: then
 * it was written in part. */
static const guint8 *
peek_packet (TytoMediaInput *input, guint64 offset, GError **error)
{
  const guint8 *bytes = tyto_media_input_peek (input, offset, PACKET, error);

  if (bytes == NULL || !tyto_media_has_lost_end (bytes, PACKET) || input->size - offset == PACKET)
    return bytes;
  bytes = tyto_media_input_peek (input, offset, PACKET + 1, error);
  return bytes != NULL && bytes[PACKET] == SYNC_BYTE ? bytes : NULL;
}

/* 2.4.3.7: 33 bits in 5 bytes, with marker bits */
static guint64
read_pts (TytoMediaCursor *in)
{
  guint64 high = tyto_media_cursor_u8 (in) >> 1 & 7;
  guint64 middle = tyto_media_cursor_u16 (in) >> 1;
  guint64 low = tyto_media_cursor_u16 (in) >> 1;

  return high << 30 | middle << 15 | low;
}

/* Ticks since the first PTS of the file, over its wrap. */
static gint64
unwrap (Reader *self, guint64 pts)
{
  gint64 ticks;

  if (!self->has_base) {
    self->has_base = TRUE;
    self->base = pts;
  }
  ticks = (gint64) ((pts - self->base) & ((G_GUINT64_CONSTANT (1) << PTS_BITS) - 1));
  return ticks >> (PTS_BITS - 1) ? ticks - (G_GINT64_CONSTANT (1) << PTS_BITS) : ticks;
}

static void
end_access_unit (Reader *self, Stream *stream)
{
  Totals *now = &self->now;

  stream->open = FALSE;
  if (stream->video) {
    now->frames++;
    now->key_frames += stream->key ? 1 : 0;
  } else {
    now->audio_frames++;
  }
  if (stream->has_pts && stream->video == self->video) {
    now->first = now->timed == 0 ? stream->pts : MIN (now->first, stream->pts);
    now->last = now->timed == 0 ? stream->pts : MAX (now->last, stream->pts);
    now->timed++;
  }
}

static void
mark_safe (Reader *self, guint64 offset)
{
  for (guint i = 0; i < self->streams->len; i++)
    if (g_array_index (self->streams, Stream, i).open)
      return;
  self->safe = self->now;
  self->safe_end = offset;
}

static void
start_access_unit (Reader *self, Stream *stream, const Packet *packet)
{
  TytoMediaCursor in = packet->payload;
  guint32 code = tyto_media_cursor_u32 (&in);
  guint length = tyto_media_cursor_u16 (&in);
  guint8 flags;

  tyto_media_cursor_skip (&in, 1);
  flags = tyto_media_cursor_u8 (&in);
  tyto_media_cursor_skip (&in, 1);
  stream->open = !in.failed && code >> 8 == 1; /* packet_start_code_prefix */
  stream->bounded = length != 0;
  stream->left = length + PES_HEADER;
  stream->key = packet->random_access;
  stream->has_pts = (flags & 0x80) != 0;
  if (stream->has_pts)
    stream->pts = unwrap (self, read_pts (&in));
}

static void
read_stream_packet (Reader *self, Stream *stream, const Packet *packet)
{
  if (packet->start) {
    /* The one before was whole too, but nothing would say so once this one is cut off. */
    if (stream->open)
      end_access_unit (self, stream);
    start_access_unit (self, stream, packet);
  }
  if (!stream->open)
    return;
  stream->left -= (gint64) tyto_media_cursor_left (&packet->payload);
  if (stream->bounded ? stream->left <= 0 : packet->stuffed)
    end_access_unit (self, stream);
}

static void
take_streams (Reader *self, TytoMediaCursor body, TytoMediaFile *to)
{
  if (self->pmt->len > 0)
    return;
  tyto_ts_read_pmt (body, self->pmt);
  for (guint i = 0; i < self->pmt->len; i++) {
    const TytoTsStream *of = &g_array_index (self->pmt, TytoTsStream, i);
    Stream stream = { .video = of->video };
    char **codec = of->video ? &to->video_codec : &to->audio_codec;

    self->video |= of->video;
    if (**codec == '\0')
      tyto_media_format_set_text (codec, of->codec);
    g_array_append_val (self->streams, stream);
  }
}

static void
read_section (Reader *self, const Packet *packet, TytoMediaFile *to)
{
  TytoTsSection *section = &self->sdt_section;
  TytoMediaCursor body;
  guint8 table;

  if (packet->pid == PID_PAT)
    section = &self->pat_section;
  else if (packet->pid == self->pmt_pid)
    section = &self->pmt_section;
  else if (packet->pid != PID_SDT)
    return;
  if (!tyto_ts_section_add (section, packet->start, packet->payload, &table, &body))
    return;
  if (table == TABLE_PAT && section == &self->pat_section && self->pmt_pid == 0)
    self->pmt_pid = tyto_ts_read_pat (body);
  else if (table == TABLE_PMT && section == &self->pmt_section)
    take_streams (self, body, to);
  else if (table == TABLE_SDT && section == &self->sdt_section)
    tyto_ts_read_sdt (body, &to->identity);
}

static void
read_packet (Reader *self, const Packet *packet, guint64 offset, TytoMediaFile *to)
{
  for (guint i = 0; i < self->pmt->len; i++)
    if (g_array_index (self->pmt, TytoTsStream, i).pid == packet->pid) {
      read_stream_packet (self, &g_array_index (self->streams, Stream, i), packet);
      mark_safe (self, offset + PACKET);
      return;
    }
  read_section (self, packet, to);
  mark_safe (self, offset + PACKET);
}

/* The last access unit is taken to be as long as the others. */
static guint64
get_duration (const Totals *totals)
{
  guint64 ticks = (guint64) (totals->last - totals->first);

  if (totals->timed > 1)
    ticks += ticks / (totals->timed - 1);
  return ticks * 1000000000 / PTS_HZ;
}

static gboolean
read_packets (Reader *self, TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  guint64 offset = 0;
  GError *failed = NULL;
  const guint8 *bytes;
  Packet packet;

  while ((bytes = peek_packet (input, offset, &failed)) != NULL && parse_packet (bytes, &packet)) {
    read_packet (self, &packet, offset, to);
    offset += PACKET;
  }
  if (failed != NULL) {
    g_propagate_error (error, failed);
    return FALSE;
  }
  if (offset == 0 && input->size >= PACKET && !tyto_media_format_is_unwritten (input, 0, 8))
    return tyto_media_format_refuse (input, "its start is not that of an MPEG transport stream",
                                     error);
  return TRUE;
}

static gboolean
read_ts (TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  g_autofree Reader *self = g_new0 (Reader, 1);
  gboolean done;

  self->pmt = g_array_new (FALSE, FALSE, sizeof (TytoTsStream));
  self->streams = g_array_new (FALSE, FALSE, sizeof (Stream));
  done = read_packets (self, input, to, error);
  to->frames = self->safe.frames;
  to->key_frames = self->safe.key_frames;
  to->audio_frames = self->safe.audio_frames;
  to->duration_ns = get_duration (&self->safe);
  to->bytes = self->safe_end;
  to->complete = self->safe_end == input->size && input->size > 0;
  g_array_unref (self->pmt);
  g_array_unref (self->streams);
  return done;
}

static gboolean
mend_ts (TytoMediaInput *input, TytoMediaFile *to, GError **error)
{
  return tyto_media_input_cut (input, to->bytes, error);
}

const TytoMediaFormat tyto_media_format_ts = { "ts", WINDOW, read_ts, mend_ts };
