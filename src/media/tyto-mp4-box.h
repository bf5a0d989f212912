/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-box.h: puts boxes (ISO/IEC 14496-12, 4.2), one inside the other, into a byte array. All
 * numbers are big-endian. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_MP4_TYPE(a, b, c, d)                                                                  \
  ((guint32) (guint8) (a) << 24 | (guint32) (guint8) (b) << 16 | (guint32) (guint8) (c) << 8       \
   | (guint32) (guint8) (d))

/* Starts a box; @type: four characters. Returns: where it starts, for tyto_mp4_box_end(). */
gsize tyto_mp4_box_begin (GByteArray *to, const char *type);

/* Starts a FullBox. @flags: 24 bits. */
gsize tyto_mp4_box_begin_full (GByteArray *to, const char *type, guint8 version, guint32 flags);

/* Starts a box of type `uuid`. @usertype: 16 bytes. */
gsize tyto_mp4_box_begin_uuid (GByteArray *to, const guint8 *usertype);

/* Ends the box that starts at @start: writes its size, below 2^32. */
void tyto_mp4_box_end (GByteArray *to, gsize start);

void tyto_mp4_put_u8 (GByteArray *to, guint8 value);
void tyto_mp4_put_u16 (GByteArray *to, guint16 value);
void tyto_mp4_put_u32 (GByteArray *to, guint32 value);
void tyto_mp4_put_u64 (GByteArray *to, guint64 value);
void tyto_mp4_put_zeros (GByteArray *to, guint count);
void tyto_mp4_put_type (GByteArray *to, const char *type);
void tyto_mp4_put_bytes (GByteArray *to, GBytes *bytes);
void tyto_mp4_put_string (GByteArray *to, const char *text); /* with its 0 byte */

/* Writes over the 32 bits at @position. */
void tyto_mp4_set_u32 (GByteArray *to, gsize position, guint32 value);

G_END_DECLS
