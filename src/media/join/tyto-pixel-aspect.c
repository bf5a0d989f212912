/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-pixel-aspect.h"

#define EXTENDED_SAR 255

void
tyto_pixel_aspect_read (TytoBitReader *in, guint *n, guint *d)
{
  static const guint8 shapes[][2] = {
    { 0, 0 },   { 1, 1 },    { 12, 11 }, { 10, 11 }, { 16, 11 }, { 40, 33 },
    { 24, 11 }, { 20, 11 },  { 32, 11 }, { 80, 33 }, { 18, 11 }, { 15, 11 },
    { 64, 33 }, { 160, 99 }, { 4, 3 },   { 3, 2 },   { 2, 1 },
  };
  guint32 shape;

  *n = 0;
  *d = 0;
  if (!tyto_bit_reader_flag (in))
    return;
  shape = tyto_bit_reader_bits (in, 8);
  if (shape == EXTENDED_SAR) {
    *n = tyto_bit_reader_bits (in, 16);
    *d = tyto_bit_reader_bits (in, 16);
  } else if (shape < G_N_ELEMENTS (shapes)) {
    *n = shapes[shape][0];
    *d = shapes[shape][1];
  }
}
