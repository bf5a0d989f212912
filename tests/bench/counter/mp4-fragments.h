/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mp4-fragments.h: reads of a fragmented MP4 file (ISO/IEC 14496-12, 8.8) where each run of samples
 * begins, how many they are, and nothing else. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MP4_BEGINNING 512 /* bytes of a run's first sample that are read, at most */

/**
 * Mp4Fragment: the samples of a trun, which follow one another.
 * @size: bytes of the first sample; @read: how many of them are in @data
 */
typedef struct {
  guint count;
  guint32 size;
  guint read;
  guint8 data[MP4_BEGINNING];
} Mp4Fragment;

/* Reads file @fd, a block of 1 KiB at each moof. Returns: (element-type Mp4Fragment) in the order
 * of the file; NULL: it is not fragmented, not finished (mfra ends it), or its boxes do not fit. */
GArray *mp4_fragments_read (int fd);

G_END_DECLS
