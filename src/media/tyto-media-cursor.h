/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-media-cursor.h: takes big-endian numbers from bytes that nobody vouches for. Reading past
 * the end gives 0 and marks the cursor as failed, once and for all; nothing is ever read out of
 * bounds. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const guint8 *data;
  gsize size;
  gsize position;
  gboolean failed;
} TytoMediaCursor;

void tyto_media_cursor_init (TytoMediaCursor *self, const guint8 *data, gsize size);
gsize tyto_media_cursor_left (const TytoMediaCursor *self); /* bytes; 0 when failed */

guint8 tyto_media_cursor_u8 (TytoMediaCursor *self);
guint16 tyto_media_cursor_u16 (TytoMediaCursor *self);
guint32 tyto_media_cursor_u32 (TytoMediaCursor *self);
guint64 tyto_media_cursor_u64 (TytoMediaCursor *self);
guint64 tyto_media_cursor_number (TytoMediaCursor *self, guint bytes); /* @bytes: 0–8 */
void tyto_media_cursor_skip (TytoMediaCursor *self, gsize size);

/* The next @size bytes, or NULL. (transfer none) */
const guint8 *tyto_media_cursor_take (TytoMediaCursor *self, gsize size);

/* The next @size bytes as a cursor of their own, which has failed when they are not there. */
TytoMediaCursor tyto_media_cursor_part (TytoMediaCursor *self, gsize size);

/* Text up to a 0 byte, which is taken too; NULL without one. (transfer full) */
char *tyto_media_cursor_string (TytoMediaCursor *self);

/* The next box (ISO/IEC 14496-12, 4.2): its type, and its body. FALSE at the end or when damaged.
 */
gboolean tyto_media_cursor_box (TytoMediaCursor *self, guint32 *type, TytoMediaCursor *body);

G_END_DECLS
