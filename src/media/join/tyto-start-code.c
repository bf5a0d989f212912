/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-start-code.h"

#include <string.h>

#define ONES  G_GUINT64_CONSTANT (0x0101010101010101)
#define HIGHS G_GUINT64_CONSTANT (0x8080808080808080)

/* Media hold few zeros: eight bytes at a time are passed over that hold none. */
static gboolean
has_zero (const guint8 *data)
{
  guint64 word;

  memcpy (&word, data, sizeof word);
  return ((word - ONES) & ~word & HIGHS) != 0;
}

guint32
tyto_start_code_find (const guint8 *data, guint32 from, guint32 size)
{
  guint32 at = from;

  while (at + TYTO_START_CODE <= size) {
    if (at + sizeof (guint64) <= size && !has_zero (data + at)) {
      at += sizeof (guint64);
      continue;
    }
    for (guint32 end = MIN (at + 8, size - TYTO_START_CODE + 1); at < end; at++)
      if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1)
        return at;
  }
  return size;
}
