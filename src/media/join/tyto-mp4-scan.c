/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-mp4-scan.h"

#include "media/tyto-media-cursor.h"
#include "media/tyto-mp4-box.h"

#include <string.h>

#define BOX_HEADER_LARGE 16
#define SIZE_LARGE       1  /* 64 bits follow the type */
#define SIZE_REST        0  /* to the end of the file */
#define MOOF_BEGIN       16 /* its header, and that of mfhd */

gboolean
tyto_mp4_scan_box (const guint8 *data, gsize size, gsize at, TytoMp4Box *box)
{
  TytoMediaCursor in;
  guint64 length;

  tyto_media_cursor_init (&in, data + at, size - at);
  length = tyto_media_cursor_u32 (&in);
  box->type = tyto_media_cursor_u32 (&in);
  box->body = at + TYTO_MP4_BOX_HEADER;
  if (length == SIZE_LARGE) {
    length = tyto_media_cursor_u64 (&in);
    box->body = at + BOX_HEADER_LARGE;
  } else if (length == SIZE_REST) {
    length = size - at;
  }
  box->end = at + length;
  for (gsize i = at + 4; !in.failed && i < at + TYTO_MP4_BOX_HEADER; i++)
    if (!g_ascii_isprint (data[i]))
      return FALSE;
  return !in.failed && length < G_MAXINT64 && box->end >= box->body;
}

gsize
tyto_mp4_scan_moof (const guint8 *data, gsize size, gsize from)
{
  while (from < size && size - from >= MOOF_BEGIN) {
    const guint8 *found = memmem (data + from + 4, size - from - 4, "moof", 4);

    if (found == NULL)
      break;
    from = (gsize) (found - data) - 4;
    if (size - from >= MOOF_BEGIN && memcmp (data + from + 12, "mfhd", 4) == 0)
      return from;
    from++;
  }
  return size;
}

gboolean
tyto_mp4_scan_detect (const guint8 *head, gsize size)
{
  static const char first[][5] = {
    "ftyp", "styp", "moof", "sidx", "emsg", "prft", "moov", "free", "skip", "uuid", "pdin",
  };
  TytoMp4Box box;

  if (tyto_mp4_scan_box (head, size, 0, &box))
    for (guint i = 0; i < G_N_ELEMENTS (first); i++)
      if (memcmp (head + 4, first[i], 4) == 0)
        return TRUE;
  return tyto_mp4_scan_moof (head, size, 0) < size;
}
