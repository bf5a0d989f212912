/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-box.h"

#include <string.h>

gsize
tyto_mp4_box_begin (GByteArray *to, const char *type)
{
  gsize start = to->len;

  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_type (to, type);
  return start;
}

gsize
tyto_mp4_box_begin_full (GByteArray *to, const char *type, guint8 version, guint32 flags)
{
  gsize start = tyto_mp4_box_begin (to, type);

  tyto_mp4_put_u32 (to, (guint32) version << 24 | (flags & 0xffffff));
  return start;
}

gsize
tyto_mp4_box_begin_uuid (GByteArray *to, const guint8 *usertype)
{
  gsize start = tyto_mp4_box_begin (to, "uuid");

  g_byte_array_append (to, usertype, 16);
  return start;
}

void
tyto_mp4_box_end (GByteArray *to, gsize start)
{
  tyto_mp4_set_u32 (to, start, to->len - (guint32) start);
}

void
tyto_mp4_put_u8 (GByteArray *to, guint8 value)
{
  g_byte_array_append (to, &value, 1);
}

void
tyto_mp4_put_u16 (GByteArray *to, guint16 value)
{
  value = GUINT16_TO_BE (value);
  g_byte_array_append (to, (const guint8 *) &value, sizeof value);
}

void
tyto_mp4_put_u32 (GByteArray *to, guint32 value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (to, (const guint8 *) &value, sizeof value);
}

void
tyto_mp4_put_u64 (GByteArray *to, guint64 value)
{
  value = GUINT64_TO_BE (value);
  g_byte_array_append (to, (const guint8 *) &value, sizeof value);
}

void
tyto_mp4_put_zeros (GByteArray *to, guint count)
{
  guint before = to->len;

  g_byte_array_set_size (to, before + count);
  memset (to->data + before, 0, count);
}

void
tyto_mp4_put_type (GByteArray *to, const char *type)
{
  g_byte_array_append (to, (const guint8 *) type, 4);
}

void
tyto_mp4_put_bytes (GByteArray *to, GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  if (size > 0)
    g_byte_array_append (to, data, size);
}

void
tyto_mp4_put_string (GByteArray *to, const char *text)
{
  g_byte_array_append (to, (const guint8 *) text, strlen (text) + 1);
}

void
tyto_mp4_set_u32 (GByteArray *to, gsize position, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (to->data + position, &value, sizeof value);
}
