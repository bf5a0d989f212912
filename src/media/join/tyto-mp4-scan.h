/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-scan.h: finds the boxes of a file (ISO/IEC 14496-12, 4.2) that may be damaged or cut.
 * Inside src/media/join only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_MP4_BOX_HEADER 8

/**
 * TytoMp4Box:
 * @body: where it begins behind the header; @end: where the next box begins, maybe behind the file
 */
typedef struct {
  guint32 type;
  gsize body;
  guint64 end;
} TytoMp4Box;

/* The box at @at. FALSE: what stands there is no header of one. */
gboolean tyto_mp4_scan_box (const guint8 *data, gsize size, gsize at, TytoMp4Box *box);

/* Where the next moof is, at or behind @from, seen from the mfhd that it begins with. @size: there
 * is none. */
gsize tyto_mp4_scan_moof (const guint8 *data, gsize size, gsize from);

/* Whether @head, the beginning of a file, is of a (fragmented) MP4. */
gboolean tyto_mp4_scan_detect (const guint8 *head, gsize size);

G_END_DECLS
