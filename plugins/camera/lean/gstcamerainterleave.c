/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerainterleave.h"

#include "camera/lean/gstcamerabytes.h"

#include <string.h>

#define MAGIC        '$'
#define HEAD         4 /* '$', channel, length (RFC 2326, 10.12) */
#define RTP_HEADER   12
#define MESSAGE_MAX  (256 * 1024)
#define HELD_LEAST   2048 /* holds a packet of an Ethernet frame */
#define HELD_KEPT    4096 /* a larger one is given back when it is empty */
#define HOLD_AT_ONCE 64

typedef enum { NO, YES, UNSURE } Verdict;

struct _GstCameraInterleave {
  GstCameraInterleaveEvents events;
  gpointer owner;
  guint n_channels;
  gboolean lost; /* noise came last: what begins next has to be more than plausible */
  guint64 noise;

  guint8 *held; /* what a chunk's end cut: from begin to end */
  gsize capacity, begin, end;
  gsize need;      /* bytes from begin on, more than are held, without which nothing can be told */
  gsize scanned;   /* bytes of a message in which its head does not end */
  guint32 ssrcs[]; /* the last of each channel, 0: none yet */
};

GstCameraInterleave *
gst_camera_interleave_new (const GstCameraInterleaveEvents *events, gpointer owner,
                           guint n_channels)
{
  GstCameraInterleave *self;

  g_return_val_if_fail (events != NULL && n_channels > 0 && n_channels <= 256, NULL);
  self = g_malloc0 (sizeof *self + n_channels * sizeof *self->ssrcs);
  self->events = *events;
  self->owner = owner;
  self->n_channels = n_channels;
  return self;
}

void
gst_camera_interleave_free (GstCameraInterleave *self)
{
  g_free (self->held);
  g_free (self);
}

/* Nothing is held any more. */
static void
let_go (GstCameraInterleave *self)
{
  self->begin = 0;
  self->end = 0;
  if (self->capacity > HELD_KEPT) {
    g_clear_pointer (&self->held, g_free);
    self->capacity = 0;
  }
}

void
gst_camera_interleave_reset (GstCameraInterleave *self)
{
  let_go (self);
  self->lost = FALSE;
  self->noise = 0;
  self->need = 0;
  self->scanned = 0;
  memset (self->ssrcs, 0, self->n_channels * sizeof *self->ssrcs);
}

/* Moving only when half of the space is free in front costs no more than taking did. */
static void
hold (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  if (size == 0)
    return;
  if (self->begin > 0 && self->begin >= self->capacity / 2) {
    memmove (self->held, self->held + self->begin, self->end - self->begin);
    self->end -= self->begin;
    self->begin = 0;
  }
  if (self->end + size > self->capacity) {
    gsize least = MAX (self->end + size, HELD_LEAST);

    self->capacity = (gsize) 1 << g_bit_storage (least - 1);
    self->held = g_realloc (self->held, self->capacity);
  }
  memcpy (self->held + self->end, data, size);
  self->end += size;
}

static gsize
wait_for (GstCameraInterleave *self, gsize need)
{
  self->need = need;
  return 0;
}

static gsize
pass_over (GstCameraInterleave *self, gsize size)
{
  self->lost = TRUE;
  self->noise += size;
  return size;
}

/* Of a packet of RTP, or of RTCP, which its type tells apart (RFC 5761, 4). 0: has none */
static guint32
ssrc_of (const guint8 *packet, gsize size)
{
  gsize at = size > 1 && packet[1] >= 192 && packet[1] <= 223 ? 4 : 8;

  if (size < at + 4 || packet[0] >> 6 != 2)
    return 0;
  return gst_camera_bytes_get_uint32 (packet + at);
}

static gboolean
knows (const GstCameraInterleave *self, guint32 ssrc)
{
  for (guint i = 0; i < self->n_channels && ssrc != 0; i++) {
    if (self->ssrcs[i] == ssrc)
      return TRUE;
  }
  return FALSE;
}

/* What a camera sends of itself: RFC 2326, 10, and RFC 7826, 13. */
static Verdict
begins_message (const guint8 *data, gsize size)
{
  static const gchar *const beginnings[]
      = { "RTSP/",        "ANNOUNCE ", "GET_PARAMETER ", "OPTIONS ",
          "PLAY_NOTIFY ", "REDIRECT ", "SET_PARAMETER ", "TEARDOWN " };

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++) {
    gsize length;

    if (data[0] != (guint8) beginnings[i][0])
      continue;
    length = strlen (beginnings[i]);
    if (memcmp (data, beginnings[i], MIN (size, length)) == 0)
      return size >= length ? YES : UNSURE;
  }
  return NO;
}

/* A '$' among noise. */
static Verdict
begins_packet (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  gsize length = gst_camera_bytes_get_uint16 (data + 2);
  const guint8 *next;

  if (length < 8) /* the shortest of RTCP that has an SSRC */
    return NO;
  if (size < HEAD + MIN (length, RTP_HEADER)) {
    self->need = HEAD + MIN (length, RTP_HEADER);
    return UNSURE;
  }
  if (data[HEAD] >> 6 != 2)
    return NO;
  if (knows (self, ssrc_of (data + HEAD, length)))
    return YES;
  if (size < HEAD + length + 2) {
    self->need = HEAD + length + 2;
    return UNSURE;
  }
  next = data + HEAD + length;
  if (next[0] == MAGIC)
    return next[1] < self->n_channels ? YES : NO;
  return begins_message (next, 2) != NO ? YES : NO;
}

static gsize
take_packet (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  Verdict verdict;
  gsize length;
  guint32 ssrc;

  if (size < 2)
    return wait_for (self, 2);
  if (data[1] >= self->n_channels)
    return pass_over (self, 1);
  if (size < HEAD)
    return wait_for (self, HEAD);
  verdict = self->lost ? begins_packet (self, data, size) : YES;
  if (verdict == NO)
    return pass_over (self, 1);
  length = gst_camera_bytes_get_uint16 (data + 2);
  if (verdict == UNSURE)
    return 0;
  if (size < HEAD + length)
    return wait_for (self, HEAD + length);
  self->lost = FALSE;
  ssrc = ssrc_of (data + HEAD, length);
  if (ssrc != 0)
    self->ssrcs[data[1]] = ssrc;
  if (length > 0)
    self->events.packet (self->owner, data[1], data + HEAD, length);
  return HEAD + length;
}

/* Of a head; 0 where it says none, more than MESSAGE_MAX where it is out of reason. */
static gsize
content_length (const gchar *head, gsize size)
{
  static const gchar name[] = "Content-Length";
  const gchar *end = head + size;
  const gchar *line = head;
  gsize length = 0;

  while ((line = memchr (line, '\n', (gsize) (end - line))) != NULL) {
    line++;
    if ((gsize) (end - line) > strlen (name)
        && g_ascii_strncasecmp (line, name, strlen (name)) == 0)
      break;
  }
  if (line == NULL)
    return 0;
  line += strlen (name); /* the empty line ends all that follows */
  while (*line == ' ' || *line == '\t' || *line == ':')
    line++;
  for (; g_ascii_isdigit (*line) && length <= MESSAGE_MAX; line++)
    length = length * 10 + (gsize) (*line - '0');
  return length;
}

static gboolean
is_text (guint8 byte)
{
  return byte >= ' ' ? byte != 0x7f : byte == '\t' || byte == '\r' || byte == '\n';
}

/* A head is text that an empty line ends. What is none is passed over up to where that showed: not
 * byte by byte, which would let a camera keep us busy. */
static gsize
take_message (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  gsize limit = MIN (size, MESSAGE_MAX);
  gsize length;
  gsize i;

  for (i = MAX (self->scanned, 2); i < limit; i++) {
    if (!is_text (data[i]))
      return pass_over (self, data[i - 1] == MAGIC ? i - 1 : i);
    if (data[i] == '\n' && (data[i - 1] == '\n' || (data[i - 1] == '\r' && data[i - 2] == '\n')))
      break;
  }
  if (i == MESSAGE_MAX)
    return pass_over (self, i);
  self->scanned = i; /* the end is found at once when more came */
  if (i == limit)
    return wait_for (self, size + 1);
  length = content_length ((const gchar *) data, i + 1);
  if (i + 1 + length > MESSAGE_MAX) {
    self->lost = TRUE; /* the body, if there is one */
    self->events.message (self->owner, (const gchar *) data, i + 1, NULL, 0);
    return i + 1;
  }
  if (size < i + 1 + length)
    return wait_for (self, i + 1 + length);
  self->lost = FALSE;
  self->events.message (self->owner, (const gchar *) data, i + 1, data + i + 1, length);
  return i + 1 + length;
}

/* Takes what @data begins with. Gives its size, or 0: need says how much there has to be. */
static gsize
take_one (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  if (data[0] == MAGIC)
    return take_packet (self, data, size);
  switch (begins_message (data, size)) {
  case YES:
    return take_message (self, data, size);
  case UNSURE:
    return wait_for (self, size + 1);
  case NO:
  default:
    break;
  }
  /* Empty lines between messages mean nothing (RFC 7826, 5.2). */
  if (!self->lost && (data[0] == '\r' || data[0] == '\n'))
    return 1;
  return pass_over (self, 1);
}

static gsize
take_whole_ones (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  gsize taken = 0;

  while (taken < size) {
    gsize one = take_one (self, data + taken, size - taken);

    if (one == 0)
      break;
    self->scanned = 0;
    taken += one;
  }
  return taken;
}

/* Completes what is held with the beginning of @data. Gives how much of that is done with. */
static gsize
complete (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  gsize missing = self->need - (self->end - self->begin);
  gsize more = MIN (size, MAX (missing, HOLD_AT_ONCE));
  gsize rest;

  hold (self, data, more);
  if (more < missing)
    return more;
  self->begin += take_whole_ones (self, self->held + self->begin, self->end - self->begin);
  rest = self->end - self->begin;
  if (rest > more)
    return more;
  let_go (self); /* it is in the chunk too */
  return more - rest;
}

void
gst_camera_interleave_take (GstCameraInterleave *self, const guint8 *data, gsize size)
{
  gsize taken = 0;

  while (taken < size && self->begin < self->end)
    taken += complete (self, data + taken, size - taken);
  if (taken == size)
    return;
  taken += take_whole_ones (self, data + taken, size - taken);
  hold (self, data + taken, size - taken);
}

guint64
gst_camera_interleave_get_noise (const GstCameraInterleave *self)
{
  return self->noise;
}

gboolean
gst_camera_interleave_is_cut (const GstCameraInterleave *self)
{
  return self->begin < self->end;
}
