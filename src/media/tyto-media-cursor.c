/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-media-cursor.h"

#include <string.h>

#define BOX_HEADER     8
#define BOX_SIZE_LARGE 1 /* 64 bits follow the type */
#define BOX_SIZE_REST  0 /* to the end */

void
tyto_media_cursor_init (TytoMediaCursor *self, const guint8 *data, gsize size)
{
  *self = (TytoMediaCursor){ .data = data, .size = size };
}

gsize
tyto_media_cursor_left (const TytoMediaCursor *self)
{
  return self->failed ? 0 : self->size - self->position;
}

const guint8 *
tyto_media_cursor_take (TytoMediaCursor *self, gsize size)
{
  const guint8 *taken;

  if (self->failed || size > self->size - self->position) {
    self->failed = TRUE;
    return NULL;
  }
  taken = self->data + self->position;
  self->position += size;
  return taken;
}

guint64
tyto_media_cursor_number (TytoMediaCursor *self, guint bytes)
{
  const guint8 *taken = tyto_media_cursor_take (self, bytes);
  guint64 value = 0;

  for (guint i = 0; taken != NULL && i < bytes; i++)
    value = value << 8 | taken[i];
  return value;
}

guint8
tyto_media_cursor_u8 (TytoMediaCursor *self)
{
  return (guint8) tyto_media_cursor_number (self, 1);
}

guint16
tyto_media_cursor_u16 (TytoMediaCursor *self)
{
  return (guint16) tyto_media_cursor_number (self, 2);
}

guint32
tyto_media_cursor_u32 (TytoMediaCursor *self)
{
  return (guint32) tyto_media_cursor_number (self, 4);
}

guint64
tyto_media_cursor_u64 (TytoMediaCursor *self)
{
  return tyto_media_cursor_number (self, 8);
}

void
tyto_media_cursor_skip (TytoMediaCursor *self, gsize size)
{
  tyto_media_cursor_take (self, size);
}

TytoMediaCursor
tyto_media_cursor_part (TytoMediaCursor *self, gsize size)
{
  const guint8 *taken = tyto_media_cursor_take (self, size);
  TytoMediaCursor part = { .data = taken, .size = taken != NULL ? size : 0 };

  part.failed = taken == NULL;
  return part;
}

char *
tyto_media_cursor_string (TytoMediaCursor *self)
{
  gsize left = tyto_media_cursor_left (self);
  const guint8 *start = self->data + self->position;
  const guint8 *end = left > 0 ? memchr (start, 0, left) : NULL;

  if (end == NULL) {
    self->failed = TRUE;
    return NULL;
  }
  tyto_media_cursor_skip (self, (gsize) (end - start) + 1);
  return g_strdup ((const char *) start);
}

gboolean
tyto_media_cursor_box (TytoMediaCursor *self, guint32 *type, TytoMediaCursor *body)
{
  guint64 header = BOX_HEADER;
  guint64 size;

  if (tyto_media_cursor_left (self) < BOX_HEADER)
    return FALSE;
  size = tyto_media_cursor_u32 (self);
  *type = tyto_media_cursor_u32 (self);
  if (size == BOX_SIZE_LARGE) {
    size = tyto_media_cursor_u64 (self);
    header += sizeof size;
  } else if (size == BOX_SIZE_REST) {
    size = header + tyto_media_cursor_left (self);
  }
  if (self->failed || size < header || size - header > tyto_media_cursor_left (self)) {
    self->failed = TRUE;
    return FALSE;
  }
  *body = tyto_media_cursor_part (self, (gsize) (size - header));
  return TRUE;
}
