/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-mp4-index.h: the two boxes of our own in a recorded MP4 file, both of type `uuid` (ISO/IEC
 * 14496-12, 11.1; all numbers big-endian), and the bytes that end a file.
 *
 * Identity, behind ftyp, usertype 5b0e4c1a-7d3f-4e52-9c86-1f2ab4d07e61:
 *   u32 version (0) and flags (0); u64 sequence; i64 wall_start_us; i64 clock_offset_us;
 *   u64 monotonic_start_ns; i64 camera_time_us (-1: unknown);
 *   then camera, stream and run, UTF-8, each ended by a 0 byte.
 *
 * Index, the box in front of mfra, usertype a94d20f7-3c6b-4b18-8e05-62d1c97f3ab4:
 *   u32 version (0) and flags (0); u32 entries; then for each fragment, in the order of the file:
 *   u64 offset of its moof; u64 size of moof and mdat; u64 time_ns; u64 duration_ns; u32 frames;
 *   u32 key_frames; u16 track, from 0; u16 flags (bit 0: key); at the end u32 size of this box.
 *
 * To find the index from the end of the file: its last 4 bytes (mfro, 8.8.11) are the size of mfra;
 * the 4 bytes in front of mfra are the size of the index, which ends there.
 */
#pragma once

#include "media/tyto-media-identity.h"

G_BEGIN_DECLS

#define TYTO_MP4_USERTYPE_SIZE       16
#define TYTO_MP4_INDEX_HEAD_SIZE     32 /* box, usertype, version and flags, number of entries */
#define TYTO_MP4_INDEX_ENTRY_SIZE    44
#define TYTO_MP4_INDEX_TAIL_SIZE     4
#define TYTO_MP4_INDEX_FLAG_KEY      1
#define TYTO_MP4_IDENTITY_FIXED_SIZE 44 /* behind the usertype, without the strings */

extern const guint8 tyto_mp4_identity_usertype[TYTO_MP4_USERTYPE_SIZE];
extern const guint8 tyto_mp4_index_usertype[TYTO_MP4_USERTYPE_SIZE];

/**
 * TytoMediaFragment: a moof and its mdat.
 * @track: index of its track, from 0
 * @offset, @size: bytes, moof and mdat
 * @time_ns: presentation time of its first sample, on the file's own time
 * @duration_ns: of all its samples
 * @frames, @key_frames: its samples, and the sync samples among them
 * @key: it begins with a key frame, or is audio
 */
typedef struct {
  guint track;
  guint64 offset;
  guint64 size;
  guint64 time_ns;
  guint64 duration_ns;
  guint frames;
  guint key_frames;
  gboolean key;
} TytoMediaFragment;

/* @units of a clock of @timescale Hz as ns, and back; exact both ways below 500 MHz. */
guint64 tyto_mp4_units_to_ns (guint64 units, guint32 timescale);
guint64 tyto_mp4_ns_to_units (guint64 ns, guint32 timescale);

void tyto_mp4_put_identity (GByteArray *to, const TytoMediaIdentity *identity);

/* Puts what ends a file: the index of @fragments (element-type TytoMediaFragment), and mfra with
 * the key fragments of @track (the reference), whose times are in @timescale. */
void tyto_mp4_put_trailer (GByteArray *to, const GArray *fragments, guint track, guint32 timescale);

G_END_DECLS
