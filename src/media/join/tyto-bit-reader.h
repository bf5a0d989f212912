/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-bit-reader.h: takes bits, the most significant first, from bytes that nobody vouches for.
 * Reading past the end gives 0 and marks the reader as failed, once and for all. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const guint8 *data;
  gsize size;
  gsize position; /* of the next byte */
  guint left;     /* bits of @current that were not taken */
  guint zeros;    /* 0 bytes in a row in front of @position */
  guint8 current;
  gboolean escaped;
  gboolean failed;
} TytoBitReader;

/* @escaped: @data is a NAL unit: its emulation prevention bytes are passed over (ISO/IEC 14496-10,
 * 7.3.1) */
void tyto_bit_reader_init (TytoBitReader *self, const guint8 *data, gsize size, gboolean escaped);

guint32 tyto_bit_reader_bits (TytoBitReader *self, guint count); /* @count: 0–32 */
gboolean tyto_bit_reader_flag (TytoBitReader *self);
void tyto_bit_reader_skip (TytoBitReader *self, guint count);

/* ue(v) and se(v): 14496-10, 9.1 */
guint32 tyto_bit_reader_ue (TytoBitReader *self);
gint32 tyto_bit_reader_se (TytoBitReader *self);

/* Bits that were taken of it, those of emulation prevention among them. */
gsize tyto_bit_reader_taken (const TytoBitReader *self);

G_END_DECLS
