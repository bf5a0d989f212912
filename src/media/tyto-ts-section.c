/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-ts-section.h"

#include <string.h>

#define SECTION_HEADER      8 /* up to last_section_number: 2.4.4.11 */
#define SECTION_LENGTH_AT   3 /* bytes in front of what section_length counts */
#define CRC                 4
#define CRC_POLYNOMIAL      0x04c11db7
#define MAX_STREAMS         16
#define DESCRIPTOR_FORMAT   0x05 /* registration_descriptor: 2.6.8 */
#define DESCRIPTOR_SERVICE  0x48 /* ETSI EN 300 468, 6.2.33 */
#define FORMAT_OPUS         0x4f707573
#define STREAM_TYPE_PRIVATE 0x06

/* 2.4.4.10, table 2-34 */
static const struct {
  guint8 type;
  gboolean video;
  const char *codec;
} stream_types[] = {
  { 0x1b, TRUE, "h264" },
  { 0x24, TRUE, "h265" },
  { 0x0f, FALSE, "aac" },
  { 0x11, FALSE, "aac" },
};

static gsize
get_length (const TytoTsSection *self)
{
  return SECTION_LENGTH_AT + ((gsize) (self->data[1] & 0x0f) << 8 | self->data[2]);
}

gboolean
tyto_ts_section_add (TytoTsSection *self, gboolean start, TytoMediaCursor payload, guint8 *table,
                     TytoMediaCursor *body)
{
  const guint8 *bytes;
  gsize size;
  gsize length;

  if (start) {
    tyto_media_cursor_skip (&payload, tyto_media_cursor_u8 (&payload)); /* pointer_field */
    self->size = 0;
  } else if (self->size == 0) {
    return FALSE;
  }
  size = MIN (tyto_media_cursor_left (&payload), TYTO_TS_SECTION_MAX - self->size);
  bytes = tyto_media_cursor_take (&payload, size);
  if (bytes == NULL || size == 0)
    return FALSE;
  memcpy (self->data + self->size, bytes, size);
  self->size += size;
  if (self->size < SECTION_HEADER)
    return FALSE;
  length = get_length (self);
  if (length < SECTION_HEADER + CRC || self->size < length)
    return FALSE;
  *table = self->data[0];
  tyto_media_cursor_init (body, self->data + SECTION_HEADER, length - SECTION_HEADER - CRC);
  self->size = 0;
  return TRUE;
}

gboolean
tyto_ts_section_is_intact (const TytoTsSection *self)
{
  gsize length = MIN (get_length (self), sizeof self->data);
  guint32 crc = G_MAXUINT32;

  for (gsize i = 0; i < length; i++) {
    crc ^= (guint32) self->data[i] << 24;
    for (guint bit = 0; bit < 8; bit++)
      crc = crc << 1 ^ (crc >> 31 ? CRC_POLYNOMIAL : 0);
  }
  return crc == 0; /* over the CRC as well */
}

gboolean
tyto_ts_section_is_current (const TytoTsSection *self)
{
  return (self->data[5] & 1) != 0;
}

guint
tyto_ts_read_pat (TytoMediaCursor body)
{
  while (tyto_media_cursor_left (&body) >= 4) {
    guint program = tyto_media_cursor_u16 (&body);
    guint pid = tyto_media_cursor_u16 (&body) & 0x1fff;

    if (program != 0)
      return pid;
  }
  return 0;
}

static gboolean
next_descriptor (TytoMediaCursor *loop, guint8 *tag, TytoMediaCursor *descriptor)
{
  if (tyto_media_cursor_left (loop) < 2)
    return FALSE;
  *tag = tyto_media_cursor_u8 (loop);
  *descriptor = tyto_media_cursor_part (loop, tyto_media_cursor_u8 (loop));
  return !descriptor->failed;
}

static gboolean
is_opus (TytoMediaCursor descriptors)
{
  TytoMediaCursor descriptor;
  guint8 tag;

  while (next_descriptor (&descriptors, &tag, &descriptor))
    if (tag == DESCRIPTOR_FORMAT && tyto_media_cursor_u32 (&descriptor) == FORMAT_OPUS)
      return TRUE;
  return FALSE;
}

void
tyto_ts_read_pmt (TytoMediaCursor body, GArray *streams)
{
  tyto_media_cursor_skip (&body, 2); /* PCR_PID */
  tyto_media_cursor_skip (&body, tyto_media_cursor_u16 (&body) & 0x0fff);
  while (tyto_media_cursor_left (&body) >= 5 && streams->len < MAX_STREAMS) {
    guint8 type = tyto_media_cursor_u8 (&body);
    guint pid = tyto_media_cursor_u16 (&body) & 0x1fff;
    TytoMediaCursor descriptors
        = tyto_media_cursor_part (&body, tyto_media_cursor_u16 (&body) & 0x0fff);
    TytoTsStream stream = { .pid = pid, .codec = "" };

    for (guint i = 0; i < G_N_ELEMENTS (stream_types); i++)
      if (stream_types[i].type == type) {
        stream.video = stream_types[i].video;
        stream.codec = stream_types[i].codec;
      }
    if (type == STREAM_TYPE_PRIVATE && is_opus (descriptors))
      stream.codec = "opus";
    g_array_append_val (streams, stream);
  }
}

/* Text of one byte a character after its length: 6.2.33. (transfer full) */
static char *
read_text (TytoMediaCursor *in)
{
  gsize size = tyto_media_cursor_u8 (in);
  const guint8 *text = tyto_media_cursor_take (in, size);

  return text != NULL ? g_strndup ((const char *) text, size) : g_strdup ("");
}

void
tyto_ts_read_sdt (TytoMediaCursor body, TytoMediaIdentity *identity)
{
  TytoMediaCursor loop;
  TytoMediaCursor descriptor;
  guint8 tag;

  tyto_media_cursor_skip (&body, 2 + 1 + 2 + 1); /* network, reserved, service, EIT flags */
  loop = tyto_media_cursor_part (&body, tyto_media_cursor_u16 (&body) & 0x0fff);
  while (next_descriptor (&loop, &tag, &descriptor)) {
    g_autofree char *provider = NULL;
    g_autofree char *service = NULL;
    g_autofree char *words = NULL;

    if (tag != DESCRIPTOR_SERVICE)
      continue;
    tyto_media_cursor_skip (&descriptor, 1); /* type of service */
    provider = read_text (&descriptor);
    service = read_text (&descriptor);
    if (!g_str_has_prefix (provider, "Tyto "))
      continue;
    words = g_strdup_printf ("%s camera=%s", provider, service);
    tyto_media_identity_parse_comment (identity, words);
  }
}
