/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-start-code.h"

#include <string.h>

#define ONES  G_GUINT64_CONSTANT (0x0101010101010101)
#define HIGHS G_GUINT64_CONSTANT (0x8080808080808080)
#define STEP  8 /* bytes looked at at a time */

/* Bits where one of the first eight bytes, and the one behind it, are 0: media hold few of those.
 */
static guint64
find_zeros (const guint8 *data)
{
  guint64 first;
  guint64 second;

  memcpy (&first, data, sizeof first);
  memcpy (&second, data + 1, sizeof second);
  first |= second;
  return (first - ONES) & ~first & HIGHS;
}

guint32
tyto_start_code_find (const guint8 *data, guint32 from, guint32 size)
{
  guint32 at = from;

  while (at + TYTO_START_CODE <= size) {
    while (at + 4 * STEP < size
           && (find_zeros (data + at) | find_zeros (data + at + STEP)
               | find_zeros (data + at + 2 * STEP))
                  == 0)
      at += 3 * STEP;
    for (guint32 end = MIN (at + 3 * STEP, size - TYTO_START_CODE + 1); at < end; at++)
      if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1)
        return at;
  }
  return size;
}
