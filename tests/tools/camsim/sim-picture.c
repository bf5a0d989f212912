/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-picture.h"

#include <string.h>

struct _SimPicture {
  guint width;
  guint height;
  guint noise_rows;
  guint8 *still; /* the part that never changes */
};

/* Seven segments: a top, b upper right, c lower right, d bottom, e lower left, f upper left, g. */
static const guint8 segments[10] = { 0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f, 0x6f };

gsize
sim_picture_get_size (SimPicture *self)
{
  return (gsize) self->width * self->height * 3 / 2;
}

static void
fill_luma (SimPicture *self, guint8 *luma, guint x, guint y, guint w, guint h, guint8 value)
{
  for (guint row = y; row < MIN (y + h, self->height); row++)
    if (x < self->width)
      memset (luma + (gsize) row * self->width + x, value, MIN (w, self->width - x));
}

static void
draw_digit (SimPicture *self, guint digit, guint x, guint y, guint size)
{
  guint thick = MAX (size / 5, 2);
  guint8 lit = segments[digit];
  guint8 *luma = self->still;

  if (lit & 0x01)
    fill_luma (self, luma, x, y, size, thick, 235);
  if (lit & 0x02)
    fill_luma (self, luma, x + size - thick, y, thick, size, 235);
  if (lit & 0x04)
    fill_luma (self, luma, x + size - thick, y + size - thick, thick, size, 235);
  if (lit & 0x08)
    fill_luma (self, luma, x, y + 2 * size - 2 * thick, size, thick, 235);
  if (lit & 0x10)
    fill_luma (self, luma, x, y + size - thick, thick, size, 235);
  if (lit & 0x20)
    fill_luma (self, luma, x, y, thick, size, 235);
  if (lit & 0x40)
    fill_luma (self, luma, x, y + size - thick, size, thick, 235);
}

static void
draw_number (SimPicture *self, guint number)
{
  g_autofree char *text = g_strdup_printf ("%u", number);
  guint size = self->height / 6;

  fill_luma (self, self->still, size / 2, size / 2, (size * 5 / 4) * strlen (text) + size / 4,
             size * 2 + size / 4, 24);
  for (guint i = 0; text[i] != '\0'; i++)
    draw_digit (self, text[i] - '0', size * 5 / 8 + i * size * 5 / 4, size * 5 / 8, size);
}

SimPicture *
sim_picture_new (guint width, guint height, guint number, guint noise_rows)
{
  SimPicture *self = g_new0 (SimPicture, 1);
  guint8 *chroma;

  self->width = width;
  self->height = height;
  self->noise_rows = MIN (noise_rows, height / 2);
  self->still = g_malloc (sim_picture_get_size (self));
  for (guint y = 0; y < height; y++)
    for (guint x = 0; x < width; x++)
      self->still[(gsize) y * width + x] = 48 + (x * 64 / width) + (y * 64 / height);
  chroma = self->still + (gsize) width * height;
  for (guint plane = 0; plane < 2; plane++)
    for (guint y = 0; y < height / 2; y++)
      memset (chroma + (gsize) plane * (width / 2) * (height / 2) + (gsize) y * (width / 2),
              plane == 0 ? 140 - y * 40 / height : 112 + (number * 37 % 40), width / 2);
  if (number > 0)
    draw_number (self, number);
  return self;
}

void
sim_picture_free (SimPicture *self)
{
  g_free (self->still);
  g_free (self);
}

/* A small generator of our own: the noise of a picture is the same in each process. */
static void
draw_noise (SimPicture *self, guint index, guint8 *luma)
{
  guint32 state = 2463534242u + index * 2654435761u;
  gsize first = (gsize) (self->height - self->noise_rows) * self->width;
  gsize size = (gsize) self->noise_rows * self->width;

  for (gsize i = 0; i < size; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    luma[first + i] = 96 + (state & 0x3f);
  }
}

void
sim_picture_draw (SimPicture *self, guint index, guint8 *out)
{
  guint phase = index % SIM_PICTURE_PERIOD;
  guint side = self->height / 8;
  guint half = SIM_PICTURE_PERIOD / 2;
  guint swing = phase < half ? phase : SIM_PICTURE_PERIOD - phase;

  memcpy (out, self->still, sim_picture_get_size (self));
  fill_luma (self, out, phase * self->width / SIM_PICTURE_PERIOD, self->height / 2, side / 3,
             self->height / 4, 200);
  fill_luma (self, out, self->width * 2 / 3, swing * (self->height / 2) / half, side, side, 220);
  draw_noise (self, phase, out);
}
