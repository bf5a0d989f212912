/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-bit-reader.h"

#define EMULATION_PREVENTION 3 /* the byte behind two zeros */

void
tyto_bit_reader_init (TytoBitReader *self, const guint8 *data, gsize size, gboolean escaped)
{
  *self = (TytoBitReader){ .data = data, .size = size, .escaped = escaped };
}

static gboolean
take_byte (TytoBitReader *self)
{
  if (self->escaped && self->zeros >= 2 && self->position < self->size
      && self->data[self->position] == EMULATION_PREVENTION) {
    self->position++;
    self->zeros = 0;
  }
  if (self->failed || self->position >= self->size) {
    self->failed = TRUE;
    return FALSE;
  }
  self->current = self->data[self->position++];
  self->zeros = self->current == 0 ? self->zeros + 1 : 0;
  self->left = 8;
  return TRUE;
}

guint32
tyto_bit_reader_bits (TytoBitReader *self, guint count)
{
  guint32 value = 0;

  while (count > 0) {
    guint taken;

    if (self->left == 0 && !take_byte (self))
      return 0;
    taken = MIN (count, self->left);
    self->left -= taken;
    count -= taken;
    value = value << taken | (self->current >> self->left & ((1u << taken) - 1));
  }
  return value;
}

gboolean
tyto_bit_reader_flag (TytoBitReader *self)
{
  return tyto_bit_reader_bits (self, 1) != 0;
}

void
tyto_bit_reader_skip (TytoBitReader *self, guint count)
{
  for (; count > 32 && !self->failed; count -= 32)
    tyto_bit_reader_bits (self, 32);
  tyto_bit_reader_bits (self, MIN (count, 32));
}

guint32
tyto_bit_reader_ue (TytoBitReader *self)
{
  guint zeros = 0;

  while (!tyto_bit_reader_flag (self)) {
    if (self->failed || ++zeros > 31) {
      self->failed = TRUE;
      return 0;
    }
  }
  return (1u << zeros) - 1 + tyto_bit_reader_bits (self, zeros);
}

gint32
tyto_bit_reader_se (TytoBitReader *self)
{
  guint32 code = tyto_bit_reader_ue (self);

  return code & 1 ? (gint32) (code / 2 + 1) : -(gint32) (code / 2);
}

gsize
tyto_bit_reader_taken (const TytoBitReader *self)
{
  return self->position * 8 - self->left;
}
